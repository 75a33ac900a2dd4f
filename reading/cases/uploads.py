"""ZIPs from outside: received in parts, and looked at before anything in them is read.

What is within the DICOM files is left to the worker: nothing that came from outside is decoded in the
server's own process.
"""

import asyncio
import shutil
import stat
import struct
import zipfile
from collections.abc import AsyncIterable
from pathlib import Path
from uuid import uuid4

from errors import BadInputError
from imaging.dicom_file import DicomFile, files_of
from reading.cases.examination import CaseRefused, without_names

UPLOAD_FOLDER = "uploads"
"""In the data folder."""
LARGEST_TOTAL, LARGEST_MEMBER = 4 * 2**30, 2**29
"""Bytes that all files of a ZIP, and one of them, may unpack to."""
LARGEST_RATIO, _LARGE_TOTAL = 50, 2**26
"""How many times its packed size a ZIP of more than so many bytes may unpack to."""
MOST_MEMBERS = 20_000
_LARGEST_DIRECTORY = 2**23
"""Bytes of a ZIP's table of contents, which is read whole."""
_FREE_SPACE = 2**30
"""Bytes that an upload must leave on the disk: the store needs them."""
_BLOCK = 2**20
_END, _END_SIZE, _LONGEST_COMMENT = b"PK\5\6", 22, 2**16 - 1
_END64, _END64_SIZE, _LOCATOR_SIZE = b"PK\6\7", 56, 20
_DEFLATED = b"1.2.840.10008.1.2.1.99"
"""A transfer syntax that packs the whole data set, header and all: it would unpack to any size."""
_META_LENGTH = 1024


class TooLarge(ValueError):
    """An upload beyond the limit, or more than the disk can take; a sentence."""


def check_size(size: int, limit: int) -> None:
    """Raises TooLarge; both in bytes."""
    if size > limit:
        raise TooLarge(f"more than {limit >> 20} MB; send one examination alone")


async def receive(parts: AsyncIterable[bytes], data: Path, limit: int) -> Path:
    """Store an upload of ``limit`` bytes at most as it comes, in a file of its own. Raises TooLarge; whatever
    happens, a file that is not whole is removed."""
    folder = data / UPLOAD_FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{uuid4()}.zip"
    free = shutil.disk_usage(folder).free - _FREE_SPACE
    size, block = 0, bytearray()
    try:
        with path.open("wb") as file:
            async for part in parts:
                size += len(part)
                check_size(size, limit)
                if size > free:
                    raise TooLarge("the server's disk is nearly full; tell the coordinator")
                block += part
                if len(block) >= _BLOCK:
                    await asyncio.to_thread(file.write, block)
                    block = bytearray()
            file.write(block)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def check_zip(path: Path) -> None:
    """Raises CaseRefused where a ZIP may not be read: files that climb out of it or are links, of a
    suspicious size or number, locked ones; or no DICOM file. ZIPs within it are passed over."""
    _check_directory(path)
    try:
        files = list(files_of(path))
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist())
            if not any([_is_dicom(archive, file) for file in files]):
                raise CaseRefused("no DICOM file in it; send the folder of an examination as a ZIP")
    except BadInputError as error:
        raise CaseRefused(without_names(error)) from None


def _check_directory(path: Path) -> None:
    """Before the table of contents is read: that there is one, and how long it says that it is.

    .ZIP File Format Specification (PKWARE), 4.3.14 to 4.3.16.
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LONGEST_COMMENT - _END_SIZE - _LOCATOR_SIZE - _END64_SIZE))
        tail = file.read()
    start = len(tail) - _END_SIZE
    if not (tail[start : start + 4] == _END and tail.endswith(b"\0\0")):
        start = tail.rfind(_END)
    if start < 0 or start + _END_SIZE > len(tail) or not zipfile.is_zipfile(path):
        raise CaseRefused("not a ZIP, or a damaged one; pack the examination's folder as a ZIP")
    (length,) = struct.unpack_from("<I", tail, start + 12)
    locator = start - _LOCATOR_SIZE
    if locator >= _END64_SIZE and tail[locator : locator + 4] == _END64:
        (length,) = struct.unpack_from("<Q", tail, locator - _END64_SIZE + 40)
    if length > _LARGEST_DIRECTORY:
        raise CaseRefused(_too_many())


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise CaseRefused(_too_many())
    if any(stat.S_ISLNK(member.external_attr >> 16) for member in members):
        raise CaseRefused("has a link in it; pack the files themselves")
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if total > LARGEST_TOTAL or max((member.file_size for member in members), default=0) > LARGEST_MEMBER:
        raise CaseRefused(
            f"unpacks to more than {LARGEST_TOTAL >> 30} GB, or a file of it to more than "
            f"{LARGEST_MEMBER >> 20} MB; send one examination alone"
        )
    if total > _LARGE_TOTAL and total > LARGEST_RATIO * packed:
        raise CaseRefused("unpacks to a suspicious size; pack it again")


def _is_dicom(archive: zipfile.ZipFile, file: DicomFile) -> bool:
    """Raises CaseRefused where its own packing hides its size."""
    if not file.is_dicom():
        return False
    with archive.open(file.member or "") as content:
        if _DEFLATED in content.read(_META_LENGTH):
            raise CaseRefused("its DICOM files are packed once more (deflated); export them uncompressed")
    return True


def _too_many() -> str:
    return f"more than {MOST_MEMBERS} files; send one examination alone"
