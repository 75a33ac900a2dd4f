"""What an image file's header says; its pixels are not decoded, so that thousands take seconds."""

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from annotation.problems import Kind, Problem

_ORIENTATION = 0x0112  # EXIF tag
_GRAY_MODES = ("1", "L", "I", "F", "I;16", "I;16L", "I;16B", "LA")
_ENDS = {b"\x89PNG": b"IEND\xaeB`\x82", b"\xff\xd8\xff": b"\xff\xd9"}
_TAIL = 4_096  # bytes; some programs append a few of their own


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """An image's size in pixels and whether it is stored as gray."""

    width: int
    height: int
    gray: bool

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


def read_header(path: Path) -> ImageHeader | Problem:
    """Read an image file's header, or say why it is of no use."""
    try:
        if not path.is_file():
            return Problem(Kind.IMAGE_UNREADABLE, path, "no such file")
        if path.stat().st_size == 0:
            return Problem(Kind.IMAGE_UNREADABLE, path, "the file is empty")
        return _read_header(path)
    except UnidentifiedImageError:
        return Problem(Kind.IMAGE_UNREADABLE, path, "not an image that can be read")
    except OSError as error:
        return Problem(Kind.IMAGE_UNREADABLE, path, f"cannot be read ({error.strerror or error})")
    except Exception as error:  # Pillow's readers raise errors of many kinds on damaged files
        return Problem(Kind.IMAGE_UNREADABLE, path, f"damaged ({error})")


def _read_header(path: Path) -> ImageHeader | Problem:
    with warnings.catch_warnings(action="ignore"), path.open("rb") as file, Image.open(file) as image:
        if image.format in ("JPEG", "TIFF") and image.getexif().get(_ORIENTATION, 1) > 1:
            message = "has a rotation tag, so LabelImg shows it turned and training does not"
            return Problem(Kind.IMAGE_ROTATED, path, message)
        header = ImageHeader(image.width, image.height, image.mode in _GRAY_MODES)
        file.seek(0)
        beginning = file.read(4)
        end = next((end for start, end in _ENDS.items() if beginning.startswith(start)), b"")
        file.seek(-min(_TAIL, file.seek(0, os.SEEK_END)), os.SEEK_END)
        if end not in file.read():
            return Problem(Kind.IMAGE_UNREADABLE, path, "cut off: its end is missing")
        return header
