"""How a slice becomes a picture file: lossless as stored, or windowed and sized as a study asks."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.geometry import SliceGeometry
from imaging.pixels import SlicePixels
from imaging.windowing import Window, apply_window

TAGS = "tags"
_JPEG_QUALITY = 95
PNG_SETTINGS = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP)
"""Of the encoder. Neighbours above each other foretell a slice well: smaller files than at higher levels with
its own choice of filters, in less than half the time."""


@dataclass(frozen=True)
class PictureForm:
    """The form of exported pictures.

    ``window``: None keeps every stored value (PNG alone); TAGS takes the file's own window, or the
    default percentiles where it has none. ``size``: (width, height) in pixels into which the slice is
    fitted, with its proportions in millimetres, black around it; None keeps the stored pixels.
    """

    format: Literal["png", "jpeg"] = "png"
    size: tuple[int, int] | None = None
    window: Window | Literal["tags"] | None = None

    def __post_init__(self) -> None:
        if self.window is None and (self.format == "jpeg" or self.size is not None):
            object.__setattr__(self, "window", TAGS)

    @property
    def suffix(self) -> str:
        return ".png" if self.format == "png" else ".jpg"


@dataclass(frozen=True)
class Picture:
    """A picture with its geometry. ``slope`` and ``intercept`` lead from its gray values back to the
    file's rescaled values; None where a window has cut them."""

    gray: NDArray[np.uint8] | NDArray[np.uint16]
    geometry: SliceGeometry
    slope: float | None = None
    intercept: float | None = None

    def encoded(self, form: PictureForm) -> bytes:
        """The file's content; it holds pixels and nothing else."""
        quality = {
            "png": PNG_SETTINGS,
            "jpeg": (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY),
        }[form.format]
        return cv2.imencode(form.suffix, self.gray, quality)[1].tobytes()


def make_picture(pixels: SlicePixels, geometry: SliceGeometry, form: PictureForm) -> Picture:
    """The picture of a slice in a form."""
    if form.window is None:
        return _lossless(pixels, geometry)
    window = form.window if isinstance(form.window, Window) else pixels.window or Window()
    gray = np.round(255 * apply_window(pixels.values, window)).astype(np.uint8)
    return Picture(gray, geometry) if form.size is None else _fitted(gray, geometry, form.size)


def _lossless(pixels: SlicePixels, geometry: SliceGeometry) -> Picture:
    """Stored values, shifted and stretched by whole numbers over the depth of the picture: every value
    can be told again, and the picture is bright in any viewer."""
    low = int(pixels.values.min())
    span = max(int(pixels.values.max()) - low, 1)
    depth = np.uint8 if span <= 0xFF else np.uint16
    stretch = int(np.iinfo(depth).max) // span
    # What overflows here comes right again: the result is within the depth.
    gray = (pixels.values.astype(depth) - np.array(low).astype(depth)) * depth(stretch)
    return Picture(gray, geometry, pixels.slope / stretch, pixels.slope * low + pixels.intercept)


def _fitted(gray: NDArray[np.uint8], geometry: SliceGeometry, size: tuple[int, int]) -> Picture:
    rows, columns = gray.shape
    height, width = rows * geometry.spacing[0], columns * geometry.spacing[1]
    pixels_a_mm = min(size[0] / width, size[1] / height)
    inner = max(1, round(width * pixels_a_mm)), max(1, round(height * pixels_a_mm))
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    smaller = inner[0] < columns or inner[1] < rows
    fitted = np.zeros((size[1], size[0]), np.uint8)
    fitted[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        gray, inner, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    )
    scale = inner[0] / columns, inner[1] / rows
    return Picture(fitted, geometry.resized(*size, scale, (left, top)))
