"""How right the four stages were: results of studies against what is right of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.boxes import pairwise_iou
from annotation.labels import DIAGNOSES
from axial.levels import LevelRules, level_of_slice
from axial.result import SliceResult, StudyResult
from benchmarks.axial.reference import StudyReference
from imaging.geometry import SliceGeometry
from stats.intervals import cluster_draws, cluster_numbers, percentile_interval

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
        return _share(self.patients, lambda weights: _mean(weights, self.right == self.said))

    def recall(self, label: int) -> Share:
        """Of a class's rows, the share that is right."""
        own = self.right == label
        share = _share(self.patients, lambda weights: _mean(weights * own, self.said == label))
        return Share(share.share, share.low, share.high, int(own.sum()))

    def balanced_accuracy(self) -> Share:
        """The mean recall of the classes that there are (Brodersen et al., ICPR 2010)."""
        present = np.unique(self.right)

        def mean_recall(weights: Floats) -> Floats:
            recalls = [_mean(weights * (self.right == label), self.said == label) for label in present]
            return np.mean(recalls, axis=0)

        return _share(self.patients, mean_recall)

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
    found = {item.name: item.edges for item in study.result.vertebrae if item.edges is not None}
    cut = {item.name for item in study.result.vertebrae if item.cut}
    right = study.reference.vertebrae
    return found.keys() - right.keys() <= cut | study.reference.partly and all(
        name in found and pairwise_iou(found[name], edges)[0, 0] >= _SAME_VERTEBRA_IOU
        for name, edges in right.items()
    )


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
    """Each disc that an axial slice shows, in the group of its level.

    ``of_object``: right is the state that a phantom's disc really has, not the most severe one that its
    slices show.
    """
    rows = []
    for study in studies:
        reference = study.reference
        said = {disc.level: disc.verdict for disc in study.result.discs}
        for level, state in reference.states.items():
            right = reference.object_states[level] if of_object else state
            rows.append((reference.patient, _number(right), _number(said.get(level)), level))
    return answers(rows)


def slice_key(item: SliceResult, study: ReadStudy) -> str:
    """What the reference calls a slice: its instance, or its picture where there is none."""
    return item.instance if item.instance in study.places else item.picture


def _number(state: str | None) -> int:
    return -1 if state is None else DIAGNOSES.index(state)


def _mean(weights: Floats, hit: NDArray[np.bool_]) -> Floats:
    """(…, rows) weights -> the weighted share of hits; NaN where there are no rows."""
    total = weights.sum(axis=-1)
    return np.divide((weights * hit).sum(axis=-1), total, out=np.full_like(total, np.nan), where=total > 0)


def _share(patients: Sequence[str], measure: Callable[[Floats], Floats]) -> Share:
    """A measure of weighted rows, with its interval by bootstrap over patients."""
    if not patients:
        return Share(np.nan, np.nan, np.nan, 0)
    numbers = cluster_numbers(patients)
    draws = cluster_draws(int(numbers.max()) + 1, _RESAMPLES, seed=0)
    interval = percentile_interval(measure(draws[:, numbers]))
    estimate = measure(np.ones((1, len(patients))))[0]
    return Share(float(estimate), interval.low, interval.high, len(patients))
