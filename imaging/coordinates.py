"""The coordinates that all rooms share."""

Pixel = tuple[float, float]
"""x and y in continuous picture pixels; the first pixel reaches from 0 to 1."""
Spacing = tuple[float, float]
"""mm between rows, mm between columns, as DICOM's PixelSpacing."""
Point = tuple[float, float, float]
"""Patient mm: to the left, to the back, to the head."""
