"""Whose each picture of a cohort folder is: from its table, or from the names of the files."""

import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from annotation.labels import LabelSet
from errors import BadInputError


@dataclass(frozen=True)
class ImageRow:
    """A picture's row. ``annotated``: classes annotated in it, none where the table does not say;
    ``age`` in years; ``excluded``: why it is left out, "" where it is not; ``kind``: of its series, such
    as sagittal T2, "" where the table does not say."""

    image: str
    patient: str
    annotated: frozenset[str] = frozenset()
    sex: str | None = None
    age: float | None = None
    excluded: str = ""
    kind: str = ""


def read_image_table(path: Path, label_set: LabelSet) -> list[ImageRow]:
    """Read a CSV table with the columns ``image`` and ``patient`` and, where known, ``annotated``
    (classes separated by spaces), ``sex``, ``age``, ``excluded`` and ``kind``. Raises BadInputError."""
    (_, columns), *lines = _lines(path)
    for name in ("image", "patient"):
        if name not in columns:
            raise BadInputError(
                path, f"no column {name!r}; it needs image and patient, separated by commas", line=1
            )
    rows: dict[str, ImageRow] = {}
    for line, values in lines:
        if len(values) > len(columns):
            raise BadInputError(path, "more values in this row than columns; quote commas", line)
        row = _row(dict(zip(columns, values, strict=False)), label_set, path, line)
        if row.image in rows:
            raise BadInputError(path, f"{row.image} stands twice; remove one row", line)
        rows[row.image] = row
    if not rows:
        raise BadInputError(path, "no rows in this table; write one for each picture")
    return list(rows.values())


def annotated_cell(annotated: Iterable[str]) -> str:
    """Classes as a table's column ``annotated`` has them. Raises BadInputError for one with a space in it,
    since spaces tell them apart."""
    for name in sorted(annotated):
        if len(name.split()) > 1:
            raise BadInputError(name, "a class with a space in it, which images.csv cannot hold; rename it")
    return " ".join(sorted(annotated))


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Number and values of every line that is not blank; the first are the columns."""
    try:
        reader = csv.reader(path.read_text(encoding="utf-8-sig").splitlines(keepends=True))
        lines = [(reader.line_num, [value.strip() for value in values]) for values in reader if values]
    except FileNotFoundError:
        raise BadInputError(
            path, "no such table; write one with the columns image and patient, or give --patient-pattern"
        ) from None
    except (OSError, UnicodeDecodeError, csv.Error):
        raise BadInputError(path, "not a CSV table in UTF-8; save it again") from None
    return lines or [(1, [])]


def _row(given: dict[str, str], label_set: LabelSet, path: Path, line: int) -> ImageRow:
    for name in ("image", "patient"):
        if not given.get(name):
            raise BadInputError(path, f"no {name} in this row; fill it in", line=line)
    annotated = frozenset(given.get("annotated", "").split())
    for name in sorted(annotated):
        if name not in label_set:
            raise BadInputError(path, f"annotated class {name!r} is not in the label set", line=line)
    age = given.get("age") or None
    try:
        years = None if age is None else float(age)
    except ValueError:
        years = math.nan
    if years is not None and not math.isfinite(years):
        raise BadInputError(path, f"the age {age!r} is no number of years", line=line)
    return ImageRow(
        given["image"],
        given["patient"],
        annotated,
        given.get("sex") or None,
        years,
        given.get("excluded", ""),
        given.get("kind", ""),
    )


def rows_by_pattern(pictures: Iterable[Path], pattern: str) -> list[ImageRow]:
    """The patient of each picture from the group ``patient`` of a regular expression, searched for
    in the file's name. Raises BadInputError."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise BadInputError(pattern, f"this patient pattern is no regular expression: {error}") from None
    if "patient" not in compiled.groupindex:
        raise BadInputError(pattern, "this patient pattern has no group (?P<patient>…)")
    rows = []
    for path in pictures:
        match = compiled.search(path.name)
        if match is None or not match["patient"]:
            raise BadInputError(path, "the patient pattern does not match this file's name")
        rows.append(ImageRow(path.name, match["patient"]))
    return rows
