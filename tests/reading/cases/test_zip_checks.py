"""ZIPs from outside: received, and refused with a sentence before anything in them is read."""

import asyncio
import os
import struct
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reading.cases import uploads
from reading.cases.examination import CaseRefused
from reading.cases.uploads import TooLarge, check_zip, receive

DICOM = b"\0" * 128 + b"DICM" + b"\2\0\0\0"


def written(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def climbing(path: Path) -> None:
    written(path, **{"../../etc/cron.d/x": DICOM})


def absolute(path: Path) -> None:
    written(path, **{"/etc/x": DICOM})


def windows(path: Path) -> None:
    written(path, **{"C:\\x.dcm": DICOM})


def linked(path: Path) -> None:
    link = zipfile.ZipInfo("x.dcm")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("y.dcm", DICOM)


def bomb(path: Path) -> None:
    written(path, **{"x.dcm": DICOM + bytes(70 * 2**20)})


def bomb_in_parts(path: Path) -> None:
    written(path, **{f"{number}.dcm": DICOM + bytes(2**20) for number in range(70)})


def too_large(path: Path) -> None:
    """It only says so; nothing may be unpacked to find out."""
    content = written(path, **{"x.dcm": DICOM}).read_bytes()
    place = content.index(b"PK\1\2") + 24
    path.write_bytes(content[:place] + struct.pack("<I", 2**32 - 2) + content[place + 4 :])


def locked(path: Path) -> None:
    content = bytearray(written(path, **{"x.dcm": DICOM}).read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)


def twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("x.dcm", DICOM)
        archive.writestr("x.dcm", DICOM)


def nested(path: Path) -> None:
    inner = written(path.with_name("inner.zip"), **{"x.dcm": DICOM})
    written(path, **{"inner.zip": inner.read_bytes()})


def letters(path: Path) -> None:
    written(path, **{"Miller.dcm": b"a letter", "b.pdf": b"%PDF"})


def empty(path: Path) -> None:
    written(path)


def deflated_inside(path: Path) -> None:
    written(path, **{"x.dcm": DICOM + b"\0UI\x16\0" + b"1.2.840.10008.1.2.1.99"})


def no_zip(path: Path) -> None:
    path.write_bytes(DICOM)


def cut_off(path: Path) -> None:
    path.write_bytes(written(path, **{"x.dcm": DICOM + os.urandom(2000)}).read_bytes()[:900])


def endless_contents(path: Path) -> None:
    """Its table of contents says that it is 2 GB long."""
    content = written(path, **{"x.dcm": DICOM}).read_bytes()
    end = content.index(b"PK\5\6")
    path.write_bytes(content[: end + 12] + struct.pack("<I", 2**31) + content[end + 16 :])


def endless_contents_in_64_bits(path: Path) -> None:
    content = written(path, **{"x.dcm": DICOM}).read_bytes()
    end = content.index(b"PK\5\6")
    end64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 2**40, 0)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    path.write_bytes(content[:end] + end64 + locator + content[end:])


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (climbing, "climbs out"),
        (absolute, "climbs out"),
        (windows, "climbs out"),
        (linked, "has a link"),
        (bomb, "suspicious size"),
        (bomb_in_parts, "suspicious size"),
        (too_large, "suspicious size|unpacks to more"),
        (locked, "locked by a password"),
        (twice, "two files of one name"),
        (nested, "no DICOM file"),
        (letters, "no DICOM file"),
        (empty, "no DICOM file|not a ZIP"),
        (deflated_inside, "packed once more"),
        (no_zip, "not a ZIP"),
        (cut_off, "not a ZIP"),
        (endless_contents, "more than 20000 files|not a ZIP"),
        (endless_contents_in_64_bits, "more than 20000 files|not a ZIP"),
    ],
)
def test_it_is_refused(tmp_path: Path, write: Callable[[Path], None], said: str) -> None:
    write(tmp_path / "upload.zip")
    with pytest.raises(CaseRefused, match=said) as refused:
        check_zip(tmp_path / "upload.zip")
    assert "Miller" not in str(refused.value) and str(tmp_path) not in str(refused.value)


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_MEMBERS", 3)
    with pytest.raises(CaseRefused, match="more than 3 files"):
        check_zip(written(tmp_path / "x.zip", **{f"{number}.dcm": DICOM for number in range(4)}))


def test_one_with_dicom_and_other_things_may_be_read(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zip", **{"a/x.dcm": DICOM, "viewer.exe": b"MZ", "inner.zip": b"PK\3\4"})
    check_zip(path)
    path.write_bytes(path.read_bytes()[:-2] + struct.pack("<H", 5) + b"hello")  # with a comment
    check_zip(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_whatever_is_damaged_is_refused_or_read_but_never_fails(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(written(tmp_path / "x.zip", **{"a/x.dcm": DICOM, "b": b"1" * 50}).read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.zip"
    path.write_bytes(content)
    try:
        check_zip(path)
    except CaseRefused as refused:
        assert str(tmp_path) not in str(refused)


async def parts(*contents: bytes, fails: bool = False) -> AsyncIterator[bytes]:
    for content in contents:
        yield content
    if fails:
        raise ConnectionError


def test_an_upload_is_stored_as_it_comes(tmp_path: Path) -> None:
    content = os.urandom(3 * 2**20)
    path = asyncio.run(receive(parts(content[:5], content[5 : 2**21], content[2**21 :]), tmp_path, 2**22))
    assert path.read_bytes() == content and path.parent == tmp_path / "uploads"


@pytest.mark.parametrize(("limit", "fails"), [(9, False), (99, True)])
def test_nothing_is_left_of_what_is_too_large_or_broke_off(tmp_path: Path, limit: int, fails: bool) -> None:
    with pytest.raises((TooLarge, ConnectionError)):
        asyncio.run(receive(parts(b"12345", b"67890", fails=fails), tmp_path, limit))
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_full_disk_is_said_before_the_store_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_FREE_SPACE", 2**60)
    with pytest.raises(TooLarge, match="nearly full"):
        asyncio.run(receive(parts(b"1"), tmp_path, 9))
