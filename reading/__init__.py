"""Reader studies: readings, reference, matching, the analysis plan, the comparison, simulated readers."""
