"""What lies in a case's folder: a folder of the patient's pseudonym, and in it DICOM or one picture."""

from pathlib import Path

PICTURE_FILE = "picture.png"


def picture_file(folder: Path) -> Path | None:
    """The picture of a case that is a single one; None where the case is an examination."""
    return next(folder.glob(f"*/{PICTURE_FILE}"), None)
