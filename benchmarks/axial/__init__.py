"""The benchmark of the axial four-stage path."""
