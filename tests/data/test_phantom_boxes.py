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
from data.phantom.patient import Patient, draw_patient
from data.phantom.ranges import LEVELS
from data.phantom.sampling import Plane, sample_plane

SPACING = 0.9


def sagittal(offset: float, top: float = 200.0, thickness: float = 1.0) -> Plane:
    """A plain sagittal slice of the lumbar spine and what is next to it."""
    return Plane(
        corner=np.array([offset, -70.0, top]),
        across=np.array([0.0, 1.0, 0.0]),
        down=np.array([0.0, 0.0, -1.0]),
        spacing=SPACING,
        rows=270,
        columns=140,
        thickness=thickness,
    )


def read(patient: Patient, plane: Plane) -> SliceReader:
    phantom = Phantom(patient)
    sampled = sample_plane(phantom, plane, np.ones(len(phantom.properties)))
    return SliceReader(phantom, plane, sampled)


def label_of(patient: Patient, offset: float, level: str = "L4-L5") -> str:
    return next(seen.label for seen in read(patient, sagittal(offset)).seen if seen.level == level)


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
    patient = replace(draw_patient(77, index), scoliosis=0.0)
    plane = sagittal(offset)
    reader = read(patient, plane)
    # An independent look at the object: a finer grid in the slice's middle.
    fine = replace(plane, spacing=SPACING / 2, rows=2 * plane.rows, columns=2 * plane.columns)
    part = Phantom(patient).at(*fine.points(np.zeros(3))).part.reshape(fine.rows, fine.columns)
    disc_boxes = [box for box in reader.boxes() if box.label == "disc"]
    for seen, box in zip(reader.seen, disc_boxes, strict=True):
        position = [level.disc for level in LEVELS].index(seen.level)
        codes = [part_code(position, kind) for kind in (Part.DISC, Part.BULGED, Part.HERNIATED)]
        rows, columns = np.nonzero(np.isin(part, codes))
        extent = np.array([columns.min(), rows.min(), columns.max(), rows.max()]) / 2
        assert np.abs(np.array(box.edges) - extent).max() <= 3.0
        inside = (
            (columns / 2 >= box.xmin - 1)
            & (columns / 2 <= box.xmax + 1)
            & (rows / 2 >= box.ymin - 1)
            & (rows / 2 <= box.ymax + 1)
        )
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
    assert len(cut.seen) < len(whole.seen)
    assert all(box.ymin >= 0 and box.height > 2 for box in cut.boxes())


def test_a_thick_slice_mixes_what_a_thin_one_shows() -> None:
    phantom = Phantom(patient_with(replace(HERNIATED, offset=6.0, half_width=7.0)))
    code = [part_code(1, Part.HERNIATED)]
    thin, thick = (
        sample_plane(phantom, sagittal(0.0, thickness=thickness), np.ones(len(phantom.properties))).filling(
            code
        )
        for thickness in (0.5, 8.0)
    )
    assert ((thick > 0) & (thick < 1)).sum() > ((thin > 0) & (thin < 1)).sum()
