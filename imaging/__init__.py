"""Pixels as the scanner or the picture file holds them, and how they become gray values."""
