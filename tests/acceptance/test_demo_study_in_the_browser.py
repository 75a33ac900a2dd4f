"""What a newcomer sees of ``discern app``: the demo study, read by its reader, and its results."""

import time
from pathlib import Path

import pytest
from chromium import launched_browser
from playwright.sync_api import Page, expect
from reading_page import begin_next, commit, fill_in, go_on
from running_app import Person, person, running_app
from study_pages import go_to_study
from whole_study import only_loopback

from reading.demo_study import CASES, TITLE

pytestmark = pytest.mark.acceptance

_LONGEST_MS = 300_000
"""Until the worker has made the study, or computed its results, on a busy machine."""


def test_a_new_server_begins_with_a_study_that_can_be_read_to_its_results(tmp_path: Path) -> None:
    began = time.monotonic()
    with launched_browser() as browser, running_app(tmp_path / "data", demo=True) as app:
        print(f"\nthe server answers after {time.monotonic() - began:.0f} s")
        assert app.demo_invitation is not None
        reader = person(browser, app.demo_invitation)
        expect(reader.page.get_by_text("The demo study is being made.")).to_be_visible()
        reader.see("demo-being-made")
        next_case = reader.page.get_by_role("button", name="Read the next case")
        expect(next_case).to_be_visible(timeout=_LONGEST_MS)
        print(f"the demo study can be read after {time.monotonic() - began:.0f} s")
        reader.see("demo-worklist")
        assert _read_all(reader) == 2 * CASES.count
        coordinator = person(browser, app.invitation)
        _close_and_open_results(go_to_study(coordinator, TITLE))
        coordinator.see("demo-results")
        reader.page.reload()
        reader.page.get_by_role("button", name="Results").click()
        expect(reader.page.get_by_text("You are reader 1")).to_be_visible()
        only_loopback(app, reader, coordinator)


def _read_all(reader: Person) -> int:
    """Each case without the AI, whose word comes with the second reading alone."""
    ai = reader.page.get_by_role("heading", name="The AI")
    begin_next(reader)
    done = 0
    while True:
        with_ai = done % 2 == 1
        expect(ai).to_be_visible(visible=with_ai)
        if with_ai:
            expect(reader.page.get_by_text("Loading…")).to_have_count(0)
            reader.see(f"demo-case-{done // 2 + 1}-with-ai")
        else:
            fill_in(reader)
        commit(reader)
        done += 1
        if not go_on(reader):
            return done


def _close_and_open_results(page: Page) -> None:
    page.get_by_role("tab", name="Reading").click()
    page.get_by_role("button", name="Close the study").click()
    page.get_by_role("button", name="Close it for good").click()
    page.get_by_role("tab", name="Results").click()
    page.get_by_role("button", name="Compute the results").click()
    expect(page.get_by_text("Only coordinators see this")).to_be_visible(timeout=_LONGEST_MS)
    page.get_by_role("button", name="Open the results").click()
    page.get_by_role("button", name="Open them to all members").click()
    expect(page.get_by_text("Open: every member of the study sees what follows")).to_be_visible()
