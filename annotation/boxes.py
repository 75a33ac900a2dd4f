"""The box: one labelled rectangle on one image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Edges = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax in pixels."""


@dataclass(frozen=True, slots=True)
class Box:
    """One labelled rectangle; edges in pixels, continuous, origin at the image's top-left corner.

    A box covers ``xmax - xmin`` by ``ymax - ymin`` pixels (no "+ 1"). ``score`` is a detector's
    confidence in [0, 1], or None for an annotator's box. ``pose``, ``truncated`` and ``difficult``
    are Pascal VOC's own fields, kept so that a file can be written as it was read.
    """

    label: str
    xmin: float
    ymin: float
    xmax: float
    ymax: float
    score: float | None = None
    pose: str = "Unspecified"
    truncated: bool = False
    difficult: bool = False

    @property
    def width(self) -> float:
        return self.xmax - self.xmin

    @property
    def height(self) -> float:
        return self.ymax - self.ymin

    @property
    def edges(self) -> Edges:
        return self.xmin, self.ymin, self.xmax, self.ymax


def holds_centre(edges: Edges, inner: Edges) -> bool:
    """Whether a box holds the centre of another, by the edges of both.

    So a slip's box belongs to a disc: it reaches over half of each neighbouring vertebra, and holds the
    centre of no other disc.
    """
    left, top, right, bottom = edges
    xmin, ymin, xmax, ymax = inner
    return left < (xmin + xmax) / 2 < right and top < (ymin + ymax) / 2 < bottom


def pairwise_iou(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Intersection over union of every pair: (n, 4) and (m, 4) edges in pixels -> (n, m)."""
    one = np.asarray(first, dtype=np.float64).reshape(-1, 4)
    other = np.asarray(second, dtype=np.float64).reshape(-1, 4)
    return iou(one[:, None], other[None])


def iou(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of boxes side by side: (..., 4) and (..., 4) edges in pixels -> (...)."""
    left, top, right, bottom = np.moveaxis(first, -1, 0)
    other_left, other_top, other_right, other_bottom = np.moveaxis(second, -1, 0)
    width = np.clip(np.minimum(right, other_right) - np.maximum(left, other_left), 0, None)
    height = np.clip(np.minimum(bottom, other_bottom) - np.maximum(top, other_top), 0, None)
    intersection = width * height
    other_area = (other_right - other_left) * (other_bottom - other_top)
    union = (right - left) * (bottom - top) + other_area - intersection
    return np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)
