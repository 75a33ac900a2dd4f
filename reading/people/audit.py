"""The audit log: who did what, and when. Entries are only ever added."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from reading.store.database import Store
from reading.store.tables import accounts, audit_log

_LONGEST_SUBJECT = 254


@dataclass(frozen=True)
class Entry:
    """``account``: the name of who did it, None where nobody was signed in. ``subject``: what it was done to,
    an id or a name of the store's own. ``detail``: whatever else."""

    at: datetime
    account: str | None
    action: str
    subject: str
    detail: dict[str, Any]


def note(
    connection: Connection,
    now: datetime,
    account_id: str | None,
    action: str,
    subject: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Add an entry, within the transaction of what it tells."""
    connection.execute(
        insert(audit_log).values(
            at=now,
            account=account_id,
            action=action,
            subject=subject[:_LONGEST_SUBJECT],
            detail=detail or {},
        )
    )


def entries(
    store: Store,
    account_id: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    limit: int | None = 500,
) -> list[Entry]:
    """The latest first. ``limit``: at most so many; None for all."""
    wanted = (
        select(audit_log.c.at, accounts.c.name, audit_log.c.action, audit_log.c.subject, audit_log.c.detail)
        .outerjoin(accounts, accounts.c.id == audit_log.c.account)
        .order_by(audit_log.c.id.desc())
        .limit(limit)
    )
    if account_id is not None:
        wanted = wanted.where(audit_log.c.account == account_id)
    if action is not None:
        wanted = wanted.where(audit_log.c.action == action)
    if since is not None:
        wanted = wanted.where(audit_log.c.at >= since)
    with store.read() as connection:
        return [Entry(*row) for row in connection.execute(wanted)]
