"""Which detection found which box: greedily, from the best score down, as COCO does.

The rule is that of pycocotools' ``COCOeval.evaluateImg`` (Lin et al., ECCV 2014); here it runs over all
images and IoU thresholds together, a turn at a time, in arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from annotation.boxes import iou

_EXACT = 1 - 1e-10
"""What an IoU threshold of 1 asks for: COCO's allowance for rounding."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Detections beside boxes of their image and class, (n,) each: ``detection`` and ``box``, indices, and
    their ``overlap``, the IoU."""

    detection: NDArray[np.int64]
    box: NDArray[np.int64]
    overlap: NDArray[np.float64]

    def only(self, which: NDArray[np.bool_]) -> "Pairs":
        return Pairs(self.detection[which], self.box[which], self.overlap[which])


def pairs_within(
    detected: NDArray[np.float64],
    detected_group: NDArray[np.int64],
    boxes: NDArray[np.float64],
    group: NDArray[np.int64],
) -> Pairs:
    """Every detection with every box of the same group, such as an image's class.

    ``detected`` and ``boxes``: (n, 4) and (m, 4), xmin ymin xmax ymax in pixels; groups: (n,) and (m,).
    """
    order = np.argsort(group, kind="stable")
    first = np.searchsorted(group[order], detected_group, side="left")
    count = np.searchsorted(group[order], detected_group, side="right") - first
    detection = np.repeat(np.arange(len(detected)), count)
    before = np.cumsum(count) - count
    box = order[np.arange(len(detection)) + np.repeat(first - before, count)]
    return Pairs(detection, box, iou(detected[detection], boxes[box]))


def greedy_matches(
    pairs: Pairs, group: NDArray[np.int64], boxes: int, ious: Sequence[float]
) -> NDArray[np.int64]:
    """(detections, ious): the box that each detection found at each IoU threshold, -1 where it found none.

    Detections are numbered from the best score down; ``group``: (detections,). Of the boxes of its group
    that no better detection has, each takes the one that it overlaps most, if by the threshold; of equal ones
    the last. ``boxes``: how many there are.
    """
    found = np.full((len(group), len(ious)), -1, dtype=np.int64)
    thresholds = np.minimum(ious, _EXACT)
    pairs = pairs.only(pairs.overlap >= thresholds.min())
    turn = _turns(pairs.detection, group)
    order = np.lexsort((-pairs.box, -pairs.overlap, pairs.detection, turn))
    detection, box, overlap = (column[order] for column in (pairs.detection, pairs.box, pairs.overlap))
    free = np.ones((len(ious), boxes), dtype=bool)
    starts = np.flatnonzero(np.diff(turn[order], prepend=-1, append=-1))
    # In each turn one detection of every group chooses, so none is in another's way.
    for start, end in pairwise(starts.tolist()):
        chooses, first = np.unique(detection[start:end], return_index=True)
        wanted = free[:, box[start:end]] & (overlap[start:end] >= thresholds[:, None])
        best = np.minimum.reduceat(np.where(wanted, np.arange(end - start), end - start), first, axis=1)
        level, which = np.nonzero(best < end - start)
        taken = box[start + best[level, which]]
        free[level, taken] = False
        found[chooses[which], level] = taken
    return found


def _turns(detection: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each pair, how many better detections of its group have a pair."""
    paired, of_pair = np.unique(detection, return_inverse=True)
    order = np.argsort(group[paired], kind="stable")
    groups = group[paired][order]
    place = np.arange(len(paired)) - np.searchsorted(groups, groups, side="left")
    turn = np.empty(len(paired), dtype=np.int64)
    turn[order] = place
    return turn[of_pair]
