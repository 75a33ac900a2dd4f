"""What the four stages look at: pictures with their place in the patient, from whatever source."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from errors import BadInputError
from imaging.geometry import SliceGeometry, intersection, middle_slice
from imaging.pixels import read_pixels
from imaging.study import Series, SeriesKind, Slice, Study
from imaging.windowing import Pixels

_SAGITTAL = (SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_STIR)
"""In the order of preference: STIR counts as T2 where there is none."""


@dataclass(frozen=True)
class StudyPicture:
    """One slice: (rows, columns) gray as stored, and where it lies.

    ``name`` is what results call it; ``instance`` its SOPInstanceUID, "" where it has none.
    """

    name: str
    pixels: Pixels = field(repr=False)
    geometry: SliceGeometry
    instance: str = field(default="", repr=False)


@dataclass(frozen=True)
class StudyPictures:
    """The mid-sagittal picture and the axial ones, from head to foot; all of its series
    (``sagittal_series``, the middle one among them); and in words what is missing, for stage 1
    (``no_sagittal``) and for the stages on axial slices (``no_axial``)."""

    sagittal: StudyPicture | None
    axial: tuple[StudyPicture, ...]
    no_sagittal: str = ""
    no_axial: str = ""
    warnings: tuple[str, ...] = ()
    sagittal_series: tuple[StudyPicture, ...] = ()


def pictures_of(study: Study) -> StudyPictures:
    """Choose and read the pictures of a DICOM study.

    Of several sagittal T2 series the one whose middle slice meets most axial slices. A slice whose pixels
    cannot be read is left out with a warning, as the study's unusable files are.
    """
    axial = study.of_kind(SeriesKind.AXIAL_T2)
    sagittal = _sagittal_series(study, axial)
    warnings = [*map(str, study.left_out), *study.warnings]
    middle, beside = _read_sagittal(sagittal, warnings) if sagittal else (None, ())
    slices = [item for series in axial for item in series.slices]
    shown = tuple(
        picture
        for number, item in enumerate(slices, start=1)
        if (picture := _read(item, f"axial {number}", warnings)) is not None
    )
    return StudyPictures(
        middle, shown, _no_sagittal(study, middle), _no_axial(study, shown), tuple(warnings), beside
    )


def _sagittal_series(study: Study, axial: Sequence[Series]) -> Series | None:
    for kind in _SAGITTAL:
        of_kind = study.of_kind(kind)
        if of_kind:
            return max(of_kind, key=lambda series: (_meeting(series, axial), len(series.slices)))
    return None


def _meeting(sagittal: Series, axial: Sequence[Series]) -> int:
    """How many axial slices the middle slice of a sagittal series meets."""
    middle = _middle(sagittal).geometry
    return sum(intersection(middle, item.geometry) is not None for series in axial for item in series.slices)


def _middle(series: Series) -> Slice:
    return series.slices[middle_slice([item.geometry for item in series.slices])]


def _read_sagittal(
    series: Series, warnings: list[str]
) -> tuple[StudyPicture | None, tuple[StudyPicture, ...]]:
    """The middle picture of a series, None where it cannot be read, and all that can be."""
    middle, shown, others = _middle(series), None, []
    for number, item in enumerate(series.slices, start=1):
        name = f"middle {series.kind}" if item is middle else f"sagittal {number}"
        picture = _read(item, name, warnings)
        if picture is not None:
            others.append(picture)
            shown = picture if item is middle else shown
    return shown, tuple(others)


def _read(item: Slice, name: str, warnings: list[str]) -> StudyPicture | None:
    try:
        return StudyPicture(name, read_pixels(item).values, item.geometry, item.uid)
    except BadInputError as error:
        warnings.append(str(error))
        return None


def _no_sagittal(study: Study, middle: StudyPicture | None) -> str:
    if middle is not None:
        return ""
    if any(study.of_kind(kind) for kind in _SAGITTAL):
        return "the middle sagittal slice cannot be read"
    if study.of_kind(SeriesKind.SAGITTAL_T1):
        return "the only sagittal series is T1; a T2 series is needed"
    return "there is no sagittal T2 series"


def _no_axial(study: Study, shown: Sequence[StudyPicture]) -> str:
    if shown:
        return ""
    if study.of_kind(SeriesKind.AXIAL_T2):
        return "no axial T2 slice can be read"
    if study.of_kind(SeriesKind.AXIAL_T1):
        return "the only axial series is T1; a T2 series is needed"
    return "there is no axial T2 series"
