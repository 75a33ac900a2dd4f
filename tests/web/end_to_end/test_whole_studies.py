"""A study of each design, from the coordinator's first page to the report over the exported readings."""

import io
import zipfile
from pathlib import Path

from command import discern
from playwright.sync_api import Browser, expect
from reading_page import begin_next, commit, discs, fill_in, go_on, read_all
from running_app import CASES, Person, RunningApp
from sqlalchemy import select, update
from study_pages import (
    add_phantoms,
    go_to_study,
    import_folder,
    invited,
    make_study,
    open_with_members,
    wait_for_cases,
)

from reading.store import tables


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
    export = _exported(coordinator, app, title, tmp_path)
    _compare(export, "--experts", export / "EXPERTS.csv")
    _only_loopback(app, coordinator, *readers, *experts)


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
    export = _exported(coordinator, app, title, tmp_path)
    coordinator.see("progress")
    _compare(export)
    _only_loopback(app, coordinator, reader)


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
    export = _exported(coordinator, app, title, tmp_path)
    _compare(export)
    coordinator.page.get_by_role("link", name="Log").click()
    expect(coordinator.page.get_by_role("heading", name="Log")).to_be_visible()
    coordinator.page.wait_for_timeout(1000)
    coordinator.see("log")
    _only_loopback(app, coordinator, reader)


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


def _end_washout(app: RunningApp, title: str) -> None:
    """Instead of waiting: readings cannot be made older, so the study asks for none any more."""
    its = tables.studies.c.title == title
    with app.store().write() as connection:
        design = connection.execute(select(tables.studies.c.design).where(its)).scalar_one()
        connection.execute(update(tables.studies).where(its).values(design={**design, "washout_weeks": 0}))


def _exported(coordinator: Person, app: RunningApp, title: str, folder: Path) -> Path:
    """By the link on the study's page."""
    page = go_to_study(coordinator, title)
    page.get_by_role("tab", name="Reading").click()
    address = page.get_by_role("link", name="Download the export").get_attribute("href")
    answer = coordinator.context.request.get(f"{app.address}{address}")
    assert answer.ok, answer.text()
    zipfile.ZipFile(io.BytesIO(answer.body())).extractall(folder / "export")
    return folder / "export"


def _compare(export: Path, *arguments: object) -> None:
    plan_hash = (export / "PLAN_SHA256").read_text().strip()
    done = discern(
        *("compare", export / "READINGS.csv", "--reference", export / "REFERENCE.csv"),
        *("--plan", export / "plan.yaml", "--plan-hash", plan_hash, "--out", export / "comparison"),
        *arguments,
    )
    assert done.returncode == 0, done.stderr
    assert (export / "comparison" / "report.html").stat().st_size > 10_000


def _only_loopback(app: RunningApp, *people: Person) -> None:
    assert {host for person in people for host in person.wire.hosts} == {app.address.removeprefix("http://")}
