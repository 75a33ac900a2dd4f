"""Exporting DICOM slices as pictures, beside their bare decoding and encoding."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from benchmarks.speed.goal import Outcome, Setting, Target, outcome, seconds_of
from imaging.export import export_studies
from imaging.picture_form import PNG_SETTINGS
from imaging.pictures import pictures_in, read_picture
from imaging.pseudonyms import PseudonymKey
from imaging.reading import MR_IMAGES

TARGET = Target("cost", 1.3)
SLICES = 200
_SIDE = 512


def measure(setting: Setting) -> list[Outcome]:
    """A study of large slices, exported without loss; both sides on all cores. The bare one decodes the same
    files, and encodes the pictures that ours makes of them, which it has at hand."""
    files = _write_study(setting.folder / "study", setting.count(SLICES, least=4))
    numbers = count()

    def export() -> Path:
        out = setting.folder / f"export-{next(numbers)}"
        report = export_studies(
            [setting.folder / "study"], out, PseudonymKey(bytes(32)), workers=setting.threads
        )
        assert report.written == len(files), "every slice is a picture of its own"
        return out

    first = export()
    pictures = [read_picture(path) for path in pictures_in(first / "images")]
    shutil.rmtree(first)

    def ours() -> None:
        shutil.rmtree(export())

    def other() -> None:
        out = setting.folder / f"bare-{next(numbers)}"
        out.mkdir()
        written = [out / f"{file.stem}.png" for file in files]
        with ThreadPoolExecutor(setting.threads) as pool:
            list(pool.map(_decode_and_encode, files, pictures, written))
        shutil.rmtree(out)

    seconds = seconds_of([ours, other], setting.rounds, setting.tell)
    what = f"export of {len(files)} slices of {_SIDE} × {_SIDE} pixels to PNG"
    return [outcome("export", what, "bare decoding and encoding", seconds[0], seconds[1], TARGET)]


def _decode_and_encode(file: Path, picture: NDArray[np.integer], written: Path) -> None:
    assert dcmread(file).pixel_array.shape == picture.shape
    written.write_bytes(cv2.imencode(".png", picture, PNG_SETTINGS)[1].tobytes())


def _write_study(folder: Path, slices: int) -> list[Path]:
    """A sagittal series of uncompressed 12-bit slices."""
    folder.mkdir()
    random = np.random.default_rng(0)
    files = [folder / f"{number:03d}.dcm" for number in range(slices)]
    for number, file in enumerate(files):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = UID(MR_IMAGES[0])
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        dataset.SOPClassUID = UID(MR_IMAGES[0])
        meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = UID("1.2.3"), UID("1.2.3.4")
        dataset.PatientID, dataset.Modality = "speed", "MR"
        dataset.ImagePositionPatient = [float(number), -40.0, 60.0]
        dataset.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
        dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.5], 1
        dataset.EchoTime, dataset.RepetitionTime, dataset.ScanningSequence = 100, 3500, "SE"
        dataset.set_pixel_data(_tissue(random), "MONOCHROME2", bits_stored=12)
        dataset.save_as(file, enforce_file_format=True)
    return files


def _tissue(random: np.random.Generator) -> NDArray[np.uint16]:
    """Soft shapes under a fine grain: about as hard to pack as a spine's slice."""
    shapes, grain = (
        cv2.GaussianBlur(random.normal(0, 1, (_SIDE, _SIDE)), (0, 0), width) for width in (4, 0.6)
    )
    return np.asarray(shapes * 8000 + grain * 60 + 900).clip(0, 4095).astype(np.uint16)
