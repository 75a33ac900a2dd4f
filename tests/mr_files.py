"""Small MR images as DICOM files, for tests: geometry, timing and pixels as asked for."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from imaging.geometry import SliceGeometry

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4.1"
T1, T2 = {"EchoTime": 10, "RepetitionTime": 550}, {"EchoTime": 100, "RepetitionTime": 3500}
ROWS, COLUMNS = 40, 48


def sagittal(place: float, rows: int = ROWS, columns: int = COLUMNS) -> SliceGeometry:
    """A sagittal slice ``place`` mm to the left."""
    return SliceGeometry((place, -40, 60), (0, 1, 0), (0, 0, -1), (2, 2), rows, columns, 4)


def axial(place: float, tilt: float = 0, rows: int = ROWS, columns: int = COLUMNS) -> SliceGeometry:
    """An axial slice ``place`` mm up, its front lowered by ``tilt`` degrees."""
    cos, sin = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    return SliceGeometry(
        (-40, -40 * cos, place + 40 * sin), (1, 0, 0), (0, cos, -sin), (2, 2), rows, columns, 4
    )


def picture(seed: int, rows: int = ROWS, columns: int = COLUMNS) -> NDArray[np.uint16]:
    """Values of 12 bits that no other seed has."""
    return np.random.default_rng(seed).integers(0, 4096, (rows, columns)).astype(np.uint16)


@dataclass
class StudyFolder:
    """Writes the images of one examination into a folder."""

    folder: Path
    patient: str = "patient-1"
    study: str = field(default_factory=generate_uid)
    frame_of_reference: str = field(default_factory=generate_uid)
    written: int = 0

    def series(self, geometries: list[SliceGeometry], **attributes: Any) -> list[Path]:
        """One series with a slice at each geometry, in files whose names say nothing of the order."""
        attributes.setdefault("SeriesInstanceUID", generate_uid())
        return [self.image(geometry, **attributes) for geometry in geometries]

    def image(
        self, geometry: SliceGeometry, pixels: NDArray[np.integer] | None = None, **attributes: Any
    ) -> Path:
        """One image; an attribute that is None is left away."""
        self.written += 1
        name = f"IM{hash((self.written, 7)) % 9973:04d}-{self.written}.dcm"
        pixels = picture(self.written, geometry.rows, geometry.columns) if pixels is None else pixels
        dataset = self.dataset(geometry, pixels)
        for keyword, value in attributes.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)
        self.folder.mkdir(parents=True, exist_ok=True)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", generate_uid())
        dataset.save_as(self.folder / name, enforce_file_format=True)
        return self.folder / name

    def dataset(self, geometry: SliceGeometry, pixels: NDArray[np.integer]) -> FileDataset:
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = MR_IMAGE
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        dataset.SOPClassUID = MR_IMAGE
        dataset.SOPInstanceUID = generate_uid()
        dataset.StudyInstanceUID = self.study
        dataset.SeriesInstanceUID = generate_uid()
        dataset.FrameOfReferenceUID = self.frame_of_reference
        dataset.PatientID = self.patient
        dataset.PatientName = f"Name^{self.patient}"
        dataset.StudyDate, dataset.StudyTime, dataset.StudyID, dataset.SeriesNumber = (
            "20240301",
            "101500",
            "1",
            1,
        )
        dataset.InstanceNumber = self.written
        dataset.PatientSex, dataset.PatientAge = "F", "047Y"
        dataset.Modality = "MR"
        dataset.ScanningSequence, dataset.SequenceVariant = "SE", "SK"
        dataset.EchoTime, dataset.RepetitionTime = T2["EchoTime"], T2["RepetitionTime"]
        dataset.ImagePositionPatient = [round(value, 9) for value in geometry.position]
        dataset.ImageOrientationPatient = [round(value, 9) for value in (*geometry.across, *geometry.down)]
        dataset.PixelSpacing = list(geometry.spacing)
        dataset.SliceThickness = geometry.thickness
        dataset.set_pixel_data(pixels, "MONOCHROME2", bits_stored=min(12, pixels.dtype.itemsize * 8))
        return dataset

    def multi_frame(self, geometries: list[SliceGeometry], pixels: NDArray[np.uint16]) -> Path:
        """An Enhanced MR image (PS3.3 A.36) with a frame at each geometry."""
        dataset = self.dataset(geometries[0], pixels)
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = ENHANCED_MR_IMAGE
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "EchoTime"):
            delattr(dataset, keyword)
        del dataset.RepetitionTime, dataset.SliceThickness, dataset.ScanningSequence
        shared = Dataset()
        shared.PlaneOrientationSequence = _item(
            ImageOrientationPatient=[*geometries[0].across, *geometries[0].down]
        )
        shared.PixelMeasuresSequence = _item(PixelSpacing=list(geometries[0].spacing), SliceThickness=4)
        shared.MREchoSequence = _item(EffectiveEchoTime=100.0)
        shared.MRTimingAndRelatedParametersSequence = _item(RepetitionTime=3500.0)
        dataset.SharedFunctionalGroupsSequence = Sequence([shared])
        frames = []
        for geometry in geometries:
            frame = Dataset()
            frame.PlanePositionSequence = _item(ImagePositionPatient=list(geometry.position))
            frames.append(frame)
        dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
        dataset.NumberOfFrames = len(frames)
        self.folder.mkdir(parents=True, exist_ok=True)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(self.folder / "frames.dcm", enforce_file_format=True)
        return self.folder / "frames.dcm"


def _item(**attributes: Any) -> Sequence:
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return Sequence([item])
