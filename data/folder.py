"""A cohort in a folder: pictures, LabelImg's XML and a table that says whose each picture is.

Pictures lie in ``images/`` and XML in ``annotations/``, or all side by side. ``images.csv`` has the
columns ``image`` and ``patient`` and, where known, ``annotated`` (the classes annotated in that
image, separated by spaces; none given: all), ``sex``, ``age`` (years) and ``excluded`` (a reason).
Without it, a pattern with a group ``patient`` reads the patient from the file's name.
``classes.txt`` is the label set; without it, the lumbar one.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from PIL import Image, UnidentifiedImageError

from annotation.labels import LabelSet, named_label_set, read_label_set
from annotation.voc import read_voc
from data.cohort import Cohort, CohortImage, Exclusion
from errors import BadInputError
from imaging.pictures import PICTURE_SUFFIXES

_COLUMNS = ("annotated", "sex", "age", "excluded")


class _Row(NamedTuple):
    """A row of the table; an empty text is "not given"."""

    image: str
    patient: str
    annotated: str
    sex: str
    age: str
    excluded: str


def read_cohort(
    folder: Path, label_set: LabelSet | None = None, patient_pattern: str | None = None
) -> Cohort:
    """Read a cohort folder; pictures that cannot be used are left out, each with its reason.

    Raises BadInputError where the folder, its table or all of its pictures cannot be used.
    """
    if not folder.is_dir():
        raise BadInputError(folder, "no such folder; give one with pictures and LabelImg's XML")
    if label_set is None:
        classes = folder / "classes.txt"
        label_set = read_label_set(classes) if classes.exists() else named_label_set("lumbar")
    table = (
        _patients_by_pattern(folder, patient_pattern) if patient_pattern else _read_table(folder, label_set)
    )
    images: list[CohortImage] = []
    excluded: list[Exclusion] = []
    for row in (_Row(*values) for values in table.to_numpy()):
        try:
            images.append(_read_image(folder, row, label_set))
        except BadInputError as error:
            excluded.append(Exclusion(row.image, error.reason))
    if not images:
        why = f": {excluded[0].name}: {excluded[0].reason}" if excluded else ""
        raise BadInputError(folder, f"no picture in it can be used; run `discern check` on it{why}")
    return Cohort(label_set, tuple(images), tuple(excluded))


def pictures_folder(folder: Path) -> Path:
    """Where a cohort folder's pictures lie."""
    return folder / "images" if (folder / "images").is_dir() else folder


def annotation_path(folder: Path, image: str) -> Path:
    """Where the XML of a picture lies."""
    side = folder / "annotations" if (folder / "annotations").is_dir() else pictures_folder(folder)
    return side / f"{Path(image).stem}.xml"


def _read_table(folder: Path, label_set: LabelSet) -> pd.DataFrame:
    path = folder / "images.csv"
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInputError(
            path, "no such table; write one with the columns image and patient, or give --patient-pattern"
        ) from None
    except (ValueError, UnicodeDecodeError):
        raise BadInputError(path, "not a CSV table in UTF-8; save it again") from None
    for name in ("image", "patient"):
        if name not in table:
            raise BadInputError(path, f"no column {name!r}; the table needs image and patient")
        empty = table.index[table[name].str.strip() == ""]
        if len(empty):
            raise BadInputError(path, f"no {name} in this row; fill it in", line=int(empty[0]) + 2)
    twice = table.index[table["image"].duplicated()]
    if len(twice):
        raise BadInputError(path, "this image stands twice; remove one row", line=int(twice[0]) + 2)
    table = table.reindex(columns=["image", "patient", *_COLUMNS], fill_value="")
    for number, classes in enumerate(table["annotated"]):
        for name in classes.split():
            if name not in label_set:
                raise BadInputError(
                    path, f"annotated class {name!r} is not in the label set", line=number + 2
                )
    return table


def _patients_by_pattern(folder: Path, pattern: str) -> pd.DataFrame:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise BadInputError(
            folder, f"the patient pattern {pattern!r} is no regular expression: {error}"
        ) from None
    if "patient" not in compiled.groupindex:
        raise BadInputError(folder, f"the patient pattern {pattern!r} has no group (?P<patient>…)")
    names = sorted(p.name for p in pictures_folder(folder).iterdir() if p.suffix.lower() in PICTURE_SUFFIXES)
    rows = []
    for name in names:
        match = compiled.search(name)
        if match is None:
            raise BadInputError(
                pictures_folder(folder) / name, "the patient pattern does not match this file's name"
            )
        rows.append({"image": name, "patient": match["patient"]})
    return pd.DataFrame(rows, columns=["image", "patient"]).reindex(
        columns=["image", "patient", *_COLUMNS], fill_value=""
    )


def _read_image(folder: Path, row: _Row, label_set: LabelSet) -> CohortImage:
    name = row.image
    path = pictures_folder(folder) / name
    if row.excluded:
        raise BadInputError(path, row.excluded)
    width, height = _size(path)
    voc = read_voc(annotation_path(folder, name), label_set=label_set, image_size=(width, height))
    if (voc.width, voc.height) != (width, height):
        raise BadInputError(
            voc.path,
            f"its size is {voc.width} x {voc.height}, the picture's {width} x {height}; label it again",
        )
    annotated = frozenset(row.annotated.split()) or frozenset(label_set.classes)
    return CohortImage(
        name,
        path,
        row.patient,
        voc.boxes,
        annotated,
        width,
        height,
        sex=row.sex or None,
        age=_age(row.age, folder),
    )


def _age(text: str, folder: Path) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise BadInputError(folder / "images.csv", f"the age {text!r} is no number of years") from None


def _size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as picture:
            return picture.size
    except FileNotFoundError:
        raise BadInputError(path, "no such picture; remove its row or put it there") from None
    except (UnidentifiedImageError, OSError):
        raise BadInputError(path, "not a readable picture; save it again") from None
