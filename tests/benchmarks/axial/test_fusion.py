"""Each side alone against both together, on discs whose verdicts are made by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hand_made import disc, finding, opinion, study
from sklearn.metrics import balanced_accuracy_score

from annotation.labels import DIAGNOSES
from axial.findings import Finding
from benchmarks.axial.fusion import FusionFigures, disagreement_figures, fusion_figures
from benchmarks.axial.scoring import ReadStudy, Share
from data.phantom.disease import State
from stats.calibration import brier_score

LEVELS = ("L5-S1", "L4-L5", "L3-L4")


def judged(level: str, sagittal: str, axial: str, both: str) -> Finding:
    """A disc that both sides judge, each with a probability of its own."""
    one, other, together = (
        opinion("sagittal", sagittal, 0.6),
        opinion("axial", axial, 0.8),
        opinion("axial", both, 0.9),
    )
    return Finding(level, level, both, together.probabilities, (one, other), sagittal != axial, 0.9)


def read(*discs: tuple[State, str, str, str], patient: str = "p") -> ReadStudy:
    """A study of up to three discs: (truth, sagittal, axial, both)."""
    named = list(zip(LEVELS, discs, strict=False))
    return study(
        patient=patient,
        discs={level: disc(level, truth) for level, (truth, *_) in named},
        findings=[judged(level, *said) for level, (_, *said) in named],
    )


def figures(*studies: ReadStudy) -> FusionFigures:
    found = fusion_figures(studies)
    assert found is not None
    return found


def share(studies: list[ReadStudy], name: str) -> Share:
    (value,) = (item.value for item in disagreement_figures(studies) if name in item.name)
    return value


def test_worked_figures_of_three_discs() -> None:
    found = figures(
        read(
            ("normal", "normal", "bulge", "normal"),
            ("bulge", "normal", "bulge", "bulge"),
            ("herniation", "herniation", "bulge", "herniation"),
        )
    )
    assert found.counts == (1, 1, 1)
    assert [side.name for side in found.sides] == ["sagittal", "axial", "both"]
    assert [side.balanced_accuracy.estimate for side in found.sides] == pytest.approx([2 / 3, 1 / 3, 1])
    assert [[recall.estimate for recall in side.recalls] for side in found.sides] == [
        [1, 0, 1],
        [0, 1, 0],
        [1, 1, 1],
    ]
    over_axial, over_sagittal = found.differences
    assert (over_axial.name, over_sagittal.name) == ("both − axial", "both − sagittal")
    assert over_axial.balanced_accuracy.estimate == pytest.approx(2 / 3)
    assert over_sagittal.balanced_accuracy.estimate == pytest.approx(1 / 3)
    assert over_sagittal.recalls[1].estimate == 1


def random_studies(seed: int, of_both: float = 0.9) -> list[ReadStudy]:
    random = np.random.default_rng(seed)

    def said(truth: str, right: float) -> str:
        return truth if random.random() < right else DIAGNOSES[int(random.integers(3))]

    states: tuple[State, ...] = ("normal", "bulge", "herniation")
    return [
        read(
            *((truth, said(truth, 0.6), said(truth, 0.6), said(truth, of_both)) for truth in states),
            patient=str(number),
        )
        for number in range(40)
    ]


def test_scores_are_those_of_scikit_learn_and_of_all_probabilities() -> None:
    studies = random_studies(0)
    found = figures(*studies)
    right = [DIAGNOSES.index(disc.state) for item in studies for disc in item.reference.discs.values()]
    every = [finding for item in studies for finding in item.result.findings]
    for place, side in enumerate(found.sides[:2]):
        own = [finding.opinions[place] for finding in every]
        verdicts = [DIAGNOSES.index(item.verdict) for item in own]
        assert side.balanced_accuracy.estimate == pytest.approx(balanced_accuracy_score(right, verdicts))
        probabilities = [[item.probabilities[name] for name in DIAGNOSES] for item in own]
        assert side.brier.estimate == pytest.approx(brier_score(probabilities, right))
    difference = found.sides[2].brier.estimate - found.sides[1].brier.estimate
    assert found.differences[0].brier.estimate == pytest.approx(difference)


def test_a_better_verdict_is_told_apart_and_an_equal_one_is_not() -> None:
    for row in figures(*random_studies(1, of_both=1.0)).differences:
        assert row.balanced_accuracy.low > 0
        assert row.brier.high < 0
    for row in figures(*random_studies(2, of_both=0.6)).differences:
        assert row.balanced_accuracy.low < 0 < row.balanced_accuracy.high


def test_the_same_verdicts_differ_by_nothing() -> None:
    same = figures(*(read(("bulge", "bulge", "bulge", "normal"), patient=name) for name in "abc"))
    first, second = same.differences
    assert first.balanced_accuracy == second.balanced_accuracy
    assert (first.balanced_accuracy.low, first.balanced_accuracy.high) == (-1.0, -1.0)


def test_how_often_the_sides_disagree_and_who_is_right_then() -> None:
    studies = [
        read(
            ("normal", "normal", "bulge", "normal"),
            ("bulge", "normal", "bulge", "normal"),
            ("normal", "normal", "normal", "normal"),
        )
    ]
    assert share(studies, "they disagree").share == pytest.approx(2 / 3)
    assert (share(studies, "where the sides disagree").share, share(studies, "sides disagree").of) == (0.5, 2)
    assert (share(studies, "where the sides agree").share, share(studies, "sides agree").of) == (1.0, 1)


def test_discs_that_one_side_judges_do_not_count() -> None:
    one_sided = study(discs={"L5-S1": disc("L5-S1")}, findings=[finding("L5-S1", "normal")])
    assert fusion_figures([one_sided]) is None
    assert disagreement_figures([one_sided]) == ()
    assert sum(figures(one_sided, read(("normal", "normal", "normal", "normal"))).counts) == 1


def test_annotated_studies_have_no_such_figures() -> None:
    item = read(("normal", "normal", "normal", "normal"))
    annotated = replace(item, reference=replace(item.reference, discs={}))
    assert fusion_figures([annotated]) is None
