"""Plain statistics: agreement, intervals, tests; they know nothing of images, boxes and models."""
