"""The iliac bones beside the sacrum, and the muscles on them."""

import numpy as np
from numpy.typing import NDArray

from data.phantom.surroundings import Surroundings
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_THICKNESS = 9.0
"""Of the iliac bone, mm."""


def put_hips(points: Surroundings, tissue: NDArray[np.uint8], shade: Floats) -> None:
    """Put the iliac bones into points, with iliacus in front and the gluteal muscles behind."""
    low = np.flatnonzero((points.level < 0.6) & (points.side > 30) & (points.under_skin > 8))
    side, level, behind = points.side[low], points.level[low], points.behind[low]
    # A plate that runs from the sacrum forwards and outwards; its crest rises to the side.
    outside = (side - 54 + 0.8 * (behind + 5)) / 1.28
    below_crest = 0.03 * (side - 45) - 0.9 - level
    bone = np.minimum(_THICKNESS / 2 - np.abs(outside), np.minimum(20 * below_crest, 24 - behind))
    gluteal = (below_crest > 0) & (outside > 0) & (outside < 35)
    iliacus = (below_crest > 0.2) & (outside < 0) & (outside > -17) & (behind < -20)
    muscle = low[gluteal | iliacus]
    tissue[muscle], shade[muscle] = Tissue.MUSCLE, 1.0
    chosen, inside = low[bone > 0], bone[bone > 0]
    tissue[chosen] = np.where(inside < 1.2, Tissue.CORTEX, Tissue.MARROW)
    shade[chosen] = 1.0
