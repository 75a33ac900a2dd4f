"""Fills in the injuries of a neck: the cord's changed signal, and fluid where ligaments are torn."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.phantom.cervical.canal import Cord, canal_half_depth
from data.phantom.cervical.disease import Injury
from data.phantom.matter import NO_PART, Part, Points, part_code
from data.phantom.skeleton import Disc, Skeleton
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_SOFT = (Tissue.FAT, Tissue.MUSCLE, Tissue.FASCIA, Tissue.LIGAMENT, Tissue.MUCOSA, Tissue.EPIDURAL_FAT)
"""What fluid takes the place of."""
_FLAT = 0.65
"""The cord's change is wider than deep, as its gray matter is."""
_FAINTEST = 0.58
"""Shade of a cord's changed signal that can hardly be told from the cord."""
_WIDE = 14.0
"""mm to the side up to which there is fluid."""


def swelling(injuries: Iterable[Injury], skeleton: Skeleton) -> Callable[[Floats], Floats]:
    """mm by which fluid lifts the tissue before the spine, at levels."""
    torn = [item for item in injuries if item.anterior_depth]

    def lifted(level: Floats) -> Floats:
        depth = np.zeros(np.shape(level), np.float32)
        for item in torn:
            along = (level - (item.position - 0.5)) * _pitch(skeleton.discs[item.position])
            depth = np.maximum(depth, _collection(item, along))
        return depth

    return lifted


def _pitch(disc: Disc) -> float:
    """mm from the middle of one vertebra to the next."""
    return disc.above.half_height + disc.below.half_height + disc.height


def _collection(injury: Injury, along: Floats) -> Floats:
    """mm of fluid before the spine, ``along`` mm above the injured disc."""
    return injury.anterior_depth * np.sqrt(np.clip(1 - (along / injury.anterior_half_length) ** 2, 0, 1))


@dataclass(frozen=True)
class InjuredLevel:
    """Puts one injury into points; ``canal_depth`` in mm at C5."""

    injury: Injury
    disc: Disc
    cord: Cord
    canal_depth: float
    texture: Texture

    def put(self, points: Points, behind: Floats) -> None:
        """``behind``: mm of the points behind the canal's middle line."""
        along = (points.level - np.float32(self.injury.position - 0.5)) * _pitch(self.disc)
        grain = self.texture(points.x, points.y, points.z, 3.0, 10)
        half = float(canal_half_depth(self.canal_depth, np.array(self.injury.position - 0.5)))
        if self.injury.cord_half_length:
            self._put_cord_change(points, behind, along, grain)
        if self.injury.anterior_depth:
            ahead = -behind - half - 2 * self.disc.half_depth
            depth = _collection(self.injury, along)
            self._put_fluid(points, (ahead > -4) & (ahead < depth + 0.4 * grain) & (depth > 0.5), grain)
        if self.injury.posterior_size:
            deep, size = behind - half, self.injury.posterior_size
            # Between the arches, and so lower the further back.
            low = along + 3.0 + 0.40 * deep
            spread = ((deep - 10 * size) / (11 * size)) ** 2 + (low / (7.5 * size)) ** 2
            spread = spread + (points.x / 11) ** 2
            self._put_fluid(points, (deep > 0) & (spread < 1 + 0.35 * grain), grain)

    def _put_cord_change(self, points: Points, behind: Floats, along: Floats, grain: Floats) -> None:
        injury = self.injury
        place = self.cord.pressed(_FLAT * (points.x - injury.cord_offset), points.level, behind)
        spindle = (along / injury.cord_half_length) ** 2 + (place / injury.cord_fill) ** 2
        inside = (spindle < 1 + 0.15 * grain) & (points.matter.tissue == Tissue.CORD)
        shade = _FAINTEST + (1 - _FAINTEST) * injury.cord_signal
        self._put(points, np.flatnonzero(inside), Tissue.CORD_OEDEMA, shade)

    def _put_fluid(self, points: Points, where: NDArray[np.bool_], grain: Floats) -> None:
        """Fluid in the soft tissue of a region; bones and discs stay as they are."""
        chosen = np.flatnonzero(where & (np.abs(points.x) < _WIDE) & (points.matter.part == NO_PART))
        chosen = chosen[np.isin(points.matter.tissue[chosen], _SOFT)]
        self._put(points, chosen, Tissue.FLUID, 0.7 + 0.12 * grain[chosen])

    def _put(self, points: Points, chosen: NDArray[np.intp], tissue: Tissue, shade: Floats | float) -> None:
        points.matter.tissue[chosen] = tissue
        points.matter.part[chosen] = part_code(self.injury.position, Part.INJURED)
        points.matter.shade[chosen] = shade
