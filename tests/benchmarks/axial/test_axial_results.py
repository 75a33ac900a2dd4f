"""All figures of a benchmark together, on studies made by hand."""

import math

import numpy as np
import pytest
from hand_made import BOX, STAGES, Slice, right, study

from benchmarks.axial.results import AxialResults, scored_discs, summarise
from benchmarks.axial.scoring import ReadStudy, Share
from benchmarks.published import PUBLISHED_AXIAL
from detectors.detections import Detections

ELSEWHERE = (60.0, 60.0, 80.0, 80.0)


def found(*boxes: tuple[float, ...], score: float = 0.9) -> Detections:
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.full(len(boxes), score, np.float32),
        np.zeros(len(boxes), np.int64),
    )


def summary(*studies: ReadStudy, detections: dict[str, Detections] | None = None) -> AxialResults:
    """Every slice shows one disc; stage 3 found it unless said otherwise."""
    discs = [
        item
        for read in studies
        for item in scored_discs(
            read.reference, {f"{read.result.study}-{name}": [BOX] for name in read.reference.slices}
        )
    ]
    perfect = {item.image: found(BOX) for item in discs}
    return summarise("made up", studies, discs, perfect if detections is None else detections, [])


def figure(results: AxialResults, name: str) -> Share:
    (value,) = (item.value for item in results.figures if name in item.name.lower())
    return value


def all_right(patient: str) -> ReadStudy:
    states = {"L4-L5": "bulge", "L5-S1": "normal"}
    slices = [right(level, state) for level, state in states.items()]
    return study(*slices, patient=patient, states=states, verdicts=states)


def test_where_all_is_right_every_figure_is_one() -> None:
    results = summary(all_right("a"), all_right("b"))
    assert (results.studies, results.patients, results.flagged) == (2, 2, 0)
    assert results.slices_a_study == 2
    for name in (
        "every visible vertebra right",
        "given true centres",
        "after stage 1",
        "ap50",
        ": one was found",
    ):
        assert figure(results, name).share == 1.0, name
    assert figure(results, "ordinary").share == 0.0
    for rows in (results.slices, results.discs):
        seen = [row for row in rows if row.accuracy.of]
        assert [row.level for row in seen] == ["L4-L5", "L5-S1", "all"]
        assert all(row.accuracy.share == row.balanced_accuracy.share == 1.0 for row in seen)


def test_what_was_not_asked_has_no_figure() -> None:
    results = summary(all_right("a"))
    for name in ("transitional", "none was found"):
        assert math.isnan(figure(results, name).share)
        assert figure(results, name).of == 0
    assert not results.object_discs
    assert math.isnan(results.slices[-1].recalls[2].share)


def test_half_of_the_discs_found_is_half_the_average_precision() -> None:
    results = summary(all_right("a"), detections={"a-1": found(BOX), "a-2": found(ELSEWHERE, score=0.3)})
    precision = figure(results, "ap50")
    assert precision.share == pytest.approx(0.5, abs=0.01)
    assert precision.of == 2


def test_flagged_studies_are_counted_and_their_slices_too() -> None:
    doubtful = study(right("L4-L5", "normal"), patient="b", doubts=("S1 is out of view",))
    results = summary(all_right("a"), doubtful)
    assert (results.flagged, results.studies) == (1, 2)
    assert figure(results, "ordinary").share == 0.5
    assert figure(results, "after stage 1").of == 3


def test_a_phantom_s_discs_count_against_what_they_are_as_well() -> None:
    read = study(
        Slice("L4-L5", "normal", "L4-L5", "normal"),
        states={"L4-L5": "normal"},
        verdicts={"L4-L5": "normal"},
        object_states={"L4-L5": "bulge"},
    )
    results = summary(read)
    assert results.discs[-1].accuracy.share == 1.0
    assert results.object_discs[-1].accuracy.share == 0.0
    assert results.object_discs[-1].confusion == ((0, 0, 0), (1, 0, 0), (0, 0, 0))


def test_published_figures_stand_beside_single_slices_alone() -> None:
    results = summary(all_right("a"))
    published = {row.level: row.published for row in results.slices}
    assert published["L4-L5"] == PUBLISHED_AXIAL.accuracy["L4-L5"]
    assert published["all"] is None
    assert {row.published for row in results.discs} == {None}


def test_seconds_are_the_mean_of_each_stage() -> None:
    results = summary(all_right("a"), all_right("b"))
    assert {item.name: item.seconds for item in results.seconds} == dict.fromkeys(STAGES, 0.1)
