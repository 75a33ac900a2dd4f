"""Boxes and labels of a slice against the object that it was cut from."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phantom_patients import BULGING, HEALTHY, HERNIATED, patient_with

from annotation.boxes import Box
from data.phantom.anatomy import Part, Phantom, part_code
from data.phantom.boxes import SliceReader
from data.phantom.landmarks import DiscLandmarks, landmarks
from data.phantom.patient import Patient, draw_patient
from data.phantom.sampling import sample_slice, voxel_points
from data.phantom.truth import SliceTruth
from imaging.geometry import SliceGeometry
from imaging.study import SeriesKind

SPACING = 0.9


def sagittal(offset: float, top: float = 200.0, thickness: float = 1.0) -> SliceGeometry:
    """A plain sagittal slice of the lumbar spine and what is next to it."""
    return SliceGeometry((offset, -70, top), (0, 1, 0), (0, 0, -1), (SPACING, SPACING), 270, 140, thickness)


def along(disc: DiscLandmarks) -> SliceGeometry:
    """An axial slice through a disc, angled to it."""
    tilt = np.arctan2(disc.normal[1], disc.normal[2])
    down = np.array([0, np.cos(tilt), -np.sin(tilt)])
    corner = np.array(disc.centre) - 60 * np.array([1, 0, 0]) - 50 * down
    return SliceGeometry(tuple(corner), (1, 0, 0), tuple(down), (SPACING, SPACING), 110, 134, 4)


def read(patient: Patient, geometry: SliceGeometry) -> SliceTruth:
    phantom = Phantom(patient)
    sampled = sample_slice(phantom, geometry, [])
    reader = SliceReader(phantom, landmarks(phantom), geometry, sampled)
    return SliceTruth("", "", SeriesKind.SAGITTAL_T2, geometry, reader.vertebrae, reader.discs)


def label_of(patient: Patient, offset: float, level: str = "L4-L5") -> str:
    return next(seen.label for seen in read(patient, sagittal(offset)).discs if seen.level == level)


def test_a_herniation_is_labelled_only_where_it_is_cut() -> None:
    patient = patient_with(replace(HERNIATED, offset=6.0, half_width=8.0))
    assert label_of(patient, 6.0) == "herniation"
    assert label_of(patient, -6.0) == "normal"


def test_beside_a_herniation_the_bulge_under_it_is_seen() -> None:
    patient = patient_with(replace(HERNIATED, offset=6.0, half_width=8.0, bulge=2.5))
    assert label_of(patient, 6.0) == "herniation"
    assert label_of(patient, -6.0) == "bulge"


@pytest.mark.parametrize("offset", [-8.0, 0.0, 8.0])
def test_a_bulge_is_seen_on_either_side_and_a_healthy_disc_is_normal(offset: float) -> None:
    assert label_of(patient_with(BULGING), offset) == "bulge"
    assert label_of(patient_with(HEALTHY), offset) == "normal"


@settings(max_examples=5, deadline=None)
@given(index=st.integers(0, 500), offset=st.floats(-7, 7))
def test_boxes_are_tight_around_the_object_itself(index: int, offset: float) -> None:
    patient = draw_patient(77, index)
    geometry = sagittal(offset)
    phantom = Phantom(patient)
    names = [disc.name for disc in phantom.skeleton.discs]
    # An independent look at the object: a finer grid in the slice's middle.
    fine = replace(geometry, spacing=(SPACING / 2, SPACING / 2), rows=540, columns=280)
    part = phantom.at(*voxel_points(fine)).part.reshape(fine.rows, fine.columns)
    for seen in read(patient, geometry).discs:
        codes = [
            part_code(names.index(seen.level), kind) for kind in (Part.DISC, Part.BULGED, Part.HERNIATED)
        ]
        rows, columns = np.nonzero(np.isin(part, codes)) if np.isin(part, codes).any() else (None, None)
        if rows is None:
            continue
        left, top, right, bottom = seen.edges
        extent = np.array([columns.min(), rows.min(), columns.max(), rows.max()]) / 2
        assert np.abs(np.array(seen.edges) - extent).max() <= 3.0
        inside = (columns / 2 >= left - 1) & (columns / 2 <= right + 1)
        inside &= (rows / 2 >= top - 1) & (rows / 2 <= bottom + 1)
        assert inside.mean() > 0.98


@pytest.mark.parametrize("index", range(3))
def test_every_disc_has_its_box_and_one_diagnosis_on_it(index: int) -> None:
    boxes = read(draw_patient(21, index), sagittal(0.0)).boxes()
    discs = [box.edges for box in boxes if box.label == "disc"]
    diagnoses = [box.edges for box in boxes if box.label in ("normal", "bulge", "herniation")]
    assert discs == diagnoses
    assert len(set(discs)) == len(discs) >= 6
    assert Counter(box.label for box in boxes)["vertebra"] >= 5


def slip_boxes(slip: float) -> list[Box]:
    boxes = read(patient_with(replace(HEALTHY, slip=slip)), sagittal(0.0)).boxes()
    return [box for box in boxes if box.label == "spondylolisthesis"]


def test_a_slip_is_marked_from_three_mm_on() -> None:
    assert not slip_boxes(2.9)
    assert len(slip_boxes(3.1)) == 1


def test_the_slip_box_covers_the_disc_and_half_of_each_neighbour() -> None:
    patient = patient_with(replace(HEALTHY, slip=6.0))
    boxes = read(patient, sagittal(0.0)).boxes()
    slip = next(box for box in boxes if box.label == "spondylolisthesis")
    disc = [box for box in boxes if box.label == "disc"][1]
    lower, upper = (box for box in boxes if box.label == "vertebra" and _overlap(box, slip))
    assert slip.xmin <= disc.xmin and slip.xmax >= disc.xmax
    for vertebra in (lower, upper):
        shared = min(slip.ymax, vertebra.ymax) - max(slip.ymin, vertebra.ymin)
        assert 0.35 <= shared / vertebra.height <= 0.75


def _overlap(first: Box, second: Box) -> bool:
    return min(first.ymax, second.ymax) - max(first.ymin, second.ymin) > 5


def test_what_has_its_centre_outside_the_image_is_not_marked() -> None:
    whole = read(patient_with(HEALTHY), sagittal(0.0))
    cut = read(patient_with(HEALTHY), sagittal(0.0, top=90.0))
    assert len(cut.discs) < len(whole.discs)
    assert all(box.ymin >= 0 and box.height > 2 for box in cut.boxes())


def test_a_thick_slice_mixes_what_a_thin_one_shows() -> None:
    phantom = Phantom(patient_with(replace(HERNIATED, offset=6.0, half_width=7.0)))
    code = [part_code(1, Part.HERNIATED)]
    thin, thick = (
        sample_slice(phantom, sagittal(0.0, thickness=thickness), []).filling(code)
        for thickness in (0.5, 8.0)
    )
    assert ((thick > 0) & (thick < 1)).sum() > ((thin > 0) & (thin < 1)).sum()


def test_an_axial_slice_shows_the_disc_it_cuts_and_no_slip() -> None:
    patient = patient_with(replace(HERNIATED, offset=0.0, slip=6.0))
    phantom = Phantom(patient)
    disc = landmarks(phantom).discs[1]
    truth = read(patient, along(disc))
    seen = next(item for item in truth.discs if item.level == disc.name)
    assert seen.label == "herniation"
    assert seen.slipped is None
    left, top, right, bottom = seen.edges
    assert (right - left) * SPACING == pytest.approx(2 * phantom.skeleton.discs[1].half_width, abs=8)
    assert bottom > top
