"""A class activation map laid over its picture.

Source of the maps: Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016.
"""

from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

COLOURS: Final = ((13, 8, 135), (126, 3, 168), (204, 71, 120), (248, 149, 64), (240, 249, 33))
"""From the weakest to the strongest place: five of the colours of `plasma` (Smith and van der Walt 2015),
which grows evenly brighter and is told apart by readers who are colour-blind."""
MOST_OPAQUE: Final = 0.6
"""How much of its colour the strongest place has; the weakest one shows the picture alone."""
OUTLINE: Final = (208, 208, 208)
"""Of the line around the part that the classifier saw."""
HOW_TO_READ: Final = (
    "from the weakest place, which is left as it is, to the strongest, in yellow. It is no segmentation and "
    "no explanation, and no two maps can be compared by colour. The square is what the classifier saw; the "
    "map tells {} × {} places of it apart."
)
"""What a reader is told of ``overlay``, after what spoke for what; with how many places across and down."""
_AROUND = 1.25
"""A close-up shows so many times the square that the classifier saw."""


def strength(activation: Floats) -> NDArray[np.float64]:
    """A map (h, w) from 0 at its weakest to 1 at its strongest place; all 0 where it is the same everywhere.

    Only differences within a map mean something: the same value added to all places of the maps of all
    classes changes no verdict. So there is no absolute scale, and no two maps can be compared by colour.
    """
    values = np.asarray(activation, np.float64)
    reach = np.ptp(values)
    return (values - values.min()) / reach if reach > 0 else np.zeros_like(values)


def overlay(gray: Floats, activation: Floats, seen: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """A picture (h, w) of gray in [0, 1] with a map (h', w') over it, as (h, w, 3) of red, green, blue.

    ``seen``: xmin, ymin, xmax, ymax of the square that the map covers, in continuous picture pixels, the
    first of which reaches from 0 to 1; it may reach beyond the picture. Outside of it the picture stays as
    it is, and a line runs around it. Raises ValueError where the square has no area.
    """
    xmin, ymin, xmax, ymax = seen
    if not (xmin < xmax and ymin < ymax):
        raise ValueError(f"the map covers {seen}, which has no area; give xmin, ymin, xmax, ymax")
    height, width = gray.shape
    shares = strength(activation)
    down, across = _along(height, ymin, ymax, shares.shape[0]), _along(width, xmin, xmax, shares.shape[1])
    smooth = down @ shares @ across.T
    line = 1 + max(height, width) // 500
    inside, inner = (
        np.outer(
            _is_inside(height, ymin + margin, ymax - margin), _is_inside(width, xmin + margin, xmax - margin)
        )
        for margin in (0, line)
    )
    opacity = (MOST_OPAQUE * smooth * inside)[..., None]
    drawn = 255 * np.clip(gray, 0, 1)[..., None] * (1 - opacity) + colours_of(smooth) * opacity
    drawn[inside & ~inner] = OUTLINE
    return np.rint(drawn).astype(np.uint8)


def close_up_part(
    seen: tuple[float, float, float, float], spacing: tuple[float, float], shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the part that shows a map and what is around it, in whole pixels: a
    square in mm, moved into the picture and no larger than it.

    ``seen``: as of ``overlay``. ``spacing``: mm from row to row and from column to column. ``shape``: rows
    and columns of the picture.
    """
    xmin, ymin, xmax, ymax = seen
    down, across = spacing
    side = _AROUND * max((xmax - xmin) * across, (ymax - ymin) * down)
    left, right = _reach((xmin + xmax) / 2, side / across, shape[1])
    top, bottom = _reach((ymin + ymax) / 2, side / down, shape[0])
    return left, top, right, bottom


def colours_of(shares: Floats) -> NDArray[np.float64]:
    """Red, green and blue, 0 to 255, of strengths from 0 to 1: (…) -> (…, 3)."""
    places = np.linspace(0, 1, len(COLOURS))
    return np.stack([np.interp(shares, places, channel) for channel in np.transpose(COLOURS)], axis=-1)


def _reach(middle: float, side: float, length: int) -> tuple[int, int]:
    first, behind = floor(middle - side / 2), ceil(middle + side / 2)
    whole = min(behind - first, length)
    start = min(max(first, 0), length - whole)
    return start, start + whole


def _along(length: int, low: float, high: float, cells: int) -> NDArray[np.float64]:
    """(length, cells): the share of each cell of the map at each pixel, linear between where the cells look.

    A cell looks about the first pixel of its part, not the middle of it: of pixels so many apart, each step
    of a residual network keeps the first and looks about that (torchvision's strides and paddings). Spread
    evenly, the map would lie half a cell too far to the right and down.
    """
    places = (_middles(length) - low) / (high - low) * cells
    apart = np.abs(np.clip(places, 0, cells - 1)[:, None] - np.arange(cells))
    return np.maximum(1 - apart, 0)


def _is_inside(length: int, low: float, high: float) -> NDArray[np.bool_]:
    middles = _middles(length)
    return (low <= middles) & (middles < high)


def _middles(length: int) -> NDArray[np.float64]:
    return np.arange(length, dtype=np.float64) + 0.5
