"""Whose the pictures of a download are: from a table or from their names, and never left open."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from annotation.labels import LabelSet
from data.image_table import ImageRow, read_image_table, rows_by_pattern
from data.importers.box_source import SIDES, SourcePicture
from data.importers.class_names import ClassNames
from data.importers.picture_names import original_name
from errors import BadInputError

PATIENTS = "patients.csv"
"""The table that ``discern convert`` leaves beside the boxes, read where no other is named."""


@dataclass(frozen=True)
class Patients:
    """``pattern``: a regular expression with the group ``patient``; or the rows of ``table``, by picture."""

    pattern: str | None = None
    table: Path | None = None
    rows: Mapping[str, ImageRow] = field(default_factory=dict, repr=False)

    def row_of(self, name: str, picture: SourcePicture) -> ImageRow:
        """The row of a picture called ``name`` in the cohort. Raises BadInputError where it has none."""
        if self.pattern is not None:
            (row,) = rows_by_pattern([Path(picture.flat_name)], self.pattern)
            return replace(row, image=name)
        renamed = name != picture.flat_name  # the old name is another picture's
        for known in (name,) if renamed else (name, picture.name, original_name(name)):
            if known in self.rows:
                return replace(self.rows[known], image=name)
        raise BadInputError(picture.path, f"no row for it in {self.table}; add one with image and patient")


def open_patients(place: Path, pattern: str | None, table: Path | None, classes: ClassNames) -> Patients:
    """Take the pattern, or the table, or the ``patients.csv`` beside what was named.

    The table has the columns of a cohort's ``images.csv``; its classes are those of the download, or of the
    label set. Raises BadInputError for both, for none, and where the one given cannot be used.
    """
    if pattern is not None and table is not None:
        raise BadInputError(table, "a table and a pattern of patients are given; give one")
    if pattern is not None:
        rows_by_pattern((), pattern)
        return Patients(pattern)
    table = table or next(filter(Path.exists, _tables(place)), None)
    if table is None:
        raise BadInputError(
            place,
            "nothing says whose its pictures are, and every split here goes by patient; give "
            "--patient-pattern '(?P<patient>…)', searched for in the pictures' names, or --patients with a "
            "table of image and patient",
        )
    known = LabelSet(tuple(dict.fromkeys((*classes.names, *classes.label_set.classes))))
    rows = (_renamed(row, classes) for row in read_image_table(table, known))
    return Patients(None, table, {row.image: row for row in rows})


def _tables(place: Path) -> list[Path]:
    """Where a table may lie: a file may be in a folder of a side, or of annotations."""
    folder = place if place.is_dir() else place.parent
    above = [folder.parent] if folder != place and folder.name in ("annotations", *SIDES) else []
    return [parent / PATIENTS for parent in (folder, *above)]


def _renamed(row: ImageRow, classes: ClassNames) -> ImageRow:
    """A row of a table under the label set's classes."""
    if not row.annotated:
        return row
    own = row.annotated & set(classes.names)
    annotated = classes.looked_for(own) | (row.annotated - own)
    reason = "" if annotated else "no class that is imported was annotated in it"
    return replace(row, annotated=annotated, excluded=row.excluded or reason)
