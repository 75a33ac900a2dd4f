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
    """The mid-sagittal picture and the axial ones, from head to foot; and in words what is missing,
    for stage 1 (``no_sagittal``) and for the stages on axial slices (``no_axial``)."""

    sagittal: StudyPicture | None
    axial: tuple[StudyPicture, ...]
    no_sagittal: str = ""
    no_axial: str = ""
    warnings: tuple[str, ...] = ()


def pictures_of(study: Study) -> StudyPictures:
    """Choose and read the pictures of a DICOM study.

    Of several sagittal T2 series the one whose middle slice meets most axial slices. A slice whose pixels
    cannot be read is left out with a warning, as the study's unusable files are.
    """
    axial = study.of_kind(SeriesKind.AXIAL_T2)
    sagittal = _sagittal_series(study, axial)
    warnings = [*map(str, study.left_out), *study.warnings]
    middle: StudyPicture | None = None
    if sagittal is not None:
        middle = _read(_middle(sagittal), f"middle {sagittal.kind}", warnings)
    slices = [item for series in axial for item in series.slices]
    shown = tuple(
        picture
        for number, item in enumerate(slices, start=1)
        if (picture := _read(item, f"axial {number}", warnings)) is not None
    )
    return StudyPictures(middle, shown, _no_sagittal(study, middle), _no_axial(study, shown), tuple(warnings))


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
