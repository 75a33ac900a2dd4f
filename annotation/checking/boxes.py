"""Checks between the boxes of one image."""

from collections import defaultdict
from collections.abc import Iterator
from statistics import median

import numpy as np

from annotation.boxes import Box, pairwise_iou
from annotation.labels import LUMBAR, Grading
from annotation.matching import DISC
from annotation.problems import Kind, Problem
from annotation.voc import VocFile

SAME_STRUCTURE_IOU = 0.5
"""Boxes that overlap more than this mark the same structure: those of neighbouring discs or
vertebrae overlap by less than 0.2 on real sagittal images."""

_MOST_BOXES = 300
_SMALLEST_SIDE = 3  # pixels
_LARGEST_SHARE = 0.5  # of the image's area
_OUTLIER = 8  # times the median area of the boxes of one class; discs of one real image vary by 6.5


def check_boxes(voc: VocFile, grading: Grading = LUMBAR) -> list[Problem]:
    """Every problem between an image's boxes, and every box of an impossible size. ``grading``: whose states
    one disc has at most one of."""
    if voc.elements.object_count == 0:
        return [Problem(Kind.NO_BOXES, voc.path, "no boxes")]
    if len(voc.boxes) > _MOST_BOXES:
        return [Problem(Kind.TOO_MANY_BOXES, voc.path, f"{len(voc.boxes)} boxes in one image")]
    return [
        voc.elements.problem(kind, message, number=voc.elements.numbers[index])
        for kind, index, message in (*_odd_sizes(voc), *_overlaps(voc, grading))
    ]


def _odd_sizes(voc: VocFile) -> Iterator[tuple[Kind, int, str]]:
    areas: dict[str, list[float]] = defaultdict(list)
    for box in voc.boxes:
        areas[box.label].append(box.width * box.height)
    usual = {label: median(values) for label, values in areas.items() if len(values) > 2}
    for index, box in enumerate(voc.boxes):
        area = box.width * box.height
        ratio = area / usual.get(box.label, area)
        if min(box.width, box.height) < _SMALLEST_SIDE:
            yield Kind.BOX_SIZE, index, f"{_described(box)}: too small for any structure"
        elif area > _LARGEST_SHARE * voc.width * voc.height:
            yield Kind.BOX_SIZE, index, f"{_described(box)}: more than half of the image"
        elif not 1 / _OUTLIER <= ratio <= _OUTLIER:
            yield Kind.BOX_SIZE, index, f"{_described(box)}, {ratio:.2g} times its class's median area here"


def _described(box: Box) -> str:
    return f"the {box.label} box is {box.width:g} x {box.height:g} pixels"


def _overlaps(voc: VocFile, grading: Grading) -> Iterator[tuple[Kind, int, str]]:
    states = grading.states
    boxes, numbers = voc.boxes, voc.elements.numbers
    edges = [box.edges for box in boxes]
    same = pairwise_iou(edges, edges) > SAME_STRUCTURE_IOU
    for first, second in np.argwhere(np.triu(same, 1)).tolist():
        label, other = boxes[second].label, boxes[first].label
        if label == other:
            exact = boxes[first].edges == boxes[second].edges
            kind = Kind.DUPLICATE if exact else Kind.NEAR_DUPLICATE
            how = "the same as" if exact else "almost the same as"
            yield kind, second, f"the {label} box is {how} box {numbers[first]}"
        elif label in states and other in states:
            yield Kind.TWO_DIAGNOSES, second, f"{label} on the disc that box {numbers[first]} calls {other}"
    diagnosis = np.array([box.label in states for box in boxes], dtype=bool)
    graded = (same & diagnosis).any(axis=1)
    for index, box in enumerate(boxes):
        if box.label == DISC and DISC not in states and diagnosis.any() and not graded[index]:
            yield Kind.DISC_UNGRADED, index, "the disc has no diagnosis, others of the image have one"
