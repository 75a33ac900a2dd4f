"""Two periods with a washout between, from first page to report."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from reading_page import begin_next, read_all
from running_app import CASES, Person, RunningApp
from sqlalchemy import select, update
from study_pages import (
    import_folder,
    invited,
    make_study,
    open_with_members,
    wait_for_cases,
)
from whole_study import compare, exported, only_loopback

from reading.store import tables

pytestmark = pytest.mark.acceptance


def test_two_periods_with_a_washout_between(
    app: RunningApp, browser: Browser, coordinator: Person, tmp_path: Path
) -> None:
    title = "Two periods"
    make_study(coordinator, title, "Two periods.", washout=6)
    import_folder(coordinator, CASES)
    wait_for_cases(coordinator, 2)
    reader = invited(browser, coordinator, "reader d")
    page = reader.page
    open_with_members(coordinator, title, ["reader d"])
    page.reload()
    assert read_all(reader) == 2
    expect(page.get_by_text("The second part begins on")).to_be_visible()
    expect(page.get_by_role("button", name="Read the next case")).to_have_count(0)
    reader.see("washout")
    _end_washout(app, title)
    page.reload()
    begin_next(reader)
    # Nothing of the first period is there to begin with.
    expect(page.get_by_text("Missing for L1-L2, L2-L3, L3-L4, L4-L5, L5-S1")).to_be_visible()
    page.get_by_role("button", name="My studies").click()
    assert read_all(reader) == 2
    expect(page.get_by_text("You have read everything.")).to_be_visible()
    export = exported(coordinator, app, title, tmp_path)
    compare(export)
    coordinator.page.get_by_role("link", name="Log").click()
    expect(coordinator.page.get_by_role("heading", name="Log")).to_be_visible()
    coordinator.page.wait_for_timeout(1000)
    coordinator.see("log")
    only_loopback(app, coordinator, reader)


def _end_washout(app: RunningApp, title: str) -> None:
    """Instead of waiting: readings cannot be made older, so the study asks for none any more."""
    its = tables.studies.c.title == title
    with app.store().write() as connection:
        design = connection.execute(select(tables.studies.c.design).where(its)).scalar_one()
        connection.execute(update(tables.studies).where(its).values(design={**design, "washout_weeks": 0}))
