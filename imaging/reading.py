"""Read a study: its files become series of slices, sorted by geometry."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from errors import BadInputError
from imaging.deidentify import characteristics, identity
from imaging.dicom_file import DicomFile, files_of, silent_pydicom
from imaging.functional_groups import functional_group
from imaging.geometry import SliceGeometry
from imaging.recognition import recognise
from imaging.study import Patient, Series, Slice, Study, blocks_in_order

MR_IMAGES = (
    "1.2.840.10008.5.1.4.1.1.4",  # MR Image Storage
    "1.2.840.10008.5.1.4.1.1.4.1",  # Enhanced MR Image Storage
    "1.2.840.10008.5.1.4.1.1.4.4",  # Legacy Converted Enhanced MR Image Storage
)
_SAME_PLACE, _SAME_PICTURE = 0.01, 1.0
"""mm between planes, and between the middles of two pictures, that show the same."""
_PARALLEL = 0.9999


@dataclass(frozen=True)
class _Found:
    """A slice with what its file says of the examination, for sorting alone."""

    slice: Slice
    header: Dataset
    study: str
    series: tuple[str, ...]
    identity: tuple[str, str]


def read_studies(source: Path) -> list[Study]:
    """The studies of one patient in a folder, a ZIP, a DICOMDIR or a file; most often one.

    MR images alone are read; other files of a disc (reports, viewers) are passed over. Raises
    BadInputError where nothing can be read, and where images of two patients are mixed.
    """
    with silent_pydicom():
        return _read_studies(source)


def _read_studies(source: Path) -> list[Study]:
    left_out: list[BadInputError] = []
    found: dict[str, _Found] = {}
    for file in files_of(source):
        try:
            for item in _read_file(file):
                _add(found, item, left_out)
        except BadInputError as error:
            left_out.append(error)
    if not found:
        why = f": {left_out[0].path.name}: {left_out[0].reason}" if left_out else ""
        raise BadInputError(source, f"no MR images that can be read in it{why}")
    _check_one_patient(source, list(found.values()))
    studies: dict[str, list[_Found]] = {}
    for item in found.values():
        studies.setdefault(item.study, []).append(item)
    first, *others = [_study(source, uid, items) for uid, items in sorted(studies.items())]
    # What could not be read cannot say to which study it belongs.
    return [replace(first, left_out=(*left_out, *first.left_out)), *others]


def _add(found: dict[str, _Found], item: _Found, left_out: list[BadInputError]) -> None:
    uid = item.slice.uid
    if uid in found:
        left_out.append(
            BadInputError(
                str(item.slice.file), f"the same image as {found[uid].slice.file}; remove one of them"
            )
        )
    else:
        found[uid] = item


def _read_file(file: DicomFile) -> Iterator[_Found]:
    """The slices of one file; none where it is not an MR image."""
    if not file.is_dicom():
        if str(file).lower().endswith((".dcm", ".ima", ".dicom")):
            raise BadInputError(str(file), "not a DICOM file, whatever its name says; remove or replace it")
        return
    header = file.read(pixels=False)
    try:
        yield from _slices(file, header)
    except BadInputError:
        raise
    except Exception:  # a damaged value can surface wherever it is read, and may quote a patient
        raise BadInputError(str(file), "a damaged DICOM header; export it again from the archive") from None


def _slices(file: DicomFile, header: Dataset) -> Iterator[_Found]:
    if "SOPClassUID" not in header:
        raise BadInputError(str(file), "does not say what it holds (SOPClassUID); export it again")
    if header.SOPClassUID not in MR_IMAGES:
        return
    for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        if not header.get(name):
            raise BadInputError(str(file), f"has no {name}; export it again from the archive")
    frames = int(header.get("NumberOfFrames") or 1)
    if frames > 1 and len(header.get("PerFrameFunctionalGroupsSequence") or []) != frames:
        raise BadInputError(str(file), "does not say where each of its frames lies; export it again")
    for frame in range(frames):
        uid = header.SOPInstanceUID if frames == 1 else f"{header.SOPInstanceUID}.{frame + 1}"
        item = Slice(file, frame, str(uid), slice_geometry(file, header, frame))
        yield _Found(item, header, header.StudyInstanceUID, _series_key(header, frame), identity(header))


def slice_geometry(file: DicomFile, header: Dataset, frame: int = 0) -> SliceGeometry:
    """Where an image, or one frame of it, lies. Raises BadInputError naming what is missing or wrong."""
    position, orientation, spacing = (
        _numbers(file, functional_group(header, frame, group) or header, name)
        for name, group in (
            ("ImagePositionPatient", "PlanePositionSequence"),
            ("ImageOrientationPatient", "PlaneOrientationSequence"),
            ("PixelSpacing", "PixelMeasuresSequence"),
        )
    )
    measures = functional_group(header, frame, "PixelMeasuresSequence") or header
    try:
        return SliceGeometry(
            position=position,  # type: ignore[arg-type]
            across=orientation[:3],  # type: ignore[arg-type]
            down=orientation[3:],  # type: ignore[arg-type]
            spacing=spacing,  # type: ignore[arg-type]
            rows=int(header.get("Rows") or 0),
            columns=int(header.get("Columns") or 0),
            thickness=_number(measures.get("SliceThickness")) or 0.0,
        )
    except ValueError as error:
        raise BadInputError(str(file), f"its geometry cannot be used: {error}") from None


def _numbers(file: DicomFile, header: Dataset, name: str) -> tuple[float, ...]:
    """Raises BadInputError, which does not quote what is there: it may be anything."""
    values = header.get(name)
    if not values:
        raise BadInputError(str(file), f"has no {name}, so its place in the patient is unknown")
    numbers = [_number(value) for value in (values if isinstance(values, MultiValue | list) else [values])]
    if any(number is None for number in numbers):
        raise BadInputError(str(file), f"its {name} are no numbers, so its place in the patient is unknown")
    return tuple(number for number in numbers if number is not None)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _series_key(header: Dataset, frame: int) -> tuple[str, ...]:
    """What separates acquisitions that some scanners store under one SeriesInstanceUID."""
    kind = functional_group(header, frame, "MRImageFrameTypeSequence")
    image_type = (kind.get("FrameType") if kind else None) or header.get("ImageType") or ()
    echo = functional_group(header, frame, "MREchoSequence")
    echo_time = (echo or header).get("EffectiveEchoTime" if echo else "EchoTime")
    return (
        str(header.SeriesInstanceUID),
        "\\".join(list(image_type)[2:]),
        str(echo_time or ""),
        str(header.get("TemporalPositionIdentifier") or ""),
        str(header.get("DiffusionBValue") or ""),
    )


def _check_one_patient(source: Path, found: list[_Found]) -> None:
    first = found[0]
    for item in found:
        if item.identity != first.identity:
            one, other = first.slice.file, item.slice.file
            raise BadInputError(
                source, f"images of two patients are mixed ({one} and {other}); give each a folder of its own"
            )


def _study(source: Path, uid: str, found: list[_Found]) -> Study:
    grouped: dict[tuple[str, ...], list[_Found]] = {}
    for item in found:
        grouped.setdefault(item.series, []).append(item)
    left_out: list[BadInputError] = []
    series = [_series("|".join(key), items, left_out) for key, items in sorted(grouped.items())]
    person = characteristics(found[0].header)
    references = {item.frame_of_reference for item in series}
    warnings = []
    if len(references) > 1:
        warnings.append(
            f"{source}: its series name {len(references)} frames of reference; their millimetres are taken "
            "for the same, as if the patient had not moved"
        )
    patient = Patient(*found[0].identity, sex=person.sex, age=person.age)
    return Study(uid, patient, tuple(series), tuple(left_out), tuple(warnings))


def _series(uid: str, found: list[_Found], left_out: list[BadInputError]) -> Series:
    kept: list[Slice] = []
    for block in blocks_in_order(item.slice for item in found):
        for item in block:
            before = kept[-1] if kept else None
            if before is not None and _same_place(before.geometry, item.geometry):
                left_out.append(
                    BadInputError(
                        str(item.file), f"lies exactly where {before.file} lies; remove one of them"
                    )
                )
            else:
                kept.append(item)
    header = found[0].header
    kind = recognise(header, kept[0].frame, [item.geometry for item in kept])
    return Series(uid, kind, blocks_in_order(kept), str(header.get("FrameOfReferenceUID") or ""))


def _same_place(first: SliceGeometry, second: SliceGeometry) -> bool:
    shift = second.centre - first.centre
    return bool(
        first.normal @ second.normal > _PARALLEL
        and abs(shift @ first.normal) < _SAME_PLACE
        and np.linalg.norm(shift) < _SAME_PICTURE
    )
