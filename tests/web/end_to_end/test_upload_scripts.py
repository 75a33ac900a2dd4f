"""What becomes of the files that somebody chose, in a real browser."""

import base64
import io
import random
import zipfile
from pathlib import Path

import pytest
from mr_files import StudyFolder
from playwright.sync_api import Page
from scenery_studies import sagittal_slices, write_slices

from reading.cases.uploads import check_zip
from web.component import source

_ZIP = """async ([files, how]) => {
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const chosen = files.map(([name, content]) => new File([bytes(content)], name));
    const said = [];
    try {
        const zip = how === "zipped"
            ? await zipped(chosen.map((blob) => ({ name: blob.name, blob })), (...done) => said.push(done))
            : await zipOf(chosen, (text) => said.push(text));
        const packed = new Uint8Array(await zip.arrayBuffer());
        let text = "";
        for (const byte of packed) text += String.fromCharCode(byte);
        return [btoa(text), said, null];
    } catch (error) {
        return [null, said, error.message];
    }
}"""


@pytest.fixture
def scripts(blank_page: Page) -> Page:
    blank_page.add_script_tag(content=source("elements", "sending", "zip", "chosen"))
    return blank_page


def packed(
    page: Page, files: dict[str, bytes], how: str = "chosen"
) -> tuple[bytes | None, list[object], str | None]:
    """The ZIP, what was said meanwhile, and why there is none."""
    sent = [[name, base64.b64encode(content).decode()] for name, content in files.items()]
    zipped, said, problem = page.evaluate(_ZIP, [sent, how])
    return None if zipped is None else base64.b64decode(zipped), said, problem


def contents(archive: bytes | None) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive or b"")) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def test_a_zip_of_ours_is_one_to_others(scripts: Page) -> None:
    chance = random.Random(3)
    for count in (0, 1, 40):
        files = {
            f"ä {number}/ß.dcm": chance.randbytes(chance.choice((0, 1, 5000))) for number in range(count)
        }
        archive, said, problem = packed(scripts, files, "zipped")
        assert problem is None and contents(archive) == files
        assert said == [[done, count] for done in range(1, count + 1)]


def test_of_a_folder_the_dicom_files_are_sent_under_numbers(scripts: Page, tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices())
    pictures = [path.read_bytes() for path in sorted((tmp_path / "study").rglob("*")) if path.is_file()]
    files = {f"Doe^Jane{number}": content for number, content in enumerate(pictures)}
    others = {
        "viewer.exe": b"MZ" * 200,
        "notes.txt": b"\x08\x00 hello",
        "DICOMDIR": bytes(128) + b"DICM",
        "._x": b"",
        "empty": b"",
    }
    archive, said, problem = packed(scripts, {**others, **files, "bare.IMA": b"\x08\x00\x05\x00rest"})
    assert problem is None and said[0] == "Looking for DICOM files…"
    assert said[-1] == f"Packing {len(files) + 1} of {len(files) + 1} pictures"
    got = contents(archive)
    assert sorted(got.values()) == sorted([*pictures, b"\x08\x00\x05\x00rest"])
    assert list(got) == [f"{number:05d}" for number in range(1, len(got) + 1)]
    (tmp_path / "sent.zip").write_bytes(archive or b"")
    check_zip(tmp_path / "sent.zip")


def test_a_zip_is_sent_as_it_is(scripts: Page) -> None:
    assert packed(scripts, {"Any.ZIP": b"whatever"})[0] == b"whatever"


@pytest.mark.parametrize(
    ("files", "said"),
    [({}, "There is nothing in it."), ({"a.txt": b"text", "b.zip": b"PK"}, "There is no DICOM file in it.")],
)
def test_what_cannot_be_sent_is_a_sentence(scripts: Page, files: dict[str, bytes], said: str) -> None:
    archive, _, problem = packed(scripts, files)
    assert archive is None and problem is not None and problem.startswith(said)
