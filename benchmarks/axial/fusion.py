"""Whether the sagittal and the axial pictures together judge a phantom's discs better than either alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.labels import DIAGNOSES
from axial.findings import Finding
from axial.reading import STAGES
from benchmarks.axial.scoring import (
    Answers,
    ComparedDisc,
    Figure,
    Floats,
    ReadStudy,
    answers,
    compared_discs,
    over_patients,
    weighted_mean,
)
from benchmarks.bootstrap import Interval

_STAGE = STAGES.index("sagittal discs") + 1
BOTH = "both"


@dataclass(frozen=True)
class VerdictFigures:
    """How right verdicts are, in the classes of DIAGNOSES, or the paired difference of two sides'. ``brier``:
    of their probabilities (``stats.calibration.brier_score``)."""

    name: str
    balanced_accuracy: Interval
    recalls: tuple[Interval, ...]
    brier: Interval


@dataclass(frozen=True)
class FusionFigures:
    """Of the discs of which both sides say something; right is what the disc is. ``counts``: how many there
    are of each class; ``differences``: both together less each side alone."""

    counts: tuple[int, ...]
    sides: tuple[VerdictFigures, ...]
    differences: tuple[VerdictFigures, ...]


@dataclass(frozen=True)
class _Judge:
    """What one side, or both, says of the same discs: verdicts beside the truth, and for each disc the
    squared error of its probabilities, summed over the classes."""

    name: str
    verdicts: Answers
    errors: Floats

    def scores(self, weights: Floats) -> Floats:
        """(…, discs) weights -> (5, …): balanced accuracy, each class's recall, Brier score."""
        recalls = [self.verdicts.weighted_recall(weights, label) for label in range(len(DIAGNOSES))]
        return np.stack([self.verdicts.mean_recall(weights), *recalls, weighted_mean(weights, self.errors)])


def fusion_figures(studies: Sequence[ReadStudy]) -> FusionFigures | None:
    """None where no disc of a phantom was judged by both sides."""
    discs = _judged_twice(studies)
    if not discs:
        return None
    patients = [disc.patient for disc in discs]
    sagittal, axial, both = (_judge(name, discs) for name in ("sagittal", "axial", BOTH))
    return FusionFigures(
        tuple(np.bincount(both.verdicts.right, minlength=len(DIAGNOSES)).tolist()),
        tuple(_figures(judge.name, patients, judge.scores) for judge in (sagittal, axial, both)),
        tuple(_difference(both, alone, patients) for alone in (axial, sagittal)),
    )


def disagreement_figures(studies: Sequence[ReadStudy]) -> tuple[Figure, ...]:
    """How often the sides disagree, and how often both together are right then, and otherwise."""
    discs = _judged_twice(studies)
    if not discs:
        return ()
    disagree = answers((disc.patient, 1, int(disc.found.disagreement), "") for disc in discs)
    right = answers(
        (
            disc.patient,
            DIAGNOSES.index(disc.truth.state),
            DIAGNOSES.index(str(disc.found.verdict)),
            "disagree" if disc.found.disagreement else "agree",
        )
        for disc in discs
    )
    named = {
        "Discs that both sides judge: they disagree": disagree.accuracy(),
        "Both together, where the sides disagree: accuracy": right.of_group("disagree").accuracy(),
        "Both together, where the sides agree: accuracy": right.of_group("agree").accuracy(),
    }
    return tuple(Figure(_STAGE, name, share) for name, share in named.items())


def _judged_twice(studies: Sequence[ReadStudy]) -> list[ComparedDisc]:
    return [disc for disc in compared_discs(studies) if len(disc.found.opinions) == 2]


def _judge(name: str, discs: Sequence[ComparedDisc]) -> _Judge:
    said = [_said(name, disc.found) for disc in discs]
    right = [DIAGNOSES.index(disc.truth.state) for disc in discs]
    verdicts = answers(
        (disc.patient, label, DIAGNOSES.index(verdict), disc.truth.name)
        for disc, label, (verdict, _) in zip(discs, right, said, strict=True)
    )
    probabilities = np.array([[shares[state] for state in DIAGNOSES] for _, shares in said])
    return _Judge(name, verdicts, ((probabilities - np.eye(len(DIAGNOSES))[right]) ** 2).sum(axis=1))


def _said(name: str, finding: Finding) -> tuple[str, dict[str, float]]:
    """The verdict of a side, or of both, and its probabilities."""
    if name == BOTH:
        return str(finding.verdict), finding.probabilities
    (opinion,) = (item for item in finding.opinions if item.side == name)
    return opinion.verdict, opinion.probabilities


def _difference(both: _Judge, alone: _Judge, patients: Sequence[str]) -> VerdictFigures:
    """Paired: on the same draws of patients."""
    return _figures(
        f"{both.name} − {alone.name}", patients, lambda weights: both.scores(weights) - alone.scores(weights)
    )


def _figures(name: str, patients: Sequence[str], scores: Callable[[Floats], Floats]) -> VerdictFigures:
    balanced, *recalls, brier = (
        over_patients(patients, lambda weights, place=place: scores(weights)[place])  # type: ignore[misc]
        for place in range(len(DIAGNOSES) + 2)
    )
    return VerdictFigures(name, balanced, tuple(recalls), brier)
