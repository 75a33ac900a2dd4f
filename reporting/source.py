"""What reports need of the DICOM study that they belong to: whose it is, and which images were used."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydicom.dataset import Dataset

from axial.pictures import StudyPictures
from imaging.cleaning import read_text
from imaging.dicom_file import silent_pydicom
from imaging.study import Slice, Study

_FORMS = {
    "PatientName": "[^\\\\]{1,324}",
    "PatientID": "[^\\\\]{1,64}",
    "IssuerOfPatientID": "[^\\\\]{1,64}",
    "PatientBirthDate": "[0-9]{8}",
    "PatientSex": "[MFO]",
    "PatientAge": "[0-9]{3}[DWMY]",
    "PatientIdentityRemoved": "YES|NO",
    "DeidentificationMethod": "[^\\\\]{1,64}",
    "StudyInstanceUID": "[0-9.]{1,64}",
    "StudyID": "[^\\\\]{1,16}",
    "StudyDate": "[0-9]{8}",
    "StudyTime": "[0-9]{2,6}([.][0-9]{1,6})?",
    "StudyDescription": "[^\\\\]{1,64}",
    "AccessionNumber": "[^\\\\]{1,16}",
    "ReferringPhysicianName": "[^\\\\]{1,324}",
}
"""Keywords of the Patient and the General Study module (PS3.3 C.7.1.1, C.7.2.1) that documents carry on,
and what their values must look like; another value is left out."""
PATIENT_AND_STUDY = frozenset(_FORMS)
_TYPE_2 = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
)
_INSTANCE = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")


@dataclass(frozen=True)
class SourceImage:
    """An image that was used: ``header`` names patient, study and instance, no more; ``frame`` (from 1) of a
    multi-frame image, None for others."""

    header: Dataset = field(repr=False)
    frame: int | None = None


@dataclass(frozen=True)
class ReportSource:
    """The study that a report belongs to.

    ``header``: patient and study, as every document of the study carries them. ``images``: those used, by
    the names that results call their pictures. The patient's name goes into documents alone, never into
    file names, logs or errors.
    """

    header: Dataset = field(repr=False)
    images: Mapping[str, SourceImage] = field(repr=False)

    @property
    def patient_name(self) -> str:
        """As it is read: "Doe, Jane", and how it is spelled in other letters behind it."""
        groups = str(self.header.PatientName).split("=")
        spelled = [group.replace("^", ", ", 1).replace("^", " ").strip(", ") for group in groups]
        return "  ".join(filter(None, spelled))

    @property
    def patient_id(self) -> str:
        return str(self.header.PatientID)

    @property
    def evidence(self) -> list[Dataset]:
        """Each file that was used, once; the study's first image where none was."""
        files = {item.header.SOPInstanceUID: item.header for item in self.images.values()}
        return list(files.values()) or [self.header]


def read_source(study: Study, pictures: StudyPictures) -> ReportSource:
    """Read it from the study's files, without pixels. Raises BadInputError where one cannot be read."""
    slices = [item for series in study.series for item in series.slices]
    by_instance = {item.uid: item for item in slices}
    sagittal = [pictures.sagittal] if pictures.sagittal else []
    used = [*sagittal, *pictures.sagittal_series, *pictures.axial]
    images = {
        picture.name: _image(by_instance[picture.instance])
        for picture in used
        if picture.instance in by_instance
    }
    return ReportSource(_image(slices[0]).header, images)


@contextmanager
def silent_dicom() -> Iterator[None]:
    """Nothing that pydicom or highdicom warn or log is shown: it quotes values, which may be a patient's."""
    logger = logging.getLogger("highdicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with silent_pydicom():
            yield
    finally:
        logger.setLevel(level)


def _image(item: Slice) -> SourceImage:
    with silent_dicom():
        dataset = item.file.read(pixels=False)
        header = Dataset()
        header.SpecificCharacterSet = "ISO_IR 192"
        for keyword in _TYPE_2:
            setattr(header, keyword, "")
        for keyword, form in _FORMS.items():
            value = read_text(dataset, keyword)
            if re.fullmatch(form, value):
                setattr(header, keyword, value)
        for keyword in _INSTANCE:
            value = read_text(dataset, keyword)
            if value:
                setattr(header, keyword, value)
        frames = int(read_text(dataset, "NumberOfFrames") or 1)
    return SourceImage(header, item.frame + 1 if frames > 1 else None)
