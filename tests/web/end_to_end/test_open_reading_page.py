"""Open reading: an examination goes up, the AI reads it, its reader corrects it and takes the files along."""

import json
import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from highdicom.sr import srread
from pdf_text import text_of
from playwright.sync_api import Browser, Locator, Page, expect
from pydicom import dcmread
from running_app import CASES, Person, RunningApp, person

from reading.cases.sources import IMPORT_FOLDER
from reading.people.accounts import create_account
from reading.people.invitations import invite

_READ_MS = 120_000
"""A worker with others' jobs before this one, on a busy machine."""


@pytest.fixture(scope="module")
def examination(app: RunningApp) -> Path:
    """A phantom's, with a sagittal series alone."""
    return next((app.data / IMPORT_FOLDER / CASES).glob("phantom*"))


@pytest.fixture(scope="module")
def surgeon(app: RunningApp, browser: Browser) -> Person:
    account = create_account(app.store(), "surgeon with a case", "reader")
    return person(browser, f"{app.address}/invitation/{invite(app.store(), account.id)}")


def test_an_upload_is_read_corrected_and_taken_along(
    app: RunningApp, surgeon: Person, examination: Path, tmp_path: Path
) -> None:
    page = surgeon.page
    page.get_by_role("link", name="Open reading").click()
    expect(page.get_by_text("There is none yet.")).to_be_visible()
    expect(page.get_by_text("trained on phantoms alone: for trying out")).to_be_visible()
    surgeon.see("open-reading-empty")
    with paused_worker(app):
        send(page, "A ZIP of one examination", zipped(examination, tmp_path))
        expect(page.get_by_role("heading", name="The AI reads the examination")).to_be_visible()
        stages = page.get_by_role("list", name="Stages").get_by_role("listitem")
        expect(stages.first).to_have_class("past")
        expect(stages.last).to_have_text("Slips, heights and extents, in mm")
        surgeon.see("open-reading-progress")
    expect(disc(page, "L4-L5")).to_be_visible(timeout=_READ_MS)
    expect(page.get_by_text("Did not run: levels, disc regions")).to_be_visible()
    correct_and_take(surgeon, tmp_path)
    reload_and_remove(surgeon)


def test_a_folder_is_packed_and_sent_and_what_cannot_be_read_says_why(
    surgeon: Person, examination: Path, tmp_path: Path
) -> None:
    page = surgeon.page
    page.get_by_role("link", name="Open reading").click()
    dropped = page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["no ZIP"], "strange.zip"));
            return transfer;
        }"""
    )
    page.locator(".drop").dispatch_event("drop", {"dataTransfer": dropped})
    expect(page.get_by_text("strange.zip, less than 1 MB")).to_be_visible()
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator(".upload .notice")).to_have_text(
        "Not a ZIP, or a damaged one; pack the examination's folder as a ZIP."
    )
    damaged = shutil.copytree(examination, tmp_path / "Doe^Jane")
    for path in damaged.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:600])
    send(page, "The folder of one examination", damaged)
    expect(page.get_by_role("heading", name="This examination could not be read")).to_be_visible(
        timeout=_READ_MS
    )
    surgeon.see("open-reading-refused")
    page.get_by_role("button", name="To my open readings").click()
    expect(page.get_by_text("not read", exact=True)).to_be_visible()
    surgeon.see("open-reading-list")


def look_at_a_disc(page: Page) -> None:
    """By a press on what the AI says of it: the pictures go back to the slice on which it was found."""
    page.locator(".pane canvas.over").first.hover()
    page.mouse.wheel(0, 120)
    expect(page.get_by_text("3 / 3")).to_be_visible()
    page.get_by_role("region", name="The AI: L4-L5").get_by_role("button").click()
    expect(page.get_by_text("2 / 3")).to_be_visible()


def correct_and_take(surgeon: Person, folder: Path) -> None:
    page = surgeon.page
    button = disc(page, "L4-L5").get_by_role("button", name="Bulge", exact=True)
    if button.get_attribute("aria-pressed") == "true":
        button = disc(page, "L4-L5").get_by_role("button", name="Herniation", exact=True)
    expect(page.get_by_text("As the AI says it")).to_be_visible()
    surgeon.see("open-reading-result")
    look_at_a_disc(page)
    button.click()
    expect(page.get_by_text("Corrected: L4-L5")).to_be_visible()
    expect(page.get_by_text("Saved")).to_be_visible()
    surgeon.see("open-reading-corrected")
    taken = {words: take(page, words, folder) for words in ("PDF", "JSON", "DICOM SR", "PDF as DICOM")}
    result = json.loads(taken["JSON"].read_bytes())
    (put_right,) = [item for item in result["findings"] if item["correction"]]
    assert put_right["level"] == "L4-L5"
    by_ai = put_right["correction"]["by_ai"]
    assert by_ai["verdict"] != put_right["verdict"] and by_ai["probabilities"]
    said = "Corrected by a reader: the AI said"
    for pdf in (taken["PDF"].read_bytes(), dcmread(taken["PDF as DICOM"]).EncapsulatedDocument):
        assert said in " ".join(text_of(pdf).split())
    groups = srread(taken["DICOM SR"]).content.get_image_measurement_groups()
    (group,) = [group for group in groups if str(group.tracking_identifier) == "L4-L5"]
    texts = [item.TextValue for item in group[0].ContentSequence if item.ValueType == "TEXT"]
    assert any(said in text for text in texts)


def reload_and_remove(surgeon: Person) -> None:
    """What was corrected is there again; then nothing is."""
    page = surgeon.page
    page.reload()
    expect(page.get_by_text("Corrected: L4-L5")).to_be_visible()
    disc(page, "L4-L5").get_by_role("heading").click()
    page.get_by_role("button", name="Undo at this disc").click()
    expect(page.get_by_text("As the AI says it")).to_be_visible()
    expect(page.get_by_text("Saved")).to_be_visible()
    page.get_by_role("button", name="Open readings").click()
    expect(page.get_by_text("read", exact=True)).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("There is none yet.")).to_be_visible()


def disc(page: Page, level: str) -> Locator:
    return page.locator(".discs .disc").filter(has=page.get_by_role("heading", name=level))


def zipped(examination: Path, folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder / "examination"), "zip", examination))


def send(page: Page, field: str, path: Path) -> None:
    page.get_by_label(field).set_input_files(path)
    page.get_by_role("button", name="Upload", exact=True).click()


def take(page: Page, words: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=words, exact=True).click()
    path = folder / download.value.suggested_filename
    assert re.fullmatch(r"open-reading-\d{4}-\d\d-\d\d-\d{4}\.[a-z.]+", path.name)
    download.value.save_as(path)
    return path


@contextmanager
def paused_worker(app: RunningApp) -> Iterator[None]:
    """Nothing is read meanwhile."""
    children = Path(f"/proc/{app.process.pid}/task").glob("*/children")
    (worker,) = [int(child) for path in children for child in path.read_text().split()]
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)
