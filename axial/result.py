"""What the four stages say of a study, as it is written to JSON."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from axial.chain import Numbering
from axial.findings import Finding, Opinion, Side
from errors import BadInputError
from imaging.coordinates import Pixel, Point
from imaging.new_folder import write_whole

FORMAT: Final = 2
Edges = tuple[float, float, float, float]


@dataclass(frozen=True)
class StageRun:
    """Whether a stage ran, why not if it did not, and how long it took."""

    name: str
    ran: bool
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class VertebraResult:
    """A vertebra on the sagittal picture: ``edges`` in its pixels, ``centre`` in patient mm; both None
    where it must be there but was not found. ``name`` is None where nothing tells it; ``cut``: the picture's
    edge cuts it."""

    name: str | None
    edges: Edges | None
    centre: Point | None
    confidence: float
    cut: bool = False


@dataclass(frozen=True)
class ActivationMap:
    """What spoke for a verdict in its classifier: the class activation map of that class in ``rows`` from top
    to bottom, which covers ``seen``, the square that the classifier saw, in the picture's pixels."""

    rows: tuple[tuple[float, ...], ...]
    seen: Edges


@dataclass(frozen=True)
class SliceResult:
    """An axial picture. ``level``: the disc it passes through, None with a ``reason`` where it passes
    through none or that is not known. ``edges`` and ``score``: of the disc's region. ``verdict`` and
    ``probabilities`` (by class): of its state, as far as this slice shows it. ``reference``: the line where
    it cuts the sagittal picture, in that picture's pixels. ``activation``: of the verdict, where it was asked
    for."""

    picture: str
    instance: str = field(repr=False)
    level: str | None
    reason: str = ""
    offset: float | None = None
    edges: Edges | None = None
    score: float | None = None
    verdict: str | None = None
    probabilities: dict[str, float] = field(default_factory=dict)
    reference: tuple[Pixel, Pixel] | None = None
    activation: ActivationMap | None = None


@dataclass(frozen=True)
class ModelIdentity:
    """Which model a stage used: its folder's name, the network, and the first digits of its SHA-256."""

    stage: str
    folder: str
    network: str
    digest: str


@dataclass(frozen=True)
class StudyResult:
    """The result of one study. ``doubts``: why the numbering is doubtful; none where it is not.
    ``findings``: of each disc, from the lowest upwards. ``sagittal`` is the sagittal picture's name,
    ``sagittal_instance`` its SOPInstanceUID, "" where that is not known. ``remark``: a reader's, on the
    whole study. ``runtimes``: what computed the models, each named once."""

    study: str
    sagittal: str | None
    vertebrae: tuple[VertebraResult, ...]
    doubts: tuple[str, ...]
    slices: tuple[SliceResult, ...]
    findings: tuple[Finding, ...]
    stages: tuple[StageRun, ...]
    models: tuple[ModelIdentity, ...]
    warnings: tuple[str, ...] = ()
    remark: str = ""
    format: Literal[2] = FORMAT
    sagittal_instance: str = field(default="", repr=False)
    runtimes: tuple[str, ...] = ()

    def opinions(self, side: Side) -> dict[str, Opinion]:
        """What the pictures of one side say, by each disc's place."""
        return {
            finding.place: opinion
            for finding in self.findings
            for opinion in finding.opinions
            if opinion.side == side
        }

    def as_json(self, one_line: bool = False) -> str:
        """Of activation maps those that were asked for alone, as in results of before there were any."""
        content = asdict(self)
        for item in content["slices"]:
            if item["activation"] is None:
                del item["activation"]
        return json.dumps(content, indent=None if one_line else 1, ensure_ascii=False) + "\n"

    def write(self, path: Path) -> None:
        """Write it as JSON, whole or not at all. Raises OSError."""
        write_whole(path, self.as_json())


_RESULT = TypeAdapter(StudyResult)


def read_result(path: Path) -> StudyResult:
    """Raises BadInputError where the file is absent or no result of this format."""
    try:
        return _RESULT.validate_json(path.read_bytes())
    except OSError:
        raise BadInputError(path, "cannot be read; give a result of `discern read-study`") from None
    except ValidationError:
        raise BadInputError(
            path, "not the result of a study; make it anew with `discern read-study`"
        ) from None


def result_of_json(content: Any) -> StudyResult:
    """From what ``StudyResult.as_json`` wrote, already parsed. Raises ValueError where it is none."""
    return _RESULT.validate_python(content)


def vertebra_results(numbering: Numbering) -> tuple[VertebraResult, ...]:
    """The vertebrae of a numbering, from the lowest upwards."""
    return tuple(
        VertebraResult(
            item.name,
            item.candidate.edges if item.candidate else None,
            item.candidate.centre if item.candidate else None,
            round(item.confidence, 4),
            item.candidate is not None and item.candidate.cut,
        )
        for item in numbering.vertebrae
    )
