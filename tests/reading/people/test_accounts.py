import pytest
from reading_app import person
from small_reader_study import Clock

from reading.people.accounts import (
    ROLES,
    account,
    account_named,
    account_with_email,
    accounts,
    create_account,
    disable,
    enable,
)
from reading.people.audit import entries
from reading.people.invitations import InvitationEnded, invite, invited
from reading.people.sessions import SignInRefused, begin_session, session_of, sign_in
from reading.store.database import Store


@pytest.mark.parametrize("role", ROLES)
def test_an_account_has_one_of_three_roles(store: Store, role: str) -> None:
    made = create_account(store, "anna", role)
    assert account(store, made.id) == made
    assert made.role == role


def test_there_is_no_fourth_role(store: Store) -> None:
    with pytest.raises(ValueError, match="reader, expert, coordinator"):
        create_account(store, "anna", "owner")


@pytest.mark.parametrize("typed", ["anna", "Anna", " ANNA ", "ａnna"])
def test_a_name_is_one_persons_however_it_is_typed(store: Store, typed: str) -> None:
    made = create_account(store, "anna", "reader")
    assert account_named(store, typed) == made
    with pytest.raises(ValueError, match="choose another"):
        create_account(store, typed, "reader")


@pytest.mark.parametrize("name", ["", "a", "x" * 65, "<b>anna</b>", "anna\x00b", "a/../b"])
def test_odd_names_are_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="a name has"):
        create_account(store, name, "reader")


def test_an_email_belongs_to_one_account(each_store: Store) -> None:
    made = create_account(each_store, "anna", "reader", "Anna@Example.org")
    assert account_with_email(each_store, "anna@example.org") == made
    with pytest.raises(ValueError, match="choose another"):
        create_account(each_store, "bertha", "reader", "anna@example.org")
    with pytest.raises(ValueError, match="not an email"):
        create_account(each_store, "bertha", "reader", "nobody")


def test_accounts_without_email_are_not_found_by_an_empty_one(store: Store) -> None:
    create_account(store, "anna", "reader")
    assert account_with_email(store, "") is None


def test_only_a_coordinator_makes_invites_and_disables(store: Store) -> None:
    reader = create_account(store, "anna", "reader")
    for forbidden in (
        lambda: create_account(store, "bertha", "coordinator", by=reader),
        lambda: invite(store, reader.id, by=reader),
        lambda: disable(store, reader.id, by=reader),
        lambda: enable(store, reader.id, by=reader),
    ):
        with pytest.raises(ValueError, match="only a coordinator"):
            forbidden()
    assert account_named(store, "bertha") is None


def test_a_disabled_account_is_out_at_once_and_until_it_is_enabled(store: Store) -> None:
    chief = create_account(store, "chief", "coordinator")
    anna = person(store, "anna", password="a long password 1")
    token, link = sign_in(store, "anna", "a long password 1"), invite(store, anna.id, chief)
    disable(store, anna.id, chief)
    assert session_of(store, token) is None
    with pytest.raises(SignInRefused):
        sign_in(store, "anna", "a long password 1")
    with pytest.raises(InvitationEnded):
        invited(store, link)
    with pytest.raises(ValueError, match="disabled"):
        invite(store, anna.id, chief)
    enable(store, anna.id, chief)
    assert session_of(store, token) is None
    assert session_of(store, sign_in(store, "anna", "a long password 1"))


def test_the_last_coordinator_stays(each_store: Store) -> None:
    first = create_account(each_store, "first", "coordinator")
    with pytest.raises(ValueError, match="only coordinator"):
        disable(each_store, first.id, first)
    second = create_account(each_store, "second", "coordinator")
    disable(each_store, first.id, second)
    with pytest.raises(ValueError, match="only coordinator"):
        disable(each_store, second.id, second)


def test_the_list_says_who_is_invited_active_locked_disabled(each_store: Store, clock: Clock) -> None:
    chief = create_account(each_store, "chief", "coordinator")
    invite(each_store, chief.id)
    for name in ("active", "locked", "disabled"):
        person(each_store, name)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in(each_store, "locked", "wrong")
    disable(each_store, account_named(each_store, "disabled").id, chief)
    with each_store.write() as connection:
        begin_session(connection, clock(), account_named(each_store, "active").id)
    listed = {each.account.name: each for each in accounts(each_store)}
    assert {name: each.state for name, each in listed.items()} == {
        "active": "active",
        "chief": "invited",
        "disabled": "disabled",
        "locked": "locked",
    }
    assert listed["chief"].invited_until is not None
    assert listed["active"].invited_until is None
    assert listed["active"].last_seen_at == clock()
    clock.go_on(days=7)
    assert {each.account.name: each.invited_until for each in accounts(each_store)}["chief"] is None


def test_what_is_done_to_an_account_is_in_the_log_with_who_did_it(each_store: Store, clock: Clock) -> None:
    chief = create_account(each_store, "chief", "coordinator")
    anna = create_account(each_store, "anna", "expert", by=chief)
    clock.go_on(minutes=1)
    disable(each_store, anna.id, chief)
    latest, before, first = entries(each_store)
    assert (latest.account, latest.action, latest.subject, latest.at) == (
        "chief",
        "account disabled",
        "anna",
        clock(),
    )
    assert (before.account, before.action, before.detail) == ("chief", "account created", {"role": "expert"})
    assert first.account is None
    assert [entry.subject for entry in entries(each_store, since=clock())] == ["anna"]
    assert entries(each_store, account_id=anna.id) == []
    assert [entry.action for entry in entries(each_store, action="account disabled")] == ["account disabled"]
    assert entries(each_store, limit=1) == [latest]
