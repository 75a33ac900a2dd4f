"""The figures of an axial benchmark, as ``results.json`` holds them."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from annotation.labels import DIAGNOSES
from axial.reading import STAGES
from benchmarks.axial.fusion import FusionFigures, disagreement_figures, fusion_figures
from benchmarks.axial.measures import (
    MeasureAgreement,
    measure_agreements,
    measure_figures,
    slip_detection,
)
from benchmarks.axial.reference import StudyReference
from benchmarks.axial.scoring import (
    Answers,
    Figure,
    ReadStudy,
    Share,
    disc_state_answers,
    level_answers,
    numbering_answers,
    presence_answers,
    slice_key,
    slice_state_answers,
    vertebra_answers,
)
from benchmarks.axial.training import LEVELS
from benchmarks.bootstrap import draw_patients, resampled_ap
from benchmarks.published import PUBLISHED_AXIAL
from benchmarks.results import without_nan
from benchmarks.scoring import ScoredImage, match
from detectors.detections import Detections
from imaging.new_folder import write_whole
from stats.calibration import brier_score, classwise_calibration_error, expected_calibration_error
from stats.intervals import cluster_numbers

_RESAMPLES = 1000
_SEED = 0
ALL_LEVELS = "all"


@dataclass(frozen=True)
class StateFigures:
    """What was said of the discs, or of the slices, of one level (or of ALL_LEVELS).

    ``confusion``: (right, said) counts of those of which something was said; ``unanswered``: of each right
    class how many there are of which nothing was. They count as wrong in the shares.
    """

    level: str
    accuracy: Share
    balanced_accuracy: Share
    recalls: tuple[Share, ...]
    confusion: tuple[tuple[int, ...], ...]
    unanswered: tuple[int, ...]
    published: float | None = None


@dataclass(frozen=True)
class Calibration:
    """Whether stage 4's probabilities mean what they say, on the slices with a disc that it answered.

    ``probabilities``: (slices, classes); ``labels``: the state that each slice shows; ``patients``: whose
    slice it is, numbered from 0. ``expected_error``: of the most probable class; ``classwise_error``: the
    mean of all classes; with ``brier``, NaN where there is no slice (``stats.calibration``).
    """

    probabilities: tuple[tuple[float, ...], ...]
    labels: tuple[int, ...]
    patients: tuple[int, ...]
    expected_error: float
    classwise_error: float
    brier: float


@dataclass(frozen=True)
class StageSeconds:
    """The mean seconds of a stage, NaN where it never ran, and the studies in which it did."""

    name: str
    seconds: float
    studies: int


@dataclass(frozen=True)
class AxialResults:
    """``discs`` and ``slices``: stage 4 after all the others, on discs by their slices and on single
    slices; ``object_discs``: against what a phantom's discs really are, empty for others. ``fusion``: of a
    phantom, where both sides judge its discs; ``measures``: of a phantom, empty where nothing was measured.
    ``flagged``: studies whose numbering is doubtful. Classes are ``annotation.labels.DIAGNOSES``."""

    title: str
    studies: int
    patients: int
    flagged: int
    figures: tuple[Figure, ...]
    slices: tuple[StateFigures, ...]
    discs: tuple[StateFigures, ...]
    object_discs: tuple[StateFigures, ...]
    calibration: Calibration
    fusion: FusionFigures | None
    measures: tuple[MeasureAgreement, ...]
    seconds: tuple[StageSeconds, ...]
    slices_a_study: float
    settings: tuple[tuple[str, str], ...]


def summarise(
    title: str,
    studies: Sequence[ReadStudy],
    disc_boxes: Sequence[ScoredImage],
    found_discs: Mapping[str, Detections],
    settings: Sequence[tuple[str, str]],
) -> AxialResults:
    """All figures of studies that were read. ``disc_boxes`` and ``found_discs``: what is right and what
    stage 3 found at every score, of each axial slice, for its average precision."""
    objects = any(study.reference.discs for study in studies)
    return AxialResults(
        title=title,
        studies=len(studies),
        patients=len({study.reference.patient for study in studies}),
        flagged=sum(bool(study.result.doubts) for study in studies),
        figures=(
            *_figures(studies, disc_boxes, found_discs),
            *disagreement_figures(studies),
            *slip_detection(studies),
            *measure_figures(studies),
        ),
        slices=_states(slice_state_answers(studies), published=True),
        discs=_states(disc_state_answers(studies)),
        object_discs=_states(disc_state_answers(studies, of_object=True)) if objects else (),
        calibration=_calibration(studies),
        fusion=fusion_figures(studies),
        measures=measure_agreements(studies),
        seconds=_seconds(studies),
        slices_a_study=float(np.mean([len(study.result.slices) for study in studies])),
        settings=tuple(settings),
    )


def _figures(
    studies: Sequence[ReadStudy], disc_boxes: Sequence[ScoredImage], found: Mapping[str, Detections]
) -> tuple[Figure, ...]:
    numbering, presence = numbering_answers(studies), presence_answers(studies)
    doubtful, ordinary = (numbering.of_group(group) for group in ("doubtful", "ordinary"))
    return (
        Figure(
            1,
            "Studies not flagged: every visible vertebra right",
            vertebra_answers(studies).accuracy(),
            PUBLISHED_AXIAL.vertebrae,
        ),
        Figure(1, "Transitional or cut-off: flagged", doubtful.recall(1)),
        Figure(1, "Ordinary: flagged", _complement(ordinary.recall(0))),
        Figure(2, "Level of slices with a disc, given true centres", _levels(studies, true_centres=True)),
        Figure(2, "Level of slices with a disc, after stage 1", _levels(studies), PUBLISHED_AXIAL.levels),
        Figure(3, "Disc region, AP50", _average_precision(disc_boxes, found), PUBLISHED_AXIAL.disc_map),
        Figure(3, "Slices with a disc: one was found", presence.recall(1)),
        Figure(3, "Slices through no disc: none was found", presence.recall(0)),
    )


def _levels(studies: Sequence[ReadStudy], true_centres: bool = False) -> Share:
    return level_answers(studies, true_centres).accuracy()


def _complement(share: Share) -> Share:
    return Share(1 - share.share, 1 - share.high, 1 - share.low, share.of)


def _average_precision(truth: Sequence[ScoredImage], found: Mapping[str, Detections]) -> Share:
    table = match(list(truth), dict(found), ("disc",))
    draws = draw_patients([image.patient for image in truth], _RESAMPLES, _SEED)
    interval = resampled_ap([table], draws).of_class(0)
    return Share(interval.estimate, interval.low, interval.high, sum(len(image.boxes) for image in truth))


def _states(answers: Answers, published: bool = False) -> tuple[StateFigures, ...]:
    rows = [_state_figures(level, answers.of_group(level), published) for level in LEVELS]
    return (*rows, _state_figures(ALL_LEVELS, answers, published))


def _state_figures(level: str, answers: Answers, published: bool) -> StateFigures:
    return StateFigures(
        level,
        answers.accuracy(),
        answers.balanced_accuracy(),
        tuple(answers.recall(label) for label in range(len(DIAGNOSES))),
        tuple(map(tuple, answers.confusion(len(DIAGNOSES)).tolist())),
        tuple(np.bincount(answers.right[answers.said < 0], minlength=len(DIAGNOSES)).tolist()),
        PUBLISHED_AXIAL.accuracy.get(level) if published else None,
    )


def _calibration(studies: Sequence[ReadStudy]) -> Calibration:
    rows = [
        (study.reference.patient, tuple(item.probabilities[name] for name in DIAGNOSES), disc.state)
        for study in studies
        for item in study.result.slices
        if item.verdict and (disc := study.reference.slices.get(slice_key(item, study))) and disc.level
    ]
    if not rows:
        return Calibration((), (), (), math.nan, math.nan, math.nan)
    patients, probabilities, states = zip(*rows, strict=True)
    labels = [DIAGNOSES.index(state) for state in states]
    return Calibration(
        probabilities,
        tuple(labels),
        tuple(cluster_numbers(patients).tolist()),
        expected_calibration_error(probabilities, labels),
        classwise_calibration_error(probabilities, labels),
        brier_score(probabilities, labels),
    )


def _seconds(studies: Sequence[ReadStudy]) -> tuple[StageSeconds, ...]:
    stages = []
    for index, name in enumerate(STAGES):
        runs = [run.seconds for study in studies if (run := study.result.stages[index]).ran]
        stages.append(StageSeconds(name, round(float(np.mean(runs)), 4) if runs else math.nan, len(runs)))
    return tuple(stages)


def scored_discs(
    reference: StudyReference, boxes: Mapping[str, Sequence[Sequence[float]]]
) -> list[ScoredImage]:
    """The disc boxes of a study's axial slices (all that a slice shows) to score stage 3 against."""
    return [
        ScoredImage(
            name,
            reference.patient,
            np.array(edges, np.float32).reshape(-1, 4),
            np.zeros(len(edges), np.int64),
            np.ones(1, np.bool_),
            np.zeros(len(edges), np.bool_),
        )
        for name, edges in boxes.items()
    ]


def write_axial_results(results: AxialResults, path: Path) -> None:
    """Write ``results.json``; a number that is not defined is null."""
    text = json.dumps(without_nan(asdict(results)), indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(path, text + "\n")
