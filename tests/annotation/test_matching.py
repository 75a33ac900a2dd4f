"""Structures of boxes, and their matching between readers."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.boxes import Box, pairwise_iou
from annotation.labels import DIAGNOSES
from annotation.matching import Structure, match, match_all, structures
from annotation.views import SAME_OBJECT_IOU

LABELS = ("disc", "vertebra", *DIAGNOSES)

pixels = st.integers(0, 12)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    xmin, ymin = draw(pixels), draw(pixels)
    label = draw(st.sampled_from(LABELS))
    return Box(label, xmin, ymin, xmin + draw(st.integers(4, 12)), ymin + draw(st.integers(4, 12)))


several = st.lists(boxes(), max_size=5)


def disc(x: float, diagnosis: str = "normal", width: float = 20) -> Structure:
    box = Box("disc", x, 0, x + width, 10)
    return Structure("disc", (box, Box(diagnosis, *box.edges)))


def iou(first: Structure, second: Structure) -> float:
    return float(pairwise_iou([first.edges], [second.edges])[0, 0])


# --- structures


def test_a_disc_and_its_diagnosis_are_one_structure() -> None:
    found = structures(
        [Box("disc", 0, 0, 20, 10), Box("vertebra", 0, 10, 20, 30), Box("bulge", 0, 0, 21, 10)]
    )
    assert [(item.kind, item.diagnosis, len(item.boxes)) for item in found] == [
        ("disc", "bulge", 2),
        ("vertebra", None, 1),
    ]
    assert found[0].edges == (0, 0, 20, 10)


def test_a_disc_without_diagnosis_and_a_diagnosis_without_disc_are_discs() -> None:
    found = structures([Box("herniation", 50, 0, 70, 10), Box("disc", 0, 0, 20, 10)])
    assert [(item.kind, item.diagnosis) for item in found] == [("disc", None), ("disc", "herniation")]


def test_a_slip_around_a_disc_is_a_structure_of_its_own() -> None:
    found = structures([Box("disc", 0, 10, 20, 20), Box("spondylolisthesis", 0, 0, 20, 30)])
    assert [item.kind for item in found] == ["disc", "spondylolisthesis"]


@given(several)
def test_every_box_is_in_exactly_one_structure(drawn: list[Box]) -> None:
    found = structures(drawn)
    assert sorted(map(str, (box for item in found for box in item.boxes))) == sorted(map(str, drawn))
    for item in found:
        assert len(item.boxes) <= 2
        if len(item.boxes) == 2:
            first, second = item.boxes
            assert (first.label, second.label in DIAGNOSES) == ("disc", True)
            assert pairwise_iou([first.edges], [second.edges])[0, 0] >= SAME_OBJECT_IOU


# --- two readers


def test_the_same_place_is_a_pair_whatever_the_diagnosis() -> None:
    matching = match([disc(0, "bulge"), disc(100)], [disc(2, "herniation"), disc(200)])
    assert [(pair.first.diagnosis, pair.second.diagnosis) for pair in matching.pairs] == [
        ("bulge", "herniation")
    ]
    assert matching.pairs[0].iou == pytest.approx(18 / 22)
    assert (matching.only_first, matching.only_second) == ((disc(100),), (disc(200),))


def test_different_kinds_are_never_a_pair() -> None:
    vertebra = Structure("vertebra", (Box("vertebra", 0, 0, 20, 10),))
    assert match([disc(0)], [vertebra]).pairs == ()


def test_the_whole_matching_is_optimal_not_each_pair() -> None:
    """Taking the best pair first (0 to 1) would leave the others without a partner."""
    matching = match([disc(0), disc(6)], [disc(2), disc(-6)], iou=0.5)
    assert [(pair.first, pair.second) for pair in matching.pairs] == [
        (disc(0), disc(-6)),
        (disc(6), disc(2)),
    ]


def test_nothing_matches_nothing() -> None:
    assert match([], []).pairs == ()
    assert match([], [disc(0)]).only_second == (disc(0),)
    assert match([disc(0)], [disc(40)], iou=0).pairs == ()


@given(several, several, st.sampled_from([0, 0.1, 0.3, 0.5, 0.8]))
def test_the_matching_is_as_good_as_the_best_of_all(
    first: list[Box], second: list[Box], least: float
) -> None:
    ones, others = structures(first), structures(second)
    matching = match(ones, others, least)
    assert all(pair.iou >= least and pair.first.kind == pair.second.kind for pair in matching.pairs)
    assert sum(pair.iou for pair in matching.pairs) == pytest.approx(best_sum(ones, others, least))
    for given_, paired, alone in (
        (ones, [pair.first for pair in matching.pairs], matching.only_first),
        (others, [pair.second for pair in matching.pairs], matching.only_second),
    ):
        assert sorted(map(str, [*paired, *alone])) == sorted(map(str, given_))


def best_sum(ones: tuple[Structure, ...], others: tuple[Structure, ...], least: float) -> float:
    """The largest sum of IoU over every way to pair."""
    if len(ones) > len(others):
        ones, others = others, ones

    def worth(one: Structure, other: Structure) -> float:
        overlap = iou(one, other)
        return overlap if one.kind == other.kind and overlap >= least else 0

    return max(
        sum(worth(one, other) for one, other in zip(ones, order, strict=True))
        for order in permutations(others, len(ones))
    )


# --- three readers and more


@given(several, several, st.sampled_from([0.1, 0.5]))
def test_matching_all_of_two_readers_is_matching_the_two(
    first: list[Box], second: list[Box], least: float
) -> None:
    ones, others = structures(first), structures(second)
    matching = match(ones, others, least)
    expected = [
        *((pair.first, pair.second) for pair in matching.pairs),
        *((item, None) for item in matching.only_first),
        *((None, item) for item in matching.only_second),
    ]
    assert sorted(map(str, match_all([ones, others], least))) == sorted(map(str, expected))


@given(several, several, several)
def test_every_structure_of_every_reader_comes_once(
    first: list[Box], second: list[Box], third: list[Box]
) -> None:
    readers = [structures(drawn) for drawn in (first, second, third)]
    found = match_all(readers, 0.3)
    for reader, own in enumerate(readers):
        assert sorted(str(marks[reader]) for marks in found if marks[reader]) == sorted(map(str, own))
    for marks in found:
        assert len({mark.kind for mark in marks if mark}) == 1


def test_three_readers_of_one_disc_come_together() -> None:
    assert match_all([[disc(0)], [disc(3)], [disc(6)]]) == ((disc(0), disc(3), disc(6)),)


def test_a_chain_does_not_bring_two_structures_of_one_reader_together() -> None:
    """The second reader's box links both of the third's neighbours: the closer one wins."""
    found = match_all([[disc(0)], [disc(5)], [disc(9), disc(-6)]])
    assert found == ((disc(0), disc(5), disc(9)), (None, None, disc(-6)))
