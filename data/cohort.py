"""A cohort: images, their boxes, and whose they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from annotation.boxes import Box
from annotation.labels import LabelSet


@dataclass(frozen=True)
class CohortImage:
    """One image of one patient.

    ``name`` is the picture's file name, unique in the cohort; ``boxes`` are in image pixels;
    ``annotated`` are the label-set classes that were annotated in it: the absence of a box means
    something for these alone. ``sex`` and ``age`` (years) are None where unknown; ``kind`` is that of its
    series, such as sagittal T2, "" where unknown.
    """

    name: str
    path: Path
    patient: str
    boxes: tuple[Box, ...]
    annotated: frozenset[str]
    width: int
    height: int
    sex: str | None = None
    age: float | None = None
    kind: str = ""


@dataclass(frozen=True)
class Exclusion:
    """An image left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Cohort:
    """Images of patients under one label set, with what was left out."""

    label_set: LabelSet
    images: tuple[CohortImage, ...]
    excluded: tuple[Exclusion, ...] = ()

    @property
    def patients(self) -> tuple[str, ...]:
        """Every patient once, in the order of their first image."""
        return tuple(dict.fromkeys(image.patient for image in self.images))

    def of_patients(self, patients: Iterable[str]) -> "Cohort":
        """The part of the cohort that belongs to these patients."""
        wanted = set(patients)
        return replace(self, images=tuple(image for image in self.images if image.patient in wanted))

    def of_kinds(self, kinds: Iterable[str]) -> "Cohort":
        """The part of the cohort from series of these kinds."""
        wanted = set(kinds)
        return replace(self, images=tuple(image for image in self.images if image.kind in wanted))

    def counts(self, classes: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Per class: images in which it is annotated, and boxes."""
        return {
            name: (
                sum(name in image.annotated for image in self.images),
                sum(box.label == name for image in self.images for box in image.boxes),
            )
            for name in classes
        }
