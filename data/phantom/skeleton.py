"""Where the vertebrae and discs of a patient stand, and the shapes of bodies and discs.

Patient coordinates (DICOM's LPS, mm): x to the left, y to the back, z to the head; the origin is the
middle of S1's upper endplate. Each bone has a frame of its own: lateral (x), ``back`` and ``up``,
turned in the sagittal plane by ``tilt`` (radians; positive leans forwards).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.phantom.disease import DiscDisease
from data.phantom.fracture.fracture import Form, Fracture, deformed
from data.phantom.patient import Patient, Segment

Floats = NDArray[np.floating]

ROUNDNESS = 2.5
"""Exponent of the bodies' superelliptic outline seen from above."""
S1_HALF_DEPTH = 16.5
S1_HALF_WIDTH = 25.0
_SACRUM = (
    # height, half-depth above, half-depth below, tilt against S1 (degrees)
    (27.0, S1_HALF_DEPTH, 10.5, 0.0),
    (21.0, 9.5, 7.0, 10.0),
    (18.0, 6.5, 5.5, 14.0),
    (15.0, 5.5, 4.5, 6.0),
    (13.0, 4.5, 3.5, -16.0),
)
_SACRAL_GAP = 1.6
_FLATTENING = 0.06
"""How much nearer than an ellipse the wall behind is in the middle."""
_CORNER_ITERATIONS = 40
_SUMMIT_ANGLES, _SUMMIT_ITERATIONS = 1801, 60


@dataclass(frozen=True)
class Frame:
    """A point and a direction in the sagittal plane."""

    y: float
    z: float
    tilt: float

    def local(self, y: Floats, z: Floats) -> tuple[Floats, Floats]:
        """(back, up) in mm of points of the sagittal plane."""
        cos, sin = math.cos(self.tilt), math.sin(self.tilt)
        y, z = y - self.y, z - self.z
        return cos * y + sin * z, cos * z - sin * y

    def within(
        self, y: Floats, z: Floats, back: tuple[float, float], up: tuple[float, float]
    ) -> NDArray[np.intp]:
        """Indices of the points in a rectangle of this frame, mm."""
        local_back, local_up = self.local(y, z)
        return np.flatnonzero(
            (local_back > back[0]) & (local_back < back[1]) & (local_up > up[0]) & (local_up < up[1])
        )

    def moved(self, back: float, up: float, tilt: float) -> "Frame":
        """The frame ``back`` and ``up`` from this one, in its own directions, at another tilt."""
        cos, sin = math.cos(self.tilt), math.sin(self.tilt)
        return Frame(self.y + cos * back - sin * up, self.z + sin * back + cos * up, tilt)


@dataclass(frozen=True)
class Body:
    """A vertebral body: frame at its centre; half-sizes in mm; ``wedge`` in radians, lordotic.

    ``shape`` names the level that it and its posterior elements are built after. ``depression_above`` and
    ``depression_below``: mm by which its ``fracture`` has driven the endplates in beyond their concavity.
    """

    name: str
    shape: str
    frame: Frame
    half_depth: float
    half_depth_below: float
    half_width: float
    half_height: float
    wedge: float
    concavity: float
    """mm by which the endplates are hollow."""
    waist: float
    lip_above: float = 0.0
    lip_below: float = 0.0
    depression_above: float = 0.0
    depression_below: float = 0.0
    fracture: Fracture | None = None

    @property
    def upper_endplate(self) -> Frame:
        return self.frame.moved(0, self.half_height, self.frame.tilt - self.wedge / 2)

    @property
    def lower_endplate(self) -> Frame:
        return self.frame.moved(0, -self.half_height, self.frame.tilt + self.wedge / 2)

    @property
    def wall(self) -> float:
        """mm from the centre to the wall behind, in the middle and next to the endplates."""
        return self.half_depth / (1 + _FLATTENING)

    def outline(self, x: Floats, back: Floats) -> Floats:
        """0 at the axis, 1 at the margin of the endplates; flattened behind, where the canal is."""
        flat = np.where(back > 0, back * (1 + _FLATTENING * np.clip(1 - np.abs(x) / 12, 0, 1)), back)
        return superellipse(x / self.half_width, flat / self.half_depth)

    def corner(self, front: bool, upper: bool) -> tuple[float, float]:
        """(back, up) in mm where, in the middle plane, an endplate's rim meets the front or back wall.

        Osteophytes belong to the body.
        """
        side, lip = (-1, self.lip_above if upper else self.lip_below) if front else (1, 0.0)
        back, up, radius = side * self.half_depth, 0.0, 1.0
        # The wall's place depends on the height and the endplate's height on the wall.
        for _ in range(_CORNER_ITERATIONS):
            top, bottom = self.surfaces(np.array(back), np.array(radius))
            up = float(top if upper else bottom)
            height = np.clip(up / self.half_height, -1, 1)
            radius = float(self._wall(height) + lip / self.half_depth * height**8)
            back = side * radius * (self.half_depth if front else self.wall)
            if self.fracture and not front:
                back += float(self.fracture.stood_out(np.array(0.0), height))
        return back, up

    def _wall(self, height: Floats) -> Floats:
        """The wall's distance from the axis as a part of the endplates'; ``height`` is -1 ... 1."""
        taper = (self.half_depth - self.half_depth_below) / self.half_depth / 2
        return 1 - self.waist * (1 - height**2) - taper * (1 - height)

    def surfaces(self, back: Floats, radius: Floats) -> tuple[Floats, Floats]:
        """Heights (mm, local) of the upper and lower bony endplate."""
        hollow = np.clip(1 - radius**2, 0, 1) ** 0.8
        slope = math.tan(self.wedge / 2) * back
        above, below = self.concavity + self.depression_above, self.concavity + self.depression_below
        return self.half_height - slope - above * hollow, slope + below * hollow - self.half_height

    @property
    def reach(self) -> tuple[float, float]:
        """(back, up) in mm from the centre within which all of the body lies."""
        behind = self.half_depth + max(self.lip_above, self.lip_below)
        if self.fracture:
            behind += self.fracture.stands_out
        return behind, self.half_height + behind * math.tan(abs(self.wedge) / 2)

    def depth_inside(self, x: Floats, back: Floats, up: Floats) -> tuple[Floats, Floats]:
        """(mm inside the bone, negative outside; mm to its wall) of points in the body's frame."""
        radius = self.outline(x, back)
        top, bottom = self.surfaces(back, radius)
        height = np.clip(up / self.half_height, -1, 1)
        lip = np.where(up > 0, self.lip_above, self.lip_below) * height**8 * (back < 0)
        to_wall = (self._wall(height) - radius) * self.half_depth + lip
        if self.fracture:
            behind = np.clip(2 * back / self.half_depth - 0.5, 0, 1)
            to_wall = to_wall + behind * self.fracture.stood_out(x, height)
        return np.minimum(to_wall, np.minimum(top - up, up - bottom)), to_wall


@dataclass(frozen=True)
class Disc:
    """An intervertebral disc between two bodies, with its frame half-way between their endplates."""

    name: str
    frame: Frame
    half_depth: float
    half_width: float
    height: float
    above: Body
    below: Body
    facet_angle: float
    """Degrees between its facet joints and the sagittal plane."""
    disease: DiscDisease

    @property
    def reach(self) -> tuple[float, float]:
        """(back, up) in mm from the disc's centre within which all of its tissue lies."""
        disease = self.disease
        behind = self.half_depth + disease.rim + disease.bulge + disease.herniation + abs(disease.slip) / 2
        wedge = abs(self.above.lower_endplate.tilt - self.below.upper_endplate.tilt) / 2
        driven_in = self.above.depression_below + self.below.depression_above
        opening = self.height / 2 + self.above.concavity + driven_in + behind * math.tan(wedge)
        return behind + 1, opening + disease.extension + 2

    def coordinates(self, x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """(radius, mm beyond the margin, mm to the endplate above, to that below, back) of points.

        The radius is 0 at the axis and 1 at the margin. A slip shears the disc.
        """
        back, up = self.frame.local(y, z)
        back = back + self.disease.slip * np.clip(up / self.height, -0.5, 0.5)
        radius = superellipse(x / self.half_width, back / self.half_depth)
        length = np.sqrt(x * x + back * back)
        beyond = length - length / np.maximum(radius, 1e-3)
        return radius, beyond, self._gap_above(x, y, z), self._gap_below(x, y, z), back

    def summit(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where in the disc's middle plane displaced tissue reaches furthest behind: (lateral, back) in mm at
        the margin, and beyond it on the same ray from the axis."""
        angle = np.radians(np.linspace(-90, 90, _SUMMIT_ANGLES))
        margin = 1 / superellipse(np.sin(angle) / self.half_width, np.cos(angle) / self.half_depth)
        broad = self.disease.broad_depth(angle)
        beyond = broad
        # How far it is displaced depends on how far to the side it is, and that on how far it is displaced.
        for _ in range(_SUMMIT_ITERATIONS):
            further = broad + self.disease.focal_depth((margin + beyond) * np.sin(angle))
            beyond = (beyond + further) / 2
        most = int(beyond.argmax())
        ray = np.array([np.sin(angle[most]), np.cos(angle[most])])
        foot, summit = (margin[most] * ray).tolist(), ((margin + beyond)[most] * ray).tolist()
        return (foot[0], foot[1]), (summit[0], summit[1])

    def _gap_above(self, x: Floats, y: Floats, z: Floats) -> Floats:
        back, up = self.above.frame.local(y, z)
        return self.above.surfaces(back, self.above.outline(x, back))[1] - up

    def _gap_below(self, x: Floats, y: Floats, z: Floats) -> Floats:
        back, up = self.below.frame.local(y, z)
        return up - self.below.surfaces(back, self.below.outline(x, back))[0]


def superellipse(x: Floats, y: Floats) -> Floats:
    """Radius of the superellipse of ``ROUNDNESS`` through (x, y)."""
    # |x| ** 2.5 by the square root, which is many times faster than the power.
    sum_of_powers = x * x * np.sqrt(np.abs(x)) + y * y * np.sqrt(np.abs(y))
    return sum_of_powers ** np.float32(1 / ROUNDNESS)


@dataclass(frozen=True)
class Skeleton:
    """``vertebrae`` and ``discs`` from the lowest upwards (L5, L5-S1); ``base``: what they stand on, from its
    highest bone downwards (the sacrum from S1)."""

    vertebrae: tuple[Body, ...]
    discs: tuple[Disc, ...]
    base: tuple[Body, ...]


def build_skeleton(patient: Patient) -> Skeleton:
    """The patient's vertebrae on the sacrum."""
    return stacked(patient, _sacrum(patient))


def stacked(patient: Patient, base: tuple[Body, ...]) -> Skeleton:
    """Stack the patient's vertebrae on a ``base``, each slip carrying everything above it.

    The walls behind stand in one line but for the slips, which are measured there.
    """
    vertebrae: list[Body] = []
    discs: list[Disc] = []
    below = base[0]
    for segment in patient.segments:
        endplate = below.upper_endplate
        middle = endplate.tilt - math.radians(segment.disc_wedge) / 2
        # Along the disc's own middle plane, so that the slip is exactly this projection.
        forwards = segment.disease.slip + (segment.depth / 2 - below.half_depth) / (1 + _FLATTENING)
        centre = Frame(endplate.y, endplate.z, middle).moved(-forwards / 2, segment.disc_height / 2, middle)
        lower = centre.moved(
            -forwards / 2, segment.disc_height / 2, middle - math.radians(segment.disc_wedge) / 2
        )
        body = _body(patient, segment, lower)
        discs.append(_disc(segment, centre, body, below))
        vertebrae.append(body)
        below = body
    return Skeleton(tuple(vertebrae), tuple(discs), base)


def _body(patient: Patient, segment: Segment, lower: Frame) -> Body:
    concavity = patient.endplate_concavity * segment.level.hollow
    form = Form(segment.height, segment.wedge, 0.0, 0.0)
    if segment.fracture:
        form = deformed(segment.fracture, segment.height, segment.wedge, segment.depth, concavity)
    wedge = math.radians(form.wedge)
    frame = lower.moved(0, 0, lower.tilt - wedge / 2).moved(0, form.height / 2, lower.tilt - wedge / 2)
    wear = max(segment.disease.degeneration - 3.2, 0)
    return Body(
        name=segment.vertebra,
        shape=segment.level.vertebra,
        frame=frame,
        half_depth=segment.depth / 2,
        half_depth_below=segment.depth / 2,
        half_width=segment.width / 2,
        half_height=form.height / 2,
        wedge=wedge,
        concavity=concavity,
        waist=patient.waist,
        lip_above=0.8,
        lip_below=0.8 + 1.2 * wear,
        depression_above=form.depression_above,
        depression_below=form.depression_below,
        fracture=segment.fracture,
    )


def _disc(segment: Segment, centre: Frame, above: Body, below: Body) -> Disc:
    return Disc(
        name=segment.disc,
        frame=centre,
        half_depth=(above.half_depth + below.half_depth) / 2,
        half_width=(above.half_width + below.half_width) / 2,
        height=segment.disc_height,
        above=above,
        below=below,
        facet_angle=segment.level.facet_angle,
        disease=segment.disease,
    )


def _sacrum(patient: Patient) -> tuple[Body, ...]:
    slope = math.radians(patient.base_slope)
    endplate = Frame(0.0, 0.0, slope)
    hollow = 0.5 * patient.endplate_concavity * patient.segments[0].level.hollow
    bodies = []
    for number, (height, above, below, turn) in enumerate(_SACRUM, start=1):
        height, above, below = (value * patient.scale for value in (height, above, below))
        tilt = slope + math.radians(turn)
        frame = Frame(endplate.y, endplate.z, tilt).moved(0, -height / 2, tilt)
        bodies.append(
            Body(
                name=f"S{number}",
                shape=f"S{number}",
                frame=frame,
                half_depth=above,
                half_depth_below=below,
                half_width=(S1_HALF_WIDTH - 3.0 * (number - 1)) * patient.scale,
                half_height=height / 2,
                wedge=0.0,
                concavity=hollow if number == 1 else 0.2,
                waist=patient.waist / 2,
            )
        )
        endplate = bodies[-1].lower_endplate.moved(0, -_SACRAL_GAP, tilt)
    return tuple(bodies)
