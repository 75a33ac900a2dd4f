"""What two readers agree on, and where each has an opinion of their own."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from annotation.boxes import Box
from annotation.matching import DISC, Pair, Structure, match, structures

AGREED_IOU = 0.7
"""Two readers' boxes that overlap by this or more are one, where nothing else is said."""


@dataclass(frozen=True)
class Original:
    """A box as a reader drew it."""

    reader: str
    box: Box


@dataclass(frozen=True)
class Opinion:
    """A structure as one reader sees it, or as both agree that it is.

    ``structure`` is what it would be in the consensus, ``originals`` are the boxes that it stands for,
    ``iou`` is the overlap of both readers' boxes, None where only one of them drew it.
    """

    structure: Structure
    readers: tuple[str, ...]
    originals: tuple[Original, ...]
    iou: float | None = None

    @property
    def agreed(self) -> bool:
        return len(self.readers) > 1

    @property
    def box(self) -> Box:
        """The one box that a senior is shown: under its class where both agree, else with the reader's
        name. A disc is shown by its diagnosis."""
        label = class_of(self.structure)
        xmin, ymin, xmax, ymax = self.structure.edges
        return replace(
            self.structure.boxes[-1],
            label=label if self.agreed else opinion_label(label, self.readers[0]),
            xmin=xmin,
            ymin=ymin,
            xmax=xmax,
            ymax=ymax,
        )


def opinion_label(label: str, reader: str) -> str:
    """The name of a box that only one reader stands for: ``bulge (anna)``."""
    return f"{label} ({reader})"


def class_of(structure: Structure) -> str:
    """The class that tells most of a structure: a disc's diagnosis where it has one."""
    return structure.diagnosis or structure.kind


def opinions_of(reader: str, boxes: Iterable[Box]) -> tuple[Opinion, ...]:
    """The structures of one reader's boxes."""
    return tuple(_opinion(reader, structure) for structure in structures(boxes))


def merge(
    first: str, first_boxes: Iterable[Box], second: str, second_boxes: Iterable[Box], iou: float = AGREED_IOU
) -> tuple[Opinion, ...]:
    """The structures of two readers, those on which they agree as one.

    They agree on a structure that both boxed, with an overlap of at least ``iou`` under the optimal
    one-to-one matching, and to which both gave the same diagnosis or none. Its box is the mean of both
    boxes, each edge rounded to a whole pixel; a disc's boxes (``disc``, the diagnosis) get the same edges.
    """
    matching = match(structures(first_boxes), structures(second_boxes), iou)
    found: list[Opinion] = []
    for pair in matching.pairs:
        one, other = _opinion(first, pair.first, pair.iou), _opinion(second, pair.second, pair.iou)
        if pair.first.diagnosis == pair.second.diagnosis:
            readers, originals = (first, second), (*one.originals, *other.originals)
            found.append(Opinion(_mean(pair), readers, originals, pair.iou))
        else:
            found += [one, other]
    found += [_opinion(first, structure) for structure in matching.only_first]
    found += [_opinion(second, structure) for structure in matching.only_second]
    return tuple(found)


def _opinion(reader: str, structure: Structure, iou: float | None = None) -> Opinion:
    return Opinion(structure, (reader,), tuple(Original(reader, box) for box in structure.boxes), iou)


def _mean(pair: Pair) -> Structure:
    both = (*pair.first.boxes, *pair.second.boxes)
    edges = zip(pair.first.edges, pair.second.edges, strict=True)
    xmin, ymin, xmax, ymax = (math.floor((one + other) / 2 + 0.5) for one, other in edges)
    box = Box(
        pair.first.kind,
        xmin,
        ymin,
        xmax,
        ymax,
        truncated=any(box.truncated for box in both),
        difficult=any(box.difficult for box in both),
    )
    labels = sorted({box.label for box in both}, key=lambda label: label != DISC)
    return Structure(pair.first.kind, tuple(replace(box, label=label) for label in labels))
