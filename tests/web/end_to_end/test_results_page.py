"""The results of a study: nothing but progress while it is read, then its coordinator's, then everybody's."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4
from zipfile import ZipFile

from playwright.sync_api import Browser, Page, expect
from running_app import Person, RunningApp, person
from stored_study import stored_study
from study_pages import go_to_study

from reading.people.accounts import account_named
from reading.store.form import DiscCall, ReadingForm
from reading.store.reads import commit
from reading.store.sent import Sent
from reading.study.design import WITH_AI, StudyDesign
from reading.study.studies import studies
from reading.study.worklist import next_assignment, open_assignment

TITLE = "With results"
_COMPUTING_MS = 180_000
_PLOTS = {
    "Primary result": ("primary-differences", "primary-arms"),
    "Slip": ("slips",),
    "ROC": ("roc",),
    "Times": ("times",),
}


def test_the_coordinator_computes_the_results_and_opens_them_to_the_readers(
    app: RunningApp, browser: Browser, coordinator: Person
) -> None:
    reader = person(browser, stored_study(app, TITLE, StudyDesign("sequential")))
    assert len(list(_committed(app))) == 4
    page = go_to_study(coordinator, TITLE)
    _results_tab(page)
    expect(page.get_by_text("No accuracy is shown before the study is closed")).to_be_visible()
    coordinator.see("results-while-open")
    page.get_by_role("tab", name="Reading").click()
    page.get_by_role("button", name="Close the study").click()
    page.get_by_role("button", name="Close it for good").click()
    _results_tab(page)
    page.get_by_role("button", name="Compute the results").click()
    expect(page.get_by_text("Only coordinators see this")).to_be_visible(timeout=_COMPUTING_MS)
    _see_results(coordinator, "results")
    _nothing_for(reader)
    page.get_by_role("button", name="Open the results").click()
    page.get_by_role("button", name="Open them to all members").click()
    expect(page.get_by_text("Open: every member of the study sees what follows")).to_be_visible()
    reader.page.reload()
    reader.page.get_by_role("button", name="Results").click()
    expect(reader.page.get_by_text("You are reader 1")).to_be_visible()
    _see_results(reader, "results-of-a-reader")
    _check_archive(app, reader)


def _committed(app: RunningApp) -> Iterator[str]:
    """All that the reader is to read, by the store: every disc normal, but one of a case with the AI."""
    store, account = app.store(), account_named(app.store(), f"reader of {TITLE}")
    assert account is not None
    (study,) = (item.id for item in studies(store) if item.title == TITLE)
    while True:
        with store.read() as connection:
            following = next_assignment(connection, store.now(), account.id, study).assignment
            if following is None:
                return
            opened = open_assignment(connection, store.now(), account.id, following)
        questions = opened.questions
        call = DiscCall("normal", slip=False, slip_grade=0, lesion_likelihood=2, slip_likelihood=1)
        form = ReadingForm(dict.fromkeys(questions.levels, call))
        if opened.arm == WITH_AI:
            form.discs[questions.levels[0]] = replace(call, verdict="herniation", lesion_likelihood=5)
        sent = Sent(str(uuid4()), following, "commit", 1, form, 40_000, 0, 40_000.0)
        commit(store, account.id, sent, "0.0.0", lambda connection, asked=questions: asked)
        yield following


def _results_tab(page: Page) -> None:
    page.get_by_role("tab", name="Results").click()


def _see_results(someone: Person, picture: str) -> None:
    page = someone.page
    expect(page.get_by_role("heading", name="In short")).to_be_visible()
    expect(page.get_by_text("Median time of a case")).to_be_visible()
    for part, plots in _PLOTS.items():
        page.get_by_role("tab", name=part, exact=True).click()
        expect(page.get_by_role("heading", name=part)).to_be_visible()
        expect(page.locator("section.result td:visible").get_by_text("reader 1").first).to_be_visible()
        for plot in plots:
            drawing = page.get_by_role("img", name=plot, exact=True)
            assert drawing.evaluate("image => image.complete && image.naturalWidth > 100"), plot
        someone.see(f"{picture}-{part.split()[0].lower()}")
    # Its own account stands above, nobody's anywhere else.
    assert page.locator("section.result").get_by_text(f"reader of {TITLE}").count() == 0


def _nothing_for(reader: Person) -> None:
    page = reader.page
    page.reload()
    expect(page.get_by_text("This study is closed.")).to_be_visible()
    expect(page.get_by_role("button", name="Results")).to_have_count(0)


def _check_archive(app: RunningApp, reader: Person) -> None:
    link = reader.page.get_by_role("link", name="Everything as CSV").get_attribute("href")
    answer = reader.context.request.get(f"{app.address}{link}")
    assert answer.ok, answer.text()
    with ZipFile(io.BytesIO(answer.body())) as archive:
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("READINGS.csv"), "utf-8")))
        assert {"REFERENCE.csv", "plan.yaml", "tables/accuracy.csv", "tables/times.csv"} <= set(
            archive.namelist()
        )
    assert {(row["reader"], row["arm"]) for row in rows} == {
        ("reader 1", "without AI"),
        ("reader 1", "with AI"),
        ("AI", "standalone"),
    }
