"""The landmarks of a phantom's spine, measured as on images but known exactly: patient mm (LPS)."""

import math
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from annotation.grades import MeyerdingGrade, meyerding_grade
from data.phantom.anatomy import Phantom
from data.phantom.disease import Side, State
from data.phantom.ranges import LABELS
from data.phantom.skeleton import Body, Disc, Frame
from imaging.coordinates import Point

"""x to the left, y to the back, z to the head, in mm."""
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class VertebraLandmarks:
    """A vertebral body: its centre, and in its own middle plane the corners where the endplates' rims
    meet the walls in front and behind."""

    name: str
    centre: Point
    anterior_superior: Point
    posterior_superior: Point
    anterior_inferior: Point
    posterior_inferior: Point


@dataclass(frozen=True)
class DiscLandmarks:
    """A disc: its centre, its unit ``normal`` towards the head, and what is true of it.

    ``height``: mm, the mean of the anterior and posterior distances between the neighbours' corners
    along the normal (Dabbs and Dabbs, Spine 1990;15:1366-9). ``herniation``: mm at its summit.
    ``foot``, ``summit``: of a herniation, in the disc's middle plane, from the vertebrae's margin to where it
    reaches furthest. ``slip``: mm by which the vertebra above has moved forwards: from corner to corner
    behind, along the disc's middle plane; backwards is negative. ``meyerding``: its grade.
    ``degeneration``: Pfirrmann-like, 1 ... 5. ``injured``: whether cord or ligaments are, at its level.
    """

    name: str
    centre: Point
    normal: Point
    height: float
    state: State
    side: Side
    herniation: float
    slip: float
    meyerding: MeyerdingGrade
    degeneration: float
    foot: Point | None = None
    summit: Point | None = None
    injured: Annotated[bool, Field(exclude_if=lambda injured: not injured)] = False


@dataclass(frozen=True)
class Landmarks:
    """``vertebrae`` from S1 upwards; ``discs`` from the lowest upwards, disc i above vertebra i."""

    vertebrae: tuple[VertebraLandmarks, ...]
    discs: tuple[DiscLandmarks, ...]


def landmarks(phantom: Phantom) -> Landmarks:
    """Measure a phantom's vertebrae, S1 included, and its discs."""
    bodies = (phantom.skeleton.base[0], *phantom.skeleton.vertebrae)
    vertebrae = tuple(_vertebra(phantom, body) for body in bodies)
    discs = tuple(
        replace(
            _disc(phantom, disc, vertebrae[number], vertebrae[number + 1]),
            injured=number in phantom.injured_discs,
        )
        for number, disc in enumerate(phantom.skeleton.discs)
    )
    return Landmarks(vertebrae, discs)


def _vertebra(phantom: Phantom, body: Body) -> VertebraLandmarks:
    places = [body.corner(front, upper) for upper in (True, False) for front in (True, False)]
    return VertebraLandmarks(
        body.name, *(_in_patient(phantom, body.frame, back, up) for back, up in [(0.0, 0.0), *places])
    )


def _disc(phantom: Phantom, disc: Disc, below: VertebraLandmarks, above: VertebraLandmarks) -> DiscLandmarks:
    centre, behind, left = (
        np.array(_in_patient(phantom, disc.frame, back, 0.0, lateral))
        for lateral, back in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0))
    )
    normal = np.cross(left - centre, behind - centre)
    normal /= np.linalg.norm(normal)
    front = np.subtract(above.anterior_inferior, below.anterior_superior)
    rear = np.subtract(above.posterior_inferior, below.posterior_superior)
    length = math.dist(below.anterior_superior, below.posterior_superior)
    ends: list[Point | None] = [None, None]
    if disc.disease.state == "herniation":
        ends = [_in_patient(phantom, disc.frame, back, 0.0, lateral) for lateral, back in disc.summit()]
    return DiscLandmarks(
        name=disc.name,
        centre=_point(centre),
        normal=_point(normal),
        height=float((front + rear) @ normal / 2),
        state=disc.disease.state,
        side=disc.disease.side,
        herniation=disc.disease.herniation,
        slip=disc.disease.slip,
        meyerding=meyerding_grade(disc.disease.slip, length, LABELS.slip),
        degeneration=disc.disease.degeneration,
        foot=ends[0],
        summit=ends[1],
    )


def _in_patient(phantom: Phantom, frame: Frame, back: float, up: float, lateral: float = 0.0) -> Point:
    """A point of a frame in patient mm."""
    place = frame.moved(back, up, frame.tilt)
    return _point(np.array(phantom.posture.bend(*np.array([lateral, place.y, place.z]))))


def _point(vector: Vector) -> Point:
    x, y, z = vector.tolist()
    return x, y, z
