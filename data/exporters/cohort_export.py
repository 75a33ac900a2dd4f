"""A cohort as another program takes it: split by patient, in one of the common box formats."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from annotation.labels import LabelSet
from annotation.views import View
from data.cohort import Cohort, CohortImage
from data.exporters import coco, roboflow, yolo
from data.exporters.split import VALID, Side, split_patients
from data.image_table import annotated_cell
from data.importers.picture_patients import PATIENTS
from data.table import write_table
from errors import BadInputError
from imaging.new_folder import new_folder
from imaging.pictures import read_picture
from imaging.windowing import Window, apply_window


@dataclass(frozen=True)
class BoxFormat:
    """``pictures``: the folder of a side's pictures; ``write``: writes what goes with them, which lie there;
    ``validated``: whether it can not do without a validation side."""

    pictures: str
    write: Callable[[Path, Sequence[Side], Sequence[str]], None]
    validated: bool = False


BOX_FORMATS = {
    "coco": BoxFormat(coco.PICTURES, coco.write_coco),
    "yolo": BoxFormat(yolo.PICTURES, yolo.write_yolo, validated=True),
    "roboflow": BoxFormat(roboflow.PICTURES, roboflow.write_roboflow),
}


@dataclass(frozen=True)
class Shares:
    """The shares of the patients, and the seed by which they are dealt out."""

    valid: float = 0.2
    test: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Conversion:
    """What was written: ``sides``, and sentences on what another program may get wrong."""

    sides: tuple[Side, ...]
    warnings: tuple[str, ...]


def of_view(cohort: Cohort, view: View) -> Cohort:
    """The cohort under a view's classes; pictures in which none of them was annotated are left out."""
    images = []
    for image in cohort.images:
        flags = view.annotated(image.annotated)
        annotated = frozenset(name for name, flag in zip(view.names, flags, strict=True) if flag)
        if annotated:
            images.append(replace(image, boxes=view.apply(image.boxes), annotated=annotated))
    return replace(cohort, label_set=LabelSet(view.names), images=tuple(images))


def completely_annotated(cohort: Cohort) -> Cohort:
    """The pictures in which every class was annotated."""
    classes = set(cohort.label_set.classes)
    return replace(cohort, images=tuple(image for image in cohort.images if classes <= image.annotated))


def convert_cohort(
    cohort: Cohort, name: str, out: Path, shares: Shares, eight_bit: bool = False
) -> Conversion:
    """Write pictures, boxes, classes and ``patients.csv`` in the format of this name, whole or not at all.

    Pictures are copied as they are; ``eight_bit`` windows those of 16 bits by their percentiles. Raises
    BadInputError where the cohort cannot be split so, or ``out`` is not empty.
    """
    form = BOX_FORMATS[name]
    if not cohort.images:
        raise BadInputError(out, "no picture of the cohort is left to write; name another cohort")
    for image in cohort.images:
        if Path(image.name).name != image.name:
            raise BadInputError(image.path, "its name in images.csv has a folder in it; keep pictures in one")
    try:
        sides = split_patients(cohort, shares.valid, shares.test, shares.seed)
    except ValueError as error:
        raise BadInputError(out, str(error)) from None
    if form.validated and all(side.name != VALID for side in sides):
        raise BadInputError(out, f"{name} needs a validation side; give --valid a share")
    try:
        with new_folder(out) as folder:
            deep = _write_pictures(folder, form, sides, eight_bit)
            form.write(folder, sides, cohort.label_set.classes)
            _write_patients(folder / PATIENTS, cohort)
    except OSError as error:
        raise BadInputError(out, f"cannot be written ({error.strerror}); name another folder") from None
    return Conversion(sides, (*_depth_warnings(deep, eight_bit), *_class_warnings(cohort, sides)))


def _write_pictures(folder: Path, form: BoxFormat, sides: Sequence[Side], eight_bit: bool) -> int:
    """How many of them have 16 bits."""
    deep = 0
    for side in sides:
        pictures = folder / form.pictures.format(side=side.name)
        pictures.mkdir(parents=True)
        for image in side.images:
            deep += _write_picture(image, pictures / image.name, eight_bit)
    return deep


def _write_picture(image: CohortImage, path: Path, eight_bit: bool) -> bool:
    """Copy a picture; whether it has 16 bits."""
    pixels = read_picture(image.path)
    deep = pixels.dtype == np.uint16
    if deep and eight_bit:
        gray = np.round(255 * apply_window(pixels, Window())).astype(np.uint8)
        path.write_bytes(cv2.imencode(path.suffix, gray)[1].tobytes())
    else:
        shutil.copyfile(image.path, path)
    return deep


def _write_patients(path: Path, cohort: Cohort) -> None:
    """The rows of the cohort's ``images.csv``, by which an import knows patients and annotated classes."""
    classes = set(cohort.label_set.classes)
    write_table(
        path,
        ("image", "patient", "annotated", "sex", "age", "kind"),
        (
            (
                image.name,
                image.patient,
                "" if classes <= image.annotated else annotated_cell(image.annotated),
                image.sex or "",
                "" if image.age is None else f"{image.age:g}",
                image.kind,
            )
            for image in cohort.images
        ),
    )


def _depth_warnings(deep: int, eight_bit: bool) -> list[str]:
    if not deep or eight_bit:
        return []
    return [
        f"pictures of 16 bits: {deep}; many programs keep the upper 8, which leaves MR pictures dark: "
        "--eight-bit windows them"
    ]


def _class_warnings(cohort: Cohort, sides: Sequence[Side]) -> list[str]:
    warnings = []
    for name in cohort.label_set.classes:
        without = sum(name not in image.annotated for image in cohort.images)
        if without:
            warnings.append(
                f"{name} was not annotated in {without} of {len(cohort.images)} pictures, which no such "
                "format can say: it would be taught as background there; leave them out with --complete"
            )
        boxed = [
            side.name
            for side in sides
            if any(box.label == name for item in side.images for box in item.boxes)
        ]
        if boxed:
            warnings += [f"no {name} in {side.name}" for side in sides if side.name not in boxed]
    return warnings
