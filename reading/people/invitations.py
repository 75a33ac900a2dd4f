"""Invitations: a link by which the person of an account chooses a password, once."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, insert, select, update

from reading.people import passwords
from reading.people.accounts import (
    Account,
    account_of,
    create_account,
    end_invitations_of,
    end_sessions_of,
    must_coordinate,
)
from reading.people.audit import note
from reading.people.tokens import new_token, token_digest
from reading.store.database import Store
from reading.store.tables import accounts, invitations

LIFE = timedelta(days=7)
FIRST_COORDINATOR = "coordinator"


class InvitationEnded(ValueError):
    """A link that lets nobody in."""

    def __init__(self) -> None:
        super().__init__(
            f"This link was used, replaced by a newer one, or is older than {LIFE.days} days; "
            "ask the coordinator for a new one."
        )


def invite(store: Store, account_id: str, by: Account | None = None) -> str:
    """The token of a new invitation, which ends the older ones; for a first password or a new one. ``by``:
    None for the server itself.

    Raises ValueError, a sentence, where there is no such account, or it is disabled.
    """
    coordinator = must_coordinate(by)
    token = new_token()
    with store.write() as connection:
        now = store.now()
        row = connection.execute(select(accounts).where(accounts.c.id == account_id)).one_or_none()
        if row is None or row.disabled_at is not None:
            raise ValueError("there is no such account, or it is disabled; enable it first")
        end_invitations_of(connection, now, account_id)
        connection.execute(
            insert(invitations).values(
                token_hash=token_digest(token), account=account_id, created_at=now, expires_at=now + LIFE
            )
        )
        note(connection, now, coordinator, "invited", row.name)
    return token


def invited(store: Store, token: str) -> Account:
    """Whom an invitation is for. Raises InvitationEnded."""
    with store.read() as connection:
        row = connection.execute(_invited(store, token)).one_or_none()
    if row is None:
        raise InvitationEnded
    return account_of(row)


def accept(store: Store, token: str, password: str) -> Account:
    """Use an invitation: the account has this password from now on, a lock and all its sessions end.

    Raises InvitationEnded, or ValueError, a sentence, where the password may not be.
    """
    account = invited(store, token)
    passwords.check_new(password, account.name)
    password_hash = passwords.hashed(password)
    with store.write() as connection:
        now = store.now()
        used = connection.execute(
            update(invitations)
            .where(*_usable(store, token))
            .values(used_at=now)
            .returning(invitations.c.account)
        ).one_or_none()
        if used is None:
            raise InvitationEnded
        connection.execute(
            update(accounts)
            .where(accounts.c.id == account.id)
            .values(password_hash=password_hash, failures=0, locked_until=None)
        )
        end_sessions_of(connection, now, account.id)
        note(connection, now, account.id, "password chosen", account.name)
    return account


def first_invitation(store: Store) -> str | None:
    """Where the store has no account yet: the token of an invitation for its first coordinator."""
    with store.read() as connection:
        if connection.execute(select(accounts.c.id)).first() is not None:
            return None
    return invite(store, create_account(store, FIRST_COORDINATOR, "coordinator").id)


def link(address: str, token: str) -> str:
    """What to send to the person. ``address``: where the app is reached, such as http://localhost:8501."""
    return f"{address.rstrip('/')}/invitation/{token}"


def _invited(store: Store, token: str) -> Select[Any]:
    return (
        select(accounts)
        .join(invitations, invitations.c.account == accounts.c.id)
        .where(*_usable(store, token), accounts.c.disabled_at.is_(None))
    )


def _usable(store: Store, token: str) -> tuple[ColumnElement[bool], ...]:
    return (
        invitations.c.token_hash == token_digest(token),
        invitations.c.used_at.is_(None),
        invitations.c.expires_at > store.now(),
    )
