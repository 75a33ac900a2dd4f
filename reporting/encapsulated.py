"""The PDF report as a DICOM object of the study that it belongs to (Encapsulated PDF, PS3.3 A.45.1)."""

from datetime import datetime
from pathlib import Path

from highdicom import SOPClass
from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage, ExplicitVRLittleEndian

from reporting.documents import MANUFACTURER, PDF_SERIES, VERSION, new_uid, write_document
from reporting.pdf import TITLE
from reporting.source import PATIENT_AND_STUDY, ReportSource, silent_dicom


def write_encapsulated_pdf(pdf: bytes, source: ReportSource, path: Path, when: datetime) -> None:
    """Write what ``write_pdf`` wrote as DICOM, in the source's study, whole or not at all. Raises OSError."""
    with silent_dicom():
        write_document(_document(pdf, source, when), path)


def _document(pdf: bytes, source: ReportSource, when: datetime) -> Dataset:
    header = source.header
    document = SOPClass(
        study_instance_uid=header.StudyInstanceUID,
        series_instance_uid=new_uid(),
        series_number=PDF_SERIES,
        sop_instance_uid=new_uid(),
        sop_class_uid=EncapsulatedPDFStorage,
        instance_number=1,
        modality="DOC",
        manufacturer=MANUFACTURER,
        software_versions=VERSION,
        series_description=TITLE,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        specific_character_set="ISO_IR 192",
        content_date=when.date(),
        content_time=when.time(),
    )
    for keyword in sorted(PATIENT_AND_STUDY & set(header.dir())):
        document.add(header[keyword])
    document.ConversionType = "WSD"
    document.AcquisitionDateTime = ""
    document.BurnedInAnnotation = "YES"
    document.DocumentTitle = TITLE
    document.ConceptNameCodeSequence = []
    document.MIMETypeOfEncapsulatedDocument = "application/pdf"
    document.EncapsulatedDocumentLength = len(pdf)
    document.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    document.SourceInstanceSequence = [_reference(item) for item in source.evidence]
    return document


def _reference(image: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = image.SOPClassUID
    item.ReferencedSOPInstanceUID = image.SOPInstanceUID
    return item
