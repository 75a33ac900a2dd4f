"""The truth of a phantom study, as ``truth.json`` holds it: computed from the object, never drawn."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from annotation.boxes import Box
from data.phantom.disease import State
from data.phantom.fracture.fracture import Fracture
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
    slipped and the slice is sagittal. ``pressed_area``: of a cervical disc, the displaced tissue, in mm2,
    where the cord would be; None of other discs.
    """

    level: str
    label: State
    edges: Edges
    truncated: bool
    bulged_area: float
    herniated_area: float
    slipped: Edges | None = None
    pressed_area: Annotated[float | None, Field(exclude_if=lambda area: area is None)] = None


@dataclass(frozen=True)
class SeenInjury:
    """What a slice shows of the injury at the ``level`` of a disc: signal change in the cord, torn ligaments
    and the fluid about them, with the disc and the adjoining halves of the vertebrae, as for a slip."""

    level: str
    edges: Edges
    truncated: bool


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
    injuries: Annotated[tuple[SeenInjury, ...], Field(exclude_if=lambda seen: not seen)] = ()

    def boxes(self) -> tuple[Box, ...]:
        """Every box that an annotator could draw, for a label set to choose from.

        A disc carries ``disc`` and one diagnosis on the same box, a slipped one ``spondylolisthesis``
        besides. A cervical disc carries ``disc`` only if it presses on the cord, else ``normal``; what is
        ``injured`` has a box of its own. A body above the sacrum is a ``vertebra``; in a sagittal slice it
        carries its name, and ``transitional`` where it has joined the sacrum.
        """
        boxes = []
        for disc in self.discs:
            labels = ("disc", disc.label) if disc.pressed_area is None else (disc.label,)
            boxes += [Box(label, *disc.edges, truncated=disc.truncated) for label in labels]
            if disc.slipped is not None:
                boxes.append(Box("spondylolisthesis", *disc.slipped, truncated=disc.truncated))
        boxes += [Box("injured", *injury.edges, truncated=injury.truncated) for injury in self.injuries]
        for body in self.vertebrae:
            boxes += [Box(label, *body.edges, truncated=body.truncated) for label in self._names(body)]
        return tuple(boxes)

    def _names(self, body: SeenVertebra) -> list[str]:
        names = [] if body.name == "S1" else ["vertebra"]
        if self.kind.startswith("sagittal"):
            names += [body.name, *(["transitional"] if body.transitional else [])]
        return names


@dataclass(frozen=True)
class FractureTruth:
    """The fracture of a study's one abnormal ``vertebra``.

    ``instance``: SOPInstanceUID of the lesion slice, the sagittal T2 slice that shows most of it; None
    without such slices. ``features``: what a radiologist ticked about it, by name.
    """

    vertebra: str
    fracture: Fracture
    instance: str | None
    features: dict[str, bool]


@dataclass(frozen=True)
class StudyTruth:
    """A patient, the scanner, the landmarks in patient mm, and what every slice shows.

    ``numbering`` is the name of the patient's ``ranges.Numbering``. ``vertebrae`` run from S1 upwards,
    ``discs`` from the lowest upwards. ``variant``: of the phantom.
    """

    patient: str
    sex: Literal["F", "M"]
    age: int
    numbering: str
    scanner: Scanner
    vertebrae: tuple[VertebraLandmarks, ...]
    discs: tuple[DiscLandmarks, ...]
    slices: tuple[SliceTruth, ...]
    variant: Annotated[str, Field(exclude_if=lambda name: name == "lumbar")] = "lumbar"
    fracture: FractureTruth | None = None

    def boxes(self, shown: SliceTruth) -> tuple[Box, ...]:
        """Every box that an annotator could draw on a slice of the study: the slice's own and, on the lesion
        slice, the fractured body, labelled by the fracture's cause."""
        if self.fracture is None or shown.instance != self.fracture.instance:
            return shown.boxes()
        cause, vertebra = self.fracture.fracture.cause, self.fracture.vertebra
        fractured = [body for body in shown.vertebrae if body.name == vertebra]
        return (*shown.boxes(), *(Box(cause, *body.edges, truncated=body.truncated) for body in fractured))

    def write(self, path: Path) -> None:
        without = {"fracture"} if self.fracture is None else None
        path.write_bytes(_STUDY.dump_json(self, indent=1, exclude=without) + b"\n")


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
