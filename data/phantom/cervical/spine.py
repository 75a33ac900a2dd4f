"""The bones of a neck: the base of the upper thoracic spine, and where the canal runs."""

import math

import numpy as np

from data.phantom.cervical.canal import FORAMEN_MAGNUM, LEVEL_ABOVE, canal_half_depth
from data.phantom.cervical.posterior import spinous_tip
from data.phantom.course import CanalLine, Course, course_along
from data.phantom.patient import Patient
from data.phantom.skeleton import Body, Frame, Skeleton, stacked

_BASE = (
    # name, height, half-depth, half-width
    ("T5", 20.0, 10.2, 13.2),
    ("T6", 20.5, 10.8, 13.6),
    ("T7", 21.0, 11.4, 14.2),
)
_BASE_GAP = 3.4
_BASE_WEDGE = -3.2
_INION = (30.0, 52.0)
"""mm above the foramen magnum and behind the canal's middle: where the neck's muscles end on the skull."""
_CROWN = (70.0, 66.0)
_MARGINS = (150.0, 95.0)


def build_neck(patient: Patient) -> Skeleton:
    """C2 ... T4 stacked on T5."""
    return stacked(patient, _base(patient))


def _base(patient: Patient) -> tuple[Body, ...]:
    slope = math.radians(patient.base_slope)
    wedge = math.radians(_BASE_WEDGE)
    endplate = Frame(0.0, 0.0, slope)
    bodies: list[Body] = []
    for name, height, half_depth, half_width in _BASE:
        height, half_depth, half_width = (value * patient.scale for value in (height, half_depth, half_width))
        tilt = endplate.tilt + wedge / 2
        frame = endplate.moved(0, 0, tilt).moved(0, -height / 2, tilt)
        bodies.append(
            Body(
                name=name,
                shape=name,
                frame=frame,
                half_depth=half_depth,
                half_depth_below=half_depth,
                half_width=half_width,
                half_height=height / 2,
                wedge=wedge,
                concavity=0.45 * patient.endplate_concavity,
                waist=patient.waist,
            )
        )
        lower = bodies[-1].lower_endplate
        endplate = lower.moved(0, -_BASE_GAP, lower.tilt)
    return tuple(bodies)


def neck_course(patient: Patient, skeleton: Skeleton) -> Course:
    """The course of the canal up to the brain stem; the fascia of the back runs over the spinous processes up
    to C7's, and from there straight to the skull."""
    middles, tips = [], []
    first = -len(skeleton.base)
    bodies = (*reversed(skeleton.base), *skeleton.vertebrae)
    for level, body in enumerate(bodies, start=first):
        half = float(canal_half_depth(patient.canal_depth, np.array(level)))
        middle = body.frame.moved(0.97 * body.half_depth + half, 0, body.frame.tilt)
        middles.append((middle.y, middle.z))
        if not body.name.startswith("C") or body.name == "C7":
            tip = spinous_tip(body, half)
            tips.append((tip.y + 1.5, tip.z))
    highest = skeleton.vertebrae[-1]
    half = float(canal_half_depth(patient.canal_depth, np.array(len(skeleton.vertebrae) - 1)))
    above = (FORAMEN_MAGNUM - (len(skeleton.vertebrae) - 1)) * LEVEL_ABOVE
    for up, back in (_INION, _CROWN):
        place = highest.frame.moved(
            0.97 * highest.half_depth + half + back * patient.scale, above + up, highest.frame.tilt
        )
        tips.append((place.y, place.z))
    levels = np.arange(len(middles), dtype=float) + first
    in_order = np.array(tips)
    canal = CanalLine(levels, np.array(middles), in_order[np.argsort(in_order[:, 1])])
    bend = skeleton.vertebrae[4].frame.z
    return course_along(
        canal,
        lambda z: patient.subcutaneous_fat * (0.45 + 0.55 * np.exp(-(((z - bend + 10) / 45) ** 2))),
        _MARGINS,
    )
