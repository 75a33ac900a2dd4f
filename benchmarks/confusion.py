"""Confusion matrix at operating thresholds, for classes that are not exclusive."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from annotation.boxes import pairwise_iou
from benchmarks.scoring import MatchTable, ScoredImage
from detectors.detections import Detections


def confusion_matrix(
    table: MatchTable,
    ground_truth: Sequence[ScoredImage],
    detections: Mapping[str, Detections],
    thresholds: Sequence[float],
    iou: float = 0.5,
) -> NDArray[np.int64]:
    """Annotated classes (rows) by detected classes (columns), background last in both.

    ``table`` is the match of ``ground_truth`` and ``detections``; ``thresholds`` one score per class.
    One disc may carry several classes, so a box found as its own class is counted as right first;
    only what is then left over is paired across classes, best score first, by IoU. A leftover box is
    missed (last column), a leftover detection is a false alarm (last row).
    """
    background = len(table.classes)
    matrix = np.zeros((background + 1, background + 1), dtype=np.int64)
    column = table.iou_index(iou)
    truth_of = {item.image: item for item in ground_truth}
    passed = (table.score >= np.array(thresholds, np.float32)[table.label]) & ~table.ignored[:, column]
    for index, name in enumerate(table.images):
        item = truth_of[name]
        rows = np.flatnonzero(passed & (table.image == index))
        right = table.truth[rows, column] >= 0
        found, alarms = rows[right], rows[~right]
        np.add.at(matrix, (table.label[found], table.label[found]), 1)

        missed = ~item.difficult & item.annotated[item.labels]
        missed[table.truth[found, column]] = False
        boxes = detections[name].boxes[table.position[alarms]]
        for row, overlap in zip(alarms, pairwise_iou(boxes, item.boxes), strict=True):
            overlap = np.where(missed, overlap, 0)
            taken = int(overlap.argmax()) if overlap.max(initial=0) >= iou else None
            matrix[background if taken is None else item.labels[taken], table.label[row]] += 1
            if taken is not None:
                missed[taken] = False
        matrix[:, background] += np.bincount(item.labels[missed], minlength=background + 1)
    return matrix
