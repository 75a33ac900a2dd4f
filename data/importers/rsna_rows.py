"""The tables that come with a cohort of RSNA 2024: points, levels of axial pictures, gradings of studies."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotation.labels import LUMBAR
from data.importers.rsna_tables import STRUCTURES, MarkedPoint, Structure


@dataclass(frozen=True)
class PointRow:
    """Of ``points.csv``: a point on a picture. ``severity``: "" where the structure was not graded; ``x``,
    ``y``: pixels."""

    image: str
    condition: str
    side: str
    level: str
    severity: str
    x: float
    y: float


@dataclass(frozen=True)
class LevelRow:
    """Of ``levels.csv``: an axial picture with points. ``level``: "" where they are of several ``levels``."""

    image: str
    study: str
    level: str
    levels: str


@dataclass(frozen=True)
class GradingRow:
    """Of ``gradings.csv``: a structure of a study. ``severity``: "" where it was not graded; ``points``: how
    many mark it on the imported pictures."""

    study: str
    condition: str
    side: str
    level: str
    severity: str
    points: int


def point_row(image: str, point: MarkedPoint, grades: Mapping[Structure, str]) -> PointRow:
    structure = point.structure
    severity = grades.get(structure, "")
    return PointRow(image, structure.condition, structure.side, structure.level, severity, point.x, point.y)


def level_row(image: str, study: str, points: Iterable[MarkedPoint]) -> LevelRow:
    levels = sorted({point.structure.level for point in points}, key=LUMBAR.levels.index)
    return LevelRow(image, study, levels[0] if len(levels) == 1 else "", " ".join(levels))


def grading_rows(
    study: str, grades: Mapping[Structure, str], points: Sequence[MarkedPoint]
) -> list[GradingRow]:
    """Every structure of a study, graded or not."""
    marked = Counter(point.structure for point in points)
    return [
        GradingRow(study, item.condition, item.side, item.level, grades.get(item, ""), marked[item])
        for item in STRUCTURES
    ]
