"""Cohorts in the common box formats, for other programs: one file a format, one way to split them."""
