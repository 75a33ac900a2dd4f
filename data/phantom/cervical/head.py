"""The base of the skull above a neck, with brain stem and cerebellum."""

import numpy as np
from numpy.typing import NDArray

from data.phantom.cervical.canal import FORAMEN_MAGNUM, LEVEL_ABOVE
from data.phantom.surroundings import Surroundings
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_CLIVUS_SLOPE, _FLOOR_SLOPE = 0.72, 0.42
"""Of the clivus, mm forwards a mm up; of the skull's floor behind the foramen magnum, mm up a mm back."""
_CLIVUS, _OCCIPUT = 9.0, 6.0
"""Thickness of the bones, mm."""
_ROUNDING = 3.0
"""mm by which the corners of the cavity are rounded."""
_LEAN = 0.42
"""Of the brain stem, mm forwards a mm up."""
_FOLIUM = 4.2
"""mm from one fold of the cerebellum to the next."""


def put_head(points: Surroundings, tissue: NDArray[np.uint8], shade: Floats, texture: Texture) -> None:
    """Put skull and brain into the points above the foramen magnum."""
    high = np.flatnonzero((points.level > FORAMEN_MAGNUM - 0.7) & (points.under_skin > 4))
    some = points.of(high)
    up = (some.level - FORAMEN_MAGNUM) * LEVEL_ABOVE
    behind, half, side = some.behind, some.canal_half_depth, some.side
    # mm inside the skull's cavity from clivus, floor and vault.
    clivus = behind + half + _CLIVUS_SLOPE * up
    floor = up - _FLOOR_SLOPE * np.maximum(behind - half, 0)
    vault = some.under_fascia - 8.0
    inside = -_ROUNDING * np.logaddexp(
        np.logaddexp(-clivus / _ROUNDING, -floor / _ROUNDING),
        np.logaddexp(-vault / _ROUNDING, (side - 65) / _ROUNDING),
    )
    thickness = np.where(clivus < floor, _CLIVUS, _OCCIPUT)
    bone = (inside <= 0) & (inside > -thickness) & (up > -2 + 0.1 * np.abs(behind)) & (vault > -_OCCIPUT)
    # The foramen itself: the canal goes through the floor.
    canal = (np.abs(behind) < half) & (up < 1)
    chosen = high[bone & ~canal]
    shell = np.minimum(-inside, thickness + inside)[bone & ~canal]
    tissue[chosen] = np.where(shell < 1.3, Tissue.CORTEX, Tissue.MARROW)
    shade[chosen] = 0.9
    cavity = (inside > 0) & (up > 0)
    chosen, some = high[cavity], some.of(np.flatnonzero(cavity))
    tissue[chosen], shade[chosen] = _brain(some, up[cavity], inside[cavity], texture)


def _brain(
    points: Surroundings, up: Floats, inside: Floats, texture: Texture
) -> tuple[NDArray[np.uint8], Floats]:
    """Medulla and pons in front, the folded cerebellum behind them, fluid around."""
    side = points.side
    behind = points.behind + _LEAN * up
    medulla = (behind / np.interp(up, (0, 26), (6.0, 7.5))) ** 2 + (side / 8.5) ** 2 < 1
    pons = ((up - 38) / 16) ** 2 + ((behind + 1) / 12.5) ** 2 + (side / 17) ** 2 < 1
    midbrain = (up > 48) & (np.abs(behind - 1) < 9) & (side < 16)
    # The fourth ventricle opens behind the medulla, where the vermis comes down to it.
    ventricle = (side < 6) & (behind > 7) & (behind < 14 - np.abs(up - 32) * 0.4)
    cerebellum = (behind > 8.5 + np.maximum(14 - up, 0) * 0.5) & (inside > 1.8) & (up > 5)
    x, y, z = points.x, points.y, points.z
    # The folds fan out from the ventricle's roof.
    deep = np.hypot(behind - 12, up - 34)
    phase = deep / _FOLIUM + 1.2 * texture(0.4 * x, y, z, 11.0, 5) + 0.35 * np.arctan2(up - 34, behind - 12)
    folds = (np.abs(phase % 1 - 0.5) < 0.09) & (deep > 9)
    tissue = np.full(len(up), Tissue.CSF, np.uint8)
    shade = np.ones(len(up), np.float32)
    stem = medulla | pons | midbrain
    brain = (stem | cerebellum | ((up > 58) & (inside > 3))) & ~ventricle
    tissue[brain] = Tissue.CORD
    shade[brain] = np.where(stem, 0.95, 1.08)[brain]
    cleft = folds & brain & ~stem
    tissue[cleft], shade[cleft] = Tissue.CSF, 0.55
    return tissue, shade
