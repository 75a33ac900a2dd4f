"""What a reader study found: matching, the analysis plan, tests and intervals, the comparison."""
