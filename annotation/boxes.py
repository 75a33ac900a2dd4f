"""The box: one labelled rectangle on one image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
    def edges(self) -> tuple[float, float, float, float]:
        """(xmin, ymin, xmax, ymax) in pixels."""
        return self.xmin, self.ymin, self.xmax, self.ymax


def pairwise_iou(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union of every pair: (n, 4) and (m, 4) edges in pixels -> (n, m)."""
    first = np.asarray(first, dtype=np.float64).reshape(-1, 4)
    second = np.asarray(second, dtype=np.float64).reshape(-1, 4)
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
    intersection = np.clip(bottom_right - top_left, 0, None).prod(axis=2)
    area_first = (first[:, 2:] - first[:, :2]).prod(axis=1)
    area_second = (second[:, 2:] - second[:, :2]).prod(axis=1)
    union = area_first[:, None] + area_second[None, :] - intersection
    return np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)
