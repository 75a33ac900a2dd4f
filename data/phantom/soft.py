"""Soft tissues around the bones: the canal's contents, the back, and what lies beside and in front."""

import numpy as np
from numpy.typing import NDArray

from data.phantom.back import Back
from data.phantom.canal import Canal
from data.phantom.course import Coordinates
from data.phantom.hips import put_hips
from data.phantom.patient import Patient
from data.phantom.posterior import canal_half_width
from data.phantom.skeleton import Skeleton
from data.phantom.surroundings import Surroundings, septa
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue
from data.phantom.trunk import Trunk

Floats = NDArray[np.floating]
_LEVEL_STEP = 0.02
_LEVELS_AROUND = 5
"""Levels that are tabulated below S1 and above the highest vertebra."""
_TRUNK_HALF_WIDTH = 152.0


class SoftTissue:
    """Fills every point that is not bone or disc."""

    def __init__(self, patient: Patient, skeleton: Skeleton, texture: Texture) -> None:
        self._texture = texture
        rng = np.random.default_rng([patient.texture_seed, 2])
        infiltration = float(np.clip((patient.age - 30) / 60 + rng.normal(0, 0.25), 0, 1))
        self._back = Back(infiltration, texture)
        self._canal = Canal(patient)
        self._trunk = Trunk(patient, texture)
        self._half_width = _TRUNK_HALF_WIDTH * patient.scale + 0.5 * patient.subcutaneous_fat
        self._table = _level_table(patient.canal_depth, skeleton)

    def at(self, x: Floats, y: Floats, z: Floats, curved: Coordinates) -> tuple[NDArray[np.uint8], Floats]:
        """(tissue, shade) of points in straight mm; the shade multiplies the proton density."""
        points = self._surroundings(x, y, z, curved)
        outside = points.under_skin < 0
        tissue = np.full(len(x), Tissue.AIR, np.uint8)
        shade = np.ones(len(x), np.float32)
        back = (points.above_roof > 0) & (points.behind > 0)
        half = points.canal_half_depth
        canal = (points.above_roof < 0.5) & (
            (points.behind / half) ** 2 + (x / points.canal_half_width) ** 2 < 1
        )
        for content, region in (
            (self._trunk, ~outside & ~back & ~canal),
            (self._back, ~outside & back),
            (self._canal, canal),
        ):
            chosen = np.flatnonzero(region)
            tissue[chosen], shade[chosen] = content.at(points.of(chosen))
        put_hips(points, tissue, shade)
        skin = ~outside & (points.under_skin < 2.2)
        tissue[skin], shade[skin] = Tissue.SKIN, 1.0
        fat = np.flatnonzero((tissue == Tissue.FAT) | (tissue == Tissue.EPIDURAL_FAT))
        shade[fat] *= septa(self._texture, x[fat], y[fat], z[fat])
        return tissue, shade

    def _surroundings(self, x: Floats, y: Floats, z: Floats, curved: Coordinates) -> Surroundings:
        side = np.abs(x)
        # The back muscles are two mounds beside a furrow; the trunk is rounded and ends at the sides.
        mound = 7 * np.maximum(1 - ((side - 34) * (1 / 34)) ** 2, 0) ** 2
        fall = 0.005 * np.maximum(side - 36, 0) ** 2
        row = ((curved.level + _LEVELS_AROUND) * (1 / _LEVEL_STEP)).astype(np.int32)
        around = self._table.take(row, axis=1, mode="clip")
        return Surroundings(
            x,
            y,
            z,
            side,
            curved.level,
            curved.behind,
            curved.under_fascia + mound - fall,
            np.minimum(curved.under_skin + 0.6 * mound - 0.7 * fall, self._half_width - side),
            *around,
        )


def _level_table(canal_depth: float, skeleton: Skeleton) -> NDArray[np.float32]:
    """(4, levels) mm: half-depth and half-width of the canal, depth and half-width of the bodies."""
    bones = (*reversed(skeleton.base), *skeleton.vertebrae)
    first = -float(len(skeleton.base))
    levels = np.arange(-_LEVELS_AROUND, first + len(bones) + _LEVELS_AROUND, _LEVEL_STEP)
    half_depth = canal_depth / 2 * np.clip(1 + 0.17 * (levels + 0.6), 0.3, 1)
    sizes = np.array([(body.half_depth + body.half_depth_below, body.half_width) for body in bones])
    depth, half_width = (np.interp(levels, first + np.arange(len(bones)), size) for size in sizes.T)
    table = [half_depth, canal_half_width(half_width) - 0.5, depth, half_width]
    return np.array(table, np.float32)
