"""Text burned into pictures, found by its look: thin, sharp strokes of an extreme value, in a row.

A hint for whoever releases pictures, no proof of absence: single characters, handwriting and text hardly
brighter than what lies behind it are not found.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

_STROKE = 9
"""Pixels; no stroke of a character up to 40 pixels high is wider."""
_INK = 120
"""Of 255: the least of a stroke; small characters are drawn smoothed."""
_BOX = 250
"""Of 255: the least of a box behind dark characters."""
_CONTRAST = 60
"""Of 255: how far a stroke stands out from what is around it."""
_SHARP = 2
"""Pixels from the edge of a stroke within which it does; tissue is blurred more than ink."""
_BLURRED = 0.1
"""The share of an outline that may be less sharp."""
_LOWEST, _HIGHEST = 4, 45
"""Pixels, of characters."""
_WIDEST = 6
"""Widths to the height of a piece; small characters touch each other."""
_PIECES, _FEWEST = 3, 4
"""Pieces and characters in a row that make a text."""


@dataclass(frozen=True)
class TextRegion:
    """A row of characters: pixels from the upper left corner; right and bottom lie outside."""

    left: int
    top: int
    right: int
    bottom: int


def find_text(pixels: NDArray[np.integer]) -> list[TextRegion]:
    """Where a gray picture (rows, columns), of any depth, seems to have burned-in text; from the top down.

    Bright characters on anything darker, or dark characters on a box of the brightest value.
    """
    gray = np.zeros(pixels.shape, np.uint8)
    cv2.normalize(pixels.astype(np.float32), gray, 0, 255, cv2.NORM_MINMAX, cv2.CV_8U)
    kernel = np.ones((_STROKE, _STROKE), np.uint8)
    bright = cv2.morphologyEx(gray, cv2.MORPH_TOPHAT, kernel) >= _CONTRAST
    boxed = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, kernel) >= _BOX
    found = _pieces(gray, bright & (gray >= _INK)), _pieces(255 - gray, boxed & (gray <= 255 - _INK))
    regions = [region for pieces in found for region in _rows(pieces)]
    return sorted(regions, key=lambda region: (region.top, region.left))


def _pieces(gray: NDArray[np.uint8], strokes: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Boxes (n, 4) of left, top, right, bottom: pieces of sharp strokes, as high as characters."""
    outlines, _ = cv2.findContours(strokes.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return np.zeros((0, 4), np.int32)
    reach = np.ones((2 * _SHARP + 1, 2 * _SHARP + 1), np.uint8)
    blurred = gray - cv2.erode(gray, reach) < _CONTRAST
    points = np.concatenate(outlines)[:, 0]
    lengths = np.array([len(outline) for outline in outlines])
    starts = np.cumsum(lengths) - lengths
    corner, opposite = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts) + 1
    width, height = (opposite - corner).T
    columns, rows = points.T
    unsharp = np.add.reduceat(blurred[rows, columns].astype(np.int64), starts) / lengths
    chosen = (height >= _LOWEST) & (height <= _HIGHEST) & (width <= _WIDEST * height) & (unsharp <= _BLURRED)
    return np.hstack([corner, opposite])[chosen]


def _rows(boxes: NDArray[np.int32]) -> list[TextRegion]:
    """Pieces of like height that stand side by side on one line."""
    if len(boxes) < _PIECES:
        return []
    left, top, right, bottom = (boxes[:, column, None] for column in range(4))
    height = bottom - top
    taller, lower = np.maximum(height, height.T), np.minimum(height, height.T)
    gap = np.maximum(left, left.T) - np.minimum(right, right.T)
    together = (
        (np.abs(bottom - bottom.T) <= np.maximum(1, 0.1 * taller))
        & (lower >= 0.6 * taller)
        & (gap >= -1)
        & (gap <= taller)
    )
    count, row = connected_components(csr_matrix(together), directed=False)
    members = [boxes[row == number] for number in range(count)]
    return [
        TextRegion(*map(int, [*found[:, :2].min(axis=0), *found[:, 2:].max(axis=0)]))
        for found in members
        if len(found) >= _PIECES and _characters(found) >= _FEWEST
    ]


def _characters(boxes: NDArray[np.int32]) -> float:
    """How many characters the pieces are at least: small ones touch each other."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return float(np.maximum(1, width / height).sum())
