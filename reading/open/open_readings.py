"""The open readings of an account: those that there are, one of them, its removal. Nobody has another's."""

import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from reading.cases.uploads import UPLOAD_FOLDER
from reading.people.audit import note
from reading.store.database import Store
from reading.store.tables import jobs

OPEN_READING = "open reading"
"""The kind of the job that makes one; the job's id is its own."""
OPEN_FOLDER = "open"
"""In the data folder: a folder for each."""
_REMOVED = ".removed-"
_DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class OpenReading:
    """``stage``: how far it has come, in words. ``problem``: why it failed; of one that is done, what was
    left out, a sentence a line. ``before``: so many jobs are done before it is begun."""

    id: str
    state: str
    stage: str
    problem: str
    created_at: datetime
    before: int

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed")


def folder_of(data: Path, reading_id: str) -> Path:
    """Where its pictures and its result lie. The id is one of the table's, never a browser's word."""
    return data / OPEN_FOLDER / reading_id


def open_readings(store: Store, account_id: str) -> list[OpenReading]:
    """An account's, the newest first."""
    wanted = select(jobs).where(jobs.c.kind == OPEN_READING, jobs.c.account == account_id)
    with store.read() as connection:
        rows = connection.execute(wanted.order_by(jobs.c.created_at.desc(), jobs.c.id)).all()
        return [_open_reading(connection, row) for row in rows]


def open_reading(store: Store, account_id: str, reading_id: str) -> OpenReading | None:
    """None where the account has none of this id."""
    with store.read() as connection:
        row = connection.execute(select(jobs).where(*_own(account_id, reading_id))).one_or_none()
        return None if row is None else _open_reading(connection, row)


def remove(store: Store, data: Path, account_id: str, reading_id: str) -> None:
    """Remove it with all that belongs to it, whatever its state; nothing where the account has none of this
    id."""
    with store.write() as connection:
        gone = delete(jobs).where(*_own(account_id, reading_id)).returning(jobs.c.subject)
        subject = connection.execute(gone).scalar_one_or_none()
        if subject is None:
            return
        note(connection, store.now(), account_id, "open reading removed", reading_id)
    (data / UPLOAD_FOLDER / subject["upload"]).unlink(missing_ok=True)
    _remove_folder(folder_of(data, reading_id))


def remove_orphans(store: Store, data: Path) -> None:
    """Folders whose reading was removed while a worker filled them, or failed, and what killed workers left
    unfinished."""
    with store.read() as connection:
        wanted = select(jobs.c.id).where(jobs.c.kind == OPEN_READING, jobs.c.state != "failed")
        known = set(connection.scalars(wanted))
    for path in (data / OPEN_FOLDER).glob("*"):
        unfinished = path.name.startswith(".")
        reading_id = path.name.lstrip(".")[:36]
        stale = unfinished and time.time() - path.stat().st_mtime > _DAY_SECONDS
        if stale or reading_id not in known:
            _remove_folder(path)


def _own(account_id: str, reading_id: str) -> tuple[Any, ...]:
    return jobs.c.id == reading_id, jobs.c.kind == OPEN_READING, jobs.c.account == account_id


def _open_reading(connection: Connection, row: Row[Any]) -> OpenReading:
    earlier = select(func.count()).where(
        jobs.c.state.in_(("waiting", "running")), jobs.c.created_at < row.created_at
    )
    before = connection.scalar(earlier) if row.state == "waiting" else 0
    return OpenReading(row.id, row.state, row.stage, row.problem, row.created_at, before or 0)


def _remove_folder(folder: Path) -> None:
    """At once out of the way of a worker that still writes into it."""
    away = folder.with_name(f"{_REMOVED}{folder.name}")
    try:
        folder.rename(away)
    except FileNotFoundError:
        return
    shutil.rmtree(away, ignore_errors=True)
