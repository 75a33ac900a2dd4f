"""Slip, height and extent from points that were built to have them, in any place and turn."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from axial.measures import (
    Estimate,
    IntervalWidths,
    disc_space,
    endplates_of,
    extent_of,
    fit_width,
    slip_of,
)
from landmarks.patch import in_pixels
from landmarks.runtime import Landmarks

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Built:
    """Two endplates of ``length`` mm that open to the front by ``wedge`` degrees, in a picture turned by
    ``turn`` degrees; the rear corner above lies ``slip`` mm before the one below along the middle plane."""

    slip: float
    height: float
    length: float = 34.0
    wedge: float = 0.0
    turn: float = 0.0
    faces_left: bool = True

    def mm(self) -> Floats:
        """(4, 2) in the order of CORNERS; the middle plane runs along the first axis, up is up."""
        half = math.radians(self.wedge / 2)
        along = np.array([math.cos(half), math.sin(half)]) * self.length
        # Of the two distances across the middle plane the mean is the height.
        behind = self.height - along[1]
        rear_above = np.array([self.slip, behind / 2])
        rear_below = np.array([0.0, -behind / 2])
        front_above, front_below = rear_above + along, rear_below + along * (1, -1)
        corners = np.array([front_above, rear_above, front_below, rear_below]) * (1, -1)
        if self.faces_left:
            corners = corners * (-1, 1)
        angle = math.radians(self.turn)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        return corners @ turn.T + (70.0, 90.0)


def landmarks(mm: Floats, spacing: tuple[float, float] = (1.0, 1.0), deviation: float = 0.5) -> Landmarks:
    covariances = np.tile(deviation**2 * np.eye(2), (len(mm), 1, 1))
    return Landmarks(in_pixels(mm, spacing), mm, covariances)


spaces = st.builds(
    Built,
    slip=st.floats(-12, 30),
    height=st.floats(3, 16),
    length=st.floats(25, 45),
    wedge=st.floats(-12, 25),
    turn=st.floats(-80, 80),
    faces_left=st.booleans(),
)


@given(built=spaces, spacing=st.tuples(st.floats(0.3, 2), st.floats(0.3, 2)))
def test_slip_and_height_are_what_was_built(built: Built, spacing: tuple[float, float]) -> None:
    space = disc_space(landmarks(built.mm(), spacing))
    assert space.slip.value == pytest.approx(built.slip, abs=1e-6)
    assert space.height.value == pytest.approx(built.height, abs=1e-6)
    assert space.endplate == pytest.approx(built.length)


@given(built=spaces)
def test_forwards_is_above_zero_whichever_way_the_patient_faces(built: Built) -> None:
    mirrored = replace(built, faces_left=not built.faces_left)
    one, other = (disc_space(landmarks(item.mm())) for item in (built, mirrored))
    assert one.slip.value == pytest.approx(other.slip.value, abs=1e-6)


@pytest.mark.parametrize(
    ("slip", "share", "grade"),
    [(-5.0, -12.5, 0), (0.0, 0.0, 0), (2.9, 7.25, 0), (3.0, 7.5, 1), (12.0, 30.0, 2), (41.0, 102.5, 5)],
)
def test_worked_slips(slip: float, share: float, grade: int) -> None:
    said = slip_of(disc_space(landmarks(Built(slip, 9.0, 40.0).mm())), IntervalWidths(slip=2.0))
    assert (said.distance.value, said.share.value, said.grade) == (slip, share, grade)
    # Two corners of 0.5 mm each, twice to each side.
    width = 2 * 0.5 * math.sqrt(2)
    assert (said.distance.low, said.distance.high) == pytest.approx((slip - width, slip + width), abs=1e-3)
    assert said.share.high - said.share.low == pytest.approx(2 * width / 0.4, abs=2e-3)


@settings(max_examples=10)
@given(
    built=st.builds(Built, slip=st.floats(-5, 5), height=st.floats(6, 10), turn=st.floats(-60, 60)),
    seed=st.integers(0, 100),
)
def test_deviations_are_those_of_repeated_marking(built: Built, seed: int) -> None:
    """Monte Carlo: corners drawn again and again from their own covariances."""
    random = np.random.default_rng(seed)
    mixing = random.normal(0, 0.25, (4, 2, 2))
    covariances = mixing @ mixing.transpose(0, 2, 1) + 0.01 * np.eye(2)
    estimated = disc_space(replace(landmarks(built.mm()), covariances=covariances))
    errors = [random.multivariate_normal((0, 0), covariance, 500) for covariance in covariances]
    measured = [disc_space(landmarks(built.mm() + error)) for error in np.stack(errors, axis=1)]
    # That the middle plane turns with the corners is left out of the estimate.
    heights = np.std([space.height.value for space in measured])
    slips = np.std([space.slip.value for space in measured])
    assert heights == pytest.approx(estimated.height.deviation, rel=0.3)
    assert slips == pytest.approx(estimated.slip.deviation, rel=0.3)


@given(
    foot=st.tuples(st.floats(0, 90), st.floats(0, 90)),
    length=st.floats(0.5, 15),
    turn=st.floats(0, 360),
    spacing=st.tuples(st.floats(0.3, 2), st.floats(0.3, 2)),
)
def test_the_extent_is_the_distance_in_mm(
    foot: tuple[float, float], length: float, turn: float, spacing: tuple[float, float]
) -> None:
    direction = np.array([math.cos(math.radians(turn)), math.sin(math.radians(turn))])
    ends = np.array([foot, foot + length * direction])
    found = landmarks(ends, spacing)
    # The foot is uncertain across the direction alone, which costs nothing.
    across = np.outer([-direction[1], direction[0]], [-direction[1], direction[0]])
    found = replace(found, covariances=np.array([9.0 * across, 0.49 * np.outer(direction, direction)]))
    extent = extent_of(found)
    assert extent.value == pytest.approx(length)
    assert extent.deviation == pytest.approx(0.7, abs=1e-6)


def test_an_extent_of_nothing_is_nothing() -> None:
    extent = extent_of(landmarks(np.array([[4.0, 4.0], [4.0, 4.0]])))
    assert (extent.value, extent.deviation) == (0.0, 0.0)


def test_the_corners_are_given_in_the_picture_s_pixels() -> None:
    corners = endplates_of(
        landmarks(np.array([[10.0, 20.0], [40.0, 20.0], [10.0, 30.0], [40.0, 30.0]]), (0.5, 2.0))
    )
    assert corners.anterior_above == (5.0, 40.0)
    assert corners.posterior_above == (20.0, 40.0)
    assert corners.anterior_below == (5.0, 60.0)
    assert corners.posterior_below == (20.0, 60.0)


@given(value=st.floats(-50, 50), deviation=st.floats(0, 5), width=st.floats(0, 5))
def test_an_interval_lies_about_its_value(value: float, deviation: float, width: float) -> None:
    measure = Estimate(value, deviation).within(width)
    assert measure.low <= measure.value <= measure.high
    assert measure.high - measure.low == pytest.approx(2 * width * deviation, abs=2e-3)


@pytest.mark.parametrize("seed", range(3))
def test_a_fitted_width_holds_95_percent_of_fresh_errors(seed: int) -> None:
    """Errors with heavy tails, whose deviations say their size but for a factor."""
    random = np.random.default_rng(seed)
    deviations = random.uniform(0.2, 2, 21_000)
    errors = 3.0 * deviations * random.laplace(0, 1, 21_000)
    width = fit_width(errors[:1000], deviations[:1000])
    held = np.mean(np.abs(errors[1000:]) <= width * deviations[1000:])
    assert 0.93 < held < 0.975


def test_a_fitted_width_of_few_errors_is_the_largest() -> None:
    assert fit_width(np.array([1.0, -4.0, 2.0]), np.array([1.0, 2.0, 1.0])) == 2.0
    # Of 19 the 19th: less would hold less than 95 % of 20.
    assert fit_width(np.arange(1.0, 20.0), np.ones(19)) == 19.0
    assert fit_width(np.arange(1.0, 40.0), np.ones(39)) == 38.0


def test_no_errors_fit_no_width() -> None:
    with pytest.raises(ValueError, match="no measure to fit an interval on"):
        fit_width(np.zeros(0), np.zeros(0))
