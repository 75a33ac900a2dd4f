"""What readers disagree on, one by one, worst first: as cards of a gallery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotation.boxes import pairwise_iou
from annotation.gallery import Card, Opinion
from annotation.labels import DIAGNOSES, SLIP
from annotation.matching import DISC, Structure
from annotation.opinions import Opinions, Readings
from annotation.sightings import NONE_GIVEN, NOT_DRAWN, Sighting, sightings

TIGHT_IOU = 0.7
"""Boxes of one structure that overlap by less are a disagreement on how it is boxed."""

_NEAR_IOU = 0.1  # of a box at a place that is too far off to be the same structure


@dataclass(frozen=True, order=True)
class _Severity:
    """Sorts the worst first: what kind of disagreement, and how bad it is among its kind."""

    kind: int
    within: float


def disagreement_cards(
    readings: Readings, patients: Mapping[str, str], iou: float = 0.5, tight: float = TIGHT_IOU
) -> list[Card]:
    """A card for everything on which any two readers disagree.

    In this order: different diagnoses (normal against herniation first), discs that not all drew, slips,
    other structures, and boxes that overlap by less than ``tight`` (the least first).
    """
    rated = []
    for image in readings.images:
        for sighting in sightings([image], range(len(readings.readers)), patients, iou):
            severity = _severity(sighting, tight)
            if severity is not None:
                rated.append((severity, _card(sighting, image, readings.readers)))
    # Two boxes that are too far off each other are two sightings, with the same card.
    unlike: dict[object, Card] = {}
    for _, card in sorted(rated, key=lambda item: item[0]):
        boxes = frozenset((opinion.who, opinion.edges) for opinion in card.opinions)
        unlike.setdefault((card.image, card.kind, boxes), card)
    return list(unlike.values())


def _severity(sighting: Sighting, tight: float) -> _Severity | None:
    said = set(sighting.categories) - {NOT_DRAWN}
    if sighting.kind == DISC and len(said) > 1:
        graded = [DIAGNOSES.index(category) for category in said - {NONE_GIVEN}]
        return _Severity(0, min(graded) - max(graded))
    if not sighting.by_all:
        return _Severity({DISC: 1, SLIP: 2}.get(sighting.kind, 3), sighting.marks.count(None))
    return _Severity(4, sighting.iou) if sighting.iou < tight else None


def _card(sighting: Sighting, image: Opinions, readers: Sequence[str]) -> Card:
    opinions: list[Opinion] = []
    for who, mark, marked in zip(readers, sighting.marks, image.marked, strict=True):
        if mark is None:
            opinions.append(_beside(who, sighting, marked) or Opinion(who, NOT_DRAWN))
        else:
            opinions.append(Opinion(who, mark.diagnosis or _named(mark), mark.edges))
    names = [who for who, mark in zip(readers, sighting.marks, strict=True) if mark]
    sentence = f"Only {' and '.join(names)} drew it."
    if sighting.by_all:
        sentence = f"The boxes overlap by IoU {sighting.iou:.2f}."
    elif all(opinion.edges for opinion in opinions):
        sentence = "The boxes overlap by too little to be of the same one."
    return Card(image.image, sighting.patient, _kind(sighting), sentence, tuple(opinions))


def _kind(sighting: Sighting) -> str:
    if len(set(sighting.categories) - {NOT_DRAWN}) > 1:
        return "different diagnosis"
    return f"{sighting.kind} boxed differently" if sighting.by_all else f"{sighting.kind} drawn by some only"


def _named(mark: Structure) -> str:
    return f"{DISC}, no diagnosis" if mark.kind == DISC else mark.kind


def _beside(who: str, sighting: Sighting, marked: Sequence[Structure]) -> Opinion | None:
    """What a reader who did not draw the structure drew beside it: of its kind, but too far off."""
    drawn = next(mark for mark in sighting.marks if mark is not None)
    same_kind = [item for item in marked if item.kind == drawn.kind]
    overlaps = pairwise_iou([drawn.edges], [item.edges for item in same_kind])[0]
    if overlaps.max(initial=0) < _NEAR_IOU:
        return None
    closest = same_kind[int(overlaps.argmax())]
    return Opinion(who, f"{closest.diagnosis or _named(closest)}, beside it", closest.edges)
