"""A study of single pictures: boxes by the mouse, a reload in mid-read, and the AI after the commit."""

import re

from playwright.sync_api import Browser, Locator, expect
from reading_page import begin_next, commit, go_on
from running_app import Person, RunningApp, person
from sqlalchemy import select
from stored_study import stored_study
from study_pages import fill

from imaging.pictures import read_picture
from reading.cases.case_folder import picture_file
from reading.cases.sources import CASES_FOLDER, Phantoms
from reading.store import tables
from reading.store.form import read_form
from reading.store.truth import DiscTruth, read_truth
from reading.study.design import WITH_AI, WITHOUT_AI, StudyDesign
from reading.table import Edges

TITLE = "Single pictures"


def test_a_picture_is_read_by_boxes_without_and_with_the_ai(app: RunningApp, browser: Browser) -> None:
    design = StudyDesign("sequential", pictures="images")
    reader = person(browser, stored_study(app, TITLE, design, Phantoms(1, 31)))
    discs, size = _truth(app)
    begin_next(reader)
    expect(reader.page.get_by_text("Loading…")).to_have_count(0)
    _draw(reader, discs[-1].edges, size)
    for key in "h5x1":
        reader.page.keyboard.press(key)
    _draw(reader, discs[-2].edges, size)
    reader.page.keyboard.press("n")
    expect(reader.page.get_by_text("Saved", exact=True)).to_be_visible()
    reader.page.reload()
    expect(_row(reader, "1")).to_have_class(re.compile("complete"))
    expect(reader.page.get_by_text(re.compile("Missing for 2: .*slip"))).to_be_visible()
    _row(reader, "2").get_by_role("button", name="Slip: No").click()
    for answer in ("Herniation likely: 1", "Slip likely: 1"):
        _row(reader, "2").get_by_role("button", name=answer).click()
    reader.see("single-picture")
    commit(reader)
    go_on(reader)
    expect(reader.page.get_by_role("heading", name="The AI")).to_be_visible()
    expect(_row(reader, "2")).to_have_class(re.compile("complete"))
    expect(reader.page.locator("section.beside")).not_to_have_count(0)
    reader.see("single-picture-with-ai")
    _row(reader, "1").get_by_role("button", name="Bulge").click()
    commit(reader)
    go_on(reader)
    _check_stored(app, [discs[-1].edges, discs[-2].edges])


def test_the_coordinator_chooses_single_pictures(coordinator: Person) -> None:
    page = coordinator.page
    page.get_by_role("link", name="Studies").click()
    page.get_by_role("button", name="New study").click()
    fill(page.get_by_role("textbox", name="Title"), "Pictures, by the page")
    page.get_by_text("Single pictures.").click()
    expect(page.get_by_role("textbox", name="Models of the AI")).to_have_value(re.compile("sagittal$"))
    coordinator.see("new-study-of-pictures")
    page.get_by_role("button", name="Make the study").click()
    expect(page.get_by_text("draft · single pictures")).to_be_visible()
    page.get_by_role("tab", name="Cases").click()
    expect(page.get_by_text("the middle sagittal picture of each")).to_be_visible()
    expect(page.get_by_text("A ZIP of one examination")).to_have_count(0)
    coordinator.see("cases-of-pictures")


def _truth(app: RunningApp) -> tuple[list[DiscTruth], tuple[int, int]]:
    """The discs of the one case, and the picture's rows and columns."""
    with app.store().read() as connection:
        case = connection.execute(
            select(tables.cases).join(tables.studies).where(tables.studies.c.title == TITLE)
        ).one()
    path = picture_file(app.data / CASES_FOLDER / case.folder)
    assert path is not None
    rows, columns = read_picture(path).shape
    return list(read_truth(case.truth).values()), (rows, columns)


def _draw(reader: Person, edges: Edges | None, size: tuple[int, int]) -> None:
    """Drag around a disc: the picture is shown as large as fits, in the middle of the pane."""
    pane = reader.page.locator(".pane").bounding_box()
    assert pane is not None and edges is not None
    scale = min(pane["width"] / size[1], pane["height"] / size[0])
    left = pane["x"] + (pane["width"] - size[1] * scale) / 2
    top = pane["y"] + (pane["height"] - size[0] * scale) / 2
    reader.page.mouse.move(left + edges[0] * scale, top + edges[1] * scale)
    reader.page.mouse.down()
    reader.page.mouse.move(left + edges[2] * scale, top + edges[3] * scale, steps=3)
    reader.page.mouse.up()


def _row(reader: Person, number: str) -> Locator:
    return reader.page.get_by_role("region", name=number, exact=True)


def _check_stored(app: RunningApp, drawn: list[Edges | None]) -> None:
    """Both readings, with the boxes where they were drawn."""
    readings = tables.readings
    with app.store().read() as connection:
        rows = connection.execute(
            select(readings.c.arm, readings.c.form)
            .join(tables.studies, tables.studies.c.id == readings.c.study)
            .where(tables.studies.c.title == TITLE)
        ).all()
    forms = {row.arm: read_form(row.form) for row in rows}
    assert [forms[arm].discs["1"].verdict for arm in (WITHOUT_AI, WITH_AI)] == ["herniation", "bulge"]
    for form in forms.values():
        for edges, expected in zip(form.boxes.values(), drawn, strict=True):
            assert expected is not None
            assert all(abs(one - other) < 1.5 for one, other in zip(edges, expected, strict=True))
