"""Nothing that the AI says of a case is on the wire before its reader has committed it."""

import base64
import gzip
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from reading_page import begin_next, commit, fill_in, go_on
from running_app import Person, RunningApp, person
from sqlalchemy import select
from stored_study import stored_study
from wire import SOCKET, Wire, keep_bodies, words_of_the_ai

from reading.store import tables
from reading.store.database import Store
from reading.study.design import StudyDesign


def test_the_ai_is_not_on_the_wire_before_the_commit(app: RunningApp, browser: Browser) -> None:
    store = app.store()
    reader = person(browser, stored_study(app, "On the wire", StudyDesign("sequential")))
    keep_bodies(reader.context, reader.wire)
    reader.page.reload()
    reader.page.get_by_text("0 of 4 readings").wait_for()
    begin_next(reader)
    words = words_of_the_ai(_result(store, reader))
    assert len(words) > 50
    fill_in(reader)
    reader.page.reload()
    expect(reader.page.get_by_text("Everything is filled in.")).to_be_visible()
    expect(reader.page.get_by_text("Loading…")).to_have_count(0)
    assert _refused(reader) == 403
    # Everything came: pages, socket, the assignment, its pictures, the answers to drafts.
    paths = {path.rsplit("/", 1)[-1] for path, _ in reader.wire.received}
    assert {SOCKET, "events", "1", _assignment(reader)} <= paths
    assert reader.wire.found(words) == set()
    commit(reader)
    assert reader.wire.found(words) == set()
    go_on(reader)
    expect(reader.page.get_by_role("heading", name="The AI")).to_be_visible()
    # Bodies are kept a moment after the page has them.
    for _ in range(20):
        reader.page.wait_for_timeout(500)
        found = reader.wire.found(words)
        if found:
            break
    assert {word for _, word in found} == set(words)
    assert {path.rsplit("/", 1)[-1] for path, _ in found} == {"ai"}


@pytest.mark.parametrize("hide", [bytes, gzip.compress, base64.b64encode, base64.urlsafe_b64encode])
def test_the_search_finds_what_is_hidden(hide: Any) -> None:
    said = b'{"case": 3, "probabilities": {"bulge": 0.8731}}'
    words = ['"probabilities"', "0.8731", "06464c1e7279"]
    for before in (b"", b"a", b"ab", b"abc "):
        assert {word for _, word in Wire([("x", before + hide(said) + b".")]).found(words)} == set(words[:2])
        assert Wire([("x", before + hide(b"0.87312 10.8731 probabilities"))]).found(words) == set()


def _assignment(reader: Person) -> str:
    return reader.page.url.partition("assignment=")[2]


def _result(store: Store, reader: Person) -> dict[str, Any]:
    """What the AI says of the case that is being read."""
    with store.read() as connection:
        wanted = (
            select(tables.ai_results.c.result)
            .join(tables.assignments, tables.assignments.c.case == tables.ai_results.c.case)
            .where(tables.assignments.c.id == _assignment(reader))
        )
        result: dict[str, Any] = connection.execute(wanted).scalar_one()
    return result


def _refused(reader: Person) -> int:
    """The status of what a reader gets who asks for the AI too early."""
    address = f"/api/assignments/{_assignment(reader)}/ai"
    status: int = reader.page.evaluate("async (address) => (await fetch(address)).status", address)
    return status
