"""The phantom's 3-D object: it is a pure function of the point, and its truth can be measured on it."""

from collections import Counter
from dataclasses import replace
from functools import cache
from math import cos, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phantom_patients import BULGING, HEALTHY, HERNIATED, patient_with

from data.phantom.anatomy import Part, Phantom, part_code
from data.phantom.patient import Patient, draw_patient
from data.phantom.ranges import BUILD, NUMBERINGS, Numbering
from data.phantom.skeleton import build_skeleton
from data.phantom.tissue import Tissue


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), index=st.integers(0, 10_000))
def test_slip_measured_between_the_vertebrae_is_the_slip_that_was_set(seed: int, index: int) -> None:
    skeleton = build_skeleton(draw_patient(seed, index))
    for disc in skeleton.discs:
        above, below = disc.above.lower_endplate, disc.below.upper_endplate
        tilt = (above.tilt + below.tilt) / 2
        above = above.moved(disc.above.wall, 0, tilt)
        below = below.moved(disc.below.wall, 0, tilt)
        backwards = (above.y - below.y) * cos(tilt) + (above.z - below.z) * sin(tilt)
        assert -backwards == pytest.approx(disc.disease.slip, abs=0.05)


@settings(max_examples=25, deadline=None)
@given(slip=st.floats(3.0, 11.0), position=st.integers(0, 2))
def test_everything_above_a_slip_moves_with_it(slip: float, position: int) -> None:
    straight = build_skeleton(patient_with(HEALTHY, position)).vertebrae
    slipped = build_skeleton(patient_with(replace(HEALTHY, slip=slip), position)).vertebrae
    for number, (before, after) in enumerate(zip(straight, slipped, strict=True)):
        moved = np.hypot(after.frame.y - before.frame.y, after.frame.z - before.frame.z)
        assert moved == pytest.approx(0 if number < position else slip, abs=1e-6)
        assert after.frame.y <= before.frame.y


@pytest.mark.parametrize("index", range(60))
def test_discs_have_height_everywhere_and_bodies_never_overlap(index: int) -> None:
    skeleton = build_skeleton(draw_patient(71, index))
    x, reach = (axis.ravel() for axis in np.meshgrid([0.0, 6.0, 12.0], np.linspace(-1, 1, 21)))
    for disc in skeleton.discs:
        # In the disc's middle plane, as far as both endplates reach.
        depth = min(disc.above.half_depth, disc.below.half_depth) - disc.disease.slip / 2 - 1
        place = disc.frame.moved(depth * reach, 0.0, 0.0)
        _, _, to_upper, to_lower, _ = disc.coordinates(x, place.y, place.z)
        assert min(to_upper.min(), to_lower.min()) > 0.15, disc.name


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


@cache
def many_patients() -> tuple[Patient, ...]:
    return tuple(draw_patient(123, index) for index in range(4000))


def a_patient(numbering: str) -> Patient:
    return next(patient for patient in many_patients() if patient.numbering == numbering)


PUBLISHED = {
    # Images of normal, bulging and herniated discs: see docs/phantom.md.
    "L1-L2": (593, 37, 36),
    "L2-L3": (549, 120, 30),
    "L3-L4": (347, 284, 86),
    "L4-L5": (158, 413, 178),
    "L5-S1": (238, 242, 244),
}


@pytest.mark.parametrize("level", PUBLISHED)
def test_each_level_is_as_often_normal_bulging_and_herniated_as_published(level: str) -> None:
    counted = Counter(
        segment.disease.state
        for patient in many_patients()
        for segment in patient.segments
        if segment.disc == level
    )
    shares = np.array([counted[state] for state in ("normal", "bulge", "herniation")]) / counted.total()
    expected = np.array(PUBLISHED[level]) / sum(PUBLISHED[level])
    assert shares == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("numbering", NUMBERINGS)
def test_each_numbering_has_its_share_and_its_names(numbering: Numbering) -> None:
    shares = Counter(patient.numbering for patient in many_patients())
    assert shares[numbering.name] / len(many_patients()) == pytest.approx(numbering.share, abs=0.02)
    patient = a_patient(numbering.name)
    lumbar = len(numbering.shapes)
    assert patient.lumbar_discs == lumbar
    lowest, second = patient.segments[:2]
    assert (lowest.vertebra, lowest.disc) == (f"L{lumbar}", f"L{lumbar}-S1")
    assert second.disc == f"L{lumbar - 1}-L{lumbar}"
    assert patient.segments[lumbar].disc == "T12-L1"
    assert patient.segments[-1].vertebra == "T6"


def test_a_sacralised_vertebra_has_a_thin_disc_and_joins_the_wings() -> None:
    patient = a_patient("sacralised L5")
    typical = a_patient("five lumbar vertebrae")
    assert patient.sacralised and not typical.sacralised
    rudiments = [patient.segments[0] for patient in many_patients() if patient.sacralised]
    assert all(lowest.disc_height < 4.5 and lowest.disease.state == "normal" for lowest in rudiments)

    def bone_beside(patient: Patient) -> float:
        """The part of the way from L5's pedicle to S1's wing that is bone."""
        phantom = Phantom(replace(patient, scoliosis=0.0, implant=()))
        frame, half_width = phantom.skeleton.vertebrae[0].frame, phantom.skeleton.vertebrae[0].half_width
        points = [
            frame.moved(phantom.skeleton.vertebrae[0].half_depth, up, frame.tilt) for up in range(-26, 1)
        ]
        y, z = np.array([(point.y, point.z) for point in points], np.float32).T
        matter = phantom.at(np.full(len(y), half_width + 9, np.float32), y, z)
        return float(np.isin(matter.tissue, (Tissue.MARROW, Tissue.CORTEX)).mean())

    assert bone_beside(patient) > 0.85 > 0.75 > bone_beside(typical)


def test_an_implant_is_metal_within_its_solids_and_nowhere_else() -> None:
    patient = replace(patient_with(HEALTHY), implant=(0, 1), scoliosis=15.0)
    phantom = Phantom(patient)
    ends = np.array([end for solid in phantom.metal for end in (solid.start, solid.end)])
    points = (
        np.random.default_rng(0).uniform(ends.min(0) - 8, ends.max(0) + 8, (20_000, 3)).T.astype(np.float32)
    )
    distance = np.min([solid.distance(points) for solid in phantom.metal], axis=0)
    matter = phantom.at(*points)
    assert ((matter.tissue == Tissue.METAL) == (distance == 0)).mean() > 0.999
    assert (matter.tissue == Tissue.METAL).sum() > 100
    assert Phantom(patient_with(HEALTHY)).metal == ()
    # A pair of screws with their heads at each vertebra, and two rods.
    assert len(phantom.metal) == 2 * (2 * 2 + 1)


def test_a_few_of_the_older_patients_have_an_implant() -> None:
    with_implant = [patient for patient in many_patients() if patient.implant]
    assert all(patient.age >= BUILD.implant_age for patient in with_implant)
    assert 0.02 < len(with_implant) / len(many_patients()) < 0.05


@pytest.mark.parametrize("position", [1, 3])
def test_facet_joints_lie_beside_the_canal_with_a_dark_line_between_two_bones(position: int) -> None:
    phantom = Phantom(patient_with(HEALTHY))
    disc = phantom.skeleton.discs[position]
    wall = disc.half_depth + phantom.patient.canal_depth
    x, back = (
        axis.ravel() for axis in np.meshgrid(np.arange(8, 30, 0.4), np.arange(wall - 10, wall + 10, 0.4))
    )
    place = disc.frame.moved(back, 0.0, 0.0)
    for side in (1, -1):
        matter = phantom.at(*(axis.astype(np.float32) for axis in (side * x, place.y, place.z)))
        joint = matter.tissue == Tissue.LIGAMENT
        assert joint.sum() > 40
        middle = np.array([x[joint].mean(), back[joint].mean()])
        angle = np.radians(disc.facet_angle)
        normal = np.array([np.cos(angle), -np.sin(angle)])
        for across in (-3.0, 3.0):
            lateral, behind = middle + across * normal
            beside = disc.frame.moved(behind, 0.0, 0.0)
            bone = phantom.at(*np.array([[side * lateral], [beside.y], [beside.z]], np.float32))
            assert bone.tissue[0] == Tissue.MARROW
