"""The tables of RSNA 2024: how structures were graded, where they were marked, and what each series is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from annotation.labels import LUMBAR
from data.table import TableRow, read_table
from errors import BadInputError
from imaging.study import SeriesKind

GRADES, SERIES, POINTS = "train.csv", "train_series_descriptions.csv", "train_label_coordinates.csv"
CONDITIONS = {
    "spinal_canal_stenosis": "canal",
    "neural_foraminal_narrowing": "foramen",
    "subarticular_stenosis": "subarticular",
}
"""By the dataset's name: what is narrowed."""
_SEVERITIES = {"Normal/Mild": "normal-mild", "Moderate": "moderate", "Severe": "severe"}
_KINDS = {
    "sagittal t1": SeriesKind.SAGITTAL_T1,
    "sagittal t2/stir": SeriesKind.SAGITTAL_T2,
    "axial t2": SeriesKind.AXIAL_T2,
}
"""The table does not tell T2 from STIR."""


@dataclass(frozen=True)
class Structure:
    """What is graded once in a study. ``condition``: canal, foramen or subarticular; ``side``: left or right,
    "" for the canal; ``level``: of the disc, such as L4-L5."""

    condition: str
    side: str
    level: str


STRUCTURES = tuple(
    Structure(condition, side, level)
    for condition in CONDITIONS.values()
    for side, level in product(("",) if condition == "canal" else ("left", "right"), LUMBAR.levels)
)


@dataclass(frozen=True)
class MarkedPoint:
    """Where a structure was marked: on which instance of which series, in pixels across and down."""

    series: str
    instance: int
    structure: Structure
    x: float
    y: float


@dataclass
class StudyTables:
    """What the tables say of one study. ``grades``: normal-mild, moderate or severe; a structure that was not
    graded is not in it. ``kinds``: what each series is said to be, more than one thing where rows differ."""

    grades: Mapping[Structure, str]
    kinds: dict[str, set[SeriesKind]] = field(default_factory=dict)
    points: list[MarkedPoint] = field(default_factory=list)


def read_tables(folder: Path) -> dict[str, StudyTables]:
    """The studies of train.csv by their number, with what the other two tables say of them.

    Columns beyond the documented ones are passed over. Raises BadInputError with the line for a table that
    is missing or holds what it must not.
    """
    if not folder.is_dir():
        raise BadInputError(folder, "no such folder; give the one into which the competition was unpacked")
    for name in (GRADES, SERIES, POINTS):
        if not (folder / name).is_file():
            raise BadInputError(
                folder / name, "no such table; give the folder that the competition unpacks to"
            )
    studies: dict[str, StudyTables] = {}
    for row in read_table(folder / GRADES, ("study_id", *map(_column, STRUCTURES))):
        study = str(row.whole("study_id"))
        if study in studies:
            raise row.error("this study stands twice; remove one row")
        studies[study] = StudyTables(_grades(row))
    for row in read_table(folder / SERIES, ("study_id", "series_id", "series_description")):
        if (found := studies.get(str(row.whole("study_id")))) is not None:
            found.kinds.setdefault(str(row.whole("series_id")), set()).add(_kind(row))
    columns = ("study_id", "series_id", "instance_number", "condition", "level", "x", "y")
    for row in read_table(folder / POINTS, columns):
        if (found := studies.get(str(row.whole("study_id")))) is not None:
            found.points.append(_point(row))
    return studies


def _column(structure: Structure) -> str:
    """Such as left_subarticular_stenosis_l4_l5."""
    condition = next(name for name, short in CONDITIONS.items() if short == structure.condition)
    level = structure.level.lower().replace("-", "_")
    return "_".join(filter(None, (structure.side, condition, level)))


def _grades(row: TableRow) -> dict[Structure, str]:
    grades = {}
    for structure in STRUCTURES:
        severity = row.one_of(_column(structure), tuple(_SEVERITIES))
        if severity is not None:
            grades[structure] = _SEVERITIES[severity]
    return grades


def _kind(row: TableRow) -> SeriesKind:
    kind = _KINDS.get(row.text("series_description").lower())
    if kind is None:
        raise row.error("series_description is none of Sagittal T1, Sagittal T2/STIR, Axial T2; mend it")
    return kind


def _point(row: TableRow) -> MarkedPoint:
    x, y = row.number("x"), row.number("y")
    if x is None or y is None:
        raise row.error("no x or no y in this row; fill it in, or remove the row")
    series, instance = str(row.whole("series_id")), row.whole("instance_number")
    return MarkedPoint(series, instance, _structure(row), x, y)


def _structure(row: TableRow) -> Structure:
    """Conditions are written "Left Subarticular Stenosis" or as in train.csv, levels L4/L5 or l4_l5."""
    words = row.text("condition").lower().replace("_", " ").split()
    side = words.pop(0) if words[0] in ("left", "right") else ""
    condition = CONDITIONS.get("_".join(words), "")
    level = row.text("level").upper().replace("/", "-").replace("_", "-")
    structure = Structure(condition, side, level)
    if structure not in STRUCTURES:
        raise row.error("condition and level are none of those of train.csv; mend the row")
    return structure
