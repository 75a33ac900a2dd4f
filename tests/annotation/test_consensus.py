"""Merging two readers' boxes and taking a senior's decisions, on discs and vertebrae that do not overlap."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from annotation.adjudication.consensus import Opinion, merge, opinions_of
from annotation.adjudication.decisions import Decision, decide, settled, unsettled
from annotation.boxes import Box, pairwise_iou
from annotation.labels import DIAGNOSES
from annotation.matching import DISC
from annotation.views import SAME_OBJECT_IOU

Boxes = tuple[Box, ...]


def moved(box: Box, by: int) -> Box:
    return replace(box, xmin=box.xmin + by, ymin=box.ymin + by, xmax=box.xmax + by, ymax=box.ymax + by)


def disc(place: int, diagnosis: str | None = "normal", by: int = 0) -> Boxes:
    """A disc's boxes in one of several places that are far apart."""
    box = moved(Box(DISC, 100, 60 * place + 10, 140, 60 * place + 30), by)
    return (box, replace(box, label=diagnosis)) if diagnosis else (box,)


def vertebra(place: int, by: int = 0) -> Boxes:
    return (moved(Box("vertebra", 10, 60 * place + 10, 50, 60 * place + 50), by),)


@st.composite
def reading(draw: st.DrawFn) -> Boxes:
    """One reader's boxes: of every structure drawn or not, graded or not, somewhat moved."""
    boxes: Boxes = ()
    for place in range(draw(st.integers(0, 4))):
        if draw(st.booleans()):
            diagnosis = draw(st.sampled_from((*DIAGNOSES, None)))
            boxes += disc(place, diagnosis, draw(st.integers(-6, 6)))
        if draw(st.booleans()):
            boxes += vertebra(place, draw(st.integers(-6, 6)))
    return boxes


@st.composite
def decision(draw: st.DrawFn, opinions: tuple[Opinion, ...]) -> Boxes:
    """A senior's boxes: the shown ones kept, moved, graded anew or deleted, and some drawn."""
    boxes: Boxes = ()
    for item in opinions:
        box = replace(item.box, label=item.box.label.partition(" (")[0])
        if draw(st.booleans()):
            box = moved(box, draw(st.sampled_from((0, 0, 1, 5))))
            regraded = box.label in DIAGNOSES and draw(st.booleans())
            boxes += (replace(box, label=draw(st.sampled_from(DIAGNOSES))) if regraded else box,)
    return boxes + draw(st.sampled_from(((), disc(6, "bulge"), vertebra(6))))


def opinions_as_set(opinions: Iterable[Opinion]) -> set[object]:
    return {
        (frozenset(item.readers), item.structure, frozenset(item.originals), item.iou) for item in opinions
    }


def originals_in(decisions: Iterable[Decision]) -> Counter[tuple[str, Box]]:
    return Counter((one.reader, one.box) for item in decisions for one in item.originals)


def drawn(first: Boxes, second: Boxes) -> Counter[tuple[str, Box]]:
    return Counter([("anna", box) for box in first] + [("ben", box) for box in second])


def kept(decisions: Iterable[Decision]) -> Counter[Box]:
    return Counter(item.box for item in decisions if item.kept)


@given(reading())
def test_identical_annotations_give_the_same_boxes(boxes: Boxes) -> None:
    opinions = merge("anna", boxes, "ben", boxes)
    assert all(item.agreed for item in opinions)
    assert kept(settled(opinions, "agreed")) == Counter(boxes)


@given(reading(), reading())
def test_merging_is_symmetric_in_the_readers(first: Boxes, second: Boxes) -> None:
    assert opinions_as_set(merge("anna", first, "ben", second)) == opinions_as_set(
        merge("ben", second, "anna", first)
    )


@given(reading(), reading(), st.data())
def test_every_original_box_is_accounted_for_once(first: Boxes, second: Boxes, data: st.DataObject) -> None:
    opinions = merge("anna", first, "ben", second)
    final = data.draw(decision(opinions))
    assert originals_in(unsettled(opinions)) == drawn(first, second)
    assert originals_in(decide(opinions, final, "senior")) == drawn(first, second)
    assert originals_in(settled(opinions_of("anna", first), "single")) == drawn(first, ())


@given(reading(), reading(), st.data())
def test_the_consensus_is_what_the_senior_saved(first: Boxes, second: Boxes, data: st.DataObject) -> None:
    opinions = merge("anna", first, "ben", second)
    final = data.draw(decision(opinions))
    found = kept(decide(opinions, final, "senior"))
    added = found - Counter(final)
    assert not Counter(final) - found
    assert {box.label for box in added} <= {DISC}
    if any(box.label == DISC for box in (*first, *second)):
        discs = [box.edges for box in found if box.label == DISC]
        for box in final:
            if box.label in DIAGNOSES:
                assert pairwise_iou([box.edges], discs).max() > SAME_OBJECT_IOU


@given(reading(), reading())
def test_a_merged_box_lies_between_both_in_whole_pixels(first: Boxes, second: Boxes) -> None:
    for item in merge("anna", first, "ben", second):
        if item.agreed:
            for place, edge in enumerate(item.structure.edges):
                edges = [one.box.edges[place] for one in item.originals]
                assert min(edges) <= edge <= max(edges) and edge == int(edge)


def how_of(decisions: Iterable[Decision]) -> set[tuple[str, str, tuple[str, ...], str | None]]:
    return {(item.box.label, item.how, item.drawn_by, item.decided_by) for item in decisions}


def test_the_mean_of_both_boxes_is_the_merged_one() -> None:
    [item] = merge("anna", disc(0), "ben", disc(0, by=1))
    assert item.structure.boxes == disc(0, by=1)  # a half is rounded up


def test_readers_who_differ_are_shown_by_name_and_a_disc_by_its_diagnosis() -> None:
    opinions = merge("anna", (*disc(0), *disc(1, "herniation")), "ben", (*disc(0), *disc(1, "bulge")))
    assert {item.box.label for item in opinions} == {"normal", "herniation (anna)", "bulge (ben)"}
    assert {item.iou for item in opinions} == {1.0}


def test_a_little_overlap_is_no_agreement() -> None:
    opinions = merge("anna", vertebra(0), "ben", vertebra(0, by=6))
    assert {item.box.label for item in opinions} == {"vertebra (anna)", "vertebra (ben)"}


def test_a_disc_boxed_as_disc_by_one_reader_is_so_in_the_consensus() -> None:
    [item] = merge("anna", disc(0), "ben", disc(0)[1:])
    assert [box.label for box in item.structure.boxes] == [DISC, "normal"]


def test_the_chosen_opinion_brings_its_disc_and_the_other_is_dropped() -> None:
    opinions = merge("anna", disc(0, "herniation"), "ben", disc(0, "bulge", by=2))
    decisions = decide(opinions, disc(0, "herniation")[1:], "senior")
    assert kept(decisions) == Counter(disc(0, "herniation"))
    assert how_of(decisions) == {
        (DISC, "chosen", ("anna",), "senior"),
        ("herniation", "chosen", ("anna",), "senior"),
        (DISC, "dropped", ("ben",), "senior"),
        ("bulge", "dropped", ("ben",), "senior"),
    }


def test_a_box_that_is_right_with_neither_is_changed_from_both() -> None:
    opinions = merge("anna", disc(0, "herniation"), "ben", disc(0, "bulge"))
    found = how_of(decide(opinions, disc(0, "normal")[1:], "senior"))
    assert found == {(label, "changed", ("anna", "ben"), "senior") for label in (DISC, "normal")}


def test_what_nobody_drew_is_the_seniors() -> None:
    decisions = decide(merge("anna", disc(0), "ben", ()), vertebra(0), "senior")
    assert how_of(decisions) == {
        ("vertebra", "drawn", ("senior",), "senior"),
        (DISC, "dropped", ("anna",), "senior"),
        ("normal", "dropped", ("anna",), "senior"),
    }


def test_labelimgs_rounding_changes_nothing_that_was_agreed() -> None:
    at_edge = Box("vertebra", 0, 0, 40, 40)
    opinions = merge("anna", [at_edge], "ben", [at_edge])
    [decision] = decide(opinions, [replace(at_edge, xmin=1, ymin=1)], "senior")
    assert (decision.how, decision.decided_by, decision.drawn_by) == ("agreed", None, ("anna", "ben"))
