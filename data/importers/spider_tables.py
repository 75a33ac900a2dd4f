"""SPIDER's two tables: what a radiologist saw at each disc, and whose each volume is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from annotation.labels import DIAGNOSES
from data.table import TableRow, read_table

GRADINGS = "radiological_gradings.csv"
OVERVIEW = "overview.csv"
DISCS = 25
"""Discs, and vertebrae, are numbered from the lowest, 1, upwards."""

_BULGING, _HERNIATED, _SLIPPED = "Disc bulging", "Disc herniation", "Spondylolisthesis"
_RANGES = {
    "Modic": (0, 3),
    "UP endplate": (0, 1),
    "LOW endplate": (0, 1),
    _SLIPPED: (0, 1),
    _HERNIATED: (0, 1),
    "Disc narrowing": (0, 1),
    _BULGING: (0, 1),
    "Pfirrman grade": (1, 5),
}
_COLUMNS = ("Patient", "IVD label", *_RANGES)


@dataclass(frozen=True)
class Grading:
    """What SPIDER's radiologist says of one disc: Modic type (0 for none), changes of the endplates above
    and below, slip, herniation, narrowing, bulging, Pfirrmann grade (1 to 5)."""

    modic: int
    upper_endplate: bool
    lower_endplate: bool
    slip: bool
    herniation: bool
    narrowing: bool
    bulging: bool
    pfirrmann: int

    @property
    def diagnosis(self) -> str:
        """normal, bulge or herniation: the gravest that is there."""
        normal, bulge, herniation = DIAGNOSES
        return herniation if self.herniation else bulge if self.bulging else normal


@dataclass(frozen=True)
class Gradings:
    """Of each patient the gradings by the number of the disc; and sentences on rows of no disc."""

    by_patient: Mapping[str, Mapping[int, Grading]]
    warnings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_gradings(path: Path) -> Gradings:
    """Read ``radiological_gradings.csv``, which has these columns and no others.

    Rows with the label 0 are of no disc, and rows with an empty cell no grading: both are left out with a
    warning. Raises BadInputError, with the line, for a missing column, a value out of its range, and a disc
    that is graded twice and not alike.
    """
    gradings: dict[str, dict[int, Grading]] = {}
    warnings: dict[str, tuple[str, ...]] = {}
    for row in read_table(path, _COLUMNS, known=_COLUMNS):
        patient, disc = str(row.whole("Patient", 1)), row.whole("IVD label", 0, DISCS)
        empty = next((column for column in _RANGES if not row.cells[column]), None)
        if disc == 0 or empty:
            why = "IVD label 0 is no disc" if disc == 0 else f"no {empty} in it"
            sentence = f"{path}:{row.line}: {why}; this row is left out"
            warnings[patient] = (*warnings.get(patient, ()), sentence)
            continue
        grading = _grading(row)
        if gradings.setdefault(patient, {}).setdefault(disc, grading) != grading:
            raise row.error("this disc is graded in another row, and not alike; keep one of them")
    return Gradings(gradings, warnings)


def _grading(row: TableRow) -> Grading:
    modic, *flags, pfirrmann = (row.whole(column, *bounds) for column, bounds in _RANGES.items())
    upper, lower, slip, herniation, narrowing, bulging = map(bool, flags)
    return Grading(modic, upper, lower, slip, herniation, narrowing, bulging, pfirrmann)


@dataclass(frozen=True)
class VolumeOverview:
    """Whose a volume is. ``sex`` is None and ``age`` (years) too where unknown; ``subset``: training or
    validation, "" where unknown."""

    sex: str | None = None
    age: float | None = None
    subset: str = ""


def read_overview(path: Path) -> dict[str, VolumeOverview]:
    """Read ``overview.csv`` by the volume's name, such as 5_t2; cells may have blanks around them.

    Raises BadInputError where a column is missing, a volume stands twice, or a value cannot be.
    """
    volumes: dict[str, VolumeOverview] = {}
    for row in read_table(path, ("new_file_name", "sex", "subset")):
        name = row.text("new_file_name").removesuffix(".mha")
        if name in volumes:
            raise row.error("this volume has another row; keep one of them")
        sex = row.one_of("sex", ("F", "M", "O"))
        volumes[name] = VolumeOverview(sex, row.number("age"), row.cells["subset"])
    return volumes
