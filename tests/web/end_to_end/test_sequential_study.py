"""Each case without and then with the AI, from first page to report."""

from pathlib import Path

from playwright.sync_api import Browser, expect
from reading_page import begin_next, commit, discs, fill_in, go_on, read_all
from running_app import CASES, Person, RunningApp
from study_pages import (
    add_phantoms,
    go_to_study,
    import_folder,
    invited,
    make_study,
    open_with_members,
    wait_for_cases,
)
from whole_study import compare, exported, only_loopback


def test_each_case_without_and_then_with_the_ai(
    app: RunningApp, browser: Browser, coordinator: Person, tmp_path: Path
) -> None:
    title = "One after the other"
    make_study(coordinator, title, "Without, then with the AI.")
    coordinator.see("study")
    import_folder(coordinator, CASES)
    add_phantoms(coordinator, 1, 12, training=True)
    reader = invited(browser, coordinator, "reader c")
    coordinator.see("people")
    go_to_study(coordinator, title).get_by_role("tab", name="Cases").click()
    wait_for_cases(coordinator, 3)
    coordinator.see("cases")
    open_with_members(coordinator, title, ["reader c"])
    reader.page.reload()
    expect(reader.page.get_by_text("0 of 6 readings")).to_be_visible()
    reader.see("worklist")
    begin_next(reader)
    expect(reader.page.get_by_text("Training: does not count")).to_be_visible()
    _reload_in_mid_read(reader)
    fill_in(reader)
    commit(reader)
    reader.see("committed")
    assert go_on(reader)
    expect(reader.page.get_by_role("heading", name="The AI")).to_be_visible()
    # The reader's own calls are there to begin with.
    expect(reader.page.get_by_text("Everything is filled in.")).to_be_visible()
    expect(reader.page.get_by_text("Loading…")).to_have_count(0)
    reader.see("with-ai")
    commit(reader)
    assert go_on(reader)
    reader.page.get_by_role("button", name="My studies").click()
    assert read_all(reader) == 4
    export = exported(coordinator, app, title, tmp_path)
    coordinator.see("progress")
    compare(export)
    only_loopback(app, coordinator, reader)


def _reload_in_mid_read(reader: Person) -> None:
    """What was entered is there again, and the clock goes on."""
    keyboard, page = reader.page.keyboard, reader.page
    for key in ("h", "s", "5", "ArrowDown", "b"):
        keyboard.press(key)
    page.get_by_placeholder("Remark on the case").fill("a remark")
    expect(page.get_by_text("Saved")).to_be_visible()
    page.wait_for_timeout(1200)
    expect(page.get_by_text("Loading…")).to_have_count(0)
    reader.see("reading")
    page.reload()
    first, second = discs(reader).nth(0), discs(reader).nth(1)
    for disc, name in ((first, "Herniation"), (first, "Slip: Yes"), (second, "Bulge")):
        button = disc.get_by_role("button", name=name, exact=True)
        expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_placeholder("Remark on the case")).to_have_value("a remark")
    assert page.locator("b.active").inner_text() != "0:00"
    keyboard.press("p")
    expect(page.get_by_text("Paused.")).to_be_visible()
    keyboard.press("p")
    expect(page.get_by_text("Paused.")).to_be_hidden()
