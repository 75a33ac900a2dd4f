"""What the DICOM documents of a report have in common."""

from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Final

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from imaging.new_folder import write_whole

PDF_SERIES: Final = 9101
STRUCTURED_SERIES: Final = 9102
"""Numbers of series, far from those that scanners give."""
MANUFACTURER: Final = "Discern"
VERSION: Final = version("discern-spine")


def new_uid() -> str:
    """A UID that needs no registration (PS3.5 B.2)."""
    return str(generate_uid(prefix=None))


def write_document(dataset: Dataset, path: Path) -> None:
    """Write a DICOM file, whole or not at all. Raises OSError."""
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    write_whole(path, buffer.getvalue())
