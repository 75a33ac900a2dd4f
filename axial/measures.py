"""From the corners of two endplates to slip and disc height, with their intervals; patient mm."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.grades import meyerding_grade
from annotation.marks import ENDPLATES, HERNIATIONS
from axial.findings import Endplates, Measure, Slip
from imaging.coordinates import Pixel
from landmarks.runtime import Landmarks

Floats = NDArray[np.float64]
FORESEEN = 1.96
"""Standard deviations that hold 95 % of a normal distribution."""
CORNERS, DISPLACED = ENDPLATES.points, HERNIATIONS.points
"""The points of the two landmark models, in order."""


@dataclass(frozen=True)
class IntervalWidths:
    """Of each measure: how many of the standard deviations that follow from its points hold its error in
    95 % of the discs of patients who were not trained on."""

    slip: float = FORESEEN
    height: float = FORESEEN
    extent: float = FORESEEN


@dataclass(frozen=True)
class Estimate:
    """A measure in mm with its standard deviation, as far as it follows from the points alone."""

    value: float
    deviation: float

    def within(self, width: float, factor: float = 1.0) -> Measure:
        """The measure times a factor, with an interval of so many deviations to each side."""
        low, high = self.value - width * self.deviation, self.value + width * self.deviation
        return Measure(*(round(number * factor, 3) for number in (self.value, low, high)))


@dataclass(frozen=True)
class DiscSpace:
    """What four corners say of a disc: slip and height, and the length of the ``endplate`` below in mm."""

    slip: Estimate
    height: Estimate
    endplate: float


def disc_space(corners: Landmarks) -> DiscSpace:
    """Measure between the corners of the endplates above and below (``CORNERS``), in one picture's plane.

    The disc's middle plane halves the angle between the endplates. The slip is how far the rear corner above
    lies before the one below along it, the height the mean of the distances of the corners in front and
    behind across it (Dabbs and Dabbs, Spine 1990;15:1366-9).
    """
    front_above, rear_above, front_below, rear_below = corners.mm
    forwards = _unit(_unit(front_above - rear_above) + _unit(front_below - rear_below))
    up = np.array([-forwards[1], forwards[0]])
    if (front_above + rear_above - front_below - rear_below) @ up < 0:
        up = -up
    slip = float((rear_above - rear_below) @ forwards)
    height = float((front_above + rear_above - front_below - rear_below) @ up) / 2
    along, across = (
        np.einsum("i,kij,j->k", direction, corners.covariances, direction) for direction in (forwards, up)
    )
    return DiscSpace(
        Estimate(slip, float(np.sqrt(along[1] + along[3]))),
        Estimate(height, float(np.sqrt(across.sum())) / 2),
        float(np.linalg.norm(front_below - rear_below)),
    )


def slip_of(space: DiscSpace, widths: IntervalWidths) -> Slip:
    """The slip in mm, in percent of the endplate below, and its grade."""
    return Slip(
        distance=space.slip.within(widths.slip),
        share=space.slip.within(widths.slip, 100 / space.endplate),
        grade=meyerding_grade(space.slip.value, space.endplate),
    )


def endplates_of(corners: Landmarks) -> Endplates:
    """The corners in the picture's pixels."""
    return Endplates(*(_pixel(point) for point in corners.points))


def extent_of(displaced: Landmarks) -> Estimate:
    """mm from ``foot`` to ``summit`` (``DISPLACED``)."""
    foot, summit = displaced.mm
    length = float(np.linalg.norm(summit - foot))
    direction = (summit - foot) / max(length, 1e-6)
    variances = np.einsum("i,kij,j->k", direction, displaced.covariances, direction)
    return Estimate(length, float(np.sqrt(variances.sum())))


def fit_width(errors: Floats, deviations: Floats) -> float:
    """The number of deviations that holds 95 % of the errors (n,) of measures: their split-conformal
    quantile (Lei et al., J Am Stat Assoc 2018;113:1094-1111); of fewer than 19 errors the largest has to do.
    Raises ValueError for none."""
    if not len(errors):
        raise ValueError("no measure to fit an interval on")
    ratios = np.sort(np.abs(errors) / deviations)
    place = min(int(np.ceil(0.95 * (len(ratios) + 1))), len(ratios))
    return float(ratios[place - 1])


def _pixel(point: Floats) -> Pixel:
    return round(float(point[0]), 2), round(float(point[1]), 2)


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / np.linalg.norm(vector)
    return unit
