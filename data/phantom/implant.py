"""Pedicle screws and rods: metal, as simple solids in patient millimetres."""

from itertools import pairwise

import numpy as np

from data.phantom.posterior import canal_half_width
from data.phantom.posture import Posture
from data.phantom.skeleton import Body, Skeleton
from data.phantom.solids import Capsule, Triple

_SCREW_RADIUS = 2.9
_HEAD_RADIUS = 5.5
_ROD_RADIUS = 2.75


def implant(
    positions: tuple[int, ...], skeleton: Skeleton, canal_depth: float, posture: Posture
) -> tuple[Capsule, ...]:
    """A pair of pedicle screws in the vertebra at each position (-1 is S1), from the lowest upwards, with a
    rod from screw to screw on either side."""
    bodies = [skeleton.base[0] if position < 0 else skeleton.vertebrae[position] for position in positions]
    parts = []
    for side in (1.0, -1.0):
        heads = []
        for body in bodies:
            lateral = side * canal_half_width(body.half_width)
            behind = body.half_depth + canal_depth
            tip = _place(posture, body, 0.4 * lateral, -0.3 * body.half_depth, 2.0)
            neck, head = (
                _place(posture, body, lateral + 9.0 * side, behind + back, 5.0) for back in (0.0, 5.0)
            )
            parts += [Capsule(neck, tip, _SCREW_RADIUS), Capsule(neck, head, _HEAD_RADIUS)]
            heads.append(head)
        parts += [Capsule(lower, upper, _ROD_RADIUS) for lower, upper in pairwise(heads)]
    return tuple(parts)


def _place(posture: Posture, body: Body, lateral: float, back: float, up: float) -> Triple:
    """A point of a body's frame in patient mm."""
    point = body.frame.moved(back, up, body.frame.tilt)
    x, y, z = (float(axis) for axis in posture.bend(*np.array([lateral, point.y, point.z])))
    return x, y, z
