"""A cervical study in the real app: chosen on its page, and an examination read without and with the AI."""

from pathlib import Path

from picture_study import cervical_detector
from playwright.sync_api import Browser, expect
from reading_page import begin_next, commit, commit_button, go_on
from running_app import Person, RunningApp, person
from sqlalchemy import select
from stored_study import stored_study
from study_pages import fill, settled

from annotation.labels import CERVICAL
from data.phantom.studies import StudyPlan
from imaging.study import SeriesKind
from reading.cases.sources import Phantoms
from reading.store import tables
from reading.store.form import DiscCall, read_form
from reading.study.design import StudyDesign

TITLE = "A cervical examination"
DESIGN = StudyDesign(
    "sequential", verdicts=CERVICAL.states, slip=False, likelihoods=False, label_set="cervical"
)
PHANTOM = Phantoms(1, 5, StudyPlan((SeriesKind.SAGITTAL_T2,), 3))


def test_the_coordinator_chooses_cervical_discs(coordinator: Person, tmp_path: Path) -> None:
    page = coordinator.page
    page.get_by_role("link", name="Studies").click()
    page.get_by_role("button", name="New study").click()
    fill(page.get_by_role("textbox", name="Title"), "Cervical, by the page")
    page.get_by_role("combobox", name="Discs").click()
    page.get_by_role("option", name="Cervical: normal, disc, injured").click()
    expect(page.get_by_text("names no levels")).to_be_visible()
    expect(page.get_by_text("Ask for slips")).to_have_count(0)
    page.get_by_text("Single pictures.").click()
    expect(page.get_by_text("names no levels")).to_have_count(0)
    settled(page)
    page.get_by_role("button", name="Make the study").click()
    expect(page.get_by_text("The models of the AI are not named")).to_be_visible()
    models = page.get_by_role("textbox", name="Models of the AI")
    expect(models).to_have_value("")
    fill(models, str(cervical_detector(tmp_path / "detector")))
    coordinator.see("new-cervical-study")
    page.get_by_role("button", name="Make the study").click()
    expect(page.get_by_text("draft · cervical · single pictures")).to_be_visible()
    expect(page.get_by_text("asked: normal, disc, injured, likelihoods")).to_be_visible()


def test_an_examination_is_read_without_and_with_the_ai(
    app: RunningApp, browser: Browser, tmp_path: Path
) -> None:
    models = cervical_detector(tmp_path / "detector")
    reader = person(browser, stored_study(app, TITLE, DESIGN, PHANTOM, models))
    begin_next(reader)
    page = reader.page
    expect(page.get_by_text("Loading…")).to_have_count(0)
    for key in "nncnjn":
        page.keyboard.press(key)
        page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Everything is filled in.")).to_be_visible()
    reader.see("cervical-examination")
    commit(reader)
    go_on(reader)
    expect(page.get_by_text("It marks the sagittal picture, and names no levels.")).to_be_visible()
    expect(commit_button(reader)).to_be_enabled()
    reader.see("cervical-examination-ai")
    commit(reader)
    go_on(reader)
    with app.store().read() as connection:
        of_study = select(tables.readings.c.form).join(tables.studies).where(tables.studies.c.title == TITLE)
        forms = [read_form(content) for content in connection.scalars(of_study)]
    said = dict(
        zip(CERVICAL.levels, ("normal", "normal", "disc", "normal", "injured", "normal"), strict=True)
    )
    assert [form.discs for form in forms] == [{level: DiscCall(said[level]) for level in said}] * 2
