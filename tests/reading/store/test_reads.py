"""Reads are kept once, whole, and for good."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, func, insert, select
from store_scenery import (
    MODELS,
    QUESTIONS,
    VERSION,
    Place,
    add_ai_result,
    close_study,
    full_form,
    make_study,
    opened,
    rows,
    sent,
)

from reading.store.database import Store, open_store
from reading.store.drafts import Draft, latest_draft
from reading.store.form import DiscCall, Questions, ReadingForm
from reading.store.reads import (
    Committed,
    IncompleteRead,
    ReadRefused,
    commit,
    correct,
    keep_event,
    show_ai,
)
from reading.store.sent import Sent
from reading.store.tables import events, findings, readings


class NotYetError(ValueError):
    """What whoever opens an assignment may raise."""


def not_now(connection: Connection) -> Questions:
    raise NotYetError


def keep(store: Store, place: Place, kind: Any, form: ReadingForm | None = None, **more: Any) -> Sent:
    item = sent(place, kind, form, **more)
    keep_event(store, place.account, item, VERSION, opened)
    return item


def committed(store: Store, place: Place, form: ReadingForm | None = None, **more: Any) -> Committed:
    return commit(store, place.account, sent(place, "commit", form or full_form(), **more), VERSION, opened)


def corrected(
    store: Store, place: Place, form: ReadingForm | None = None, reason: str = "a slip"
) -> Committed:
    item = sent(place, "correct", form or full_form("bulge"))
    return correct(store, place.account, item, reason, VERSION, opened)


def draft(store: Store, place: Place) -> Draft | None:
    with store.read() as connection:
        return latest_draft(connection, place.id)


def test_a_commit_keeps_the_reading_its_findings_and_the_event_with_all_that_they_come_from(
    store: Store,
) -> None:
    (place,) = make_study(store, arms=("without AI",))
    keep(store, place, "opened")
    done = committed(store, place, full_form("herniation", "hard"), active_ms=5000)
    (reading,), kept = rows(store, readings), rows(store, events)
    assert (reading.id, reading.revision, reading.reason) == (done.reading, 0, "")
    assert reading.form["remark"] == "hard"
    assert (reading.assignment, reading.account, reading.study, reading.case) == (
        (place.id, place.account, place.study, place.case)
    )
    assert (reading.arm, reading.app_version, reading.models_sha256) == ("without AI", VERSION, MODELS)
    assert (reading.active_ms, reading.idle_ms, reading.client_ms) == (5000, 10, 1500.5)
    assert reading.opened_at == kept[0].received_at < reading.received_at
    assert {(row.id, row.kind) for row in kept} == {(kept[0].id, "opened"), (done.reading, "commit")}
    said = [(row.level, row.verdict, row.slip, row.lesion_likelihood) for row in rows(store, findings)]
    assert sorted(said) == [(level, "herniation", False, 2) for level in QUESTIONS.levels]


def test_the_same_again_is_answered_as_the_first_time_and_kept_once(store: Store) -> None:
    (place,) = make_study(store)
    told = keep(store, place, "draft", full_form())
    first = sent(place, "commit", full_form())
    second = sent(place, "correct", full_form("bulge"))
    for _ in range(3):
        # Not even whether it is still allowed matters, once it was kept.
        keep_event(store, place.account, told, VERSION, not_now)
        assert commit(store, place.account, first, VERSION, opened) == Committed(first.id, 0, place.study)
        assert correct(store, place.account, second, "a slip", VERSION, opened) == Committed(
            second.id, 1, place.study
        )
    close_study(store, place)
    assert commit(store, place.account, first, VERSION, not_now) == Committed(first.id, 0, place.study)
    assert correct(store, place.account, second, "a slip", VERSION, not_now) == Committed(
        second.id, 1, place.study
    )
    assert len(rows(store, events)) == 3
    assert [reading.revision for reading in rows(store, readings)] == [0, 1]
    assert len(rows(store, findings)) == 4


def test_another_commit_of_the_same_assignment_is_refused(store: Store) -> None:
    (place,) = make_study(store)
    committed(store, place)
    with pytest.raises(ReadRefused, match="committed already"):
        committed(store, place, full_form("bulge"))
    assert len(rows(store, readings)) == len(rows(store, events)) == 1


def test_an_id_that_stands_for_something_else_is_refused(store: Store) -> None:
    place, other = make_study(store, cases=2)
    first = keep(store, place, "draft", full_form())
    changes: list[dict[str, Any]] = [
        {"form": full_form("bulge")},
        {"kind": "opened"},
        {"assignment": other.id},
    ]
    for change in changes:
        with pytest.raises(ReadRefused, match="another content"):
            keep_event(store, place.account, replace(first, **change), VERSION, opened)
    assert len(rows(store, events)) == 1


def test_of_an_incomplete_form_nothing_is_kept_and_every_gap_is_named(store: Store) -> None:
    (place,) = make_study(store)
    form = ReadingForm({"L4-L5": DiscCall("normal", slip=False, lesion_likelihood=1, slip_likelihood=1)})
    with pytest.raises(IncompleteRead, match="L5-S1: a verdict, or else that it cannot be told; L5-S1: whe"):
        committed(store, place, form)
    with pytest.raises(IncompleteRead):
        commit(store, place.account, sent(place, "commit", None), VERSION, opened)
    assert rows(store, readings) == rows(store, events) == rows(store, findings) == []


@pytest.mark.parametrize(
    "form",
    [ReadingForm({"L1-L2": DiscCall()}), ReadingForm({"L4-L5": DiscCall("bulge")})],
    ids=["disc", "verdict"],
)
def test_what_was_not_asked_is_refused_in_a_draft_too(store: Store, form: ReadingForm) -> None:
    (place,) = make_study(store)
    two = replace(QUESTIONS, verdicts=("normal", "herniation"))
    with pytest.raises(IncompleteRead):
        keep_event(store, place.account, sent(place, "draft", form), VERSION, lambda _: two)
    assert rows(store, events) == []


def test_only_the_reader_of_an_assignment_may_send_and_only_when_it_is_open(store: Store) -> None:
    mine, other = make_study(store, readers=2)
    for wrong in (replace(mine, account=other.account), replace(mine, id=str(uuid4()))):
        with pytest.raises(ReadRefused, match="no reading of yours"):
            committed(store, wrong)
        with pytest.raises(ReadRefused, match="no reading of yours"):
            keep(store, wrong, "draft")
    with pytest.raises(NotYetError):
        commit(store, mine.account, sent(mine, "commit", full_form()), VERSION, not_now)
    with pytest.raises(NotYetError):
        keep_event(store, mine.account, sent(mine, "opened"), VERSION, not_now)
    assert rows(store, events) == []


@pytest.mark.parametrize("kind", ["commit", "correct", "ai shown"])
def test_a_page_cannot_tell_as_an_event_what_is_none(store: Store, kind: Any) -> None:
    (place,) = make_study(store)
    with pytest.raises(ReadRefused, match="not to be sent here"):
        keep(store, place, kind, full_form())


def test_what_comes_after_the_commit_is_kept_and_changes_nothing(store: Store) -> None:
    (place,) = make_study(store)
    committed(store, place, sequence=5)
    keep(store, place, "draft", full_form("bulge"), sequence=9)
    assert len(rows(store, events)) == 2
    assert [reading.form for reading in rows(store, readings)] == [full_form().as_json()]
    assert draft(store, place) == Draft(full_form(), 1000, 10, 9)


def test_the_latest_draft_is_restored_with_its_times_whatever_came_in_which_order(store: Store) -> None:
    (place,) = make_study(store)
    assert draft(store, place) is None
    keep(store, place, "opened", sequence=0, active_ms=0, idle_ms=0)
    assert draft(store, place) == Draft(None, 0, 0, 0)
    keep(store, place, "draft", full_form("bulge"), sequence=3, active_ms=900)
    keep(store, place, "draft", full_form("normal"), sequence=2, active_ms=800)
    keep(store, place, "paused", sequence=4, active_ms=1200, idle_ms=40)
    assert draft(store, place) == Draft(full_form("bulge"), 1200, 40, 4)


def test_of_two_pages_with_the_same_sequence_the_later_word_stands(store: Store) -> None:
    (place,) = make_study(store)
    first, last = (str(UUID(int=number)) for number in (1, 2))
    keep(store, place, "draft", full_form("bulge"), sequence=3, id=first)
    keep(store, place, "draft", full_form("normal"), sequence=3, id=last)
    restored = draft(store, place)
    assert restored is not None
    assert restored.form == full_form("normal")


def test_times_never_go_back_within_an_assignment(store: Store) -> None:
    place, other = make_study(store, cases=2)
    keep(store, place, "draft", active_ms=9000, idle_ms=50)
    keep(store, other, "draft", active_ms=20_000)
    committed(store, place, active_ms=8000, idle_ms=60)
    (reading,) = rows(store, readings)
    assert (reading.active_ms, reading.idle_ms) == (9000, 60)


def test_a_correction_is_a_further_revision_with_its_reason(store: Store) -> None:
    (place,) = make_study(store)
    with pytest.raises(ReadRefused, match="nothing to correct"):
        corrected(store, place)
    committed(store, place)
    for blank in ("", "  \n", "x" * 2001):
        with pytest.raises(IncompleteRead, match="needs a reason"):
            corrected(store, place, reason=blank)
    with pytest.raises(IncompleteRead, match="still wanted"):
        corrected(store, place, ReadingForm())
    assert corrected(store, place, full_form("bulge"), " wrong disc ").revision == 1
    assert corrected(store, place, full_form("herniation"), "again").revision == 2
    kept = [
        (row.revision, row.reason, row.form["discs"]["L4-L5"]["verdict"]) for row in rows(store, readings)
    ]
    assert kept == [(0, "", "normal"), (1, "wrong disc", "bulge"), (2, "again", "herniation")]
    restored = draft(store, place)
    assert restored is not None
    assert restored.form == full_form("herniation")


def test_nothing_is_corrected_in_a_closed_study(store: Store) -> None:
    (place,) = make_study(store)
    committed(store, place)
    close_study(store, place)
    with pytest.raises(ReadRefused, match="closed"):
        corrected(store, place)


def test_nothing_is_corrected_once_the_reader_has_seen_the_ai_in_any_arm(store: Store) -> None:
    alone, other, helped, _ = make_study(store, cases=2, arms=("without AI", "with AI"))
    committed(store, alone)
    committed(store, other)
    add_ai_result(store, helped, {"says": "bulge"})
    for _ in range(2):
        assert show_ai(store, helped.account, helped.id, VERSION, lambda _: None) == {"says": "bulge"}
    (shown,) = [event for event in rows(store, events) if event.kind == "ai shown"]
    assert (shown.assignment, shown.form) == (helped.id, None)
    with pytest.raises(ReadRefused, match="seen what the AI says"):
        corrected(store, alone)
    assert corrected(store, other).revision == 1


def test_the_ai_is_noted_as_shown_only_where_it_was(store: Store) -> None:
    (place,) = make_study(store)
    assert show_ai(store, place.account, place.id, VERSION, lambda _: None) is None
    add_ai_result(store, place, {})

    def never(connection: Connection) -> None:
        raise NotYetError

    with pytest.raises(NotYetError):
        show_ai(store, place.account, place.id, VERSION, never)
    with pytest.raises(ReadRefused):
        show_ai(store, str(uuid4()), place.id, VERSION, lambda _: None)
    assert rows(store, events) == []


def test_copies_at_the_same_moment_on_several_connections_are_kept_once(
    store: Store, database_url: str
) -> None:
    places = make_study(store, cases=5)
    stores, together = [store, open_store(database_url), open_store(database_url)], Barrier(6)
    for place in places:
        same, rival = sent(place, "commit", full_form("bulge")), sent(place, "commit", full_form("normal"))

        def one(number: int, place: Place = place, same: Sent = same, rival: Sent = rival) -> str:
            together.wait()
            item = rival if number == 0 else same
            try:
                return commit(stores[number % 3], place.account, item, VERSION, opened).reading
            except ReadRefused:
                return "refused"

        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(one, range(6)))
        assert sorted(answers) in (
            sorted([rival.id] + ["refused"] * 5),
            sorted(["refused"] + [same.id] * 5),
        )
    assert len(rows(store, readings)) == len(rows(store, events)) == 5
    assert len(rows(store, findings)) == 10


def test_copies_from_several_processes_are_kept_once(store: Store, database_url: str) -> None:
    places = make_study(store, cases=5)
    copies = [sent(place, "commit", full_form()) for place in places]
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(3)

    def send_all() -> None:
        own = open_store(database_url)
        for place, copy in zip(places, copies, strict=True):
            together.wait(60)
            assert commit(own, place.account, copy, VERSION, opened) == Committed(copy.id, 0, place.study)

    processes = [fork.Process(target=send_all) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert {reading.id for reading in rows(store, readings)} == {copy.id for copy in copies}
    assert len(rows(store, events)) == 5


def test_the_database_itself_takes_no_second_first_reading(store: Store) -> None:
    (place,) = make_study(store)
    committed(store, place)
    (reading,) = rows(store, readings)
    again = keep(store, place, "draft")
    with pytest.raises(Exception, match=r"(?i)unique"), store.write() as connection:
        connection.execute(insert(readings), {**reading._mapping, "id": again.id})
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(readings)).scalar() == 1
