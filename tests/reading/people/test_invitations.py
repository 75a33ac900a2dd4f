from concurrent.futures import ThreadPoolExecutor

import pytest
from reading_app import PASSWORD, person
from small_reader_study import Clock
from sqlalchemy import select

from reading.people.accounts import create_account
from reading.people.audit import entries
from reading.people.invitations import InvitationEnded, accept, first_invitation, invite, invited, link
from reading.people.sessions import SignInRefused, session_of, sign_in
from reading.store import tables
from reading.store.database import Store


def test_an_invitation_lets_its_person_choose_a_password(store: Store) -> None:
    anna = create_account(store, "anna", "reader")
    token = invite(store, anna.id)
    assert invited(store, token) == anna
    assert accept(store, token, PASSWORD) == anna
    assert session_of(store, sign_in(store, "anna", PASSWORD)).account == anna


def test_nobody_signs_in_before(store: Store) -> None:
    invite(store, create_account(store, "anna", "reader").id)
    for password in ("", "anna", PASSWORD):
        with pytest.raises(SignInRefused):
            sign_in(store, "anna", password)


def test_it_is_used_once(each_store: Store) -> None:
    token = invite(each_store, create_account(each_store, "anna", "reader").id)
    accept(each_store, token, PASSWORD)
    with pytest.raises(InvitationEnded, match="ask the coordinator"):
        accept(each_store, token, "another long one")
    sign_in(each_store, "anna", PASSWORD)


def test_of_two_who_use_it_at_once_one_is_let_in(each_store: Store) -> None:
    token = invite(each_store, create_account(each_store, "anna", "reader").id)

    def use(password: str) -> str:
        try:
            accept(each_store, token, password)
        except InvitationEnded:
            return ""
        return password

    with ThreadPoolExecutor(4) as threads:
        chosen = [each for each in threads.map(use, [f"a long password {n}" for n in range(4)]) if each]
    assert len(chosen) == 1
    sign_in(each_store, "anna", chosen[0])


def test_it_ends_after_seven_days(each_store: Store, clock: Clock) -> None:
    token = invite(each_store, create_account(each_store, "anna", "reader").id)
    clock.go_on(days=7, seconds=-1)
    assert invited(each_store, token)
    clock.go_on(seconds=1)
    with pytest.raises(InvitationEnded):
        accept(each_store, token, PASSWORD)


def test_a_new_one_ends_the_older_ones(each_store: Store) -> None:
    anna = create_account(each_store, "anna", "reader")
    older, other = (
        invite(each_store, anna.id),
        invite(each_store, create_account(each_store, "bertha", "reader").id),
    )
    newer = invite(each_store, anna.id)
    with pytest.raises(InvitationEnded):
        invited(each_store, older)
    assert invited(each_store, other).name == "bertha"
    accept(each_store, newer, PASSWORD)


def test_a_bad_password_uses_nothing_up(store: Store) -> None:
    token = invite(store, create_account(store, "anna", "reader").id)
    with pytest.raises(ValueError, match="choose another one"):
        accept(store, token, "short")
    accept(store, token, PASSWORD)


def test_a_new_password_ends_sessions_and_a_lock(store: Store) -> None:
    anna = person(store, "anna")
    session = sign_in(store, "anna", PASSWORD)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in(store, "anna", "wrong")
    accept(store, invite(store, anna.id), "another long one")
    assert session_of(store, session) is None
    assert session_of(store, sign_in(store, "anna", "another long one"))
    with pytest.raises(SignInRefused):
        sign_in(store, "anna", PASSWORD)


@pytest.mark.parametrize("token", ["", "x", "ü" * 50, "../../etc"])
def test_a_token_that_was_never_given_lets_nobody_in(store: Store, token: str) -> None:
    invite(store, create_account(store, "anna", "reader").id)
    with pytest.raises(InvitationEnded):
        invited(store, token)


def test_the_first_start_invites_a_coordinator_and_no_later_one_does(store: Store) -> None:
    token = first_invitation(store)
    assert first_invitation(store) is None
    account = accept(store, token, PASSWORD)
    assert (account.name, account.role) == ("coordinator", "coordinator")
    assert first_invitation(store) is None


def test_no_token_is_kept_anywhere(each_store: Store) -> None:
    anna = create_account(each_store, "anna", "reader")
    invitation = invite(each_store, anna.id)
    accept(each_store, invitation, PASSWORD)
    session = sign_in(each_store, "anna", PASSWORD)
    with each_store.read() as connection:
        kept = str([connection.execute(select(table)).all() for table in tables.metadata.sorted_tables])
    assert anna.id in kept
    for secret in (invitation, session, PASSWORD):
        assert secret not in kept


def test_a_link_leads_to_the_invitation() -> None:
    assert link("http://localhost:8501/", "abc") == "http://localhost:8501/invitation/abc"


def test_who_invited_whom_is_in_the_log(store: Store) -> None:
    chief = create_account(store, "chief", "coordinator")
    anna = create_account(store, "anna", "reader")
    accept(store, invite(store, anna.id, chief), PASSWORD)
    chosen, sent = entries(store, limit=2)
    assert (sent.account, sent.action, sent.subject) == ("chief", "invited", "anna")
    assert (chosen.account, chosen.action) == ("anna", "password chosen")
