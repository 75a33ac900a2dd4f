"""A fracture in an open reading: a box around the vertebra, the AI's call, its map, and all of it again."""

import shutil
from pathlib import Path

import pytest
from pdf_text import text_of
from playwright.sync_api import Browser, Locator, Page, expect
from running_app import Person, RunningApp, person

from data.phantom.studies import StudyPlan, generate_studies
from imaging.study import SeriesKind
from reading.open.fractures import FRACTURE_FILE
from reading.people.accounts import create_account
from reading.people.invitations import invite

_READ_MS = 120_000
MAP = "no segmentation, no explanation"


@pytest.fixture(scope="module")
def examination(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phantom's, sagittal alone, of as few slices as there can be: packed."""
    folder = tmp_path_factory.mktemp("fracture")
    plan = StudyPlan((SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_T1), 3, variant="fracture")
    generate_studies(folder / "studies", 1, 77, plan, workers=1)
    (study,) = (folder / "studies").glob("fracture*")
    return Path(shutil.make_archive(str(folder / "examination"), "zip", study))


@pytest.fixture(scope="module")
def surgeon(app: RunningApp, browser: Browser) -> Person:
    account = create_account(app.store(), "surgeon with a fracture", "reader")
    return person(browser, f"{app.address}/invitation/{invite(app.store(), account.id)}")


def test_a_vertebra_is_marked_judged_and_there_again(
    app: RunningApp, surgeon: Person, examination: Path, tmp_path: Path
) -> None:
    page = surgeon.page
    page.set_viewport_size({"width": 1366, "height": 768})
    page.get_by_role("link", name="Open reading").click()
    page.get_by_label("A ZIP of one examination").set_input_files(examination)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(mark_button(page)).to_be_visible(timeout=_READ_MS)
    surgeon.see("fracture-offered")
    a_slice_without_a_neighbour_is_refused(page)
    mark_button(page).click()
    draw(page)
    expect(call(page)).to_contain_text("called malignant from 26 % on")
    surgeon.see("fracture-called")
    the_map_is_off_until_it_is_asked_for(surgeon)
    taken = " ".join(text_of(take(page, "PDF", tmp_path)).split())
    assert "Vertebral fracture, marked by a reader: the AI says" in taken and "4 × 4 places" in taken
    page.reload()
    expect(call(page)).to_contain_text("called malignant from 26 % on")
    expect(page.get_by_text(MAP)).to_have_count(0)
    assert b'"activation"' in take(page, "Fracture JSON", tmp_path)
    what_cannot_be_read_any_more_is_said_and_marked_again(app, page)
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(call(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Activation maps")).to_be_hidden()


def a_slice_without_a_neighbour_is_refused(page: Page) -> None:
    surface(page).hover()
    page.mouse.wheel(0, 120)
    expect(page.get_by_text("3 / 3")).to_be_visible()
    mark_button(page).click()
    expect(page.get_by_text("Drag a box around the abnormal vertebra")).to_be_visible()
    draw(page)
    expect(page.get_by_role("alert")).to_contain_text("The lesion slice is the last of its T2 series")
    expect(call(page)).to_have_count(0)
    surface(page).hover()
    page.mouse.wheel(0, -120)
    expect(page.get_by_text("3 / 3")).to_have_count(0)


def the_map_is_off_until_it_is_asked_for(surgeon: Person) -> None:
    page = surgeon.page
    expect(page.get_by_text(MAP)).to_have_count(0)
    page.keyboard.press("a")
    expect(page.get_by_text(MAP)).to_be_visible()
    surgeon.see("fracture-map")
    page.mouse.wheel(0, 120)
    expect(page.get_by_text(MAP)).to_have_count(0)
    call(page).get_by_role("button").click()
    expect(page.get_by_text(MAP)).to_be_visible()


def what_cannot_be_read_any_more_is_said_and_marked_again(app: RunningApp, page: Page) -> None:
    (kept,) = app.data.glob(f"open/*/{FRACTURE_FILE}")
    kept.write_text("{", encoding="utf-8")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("cannot be read any more; mark it again, or remove it")
    expect(page.get_by_role("button", name="Remove", exact=True)).to_be_visible()
    mark_button(page).click()
    draw(page)
    expect(call(page)).to_contain_text("called malignant from 26 % on")
    expect(page.get_by_role("alert")).to_have_count(0)


def mark_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Mark the vertebra")


def call(page: Page) -> Locator:
    return page.get_by_role("region", name="The AI: vertebral fracture")


def surface(page: Page) -> Locator:
    """Of the sagittal T2 pane."""
    return page.locator(".pane canvas.over").first


def draw(page: Page) -> None:
    """A box in the middle of the picture."""
    box = surface(page).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 20, y - 16)
    page.mouse.down()
    page.mouse.move(x, y)
    page.mouse.move(x + 20, y + 16)
    page.mouse.up()


def take(page: Page, words: str, folder: Path) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=words, exact=True).click()
    download.value.save_as(folder / "taken")
    return (folder / "taken").read_bytes()
