"""The soft tissues of a neck: throat and mouth in front, muscles and fat behind, brain stem above."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from data.phantom.cervical.canal import CervicalCanal, Cord, canal_half_depth, canal_half_width
from data.phantom.cervical.head import put_head
from data.phantom.cervical.throat import Throat
from data.phantom.course import Coordinates
from data.phantom.patient import Patient
from data.phantom.skeleton import Skeleton
from data.phantom.surroundings import DEEP_FAT_SHADE, FLAVUM, Filled, Surroundings, septa
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_LEVEL_STEP = 0.02
_LEVELS = (-6.0, 16.0)
_NUCHAL = 1.3
"""Half-width of the nuchal ligament, mm."""
_BETWEEN = 3.2
"""mm to the side up to which ligament and fat fill the space between the spinous processes."""


class NeckTissue:
    """Fills every point that is not bone or disc; ``swelling``: mm by which the tissue before the spine is
    thickened at levels."""

    def __init__(
        self,
        patient: Patient,
        skeleton: Skeleton,
        cord: Cord,
        throat: float,
        swelling: Callable[[Floats], Floats],
        texture: Texture,
    ) -> None:
        self._texture = texture
        rng = np.random.default_rng([patient.texture_seed, 2])
        self._infiltration = float(np.clip((patient.age - 25) / 70 + rng.normal(0, 0.2), 0, 1))
        self._canal = CervicalCanal(cord, texture)
        self._throat = Throat(throat * patient.scale, swelling, texture)
        self._table = _level_table(patient, skeleton)

    def at(self, x: Floats, y: Floats, z: Floats, curved: Coordinates) -> tuple[NDArray[np.uint8], Floats]:
        """(tissue, shade) of points in straight mm; the shade multiplies the proton density."""
        points = self._surroundings(x, y, z, curved)
        tissue = np.full(len(x), Tissue.AIR, np.uint8)
        shade = np.ones(len(x), np.float32)
        outside = points.under_skin < 0
        canal = (points.above_roof < 0.5) & (
            (points.behind / points.canal_half_depth) ** 2 + (x / points.canal_half_width) ** 2 < 1
        )
        back = (points.above_roof > 0) & (points.behind > 0)
        for fill, region in (
            (self._throat.at, ~outside & ~back & ~canal),
            (self._back, ~outside & back & ~canal),
            (self._canal.at, canal),
        ):
            chosen = np.flatnonzero(region)
            tissue[chosen], shade[chosen] = fill(points.of(chosen))
        put_head(points, tissue, shade, self._texture)
        skin = ~outside & (points.under_skin < 2.0)
        tissue[skin], shade[skin] = Tissue.SKIN, 1.0
        fat = np.flatnonzero(tissue == Tissue.FAT)
        shade[fat] *= septa(self._texture, x[fat], y[fat], z[fat])
        return tissue, shade

    def _surroundings(self, x: Floats, y: Floats, z: Floats, curved: Coordinates) -> Surroundings:
        side = np.abs(x)
        row = ((curved.level - _LEVELS[0]) * (1 / _LEVEL_STEP)).astype(np.int32)
        around = self._table.take(row, axis=1, mode="clip")
        # The neck is round, the shoulders are not.
        fall = 0.008 * np.maximum(side - 12, 0) ** 2
        return Surroundings(
            x,
            y,
            z,
            side,
            curved.level,
            curved.behind,
            curved.under_fascia - 0.6 * fall,
            curved.under_skin - fall,
            *around,
        )

    def _back(self, points: Surroundings) -> Filled:
        """Muscle in layers with fat between them; ligaments and fat in the middle."""
        x, y, z, side = points.x, points.y, points.z, points.side
        # Fibres run up and forwards; the finer grain blurs where they meet.
        fibre = self._texture(x, y + 0.15 * z, 0.18 * z, 3.0, 3)
        streak = 0.75 * fibre + 0.55 * self._texture(x, y, 0.4 * z, 1.2, 4)
        roof, deep = points.above_roof, points.under_fascia
        worn = self._infiltration
        # Trapezius, splenius and semispinalis lie one under the other.
        cleft = 0.4 + 0.9 * worn + 0.4 * streak
        layers = np.minimum(np.minimum(np.abs(deep - 5), np.abs(deep - 11)), np.abs(roof - 14 + 0.3 * side))
        fat = (layers < cleft) | (np.abs(fibre) < 0.04 + 0.12 * worn) | (streak > 2.0 - 0.9 * worn)
        tissue = np.where(fat, Tissue.FAT, Tissue.MUSCLE)
        shade = np.where(tissue == Tissue.MUSCLE, 1 + 0.2 * streak, DEEP_FAT_SHADE)
        # Between the spinous processes: fibrous fat; behind them the nuchal ligament.
        middle = side < _BETWEEN + 0.8 * fibre
        nuchal = side < _NUCHAL + 0.3 * fibre
        tissue = np.where(middle, Tissue.FAT, tissue)
        shade = np.where(middle, 0.62 + 0.16 * streak - 0.1 * (1 - worn), shade)
        # The nuchal ligament is a fibrous septum, no solid plate: it only darkens.
        shade = np.where(nuchal, 0.75 * shade, shade)
        flavum = (roof < FLAVUM * 0.8) & (side < 11)
        tissue = np.where(flavum, np.where(streak > 1.3, Tissue.FAT, Tissue.LIGAMENT), tissue)
        fascia = (deep < 1.4) & (deep > 0)
        tissue = np.where(fascia, Tissue.FASCIA, tissue)
        tissue = np.where(deep <= 0, Tissue.FAT, tissue)
        shade = np.where(fascia | (deep <= 0), 1.0, shade)
        return tissue, shade.clip(0.3, 1.6)


def _level_table(patient: Patient, skeleton: Skeleton) -> NDArray[np.float32]:
    """(4, levels) mm: half-depth and half-width of the canal, depth and half-width of the bodies."""
    bones = (*reversed(skeleton.base), *skeleton.vertebrae)
    first = -float(len(skeleton.base))
    levels = np.arange(*_LEVELS, _LEVEL_STEP)
    sizes = np.array([(body.half_depth + body.half_depth_below, body.half_width) for body in bones])
    depth, half_width = (np.interp(levels, first + np.arange(len(bones)), size) for size in sizes.T)
    table = [
        canal_half_depth(patient.canal_depth, levels),
        canal_half_width(patient.scale, levels),
        depth,
        half_width,
    ]
    return np.array(table, np.float32)
