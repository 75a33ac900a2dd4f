"""The landmarks: measured on the object, they say what is true of it."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from phantom_patients import HEALTHY, HERNIATED, patient_with

from data.phantom.anatomy import Part, Phantom, part_code
from data.phantom.landmarks import Landmarks, landmarks, meyerding_grade
from data.phantom.patient import Patient, draw_patient

CORNERS = ("anterior_superior", "posterior_superior", "anterior_inferior", "posterior_inferior")


@cache
def bent(index: int) -> Phantom:
    """A patient with a scoliosis and a slip."""
    patient = draw_patient(31, index)
    segments = list(patient.segments)
    disease = replace(segments[1].disease, slip=4.0 + 2 * index)
    segments[1] = replace(segments[1], disease=disease)
    return Phantom(replace(patient, segments=tuple(segments), scoliosis=(-1) ** index * 22.0, implant=()))


def parts_at(phantom: Phantom, points: NDArray[np.float64]) -> NDArray[np.int16]:
    return phantom.at(*points.T.astype(np.float32)).part


@pytest.mark.parametrize("index", range(4))
def test_corners_have_bone_just_inside_and_none_just_outside(index: int) -> None:
    phantom = bent(index)
    inside, outside, codes = [], [], []
    for number, vertebra in enumerate(landmarks(phantom).vertebrae):
        corners = np.array([getattr(vertebra, name) for name in CORNERS])
        back = corners[[1, 3]].mean(0) - corners[[0, 2]].mean(0)
        up = corners[:2].mean(0) - corners[2:].mean(0)
        back, up = back / np.linalg.norm(back), up / np.linalg.norm(up)
        for corner, (behind, above) in zip(corners, [(-1, 1), (1, 1), (-1, -1), (1, -1)], strict=True):
            # An osteophyte is thin: inwards is along the endplate, just under it.
            inwards = -behind * back - 0.5 * above * up
            inside.append(corner + inwards * np.array([[1.5], [3.0]]))
            outside.append(corner + np.array([behind * back, above * up, -inwards]) * 1.2)
            codes.append(part_code(number - 1 if number else phantom.sacral_position, Part.BODY))
    expected = np.array(codes)[:, None]
    assert (parts_at(phantom, np.concatenate(inside)).reshape(-1, 2) == expected).all()
    assert (parts_at(phantom, np.concatenate(outside)).reshape(-1, 3) != expected).all()


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**31), cobb=st.floats(-25, 25), slip=st.floats(-1.2, 11), position=st.integers(0, 2)
)
def test_the_slip_measured_between_the_corners_is_the_slip_that_was_set(
    seed: int, cobb: float, slip: float, position: int
) -> None:
    patient = draw_patient(seed, 0)
    segments = list(patient.segments)
    segments[position] = replace(segments[position], disease=replace(segments[position].disease, slip=slip))
    measured = landmarks(Phantom(replace(patient, scoliosis=cobb, segments=tuple(segments))))
    disc, below, above = (
        measured.discs[position],
        measured.vertebrae[position],
        measured.vertebrae[position + 1],
    )
    rear = np.subtract(above.posterior_inferior, below.posterior_superior)
    front = np.subtract(below.anterior_superior, below.posterior_superior)
    # Forwards along the disc's middle plane.
    forwards = front - (front @ np.array(disc.normal)) * np.array(disc.normal)
    assert rear @ forwards / np.linalg.norm(forwards) == pytest.approx(slip, abs=0.5)
    assert disc.slip == slip


@pytest.mark.parametrize("index", range(3))
def test_discs_lie_between_their_vertebrae_and_face_the_head(index: int) -> None:
    phantom = bent(index)
    measured = landmarks(phantom)
    assert len(measured.discs) == len(measured.vertebrae) - 1
    for position, disc in enumerate(measured.discs):
        below, above = measured.vertebrae[position : position + 2]
        assert disc.name == f"{above.name}-{below.name}"
        assert np.linalg.norm(disc.normal) == pytest.approx(1)
        assert np.subtract(above.centre, disc.centre) @ disc.normal > 5
        assert np.subtract(disc.centre, below.centre) @ disc.normal > 5
        assert disc.normal[2] > 0.5
        assert parts_at(phantom, np.array([disc.centre]))[0] == part_code(position, Part.DISC)


def test_the_height_is_the_rims_mean_distance() -> None:
    patient = patient_with(HEALTHY)
    for disc, segment in zip(landmarks(Phantom(patient)).discs, patient.segments, strict=True):
        assert disc.height == pytest.approx(segment.disc_height, abs=0.8)


def test_the_disease_is_told_with_its_side() -> None:
    def of(patient: Patient) -> Landmarks:
        return landmarks(Phantom(patient))

    left, right = (of(patient_with(replace(HERNIATED, offset=side))).discs[1] for side in (5.0, -5.0))
    assert (left.state, left.side, left.herniation) == ("herniation", "left", HERNIATED.herniation)
    assert right.side == "right"
    healthy = of(patient_with(HEALTHY)).discs[1]
    assert (healthy.state, healthy.side, healthy.meyerding) == ("normal", "none", 0)


@pytest.mark.parametrize(
    ("slip", "grade"), [(-4, 0), (2.9, 0), (3, 1), (9.9, 1), (10, 2), (20, 3), (30, 4), (40, 5), (90, 5)]
)
def test_meyerding_counts_quarters_of_the_lower_endplate(slip: float, grade: int) -> None:
    assert meyerding_grade(slip, 40.0) == grade


def test_a_straight_patients_landmarks_lie_in_the_middle_plane() -> None:
    measured = landmarks(Phantom(patient_with(HEALTHY)))
    points = [getattr(vertebra, name) for vertebra in measured.vertebrae for name in CORNERS]
    assert np.abs(np.array(points)[:, 0]).max() < 1e-6
