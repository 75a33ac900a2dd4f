"""The cervical canal and the spinal cord in it, from the brain stem down."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.phantom.surroundings import Filled, Surroundings
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
FORAMEN_MAGNUM = 10.35
"""Its level; C2's is 9."""
LEVEL_ABOVE = 25.0
"""mm a level above C2."""
# Level; then half-depth and half-width of the canal, and of the cord, as parts of those at C5; below T4 and
# above the foramen magnum the last ones hold.
_PROFILE = np.array(
    [
        (-2.0, 1.00, 0.78, 0.88, 0.78),
        (2.0, 1.02, 0.82, 0.88, 0.80),
        (3.5, 1.02, 0.92, 0.92, 0.90),
        (5.0, 0.99, 1.00, 0.98, 1.00),
        (6.0, 1.00, 1.00, 1.00, 1.00),
        (7.5, 1.04, 1.00, 1.04, 0.98),
        (8.6, 1.16, 1.02, 1.08, 0.92),
        (9.3, 1.34, 1.06, 1.12, 0.92),
        (10.0, 1.56, 1.12, 1.22, 0.96),
        (10.6, 1.70, 1.20, 1.50, 1.10),
    ]
)
CANAL_HALF_WIDTH = 12.0
_PAD = 0.7
"""mm from the canal's wall to the dura, in front and behind in the neck."""


def canal_half_depth(canal_depth: float, level: Floats) -> Floats:
    """mm at levels; ``canal_depth`` is the whole one at C5."""
    return canal_depth / 2 * np.interp(level, _PROFILE[:, 0], _PROFILE[:, 1])


def canal_half_width(scale: float, level: Floats) -> Floats:
    """mm at levels of a patient of this scale."""
    return CANAL_HALF_WIDTH * scale * np.interp(level, _PROFILE[:, 0], _PROFILE[:, 2])


@dataclass(frozen=True)
class Dent:
    """What pushes the cord back at a ``level`` by so many mm."""

    level: float
    depth: float


@dataclass(frozen=True)
class Cord:
    """The spinal cord: half-depth and half-width at C5 and its place behind the canal's middle in mm, where
    nothing presses on it; ``dents``: where something does."""

    half_depth: float
    half_width: float
    place: float
    dents: tuple[Dent, ...] = ()

    def at_rest(self, x: Floats, level: Floats, behind: Floats) -> Floats:
        """Where points lie to the cord that nothing presses on: 0 in its middle, 1 at its surface."""
        return self._radius(x, level, behind - self.place)

    def pressed(self, x: Floats, level: Floats, behind: Floats) -> Floats:
        """The same to the cord as it is pushed back."""
        return self._radius(x, level, behind - self.place - self.pushed(level))

    def pushed(self, level: Floats) -> Floats:
        """mm by which the cord is pushed back at levels."""
        back = np.zeros(np.shape(level), np.float32)
        for dent in self.dents:
            back = back + dent.depth * np.exp(-(((level - dent.level) / 0.4) ** 2))
        return back

    def room_behind(self, canal_depth: float, level: float) -> float:
        """mm of fluid behind the cord at a level, where nothing presses on it."""
        deep = self.half_depth * float(np.interp(level, _PROFILE[:, 0], _PROFILE[:, 3]))
        half = float(canal_half_depth(canal_depth, np.array(level)))
        return max(half - _PAD - self.place - deep, 0.0)

    def _radius(self, x: Floats, level: Floats, behind: Floats) -> Floats:
        deep = self.half_depth * np.interp(level, _PROFILE[:, 0], _PROFILE[:, 3])
        wide = self.half_width * np.interp(level, _PROFILE[:, 0], _PROFILE[:, 4])
        return np.sqrt((behind / deep) ** 2 + (x / wide) ** 2)


class CervicalCanal:
    """Fills the points inside the canal: cord in fluid, in the dura."""

    def __init__(self, cord: Cord, texture: Texture) -> None:
        self._cord = cord
        self._texture = texture

    def at(self, points: Surroundings) -> Filled:
        x, level, behind, half = points.x, points.level, points.behind, points.canal_half_depth
        # Behind the dura lies fat: little of it in the neck, more between the upper thoracic arches.
        pad = _PAD + np.clip(3.6 - level, 0, 1) * 1.6 * np.cos(np.pi * (level + 0.45)) ** 4
        front, rear = -half + _PAD, half - pad
        middle, deep = (front + rear) / 2, np.maximum((rear - front) / 2, 0.5)
        radius = np.sqrt(((behind - middle) / deep) ** 2 + (x / (points.canal_half_width - 2.0)) ** 2)
        inside = deep * (1 - radius)
        tissue = np.where(inside > 0, Tissue.CSF, Tissue.EPIDURAL_FAT)
        tissue = np.where(np.abs(inside) < 0.35, Tissue.LIGAMENT, tissue)
        # What lies before the dura is ligament and veins.
        before = (behind < middle) & (inside < -0.35)
        tissue = np.where(before, np.where(points.side < 5, Tissue.LIGAMENT, Tissue.VEIN), tissue)
        shade = np.ones(len(x), np.float32)
        shade[before & (points.side >= 5)] = 0.6
        # Moving fluid loses some of its signal.
        fluid = tissue == Tissue.CSF
        shade[fluid] -= 0.10 * np.clip(self._texture(x, behind, 0.25 * points.z, 5.0, 1)[fluid], 0, 1.5)
        in_cord = self._cord.pressed(x, level, behind)
        cord = in_cord < 1
        tissue = np.where(cord, Tissue.CORD, tissue)
        # Gray matter is a little brighter than white.
        shade = np.where(cord, 1 + 0.10 * np.exp(-((in_cord / 0.45) ** 2)), shade)
        return tissue, shade
