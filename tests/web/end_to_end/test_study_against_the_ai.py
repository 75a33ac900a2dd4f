"""Readers against the AI and three experts, from first page to report."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from reading_page import begin_next, commit, discs, fill_in, go_on, read_all
from running_app import CASES, Person, RunningApp
from study_pages import (
    go_to_study,
    import_folder,
    invited,
    make_study,
    open_with_members,
)
from whole_study import compare, exported, only_loopback

pytestmark = pytest.mark.acceptance


def test_readers_against_the_ai_and_three_experts(
    app: RunningApp, browser: Browser, coordinator: Person, tmp_path: Path
) -> None:
    title = "Against the AI"
    make_study(coordinator, title, "AI alone against readers.", experts=True)
    import_folder(coordinator, CASES)
    readers = [invited(browser, coordinator, f"reader {letter}") for letter in "ab"]
    experts = [invited(browser, coordinator, f"expert {letter}", "expert") for letter in "abc"]
    go_to_study(coordinator, title)
    open_with_members(coordinator, title, ["reader a", "reader b", "expert a", "expert b", "expert c"])
    for person, verdict in zip([*readers, *experts], "nhnnh", strict=True):
        person.page.reload()
        assert read_all(person, verdict) == 2
    chair = experts[0]
    chair.page.reload()
    begin_next(chair)
    expect(chair.page.get_by_role("heading", name="The experts")).to_be_visible()
    chair.see("consensus")
    # All said the same of the last disc.
    assert discs(chair).count() == 4
    for verdict, more in (("h", True), ("n", False)):
        fill_in(chair, verdict)
        commit(chair)
        assert go_on(chair) is more
    export = exported(coordinator, app, title, tmp_path)
    compare(export, "--experts", export / "EXPERTS.csv")
    only_loopback(app, coordinator, *readers, *experts)
