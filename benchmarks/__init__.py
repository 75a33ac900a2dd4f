"""Benchmarks: folds × detectors × seeds, one score path, honest tables."""
