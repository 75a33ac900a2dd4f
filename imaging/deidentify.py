"""De-identified copies of DICOM MR images, and what is retained of the patient: age and sex.

The Basic Application Level Confidentiality Profile with the Retain Patient Characteristics Option (PS3.15
Table E.1-1), and stricter: what is not on our own list of technical attributes (``imaging.retained``) goes
too, at every depth, because the profile leaves whatever it does not name.
"""

import datetime
import re
from dataclasses import dataclass

import numpy as np
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.utils import get_expected_length
from pydicom.sr.codedict import codes
from pydicom.tag import Tag
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from errors import BadInputError
from imaging.cleaning import Cleaning, code_item, read_element, read_text
from imaging.dicom_file import silent_pydicom
from imaging.pseudonyms import PseudonymKey
from imaging.retained import DUMMIES, VENDORS

OLDEST = 90
"""Years; everyone older is this old (HIPAA, 45 CFR 164.514(b)(2)(i)(C))."""

_TYPE_2 = (
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "PatientBirthDate",
    "PositionReferenceIndicator",
)
_OPTIONS = (
    codes.cid7050.BasicApplicationConfidentialityProfile,
    codes.cid7050.RetainPatientCharacteristicsOption,
)
_YEARS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


@dataclass(frozen=True)
class PatientCharacteristics:
    """What is retained of a patient: sex (M, F or O) and age in years, at most 90; None where unknown."""

    sex: str | None
    age: float | None


def deidentify(dataset: Dataset, key: PseudonymKey, series_description: str = "") -> Dataset:
    """A new data set without the patient; the given one stays as it is.

    It has its own file meta and an empty preamble, ready for ``save_as(path, enforce_file_format=True)`` in
    the given transfer syntax. PatientName and PatientID are the key's pseudonym, and UIDs the key's, so that
    the files of a study go on referring to each other. Pixels are as they were; text burned into them is not
    looked for, and comments within compressed pixels are not removed. ``series_description`` is written as
    given. Raises BadInputError where the SOP class or the transfer syntax is not one of the standard's.
    """
    with silent_pydicom():
        transfer_syntax = _transfer_syntax(dataset)
        enhanced = "SharedFunctionalGroupsSequence" in dataset
        copy = Cleaning(key, DUMMIES if enhanced else {}).dataset(dataset)
        if not copy.get("SOPClassUID") or not copy.get("SOPInstanceUID"):
            raise _bad_input(dataset, "not an image of one of the standard's SOP classes")
        copy.SpecificCharacterSet = "ISO_IR 192"
        for keyword in _TYPE_2:
            setattr(copy, keyword, "")
        copy.Manufacturer = _vendor(read_text(dataset, "Manufacturer")) or ("REMOVED" if enhanced else "")
        if series_description:
            copy.SeriesDescription = series_description
        _describe_patient(copy, dataset, key)
        _describe_method(copy)
        pixels = _pixels(dataset, copy, transfer_syntax)
        if pixels is not None:
            copy.add(pixels)
        copy.file_meta = _file_meta(copy, transfer_syntax)
        copy.preamble = bytes(128)  # type: ignore[attr-defined]
    return copy


def characteristics(dataset: Dataset) -> PatientCharacteristics:
    """Sex and age, as they may leave the hospital: PatientAge, or else from the dates of birth and study."""
    with silent_pydicom():
        sex = read_text(dataset, "PatientSex").upper()
        age = _age(dataset)
    return PatientCharacteristics(
        sex if sex in ("M", "F", "O") else None, None if age is None else min(age, OLDEST)
    )


def identity(dataset: Dataset) -> tuple[str, str]:
    """Whose image it is, for pseudonyms alone: PatientID and its issuer.

    Where there is no PatientID: the name with the date of birth, or else the study.
    """
    with silent_pydicom():
        patient_id = read_text(dataset, "PatientID")
        if patient_id:
            return patient_id, read_text(dataset, "IssuerOfPatientID")
        name = read_text(dataset, "PatientName") + read_text(dataset, "PatientBirthDate")
        return name or read_text(dataset, "StudyInstanceUID"), ""


def _describe_patient(copy: Dataset, source: Dataset, key: PseudonymKey) -> None:
    patient = characteristics(source)
    copy.PatientName = copy.PatientID = key.patient(*identity(source))
    copy.PatientSex = patient.sex or ""
    if patient.age is not None:
        years = int(patient.age)
        copy.PatientAge = f"{years:03d}Y" if years else f"{int(12 * patient.age):03d}M"


def _describe_method(copy: Dataset) -> None:
    """PS3.15 E.1.1 and PS3.3 C.12.1.1.1."""
    copy.PatientIdentityRemoved = "YES"
    copy.DeidentificationMethod = "PS3.15 Basic Profile, Retain Patient Characteristics Option"
    copy.DeidentificationMethodCodeSequence = [code_item(code) for code in _OPTIONS]
    copy.LongitudinalTemporalInformationModified = "REMOVED"


def _vendor(manufacturer: str) -> str:
    words = re.findall("[A-Z]+", manufacturer.upper())
    return next((VENDORS[word] for word in words if word in VENDORS), "")


def _age(dataset: Dataset) -> float | None:
    """Years, by PatientAge or else by the dates."""
    spelled = re.fullmatch(r"([0-9]{3})([YMWD])", read_text(dataset, "PatientAge").upper())
    if spelled:
        return int(spelled[1]) * _YEARS[spelled[2]]
    birth, study = _date(dataset, "PatientBirthDate"), _date(dataset, "StudyDate")
    if birth is None or study is None or study < birth:
        return None
    return float(study.year - birth.year - ((study.month, study.day) < (birth.month, birth.day)))


def _date(dataset: Dataset, keyword: str) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(read_text(dataset, keyword), "%Y%m%d").date()
    except ValueError:
        return None


def _transfer_syntax(dataset: Dataset) -> UID:
    stated = UID(str(getattr(dataset, "file_meta", {}).get("TransferSyntaxUID", "")))
    if stated.type == "Transfer Syntax":
        return stated
    if stated:
        raise _bad_input(dataset, "its transfer syntax is not one of the standard's")
    implicit, little_endian = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRBigEndian if little_endian is False else ExplicitVRLittleEndian


def _bad_input(dataset: Dataset, reason: str) -> BadInputError:
    path = str(getattr(dataset, "filename", None) or "DICOM data")
    return BadInputError(path, f"{reason}; export it again from the archive")


def _file_meta(copy: Dataset, transfer_syntax: UID) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = copy.SOPClassUID
    meta.MediaStorageSOPInstanceUID = copy.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    meta.ImplementationVersionName = "DISCERN"
    return meta


def _pixels(source: Dataset, copy: Dataset, transfer_syntax: UID) -> DataElement | None:
    """PixelData; uncompressed, without what follows the last pixel and without overlays beside the values."""
    element = read_element(source, Tag("PixelData"))
    if element is None or not isinstance(element.value, bytes):
        return None
    if transfer_syntax.is_encapsulated:
        return DataElement(element.tag, "OB", element.value)
    try:
        length, planes = get_expected_length(copy), _overlay_planes(source, copy)
    except (AttributeError, TypeError, ValueError):
        return None  # of unknown shape, so that it may be anything
    pixels = element.value[:length]
    if planes and copy.BitsAllocated == 16:
        words = np.frombuffer(pixels, "<u2" if transfer_syntax.is_little_endian else ">u2")
        pixels = (words & ~np.uint16(planes)).astype(words.dtype).tobytes()
    return DataElement(element.tag, element.VR, pixels + b"\0" * (len(pixels) % 2))


def _overlay_planes(source: Dataset, copy: Dataset) -> int:
    """The bits of a pixel that hold overlays (PS3.3 C.9.2, retired), none of them a bit of the value."""
    elements = [read_element(source, Tag(group, 0x0102)) for group in range(0x6000, 0x6020, 2)]
    positions = {element.value for element in elements if element is not None}
    planes = sum(1 << place for place in positions if isinstance(place, int) and 0 < place < 16)
    values = (1 << copy.HighBit + 1) - (1 << copy.HighBit + 1 - copy.BitsStored)
    return planes & ~values
