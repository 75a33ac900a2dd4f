"""What a detector says of the discs on a single picture, as the AI of a study of single pictures."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import count, product
from string import ascii_uppercase
from typing import Any, Final, Literal

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from annotation.boxes import Box, Edges, holds_centre, pairwise_iou
from annotation.labels import LUMBAR, SLIP, Grading, LabelSet
from annotation.prelabels import SAME_DISC_IOU, proposed
from axial.result import ModelIdentity
from detectors.detections import Detections
from detectors.model_folder import ModelCard
from reading.readings import AI, AI_ARM, DiscReading, lesion_probability
from reading.table import DiscPlace

LEAST_SCORE = 0.02
"""Below it a score says nothing, not even how probable another class is."""
FORMAT: Final = 1
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
    """The result of one picture; ``discs`` from the top downwards. ``instance``: the SOPInstanceUID of the
    slice that it is of; None of a case that is a single picture."""

    discs: tuple[BoxedDisc, ...]
    models: tuple[ModelIdentity, ...]
    instance: str | None = None
    kind: Literal["picture"] = "picture"
    format: Literal[1] = FORMAT

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


_RESULT = TypeAdapter(PictureResult)


def is_picture_result(content: Mapping[str, Any]) -> bool:
    """Whether what the store keeps is one; else it is a study's."""
    return content.get("kind") == "picture"


def read_picture_result(content: Any) -> PictureResult:
    """As the store keeps it. Raises ValueError where it is none."""
    return _RESULT.validate_python(content)


def picture_result(
    found: Detections,
    card: ModelCard,
    size: tuple[int, int],
    identity: ModelIdentity,
    grading: Grading = LUMBAR,
) -> PictureResult:
    """What was found on a picture of ``size`` (width, height), from LEAST_SCORE on, in a grading's words.

    Coincident boxes are one disc: it has the state that is furthest over its operating threshold, as in
    pre-labels, and the slip whose box holds its centre. A slip that holds no disc's is a disc by itself, of
    which nothing else is told.
    """
    asked = LabelSet(grading.classes)
    boxes = [
        Box(card.classes[label], left, top, right, bottom, score)
        for (left, top, right, bottom), score, label in zip(
            found.boxes.tolist(), found.scores.tolist(), found.labels.tolist(), strict=True
        )
        if card.classes[label] in asked
    ]
    shown = proposed(boxes, {name: card.threshold(name) for name in asked.classes}, asked, size)
    slips = [box for box in shown if box.label == SLIP]
    known = [name for name in grading.states if name in card.classes]
    knows_slips = SLIP in asked and SLIP in card.classes
    discs = [_disc(box, boxes, slips, known, knows_slips) for box in shown if box.label in known]
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


def _disc(
    shown: Box, boxes: Sequence[Box], slips: Sequence[Box], known: Sequence[str], knows_slips: bool
) -> BoxedDisc:
    """``boxes``: all that was found; ``slips``: those that count; ``known``: states that the model tells;
    ``knows_slips``: whether it tells slips."""
    states = dict.fromkeys(known, 0.0)
    overlaps = pairwise_iou([shown.edges], [box.edges for box in boxes])[0]
    for box, overlap in zip(boxes, overlaps.tolist(), strict=True):
        if box.label in states and overlap >= SAME_DISC_IOU:
            states[box.label] = max(states[box.label], box.score or 0.0)
    states[shown.label] = max(states[shown.label], shown.score or 0.0)
    here = [box.score or 0.0 for box in boxes if box.label == SLIP and holds_centre(box.edges, shown.edges)]
    return BoxedDisc(
        "",
        shown.edges,
        shown.label,
        {name: round(score / sum(states.values()), 4) for name, score in states.items()},
        any(holds_centre(box.edges, shown.edges) for box in slips) if knows_slips else None,
        round(max(here, default=0.0), 4) if knows_slips else None,
    )


def readings_of_picture(
    result: PictureResult,
    case: str,
    patient: str,
    image: str,
    seconds: float | None,
    slips: bool,
    grading: Grading = LUMBAR,
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
            lesion_probability(disc.probabilities, grading),
            disc.slip_probability if slips else None,
            seconds,
            indeterminate=disc.verdict is None,
        )
        for disc in result.discs
    )
