"""What is right of a study, from its annotations or from the phantom's truth."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.boxes import Box
from annotation.labels import DIAGNOSES
from axial.chain import SACRUM, Numbering, number_vertebrae
from axial.levels import level_of_slice
from axial.vertebrae import bodies
from data.cohort_studies import CohortSlice, CohortStudy
from data.phantom.landmarks import DiscLandmarks
from data.phantom.ranges import NUMBERINGS
from data.phantom.truth import SeenDisc, SliceTruth, StudyTruth
from detectors.detections import Detections
from imaging.coordinates import Point
from imaging.study import SeriesKind

Edges = tuple[float, float, float, float]
_ORDINARY = NUMBERINGS[0].name


@dataclass(frozen=True)
class DiscOnSlice:
    """A disc that an axial slice shows: its level (None where that is not known), its state as far as the
    slice shows it, and its box in pixels."""

    level: str | None
    state: str
    edges: Edges


@dataclass(frozen=True)
class StudyReference:
    """What is right of a study.

    ``vertebrae``: box of each named vertebra that the mid-sagittal picture shows, from the lowest upwards;
    ``partly``: names of those that show only in part, which may be found or not; ``centres``: of all, in
    patient mm. ``doubtful``: why its numbering should be flagged, "" where it should not. ``slices``: of
    each axial picture, by its name or instance, the disc that it shows; None where it shows none.
    ``states``: of each disc by level, as the slices show it (the most severe). ``discs``: of a phantom, each
    disc by level as it really is; empty for annotations.
    """

    study: str
    patient: str
    vertebrae: Mapping[str, Edges]
    partly: frozenset[str]
    centres: Mapping[str, Point]
    doubtful: str
    slices: Mapping[str, DiscOnSlice | None]
    states: Mapping[str, str]
    discs: Mapping[str, DiscLandmarks]

    @property
    def object_states(self) -> dict[str, str]:
        """Of a phantom, the state that each disc really has."""
        return {level: disc.state for level, disc in self.discs.items()}


def reference_of_phantom(study: str, truth: StudyTruth, sagittal: str) -> StudyReference:
    """The truth of a phantom study; ``sagittal``: instance of the mid-sagittal slice."""
    middle = next(item for item in truth.slices if item.instance == sagittal)
    partly = _shown_in_part(truth, middle)
    slices = {
        item.instance: _disc_of_truth(item) for item in truth.slices if item.kind is SeriesKind.AXIAL_T2
    }
    return StudyReference(
        study=study,
        patient=truth.patient,
        vertebrae={body.name: body.edges for body in middle.vertebrae if body.name not in partly},
        partly=partly,
        centres={body.name: body.centre for body in truth.vertebrae},
        doubtful=_why_doubtful(truth, middle),
        slices=slices,
        states=_most_severe(slices),
        discs={disc.name: disc for disc in truth.discs},
    )


def reference_of_annotations(study: CohortStudy) -> StudyReference:
    """What annotators have drawn: vertebrae and names on the mid-sagittal picture, discs and states on
    axial ones. The level of a slice follows from the annotated centres, as in stage 2."""
    numbering = annotated_numbering(study)
    vertebrae = {
        item.name: item.candidate
        for item in (numbering.vertebrae if numbering else ())
        if item.name is not None and item.candidate is not None
    }
    centres = numbering.centres if numbering else {}
    slices = {item.image.name: _annotated_disc(item, centres) for item in study.axial}
    return StudyReference(
        study=study.study,
        patient=study.patient,
        vertebrae={name: body.edges for name, body in vertebrae.items() if not body.cut},
        partly=frozenset(name for name, body in vertebrae.items() if body.cut),
        centres={name: body.centre for name, body in vertebrae.items()},
        doubtful="; ".join(numbering.doubts) if numbering else "no sagittal picture",
        slices=slices,
        states=_most_severe(slices),
        discs={},
    )


def _shown_in_part(truth: StudyTruth, middle: SliceTruth) -> frozenset[str]:
    """Bodies that the picture's edge cuts, or of which the slice shows less than half of the height."""
    heights = {
        body.name: math.dist(body.anterior_superior, body.anterior_inferior) for body in truth.vertebrae
    }
    return frozenset(
        body.name
        for body in middle.vertebrae
        if body.truncated
        or (body.edges[3] - body.edges[1]) * middle.geometry.spacing[0] < heights[body.name] / 2
    )


def _disc_of_truth(item: SliceTruth) -> DiscOnSlice | None:
    """The disc whose level the slice has; of an oblique slice through two discs the nearer one."""
    shown = {disc.level: disc for disc in item.discs}
    disc: SeenDisc | None = shown.get(item.level or "")
    return None if disc is None else DiscOnSlice(disc.level, disc.label, disc.edges)


def _why_doubtful(truth: StudyTruth, middle: SliceTruth) -> str:
    if truth.numbering != _ORDINARY:
        return truth.numbering
    whole = {body.name for body in middle.vertebrae if not body.truncated}
    if SACRUM not in {body.name for body in middle.vertebrae}:
        return "S1 out of view"
    if not whole.issuperset(name for name in (body.name for body in truth.vertebrae) if name.startswith("L")):
        return "lumbar vertebrae out of view"
    return ""


def _most_severe(slices: Mapping[str, DiscOnSlice | None]) -> dict[str, str]:
    states: dict[str, str] = {}
    for disc in slices.values():
        if disc is not None and disc.level is not None:
            known = states.get(disc.level, DIAGNOSES[0])
            states[disc.level] = max(known, disc.state, key=DIAGNOSES.index)
    return states


def annotated_numbering(study: CohortStudy) -> Numbering | None:
    """The chain of the bodies that were annotated on the mid-sagittal picture; None where there is none."""
    middle = study.middle
    if middle is None:
        return None
    return number_vertebrae(bodies(*annotated_detections(middle), middle.geometry))


def annotated_detections(item: CohortSlice) -> tuple[Detections, Sequence[str]]:
    """The annotated boxes of a picture as from a detector that is sure of each, and its classes."""
    classes, boxes = sorted(item.image.annotated), item.image.boxes
    sure = Detections(
        np.array([box.edges for box in boxes], np.float32).reshape(-1, 4),
        np.ones(len(boxes), np.float32),
        np.array([classes.index(box.label) for box in boxes], np.int64),
    )
    return sure, classes


def _annotated_disc(item: CohortSlice, centres: Mapping[str, Point | None]) -> DiscOnSlice | None:
    """The largest disc with a diagnosis on an axial picture."""
    discs = [box for box in item.image.boxes if box.label in DIAGNOSES]
    if not discs:
        return None
    largest: Box = max(discs, key=lambda box: box.width * box.height)
    return DiscOnSlice(level_of_slice(item.geometry, centres).level, largest.label, largest.edges)
