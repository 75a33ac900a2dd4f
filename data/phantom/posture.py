"""How a patient's spine is bent and turned: the map between the patient and the straight spine.

The skeleton is built straight, symmetric about x = 0. A coronal curve moves it sideways, its bones
tilt with the curve, and they turn about the vertical towards its convex side, as they do in scoliosis.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.phantom.patient import Patient
from data.phantom.skeleton import Skeleton

Floats = NDArray[np.floating]
_STEEPEST = 96 / 25 / math.sqrt(5)
"""The largest slope of (1 - u ** 2) ** 3, which is at u = 1 / sqrt(5)."""
_TILT_REACH = 50.0
"""mm to the side up to which tissue tilts with the bones; the flanks follow no further."""
_PRECISE = 1e-9
_ITERATIONS = 200


@dataclass(frozen=True)
class CoronalCurve:
    """One smooth bend to the left: ``amplitude`` mm at the height ``apex``, none from ``reach`` mm on."""

    apex: float
    reach: float
    amplitude: float

    @property
    def cobb(self) -> float:
        """Degrees between its most tilted vertebrae, positive if convex to the left."""
        return math.degrees(2 * math.atan(_STEEPEST * self.amplitude / self.reach))

    def at(self, z: Floats) -> tuple[Floats, Floats]:
        """(mm to the left, slope) at heights in mm."""
        place = (z - self.apex) / self.reach
        flank = np.maximum(1 - place * place, 0)
        squared = flank * flank
        return self.amplitude * flank * squared, (-6 * self.amplitude / self.reach) * place * squared


@dataclass(frozen=True)
class Posture:
    """The map between patient and straight coordinates, both in mm (x left, y back, z head).

    ``curves`` add up. ``turn``: radians about the vertical for each mm to the left. ``axis``: cubic in
    z, highest power first, of the line through the bodies about which they turn.
    """

    curves: tuple[CoronalCurve, ...]
    turn: float
    axis: tuple[float, float, float, float]

    def straighten(self, x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
        """Straight coordinates of points in patient mm; keeps the arrays' precision."""
        sideways, slope = (sum(values) for values in zip(*(c.at(z) for c in self.curves), strict=True))
        cosine = 1 / np.sqrt(1 + slope * slope)
        lateral = x - sideways
        fourth = (lateral * lateral * (1 / _TILT_REACH**2)) ** 2
        up = slope * cosine * lateral / np.sqrt(np.sqrt(1 + fourth))
        cubic, square, linear, constant = self.axis
        axis = ((cubic * z + square) * z + linear) * z + constant
        angle = self.turn * sideways
        sin, cos = np.sin(angle), np.cos(angle)
        lateral, behind = lateral * cosine, y - axis
        return cos * lateral + sin * behind, axis + cos * behind - sin * lateral, z + up

    def bend(self, x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
        """Patient coordinates of straight points, to 1e-6 mm: the inverse of ``straighten``."""
        straight = np.stack(np.broadcast_arrays(x, y, z)).astype(float)
        patient = straight.copy()
        for _ in range(_ITERATIONS):
            error = straight - np.stack(self.straighten(*patient))
            patient += error
            if np.abs(error).max(initial=0) < _PRECISE:
                break
        return patient[0], patient[1], patient[2]


def build_posture(patient: Patient, skeleton: Skeleton) -> Posture:
    """The patient's coronal curves, and the axis through the bodies about which they turn."""
    reach = patient.curve_apex * patient.curve_reach
    amplitude = math.tan(math.radians(patient.scoliosis) / 2) * reach / _STEEPEST
    main = CoronalCurve(patient.curve_apex, reach, amplitude)
    counter = CoronalCurve(main.apex + 1.1 * reach, reach, -patient.counter_curve * amplitude)
    turn = 0.0
    if amplitude:
        turn = math.radians(patient.axial_rotation * patient.scoliosis) / amplitude
    frames = [body.frame for body in (skeleton.base[0], *skeleton.vertebrae)]
    heights, backs = [frame.z for frame in frames], [frame.y for frame in frames]
    cubic, square, linear, constant = np.polyfit(heights, backs, 3).tolist()
    return Posture((main, counter), turn, (cubic, square, linear, constant))
