"""The patch of a picture in which landmarks are looked for: a square of fixed size in mm."""

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from imaging.coordinates import Spacing
from imaging.windowing import Pixels, Window, apply_window
from models.crops import Square, warped

Floats = NDArray[np.float64]
MEAN, STD = 0.35, 0.25
"""Of the gray values of a patch, roughly: what the network takes is normalised by them."""


@dataclass(frozen=True)
class Plane:
    """A picture's gray values in [0, 1] with square pixels of ``resolution`` mm, or coarser ones where it
    would have been enlarged."""

    gray: NDArray[np.floating] = field(repr=False)
    pixel: Spacing
    """mm of these pixels."""

    def patch(self, square: Square, size: int) -> NDArray[np.float32]:
        """(size, size) gray of a square in mm of the picture's plane, black outside."""
        to_input = square.to_input(size)
        down, across = self.pixel
        in_pixels = np.column_stack([to_input[:, :2] * (across, down), to_input[:, 2]])
        return warped([self.gray], in_pixels, size)[0]


def plane(picture: Pixels, spacing: Spacing, window: Window, resolution: float) -> Plane:
    """A gray picture (h, w), windowed whole and shrunk where the network sees less detail."""
    height, width = picture.shape
    rows, columns = (
        min(count, max(1, round(count * mm / resolution)))
        for count, mm in ((height, spacing[0]), (width, spacing[1]))
    )
    gray = apply_window(picture, window)
    if (rows, columns) != (height, width):
        gray = np.asarray(cv2.resize(gray, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    return Plane(gray, (spacing[0] * height / rows, spacing[1] * width / columns))


def in_mm(points: ArrayLike, spacing: Spacing) -> Floats:
    """(n, 2) picture pixels -> (n, 2) mm of the picture's plane, across and down."""
    return np.asarray(points, float).reshape(-1, 2) * (spacing[1], spacing[0])


def in_pixels(points: ArrayLike, spacing: Spacing) -> Floats:
    """(n, 2) mm of the picture's plane -> (n, 2) picture pixels."""
    return np.asarray(points, float).reshape(-1, 2) / (spacing[1], spacing[0])


def square_of(guides: ArrayLike, side: float) -> Square:
    """The square, in mm, about one or two guides (n, 2): about their middle, and turned so that the first
    lies above the second. Raises ValueError for another number of guides."""
    points = np.asarray(guides, float).reshape(-1, 2)
    if len(points) not in (1, 2):
        raise ValueError(f"{len(points)} guides; give one or two")
    x, y = points.mean(axis=0).tolist()
    across, down = (points[-1] - points[0]).tolist()
    return Square(x, y, side, -math.degrees(math.atan2(across, down)) if len(points) == 2 else 0.0)


def to_patch(points: ArrayLike, square: Square, size: int) -> Floats:
    """(n, 2) mm of the picture's plane -> (n, 2) pixels of the patch."""
    matrix = square.to_input(size)
    return np.asarray(points, float).reshape(-1, 2) @ matrix[:, :2].T + matrix[:, 2]


def from_patch(points: ArrayLike, square: Square, size: int) -> Floats:
    """(n, 2) pixels of the patch -> (n, 2) mm of the picture's plane."""
    matrix = square.to_input(size)
    return (np.asarray(points, float).reshape(-1, 2) - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T


def axes(square: Square) -> Floats:
    """(2, 2): the unit vectors across and down the patch, in the picture's plane."""
    linear: Floats = square.to_input(1)[:, :2] * square.side
    return linear
