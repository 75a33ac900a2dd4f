"""What is found of each disc, the sagittal and the axial pictures together."""

from dataclasses import dataclass, field
from typing import Literal

from imaging.coordinates import Pixel

Side = Literal["sagittal", "axial"]
Zone = Literal["central", "subarticular", "foraminal"]


@dataclass(frozen=True)
class Measure:
    """A measured value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Opinion:
    """What the pictures of one side say of a disc's state. ``pictures``: those that show it."""

    side: Side
    verdict: str
    probabilities: dict[str, float]
    pictures: tuple[str, ...]


@dataclass(frozen=True)
class Endplates:
    """The corners of the two endplates at a disc, pixels of the sagittal picture: of the vertebra above
    the lower ones, of the vertebra below the upper ones."""

    anterior_above: Pixel
    posterior_above: Pixel
    anterior_below: Pixel
    posterior_below: Pixel


@dataclass(frozen=True)
class Slip:
    """How far the vertebra above has slipped: ``distance`` in mm, forwards above zero; ``share`` of the
    length of the endplate below, in percent; Meyerding's ``grade`` of a slip forwards, 0 where there is none
    (Meyerding, Surg Gynecol Obstet 1932;54:371-7)."""

    distance: Measure
    share: Measure
    grade: int


@dataclass(frozen=True)
class Herniation:
    """How far a herniation reaches into the canal, beyond the margin of the vertebra: ``extent`` in mm, from
    ``foot`` to ``summit`` on the axial ``picture``, in its pixels. ``side``: the patient's, of its summit."""

    extent: Measure
    picture: str
    foot: Pixel
    summit: Pixel
    side: Literal["left", "right", "midline"]
    zone: Zone


@dataclass(frozen=True)
class Finding:
    """One disc: its state and, not exclusive, the slip at it.

    ``level`` is None where the vertebrae have no names; ``place`` then counts the discs in the picture, from
    the lowest upwards, and is the level otherwise. ``verdict`` and ``probabilities`` are those of all
    ``opinions`` together; ``disagreement``: the opinions' verdicts differ. ``slip_probability``: that a
    detector found a slip here; None where none looked. Measures are None where nothing could be measured, and
    ``confidence`` is that of the level. ``correction``: what of it a reader has put right since; the
    values are then the reader's, and those of the AI that they contradict are left out.
    """

    level: str | None
    place: str
    verdict: str | None
    probabilities: dict[str, float]
    opinions: tuple[Opinion, ...]
    disagreement: bool
    confidence: float
    slip_probability: float | None = None
    slip: Slip | None = None
    height: Measure | None = None
    endplates: Endplates | None = None
    herniation: Herniation | None = None
    remarks: tuple[str, ...] = field(default_factory=tuple)
    """Why something could not be measured or told."""
    correction: "Correction | None" = None


@dataclass(frozen=True)
class Correction:
    """What a reader has said of a disc: of its ``state``, of a ``slip``, or a remark alone. ``slip_grade``:
    Meyerding's, 0 for no slip, None where it was not given. ``by_ai``: the finding as the AI made it."""

    by_ai: Finding
    state: bool = False
    slip: bool = False
    slip_grade: int | None = None
    remark: str = ""
