"""Which structures of one reader are those of another: optimal one-to-one matching by IoU.

Readers agree on structures, not on boxes: a disc may be boxed as ``disc``, by its diagnosis, or both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from annotation.boxes import Box, pairwise_iou
from annotation.labels import DIAGNOSES
from annotation.views import SAME_OBJECT_IOU

DISC = "disc"


@dataclass(frozen=True)
class Structure:
    """One thing that one reader marked in one image, with all ``boxes`` that mark it.

    ``kind`` is the boxes' label; for a disc it is ``disc``, whether it is boxed as ``disc``, by its
    diagnosis or both.
    """

    kind: str
    boxes: tuple[Box, ...]

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """(xmin, ymin, xmax, ymax) in pixels; of a disc with two boxes those of the ``disc`` box."""
        return self.boxes[0].edges

    @property
    def diagnosis(self) -> str | None:
        """normal, bulge or herniation; None where none was given and for what is no disc."""
        return next((box.label for box in self.boxes if box.label in DIAGNOSES), None)


@dataclass(frozen=True)
class Pair:
    """The same structure as two readers marked it, and the IoU of the two."""

    first: Structure
    second: Structure
    iou: float


Marks = tuple[Structure | None, ...]
"""One structure as each of several readers marked it; None of a reader who did not."""


@dataclass(frozen=True)
class Matching:
    """Two readers' structures of one image: those that both marked, and those that only one did."""

    pairs: tuple[Pair, ...]
    only_first: tuple[Structure, ...]
    only_second: tuple[Structure, ...]


def structures(boxes: Iterable[Box]) -> tuple[Structure, ...]:
    """One reader's boxes of one image as structures; every box is in exactly one.

    A ``disc`` box and a diagnosis box are one disc where they are the same object (IoU of
    SAME_OBJECT_IOU or more). A disc has one diagnosis: what is boxed twice stays two structures, which
    `discern check` reports.
    """
    boxes = tuple(boxes)
    discs = [box for box in boxes if box.label == DISC]
    graded = [box for box in boxes if box.label in DIAGNOSES]
    others = [box for box in boxes if box.label != DISC and box.label not in DIAGNOSES]
    overlaps = pairwise_iou([box.edges for box in discs], [box.edges for box in graded])
    both = _assigned(overlaps, SAME_OBJECT_IOU)
    with_disc = {row: (discs[row], graded[column]) for row, column in both}
    with_diagnosis = {column for _, column in both}
    return (
        *(Structure(DISC, with_disc.get(row, (box,))) for row, box in enumerate(discs)),
        *(Structure(DISC, (box,)) for column, box in enumerate(graded) if column not in with_diagnosis),
        *(Structure(box.label, (box,)) for box in others),
    )


def match(first: Sequence[Structure], second: Sequence[Structure], iou: float = 0.5) -> Matching:
    """Match two readers' structures of one image: of all one-to-one matchings between structures of
    the same kind that overlap by ``iou`` or more, the one with the largest sum of IoU.

    Whether both readers gave a disc the same diagnosis plays no part. Everything keeps the order in
    which it was given. Source: the assignment problem (Kuhn, Nav Res Logist Q 1955; 2: 83-97).
    """
    overlaps = _comparable(first, second)
    matched = _assigned(overlaps, iou)
    rows, columns = {row for row, _ in matched}, {column for _, column in matched}
    return Matching(
        tuple(Pair(first[row], second[column], float(overlaps[row, column])) for row, column in matched),
        tuple(item for row, item in enumerate(first) if row not in rows),
        tuple(item for column, item in enumerate(second) if column not in columns),
    )


def match_all(readers: Sequence[Sequence[Structure]], iou: float = 0.5) -> tuple[Marks, ...]:
    """Match the structures of two readers or more in one image; every structure is in exactly one result.

    The pairs that ``match`` finds between every two readers are joined, those with the highest IoU first,
    as long as no two structures of one reader come together. With two readers this is ``match``.
    """
    # Each structure's place (reader, index) leads to what it is joined with, itself included.
    marks = {
        (reader, index): {reader: index}
        for reader in range(len(readers))
        for index in range(len(readers[reader]))
    }
    links = []
    for one, other in combinations(range(len(readers)), 2):
        overlaps = _comparable(readers[one], readers[other])
        links += [(overlaps[pair], (one, pair[0]), (other, pair[1])) for pair in _assigned(overlaps, iou)]
    for _, one_place, other_place in sorted(links, key=lambda link: -link[0]):
        if not marks[one_place].keys() & marks[other_place].keys():
            joined = marks[one_place] | marks[other_place]
            marks.update(dict.fromkeys(joined.items(), joined))
    firsts = [by_reader for place, by_reader in marks.items() if place == min(by_reader.items())]
    return tuple(
        tuple(
            found[by_reader[reader]] if reader in by_reader else None for reader, found in enumerate(readers)
        )
        for by_reader in firsts
    )


def _comparable(first: Sequence[Structure], second: Sequence[Structure]) -> NDArray[np.float64]:
    """The IoU of every pair (first, second); 0 for structures of different kinds."""
    overlaps = pairwise_iou([item.edges for item in first], [item.edges for item in second])
    for row, item in enumerate(first):
        overlaps[row, [item.kind != other.kind for other in second]] = 0
    return overlaps


def _assigned(overlaps: NDArray[np.float64], least: float) -> list[tuple[int, int]]:
    """Rows and columns of the one-to-one matching with the largest sum of the overlaps that are at
    least so large and not 0."""
    counted = np.where(overlaps >= least, overlaps, 0)
    rows, columns = linear_sum_assignment(counted, maximize=True)
    return [
        (int(row), int(column)) for row, column in zip(rows, columns, strict=True) if counted[row, column]
    ]
