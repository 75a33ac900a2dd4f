"""Figures of the four stages on results whose right answers are worked out by hand."""

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hand_made import BOX, NAMES, Slice, body, right, study
from hypothesis import given
from hypothesis import strategies as st
from scenery_studies import CENTRES, axial_slices
from sklearn.metrics import balanced_accuracy_score, confusion_matrix

from axial.result import SliceResult, VertebraResult
from benchmarks.axial.reference import DiscOnSlice
from benchmarks.axial.scoring import (
    Answers,
    answers,
    disc_state_answers,
    level_answers,
    numbering_answers,
    presence_answers,
    right_vertebrae,
    slice_state_answers,
    vertebra_answers,
)

ROWS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 2), st.integers(-1, 2), st.just("")),
    min_size=1,
    max_size=40,
)


def vertebrae(*changes: tuple[int, VertebraResult]) -> tuple[VertebraResult, ...]:
    found = [VertebraResult(name, body(step), None, 0.9) for step, name in enumerate(NAMES)]
    for step, item in changes:
        found[step] = item
    return tuple(found)


def test_levels_of_four_slices_of_which_three_are_right() -> None:
    read = study(
        Slice("L4-L5", said_level="L4-L5"),
        Slice("L4-L5", said_level="L3-L4"),
        Slice("L5-S1", said_level="L5-S1"),
        Slice("L5-S1", said_level="L5-S1"),
        Slice(None, said_level="L5-S1"),
    )
    found = level_answers([read])
    assert (found.accuracy().share, found.accuracy().of) == (0.75, 4)
    assert (found.of_group("L4-L5").accuracy().share, found.of_group("L4-L5").accuracy().of) == (0.5, 2)
    assert found.of_group("L5-S1").accuracy().share == 1.0


def test_nothing_said_is_wrong() -> None:
    read = [study(Slice("L4-L5", "bulge"), right("L5-S1", "bulge"))]
    assert level_answers(read).accuracy().share == 0.5
    assert slice_state_answers(read).accuracy().share == 0.5
    assert slice_state_answers(read).recall(1).share == 0.5
    assert slice_state_answers(read).confusion(3).sum() == 1


def test_a_slice_that_the_result_does_not_have_is_wrong() -> None:
    read = study(right("L4-L5", "normal"), right("L5-S1", "normal"))
    lost = replace(read, result=replace(read.result, slices=read.result.slices[:1]))
    assert level_answers([lost]).accuracy().share == 0.5
    assert slice_state_answers([lost]).accuracy().share == 0.5


def test_worked_states_of_slices() -> None:
    said = (
        [("normal", "normal")] * 6
        + [("normal", "bulge")] * 2
        + [("bulge", "bulge")]
        + [("herniation", "bulge")]
    )
    found = slice_state_answers(
        [study(*(Slice("L4-L5", right, "L4-L5", verdict) for right, verdict in said))]
    )
    assert found.accuracy().share == pytest.approx(7 / 10)
    assert [found.recall(label).share for label in range(3)] == pytest.approx([6 / 8, 1, 0])
    assert [found.recall(label).of for label in range(3)] == [8, 1, 1]
    assert found.balanced_accuracy().share == pytest.approx((6 / 8 + 1 + 0) / 3)
    assert found.confusion(3).tolist() == [[6, 2, 0], [0, 1, 0], [0, 1, 0]]


def test_discs_count_by_their_own_verdict() -> None:
    read = study(
        states={"L4-L5": "bulge", "L5-S1": "normal", "L3-L4": "normal"},
        verdicts={"L4-L5": "bulge", "L5-S1": "bulge"},
        object_states={"L4-L5": "herniation", "L5-S1": "bulge", "L3-L4": "normal", "L2-L3": "bulge"},
    )
    by_slices, by_object = disc_state_answers([read]), disc_state_answers([read], of_object=True)
    assert (by_slices.accuracy().share, by_slices.accuracy().of) == (pytest.approx(1 / 3), 3)
    assert by_slices.of_group("L4-L5").accuracy().share == 1.0
    assert by_object.of_group("L4-L5").accuracy().share == 0.0
    assert by_object.of_group("L5-S1").accuracy().share == 1.0
    assert by_object.accuracy().of == 3


def test_presence_of_a_disc() -> None:
    found = presence_answers(
        [study(right("L4-L5", "normal"), Slice("L5-S1"), Slice(None), Slice(None, said="bulge"))]
    )
    assert (found.recall(1).share, found.recall(1).of) == (0.5, 2)
    assert (found.recall(0).share, found.recall(0).of) == (0.5, 2)


@pytest.mark.parametrize(
    ("found", "is_right"),
    [
        (vertebrae(), True),
        (vertebrae((2, VertebraResult("L4", body(2, shift=5.0), None, 0.9))), True),
        (vertebrae((2, VertebraResult("L4", body(2, shift=20.0), None, 0.9))), False),
        (vertebrae((2, VertebraResult("L4", None, None, 0.0))), False),
        (vertebrae((2, VertebraResult("L5", body(2), None, 0.9))), False),
        (vertebrae()[:3], False),
        ((*vertebrae(), VertebraResult("L2", body(4), None, 0.9)), False),
        ((*vertebrae(), VertebraResult("L2", None, None, 0.0)), True),
        (tuple(replace(item, name=None) for item in vertebrae()), False),
        ((), False),
    ],
)
def test_vertebrae_are_right_where_each_is_found_and_named_and_nothing_else(
    found: tuple[VertebraResult, ...], is_right: bool
) -> None:
    read = study(vertebrae=found)
    assert right_vertebrae(read) is is_right
    assert vertebra_answers([read]).accuracy().share == float(is_right)


@pytest.mark.parametrize(("cut", "partly"), [(True, frozenset()), (False, frozenset({"L2"}))])
def test_a_vertebra_that_shows_only_in_part_may_be_found_or_not(cut: bool, partly: frozenset[str]) -> None:
    more = (*vertebrae(), VertebraResult("L2", body(4), None, 0.9, cut))
    assert right_vertebrae(study(vertebrae=more, partly=partly))
    assert right_vertebrae(study(partly=partly))


def test_flagged_studies_are_not_asked_for_their_vertebrae() -> None:
    read = [study(), study(vertebrae=(), doubts=("S1 is out of view",))]
    assert (vertebra_answers(read).accuracy().share, vertebra_answers(read).accuracy().of) == (1.0, 1)


def test_which_studies_were_flagged() -> None:
    doubt = ("S1 is out of view",)
    found = numbering_answers(
        [
            study(),
            study(doubts=doubt),
            study(doubtful="S1 out of view", doubts=doubt),
            study(doubtful="six lumbar vertebrae"),
            study(doubtful="six lumbar vertebrae", doubts=doubt),
        ]
    )
    assert found.of_group("doubtful").recall(1).share == pytest.approx(2 / 3)
    assert found.of_group("ordinary").recall(0).share == 0.5


def test_true_centres_ask_stage_two_alone() -> None:
    slices = axial_slices()
    read = study(*(Slice("L4-L5") for _ in slices))
    levels = [level for level in ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1") for _ in range(3)]
    read = replace(
        read,
        reference=replace(
            read.reference,
            centres=CENTRES,
            slices={str(n): DiscOnSlice(level, "normal", BOX) for n, level in enumerate(levels, start=1)},
        ),
        places={str(n): item.geometry for n, item in enumerate(slices, start=1)},
    )
    assert level_answers([read]).accuracy().share == 0.0
    assert level_answers([read], true_centres=True).accuracy().share == 1.0


def test_a_slice_is_known_by_its_instance_where_it_has_one() -> None:
    read = study(right("L4-L5", "normal"))
    named = SliceResult("axial 1", "1.2.3", "L4-L5", edges=BOX, verdict="normal")
    by_instance = replace(
        read,
        result=replace(read.result, slices=(named,)),
        reference=replace(read.reference, slices={"1.2.3": read.reference.slices["1"]}),
        places={"1.2.3": axial_slices()[0].geometry},
    )
    assert level_answers([by_instance]).accuracy().share == 1.0
    assert slice_state_answers([by_instance]).accuracy().share == 1.0
    assert presence_answers([by_instance]).recall(1).share == 1.0


@given(rows=ROWS)
def test_balanced_accuracy_and_confusion_are_scikit_learn_s(rows: list[tuple[str, int, int, str]]) -> None:
    found = answers(rows)
    with warnings.catch_warnings(action="ignore"):
        expected = balanced_accuracy_score(found.right, found.said)
    assert found.balanced_accuracy().share == pytest.approx(expected)
    said = found.said >= 0
    theirs = confusion_matrix(found.right[said], found.said[said], labels=[0, 1, 2]) if said.any() else 0
    assert (found.confusion(3) == theirs).all()


@pytest.mark.parametrize("seed", range(20))
def test_an_interval_contains_its_estimate(seed: int) -> None:
    random = np.random.default_rng(seed)
    own = random.integers(0, 3, 60)
    said = np.where(random.random(60) < 0.7, own, random.integers(-1, 3, 60))
    found = Answers(tuple(str(p) for p in random.integers(0, 12, 60)), own, said, ("",) * 60)
    for share in (found.accuracy(), found.balanced_accuracy(), found.recall(1)):
        assert 0 <= share.low <= share.share <= share.high <= 1


def test_more_slices_of_the_same_patients_narrow_no_interval() -> None:
    rows = [(patient, 1, int(patient in "abcd"), "") for patient in "abcdef"]
    once, tenfold = answers(rows).accuracy(), answers(rows * 10).accuracy()
    assert (tenfold.low, tenfold.high) == (once.low, once.high)


def test_one_patient_alone_gives_no_width() -> None:
    share = answers([("a", 1, 1, ""), ("a", 1, 0, "")]).accuracy()
    assert (share.low, share.share, share.high) == (0.5, 0.5, 0.5)


def test_of_nothing_there_is_no_share() -> None:
    for share in (
        answers([]).accuracy(),
        answers([]).balanced_accuracy(),
        answers([("a", 1, 1, "")]).recall(0),
    ):
        assert math.isnan(share.share)
        assert share.of == 0
