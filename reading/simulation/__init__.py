"""Reader studies of simulated readers."""
