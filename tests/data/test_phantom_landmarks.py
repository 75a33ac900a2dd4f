"""The landmarks: measured on the object, they say what is true of it."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from phantom_patients import BULGING, HEALTHY, HERNIATED, patient_with

from data.phantom.anatomy import Part, Phantom, part_code
from data.phantom.disease import DiscDisease
from data.phantom.landmarks import Landmarks, landmarks
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
            codes.append(part_code(number - 1 if number else phantom.base_position, Part.BODY))
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


HERNIATIONS = (
    HERNIATED,
    replace(HERNIATED, offset=-6.0, herniation=9.0),
    replace(HERNIATED, offset=0.0, bulge=2.0, rim=1.0),
    replace(HERNIATED, offset=12.0, half_width=6.0),
)


@pytest.mark.parametrize("disease", HERNIATIONS)
def test_the_summit_is_at_the_edge_of_the_herniated_tissue(disease: DiscDisease) -> None:
    phantom = Phantom(patient_with(disease))
    disc = landmarks(phantom).discs[1]
    assert disc.foot is not None and disc.summit is not None
    foot, summit = np.array(disc.foot), np.array(disc.summit)
    outwards = (summit - foot) / np.linalg.norm(summit - foot)
    herniated = part_code(1, Part.HERNIATED)
    inside, beyond = parts_at(phantom, summit + outwards * np.array([[-0.5], [0.8]]))
    assert inside == herniated
    assert beyond != herniated
    # All the way from the margin it is tissue of the disc, and at the margin the disc itself begins.
    shares = np.array([[0.2], [0.4], [0.6], [0.8]])
    own = {part_code(1, part) for part in (Part.DISC, Part.BULGED, Part.HERNIATED)}
    assert set(parts_at(phantom, foot + shares * (summit - foot)).tolist()) <= own
    assert parts_at(phantom, (foot - 1.0 * outwards)[None])[0] == part_code(1, Part.DISC)


@pytest.mark.parametrize("disease", HERNIATIONS)
def test_the_extent_is_all_that_is_displaced_there(disease: DiscDisease) -> None:
    disc = landmarks(Phantom(patient_with(disease))).discs[1]
    assert disc.foot is not None and disc.summit is not None
    extent = float(np.linalg.norm(np.subtract(disc.summit, disc.foot)))
    assert disease.herniation * 0.8 < extent <= disease.herniation + disease.bulge + disease.rim + 0.1
    # Outwards in the disc's middle plane, on a ray from its axis.
    outwards = np.subtract(disc.summit, disc.foot) / extent
    assert abs(outwards @ np.array(disc.normal)) < 0.02
    ray = np.subtract(disc.foot, disc.centre)
    assert outwards @ ray / np.linalg.norm(ray) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("offset", [-9.0, -4.0, 0.0, 4.0, 9.0])
def test_foot_and_summit_lie_behind_at_the_side_that_was_set(offset: float) -> None:
    disc = landmarks(Phantom(patient_with(replace(HERNIATED, offset=offset)))).discs[1]
    assert disc.foot is not None and disc.summit is not None
    foot, summit = np.subtract(disc.foot, disc.centre), np.subtract(disc.summit, disc.centre)
    assert 0 < foot[1] < summit[1]
    # x is to the patient's left.
    assert np.sign(summit[0]) == np.sign(offset) or abs(summit[0]) < 0.5
    assert summit[0] == pytest.approx(offset, abs=2.0)
    assert disc.side == ("central" if offset == 0 else "left" if offset > 0 else "right")


def test_only_a_herniation_has_foot_and_summit() -> None:
    for disc in landmarks(Phantom(patient_with(BULGING))).discs:
        assert (disc.foot, disc.summit) == (None, None)


def test_a_straight_patients_landmarks_lie_in_the_middle_plane() -> None:
    measured = landmarks(Phantom(patient_with(HEALTHY)))
    points = [getattr(vertebra, name) for vertebra in measured.vertebrae for name in CORNERS]
    assert np.abs(np.array(points)[:, 0]).max() < 1e-6
