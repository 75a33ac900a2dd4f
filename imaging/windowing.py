"""Windowing: from stored pixel values to gray values in [0, 1], always by a stated rule."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.integer] | NDArray[np.floating]
"""A gray picture (height, width), or a stack of them, as stored."""


@dataclass(frozen=True)
class Window:
    """How pixel values become gray values in [0, 1].

    - ``percentile``: ``low`` and ``high`` are percentiles of the image itself (0 to 100);
    - ``values``: ``low`` and ``high`` are pixel values, the same for every image;
    - ``range``: the whole range of the pixel type (0 to 255, or 0 to 65,535); low and high unused.

    Values outside are clipped. The default suits 8- and 16-bit MR pictures alike.
    """

    kind: Literal["percentile", "values", "range"] = "percentile"
    low: float = 0.5
    high: float = 99.5

    def __post_init__(self) -> None:
        if self.kind not in ("percentile", "values", "range"):
            raise ValueError(f"window kind {self.kind!r}; use percentile, values or range")
        if self.kind != "range" and not self.low < self.high:
            raise ValueError(f"window from {self.low} to {self.high}; low must be below high")
        if self.kind == "percentile" and not 0 <= self.low < self.high <= 100:
            raise ValueError(f"window from {self.low} to {self.high}; percentiles lie between 0 and 100")


def apply_window(pixels: Pixels, window: Window) -> NDArray[np.float32]:
    """Gray values in [0, 1], float32, of the same shape; a constant image gives zeros."""
    if window.kind == "percentile":
        low, high = np.percentile(pixels, [window.low, window.high])
    elif window.kind == "values":
        low, high = window.low, window.high
    else:
        low, high = 0.0, float(np.iinfo(pixels.dtype.name).max)
    if high <= low:
        return np.zeros(pixels.shape, np.float32)
    return np.clip((pixels.astype(np.float32) - low) / (high - low), 0, 1).astype(np.float32)
