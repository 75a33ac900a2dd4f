"""The axial four-stage path: vertebrae, levels, disc regions, classification; and the result of a study."""
