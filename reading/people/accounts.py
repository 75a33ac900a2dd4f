"""Accounts and their roles."""

import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from reading.people.audit import note
from reading.store import tables
from reading.store.database import Store

Role = Literal["reader", "expert", "coordinator"]
ROLES: tuple[Role, ...] = get_args(Role)
LONGEST_NAME, _LONGEST_EMAIL = 64, 254
_MARKS_OF_NAMES = " .-_@+"


@dataclass(frozen=True)
class Account:
    """A person who may sign in."""

    id: str
    name: str
    role: Role


@dataclass(frozen=True)
class ListedAccount:
    """An account as the coordinator sees it. ``state``: ``invited`` while it has no password.
    ``invited_until``: of an invitation that may still be used."""

    account: Account
    email: str | None
    state: Literal["invited", "active", "locked", "disabled"]
    created_at: datetime
    invited_until: datetime | None
    last_seen_at: datetime | None


def plain_name(name: str) -> str:
    """A name as the store keeps it: however it was typed, one account is meant."""
    # PostgreSQL takes no NUL; no account has its replacement.
    return " ".join(unicodedata.normalize("NFKC", name.replace("\0", "\ufffd")).casefold().split())


def create_account(
    store: Store, name: str, role: Role, email: str | None = None, by: Account | None = None
) -> Account:
    """A new account, without a password yet: invite it. ``by``: None for the server itself.

    Raises ValueError, a sentence, where it cannot be.
    """
    coordinator = must_coordinate(by)
    made = Account(str(uuid.uuid4()), _checked_name(name), _checked_role(role))
    email = _checked_email(email)
    try:
        with store.write() as connection:
            now = store.now()
            connection.execute(
                insert(tables.accounts).values(
                    id=made.id, name=made.name, role=made.role, email=email, created_at=now
                )
            )
            note(connection, now, coordinator, "account created", made.name, {"role": made.role})
    except IntegrityError:
        raise ValueError("there is an account of this name or email; choose another one") from None
    return made


def account(store: Store, account_id: str) -> Account:
    """Raises ValueError where there is none."""
    with store.read() as connection:
        return account_of(_row(connection, account_id))


def account_named(store: Store, name: str) -> Account | None:
    with store.read() as connection:
        row = connection.execute(_accounts().where(tables.accounts.c.name == plain_name(name))).one_or_none()
    return None if row is None else account_of(row)


def account_with_email(store: Store, email: str) -> Account | None:
    """The account that may sign in of an address that somebody else has proved."""
    wanted = _accounts().where(
        tables.accounts.c.email == email.strip().casefold(), tables.accounts.c.disabled_at.is_(None)
    )
    with store.read() as connection:
        row = connection.execute(wanted).one_or_none()
    return None if row is None else account_of(row)


def accounts(store: Store) -> list[ListedAccount]:
    """All of them, by name."""
    with store.read() as connection:
        now = store.now()
        rows = connection.execute(_accounts().order_by(tables.accounts.c.name)).all()
        seen = _latest(connection, select(tables.sessions.c.account, func.max(tables.sessions.c.seen_at)))
        open_invitations = select(
            tables.invitations.c.account, func.max(tables.invitations.c.expires_at)
        ).where(tables.invitations.c.used_at.is_(None), tables.invitations.c.expires_at > now)
        invited = _latest(connection, open_invitations)
    return [
        ListedAccount(
            account_of(row),
            row.email,
            _state(row, now),
            row.created_at,
            invited.get(row.id),
            seen.get(row.id),
        )
        for row in rows
    ]


def disable(store: Store, account_id: str, by: Account | None = None) -> None:
    """Nobody signs in with it any more; its sessions and invitations end.

    Raises ValueError, a sentence, where it is the last coordinator's.
    """
    coordinator = must_coordinate(by)
    with store.write() as connection:
        now = store.now()
        row = _row(connection, account_id)
        others = select(tables.accounts.c.id).where(
            tables.accounts.c.role == "coordinator",
            tables.accounts.c.disabled_at.is_(None),
            tables.accounts.c.id != account_id,
        )
        if row.role == "coordinator" and connection.execute(others).first() is None:
            raise ValueError("this is the only coordinator; make another one first")
        _change(connection, account_id, disabled_at=now)
        end_sessions_of(connection, now, account_id)
        end_invitations_of(connection, now, account_id)
        note(connection, now, coordinator, "account disabled", row.name)


def enable(store: Store, account_id: str, by: Account | None = None) -> None:
    """Undo ``disable``; the password is the same."""
    coordinator = must_coordinate(by)
    with store.write() as connection:
        row = _row(connection, account_id)
        _change(connection, account_id, disabled_at=None)
        note(connection, store.now(), coordinator, "account enabled", row.name)


def must_coordinate(by: Account | None) -> str | None:
    """The id of who does what only a coordinator may; None is the server itself. Raises ValueError for
    others."""
    if by is not None and by.role != "coordinator":
        raise ValueError("only a coordinator may do this; ask yours")
    return None if by is None else by.id


def end_sessions_of(connection: Connection, now: datetime, account_id: str) -> None:
    connection.execute(
        update(tables.sessions)
        .where(tables.sessions.c.account == account_id, tables.sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_invitations_of(connection: Connection, now: datetime, account_id: str) -> None:
    invitations = tables.invitations
    connection.execute(
        update(invitations)
        .where(invitations.c.account == account_id, invitations.c.expires_at > now)
        .values(expires_at=now)
    )


def account_of(row: Row[Any]) -> Account:
    return Account(row.id, row.name, row.role)


def _accounts() -> Select[Any]:
    return select(tables.accounts)


def _row(connection: Connection, account_id: str) -> Row[Any]:
    row = connection.execute(_accounts().where(tables.accounts.c.id == account_id)).one_or_none()
    if row is None:
        raise ValueError("there is no such account; reload the page")
    return row


def _change(connection: Connection, account_id: str, **values: Any) -> None:
    connection.execute(update(tables.accounts).where(tables.accounts.c.id == account_id).values(**values))


def _latest(connection: Connection, times: Select[Any]) -> dict[str, datetime]:
    """By account."""
    return {row[0]: row[1] for row in connection.execute(times.group_by(times.selected_columns[0]))}


def _state(row: Row[Any], now: datetime) -> Literal["invited", "active", "locked", "disabled"]:
    if row.disabled_at is not None:
        return "disabled"
    if row.locked_until is not None and now < row.locked_until:
        return "locked"
    return "invited" if row.password_hash is None else "active"


def _checked_name(name: str) -> str:
    plain = plain_name(name)
    if not 2 <= len(plain) <= LONGEST_NAME or not all(
        character.isalnum() or character in _MARKS_OF_NAMES for character in plain
    ):
        raise ValueError(
            f"a name has 2 to {LONGEST_NAME} letters, digits, spaces or . - _ @ +; choose another one"
        )
    return plain


def _checked_role(role: str) -> Role:
    if role not in ROLES:
        raise ValueError(f"a role is one of {', '.join(ROLES)}")
    return role


def _checked_email(email: str | None) -> str | None:
    plain = (email or "").strip().casefold()
    name, _, host = plain.partition("@")
    if plain and not (name and host and len(plain) <= _LONGEST_EMAIL and " " not in plain):
        raise ValueError("not an email address; correct it, or leave it empty")
    return plain or None
