"""A phantom slice as a valid MR Image (PS3.3 A.4), as a scanner would store it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID, ExplicitVRLittleEndian, MRImageStorage

from data.phantom.ranges import Region
from data.phantom.scanner import Timing
from imaging.geometry import SliceGeometry

_DESCRIPTIONS = {"sagittal T1": "t1_tse_sag", "sagittal T2": "t2_tse_sag", "axial T2": "t2_tse_tra"}
"""As scanners name them."""
_BODY_PARTS: dict[Region, str] = {"lumbar": "LSPINE", "thoracic": "TSPINE", "cervical": "CSPINE"}


@dataclass(frozen=True)
class StudyHeader:
    """What every image of a phantom study says of its patient and study; ``age`` in years, ``region`` of the
    spine."""

    patient: str
    sex: str
    age: int
    region: Region = "lumbar"

    def uid(self, *what: object) -> str:
        """The UID of a part of this study: the same for the same patient, whenever it is made."""
        text = "/".join(map(str, (self.patient, *what)))
        # 2.25 and a number of 128 bits at most is a valid UID without registration (PS3.5 B.2).
        return f"2.25.{int.from_bytes(hashlib.sha256(text.encode()).digest()[:15], 'big')}"


@dataclass(frozen=True)
class SeriesHeader:
    """One series: ``number`` from 1, its kind, and mm from slice to slice."""

    number: int
    kind: str
    timing: Timing
    slice_step: float


def write_slice(
    path: Path,
    study: StudyHeader,
    series: SeriesHeader,
    number: int,
    geometry: SliceGeometry,
    pixels: NDArray[np.uint16],
    white: float,
) -> str:
    """Write slice ``number`` (from 1) of a series; ``white``: the stored value that its window makes
    white. Returns its SOPInstanceUID."""
    instance = study.uid(series.number, number)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = UID(instance)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = MRImageStorage
    dataset.SOPInstanceUID = instance
    _identify(dataset, study, series, number)
    _describe_sequence(dataset, series, geometry)
    _place(dataset, study, geometry)
    dataset.WindowCenter, dataset.WindowWidth = f"{white / 2:.1f}", f"{white:.1f}"
    dataset.set_pixel_data(pixels, "MONOCHROME2", bits_stored=12, generate_instance_uid=False)
    dataset.save_as(path, enforce_file_format=True)
    return instance


def _identify(dataset: Dataset, study: StudyHeader, series: SeriesHeader, number: int) -> None:
    """Patient, study, series and equipment; what a phantom does not have stays empty."""
    dataset.PatientName = f"Phantom^{study.patient}"
    dataset.PatientID = study.patient
    dataset.PatientBirthDate = ""
    dataset.PatientSex = study.sex
    dataset.PatientAge = f"{study.age:03d}Y"
    dataset.StudyInstanceUID = study.uid("study")
    dataset.StudyID = "1"
    for name in ("StudyDate", "StudyTime", "ReferringPhysicianName", "AccessionNumber"):
        setattr(dataset, name, "")
    dataset.StudyDescription = f"MR {study.region} spine"
    dataset.Modality = "MR"
    dataset.SeriesInstanceUID = study.uid(series.number)
    dataset.SeriesNumber = series.number
    dataset.SeriesDescription = dataset.ProtocolName = _DESCRIPTIONS[series.kind]
    dataset.BodyPartExamined = _BODY_PARTS[study.region]
    dataset.PatientPosition = "HFS"
    dataset.Manufacturer = "Discern phantom"
    dataset.InstanceNumber = number
    dataset.ImageType = ["DERIVED", "SECONDARY", "OTHER"]


def _describe_sequence(dataset: Dataset, series: SeriesHeader, geometry: SliceGeometry) -> None:
    dataset.ScanningSequence = "SE"
    dataset.SequenceVariant = "SK"
    dataset.ScanOptions = ""
    dataset.MRAcquisitionType = "2D"
    dataset.RepetitionTime = f"{series.timing.repetition_time:.1f}"
    dataset.EchoTime = f"{series.timing.echo_time:.1f}"
    dataset.EchoTrainLength = 1
    dataset.MagneticFieldStrength = "1.5"
    dataset.SliceThickness = f"{geometry.thickness:.2f}"
    dataset.SpacingBetweenSlices = f"{series.slice_step:.4f}"


def _place(dataset: Dataset, study: StudyHeader, geometry: SliceGeometry) -> None:
    dataset.FrameOfReferenceUID = study.uid("frame of reference")
    dataset.PositionReferenceIndicator = ""
    dataset.ImagePositionPatient = [f"{value:.9f}"[:16] for value in geometry.position]
    dataset.ImageOrientationPatient = [f"{value:.12f}"[:16] for value in (*geometry.across, *geometry.down)]
    dataset.PixelSpacing = [f"{side:.10f}"[:16] for side in geometry.spacing]
