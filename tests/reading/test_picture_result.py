"""A detector's boxes on a picture become discs."""

from dataclasses import replace

import numpy as np
import pytest
from picture_study import DETECTOR

from axial.result import ModelIdentity
from detectors.detections import Detections
from detectors.model_folder import ModelCard, read_card
from reading.picture_result import PictureResult, picture_result, read_picture_result, readings_of_picture

CARD = read_card(DETECTOR)
MODEL = ModelIdentity("discs", "sagittal", "made up", "0123456789ab")
SIZE = 200, 300
UPPER, LOWER = (60, 40, 120, 70), (60, 110, 120, 140)
AROUND_LOWER = (50, 80, 140, 170)


def result(*found: tuple[str, float, tuple[float, ...]], card: ModelCard = CARD) -> PictureResult:
    detections = Detections(
        np.array([edges for _, _, edges in found], np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in found], np.float32),
        np.array([card.classes.index(name) for name, _, _ in found], np.int64),
    )
    return picture_result(detections, card, SIZE, MODEL)


def test_coincident_boxes_are_one_disc_with_the_likeliest_state() -> None:
    found = result(("herniation", 0.6, LOWER), ("bulge", 0.3, (61, 111, 121, 140)), ("normal", 0.9, UPPER))
    upper, lower = found.discs
    assert (upper.name, upper.edges, upper.verdict) == ("A", UPPER, "normal")
    assert (lower.name, lower.edges, lower.verdict) == ("B", LOWER, "herniation")
    assert lower.probabilities == {
        "normal": 0.0,
        "bulge": pytest.approx(1 / 3, abs=1e-3),
        "herniation": pytest.approx(2 / 3, abs=1e-3),
    }
    assert found.models == (MODEL,)


def test_a_slip_is_the_discs_whose_centre_its_box_holds() -> None:
    upper, lower = result(
        ("normal", 0.9, UPPER), ("bulge", 0.8, LOWER), (*("spondylolisthesis", 0.7), AROUND_LOWER)
    ).discs
    assert (upper.slip, upper.slip_probability) == (False, 0.0)
    assert (lower.slip, lower.slip_probability) == (True, pytest.approx(0.7))


def test_a_faint_slip_is_none_and_keeps_its_probability() -> None:
    (disc,) = result(("bulge", 0.8, LOWER), ("spondylolisthesis", 0.1, AROUND_LOWER)).discs
    assert (disc.slip, disc.slip_probability) == (False, pytest.approx(0.1))


def test_a_slip_without_a_disc_stands_alone() -> None:
    (slip,) = result(("spondylolisthesis", 0.7, AROUND_LOWER)).discs
    assert (slip.verdict, slip.probabilities, slip.slip) == (None, {}, True)


def test_the_models_own_thresholds_count() -> None:
    strict = replace(CARD, thresholds={"bulge": 0.85})
    assert result(("bulge", 0.8, LOWER), card=strict).discs == ()
    (disc,) = result(("bulge", 0.8, LOWER), ("normal", 0.3, LOWER), card=strict).discs
    assert disc.verdict == "normal"


def test_a_model_that_knows_no_slips_says_nothing_of_them() -> None:
    few = replace(CARD, classes=("normal", "herniation", "vertebra"))
    (disc,) = result(("herniation", 0.8, LOWER), ("vertebra", 0.9, UPPER), card=few).discs
    assert (disc.slip, disc.slip_probability) == (None, None)
    assert set(disc.probabilities) == {"normal", "herniation"}


def test_a_result_is_read_as_it_was_written() -> None:
    import json

    found = result(("herniation", 0.6, LOWER), ("spondylolisthesis", 0.7, AROUND_LOWER))
    assert read_picture_result(json.loads(found.as_json())) == found


def test_its_readings_have_boxes_and_one_row_where_nothing_was_found() -> None:
    found = result(("herniation", 0.6, LOWER), ("spondylolisthesis", 0.7, AROUND_LOWER))
    (row,) = readings_of_picture(found, "case-01", "patient-01", "images/case-01.png", 0.5, slips=True)
    assert row.place is not None and row.place.edges == LOWER and row.place.image == "images/case-01.png"
    assert (row.verdict, row.slip, row.lesion_likelihood) == ("herniation", True, 1.0)
    (unasked,) = readings_of_picture(found, "case-01", "patient-01", "x.png", 0.5, slips=False)
    assert (unasked.slip, unasked.slip_likelihood) == (None, None)
    (nothing,) = readings_of_picture(result(), "case-01", "patient-01", "x.png", 0.5, slips=True)
    assert (nothing.place, nothing.verdict, nothing.seconds) == (None, None, 0.5)
