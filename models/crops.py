"""Square parts of pictures: where they lie, and their gray values at a network's size."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Square:
    """A square part of a picture: its middle and side in picture pixels, turned by ``angle`` degrees
    (from x to y) about the middle, and perhaps seen with left and right swapped."""

    x: float
    y: float
    side: float
    angle: float = 0.0
    mirrored: bool = False

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """xmin, ymin, xmax, ymax of the square before it is turned."""
        half = self.side / 2
        return (self.x - half, self.y - half, self.x + half, self.y + half)

    def to_input(self, size: int) -> NDArray[np.float64]:
        """(2, 3): the affine map from picture pixels (x, y) to pixels of an input of ``size``."""
        angle = np.deg2rad(self.angle)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        scale = size / self.side
        linear = np.diag([-scale if self.mirrored else scale, scale]) @ turn
        return np.column_stack([linear, size / 2 - linear @ [self.x, self.y]])


def warped(
    channels: Iterable[NDArray[np.floating]], to_input: NDArray[np.float64], size: int
) -> NDArray[np.float32]:
    """(channels, size, size) of gray channels (h, w) under a (2, 3) map from their pixels, counted from
    the first pixel's edge; black outside."""
    linear = to_input[:, :2]
    # OpenCV counts from the middle of the first pixel.
    shift = to_input[:, 2] + linear @ [0.5, 0.5] - 0.5
    warp = np.column_stack([linear, shift])
    return np.stack([cv2.warpAffine(gray.astype(np.float32), warp, (size, size)) for gray in channels])
