"""The files of a study: in a folder, in a ZIP, or named by a DICOMDIR."""

import io
import logging
import threading
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO

import pydicom
from pydicom.dataset import FileDataset

from errors import BadInputError

LARGEST_ZIP = 16 * 2**30
"""Bytes that the members of a ZIP may unpack to, together."""
LARGEST_RATIO = 200
"""How many times its packed size a large member may unpack to; MR pixels shrink 2 to 10 times."""
_LARGE_MEMBER = 64 * 2**20
_PREAMBLE = 128
_BARE_SUFFIXES = ("", ".dcm", ".ima", ".dicom")
"""Names under which DICOM files without a preamble are found."""


@dataclass(frozen=True)
class DicomFile:
    """One file of a study: a path, or a member of the ZIP at that path."""

    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return str(self.path if self.member is None else self.path / self.member)

    def read(self, pixels: bool = True) -> FileDataset:
        """The dataset, with or without its pixels. Raises BadInputError where it cannot be read."""
        try:
            with silent_pydicom():
                return pydicom.dcmread(self._content(), stop_before_pixels=not pixels, force=True)
        except BadInputError:
            raise
        except Exception:  # damaged files fail in pydicom in many ways, and what it says may name a patient
            raise BadInputError(str(self), "a damaged DICOM file; export it again from the archive") from None

    def is_dicom(self) -> bool:
        """Whether it says that it is DICOM, by its preamble or else by its first element."""
        try:
            with self._open() as file:
                start = file.read(_PREAMBLE + 4)
        except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
            raise BadInputError(str(self), "cannot be read; check the file and its permissions") from None
        if start[_PREAMBLE:] == b"DICM":
            return True
        # Without a preamble a file begins with the groups 2 or 8, in either byte order.
        bare = start[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
        return bare and PurePosixPath(self.member or self.path.name).suffix.lower() in _BARE_SUFFIXES

    def _content(self) -> io.BytesIO | Path:
        if self.member is None:
            return self.path
        with self._open() as file:
            return io.BytesIO(file.read())

    def _open(self) -> IO[bytes]:
        if self.member is None:
            return self.path.open("rb")
        return _archive(self.path, self.path.stat().st_mtime_ns).open(self.member)


def files_of(source: Path) -> Iterator[DicomFile]:
    """The files of a study, by name; nothing is unpacked to disk.

    ``source``: a folder, a ZIP, a DICOMDIR or one DICOM file. Raises BadInputError where it is none.
    """
    if source.is_dir():
        names = sorted(path for path in source.rglob("*") if path.is_file())
        return (DicomFile(path) for path in names if not _beside(path.relative_to(source).parts))
    if not source.is_file():
        raise BadInputError(source, "no such study; give a folder, a ZIP, a DICOMDIR or a DICOM file")
    if source.name.upper() == "DICOMDIR":
        return iter(_files_of_directory(source))
    if zipfile.is_zipfile(source):
        return iter(_files_of_zip(source))
    if source.suffix.lower() == ".zip":
        raise BadInputError(source, "a damaged ZIP; pack or copy it again")
    return iter([DicomFile(source)])


@lru_cache(maxsize=2)
def _archive(path: Path, changed: int) -> zipfile.ZipFile:
    """An open ZIP: its table of contents is read once, not for every member."""
    return zipfile.ZipFile(path)


def _beside(parts: tuple[str, ...]) -> bool:
    """Whether a file is no part of the study: hidden, or the directory of its disc."""
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return hidden or parts[-1].upper() == "DICOMDIR"


def _files_of_zip(source: Path) -> list[DicomFile]:
    try:
        with zipfile.ZipFile(source) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        raise BadInputError(source, "a damaged ZIP; pack or copy it again") from None
    for member in members:
        _check_member(source, member)
    if sum(member.file_size for member in members) > LARGEST_ZIP:
        raise BadInputError(
            source, f"unpacks to more than {LARGEST_ZIP >> 30} GB; unpack it and give the folder"
        )
    names = sorted(member.filename for member in members)
    for first, second in pairwise(names):
        if first == second:
            raise BadInputError(source, "holds two files of one name; pack it again")
    return [DicomFile(source, name) for name in names if not _beside(PurePosixPath(name).parts)]


def _check_member(source: Path, member: zipfile.ZipInfo) -> None:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        raise BadInputError(
            source, "has a file that climbs out of the archive's folder; do not trust this ZIP"
        )
    if member.flag_bits & 1:
        raise BadInputError(source, "is locked by a password; unpack it and give the folder")
    large = member.file_size > _LARGE_MEMBER
    if large and member.file_size > LARGEST_RATIO * max(member.compress_size, 1):
        raise BadInputError(source, "a file in it unpacks to a suspicious size; do not trust this ZIP")


def _files_of_directory(source: Path) -> list[DicomFile]:
    """The images that a DICOMDIR names (PS3.3 annex F)."""
    directory = DicomFile(source).read()
    try:
        records = list(directory.get("DirectoryRecordSequence", []))
        images = [
            item.get("ReferencedFileID") for item in records if item.get("DirectoryRecordType") == "IMAGE"
        ]
    except Exception:  # as for any damaged file
        raise BadInputError(source, "a damaged DICOMDIR; give the folder of the images") from None
    files = []
    for parts in filter(None, images):
        path = source.parent.joinpath(*([parts] if isinstance(parts, str) else parts))
        if not path.resolve().is_relative_to(source.parent.resolve()):
            raise BadInputError(source, "names a file outside of its folder; do not trust this DICOMDIR")
        files.append(DicomFile(path))
    if not files:
        raise BadInputError(source, "a DICOMDIR that names no images; give the folder of the images")
    return sorted(files, key=str)


class _Silence:
    """How many want silence now: the first begins it and the last ends it, whichever thread they are in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._end = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            self._holders += 1
            if self._holders == 1:
                logger = logging.getLogger("pydicom")
                self._end.callback(setattr, logger, "disabled", logger.disabled)
                logger.disabled = True
                self._end.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._holders -= 1
            if not self._holders:
                self._end.close()


_SILENCE = _Silence()


def silent_pydicom() -> AbstractContextManager[None]:
    """Nothing that pydicom warns or logs is shown: it quotes values, which may be a patient's."""
    return _SILENCE
