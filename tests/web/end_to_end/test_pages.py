"""Pages that must hold: who may see them, and what they do when the server is away."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, expect
from reading_page import begin_next, commit, discs, fill_in
from running_app import CASES, Person, RunningApp, person
from sqlalchemy import select
from stored_study import stored_study
from study_pages import fill, invited, make_study, wait_for_cases

from benchmarks.speed import viewer
from reading.cases.sources import IMPORT_FOLDER
from reading.people.accounts import account_named, disable
from reading.store import tables
from reading.study.design import StudyDesign


def test_nobody_sees_a_page_without_signing_in(app: RunningApp, browser: Browser) -> None:
    page = browser.new_page()
    for path in ("", "studies", "people", "read?assignment=1"):
        page.goto(f"{app.address}/{path}")
        page.wait_for_url(f"{app.address}/sign-in")
    page.close()


def test_a_reader_has_no_page_of_the_coordinator(
    app: RunningApp, browser: Browser, coordinator: Person
) -> None:
    reader = invited(browser, coordinator, "reader x")
    for path in ("people", "log", "studies", "study"):
        reader.page.goto(f"{app.address}/{path}")
        expect(reader.page.get_by_role("heading", name="My studies")).to_be_visible()


def test_a_disabled_account_is_out_at_its_next_step(
    app: RunningApp, browser: Browser, coordinator: Person
) -> None:
    reader = invited(browser, coordinator, "reader y")
    account = account_named(app.store(), "reader y")
    assert account is not None
    disable(app.store(), account.id)
    reader.page.reload()
    reader.page.wait_for_url(f"{app.address}/sign-in")


def test_a_refusal_is_shown_as_its_sentence(coordinator: Person) -> None:
    page = coordinator.page
    page.get_by_role("link", name="People").click()
    fill(page.get_by_role("textbox", name="Name"), "coordinator")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_text("There is an account of this name or email; choose another one.")).to_be_visible()


def test_an_upload_becomes_a_case_or_is_refused_with_a_sentence(
    app: RunningApp, coordinator: Person, tmp_path: Path
) -> None:
    page = coordinator.page
    make_study(coordinator, "An upload", "AI alone against readers.")
    page.get_by_role("tab", name="Cases").click()
    (tmp_path / "strange.zip").write_text("no ZIP")
    examination = next((app.data / IMPORT_FOLDER / CASES).glob("phantom*"))
    shutil.make_archive(str(tmp_path / "good"), "zip", examination)
    file = page.get_by_label("A ZIP of one examination")
    file.set_input_files(tmp_path / "strange.zip")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator(".upload .notice.error")).to_contain_text("ZIP")
    file.set_input_files(tmp_path / "good.zip")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text("Received; see below")).to_be_visible()
    expect(page.get_by_text("An upload: done")).to_be_visible()
    wait_for_cases(coordinator, 1)


def test_a_reading_goes_on_when_the_server_was_away(app: RunningApp, browser: Browser) -> None:
    reader = person(browser, stored_study(app, "Away", StudyDesign("standalone")))
    page = reader.page
    begin_next(reader)
    expect(page.get_by_text("Saved")).to_be_visible()
    reader.context.set_offline(True)
    fill_in(reader, "h")
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    page.get_by_role("button", name="Commit").click()
    page.wait_for_timeout(1500)
    expect(page.get_by_text("The reading is stored.")).to_have_count(0)
    reader.context.set_offline(False)
    expect(page.get_by_text("The reading is stored.")).to_be_visible()
    page.get_by_role("button", name="Next case").click()
    expect(discs(reader).first).to_be_visible()
    # The keys of Streamlit itself, which would run the page again or clear its cache.
    for key in ("r", "c"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_have_count(0)
    fill_in(reader)
    commit(reader)


def test_a_reading_is_corrected_with_a_reason_and_kept_beside_what_it_was(
    app: RunningApp, browser: Browser
) -> None:
    reader = person(browser, stored_study(app, "A mistake", StudyDesign("standalone")))
    page = reader.page
    begin_next(reader)
    fill_in(reader)
    commit(reader)
    page.get_by_role("button", name="Correct this reading").click()
    store_it = page.get_by_role("button", name="Store the correction")
    expect(store_it).to_be_disabled()
    discs(reader).first.get_by_role("button", name="Herniation", exact=True).click()
    page.get_by_label("Reason").fill("the wrong key")
    reader.see("correction")
    store_it.click()
    expect(page.get_by_text("The reading is stored.")).to_be_visible()
    account = account_named(app.store(), "reader of A mistake")
    assert account is not None
    with app.store().read() as connection:
        kept = connection.execute(
            select(tables.readings.c.revision, tables.readings.c.reason, tables.readings.c.form)
            .where(tables.readings.c.account == account.id)
            .order_by(tables.readings.c.revision)
        ).all()
    assert [(row.revision, row.reason) for row in kept] == [(0, ""), (1, "the wrong key")]
    assert [row.form["discs"]["L1-L2"]["verdict"] for row in kept] == ["normal", "herniation"]
    page.get_by_role("button", name="Next case").click()
    expect(page.get_by_role("button", name="Commit")).to_be_visible()


def test_a_wheel_step_and_the_way_to_the_next_case_are_measured(app: RunningApp, browser: Browser) -> None:
    """By `discern speed`; how long they take is its matter."""
    reader = person(browser, stored_study(app, "Measured", StudyDesign("standalone")))
    begin_next(reader)
    before = reader.page.url
    for _ in range(2):
        steps = viewer.wheel_steps(reader.page, 4)
        assert steps.shape == (4, 2)
        assert (steps[:, 0] > 0).all() and (steps[:, 0] <= steps[:, 1] + 0.2).all()
    viewer.fill_in(reader.page)
    assert viewer.commit_and_go_on(reader.page) > 0
    expect(reader.page.get_by_text("case-02")).to_be_visible()
    assert reader.page.url != before
