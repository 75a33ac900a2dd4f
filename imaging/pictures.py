"""Gray pictures (PNG, JPEG, TIFF, BMP) read without loss of depth."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import BadInputError

# What is wrong with a picture is said once, by BadInputError.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")


def read_picture(path: Path) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """One gray picture (height, width) at its own depth, 8 or 16 bit; colour becomes gray.

    Raises BadInputError where the file is absent or is no such picture.
    """
    try:
        content = np.fromfile(path, dtype=np.uint8)
    except OSError:
        raise BadInputError(
            path, "cannot be read; check that the picture exists and its permissions"
        ) from None
    pixels = cv2.imdecode(content, cv2.IMREAD_UNCHANGED) if content.size else None
    if pixels is None:
        raise BadInputError(path, "not a readable picture; give an 8- or 16-bit PNG, JPEG, TIFF or BMP")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise BadInputError(path, f"pixels are {pixels.dtype}; save the picture with 8 or 16 bits")
    if pixels.ndim == 3:
        colours = cv2.COLOR_BGRA2GRAY if pixels.shape[2] == 4 else cv2.COLOR_BGR2GRAY
        pixels = pixels[..., 0] if pixels.shape[2] < 3 else cv2.cvtColor(pixels, colours)
    return pixels  # type: ignore[return-value]


def pictures_in(path: Path) -> list[Path]:
    """The path itself, or the pictures of a folder by name. Raises BadInputError for none."""
    if not path.is_dir():
        return [path]
    found = sorted(item for item in path.iterdir() if item.suffix.lower() in PICTURE_SUFFIXES)
    if not found:
        raise BadInputError(path, f"no pictures in this folder; they end with {', '.join(PICTURE_SUFFIXES)}")
    return found
