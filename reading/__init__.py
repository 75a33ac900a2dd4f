"""Reader studies: readings and the reference, their analysis, its report, simulated readers."""
