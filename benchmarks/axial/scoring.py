"""How right the four stages were: results of studies against what is right of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotation.boxes import pairwise_iou
from annotation.labels import DIAGNOSES
from axial.findings import Finding
from axial.levels import LevelRules, level_of_slice
from axial.result import SliceResult, StudyResult
from benchmarks.axial.reference import StudyReference
from benchmarks.bootstrap import Interval, percentile_interval
from data.phantom.landmarks import DiscLandmarks
from imaging.geometry import SliceGeometry
from stats.intervals import cluster_draws, cluster_numbers

_RESAMPLES = 2000
_SAME_VERTEBRA_IOU = 0.5
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval over patients, and of how many."""

    share: float
    low: float
    high: float
    of: int


@dataclass(frozen=True)
class Figure:
    """One figure of a stage; ``published``: the paper's own, on other data, where there is one."""

    stage: int
    name: str
    value: Share
    published: float | None = None


@dataclass(frozen=True)
class ReadStudy:
    """A result beside what is right, and the places of its axial slices by name or instance."""

    result: StudyResult
    reference: StudyReference
    places: dict[str, SliceGeometry]


@dataclass(frozen=True)
class Answers:
    """Questions that were answered, one row each: whose patient, what is right and what was said, as
    numbers of classes (-1: nothing was said), and the group, such as a level, that a row belongs to."""

    patients: tuple[str, ...]
    right: NDArray[np.int64]
    said: NDArray[np.int64]
    groups: tuple[str, ...]

    def of_group(self, group: str) -> "Answers":
        keep = [index for index, name in enumerate(self.groups) if name == group]
        return Answers(
            tuple(self.patients[index] for index in keep),
            self.right[keep],
            self.said[keep],
            (group,) * len(keep),
        )

    def accuracy(self) -> Share:
        """The share that is right."""
        return share_of(self.patients, lambda weights: weighted_mean(weights, self.right == self.said))

    def recall(self, label: int) -> Share:
        """Of a class's rows, the share that is right."""
        share = share_of(self.patients, lambda weights: self.weighted_recall(weights, label))
        return replace(share, of=int((self.right == label).sum()))

    def balanced_accuracy(self) -> Share:
        """The mean recall of the classes that there are (Brodersen et al., ICPR 2010)."""
        return share_of(self.patients, self.mean_recall)

    def weighted_recall(self, weights: Floats, label: int) -> Floats:
        """(…, rows) weights -> a class's recall."""
        own = self.right == label
        return weighted_mean(weights[..., own], self.said[own] == label)

    def mean_recall(self, weights: Floats) -> Floats:
        """(…, rows) weights -> the balanced accuracy."""
        recalls = [self.weighted_recall(weights, label) for label in np.unique(self.right).tolist()]
        return np.mean(recalls, axis=0)

    def confusion(self, classes: int) -> NDArray[np.int64]:
        """(right, said) counts, of the rows in which something was said."""
        counts = np.zeros((classes, classes), np.int64)
        answered = self.said >= 0
        np.add.at(counts, (self.right[answered], self.said[answered]), 1)
        return counts


def answers(rows: Iterable[tuple[str, int, int, str]]) -> Answers:
    """From (patient, right, said, group)."""
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return Answers(
        tuple(columns[0]), np.array(columns[1], np.int64), np.array(columns[2], np.int64), tuple(columns[3])
    )


def right_vertebrae(study: ReadStudy) -> bool:
    """Whether every vertebra in view was found and named right, and nothing else was.

    Those that the picture's edge cuts, or that the slice only grazes, may be found or not.
    """
    found = {item.name for item in study.result.vertebrae if item.edges is not None}
    cut = {item.name for item in study.result.vertebrae if item.cut}
    right = study.reference.vertebrae.keys()
    return found - right <= cut | study.reference.partly and _rightly_named(study) == right


@dataclass(frozen=True)
class ComparedDisc:
    """A disc of a phantom beside what was found of it, and whose it is."""

    patient: str
    truth: DiscLandmarks
    found: Finding


def compared_discs(studies: Sequence[ReadStudy]) -> list[ComparedDisc]:
    """The discs between whole vertebrae that were found under their level."""
    return [
        ComparedDisc(study.reference.patient, truth, found)
        for study in studies
        for truth, found in visible_discs(study)
        if found is not None
    ]


def visible_discs(study: ReadStudy) -> list[tuple[DiscLandmarks, Finding | None]]:
    """Of a phantom each disc that the mid-sagittal picture shows between two whole vertebrae, and what was
    found there; None where nothing was found, or a vertebra got no name or a wrong one."""
    findings = {finding.level: finding for finding in study.result.findings}
    named = _rightly_named(study)
    return [
        (disc, findings.get(level) if named.issuperset(level.split("-")) else None)
        for level, disc in study.reference.discs.items()
        if study.reference.vertebrae.keys() >= set(level.split("-"))
    ]


def _rightly_named(study: ReadStudy) -> set[str]:
    """Names of the vertebrae in view that were found where they are."""
    found = {item.name: item.edges for item in study.result.vertebrae if item.edges is not None}
    return {
        name
        for name, edges in study.reference.vertebrae.items()
        if name in found and pairwise_iou(found[name], edges)[0, 0] >= _SAME_VERTEBRA_IOU
    }


def numbering_answers(studies: Sequence[ReadStudy]) -> Answers:
    """Each study in the group "doubtful" or "ordinary": right is 1 where it should be flagged, said
    where it was."""
    return answers(
        (
            study.reference.patient,
            int(bool(study.reference.doubtful)),
            int(bool(study.result.doubts)),
            "doubtful" if study.reference.doubtful else "ordinary",
        )
        for study in studies
    )


def vertebra_answers(studies: Sequence[ReadStudy]) -> Answers:
    """Each study that was not flagged: said is 1 where every vertebra is right."""
    return answers(
        (study.reference.patient, 1, int(right_vertebrae(study)), "studies")
        for study in studies
        if not study.result.doubts
    )


def level_answers(studies: Sequence[ReadStudy], true_centres: bool = False) -> Answers:
    """Each axial slice that shows a disc, in the group of its level: said is 1 where the level is right.

    ``true_centres``: stage 2 alone, given the right vertebral centres.
    """
    rows = []
    for study in studies:
        said = {slice_key(item, study): item.level for item in study.result.slices}
        for name, disc in study.reference.slices.items():
            if disc is not None and disc.level is not None:
                level = said.get(name)
                if true_centres:
                    level = level_of_slice(study.places[name], study.reference.centres, LevelRules()).level
                rows.append((study.reference.patient, 1, int(level == disc.level), disc.level))
    return answers(rows)


def presence_answers(studies: Sequence[ReadStudy]) -> Answers:
    """Each axial slice: right is 1 where it shows a disc, said where one was found."""
    return answers(
        (
            study.reference.patient,
            int(study.reference.slices.get(slice_key(item, study)) is not None),
            int(item.edges is not None),
            "slices",
        )
        for study in studies
        for item in study.result.slices
    )


def slice_state_answers(studies: Sequence[ReadStudy]) -> Answers:
    """Each axial slice that shows a disc, in the group of its level: the state that it shows, and what
    was said of it by all stages together."""
    rows = []
    for study in studies:
        said = {slice_key(item, study): item.verdict for item in study.result.slices}
        for name, disc in study.reference.slices.items():
            if disc is not None and disc.level is not None:
                row = (study.reference.patient, _number(disc.state), _number(said.get(name)), disc.level)
                rows.append(row)
    return answers(rows)


def disc_state_answers(studies: Sequence[ReadStudy], of_object: bool = False) -> Answers:
    """Each disc that an axial slice shows, in the group of its level: what the axial side says of it.

    ``of_object``: right is the state that a phantom's disc really has, not the most severe one that its
    slices show.
    """
    rows = []
    for study in studies:
        reference = study.reference
        said = {level: opinion.verdict for level, opinion in study.result.opinions("axial").items()}
        for level, state in reference.states.items():
            right = reference.object_states[level] if of_object else state
            rows.append((reference.patient, _number(right), _number(said.get(level)), level))
    return answers(rows)


def slice_key(item: SliceResult, study: ReadStudy) -> str:
    """What the reference calls a slice: its instance, or its picture where there is none."""
    return item.instance if item.instance in study.places else item.picture


def _number(state: str | None) -> int:
    return -1 if state is None else DIAGNOSES.index(state)


def weighted_mean(weights: Floats, values: ArrayLike) -> Floats:
    """(…, rows) weights and (rows,) values -> (…,) means; NaN where there is no weight."""
    total = weights.sum(axis=-1)
    added = weights @ np.asarray(values, np.float64)
    return np.divide(added, total, out=np.full_like(total, np.nan), where=total > 0)


def over_patients(patients: Sequence[str], measure: Callable[[Floats], Floats]) -> Interval:
    """A measure of weighted rows, with its interval by bootstrap over patients. ``patients``: whose each row
    is; ``measure``: (…, rows) weights -> (…,)."""
    if not patients:
        return Interval(np.nan, np.nan, np.nan)
    numbers = cluster_numbers(patients)
    draws = cluster_draws(int(numbers.max()) + 1, _RESAMPLES, seed=0)
    return percentile_interval(measure(np.ones((1, len(patients))))[0], measure(draws[:, numbers]))


def share_of(patients: Sequence[str], measure: Callable[[Floats], Floats]) -> Share:
    """The same for a share."""
    found = over_patients(patients, measure)
    return Share(found.estimate, found.low, found.high, len(patients))
