"""Calls matched to reference discs."""

from dataclasses import replace
from itertools import permutations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_tables import at, boxed, readings, reference, right, said

from errors import BadInputError
from reading.analysis.endpoints import ENDPOINTS, outcomes
from reading.analysis.matching import NOT_CALLED, match_readings
from reading.readings import DiscReading


def test_levels_match_by_name_and_what_is_left_out_is_not_called() -> None:
    truth = reference(right("c", at("L4-L5"), "bulge"), right("c", at("L5-S1"), "herniation", slip=True))
    matched = match_readings(readings(said("Ann", "c", at("L5-S1"), "herniation", True)), truth)
    calls = matched.calls.set_index("level")
    assert calls["call"].to_dict() == {"L4-L5": NOT_CALLED, "L5-S1": "herniation"}
    assert calls["truth"].to_dict() == {"L4-L5": "bulge", "L5-S1": "herniation"}
    assert calls.loc["L5-S1", "slip_call"]
    assert calls["slip_call"].isna()["L4-L5"]


def test_a_level_that_the_reference_lacks_is_extra() -> None:
    calls = readings(said("Ann", "c", at("L5-S1")), said("Ann", "c", at("T12-L1"), "bulge"))
    matched = match_readings(calls, reference(right("c", at("L5-S1"))))
    assert matched.extra["extra"].tolist() == [1]


def test_a_reading_that_marked_nothing_has_called_nothing_and_one_that_is_lacking_is_no_reading() -> None:
    truth = reference(right("c", at("L5-S1")), right("d", at("L5-S1")))
    matched = match_readings(readings(said("Ann", "c", None, None, None)), truth)
    assert matched.calls[["case", "call"]].to_numpy().tolist() == [["c", NOT_CALLED]]
    assert len(matched.reads) == 1


def test_boxes_match_one_to_one_by_the_largest_sum_of_iou() -> None:
    truth = reference(
        right("c", boxed("c.png", 0, 0, 40, 20)),
        right("c", boxed("c.png", 0, 4, 40, 24), "herniation"),
    )
    first = said("Ann", "c", boxed("c.png", 0, 2, 40, 22), "bulge")  # overlaps both
    second = said("Ann", "c", boxed("c.png", 0, 5, 40, 25), "herniation")
    for order in permutations([first, second]):
        calls = match_readings(readings(*order), truth).calls
        assert calls["call"].tolist() == ["bulge", "herniation"]


def test_boxes_that_overlap_less_than_half_or_lie_on_another_image_do_not_match() -> None:
    truth = reference(right("c", boxed("c.png", 0, 0, 40, 20)))
    small, elsewhere = boxed("c.png", 0, 0, 40, 9.9), boxed("d.png", 0, 0, 40, 20)
    matched = match_readings(readings(said("Ann", "c", small), said("Ann", "c", elsewhere)), truth)
    assert matched.calls["call"].tolist() == [NOT_CALLED]
    assert matched.extra.set_index("image")["extra"].to_dict() == {"c.png": 1, "d.png": 1}
    half = match_readings(readings(said("Ann", "c", boxed("c.png", 0, 0, 40, 10))), truth)
    assert half.calls["call"].tolist() == ["normal"]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6), st.integers(1, 4))
def test_every_disc_has_one_row_and_every_call_is_matched_or_extra(
    corners: list[tuple[int, int]], discs: int
) -> None:
    truth = reference(*(right("c", boxed("c.png", 0, 15 * row, 30, 15 * row + 12)) for row in range(discs)))
    calls = [said("Ann", "c", boxed("c.png", x, y, x + 30, y + 12)) for x, y in corners]
    matched = match_readings(readings(*calls, said("Ann", "c", None, None)), truth)
    called = (matched.calls["call"] != NOT_CALLED).sum()
    assert len(matched.calls) == discs
    assert called + matched.extra["extra"].sum() == len(calls)


@pytest.mark.parametrize(
    ("disc", "said_of_it"),
    [
        (said("Ann", "other", at("L5-S1")), "a case that the reference does not have"),
        (said("Ann", "boxes", at("L5-S1")), "no box, but the reference has no levels"),
        (said("Ann", "levels", boxed("c.png", 0, 0, 9, 9)), "no level, but the reference has levels"),
    ],
)
def test_what_cannot_be_matched_is_one_sentence(disc: DiscReading, said_of_it: str) -> None:
    truth = reference(right("levels", at("L5-S1")), right("boxes", boxed("c.png", 0, 0, 9, 9)))
    with pytest.raises(BadInputError, match=f"READINGS.csv: {said_of_it}"):
        match_readings(readings(disc), truth)


def test_another_patient_than_in_the_reference_is_one_sentence() -> None:
    truth = reference(right("c", at("L5-S1")))
    other = replace(said("Ann", "c", at("L5-S1")), patient="someone else")
    with pytest.raises(BadInputError, match="another patient than in the reference"):
        match_readings(readings(other), truth)


def scene() -> pd.DataFrame:
    truth = reference(
        right("c", at("L5-S1"), "herniation", slip=True),
        right("c", at("L4-L5"), "bulge"),
        right("c", at("L3-L4"), "normal"),
        right("c", at("L2-L3"), "normal"),
    )
    calls = readings(
        said("Ann", "c", at("L4-L5"), "herniation"),
        said("Ann", "c", at("L3-L4"), "normal"),
        said("Bo", "c", at("L5-S1"), "herniation", None),
    )
    return match_readings(calls, truth).calls


def test_what_is_not_called_is_wrong_or_normal() -> None:
    calls = scene()
    wrong = outcomes(calls, ENDPOINTS["herniation"]).query("reader == 'Ann'")
    assert wrong["correct"].tolist() == [False, False, True, False]
    as_normal = outcomes(calls, ENDPOINTS["herniation"], "normal").query("reader == 'Ann'")
    assert as_normal["called"].tolist() == [False, True, False, False]
    normal = outcomes(calls, ENDPOINTS["normal"], "normal").query("reader == 'Ann'")
    assert normal["called"].tolist() == [True, False, True, True]


def test_bulges_may_count_as_herniations() -> None:
    found = outcomes(scene(), ENDPOINTS["bulge or herniation"]).query("reader == 'Ann'")
    assert found["truth"].tolist() == [True, True, False, False]
    assert found["correct"].tolist() == [False, True, True, False]


def test_who_said_nothing_of_slips_is_not_judged_by_them() -> None:
    found = outcomes(scene(), ENDPOINTS["slip"])
    assert set(found["reader"]) == {"Ann"}
    assert found["correct"].tolist() == [False, True, True, False]


def test_the_rating_of_a_disc_that_is_not_called_lies_beyond_the_scale() -> None:
    found = outcomes(scene(), ENDPOINTS["herniation"]).query("reader == 'Ann'")
    assert found["rating"].isna().tolist() == [False, True, True, False]
    assert found["rating"].iloc[0] < 0 and found["rating"].iloc[3] > 5
