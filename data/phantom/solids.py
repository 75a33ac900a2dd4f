"""Simple solids that bones, roots and implants are made of: mm inside them, negative outside."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Capsule:
    """A cylinder with round ends; end points and radius in mm."""

    start: Triple
    end: Triple
    radius: float

    def depth_inside(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """mm inside it of points in the coordinates of its ends."""
        line = np.subtract(self.end, self.start).tolist()
        dx, dy, dz = x - self.start[0], y - self.start[1], z - self.start[2]
        square = sum(axis * axis for axis in line)
        part = np.clip((dx * line[0] + dy * line[1] + dz * line[2]) * (1 / square), 0, 1)
        dx, dy, dz = dx - part * line[0], dy - part * line[1], dz - part * line[2]
        return self.radius - np.sqrt(dx * dx + dy * dy + dz * dz)

    def distance(self, points: Floats) -> Floats:
        """mm from its surface of (3, n) points, 0 inside."""
        return np.maximum(-self.depth_inside(*points), 0)


def rounded_box(
    x: Floats, y: Floats, z: Floats, half: tuple[Floats | float, float, Floats | float], corner: float
) -> Floats:
    """mm inside a box about the origin with ``half`` its sides and rounded corners."""
    beyond = [np.abs(axis) - (size - corner) for axis, size in zip((x, y, z), half, strict=True)]
    outside = np.sqrt(sum(np.maximum(axis, 0) ** 2 for axis in beyond))
    inside = np.minimum(np.maximum(np.maximum(beyond[0], beyond[1]), beyond[2]), 0)
    return corner - outside - inside
