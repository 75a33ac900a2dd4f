"""A cohort in a folder: pictures, LabelImg's XML and a table that says whose each picture is.

Pictures lie in ``images/`` and XML in ``annotations/``, or all side by side. ``images.csv`` has the
columns ``image`` and ``patient`` and, where known, ``annotated`` (the classes annotated in that
image, separated by spaces; none given: all), ``sex``, ``age`` (years), ``excluded`` (a reason) and
``kind`` (of the series).
Without it, a pattern with a group ``patient`` reads the patient from the file's name.
``classes.txt`` is the label set; without it, the lumbar one.
"""

from pathlib import Path

from annotation.boxes import Box
from annotation.labels import LabelSet, named_label_set, read_label_set
from annotation.voc import read_voc
from data.cohort import Cohort, CohortImage, Exclusion
from data.image_table import ImageRow, read_image_table, rows_by_pattern
from errors import BadInputError
from imaging.pictures import pictures_in, read_picture

UNFINISHED_IMPORT = ".import"
"""In a cohort folder while an import makes it."""


def read_cohort(
    folder: Path,
    label_set: LabelSet | None = None,
    patient_pattern: str | None = None,
    with_unannotated: bool = False,
) -> Cohort:
    """Read a cohort folder; pictures that cannot be used are left out, each with its reason.

    ``with_unannotated``: pictures without XML belong to it too, with no class annotated in them. Raises
    BadInputError where the folder, its table or all of its pictures cannot be used.
    """
    if not folder.is_dir():
        raise BadInputError(folder, "no such folder; give one with pictures and LabelImg's XML")
    if (folder / UNFINISHED_IMPORT).exists():
        raise BadInputError(folder, "an import into it has not ended; give the same command again")
    if label_set is None:
        classes = folder / "classes.txt"
        label_set = read_label_set(classes) if classes.exists() else named_label_set("lumbar")
    if patient_pattern is None:
        rows = read_image_table(folder / "images.csv", label_set)
    else:
        rows = rows_by_pattern(pictures_in(pictures_folder(folder)), patient_pattern)
    images: list[CohortImage] = []
    excluded: list[Exclusion] = []
    for row in rows:
        if row.excluded:
            excluded.append(Exclusion(row.image, row.excluded))
            continue
        try:
            images.append(_read_image(folder, row, label_set, with_unannotated))
        except BadInputError as error:
            excluded.append(Exclusion(row.image, error.reason))
    if not images:
        why = f"{excluded[0].name}: {excluded[0].reason}"
        raise BadInputError(folder, f"no picture in it can be used; run `discern check` on it: {why}")
    return Cohort(label_set, tuple(images), tuple(excluded))


def pictures_folder(folder: Path) -> Path:
    """Where a cohort folder's pictures lie."""
    return folder / "images" if (folder / "images").is_dir() else folder


def annotation_path(folder: Path, image: str) -> Path:
    """Where the XML of a picture lies."""
    side = folder / "annotations" if (folder / "annotations").is_dir() else pictures_folder(folder)
    return side / f"{Path(image).stem}.xml"


def _read_image(folder: Path, row: ImageRow, label_set: LabelSet, with_unannotated: bool) -> CohortImage:
    path = pictures_folder(folder) / row.image
    height, width = read_picture(path).shape
    xml = annotation_path(folder, row.image)
    boxes: tuple[Box, ...] = ()
    annotated: frozenset[str] = frozenset()
    if xml.exists() or not with_unannotated:
        voc = read_voc(xml, label_set=label_set, image_size=(width, height))
        if (voc.width, voc.height) != (width, height):
            raise BadInputError(
                voc.path,
                f"its size is {voc.width} x {voc.height}, the picture's {width} x {height}; label it again",
            )
        boxes, annotated = voc.boxes, row.annotated or frozenset(label_set.classes)
    return CohortImage(
        row.image,
        path,
        row.patient,
        boxes,
        annotated,
        width,
        height,
        sex=row.sex,
        age=row.age,
        kind=row.kind,
    )
