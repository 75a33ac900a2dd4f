"""Windowing: from stored pixel values to gray values in [0, 1], always by a stated rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

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
    levels = _levels(pixels)
    if pixels.size <= levels or levels == 0:
        return _windowed(pixels, *_ends(pixels, window, lambda of: np.asarray(np.percentile(pixels, of))))
    # Of more pixels than values each value is windowed once and looked up: several times as fast.
    places = cast(NDArray[np.integer], pixels)
    counts = np.bincount(places.ravel(), minlength=levels)
    values: NDArray[np.integer] = np.arange(levels).astype(places.dtype)
    ends = _ends(pixels, window, lambda of: percentiles_of_counts(counts, of))
    return np.take(_windowed(values, *ends), places)


def percentiles_of_counts(counts: NDArray[np.integer], percents: Sequence[float]) -> NDArray[np.float64]:
    """Percentiles of so many pixels of each value 0, 1, …, to the bit as ``np.percentile`` has them: between
    two neighbours in order, linearly (Hyndman and Fan 1996, definition 7)."""
    up_to = np.cumsum(counts)
    place = (up_to[-1] - 1) * (np.asarray(percents) / 100)
    below = np.floor(place)
    share = place - below
    low, high = np.searchsorted(up_to, [below, np.minimum(below + 1, up_to[-1] - 1)], side="right")
    step = high - low
    return np.where(share >= 0.5, high - step * (1 - share), low + step * share)


def _levels(pixels: Pixels) -> int:
    """How many values a pixel may have, where they can be counted, else 0."""
    return int(np.iinfo(pixels.dtype.name).max) + 1 if pixels.dtype in (np.uint8, np.uint16) else 0


def _ends(
    pixels: Pixels, window: Window, percentiles: Callable[[Sequence[float]], NDArray[np.float64]]
) -> tuple[float, float]:
    """The pixel values that become 0 and 1."""
    if window.kind == "percentile":
        low, high = percentiles([window.low, window.high])
        return low, high
    if window.kind == "values":
        return window.low, window.high
    return 0.0, float(np.iinfo(pixels.dtype.name).max)


def _windowed(pixels: Pixels, low: float, high: float) -> NDArray[np.float32]:
    if high <= low:
        return np.zeros(pixels.shape, np.float32)
    return np.clip((pixels.astype(np.float32) - low) / (high - low), 0, 1).astype(np.float32)
