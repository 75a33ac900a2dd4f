"""A vertebra's posterior elements: pedicles, laminae, articular and transverse processes, spine."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.phantom.skeleton import Body

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class SpinousProcess:
    """Half-length and half-height in mm; ``droop`` in radians below the body's own level."""

    half_length: float
    half_height: float
    droop: float


_SPINOUS = {
    "L5": SpinousProcess(10.0, 6.5, 0.15),
    "L4": SpinousProcess(13.5, 9.0, 0.15),
    "L3": SpinousProcess(15.0, 9.5, 0.15),
    "L2": SpinousProcess(15.0, 9.5, 0.18),
    "L1": SpinousProcess(14.5, 9.0, 0.22),
    "T12": SpinousProcess(13.5, 8.0, 0.30),
    "T11": SpinousProcess(14.0, 6.5, 0.45),
}
_THORACIC = SpinousProcess(17.0, 4.5, 0.80)


def spinous_process(vertebra: str) -> SpinousProcess:
    return _SPINOUS.get(vertebra, _THORACIC)


def posterior_depth_inside(body: Body, canal_depth: float, x: Floats, back: Floats, up: Floats) -> Floats:
    """mm inside the posterior elements (negative outside), for points in the body's own frame.

    The canal's depth in mm places the laminae behind it.
    """
    side = np.abs(x)
    wall = body.half_depth + canal_depth
    scale = body.half_width / 23.0
    up = up / scale
    spine = spinous_process(body.name)
    cos, sin = math.cos(spine.droop), math.sin(spine.droop)
    start = back - wall - 3.0
    along, across = cos * start - sin * (up + 6.0), cos * (up + 6.0) + sin * start
    # The lower border hangs and the tip is thicker, like a hatchet.
    blade = _rounded_box(
        side,
        along - spine.half_length,
        across,
        (2.8 + 0.06 * np.clip(along, 0, 30), spine.half_length, spine.half_height * (0.8 + 0.008 * along)),
        2.7,
    )
    roof = back - wall - 2.6 + 0.55 * side + 0.22 * (up + 6.0)
    lamina = _rounded_box(side, roof, up + 6.0, (14.0, 2.6, 9.0), 2.0)
    pedicle = _capsule(side, back, up, (12.5, body.half_depth - 4, 5.0), (15.5, wall - 8, 3.5), 4.6)
    pillar = _capsule(side, back, up, (17.0, wall - 7, 11.0), (15.0, wall - 4, -20.0), 5.2)
    transverse = _capsule(side, back, up, (18.0, wall - 9, 3.0), (36.0, wall - 4, 4.0), 3.6)
    depth = blade
    for part in (lamina, pedicle, pillar, transverse):
        depth = np.maximum(depth, part)
    return depth


def _rounded_box(
    x: Floats, y: Floats, z: Floats, half: tuple[Floats | float, float, Floats | float], corner: float
) -> Floats:
    beyond = [np.abs(axis) - (size - corner) for axis, size in zip((x, y, z), half, strict=True)]
    outside = np.sqrt(sum(np.maximum(axis, 0) ** 2 for axis in beyond))
    inside = np.minimum(np.maximum(np.maximum(beyond[0], beyond[1]), beyond[2]), 0)
    return corner - outside - inside


def _capsule(
    x: Floats,
    y: Floats,
    z: Floats,
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    radius: float,
) -> Floats:
    line = np.subtract(end, start).astype(np.float32)
    dx, dy, dz = x - np.float32(start[0]), y - np.float32(start[1]), z - np.float32(start[2])
    part = np.clip((dx * line[0] + dy * line[1] + dz * line[2]) / (line @ line), 0, 1)
    dx, dy, dz = dx - part * line[0], dy - part * line[1], dz - part * line[2]
    return np.float32(radius) - np.sqrt(dx * dx + dy * dy + dz * dz)
