"""Points marked on pictures, in CSV files beside a cohort's annotations: a line for each place."""

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from errors import BadInputError
from imaging.coordinates import Pixel
from imaging.new_folder import write_whole


@dataclass(frozen=True)
class MarkKind:
    """What is marked: ``guides`` say where to look, ``points`` what is to be found there."""

    file: str
    guides: tuple[str, ...]
    points: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        names = [f"{name}_{axis}" for name in (*self.guides, *self.points) for axis in "xy"]
        return ["image", "level", *names]


ENDPLATES = MarkKind(
    "endplates.csv",
    guides=("above", "below"),
    points=("anterior_above", "posterior_above", "anterior_below", "posterior_below"),
)
"""The two endplates at a disc on a sagittal picture: of the vertebra above the lower corners, of the one
below the upper corners. Guides: the middles of the two vertebrae's boxes."""
HERNIATIONS = MarkKind("herniations.csv", guides=("disc",), points=("foot", "summit"))
"""A herniation on an axial picture: where it reaches furthest, and the vertebra's margin before it. Guide:
the middle of the disc's box."""


@dataclass(frozen=True)
class MarkedPlace:
    """One place of a picture: ``guides`` and ``points`` in the order of its MarkKind."""

    image: str
    level: str
    guides: tuple[Pixel, ...]
    points: tuple[Pixel, ...]


def write_marks(folder: Path, kind: MarkKind, places: Iterable[MarkedPlace]) -> None:
    """Write the marks of a kind into a cohort's folder, whole or not at all."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(kind.columns)
    for place in places:
        numbers = [f"{value:.3f}" for point in (*place.guides, *place.points) for value in point]
        writer.writerow([place.image, place.level, *numbers])
    write_whole(folder / kind.file, text.getvalue())


def read_marks(folder: Path, kind: MarkKind) -> list[MarkedPlace]:
    """Read the marks of a kind from a cohort's folder.

    Raises BadInputError, with the line, where the file is absent, lacks a column or holds no numbers.
    """
    path = folder / kind.file
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in kind.columns if name not in (reader.fieldnames or ())]
            if missing:
                raise BadInputError(path, f"no column {missing[0]!r}; give {', '.join(kind.columns)}")
            return [_place(path, kind, row, reader.line_num) for row in reader]
    except OSError:
        raise BadInputError(
            path, f"cannot be read; mark the points of {', '.join(kind.points)} on the pictures"
        ) from None
    except (UnicodeDecodeError, csv.Error):
        raise BadInputError(path, "not a CSV file in UTF-8; save it as one") from None


def _place(path: Path, kind: MarkKind, row: dict[str, str], line: int) -> MarkedPlace:
    try:
        values = [float(row[name]) for name in kind.columns[2:]]
    except (TypeError, ValueError):
        values = []
    if not values or not all(map(math.isfinite, values)):
        raise BadInputError(path, f"line {line}: a point without numbers; give x and y in pixels")
    points = tuple(zip(values[::2], values[1::2], strict=True))
    guides = len(kind.guides)
    return MarkedPlace(row["image"], row["level"], points[:guides], points[guides:])
