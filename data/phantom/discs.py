"""Fills in the discs: what lies between the endplates, and what bulges or herniates beyond them."""

import numpy as np
from numpy.typing import NDArray

from data.phantom.matter import NO_PART, Part, Points, part_code
from data.phantom.skeleton import Disc
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
LEAST_HALF_HEIGHT = 2.0
"""mm; displaced tissue swells, however narrow the disc space that it comes from."""


def put_disc(points: Points, position: int, disc: Disc, texture: Texture) -> None:
    """Put the disc at a ``position`` into points, with its parts."""
    reach, rise = disc.reach
    chosen = disc.frame.within(points.y, points.z, (-reach, reach), (-rise, rise))
    x, y, z = points.x[chosen], points.y[chosen], points.z[chosen]
    radius, beyond, above, below, back = disc.coordinates(x, y, z)
    half = (above + below) / 2
    off_middle = np.abs(below - above) / 2
    within = (beyond <= 0) & (above > 0) & (below > 0)

    angle = np.arctan2(x, back)
    broad = disc.disease.broad_depth(angle)
    focal = np.where(back > 0, disc.disease.focal_depth(x), 0)
    # Displaced tissue is rounded, and may be higher than the disc space.
    half_height = np.maximum(half + disc.disease.extension, LEAST_HALF_HEIGHT)
    dome = np.sqrt(np.clip(1 - (off_middle / half_height) ** 2, 0, 1))
    bulged = (beyond > 0) & (beyond < broad * dome)
    herniated = (beyond > 0) & ~bulged & (beyond < (broad + focal) * dome)
    codes = np.select(
        [within, bulged, herniated],
        [part_code(position, part) for part in (Part.DISC, Part.BULGED, Part.HERNIATED)],
        NO_PART,
    )
    kept = codes != NO_PART
    chosen = chosen[kept]
    points.matter.part[chosen] = codes[kept]
    grain = texture(x[kept], y[kept], z[kept], 0.5, 9)
    points.matter.tissue[chosen], points.matter.shade[chosen] = _disc_matter(
        position, disc, radius[kept], (off_middle / np.maximum(half, 0.5))[kept], beyond[kept], grain
    )


def _disc_matter(
    position: int, disc: Disc, radius: Floats, height: Floats, beyond: Floats, grain: Floats
) -> tuple[NDArray[np.uint8], Floats]:
    """The nucleus, fading into the annulus, with a dark cleft once it is no longer young."""
    core = (radius / 0.76) ** 2.5 + (height / 1.1) ** 4
    # The grain mixes the two where they meet, more finely than a voxel sees.
    nucleus = core < 1 + 0.2 * grain
    fade = 1 - 0.4 * np.clip((core - 0.3) / 0.7, 0, 1)
    age = np.clip((disc.disease.degeneration - 1.6) / 1.0, 0, 1)
    cleft = 1 - 0.4 * age * np.exp(-((height / 0.16) ** 2)) * (radius < 0.6)
    # The outer annulus with the ligaments is the darkest; what herniates is nucleus in part.
    outer = np.where(beyond > 0, 0.75, np.where(radius > 0.9, 0.55, 0.85))
    tissue = np.where(nucleus, len(Tissue) + position, Tissue.ANNULUS)
    shade = np.where(nucleus, fade * cleft, outer) * (1 + 0.05 * grain)
    return tissue.astype(np.uint8), shade.astype(np.float32)
