"""The bones behind the bodies: a vertebra's posterior elements, facet joints, and the sacrum's wings."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.phantom.ranges import SACRALISED
from data.phantom.skeleton import Body, Disc
from data.phantom.solids import Capsule, rounded_box

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class SpinousProcess:
    """Half-length and half-height in mm; ``droop`` in radians below the body's own level."""

    half_length: float
    half_height: float
    droop: float


_SPINOUS = {
    "L5": SpinousProcess(10.0, 6.5, 0.15),
    SACRALISED.vertebra: SpinousProcess(9.0, 6.5, 0.15),
    "L4": SpinousProcess(13.5, 9.0, 0.15),
    "L3": SpinousProcess(15.0, 9.5, 0.15),
    "L2": SpinousProcess(15.0, 9.5, 0.18),
    "L1": SpinousProcess(14.5, 9.0, 0.22),
    "T12": SpinousProcess(13.5, 8.0, 0.30),
    "T11": SpinousProcess(14.0, 6.5, 0.45),
}
_THORACIC = SpinousProcess(17.0, 4.5, 0.80)
# mm from the canal's side and from the canal's wall behind, and mm up; then the radius.
_TRANSVERSE = {
    "L5": ((6.0, -9.0, 3.0), (21.0, -6.0, 4.0), 5.0),
    "L4": ((6.0, -8.0, 3.0), (23.0, -4.0, 4.0), 3.4),
    "L3": ((6.0, -8.0, 3.0), (28.0, -3.0, 4.0), 3.4),
    # It joins the sacrum's wing below it.
    SACRALISED.vertebra: ((8.0, -14.0, 0.0), (30.0, -16.0, -13.0), 9.0),
}
_OTHER_TRANSVERSE = ((6.0, -6.0, 3.0), (19.0, 0.0, 5.0), 3.6)
_PEDICLE_ELONGATION = 1.7
"""How much higher than wide the pedicles are."""
ROOF_SLOPE = 0.55
"""The laminae's: mm forwards a mm to the side."""
_SACRAL_NARROWING = 0.12
"""Part of its lumbar depth by which the sacral canal narrows at each vertebra."""
JOINT_GAP = 0.4
"""Half the width of a facet joint's dark line, mm."""


def spinous_process(shape: str) -> SpinousProcess:
    return _SPINOUS.get(shape, _THORACIC)


def canal_half_width(half_width: float) -> float:
    """mm from the middle to the pedicles of a body with a half-width in mm."""
    return 4.0 + 0.34 * half_width


def sacral_canal_depth(canal_depth: float, number: int) -> float:
    """mm of the sacral canal's depth behind the middle of S1 (``number`` 0) and downwards."""
    return canal_depth * (0.83 - _SACRAL_NARROWING * number)


def posterior_depth_inside(body: Body, canal_depth: float, x: Floats, back: Floats, up: Floats) -> Floats:
    """mm inside the posterior elements (negative outside), for points in the body's own frame.

    The canal's depth in mm places the laminae behind it.
    """
    side = np.abs(x)
    lateral = side - canal_half_width(body.half_width)
    scale = body.half_width / 23.0
    up = up / scale
    behind = back - (body.half_depth + canal_depth)
    start = behind - 3.0
    spine = spinous_process(body.shape)
    cos, sin = math.cos(spine.droop), math.sin(spine.droop)
    along, across = cos * start - sin * (up + 6.0), cos * (up + 6.0) + sin * start
    # The lower border hangs and the tip is thicker, like a hatchet.
    blade = rounded_box(
        side,
        along - spine.half_length,
        across,
        (2.8 + 0.06 * np.clip(along, 0, 30), spine.half_length, spine.half_height * (0.8 + 0.008 * along)),
        2.7,
    )
    roof = behind - 2.6 + ROOF_SLOPE * side + 0.22 * (up + 6.0)
    lamina = rounded_box(side, roof, up + 6.0, (14.0, 2.6, 9.0), 2.0)
    front = -canal_depth - 4.0
    pedicle = Capsule((4.4, front, 4.0 / _PEDICLE_ELONGATION), (5.0, -7.0, 3.5 / _PEDICLE_ELONGATION), 4.4)
    depth = np.maximum(
        np.maximum(blade, lamina), pedicle.depth_inside(lateral, behind, up / _PEDICLE_ELONGATION)
    )
    # From the pedicle up to the joint above, and down through the isthmus to the joint below.
    for part in (
        Capsule((5.0, -7.0, 4.0), (6.5, -4.5, 13.0), 4.2),
        Capsule((5.5, -6.0, 3.0), (3.0, 0.5, -15.0), 4.2),
        Capsule(*_TRANSVERSE.get(body.shape, _OTHER_TRANSVERSE)),
    ):
        depth = np.maximum(depth, part.depth_inside(lateral, behind, up))
    return depth


def facet_joint(disc: Disc, canal_depth: float, x: Floats, back: Floats, up: Floats) -> tuple[Floats, Floats]:
    """(mm inside the two articular processes at a disc's level, mm from their joint) of points in the
    disc's frame.

    The joint runs backwards and outwards; the process of the vertebra below lies outside and in front
    of it and is hollow.
    """
    angle = math.radians(disc.facet_angle)
    scale = disc.half_width / 24.0 * (1 + 0.05 * max(disc.disease.degeneration - 3, 0))
    lateral = np.abs(x) - canal_half_width(disc.half_width) - 4.0 * scale
    behind = back - (disc.half_depth + canal_depth) + 0.5
    along = math.sin(angle) * lateral + math.cos(angle) * behind
    outside = math.cos(angle) * lateral - math.sin(angle) * behind
    radius = np.sqrt((along / 9.0) ** 2 + (outside / 6.5) ** 2 + (up / 11.0) ** 2)
    return (scale - radius) * 6.5, outside + 0.02 * along * along - 0.8


def sacral_depth_inside(
    body: Body, number: int, canal_depth: float, x: Floats, back: Floats, up: Floats
) -> Floats:
    """mm inside the wings and the arch of a sacral vertebra (0 is S1), for points in its body's frame."""
    side = np.abs(x)
    foramen_side = 0.8 * body.half_width
    # The body tapers downwards, and the arch and the wings' front with it.
    down = -0.5 * up / body.half_height
    tapered = body.half_depth + (body.half_depth_below - body.half_depth) * (0.5 + down)
    canal_wall = tapered + sacral_canal_depth(canal_depth, number) - canal_depth * _SACRAL_NARROWING * down
    # The wing slopes backwards and down to the side.
    top = body.half_height + 1.0 - 0.2 * np.maximum(side - body.half_width, 0)
    wide = 2.1 * body.half_width + 0.22 * up
    front = back + 0.5 * tapered - 0.35 * np.maximum(side - foramen_side, 0)
    crest = 5.0 * np.clip(1 - side / 4.0, 0, 1) * np.clip(1.5 - np.abs(up) / 6.0, 0, 1)
    rear = canal_wall + 5.0 - 0.004 * side * side + crest - back
    canal = np.maximum(back - canal_wall, side - 0.5 * body.half_width)
    deep = np.maximum(back - canal_wall + 12.0, 0)
    foramen = np.sqrt((side - foramen_side) ** 2 + (np.abs(up) - body.half_height) ** 2 + deep * deep) - 5.0
    depth = np.minimum(np.minimum(wide - side, top - up), np.minimum(front, rear))
    return np.minimum(depth, np.minimum(canal, foramen))


def exiting_root(body: Body) -> Capsule:
    """The left nerve root that leaves below the pedicle, in the body's frame (|x|, back, up)."""
    wall, inner = body.half_depth, canal_half_width(body.half_width)
    scale = body.half_width / 23.0
    return Capsule(
        (inner - 2.0, wall + 5.0, -5.0 * scale), (inner + 22.0, wall - 9.0, -27.0 * scale), 1.9 * scale
    )


def root_ganglion(body: Body) -> Capsule:
    """The thickening of the ``exiting_root`` in the foramen."""
    wall, inner = body.half_depth, canal_half_width(body.half_width)
    scale = body.half_width / 23.0
    return Capsule(
        (inner + 3.0, wall + 2.5, -9.0 * scale), (inner + 8.0, wall - 1.0, -14.0 * scale), 2.8 * scale
    )
