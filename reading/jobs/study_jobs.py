"""The jobs of a study, as its coordinator sees them."""

from sqlalchemy import select

from reading.jobs.queue import Job, job_of
from reading.jobs.work import ADD_CASES, DEMO_STUDY, READ_CASE, RESULTS
from reading.store.database import Store
from reading.store.tables import cases, jobs

_OF_CASES = (ADD_CASES, DEMO_STUDY, READ_CASE)


def jobs_of_study(store: Store, study_id: str) -> list[Job]:
    """What adds cases to it, and the AI's readings of them, the latest first."""
    with store.read() as connection:
        its_cases = set(connection.scalars(select(cases.c.id).where(cases.c.study == study_id)))
        rows = connection.execute(
            select(jobs).where(jobs.c.kind.in_(_OF_CASES)).order_by(jobs.c.created_at.desc())
        ).all()
    return [
        job_of(row)
        for row in rows
        if row.subject.get("study") == study_id or row.subject.get("case") in its_cases
    ]


def results_job(store: Store, study_id: str) -> Job | None:
    """The last one that was to compute the results of a study."""
    with store.read() as connection:
        rows = connection.execute(
            select(jobs).where(jobs.c.kind == RESULTS).order_by(jobs.c.created_at.desc())
        ).all()
    return next((job_of(row) for row in rows if row.subject["study"] == study_id), None)


def demo_job(store: Store) -> Job | None:
    """The one that makes the demo study, while it does."""
    with store.read() as connection:
        row = connection.execute(
            select(jobs).where(jobs.c.kind == DEMO_STUDY, jobs.c.state.in_(("waiting", "running")))
        ).first()
    return None if row is None else job_of(row)
