"""From pictures and a region to a network's input: the same steps in training and in reading."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.windowing import Pixels, Window, apply_window
from models.crops import Square, warped

Region = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax in continuous picture pixels; the first pixel reaches from 0 to 1."""

MEAN, STD = 0.449, 0.226
"""ImageNet's mean and standard deviation, averaged over its three colours: what start weights expect."""

_REACH = 0.5
"""How far a square reaches from its middle, in sides."""


def square_around(region: Region, margin: float) -> Square:
    """The square crop about a region's middle: its longer side times (1 + 2 x ``margin``).

    Raises ValueError for a region without width or height.
    """
    xmin, ymin, xmax, ymax = region
    if not (xmin < xmax and ymin < ymax):
        raise ValueError(f"the region {region} has no area; give xmin, ymin, xmax, ymax")
    side = max(xmax - xmin, ymax - ymin) * (1 + 2 * margin)
    return Square((xmin + xmax) / 2, (ymin + ymax) / 2, side)


def whole_picture(pixels: Pixels) -> Region:
    """The region of a picture (h, w) for which none is given."""
    height, width = pixels.shape
    return (0.0, 0.0, float(width), float(height))


@dataclass(frozen=True)
class Surroundings:
    """Gray values (channels, h, w) around a region, shrunk where the network sees less detail.

    A pixel here is (picture pixel - ``offset``) * ``scale``, both (x, y).
    """

    gray: NDArray[np.floating]
    offset: tuple[float, float]
    scale: tuple[float, float]

    def crop(self, square: Square, size: int) -> NDArray[np.float32]:
        """(channels, size, size) of a square in picture pixels, black outside the picture."""
        matrix = square.to_input(size)
        shift = matrix[:, 2] + matrix[:, :2] @ self.offset
        return warped(self.gray, np.column_stack([matrix[:, :2] / self.scale, shift]), size)


def surroundings(
    pictures: Sequence[Pixels],
    window: Window,
    square: Square,
    size: int,
    reach: float = _REACH,
    local_window: bool = False,
) -> Surroundings:
    """What a crop of ``size`` pixels may see of pictures (h, w) of one size, each windowed by the whole of
    it, or with ``local_window`` by what lies in the square: then bright fat elsewhere darkens nothing.

    ``reach``: how far it may see from the square's middle, in sides. Raises ValueError where the pictures
    differ in size or the square lies outside of them.
    """
    height, width = pictures[0].shape
    if any(picture.shape != (height, width) for picture in pictures):
        raise ValueError("the pictures of one region differ in size; give pictures of one size")
    scale = min(1.0, size / square.side)
    far = reach * square.side + 2 / scale  # two pixels more: interpolation looks beyond the edge
    left, right = _clipped(square.x, far, width)
    top, bottom = _clipped(square.y, far, height)
    if left >= right or top >= bottom:
        raise ValueError("the region lies outside the picture; give it in this picture's pixels")
    new_width, new_height = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    gray = [
        cv2.resize(
            apply_window(picture, _local(window, picture, square) if local_window else window)[
                top:bottom, left:right
            ],
            (new_width, new_height),
            interpolation=cv2.INTER_AREA,
        )
        for picture in pictures
    ]
    return Surroundings(
        np.stack(gray), (left, top), (new_width / (right - left), new_height / (bottom - top))
    )


def _local(window: Window, picture: Pixels, square: Square) -> Window:
    """A window by percentiles as the values that they are in a square of the picture."""
    if window.kind != "percentile":
        return window
    height, width = picture.shape
    left, right = _clipped(square.x, square.side / 2, width)
    top, bottom = _clipped(square.y, square.side / 2, height)
    if left >= right or top >= bottom:
        raise ValueError("the region lies outside the picture; give it in this picture's pixels")
    low, high = np.percentile(picture[top:bottom, left:right], [window.low, window.high])
    return Window("values", float(low), float(max(high, low + 1)))


def _clipped(middle: float, far: float, length: int) -> tuple[int, int]:
    return max(0, int(np.floor(middle - far))), min(length, int(np.ceil(middle + far)))
