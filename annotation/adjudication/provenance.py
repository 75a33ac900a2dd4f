"""Where every box of a consensus comes from: ``provenance.json``, which is beside its ``annotations/``."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from annotation.adjudication.decisions import Decision, How
from errors import BadInputError
from imaging.new_folder import write_whole

FILE = "provenance.json"

RULE = (
    "Two readers' boxes of the same kind are one where their overlap under the optimal one-to-one matching"
    " reaches `iou` and a disc's diagnosis is the same; the box is the mean of both, each edge rounded to a"
    " whole pixel. The senior decides on all else."
)

State = Literal["agreed", "single", "adjudicated", "awaiting"]
"""Whether the readers agree, one reader's was taken, the senior has decided, or has still to do so."""

Edges = tuple[float, float, float, float]


@dataclass(frozen=True)
class Source:
    """An annotation file as it was used: whose, where in the workplace, what, and when saved (ISO, UTC)."""

    annotator: str
    file: str
    sha256: str
    saved: str


@dataclass(frozen=True)
class OriginalRecord:
    """A box as a reader drew it; edges in pixels."""

    reader: str
    label: str
    edges: Edges


@dataclass(frozen=True)
class BoxRecord:
    """A box of the consensus, or one that is not there (``how``: dropped or awaiting).

    ``drawn_by`` drew it or what it was made from, ``decided_by`` is the senior where one decided,
    ``iou`` the overlap of the two readers' boxes, ``when`` the time (ISO, UTC) of the save that made it
    what it is.
    """

    label: str
    edges: Edges
    how: How
    drawn_by: tuple[str, ...]
    decided_by: str | None
    iou: float | None
    when: str
    originals: tuple[OriginalRecord, ...]


@dataclass(frozen=True)
class ImageRecord:
    """An image's way into the consensus.

    ``decision`` is the senior's file, where there is one; ``consensus`` the SHA-256 of the file that was
    written as the consensus, None while there is none.
    """

    state: State
    iou: float
    readings: tuple[Source, ...]
    decision: Source | None
    consensus: str | None
    boxes: tuple[BoxRecord, ...]

    @property
    def readers(self) -> tuple[str, ...]:
        return tuple(source.annotator for source in self.readings)

    @property
    def senior(self) -> str | None:
        """Who has decided."""
        return self.decision.annotator if self.decision else None


def digest(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def source_of(annotator: str, path: Path, workplace: Path) -> Source:
    """An annotation file as it is now."""
    saved = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    inside = path.relative_to(workplace) if path.is_relative_to(workplace) else path
    return Source(annotator, inside.as_posix(), digest(path.read_bytes()), saved)


def box_records(
    decisions: Iterable[Decision], readings: Iterable[Source], decision: Source | None
) -> tuple[BoxRecord, ...]:
    """The decisions on an image's boxes, with the times of the saves that they come from."""
    saved = {source.annotator: source.saved for source in readings}
    return tuple(
        BoxRecord(
            item.box.label,
            item.box.edges,
            item.how,
            item.drawn_by,
            item.decided_by,
            None if item.iou is None else round(item.iou, 4),
            decision.saved if item.decided_by and decision else max(saved[name] for name in item.drawn_by),
            tuple(OriginalRecord(one.reader, one.box.label, one.box.edges) for one in item.originals),
        )
        for item in decisions
    )


def read_provenance(folder: Path) -> dict[str, ImageRecord]:
    """The records of a consensus by image name; none where there is no file yet. Raises BadInputError."""
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {name: _image_record(**record) for name, record in content["images"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BadInputError(
            path, "not a file of provenance; restore it from a backup, or name another folder with --out"
        ) from None


def write_provenance(folder: Path, records: Mapping[str, ImageRecord]) -> None:
    """Write the records of a consensus, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"rule": RULE, "images": {name: asdict(records[name]) for name in sorted(records)}}
    write_whole(folder / FILE, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _image_record(
    readings: list[dict[str, Any]],
    decision: dict[str, Any] | None,
    boxes: list[dict[str, Any]],
    **others: Any,
) -> ImageRecord:
    return ImageRecord(
        readings=tuple(Source(**reading) for reading in readings),
        decision=Source(**decision) if decision else None,
        boxes=tuple(_box_record(**box) for box in boxes),
        **others,
    )


def _box_record(edges: list[float], drawn_by: list[str], originals: list[Any], **others: Any) -> BoxRecord:
    return BoxRecord(
        edges=_edges(edges),
        drawn_by=tuple(drawn_by),
        originals=tuple(
            OriginalRecord(one["reader"], one["label"], _edges(one["edges"])) for one in originals
        ),
        **others,
    )


def _edges(values: list[float]) -> Edges:
    xmin, ymin, xmax, ymax = values
    return xmin, ymin, xmax, ymax
