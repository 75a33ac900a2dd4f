"""Intervals and paired differences by bootstrap over patients.

Patients are drawn with replacement, as many as there are, each with all its images; every detector
and seed is judged on the same draws. The matches stand; a draw only changes how often each patient's
count. So the intervals say how the scores would vary with other patients for the models as they
were trained: they are conditional on the trained models, and a training on other patients would vary
more. Percentile intervals (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.precision import every_point_ap, mean_ap, ranking, voc_ap
from benchmarks.scoring import MatchTable
from stats import intervals

_CELLS_AT_ONCE = 1_000_000
"""Resamples x detections held in memory together: 8 MB an array, near what a processor keeps at hand."""


@dataclass(frozen=True)
class Interval:
    """An estimate on all patients and the 95 % percentile interval of its resamples."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class ResampledAP:
    """VOC AP of one detector on all patients and in each resample, seeds averaged.

    ``estimate`` (classes,); ``resamples`` (resamples, classes), NaN in a resample whose patients have
    no box of the class.
    """

    classes: tuple[str, ...]
    estimate: NDArray[np.float64]
    resamples: NDArray[np.float64]

    def of_class(self, label: int) -> Interval:
        """A class's AP; resamples without the class are left out."""
        return percentile_interval(self.estimate[label], self.resamples[:, label])

    def mean(self) -> Interval:
        """mAP; in each resample the mean of the classes that it has."""
        return percentile_interval(float(mean_ap(self.estimate)), mean_ap(self.resamples))

    def resamples_without(self, label: int) -> int:
        """How many resamples have no box of a class."""
        return int(np.isnan(self.resamples[:, label]).sum())

    def minus(self, other: "ResampledAP") -> "ResampledAP":
        """The paired difference of two detectors, resample by resample. ValueError unless both come
        from the same draws and classes."""
        if self.classes != other.classes or self.resamples.shape != other.resamples.shape:
            raise ValueError("paired differences need the same classes and the same resamples")
        return ResampledAP(self.classes, self.estimate - other.estimate, self.resamples - other.resamples)


@dataclass(frozen=True)
class PatientDraws:
    """How often each patient is drawn in each resample: ``weights`` (resamples, patients)."""

    patients: tuple[str, ...]
    weights: NDArray[np.float64]

    def of(self, patients: Sequence[str]) -> NDArray[np.float64]:
        """The columns of some of the patients, in their order."""
        column = {name: index for index, name in enumerate(self.patients)}
        return self.weights[:, [column[name] for name in patients]]


def draw_patients(patients: Sequence[str], resamples: int, seed: int) -> PatientDraws:
    """Draw as many patients as there are, with replacement, ``resamples`` times."""
    count = len(patients)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples)
    return PatientDraws(tuple(patients), drawn.astype(np.float64))


def resampled_ap(tables: Sequence[MatchTable], draws: PatientDraws, iou: float = 0.5) -> ResampledAP:
    """VOC AP at ``iou`` in every resample, the mean over a detector's seeds, one table each.

    ValueError where the tables are not of the same images and classes: seeds could not be paired.
    """
    first = tables[0]
    if any((table.images, table.classes) != (first.images, first.classes) for table in tables):
        raise ValueError("the seeds of a detector were not scored on the same images and classes")
    return ResampledAP(
        first.classes,
        np.mean([voc_ap(table, iou) for table in tables], axis=0),
        np.mean([_in_resamples(table, draws.of(table.patients), iou) for table in tables], axis=0),
    )


def _in_resamples(table: MatchTable, weights: NDArray[np.float64], iou: float) -> NDArray[np.float64]:
    """(resamples, classes), a batch of resamples at a time."""
    aps = np.empty((len(weights), len(table.classes)))
    for label in range(len(table.classes)):
        ranked = ranking(table, label, iou)
        batch = max(1, _CELLS_AT_ONCE // max(1, len(ranked.score)))
        for start in range(0, len(weights), batch):
            aps[start : start + batch, label] = every_point_ap(ranked, weights[start : start + batch])
    return aps


def percentile_interval(estimate: float, resamples: NDArray[np.float64]) -> Interval:
    """The 2.5th and 97.5th percentiles of the resamples in which the value is defined, else NaN."""
    ends = intervals.percentile_interval(resamples)
    return Interval(float(estimate), ends.low, ends.high)
