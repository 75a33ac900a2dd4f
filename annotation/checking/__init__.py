"""Checking annotated folders: what is wrong, where, and what to do about it (``discern check``)."""
