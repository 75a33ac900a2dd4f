from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from reading_app import PASSWORD, person
from small_reader_study import Clock
from sqlalchemy import event

from reading.people.accounts import account_named, disable, enable
from reading.people.audit import entries
from reading.people.sessions import (
    SignInRefused,
    end_session,
    session_of,
    sign_in,
    sign_in_by_ticket,
)
from reading.store.database import Store


def fail(store: Store, times: int, name: str = "anna", password: str = "wrong") -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            sign_in(store, name, password)


@contextmanager
def writes(store: Store) -> Iterator[list[str]]:
    seen: list[str] = []

    def see(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "BEGIN")):
            seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", see)
    yield seen
    event.remove(store.engine, "before_cursor_execute", see)


def test_name_and_password_begin_a_session(store: Store) -> None:
    anna = person(store, "anna")
    signed_in = session_of(store, sign_in(store, " Anna ", PASSWORD))
    assert signed_in.account == anna
    assert len(signed_in.digest) == 64


def test_each_sign_in_is_a_session_of_its_own(store: Store) -> None:
    person(store, "anna")
    first, second = sign_in(store, "anna", PASSWORD), sign_in(store, "anna", PASSWORD)
    end_session(store, first)
    assert session_of(store, first) is None
    assert session_of(store, second)


def test_a_refusal_does_not_tell_what_was_wrong(each_store: Store) -> None:
    chief = person(each_store, "chief", "coordinator")
    for name in ("anna", "locked", "disabled"):
        person(each_store, name)
    fail(each_store, 5, "locked")
    disable(each_store, account_named(each_store, "disabled").id, chief)
    said = set()
    for name in ("nobody", "anna", "locked", "disabled", "", "a\0", "anna\0"):
        with pytest.raises(SignInRefused) as refused:
            sign_in(each_store, name, "wrong")
        said.add(str(refused.value))
    assert len(said) == 1


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(
    each_store: Store, clock: Clock
) -> None:
    person(each_store, "anna")
    fail(each_store, 5)
    fail(each_store, 1, password=PASSWORD)
    clock.go_on(minutes=15, seconds=-1)
    fail(each_store, 1, password=PASSWORD)
    clock.go_on(seconds=1)
    assert session_of(each_store, sign_in(each_store, "anna", PASSWORD))


def test_attempts_while_locked_do_not_make_the_lock_longer(store: Store, clock: Clock) -> None:
    person(store, "anna")
    fail(store, 5)
    clock.go_on(minutes=14)
    fail(store, 5)
    clock.go_on(minutes=1)
    sign_in(store, "anna", PASSWORD)


def test_after_a_lock_five_more_are_counted(store: Store, clock: Clock) -> None:
    person(store, "anna")
    fail(store, 5)
    clock.go_on(minutes=15)
    fail(store, 4)
    sign_in(store, "anna", PASSWORD)
    fail(store, 5)
    fail(store, 1, password=PASSWORD)


def test_the_right_password_begins_the_count_anew(store: Store) -> None:
    person(store, "anna")
    for _ in range(3):
        fail(store, 4)
        sign_in(store, "anna", PASSWORD)


def test_guesses_at_once_are_all_counted(each_store: Store) -> None:
    person(each_store, "anna")

    def guess(number: int) -> None:
        with pytest.raises(SignInRefused):
            sign_in(each_store, "anna", f"guess {number}")

    with ThreadPoolExecutor(5) as threads:
        list(threads.map(guess, range(5)))
    fail(each_store, 1, password=PASSWORD)


def test_one_account_locked_leaves_the_others_alone(store: Store) -> None:
    person(store, "anna")
    person(store, "bertha")
    fail(store, 5, "anna")
    sign_in(store, "bertha", PASSWORD)


def test_a_session_ends_after_eight_hours_without_a_sign_of_life(each_store: Store, clock: Clock) -> None:
    person(each_store, "anna")
    token = sign_in(each_store, "anna", PASSWORD)
    for _ in range(4):
        clock.go_on(hours=8, seconds=-1)
        assert session_of(each_store, token)
    clock.go_on(hours=8)
    assert session_of(each_store, token) is None


def test_a_session_ends_after_seven_days_at_the_latest(store: Store, clock: Clock) -> None:
    person(store, "anna")
    token = sign_in(store, "anna", PASSWORD)
    for _ in range(7 * 24 - 1):
        clock.go_on(hours=1)
        assert session_of(store, token)
    clock.go_on(hours=1)
    assert session_of(store, token) is None


def test_looking_at_pages_is_a_write_once_a_minute(store: Store, clock: Clock) -> None:
    person(store, "anna")
    token = sign_in(store, "anna", PASSWORD)
    with writes(store) as written:
        for _ in range(12):
            clock.go_on(seconds=10)
            session_of(store, token)
    assert len([statement for statement in written if "sessions" in statement]) == 2


def test_signing_out_ends_a_session_for_good(each_store: Store) -> None:
    anna = person(each_store, "anna")
    token = sign_in(each_store, "anna", PASSWORD)
    end_session(each_store, token)
    end_session(each_store, token)
    assert session_of(each_store, token) is None
    disable(each_store, anna.id)
    enable(each_store, anna.id)
    assert session_of(each_store, token) is None


@pytest.mark.parametrize("token", ["", "abc", "ä" * 100])
def test_a_token_that_was_never_given_is_nobodys(store: Store, token: str) -> None:
    person(store, "anna")
    sign_in(store, "anna", PASSWORD)
    assert session_of(store, token) is None
    end_session(store, token)


def test_a_session_cannot_be_used_by_the_digest_that_is_stored(store: Store) -> None:
    person(store, "anna")
    signed_in = session_of(store, sign_in(store, "anna", PASSWORD))
    assert session_of(store, signed_in.digest) is None
    assert signed_in.digest not in repr(signed_in)


def test_who_came_went_and_was_refused_is_in_the_log_without_what_was_typed(store: Store) -> None:
    person(store, "anna")
    end_session(store, sign_in(store, "anna", PASSWORD))
    fail(store, 1, "anna", "my other password")
    fail(store, 1, "typed into the wrong field")
    unknown, wrong, out, begun = entries(store, limit=4)
    assert [begun.action, out.action] == ["signed in", "signed out"]
    assert (wrong.account, wrong.detail) == ("anna", {"because": "wrong password"})
    assert (unknown.account, unknown.detail) == (None, {"because": "unknown name"})
    assert not any(word in repr(entries(store)) for word in ("my other password", "wrong field"))


def test_a_ticket_of_another_server_lets_in_once(each_store: Store) -> None:
    anna = person(each_store, "anna")
    assert session_of(each_store, sign_in_by_ticket(each_store, anna.id, "0" * 64)).account == anna
    with pytest.raises(SignInRefused):
        sign_in_by_ticket(each_store, anna.id, "0" * 64)
    disable(each_store, anna.id)
    with pytest.raises(SignInRefused):
        sign_in_by_ticket(each_store, anna.id, "1" * 64)
