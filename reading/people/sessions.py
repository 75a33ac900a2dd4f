"""Signing in, and sessions: 8 hours without a sign of life end one, 7 days at the latest."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from reading.people import passwords
from reading.people.accounts import Account, plain_name
from reading.people.audit import note
from reading.people.tokens import new_token, token_digest
from reading.store.database import Store
from reading.store.tables import accounts, audit_log, sessions

IDLE_END, LATEST_END = timedelta(hours=8), timedelta(days=7)
FAILURES, LOCK = 5, timedelta(minutes=15)
"""So many wrong passwords in a row lock an account for so long."""
TICKET_LIFE = timedelta(seconds=60)
"""Of what lets somebody in whom another server has recognised."""
_SEEN_STEP = timedelta(minutes=1)
"""A session's sign of life is written no more often: reading a page is not a write each time."""
_BY_TICKET = "signed in by another server"


class SignInRefused(ValueError):
    """One sentence for every cause: it tells nobody which names there are."""

    def __init__(self) -> None:
        super().__init__(
            "Name and password do not fit, or the account is closed for now. "
            f"After {FAILURES} wrong passwords wait {LOCK.seconds // 60} minutes, or ask the coordinator."
        )


@dataclass(frozen=True)
class SignedIn:
    """``digest``: SHA-256 of the session's token; the token itself is kept nowhere."""

    account: Account
    digest: str = field(repr=False)


def sign_in(store: Store, name: str, password: str) -> str:
    """Begin a session; its token. Raises SignInRefused."""
    with store.read() as connection:
        known = connection.execute(select(accounts).where(accounts.c.name == plain_name(name))).one_or_none()
    account_id, stored = (known.id, known.password_hash) if known else (None, None)
    # Outside of the transaction: a hash takes its time, and the store has one writer.
    fits = passwords.fits(stored, password)
    renewed = passwords.hashed(password) if fits and stored and passwords.outdated(stored) else stored
    with store.write() as connection:
        now = store.now()
        refusal = _refusal(connection, now, account_id, stored, fits)
        if refusal:
            note(connection, now, account_id, "sign-in refused", detail={"because": refusal})
        else:
            assert account_id is not None
            _change(connection, account_id, password_hash=renewed, failures=0, locked_until=None)
            token = begin_session(connection, now, account_id)
    if refusal:
        raise SignInRefused
    return token


def sign_in_by_ticket(store: Store, account_id: str, ticket: str) -> str:
    """Begin a session of somebody whom another server has recognised; its token. ``ticket``: the digest of
    what was shown for it, which lets in once. Raises SignInRefused."""
    shown = select(audit_log.c.id).where(
        audit_log.c.at >= store.now() - 2 * TICKET_LIFE,
        audit_log.c.action == _BY_TICKET,
        audit_log.c.subject == ticket,
    )
    with store.write() as connection:
        row = _locked_row(connection, account_id)
        if row is None or row.disabled_at is not None or connection.execute(shown).first() is not None:
            raise SignInRefused
        note(connection, store.now(), account_id, _BY_TICKET, ticket)
        return begin_session(connection, store.now(), account_id)


def begin_session(connection: Connection, now: datetime, account_id: str) -> str:
    """For an account that has shown who it is; the session's token."""
    token = new_token()
    connection.execute(
        insert(sessions).values(
            token_hash=token_digest(token),
            account=account_id,
            created_at=now,
            seen_at=now,
            ends_at=now + LATEST_END,
        )
    )
    note(connection, now, account_id, "signed in")
    return token


def session_of(store: Store, token: str) -> SignedIn | None:
    """Who a session's token is of; None where there is none, or it ended."""
    if not token:
        return None
    digest, now = token_digest(token), store.now()
    wanted = (
        select(sessions.c.seen_at, accounts.c.id, accounts.c.name, accounts.c.role)
        .join(accounts, accounts.c.id == sessions.c.account)
        .where(
            sessions.c.token_hash == digest,
            sessions.c.ended_at.is_(None),
            sessions.c.ends_at > now,
            sessions.c.seen_at > now - IDLE_END,
            accounts.c.disabled_at.is_(None),
        )
    )
    with store.read() as connection:
        row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    if now - row.seen_at >= _SEEN_STEP:
        with store.write() as connection:
            connection.execute(update(sessions).where(sessions.c.token_hash == digest).values(seen_at=now))
    return SignedIn(Account(row.id, row.name, row.role), digest)


def end_session(store: Store, token: str) -> None:
    """Sign out; nothing where it ended before."""
    digest = token_digest(token)
    with store.write() as connection:
        ended = connection.execute(
            update(sessions)
            .where(sessions.c.token_hash == digest, sessions.c.ended_at.is_(None))
            .values(ended_at=store.now())
            .returning(sessions.c.account)
        ).scalar_one_or_none()
        if ended is not None:
            note(connection, store.now(), ended, "signed out")


def _refusal(
    connection: Connection, now: datetime, account_id: str | None, stored: str | None, fits: bool
) -> str:
    """Why somebody is not let in, for the log; empty where they are. Counts the wrong passwords."""
    row = None if account_id is None else _locked_row(connection, account_id)
    if row is None:
        return "unknown name"
    if row.disabled_at is not None:
        return "disabled"
    if row.locked_until is not None and now < row.locked_until:
        return "locked"
    # It may have been changed since it was looked at.
    if fits and row.password_hash == stored:
        return ""
    failures = row.failures + 1
    if failures < FAILURES:
        _change(connection, row.id, failures=failures)
    else:
        _change(connection, row.id, failures=0, locked_until=now + LOCK)
    return "wrong password"


def _locked_row(connection: Connection, account_id: str) -> Row[Any] | None:
    """An account that nobody else changes until the transaction ends."""
    return connection.execute(
        select(accounts).where(accounts.c.id == account_id).with_for_update()
    ).one_or_none()


def _change(connection: Connection, account_id: str, **values: Any) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))
