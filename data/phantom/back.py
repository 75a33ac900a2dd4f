"""The soft tissues of the back: its muscles, ligamentum flavum, fascia and subcutaneous fat."""

import numpy as np
from numpy.typing import NDArray

from data.phantom.surroundings import DEEP_FAT_SHADE, FLAVUM, Filled, Surroundings
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_MIDLINE = 3.5
"""mm to the side up to which ligament and fat fill the space between the spinous processes."""


class Back:
    """Fills the points behind the canal's roof and the transverse processes."""

    def __init__(self, infiltration: float, texture: Texture) -> None:
        """``infiltration``: of the muscles with fat, 0 ... 1."""
        self._infiltration = infiltration
        self._texture = texture

    def at(self, points: Surroundings) -> Filled:
        x, y, z = points.x, points.y, points.z
        # Fibres run down and backwards; the finer grain blurs where they meet.
        fibre = self._texture(x, y + 0.5 * z, 0.3 * z, 3.4, 3)
        streak = 0.75 * fibre + 0.65 * self._texture(x, y, z, 1.1, 4)
        tissue = np.where(self._fat(points, fibre, streak), Tissue.FAT, Tissue.MUSCLE)
        flavum = np.where(streak > 1.2, Tissue.FAT, Tissue.LIGAMENT)
        roof = points.above_roof
        # The two ligaments leave a gap in the middle.
        in_flavum = (roof < FLAVUM) & (points.side > 0.5) & (points.side < 14)
        tissue = np.where(in_flavum, flavum, tissue)
        tissue = np.where(points.under_fascia < 1.1, Tissue.FASCIA, tissue)
        tissue = np.where(points.under_fascia < 0, Tissue.FAT, tissue)
        shade = np.where(tissue == Tissue.MUSCLE, 1 + 0.22 * streak, 1)
        deep_fat = (tissue == Tissue.FAT) & (points.under_fascia > 0)
        shade = np.where(deep_fat, DEEP_FAT_SHADE, shade)
        return tissue, shade.clip(0.4, 1.6)

    def _fat(self, points: Surroundings, fibre: Floats, streak: Floats) -> NDArray[np.bool_]:
        """Fat between and in the muscles: more of it with age, and deep in the multifidus."""
        side, roof, level = points.side, points.above_roof, points.level
        worn = self._infiltration
        # Multifidus widens downwards; longissimus and iliocostalis lie outside of it.
        multifidus = np.clip(27 - 3.2 * level, 12, 34) - 0.3 * (roof - 12) + 0.006 * (roof - 12) ** 2
        outside = side - multifidus + 1.6 * fibre
        cleft = 0.15 + 0.7 * worn + 0.4 * streak
        between = (np.abs(outside) < cleft) | (np.abs(outside - 23) < 0.6 * cleft)
        deep = np.clip(1.3 - roof / 22, 0, 1) * (side < multifidus)
        # Thin fat between the bundles, and streaks of it where the muscle wastes.
        bundles = np.abs(fibre) < 0.03 + 0.12 * worn * (0.4 + deep)
        wasted = streak > 2.0 - 1.0 * worn - 0.75 * worn * deep
        middle = (side < _MIDLINE) & (streak > 0.6)
        # The muscles end in front at the transverse processes and round off to the side.
        wide = np.clip(60 + 8 * level, 36, 74)
        front = 7.5 + 0.035 * np.maximum(side - wide + 26, 0) ** 2
        return between | bundles | wasted | middle | (roof < front + 1.5 * fibre)
