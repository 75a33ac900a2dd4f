"""How far readers agree: on where there is something, on what it is, and on how tight it is boxed.

They agree on structures (``annotation.matching``), not on boxes; docs/agreement.md explains every figure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

import numpy as np

from annotation.labels import DIAGNOSES, SLIP, LabelSet
from annotation.matching import DISC
from annotation.opinions import Readings
from annotation.sightings import NONE_GIVEN, NOT_DRAWN, Sighting, sightings
from stats import agreement
from stats.agreement import Coefficient

Said = TypeVar("Said", bool, str)
"""What readers say of a disc: its category, or whether it has a class."""


@dataclass(frozen=True)
class Ratings:
    """Coefficients of two readers over the same discs."""

    observed: Coefficient
    kappa: Coefficient
    ac1: Coefficient


@dataclass(frozen=True)
class Quartiles:
    """Lower quartile, median and upper quartile; NaN of nothing."""

    lower: float
    median: float
    upper: float


@dataclass(frozen=True)
class ClassAgreement:
    """Two readers on one class.

    ``both`` gave it to the same structure; where one gave it, the other drew nothing (``only_first``,
    ``only_second``) or gave the disc another diagnosis (``otherwise``). ``iou`` is of ``both``. The
    ratings are of discs as having the class or not, of discs that both drew (``matched``) and that either
    drew (``drawn``); None for a class that is not said of discs.
    """

    label: str
    both: int
    only_first: int
    only_second: int
    otherwise: int
    positive: Coefficient
    iou: Quartiles
    matched: Ratings | None
    drawn: Ratings | None


@dataclass(frozen=True)
class PatientAgreement:
    """Two readers on one patient: discs that both drew, those of them with the same diagnosis, discs that
    only one drew, slips that only one drew, and the IoU of all that both drew."""

    patient: str
    images: int
    matched: int
    same: int
    only_first: int
    only_second: int
    slips_of_one: int
    iou: Quartiles


@dataclass(frozen=True)
class Comparison:
    """Two readers: the ``table`` of their diagnoses over ``categories`` (rows are the first reader's), and
    the ratings of discs that both drew and, with "not drawn" as a category, that either drew."""

    first: str
    second: str
    categories: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    matched: Ratings
    drawn: Ratings
    classes: tuple[ClassAgreement, ...]
    patients: tuple[PatientAgreement, ...]


@dataclass(frozen=True)
class Alpha:
    """Krippendorff's alpha of all readers on the diagnosis, or on one class: of discs by those who drew
    them (at least two), and with "not drawn" as a category."""

    label: str
    matched: Coefficient
    drawn: Coefficient


@dataclass(frozen=True)
class Agreement:
    """Every two readers compared, and all together (``alphas``) where they are three or more."""

    readers: tuple[str, ...]
    iou: float
    images: int
    patients: int
    comparisons: tuple[Comparison, ...]
    alphas: tuple[Alpha, ...]


def compare_readers(
    readings: Readings, patients: Mapping[str, str], label_set: LabelSet, iou: float = 0.5
) -> Agreement:
    """Compare the readers of the same images.

    ``patients`` gives the patient of each image by its name: the intervals resample patients. ``iou`` is
    the least overlap of two readers' boxes of the same structure.
    """
    readers = range(len(readings.readers))
    comparisons = [
        _comparison(readings, pair, sightings(readings.images, pair, patients, iou), label_set)
        for pair in combinations(readers, 2)
    ]
    together = sightings(readings.images, readers, patients, iou) if len(readers) > 2 else []
    return Agreement(
        readings.readers,
        iou,
        len(readings.images),
        len({patients[item.image.name] for item in readings.images}),
        tuple(comparisons),
        tuple(_alphas([item for item in together if item.kind == DISC], label_set)),
    )


def _comparison(
    readings: Readings, pair: tuple[int, int], found: list[Sighting], label_set: LabelSet
) -> Comparison:
    discs = [item for item in found if item.kind == DISC]
    matched = [item for item in discs if item.by_all]
    scale = _scale(discs, label_set)
    categories = [*scale, NOT_DRAWN]
    table = agreement.agreement_table(*_columns([item.categories for item in discs]), categories)
    labels = [DISC, *(label for label in label_set.classes if label != DISC)]
    used = [label for label in labels if any(True in item.named(label) for item in found)]
    return Comparison(
        readings.readers[pair[0]],
        readings.readers[pair[1]],
        tuple(categories),
        tuple(map(tuple, table.to_numpy().tolist())),
        _ratings(matched, [item.categories for item in matched], scale),
        _ratings(discs, [item.categories for item in discs], categories),
        tuple(_class_agreement(label, found, discs, matched) for label in used),
        tuple(_patients(found)),
    )


def _scale(discs: Sequence[Sighting], label_set: LabelSet) -> list[str]:
    """The diagnoses that readers could give: AC1 depends on how many there are."""
    scale = [label for label in DIAGNOSES if label in label_set]
    return [*scale, NONE_GIVEN] if any(NONE_GIVEN in disc.categories for disc in discs) else scale


def _columns(rows: Sequence[tuple[Said, ...]]) -> tuple[list[Said], list[Said]]:
    """What the first reader and what the second said."""
    return [row[0] for row in rows], [row[1] for row in rows]


def _ratings(
    discs: Sequence[Sighting], said: Sequence[tuple[Said, ...]], categories: Sequence[Said]
) -> Ratings:
    first, second = _columns(said)
    patients = [disc.patient for disc in discs]
    return Ratings(
        agreement.observed_agreement(first, second, patients),
        agreement.cohen_kappa(first, second, categories, patients),
        agreement.gwet_ac1(first, second, categories, patients),
    )


def _class_agreement(
    label: str, found: Sequence[Sighting], discs: Sequence[Sighting], matched: Sequence[Sighting]
) -> ClassAgreement:
    named = [(item, item.named(label)) for item in found if True in item.named(label)]
    first, second = _columns([who for _, who in named])
    of_discs = label == SLIP or label in DIAGNOSES

    def having(among: Sequence[Sighting]) -> Ratings | None:
        said = [disc.slipped if label == SLIP else disc.named(label) for disc in among]
        return _ratings(among, said, (True, False)) if of_discs else None

    return ClassAgreement(
        label,
        sum(all(who) for _, who in named),
        sum(item.marks[1] is None for item, _ in named),
        sum(item.marks[0] is None for item, _ in named),
        sum(item.by_all and not all(who) for item, who in named),
        agreement.positive_agreement(first, second, [item.patient for item, _ in named]),
        _quartiles([item.iou for item, who in named if all(who)]),
        having(matched),
        having(discs),
    )


def _patients(found: Sequence[Sighting]) -> list[PatientAgreement]:
    """Every patient, the one with the most disagreements first."""
    rows = []
    for patient in sorted({item.patient for item in found}):
        own = [item for item in found if item.patient == patient]
        discs = [item for item in own if item.kind == DISC]
        matched = [item for item in discs if item.by_all]
        rows.append(
            PatientAgreement(
                patient,
                len({item.image for item in own}),
                len(matched),
                sum(len(set(item.categories)) == 1 for item in matched),
                sum(item.marks[1] is None for item in discs),
                sum(item.marks[0] is None for item in discs),
                sum(item.kind == SLIP and not item.by_all for item in own),
                _quartiles([item.iou for item in own if item.by_all]),
            )
        )
    return sorted(
        rows, key=lambda row: -(row.matched - row.same + row.only_first + row.only_second + row.slips_of_one)
    )


def _quartiles(values: Sequence[float]) -> Quartiles:
    return Quartiles(*np.percentile(values or [np.nan], [25, 50, 75]).tolist())


def _alphas(discs: Sequence[Sighting], label_set: LabelSet) -> list[Alpha]:
    """On the diagnosis as a whole, and on each class said of discs; nothing without discs."""
    if not discs:
        return []
    scale = _scale(discs, label_set)
    patients = [disc.patient for disc in discs]
    said = [disc.categories for disc in discs]
    alphas = [_alpha("diagnosis", said, said, [*scale, NOT_DRAWN], patients)]
    for label in (*(label for label in DIAGNOSES if label in label_set), SLIP):
        having = [disc.slipped if label == SLIP else disc.named(label) for disc in discs]
        if any(True in who for who in having):
            alphas.append(_alpha(label, having, said, (True, False), patients))
    return alphas


def _alpha(
    label: str,
    said: Sequence[tuple[Said, ...]],
    drawn: Sequence[tuple[str, ...]],
    categories: Sequence[Said],
    patients: Sequence[str],
) -> Alpha:
    of_those_who_drew = [
        tuple(None if disc == NOT_DRAWN else what for what, disc in zip(row, discs, strict=True))
        for row, discs in zip(said, drawn, strict=True)
    ]
    return Alpha(
        label,
        agreement.krippendorff_alpha(of_those_who_drew, categories, patients),
        agreement.krippendorff_alpha(said, categories, patients),
    )
