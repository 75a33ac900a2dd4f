"""Phantom patients with one fractured vertebra, benign or malignant: their ranges, shapes and matter."""
