"""Measures of a phantom's discs against figures worked out by hand, or by other packages."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hand_made import body, disc, finding, measure, slip, study
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from axial.findings import Finding, Herniation
from axial.result import StageRun, VertebraResult
from benchmarks.axial.measures import (
    MeasureAgreement,
    measure_agreements,
    measure_figures,
    slip_detection,
)
from benchmarks.axial.scoring import ReadStudy, Share

LEVELS = ("L5-S1", "L4-L5", "L3-L4")
"""Those between the vertebrae of a study made by hand."""


def found(level: str, distance: float = 0.0, height: float = 10.0, grade: int = 0, **more: Any) -> Finding:
    """A measured disc."""
    plain = finding(level, "normal")
    return replace(plain, slip=slip(distance, grade), height=measure(height), **more)


def slipped(distances: Sequence[tuple[float, float]], patient: str = "p") -> ReadStudy:
    """A study whose discs have slipped so many mm (true, measured)."""
    named = list(zip(LEVELS, distances, strict=False))
    return study(
        patient=patient,
        discs={level: disc(level, slip=true) for level, (true, _) in named},
        findings=[found(level, measured) for level, (_, measured) in named],
    )


def agreement(studies: Sequence[ReadStudy], name: str) -> MeasureAgreement:
    (one,) = (item for item in measure_agreements(studies) if item.name == name)
    return one


def figure(studies: Sequence[ReadStudy], name: str) -> Share:
    every = (*measure_figures(studies), *slip_detection(studies))
    (value,) = (item.value for item in every if name in item.name)
    return value


def herniated(found_side: Any, extent: float, **truth: Any) -> ReadStudy:
    """A study with one herniation of 6 mm in the midline, called so."""
    shown = Herniation(measure(extent), "1", (0, 0), (0, 0), found_side, "central")
    return study(
        discs={"L4-L5": replace(disc("L4-L5", "herniation"), **truth)},
        findings=[replace(found("L4-L5"), verdict="herniation", herniation=shown)],
    )


def test_worked_bias_and_limits_of_a_slip() -> None:
    """Differences 0.5, −0.5 and 1.5 mm: mean 0.5, standard deviation 1."""
    slips = agreement([slipped([(0.0, 0.5), (4.0, 3.5), (6.0, 7.5)])], "Slip")
    assert (slips.true, slips.measured) == ((0.0, 4.0, 6.0), (0.5, 3.5, 7.5))
    assert slips.bias.estimate == pytest.approx(0.5)
    assert slips.deviation.estimate == pytest.approx(1.0)
    assert (slips.lower.estimate, slips.upper.estimate) == pytest.approx((0.5 - 1.96, 0.5 + 1.96))
    assert (slips.near.share, slips.near.of) == (pytest.approx(2 / 3), 3)
    assert slips.covered.share == pytest.approx(2 / 3)


def test_heights_are_near_within_a_tenth_of_the_true_one() -> None:
    heights = {"L5-S1": (10.0, 10.9), "L4-L5": (5.0, 5.6), "L3-L4": (8.0, 7.3)}
    read = study(
        discs={level: disc(level, height=true) for level, (true, _) in heights.items()},
        findings=[found(level, height=measured) for level, (_, measured) in heights.items()],
    )
    assert agreement([read], "Disc height").near.share == pytest.approx(2 / 3)
    expected = (0.9 / 10 + 0.6 / 5 + 0.7 / 8) / 3
    assert figure([read], "mean absolute error").share == pytest.approx(expected)


def test_one_disc_has_a_bias_and_no_deviation() -> None:
    slips = agreement([slipped([(1.0, 1.5)])], "Slip")
    assert slips.bias.estimate == pytest.approx(0.5)
    assert math.isnan(slips.deviation.estimate)
    assert math.isnan(slips.upper.estimate)


@settings(max_examples=25)
@given(
    rows=st.lists(
        st.tuples(st.floats(-2, 12), st.floats(-2, 12), st.sampled_from("abcde")), min_size=2, max_size=20
    )
)
def test_limits_are_numpy_s_and_lie_in_their_intervals(rows: list[tuple[float, float, str]]) -> None:
    slips = agreement([slipped([(true, said)], patient) for true, said, patient in rows], "Slip")
    differences = np.array([said - true for true, said, _ in rows])
    deviation = differences.std(ddof=1)
    assert slips.deviation.estimate == pytest.approx(deviation, abs=1e-9)
    assert slips.upper.estimate == pytest.approx(differences.mean() + 1.96 * deviation)
    assert slips.bias.low - 1e-9 <= slips.bias.estimate <= slips.bias.high + 1e-9


def test_slips_count_from_three_mm_forwards() -> None:
    """Four slips of which three are seen; one backwards and one of 2 mm, this one called a slip."""
    read = [
        slipped([(4.0, 4.2), (3.0, 3.0), (9.0, 2.9)], "a"),
        slipped([(5.0, 6.0), (-4.0, -4.1), (2.0, 3.1)], "b"),
    ]
    sensitivity = figure(read, "by their measure: sensitivity")
    assert (sensitivity.share, sensitivity.of) == (0.75, 4)
    specificity = figure(read, "by their measure: specificity")
    assert (specificity.share, specificity.of) == (0.5, 2)


def test_the_detector_s_slips_are_scored_where_it_looked() -> None:
    assert slip_detection([slipped([(4.0, 4.0)])]) == ()
    likely = {"L5-S1": (4.0, 0.9), "L4-L5": (5.0, 0.2), "L3-L4": (0.0, 0.5)}
    read = study(
        discs={level: disc(level, slip=true) for level, (true, _) in likely.items()},
        findings=[found(level, slip_probability=share) for level, (_, share) in likely.items()],
    )
    assert figure([read], "by the detector: sensitivity").share == 0.5
    assert figure([read], "by the detector: specificity").share == 0.0


@settings(max_examples=25)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from("abcde")), min_size=1, max_size=20
    )
)
def test_kappa_of_grades_is_scikit_learn_s(rows: list[tuple[int, int, str]]) -> None:
    read = [
        study(
            patient=patient,
            discs={"L4-L5": disc("L4-L5", meyerding=true)},
            findings=[found("L4-L5", grade=graded)],
        )
        for true, graded, patient in rows
    ]
    kappa = figure(read, "kappa")
    if len({grade for true, graded, _ in rows for grade in (true, graded)}) == 1:
        assert math.isnan(kappa.share)
    else:
        true, graded, _ = zip(*rows, strict=True)
        expected = cohen_kappa_score(true, graded, labels=range(6), weights="quadratic")
        assert kappa.share == pytest.approx(expected, abs=1e-9)


def test_a_herniation_s_extent_is_from_foot_to_summit() -> None:
    extents = agreement([herniated("midline", 6.8)], "Herniation’s extent")
    assert (extents.true, extents.measured) == ((6.0,), (6.8,))
    assert extents.near.share == extents.covered.share == 1.0


@pytest.mark.parametrize(
    ("truth", "said", "right"),
    [
        ("left", "left", 1.0),
        ("right", "left", 0.0),
        ("central", "midline", 1.0),
        ("central", "right", 0.0),
    ],
)
def test_sides_of_herniations(truth: str, said: str, right: float) -> None:
    assert figure([herniated(said, 6.0, side=truth)], "their side").share == right


def test_extents_count_where_there_is_a_herniation_alone() -> None:
    wrongly_called = herniated("left", 6.0, state="bulge")
    without_ends = herniated("midline", 6.0, foot=None, summit=None)
    names = [item.name for item in measure_agreements([wrongly_called, without_ends])]
    assert names == ["Slip", "Disc height"]
    assert figure([wrongly_called, without_ends], "their side").of == 1


def test_every_disc_and_every_measure_is_counted() -> None:
    """Of three discs one was not measured and one has no finding; a nameless disc was measured besides."""
    read = study(
        discs={level: disc(level) for level in LEVELS},
        findings=[found("L5-S1"), finding("L4-L5", "normal"), replace(found("x"), level=None)],
    )
    seen = figure([read], "found under their level and measured")
    assert (seen.share, seen.of) == (pytest.approx(1 / 3), 3)
    comparable = figure([read], "Measured discs")
    assert (comparable.share, comparable.of) == (0.5, 2)


def test_a_disc_under_a_wrong_level_is_not_compared() -> None:
    """Every vertebra is called by its lower neighbour's name."""
    wrong = tuple(
        VertebraResult(name, body(step), None, 0.9) for step, name in enumerate(("S1", "L5", "L4"), start=1)
    )
    read = study(vertebrae=wrong, discs={"L5-S1": disc("L5-S1")}, findings=[found("L5-S1", 8.0)])
    assert measure_agreements([read]) == ()
    assert figure([read], "found under their level and measured").share == 0.0
    assert figure([read], "Measured discs").share == 0.0


def test_a_disc_next_to_a_cut_vertebra_is_not_asked_for() -> None:
    read = study(discs={"L2-L3": disc("L2-L3"), "L3-L4": disc("L3-L4")}, findings=[found("L3-L4")])
    assert figure([read], "found under their level and measured").of == 1


def test_flagged_studies_count_too() -> None:
    read = replace(slipped([(4.0, 4.0)]), result=replace(slipped([(4.0, 4.0)]).result, doubts=("five?",)))
    assert agreement([read], "Slip").near.of == 1


def test_without_a_truth_or_a_model_there_are_no_figures() -> None:
    annotated = study(findings=[found("L5-S1")])
    assert measure_agreements([annotated]) == measure_figures([annotated]) == ()
    read = study(discs={"L5-S1": disc("L5-S1")}, findings=[finding("L5-S1", "normal")])
    runs = [*read.result.stages[:-1], StageRun("measures", False, "there is no model for it")]
    unmeasured = replace(read, result=replace(read.result, stages=tuple(runs)))
    assert measure_agreements([unmeasured]) == measure_figures([unmeasured]) == ()


def test_more_discs_of_the_same_patients_narrow_no_interval() -> None:
    once = [slipped([(0.0, value)], patient) for patient, value in zip("abcd", (0, 1, 2, 4), strict=True)]
    first, tenfold = agreement(once, "Slip").bias, agreement(once * 10, "Slip").bias
    assert (tenfold.low, tenfold.high) == pytest.approx((first.low, first.high))
