"""Stage 2: the level of each axial slice, from where the vertebral centres lie beside its plane."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from imaging.coordinates import Point
from imaging.geometry import SliceGeometry


@dataclass(frozen=True)
class LevelRules:
    """``disc_part``: the part of the way between two vertebral centres, in the middle of it, in which the
    disc may lie. A disc takes up a third, not always the middle one; whether a slice that passes near it
    really shows it, is stage 3's to say."""

    disc_part: float = 0.75


@dataclass(frozen=True)
class SliceLevel:
    """Where an axial slice lies. ``level``: the disc it passes through, such as L4-L5; None where it
    passes through none, and ``reason`` says why. ``offset``: mm from the middle between the two centres
    to the plane, positive towards the head; None where no two centres are known."""

    level: str | None
    reason: str = ""
    offset: float | None = None


def level_of_slice(
    geometry: SliceGeometry, centres: Mapping[str, Point | None], rules: LevelRules = LevelRules()
) -> SliceLevel:
    """The level of one slice. ``centres``: of the vertebrae from the lowest upwards, by name, in mm; None
    for one that is there but was not found.

    The directed distances of the centres to the plane change their sign between the two vertebrae that
    the slice separates. It passes through their disc where it is near the middle between them: nearer
    than half the disc and half the slice's thickness.
    """
    order = list(centres)
    known = {name: point for name, point in centres.items() if point is not None}
    if len(known) < 2:
        return SliceLevel(None, "fewer than two vertebrae are known")
    names, points = list(known), np.array(list(known.values()))
    distances = geometry.distance(points) * np.sign(geometry.normal @ (points[-1] - points[0]))
    between = [i for i in range(len(names) - 1) if distances[i] < 0 <= distances[i + 1]]
    if not between:
        side = "below" if (distances >= 0).all() else "above"
        return SliceLevel(None, f"{side} the vertebrae that were found")
    nearest = min(between, key=lambda i: abs(distances[i] + distances[i + 1]))
    lower, upper = names[nearest], names[nearest + 1]
    missed = order[order.index(lower) + 1 : order.index(upper)]
    if missed:
        return SliceLevel(None, f"between {lower} and {upper}, and {missed[0]} was not found")
    offset = -float(distances[nearest] + distances[nearest + 1]) / 2
    apart = float(distances[nearest + 1] - distances[nearest])
    if abs(offset) > (rules.disc_part * apart + geometry.thickness) / 2:
        return SliceLevel(None, f"through {upper if offset > 0 else lower}, not through a disc", offset)
    return SliceLevel(f"{upper}-{lower}", offset=offset)
