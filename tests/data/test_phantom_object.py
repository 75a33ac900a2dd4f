"""The phantom's 3-D object: it is a pure function of the point, and its truth can be measured on it."""

from dataclasses import replace
from math import cos, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phantom_patients import BULGING, HEALTHY, HERNIATED, patient_with

from data.phantom.anatomy import Part, Phantom, part_code
from data.phantom.patient import Patient, draw_patient
from data.phantom.skeleton import build_skeleton
from data.phantom.tissue import Tissue


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), index=st.integers(0, 10_000))
def test_slip_measured_between_the_vertebrae_is_the_slip_that_was_set(seed: int, index: int) -> None:
    skeleton = build_skeleton(draw_patient(seed, index))
    for disc in skeleton.discs:
        above, below = disc.above.lower_endplate, disc.below.upper_endplate
        tilt = (above.tilt + below.tilt) / 2
        backwards = (above.y - below.y) * cos(tilt) + (above.z - below.z) * sin(tilt)
        assert -backwards == pytest.approx(disc.disease.slip, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(slip=st.floats(3.0, 11.0), position=st.integers(0, 2))
def test_everything_above_a_slip_moves_with_it(slip: float, position: int) -> None:
    straight = build_skeleton(patient_with(HEALTHY, position)).vertebrae
    slipped = build_skeleton(patient_with(replace(HEALTHY, slip=slip), position)).vertebrae
    for number, (before, after) in enumerate(zip(straight, slipped, strict=True)):
        moved = np.hypot(after.frame.y - before.frame.y, after.frame.z - before.frame.z)
        assert moved == pytest.approx(0 if number < position else slip, abs=1e-6)
        assert after.frame.y <= before.frame.y


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), index=st.integers(0, 10_000))
def test_endplates_never_meet(seed: int, index: int) -> None:
    for segment in draw_patient(seed, index).segments:
        at_rim = segment.disc_height - np.radians(abs(segment.disc_wedge)) * segment.depth / 2
        assert at_rim > 0.5


def test_the_same_point_is_the_same_whatever_is_asked_with_it() -> None:
    phantom = Phantom(draw_patient(3, 1))
    rng = np.random.default_rng(0)
    x, y, z = rng.uniform((-12, -60, -40), (12, 60, 220), (4000, 3)).astype(np.float32).T
    together = phantom.at(x, y, z)
    chosen = rng.permutation(len(x))[:500]
    alone = phantom.at(x[chosen], y[chosen], z[chosen])
    assert (alone.tissue == together.tissue[chosen]).all()
    assert (alone.part == together.part[chosen]).all()
    assert alone.shade == pytest.approx(together.shade[chosen])


@pytest.mark.parametrize("index", range(4))
def test_what_a_reader_expects_lies_where_it_belongs(index: int) -> None:
    phantom = Phantom(replace(draw_patient(9, index), scoliosis=0.0))
    for position, (body, disc) in enumerate(
        zip(phantom.skeleton.vertebrae, phantom.skeleton.discs, strict=True)
    ):
        wall = body.frame.moved(body.half_depth + phantom.patient.canal_depth / 2, 0, 0)
        y, z = np.array([(f.y, f.z) for f in (body.frame, disc.frame, wall)], np.float32).T
        matter = phantom.at(np.zeros(3, np.float32), y, z)
        assert matter.tissue[0] == Tissue.MARROW
        assert matter.part[0] == part_code(position, Part.BODY)
        assert matter.tissue[1] == len(Tissue) + position
        assert matter.part[1] == part_code(position, Part.DISC)
        assert matter.tissue[2] in (Tissue.CSF, Tissue.ROOT, Tissue.CORD)


def test_discs_lose_signal_with_degeneration() -> None:
    def nucleus_t2(degeneration: float) -> float:
        phantom = Phantom(patient_with(replace(HEALTHY, degeneration=degeneration)))
        return float(phantom.properties[len(Tissue) + 1, 2])

    signals = [nucleus_t2(grade) for grade in (1, 2, 3, 4, 5)]
    assert signals == sorted(signals, reverse=True)


def displaced_points(patient: Patient, part: Part, position: int = 1) -> np.ndarray:
    """(n, 3) points of displaced tissue in the disc's frame: left, back, up in mm."""
    phantom = Phantom(patient)
    frame = phantom.skeleton.discs[position].frame
    left, back, up = (
        axis.ravel()
        for axis in np.meshgrid(
            np.arange(-24, 24, 0.5), np.arange(-32, 32, 0.5), np.arange(-8, 8, 0.5), indexing="ij"
        )
    )
    y = frame.y + back * cos(frame.tilt) - up * sin(frame.tilt)
    z = frame.z + back * sin(frame.tilt) + up * cos(frame.tilt)
    matter = phantom.at(left.astype(np.float32), y.astype(np.float32), z.astype(np.float32))
    chosen = matter.part == part_code(position, part)
    return np.stack([left, back, up], axis=1)[chosen]


@pytest.mark.parametrize("offset", [-6.0, 0.0, 6.0])
def test_a_herniation_has_its_size_on_its_side_and_stays_focal(offset: float) -> None:
    patient = patient_with(replace(HERNIATED, offset=offset))
    points = displaced_points(patient, Part.HERNIATED)
    half_depth = build_skeleton(patient).discs[1].half_depth
    assert points[:, 0].mean() == pytest.approx(offset, abs=1.0)
    assert np.ptp(points[:, 0]) <= 2 * HERNIATED.half_width
    assert (points[:, 1] > 0).all()
    summit = points[np.abs(points[:, 0] - offset) < 1, 1].max()
    margin = half_depth * (1 - (abs(offset) / 24) ** 2.5) ** 0.4
    assert summit - margin == pytest.approx(HERNIATED.herniation + HERNIATED.rim, abs=1.2)


def test_a_bulge_is_broad_and_symmetric() -> None:
    points = displaced_points(patient_with(BULGING), Part.BULGED)
    behind = points[points[:, 1] > 0]
    deep = behind[np.hypot(behind[:, 0] / 24, behind[:, 1] / 17) > 1.12]
    angles = np.degrees(np.arctan2(deep[:, 0], deep[:, 1]))
    assert np.ptp(angles) > 90
    assert behind[:, 0].mean() == pytest.approx(0, abs=0.5)


def test_a_healthy_disc_displaces_nothing_but_its_rim() -> None:
    patient = patient_with(HEALTHY)
    assert len(displaced_points(patient, Part.HERNIATED)) == 0
    rim = displaced_points(patient, Part.BULGED)
    assert len(rim) < 0.15 * len(displaced_points(patient, Part.DISC))
