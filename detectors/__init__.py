"""Interchangeable detectors: one interface, one model folder, one runtime for every family."""
