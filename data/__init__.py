"""Cohorts: images with their annotations and patients, where they come from and how they are split."""
