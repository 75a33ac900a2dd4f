"""The figures of an axial benchmark, as ``results.json`` holds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.labels import DIAGNOSES
from benchmarks.axial.reference import StudyReference
from benchmarks.axial.scoring import (
    Answers,
    ReadStudy,
    Share,
    disc_state_answers,
    level_answers,
    numbering_answers,
    presence_answers,
    slice_state_answers,
    vertebra_answers,
)
from benchmarks.axial.training import LEVELS
from benchmarks.bootstrap import draw_patients, resampled_ap
from benchmarks.published import PUBLISHED_AXIAL
from benchmarks.scoring import ScoredImage, match
from detectors.detections import Detections

_RESAMPLES = 1000
_SEED = 0


@dataclass(frozen=True)
class Figure:
    """One figure of a stage; ``published``: the paper's own, on other data, where there is one."""

    stage: int
    name: str
    value: Share
    published: float | None = None


@dataclass(frozen=True)
class StateFigures:
    """What was said of the discs, or of the slices, of one level (or of "all")."""

    level: str
    accuracy: Share
    balanced_accuracy: Share
    recalls: tuple[Share, ...]
    confusion: tuple[tuple[int, ...], ...]
    published: float | None = None


@dataclass(frozen=True)
class AxialResults:
    """``discs`` and ``slices``: stage 4 after all the others, on discs by their slices and on single
    slices; ``object_discs``: against what a phantom's discs really are, empty for others. ``seconds``:
    the mean a study, by stage. Classes are ``annotation.labels.DIAGNOSES``."""

    title: str
    studies: int
    patients: int
    flagged: int
    figures: tuple[Figure, ...]
    slices: tuple[StateFigures, ...]
    discs: tuple[StateFigures, ...]
    object_discs: tuple[StateFigures, ...]
    seconds: tuple[tuple[str, float], ...]
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
    objects = any(study.reference.object_states for study in studies)
    return AxialResults(
        title=title,
        studies=len(studies),
        patients=len({study.reference.patient for study in studies}),
        flagged=sum(bool(study.result.doubts) for study in studies),
        figures=_figures(studies, disc_boxes, found_discs),
        slices=_states(slice_state_answers(studies), published=True),
        discs=_states(disc_state_answers(studies)),
        object_discs=_states(disc_state_answers(studies, of_object=True)) if objects else (),
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
            "studies not flagged: every visible vertebra right",
            vertebra_answers(studies).accuracy(),
            PUBLISHED_AXIAL.vertebrae,
        ),
        Figure(1, "transitional or cut-off: flagged", doubtful.recall(1)),
        Figure(1, "ordinary: flagged", _complement(ordinary.recall(0))),
        Figure(2, "level of slices with a disc, given true centres", _levels(studies, true_centres=True)),
        Figure(2, "level of slices with a disc, after stage 1", _levels(studies), PUBLISHED_AXIAL.levels),
        Figure(3, "disc region, AP50", _average_precision(disc_boxes, found), PUBLISHED_AXIAL.disc_map),
        Figure(3, "slices with a disc: one was found", presence.recall(1)),
        Figure(3, "slices through no disc: none was found", presence.recall(0)),
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
    groups = [level for level in LEVELS if level in answers.groups]
    rows = [_state_figures(level, answers.of_group(level), published) for level in groups]
    return (*rows, _state_figures("all", answers, published))


def _state_figures(level: str, answers: Answers, published: bool) -> StateFigures:
    return StateFigures(
        level,
        answers.accuracy(),
        answers.balanced_accuracy(),
        tuple(answers.recall(label) for label in range(len(DIAGNOSES))),
        tuple(map(tuple, answers.confusion(len(DIAGNOSES)).tolist())),
        PUBLISHED_AXIAL.accuracy.get(level) if published else None,
    )


def _seconds(studies: Sequence[ReadStudy]) -> tuple[tuple[str, float], ...]:
    names = [stage.name for stage in studies[0].result.stages]
    return tuple(
        (name, round(float(np.mean([study.result.stages[index].seconds for study in studies])), 4))
        for index, name in enumerate(names)
    )


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
