"""The abnormal vertebra of a DICOM study: which slice it is marked on, and the six pictures around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation.boxes import Edges
from annotation.voc import VocFile, read_voc
from axial.pictures import StudyPicture
from detectors.runtime import Detector
from errors import BadInputError
from fracture.lesion import Lesion
from fracture.registration import CHANNELS, registered, six_slices
from fracture.vertebra import vertebra_called
from imaging.geometry import middle_slice
from imaging.pixels import read_pixels
from imaging.study import Series, SeriesKind, Slice, Study


@dataclass(frozen=True)
class _Marked:
    """The T2 series, its lesion slice, and the vertebra on it in pixels; by whom it was marked."""

    series: Series
    slice: Slice
    edges: Edges
    by: str
    warnings: tuple[str, ...] = ()


def lesion_by_box(study: Study, name: str, box: Path, number: int | None = None) -> Lesion:
    """The lesion that the one box of a LabelImg file marks, whatever its label.

    ``number``: of the slice in its sagittal T2 series, counted from 1; where not given, the digits at the end
    of the file's name, as `discern export` writes them. Raises BadInputError where the file or the study
    cannot be used.
    """
    voc = read_voc(box)
    if len(voc.boxes) != 1:
        raise BadInputError(box, f"has {len(voc.boxes)} boxes; mark the one abnormal vertebra")
    number = _number_in(box) if number is None else number
    fitting = [
        (series, series.slices[number - 1])
        for series in _t2_series(study, name)
        if 1 <= number <= len(series.slices) and _fits(series.slices[number - 1], voc)
    ]
    if not fitting:
        raise BadInputError(
            box,
            f"was drawn on a picture of {voc.width} x {voc.height} pixels, and no sagittal T2 series of the "
            f"study has a slice {number} of that size; draw it on a picture exported without --size",
        )
    if len(fitting) > 1:
        raise BadInputError(
            name, "has several sagittal T2 series that the box may be of; give a folder with one of them"
        )
    return _lesion(study, name, _Marked(*fitting[0], voc.boxes[0].edges, "a box"))


def lesion_on_slice(study: Study, name: str, instance: str, edges: Edges, by: str) -> Lesion:
    """The lesion that a box marks on one slice of a study.

    ``instance``: the slice's ``uid``, its SOPInstanceUID. ``edges``: xmin, ymin, xmax, ymax in its pixels.
    ``by``: who drew the box. Raises BadInputError where the slice is no sagittal T2 slice of the study, the
    box does not lie in it, or one of the six pictures is missing.
    """
    for series in _t2_series(study, name):
        for item in series.slices:
            if item.uid == instance:
                if not _holds(item, edges):
                    raise BadInputError(
                        name, "the box does not lie in the picture; draw it around the abnormal vertebra"
                    )
                return _lesion(study, name, _Marked(series, item, edges, by))
    raise BadInputError(name, "the box is on no sagittal T2 slice; draw it on one")


def lesion_by_level(
    study: Study, name: str, detector: Detector, level: str, number: int | None = None
) -> Lesion:
    """The vertebra of a name, such as L1, by a detector. ``number``: of the lesion slice in its sagittal T2
    series, counted from 1; the middle one where not given. Raises BadInputError where it is not found."""
    series = max(_t2_series(study, name), key=lambda item: len(item.slices))
    middle = middle_slice([item.geometry for item in series.slices])
    chosen = middle if number is None else number - 1
    if not 0 <= chosen < len(series.slices):
        raise BadInputError(
            name, f"no slice {chosen + 1} in its sagittal T2 series, which has {len(series.slices)}"
        )
    pictures = {place: _picture(series.slices[place]) for place in (middle, chosen)}
    try:
        edges, doubts = vertebra_called(detector, pictures[middle], pictures[chosen], level)
    except ValueError as error:
        raise BadInputError(name, str(error)) from None
    warnings = tuple(f"the numbering is doubtful: {doubt}" for doubt in doubts)
    return _lesion(
        study, name, _Marked(series, series.slices[chosen], edges, f"a detector, as {level}", warnings)
    )


def _lesion(study: Study, name: str, marked: _Marked) -> Lesion:
    """The six pictures read and registered. Raises BadInputError where one of them is missing."""
    t1 = [series.slices for series in study.of_kind(SeriesKind.SAGITTAL_T1)]
    try:
        slices = six_slices(marked.series.slices, t1, marked.slice, marked.edges)
    except ValueError as error:
        raise BadInputError(name, str(error)) from None
    pixels = [read_pixels(item).values for item in slices]
    return Lesion(
        study=name,
        pictures=tuple(_names(study, slices)),
        pixels=registered(pixels, [item.geometry for item in slices]),
        edges=marked.edges,
        marked_by=marked.by,
        warnings=(*map(str, study.left_out), *study.warnings, *marked.warnings),
    )


def _t2_series(study: Study, name: str) -> tuple[Series, ...]:
    found = study.of_kind(SeriesKind.SAGITTAL_T2)
    if not found:
        raise BadInputError(name, "there is no sagittal T2 series; T1 and T2 are needed")
    return found


def _names(study: Study, slices: Sequence[Slice]) -> list[str]:
    """What each picture is and its slice's number in its series."""
    numbers = {
        item.uid: number for series in study.series for number, item in enumerate(series.slices, start=1)
    }
    return [f"{what}: {numbers[item.uid]}" for what, item in zip(CHANNELS, slices, strict=True)]


def _number_in(box: Path) -> int:
    digits = box.stem.rpartition("_")[2]
    if not digits.isdecimal():
        raise BadInputError(box, "does not say in its name which slice it is of; give --slice")
    return int(digits)


def _fits(item: Slice, voc: VocFile) -> bool:
    return (item.geometry.columns, item.geometry.rows) == (voc.width, voc.height)


def _holds(item: Slice, edges: Edges) -> bool:
    xmin, ymin, xmax, ymax = edges
    return 0 <= xmin < xmax <= item.geometry.columns and 0 <= ymin < ymax <= item.geometry.rows


def _picture(item: Slice) -> StudyPicture:
    return StudyPicture("", read_pixels(item).values, item.geometry, item.uid)
