"""The truth of a phantom study, as ``truth.json`` holds it: computed from the object, never drawn."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from annotation.boxes import Box
from data.phantom.disease import State
from data.phantom.landmarks import DiscLandmarks, VertebraLandmarks
from data.phantom.scanner import Scanner
from errors import BadInputError
from imaging.geometry import SliceGeometry
from imaging.study import SeriesKind

TRUTH_FILE = "truth.json"
Edges = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax in pixels of the slice."""


@dataclass(frozen=True)
class SeenVertebra:
    """A body that a slice shows, S1's included; ``truncated``: it is cut by the picture's edge;
    ``transitional``: it has joined the sacrum."""

    name: str
    edges: Edges
    truncated: bool
    transitional: bool = False


@dataclass(frozen=True)
class SeenDisc:
    """A disc that a slice shows.

    ``label``: its diagnosis as far as this slice shows it; the areas, in mm2, are of tissue displaced
    behind it. ``slipped``: edges of the disc with half of each neighbouring vertebra, where it has
    slipped and the slice is sagittal.
    """

    level: str
    label: State
    edges: Edges
    truncated: bool
    bulged_area: float
    herniated_area: float
    slipped: Edges | None = None


@dataclass(frozen=True)
class SliceTruth:
    """One image: ``instance`` is its SOPInstanceUID, ``file`` its path in the study's folder.

    ``level`` of an axial slice: the disc whose centre is nearest to its plane, and ``distance`` mm
    between them, positive where the centre lies on the side of the slice's normal.
    """

    instance: str
    file: str
    kind: SeriesKind
    geometry: SliceGeometry
    vertebrae: tuple[SeenVertebra, ...]
    discs: tuple[SeenDisc, ...]
    level: str | None = None
    distance: float | None = None

    def boxes(self) -> tuple[Box, ...]:
        """Every box that an annotator could draw, for a label set to choose from.

        A disc carries ``disc`` and one diagnosis on the same box, a slipped one ``spondylolisthesis``
        besides. A body above the sacrum is a ``vertebra``; in a sagittal slice it carries its name, and
        ``transitional`` where it has joined the sacrum.
        """
        boxes = []
        for disc in self.discs:
            boxes += [Box(label, *disc.edges, truncated=disc.truncated) for label in ("disc", disc.label)]
            if disc.slipped is not None:
                boxes.append(Box("spondylolisthesis", *disc.slipped, truncated=disc.truncated))
        for body in self.vertebrae:
            boxes += [Box(label, *body.edges, truncated=body.truncated) for label in self._names(body)]
        return tuple(boxes)

    def _names(self, body: SeenVertebra) -> list[str]:
        names = [] if body.name == "S1" else ["vertebra"]
        if self.kind.startswith("sagittal"):
            names += [body.name, *(["transitional"] if body.transitional else [])]
        return names


@dataclass(frozen=True)
class StudyTruth:
    """A patient, the scanner, the landmarks in patient mm, and what every slice shows.

    ``numbering`` is the name of the patient's ``ranges.Numbering``. ``vertebrae`` run from S1 upwards,
    ``discs`` from the lowest upwards.
    """

    patient: str
    sex: Literal["F", "M"]
    age: int
    numbering: str
    scanner: Scanner
    vertebrae: tuple[VertebraLandmarks, ...]
    discs: tuple[DiscLandmarks, ...]
    slices: tuple[SliceTruth, ...]

    def write(self, path: Path) -> None:
        path.write_bytes(_STUDY.dump_json(self, indent=1) + b"\n")


_STUDY = TypeAdapter(StudyTruth)


def read_truth(path: Path) -> StudyTruth:
    """Raises BadInputError where the file is absent or no truth of a phantom study."""
    try:
        return _STUDY.validate_json(path.read_bytes())
    except OSError:
        raise BadInputError(path, "cannot be read; give a folder that `discern phantom` made") from None
    except ValidationError:
        raise BadInputError(
            path, "not the truth of a phantom study; make it anew with `discern phantom`"
        ) from None
