"""Where the slices of a study lie: sagittal ones along the spine, axial ones through its discs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from data.phantom.landmarks import DiscLandmarks, Landmarks
from data.phantom.ranges import SCANNERS, Range
from data.phantom.scanner import Scanner
from imaging.coordinates import Point
from imaging.geometry import SliceGeometry

Vector = NDArray[np.float64]
_PIVOT = np.array([0.0, -20.0, 90.0])
"""The lumbar spine's middle, about which the pose turns, so that the spine stays in the image."""
_PLANNED_DISCS = 5
"""Blocks of an angled axial series, from the lowest disc upwards."""
_MARGIN = 55.0
"""mm of the pictures above and below a place that they are made around, at the least."""


@dataclass(frozen=True)
class SagittalStack:
    """Where the sagittal slices of a region lie: mm of their ``height``, head to foot, the ``place`` of the
    spine across them from 0 (front) to 1 (back), and the ``step`` in mm from slice to slice.

    ``around``: the discs, by name, whose mean is in the middle of the stack, with a part ``above`` of the
    height above it. Without any the stack lies over the lowest five discs and stands on the sacrum.
    """

    height: Range = SCANNERS.height
    place: Range = SCANNERS.spine_place
    step: Range = SCANNERS.slice_step
    around: tuple[str, ...] = ()
    above: Range = Range(0.45, 0.55)


LUMBAR_STACK = SagittalStack()


@dataclass(frozen=True)
class Matrix:
    """Pixels of a series: mm between rows and between columns, and how many there are."""

    spacing: tuple[float, float]
    rows: int
    columns: int
    thickness: float

    def slice_at(
        self, middle: Vector, across: Vector, down: Vector, place: tuple[float, float]
    ) -> SliceGeometry:
        """The slice that shows ``middle`` at ``place``, parts of its width and height."""
        corner = (
            middle
            - (place[0] * self.columns - 0.5) * self.spacing[1] * across
            - (place[1] * self.rows - 0.5) * self.spacing[0] * down
        )
        return SliceGeometry(
            tuple(corner), tuple(across), tuple(down), self.spacing, self.rows, self.columns, self.thickness
        )


def sagittal_slices(
    scanner: Scanner,
    landmarks: Landmarks,
    number: int | None,
    rng: np.random.Generator,
    around: Point | None = None,
    stack: SagittalStack = LUMBAR_STACK,
) -> list[SliceGeometry]:
    """A sagittal stack over the spine, from right to left; ``number`` None draws how many.

    ``around``: instead over this place of the spine, in patient mm, which then lies well inside the pictures.
    """
    height = stack.height.draw(rng)
    fitting = [
        rows for rows in SCANNERS.rows if SCANNERS.spacing.low <= height / rows <= SCANNERS.spacing.high
    ]
    rows = int(rng.choice(fitting))
    spacing = height / rows
    columns = int(np.clip(round(rows * SCANNERS.aspect.draw(rng) / 16) * 16, min(SCANNERS.rows), rows))
    thickness = SCANNERS.thin if rng.random() < SCANNERS.thin_fraction else SCANNERS.thick
    matrix = Matrix((spacing * _pixel_shape(rng), spacing), rows, columns, round(thickness.draw(rng), 2))
    drawn = int(rng.choice(SCANNERS.sagittal_slices))
    number = drawn if number is None else number
    step = stack.step.draw(rng)
    across, down, left = _posed(scanner)
    planned = [disc for disc in landmarks.discs if disc.name in stack.around]
    centre = np.mean([disc.centre for disc in planned or landmarks.discs[:_PLANNED_DISCS]], axis=0)
    pivot = centre if planned else _PIVOT
    if planned:
        top = centre[2] + stack.above.draw(rng) * height
    else:
        top = _top_of_image(landmarks, matrix.rows * matrix.spacing[0], rng)
    place = stack.place.draw(rng)
    if around is not None:
        centre, height = np.array(around), matrix.rows * matrix.spacing[0]
        top = float(np.clip(top, around[2] + _MARGIN, around[2] + height - _MARGIN))
    first = (centre - pivot) @ left + rng.normal(0, SCANNERS.off_middle) - step * (number - 1) / 2
    middle = pivot - (top - pivot[2]) * down
    return [
        matrix.slice_at(middle + (first + index * step) * left, across, down, (place, 0))
        for index in range(number)
    ]


def axial_slices(discs: Sequence[DiscLandmarks], rng: np.random.Generator) -> list[SliceGeometry]:
    """Blocks of slices angled to the lowest five discs, or one contiguous stack; from head to foot."""
    side = SCANNERS.axial_side.draw(rng)
    rows = int(rng.choice(SCANNERS.axial_rows))
    matrix = Matrix((side / rows, side / rows), rows, rows, round(SCANNERS.axial_thickness.draw(rng), 2))
    step = max(SCANNERS.block_step.draw(rng), matrix.thickness)
    place = (0.5, SCANNERS.axial_place.draw(rng))
    planned = discs[:_PLANNED_DISCS][::-1]
    if rng.random() < SCANNERS.stack_fraction:
        return _stack(matrix, place, step, planned)
    slices = []
    for disc in planned:
        normal = np.array(disc.normal)
        tilt = math.atan2(normal[1], normal[2]) + math.radians(rng.normal(0, SCANNERS.angle_error))
        middle = np.array(disc.centre)
        miss = rng.random() < SCANNERS.missed_fraction
        beside = SCANNERS.missed.draw(rng) * (1 if rng.random() < 0.5 else -1) if miss else 0.0
        beside += rng.normal(0, SCANNERS.block_error)
        slices += _block(matrix, place, step, middle, tilt, beside)
    return slices


def _block(
    matrix: Matrix, place: tuple[float, float], step: float, middle: Vector, tilt: float, beside: float
) -> list[SliceGeometry]:
    across = np.array([1.0, 0.0, 0.0])
    down = np.array([0.0, math.cos(tilt), -math.sin(tilt)])
    up = np.array([0.0, math.sin(tilt), math.cos(tilt)])
    heights = beside + step * (np.arange(SCANNERS.block_slices)[::-1] - (SCANNERS.block_slices - 1) / 2)
    return [matrix.slice_at(middle + height * up, across, down, place) for height in heights]


def _stack(
    matrix: Matrix, place: tuple[float, float], step: float, discs: Sequence[DiscLandmarks]
) -> list[SliceGeometry]:
    """Contiguous slices from above the highest disc to below the lowest, square to the mean disc."""
    centres = np.array([disc.centre for disc in discs])
    normal = np.mean([disc.normal for disc in discs], axis=0)
    tilt = math.atan2(normal[1], normal[2])
    up = np.array([0.0, math.sin(tilt), math.cos(tilt)])
    heights = (centres - centres.mean(axis=0)) @ up
    across, down = np.array([1.0, 0.0, 0.0]), np.array([0.0, math.cos(tilt), -math.sin(tilt)])
    places = np.arange(heights.max() + 2 * step, heights.min() - 2 * step, -step)
    return [matrix.slice_at(centres.mean(axis=0) + height * up, across, down, place) for height in places]


def _posed(scanner: Scanner) -> tuple[Vector, Vector, Vector]:
    """The sagittal slices' across, down and left in the patient."""
    tilt, turn, lean = scanner.pose
    turned = Rotation.from_euler("xyz", (tilt, lean, turn), degrees=True)
    across, down, left = turned.apply([[0, 1, 0], [0, 0, -1], [1, 0, 0]])
    return across, down, left


def _pixel_shape(rng: np.random.Generator) -> float:
    return SCANNERS.rectangular.draw(rng) if rng.random() < SCANNERS.rectangular_fraction else 1.0


def _top_of_image(landmarks: Landmarks, height: float, rng: np.random.Generator) -> float:
    """mm of the image's upper edge above S1's endplate; now and then S1 or the upper end is cut off."""
    choice = rng.random()
    if choice < SCANNERS.sacrum_cut_fraction:
        return height - SCANNERS.sacrum_cut.draw(rng)
    if choice < SCANNERS.sacrum_cut_fraction + SCANNERS.top_cut_fraction:
        highest = [body for body in landmarks.vertebrae if body.name.startswith("L")][-1]
        low, high = highest.anterior_inferior[2], highest.anterior_superior[2]
        return low + SCANNERS.top_cut.draw(rng) * (high - low)
    return height - SCANNERS.below_endplate.draw(rng)
