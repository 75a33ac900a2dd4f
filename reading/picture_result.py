"""What a detector says of the discs on a single picture, as the AI of a study of single pictures."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from itertools import count, product
from string import ascii_uppercase
from typing import Any, Final, Literal

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from annotation.boxes import Box, Edges, holds_centre, pairwise_iou
from annotation.labels import DIAGNOSES, SLIP, LabelSet
from annotation.prelabels import SAME_DISC_IOU, proposed
from axial.result import ModelIdentity
from detectors.detections import Detections
from detectors.model_folder import ModelCard
from reading.readings import AI, AI_ARM, DiscReading
from reading.table import DiscPlace

LEAST_SCORE = 0.02
"""Below it a score says nothing, not even how probable another class is."""
FORMAT: Final = 1
_ASKED = LabelSet((*DIAGNOSES, SLIP))
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_STRICT)
class BoxedDisc:
    """A disc on a picture, ``edges`` in its pixels; ``name``: A, B, … from the top.

    ``verdict`` and ``probabilities`` (of the states that the model knows; of sum 1): None and none where only
    a slip was found. ``slip`` and ``slip_probability``: None where the model knows no slips.
    """

    name: str
    edges: Edges
    verdict: str | None
    probabilities: dict[str, float]
    slip: bool | None
    slip_probability: float | None


@dataclass(frozen=True, config=_STRICT)
class PictureResult:
    """The result of one picture; ``discs`` from the top downwards."""

    discs: tuple[BoxedDisc, ...]
    models: tuple[ModelIdentity, ...]
    kind: Literal["picture"] = "picture"
    format: Literal[1] = FORMAT

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


_RESULT = TypeAdapter(PictureResult)


def read_picture_result(content: Any) -> PictureResult:
    """As the store keeps it. Raises ValueError where it is none."""
    return _RESULT.validate_python(content)


def picture_result(
    found: Detections, card: ModelCard, size: tuple[int, int], identity: ModelIdentity
) -> PictureResult:
    """What was found on a picture of ``size`` (width, height), from LEAST_SCORE on.

    Coincident boxes are one disc: it has the diagnosis that is furthest over its operating threshold, as in
    pre-labels, and the slip whose box holds its centre. A slip that holds no disc's is a disc by itself, of
    which nothing else is told.
    """
    boxes = [
        Box(card.classes[label], left, top, right, bottom, score)
        for (left, top, right, bottom), score, label in zip(
            found.boxes.tolist(), found.scores.tolist(), found.labels.tolist(), strict=True
        )
        if card.classes[label] in _ASKED
    ]
    shown = proposed(boxes, {name: card.threshold(name) for name in _ASKED.classes}, _ASKED, size)
    slips = [box for box in shown if box.label == SLIP]
    discs = [_disc(box, boxes, slips, card) for box in shown if box.label in DIAGNOSES]
    alone = [
        BoxedDisc("", box.edges, None, {}, True, box.score)
        for box in slips
        if not any(holds_centre(box.edges, disc.edges) for disc in discs)
    ]
    ordered = sorted((*discs, *alone), key=lambda disc: disc.edges[1])
    named = (replace(disc, name=name) for name, disc in zip(_names(), ordered, strict=False))
    return PictureResult(tuple(named), (identity,))


def _names() -> Iterator[str]:
    """A to Z, then AA and on."""
    for length in count(1):
        yield from map("".join, product(ascii_uppercase, repeat=length))


def _disc(shown: Box, boxes: Sequence[Box], slips: Sequence[Box], card: ModelCard) -> BoxedDisc:
    """``boxes``: all that was found; ``slips``: those that count."""
    states = {name: 0.0 for name in DIAGNOSES if name in card.classes}
    overlaps = pairwise_iou([shown.edges], [box.edges for box in boxes])[0]
    for box, overlap in zip(boxes, overlaps.tolist(), strict=True):
        if box.label in states and overlap >= SAME_DISC_IOU:
            states[box.label] = max(states[box.label], box.score or 0.0)
    states[shown.label] = max(states[shown.label], shown.score or 0.0)
    here = [box.score or 0.0 for box in boxes if box.label == SLIP and holds_centre(box.edges, shown.edges)]
    knows_slips = SLIP in card.classes
    return BoxedDisc(
        "",
        shown.edges,
        shown.label,
        {name: round(score / sum(states.values()), 4) for name, score in states.items()},
        any(holds_centre(box.edges, shown.edges) for box in slips) if knows_slips else None,
        round(max(here, default=0.0), 4) if knows_slips else None,
    )


def readings_of_picture(
    result: PictureResult, case: str, patient: str, image: str, seconds: float | None, slips: bool
) -> tuple[DiscReading, ...]:
    """The AI's reading of a case; one row without a place where it found nothing. ``slips``: whether the
    study asks for them."""
    read = AI, AI_ARM, case, patient
    if not result.discs:
        return (DiscReading(*read, None, None, seconds=seconds),)
    return tuple(
        DiscReading(
            *read,
            DiscPlace(None, image, disc.edges),
            disc.verdict,
            disc.slip if slips else None,
            disc.probabilities.get(DIAGNOSES[-1]),
            disc.slip_probability if slips else None,
            seconds,
            indeterminate=disc.verdict is None,
        )
        for disc in result.discs
    )
