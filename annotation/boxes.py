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
    top_left = np.maximum(one[:, None, :2], other[None, :, :2])
    bottom_right = np.minimum(one[:, None, 2:], other[None, :, 2:])
    intersection = np.clip(bottom_right - top_left, 0, None).prod(axis=2)
    area_first = (one[:, 2:] - one[:, :2]).prod(axis=1)
    area_second = (other[:, 2:] - other[:, :2]).prod(axis=1)
    union = area_first[:, None] + area_second[None, :] - intersection
    return np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)
