"""The one score path, second half: average precision, curves and operating points from matches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.scoring import MatchTable

RECALLS = np.linspace(0, 1, 101)
"""COCO's 101 recall points."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """One class at one IoU threshold: its detections best first, those to ignore left out.

    ``score``, ``hit`` (bool) and ``patient`` (index into the table's patients): (n,) each.
    ``truths``: (patients,) boxes to find of each patient.
    """

    score: NDArray[np.float32]
    hit: NDArray[np.bool_]
    patient: NDArray[np.int64]
    truths: NDArray[np.int64]

    @property
    def total(self) -> int:
        """Boxes to find."""
        return int(self.truths.sum())


@dataclass(frozen=True)
class OperatingPoint:
    """What a detector does with one class at a score of at least ``threshold``."""

    threshold: float
    sensitivity: float
    precision: float

    @property
    def f1(self) -> float:
        total = self.sensitivity + self.precision
        return 2 * self.sensitivity * self.precision / total if total > 0 else 0.0


def ranking(table: MatchTable, label: int, iou: float = 0.5) -> Ranking:
    """The ranking of one class at one of the table's IoU thresholds."""
    column = table.iou_index(iou)
    rows = (table.label == label) & ~table.ignored[:, column]
    truths = np.bincount(table.patient, weights=table.truths[:, label], minlength=len(table.patients))
    return Ranking(
        score=table.score[rows],
        hit=table.truth[rows, column] >= 0,
        patient=table.patient[table.image[rows]],
        truths=truths.astype(np.int64),
    )


def voc_ap(table: MatchTable, iou: float = 0.5) -> NDArray[np.float64]:
    """Pascal VOC's average precision of each class, every-point interpolation, (classes,).

    The area under the precision-recall curve, precision taken as the best at that recall or above
    (Everingham et al., IJCV 2015; VOC 2010 onwards). NaN for a class without a box to find.
    """
    once = np.ones((1, len(table.patients)))
    aps = [every_point_ap(ranking(table, label, iou), once)[0] for label in range(len(table.classes))]
    return np.array(aps)


def coco_ap(table: MatchTable) -> NDArray[np.float64]:
    """COCO's average precision of each class, (classes,): 101 recall points, mean over the table's
    IoU thresholds (.50:.05:.95 by default). NaN for a class without a box to find."""
    return np.array(
        [
            np.mean([precision_at_recalls(ranking(table, label, iou)).mean() for iou in table.ious])
            for label in range(len(table.classes))
        ]
    )


def mean_ap(aps: NDArray[np.float64]) -> NDArray[np.float64]:
    """mAP over the last axis: the mean of the classes that have a box to find; NaN where none has."""
    defined = ~np.isnan(aps)
    count = defined.sum(axis=-1)
    total = np.where(defined, aps, 0).sum(axis=-1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def every_point_ap(ranked: Ranking, weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """VOC AP where each patient counts ``weights`` times: (resamples, patients) -> (resamples,).

    A weight of 2 gives exactly what a second copy of the patient's images would. NaN where the
    resample has no box to find.
    """
    total = weights @ ranked.truths
    last_hit = np.flatnonzero(ranked.hit)[-1] + 1 if ranked.hit.any() else 0
    hit = ranked.hit[:last_hit]
    weight = weights[:, ranked.patient[:last_hit]]
    seen = np.cumsum(weight, axis=1)[:, hit]
    weight = weight[:, hit]
    found = np.cumsum(weight, axis=1)
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    area = (envelope * weight).sum(axis=1)
    return np.divide(area, total, out=np.full(len(weights), np.nan), where=total > 0)


def precision_at_recalls(ranked: Ranking) -> NDArray[np.float64]:
    """The best precision at each of RECALLS or above, (101,); NaN without a box to find."""
    if ranked.total == 0:
        return np.full(len(RECALLS), np.nan)
    found = np.cumsum(ranked.hit)
    precision = found / np.arange(1, len(found) + 1)
    envelope = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return envelope[np.searchsorted(found / ranked.total, RECALLS, side="left")]


def operating_point(ranked: Ranking, threshold: float) -> OperatingPoint:
    """Sensitivity and precision at a threshold; NaN sensitivity without a box to find, NaN precision
    where nothing reaches the threshold."""
    passed = ranked.score >= threshold
    found = int(ranked.hit[passed].sum())
    return OperatingPoint(
        threshold,
        sensitivity=found / ranked.total if ranked.total else np.nan,
        precision=found / int(passed.sum()) if passed.any() else np.nan,
    )


def best_f1(ranked: Ranking) -> OperatingPoint | None:
    """The operating point of greatest F1, of equal ones that of the highest threshold; None where
    nothing was found or there is nothing to find."""
    if ranked.total == 0 or not ranked.hit.any():
        return None
    found = np.cumsum(ranked.hit)
    # F1 = 2 TP / (detections + boxes); a threshold cannot part equal scores, so only their last counts.
    f1 = 2 * found / (np.arange(1, len(found) + 1) + ranked.total)
    f1[:-1][ranked.score[:-1] == ranked.score[1:]] = 0
    return operating_point(ranked, float(ranked.score[np.argmax(f1)]))
