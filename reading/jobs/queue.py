"""The table of jobs: asked for once, done by one worker at a time, taken up again where a worker died."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, update

from reading.store.database import Store
from reading.store.tables import jobs

PATIENCE = timedelta(seconds=30)
"""A worker that was not seen for so long is taken for dead."""
ATTEMPTS = 3
_GIVEN_UP = "begun three times and never done; look at the log of the server"


class LostJobError(Exception):
    """Another worker has taken the job up: this one was taken for dead."""


@dataclass(frozen=True)
class Job:
    """``subject``: what it is about, by its kind. ``stage``: how far it has come, in words. ``problem``: why
    it failed; of a job that is done, what was left out, a sentence a line."""

    id: str
    kind: str
    subject: dict[str, Any]
    account: str | None
    state: str
    attempts: int
    stage: str
    problem: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed")


def ask(store: Store, kind: str, subject: Mapping[str, Any], account_id: str | None) -> str:
    """Ask for a job; its id."""
    job_id = str(uuid4())
    with store.write() as connection:
        connection.execute(
            insert(jobs).values(
                id=job_id,
                kind=kind,
                subject=dict(subject),
                account=account_id,
                state="waiting",
                created_at=store.now(),
            )
        )
    return job_id


def job(store: Store, job_id: str) -> Job | None:
    with store.read() as connection:
        row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
    return None if row is None else job_of(row)


def claim(store: Store, worker: str) -> Job | None:
    """The next job, which is this worker's from now on; None where there is none to do.

    The one that waits longest, or whose worker is gone. What was begun too often has failed.
    """
    with store.read() as connection:
        # Most of the time there is nothing: a look costs less than a transaction that may write.
        if connection.scalar(select(jobs.c.id).where(_free(store)).limit(1)) is None:
            return None
    with store.write() as connection:
        wanted = select(jobs).where(_free(store)).order_by(jobs.c.created_at).limit(1)
        # On PostgreSQL two workers pass by each other; SQLite has one writer and knows no such words.
        row = connection.execute(wanted.with_for_update(skip_locked=True)).one_or_none()
        if row is None:
            return None
        this = update(jobs).where(jobs.c.id == row.id)
        if row.attempts >= ATTEMPTS:
            connection.execute(this.values(state="failed", problem=_GIVEN_UP, finished_at=store.now()))
            return None
        begun = this.values(
            state="running", worker=worker, attempts=row.attempts + 1, seen_at=store.now(), stage=""
        )
        return job_of(connection.execute(begun.returning(jobs)).one())


def seen(store: Store, job_id: str, worker: str, stage: str | None = None) -> None:
    """A sign of life, with the stage where there is a new one. Raises LostJobError."""
    values: dict[str, Any] = {"seen_at": store.now()} | ({} if stage is None else {"stage": stage[:64]})
    _change(store, job_id, worker, values)


def finish(store: Store, job_id: str, worker: str, problem: str = "", failed: bool = False) -> None:
    """Raises LostJobError."""
    state = "failed" if failed else "done"
    _change(store, job_id, worker, {"state": state, "problem": problem, "finished_at": store.now()})


def put_back(store: Store, job_id: str, worker: str, counts: bool) -> None:
    """For the next worker, because this one ends; ``counts``: as one of the attempts. Raises LostJobError."""
    attempts = {} if counts else {"attempts": jobs.c.attempts - 1}
    _change(store, job_id, worker, {"state": "waiting", "worker": None, "stage": "", **attempts})


def _free(store: Store) -> ColumnElement[bool]:
    gone = and_(jobs.c.state == "running", jobs.c.seen_at < store.now() - PATIENCE)
    return or_(jobs.c.state == "waiting", gone)


def _change(store: Store, job_id: str, worker: str, values: dict[str, Any]) -> None:
    mine = (jobs.c.id == job_id, jobs.c.worker == worker, jobs.c.state == "running")
    with store.write() as connection:
        if connection.execute(update(jobs).where(*mine).values(values)).rowcount != 1:
            raise LostJobError


def job_of(row: Row[Any]) -> Job:
    """From a row of the table."""
    return Job(*(getattr(row, name) for name in Job.__dataclass_fields__))
