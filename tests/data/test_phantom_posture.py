"""The posture: an exact map between the patient and the straight spine."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phantom_patients import HEALTHY, patient_with

from data.phantom.patient import Patient, draw_patient
from data.phantom.posture import Posture, build_posture
from data.phantom.ranges import BUILD
from data.phantom.skeleton import build_skeleton


def posture_of(patient: Patient) -> Posture:
    return build_posture(patient, build_skeleton(patient))


def scoliotic(cobb: float, **changes: float) -> Patient:
    return replace(patient_with(HEALTHY), scoliosis=cobb, **changes)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    cobb=st.floats(-BUILD.scoliosis.high, BUILD.scoliosis.high),
    place=st.tuples(st.floats(-170, 170), st.floats(-250, 120), st.floats(-150, 400)),
)
def test_there_and_back_again_is_the_same_point(
    seed: int, cobb: float, place: tuple[float, float, float]
) -> None:
    posture = posture_of(replace(draw_patient(seed, 0), scoliosis=cobb))
    point = np.array(place)
    assert np.abs(np.array(posture.straighten(*posture.bend(*point))) - point).max() < 1e-6
    assert np.abs(np.array(posture.bend(*posture.straighten(*point))) - point).max() < 1e-6


def test_without_a_curve_nothing_moves() -> None:
    points = np.random.default_rng(0).uniform(-150, 350, (3, 200))
    assert np.array(posture_of(scoliotic(0)).straighten(*points)) == pytest.approx(points)


@pytest.mark.parametrize("cobb", [-24.0, -11.0, 5.0, 18.0])
def test_the_cobb_angle_measured_between_the_bodies_is_the_patients(cobb: float) -> None:
    patient = scoliotic(cobb, axial_rotation=0.0, counter_curve=0.0)
    posture, bodies = posture_of(patient), build_skeleton(patient).vertebrae
    y, z = np.array([(body.frame.y, body.frame.z) for body in bodies]).T
    left, right = (np.array(posture.bend(np.full(len(y), side), y, z)) for side in (10.0, -10.0))
    tilts = np.degrees(np.arctan2(left[2] - right[2], left[0] - right[0]))
    assert np.ptp(tilts) == pytest.approx(abs(cobb), abs=2.0)


@pytest.mark.parametrize("cobb", [-20.0, 20.0])
def test_bodies_turn_towards_the_convex_side_and_spinous_processes_away(cobb: float) -> None:
    patient = scoliotic(cobb, axial_rotation=0.4)
    posture = posture_of(patient)
    apex = min(build_skeleton(patient).vertebrae, key=lambda body: abs(body.frame.z - patient.curve_apex))
    y, z = apex.frame.y, apex.frame.z
    centre, tip = (np.array(posture.bend(*np.array([0.0, y + back, z]))) for back in (0.0, 70.0))
    assert np.sign(centre[0]) == np.sign(cobb) == -np.sign(tip[0] - centre[0])
    turned = np.degrees(np.arctan2(abs(tip[0] - centre[0]), tip[1] - centre[1]))
    assert turned == pytest.approx(8.0, abs=0.8)


def test_the_sacrum_stays_nearly_level() -> None:
    for index in range(40):
        patient = replace(draw_patient(11, index), scoliosis=25.0)
        left, right = (
            np.array(posture_of(patient).bend(*np.array([side, 0.0, 0.0]))) for side in (10.0, -10.0)
        )
        assert abs(np.degrees(np.arctan2(left[2] - right[2], 20.0))) < 4


def test_single_precision_is_kept() -> None:
    points = np.ones((3, 5), np.float32)
    assert all(axis.dtype == np.float32 for axis in posture_of(scoliotic(20.0)).straighten(*points))


def test_a_tenth_of_the_patients_have_a_scoliosis_to_either_side() -> None:
    cobbs = np.array([draw_patient(3, index).scoliosis for index in range(600)])
    large = cobbs[np.abs(cobbs) >= BUILD.scoliosis.low]
    assert len(large) / len(cobbs) == pytest.approx(BUILD.scoliotic_fraction, abs=0.04)
    assert np.abs(cobbs).max() <= BUILD.scoliosis.high
    assert 0.3 < (large > 0).mean() < 0.7
