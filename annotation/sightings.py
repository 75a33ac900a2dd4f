"""Every structure of an image as each of several readers saw it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

from annotation.boxes import holds_centre, pairwise_iou
from annotation.labels import SLIP
from annotation.matching import DISC, Marks, Structure, match_all
from annotation.opinions import Opinions

NONE_GIVEN = "none given"
"""A disc's category with a reader who gave it no diagnosis."""
NOT_DRAWN = "not drawn"
"""A disc's category with a reader who drew none there."""


@dataclass(frozen=True)
class Sighting:
    """One structure as each reader marked it, and of a disc who of them drew a slip around it."""

    patient: str
    image: str
    marks: Marks
    slipped: tuple[bool, ...]

    @property
    def kind(self) -> str:
        return _anyone(self.marks).kind

    @property
    def by_all(self) -> bool:
        """Whether every reader drew it."""
        return None not in self.marks

    @property
    def categories(self) -> tuple[str, ...]:
        """A disc's category with each reader: the diagnosis, NONE_GIVEN or NOT_DRAWN."""
        return tuple(NOT_DRAWN if mark is None else mark.diagnosis or NONE_GIVEN for mark in self.marks)

    @property
    def iou(self) -> float:
        """The lowest IoU between two readers' boxes; NaN where not every reader drew it."""
        if not self.by_all:
            return nan
        edges = [mark.edges for mark in self.marks if mark]
        return float(pairwise_iou(edges, edges).min())

    def named(self, label: str) -> tuple[bool, ...]:
        """Who of the readers gave it this label."""
        return tuple(mark is not None and label in (mark.kind, mark.diagnosis) for mark in self.marks)


def sightings(
    images: Sequence[Opinions], readers: Sequence[int], patients: Mapping[str, str], iou: float
) -> list[Sighting]:
    """Everything that any of these readers (by number) marked, image by image, matched at ``iou``;
    ``patients`` by the image's name."""
    found = []
    for image in images:
        name = image.image.name
        marked = [image.marked[reader] for reader in readers]
        for marks in match_all(marked, iou):
            found.append(Sighting(patients[name], name, marks, _slipped(marks, marked)))
    return found


def _slipped(marks: Marks, marked: Sequence[Sequence[Structure]]) -> tuple[bool, ...]:
    anyone = _anyone(marks)
    return tuple(
        anyone.kind == DISC and _in_a_slip(mark or anyone, of_reader)
        for mark, of_reader in zip(marks, marked, strict=True)
    )


def _in_a_slip(disc: Structure, marked: Sequence[Structure]) -> bool:
    return any(holds_centre(item.edges, disc.edges) for item in marked if item.kind == SLIP)


def _anyone(marks: Marks) -> Structure:
    return next(mark for mark in marks if mark is not None)
