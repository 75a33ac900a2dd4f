"""How quick and how right reading is in the browser, as docs/results.md says: phantoms of full size."""

import random
from collections.abc import Iterator

import pytest
from chromium import launched_browser
from reading_page import begin_next, commit, discs, fill_in
from reading_speed import (
    Milliseconds,
    next_case,
    random_burst,
    redraws,
    shown_after,
    stored_after,
    type_burst,
)
from running_app import CASES, Person, RunningApp, person, running_app
from stored_study import stored_study
from whole_study import only_loopback

from data.phantom.studies import generate_studies
from reading.cases.sources import IMPORT_FOLDER, REFERENCE_FILE
from reading.reference import reference_of_phantoms, write_reference
from reading.study.design import StudyDesign

pytestmark = pytest.mark.acceptance

CASES_READ, WHEEL_STEPS, BURSTS = 6, 240, 30
LONGEST_REDRAW, LONGEST_NEXT_CASE = 16.0, 1000.0
"""Milliseconds."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    data = tmp_path_factory.mktemp("reading") / "data"
    folder = data / IMPORT_FOLDER / CASES
    folder.parent.mkdir(parents=True)
    generate_studies(folder, CASES_READ, 77)
    write_reference(folder / REFERENCE_FILE, reference_of_phantoms(folder))
    with running_app(data) as app:
        yield app


def test_reading_is_quick_and_right_and_asks_nobody_else(app: RunningApp) -> None:
    with launched_browser() as browser:
        reader = person(browser, stored_study(app, "In the browser", StudyDesign("standalone")))
        begin_next(reader)
        reader.page.get_by_text("Loading…").first.wait_for(state="hidden")
        assert reader.page.locator(".pane").count() == 3
        wheel = redraws(reader, WHEEL_STEPS)
        print(f"\nredraw of a wheel step: {wheel}")
        wrong = _wrong_bursts(app, reader)
        print(f"wrong bursts of ten verdicts: {wrong} of {BURSTS}")
        following = Milliseconds(tuple(_read_on(reader) for _ in range(CASES_READ - 1)))
        print(f"the next case: {following}; hosts asked: {sorted(reader.wire.hosts)}")
        assert len(wheel.values) >= 200
        assert wheel.p95 <= LONGEST_REDRAW
        assert max(following.values) <= LONGEST_NEXT_CASE
        assert wrong == 0
        only_loopback(app, reader)


def _wrong_bursts(app: RunningApp, reader: Person) -> int:
    chance, count = random.Random(1), discs(reader).count()
    wrong = 0
    for _ in range(BURSTS):
        burst = random_burst(chance, count)
        type_burst(reader, burst)
        shown = shown_after(reader, burst)
        wrong += (shown, stored_after(app, reader, burst)) != (burst.ends, burst.ends)
    return wrong


def _read_on(reader: Person) -> float:
    """Commits the case; how long the next one took."""
    fill_in(reader)
    commit(reader)
    return next_case(reader)
