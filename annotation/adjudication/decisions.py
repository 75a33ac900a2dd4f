"""What became of every box that two readers drew: what is agreed, and what a senior made of the rest."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from annotation.adjudication.consensus import Opinion, Original, class_of
from annotation.boxes import Box, pairwise_iou
from annotation.checking.boxes import SAME_STRUCTURE_IOU
from annotation.labels import DIAGNOSES
from annotation.matching import DISC, Structure, structures

_UNTOUCHED = 1
"""Pixels by which LabelImg moves an edge by loading and saving it: it cuts decimals off and counts from 1."""

How = Literal["agreed", "single", "chosen", "changed", "drawn", "dropped", "awaiting"]
"""How a box came to be in the consensus, or why it is not there (dropped, awaiting)."""


@dataclass(frozen=True)
class Decision:
    """What became of a box: ``box`` is the one in the consensus, or the original that is not there.

    ``drawn_by`` are those who drew it or what it was made from, ``decided_by`` is the senior where one
    had to decide.
    """

    how: How
    box: Box
    drawn_by: tuple[str, ...]
    decided_by: str | None
    iou: float | None
    originals: tuple[Original, ...]

    @property
    def kept(self) -> bool:
        """Whether the box is in the consensus."""
        return self.how not in ("dropped", "awaiting")


def settled(opinions: Iterable[Opinion], how: Literal["agreed", "single"]) -> tuple[Decision, ...]:
    """The consensus where nobody had to decide: the opinions as they are."""
    return tuple(
        decision for item in opinions for decision in _decisions(how, item.structure, [item], item.readers)
    )


def unsettled(opinions: Iterable[Opinion]) -> tuple[Decision, ...]:
    """What is agreed, and what awaits a senior, in an image that is not yet in the consensus."""
    found: list[Decision] = []
    for item in opinions:
        if item.agreed:
            found += settled([item], "agreed")
        else:
            found += [
                Decision("awaiting", original.box, item.readers, None, item.iou, (original,))
                for original in item.originals
            ]
    return tuple(found)


def decide(opinions: Sequence[Opinion], boxes: Iterable[Box], senior: str) -> tuple[Decision, ...]:
    """What a senior made of two readers' opinions.

    ``boxes`` are the senior's, under classes of the label set. An opinion counts for the senior's
    structure of its kind that overlaps it most, by more than SAME_STRUCTURE_IOU. Of the opinions on one
    structure the one with its class and, but for LabelImg's rounding, its edges was chosen and the others
    were dropped; where there is none such, all of them were changed. Where the readers boxed discs as
    ``disc``, so is every disc to which the senior gave a diagnosis.
    """
    drew_discs = any(original.box.label == DISC for item in opinions for original in item.originals)
    final = [_with_disc(item) if drew_discs else item for item in structures(boxes)]
    about: list[list[Opinion]] = [[] for _ in final]
    found: list[Decision] = []
    for item in opinions:
        place = _place(item, final)
        if place is None:
            found += _dropped([item], senior)
        else:
            about[place].append(item)
    for structure, items in zip(final, about, strict=True):
        found += _made_of(structure, items, senior)
    return tuple(found)


def _made_of(structure: Structure, opinions: list[Opinion], senior: str) -> Iterator[Decision]:
    """The decisions on one structure of the senior's."""
    taken = next((item for item in opinions if _same(item.structure, structure)), None)
    if taken is not None:
        how: How = "agreed" if taken.agreed else "chosen"
        yield from _decisions(how, structure, [taken], taken.readers, None if taken.agreed else senior)
        yield from _dropped([item for item in opinions if item is not taken], senior)
    elif opinions:
        readers = sorted({reader for item in opinions for reader in item.readers})
        yield from _decisions("changed", structure, opinions, tuple(readers), senior)
    else:
        yield from _decisions("drawn", structure, [], (senior,), senior)


def _decisions(
    how: How,
    structure: Structure,
    opinions: Sequence[Opinion],
    readers: tuple[str, ...],
    senior: str | None = None,
) -> Iterator[Decision]:
    """One decision for each box of a structure, and for each original that none of them stands for."""
    left = [original for item in opinions for original in item.originals]
    iou = next((item.iou for item in opinions), None)
    for box in structure.boxes:
        mine = tuple(original for original in left if _part(original.box) == _part(box))
        left = [original for original in left if original not in mine]
        yield Decision(how, box, readers, senior, iou, mine)
    for original in left:
        yield Decision("dropped", original.box, (original.reader,), senior, iou, (original,))


def _dropped(opinions: Iterable[Opinion], senior: str) -> Iterator[Decision]:
    for item in opinions:
        for original in item.originals:
            yield Decision("dropped", original.box, (original.reader,), senior, item.iou, (original,))


def _with_disc(structure: Structure) -> Structure:
    box = structure.boxes[-1]
    if structure.kind != DISC or box.label not in DIAGNOSES or len(structure.boxes) > 1:
        return structure
    return Structure(DISC, (replace(box, label=DISC), box))


def _place(opinion: Opinion, final: Sequence[Structure]) -> int | None:
    """Which of the senior's structures an opinion is about."""
    overlaps = pairwise_iou([opinion.structure.edges], [item.edges for item in final])[0]
    near = [
        (overlap, place)
        for place, overlap in enumerate(overlaps)
        if overlap > SAME_STRUCTURE_IOU and final[place].kind == opinion.structure.kind
    ]
    return max(near)[1] if near else None


def _same(one: Structure, other: Structure) -> bool:
    moved = max(abs(a - b) for a, b in zip(one.edges, other.edges, strict=True))
    return class_of(one) == class_of(other) and moved <= _UNTOUCHED


def _part(box: Box) -> str:
    """What of a structure a box is: a disc's diagnosis, whichever, or a class."""
    return "diagnosis" if box.label in DIAGNOSES else box.label
