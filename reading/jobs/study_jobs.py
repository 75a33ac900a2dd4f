"""The jobs of a study, as its coordinator sees them."""

from sqlalchemy import select

from reading.jobs.queue import Job, job_of
from reading.jobs.work import ADD_CASES, READ_CASE
from reading.store.database import Store
from reading.store.tables import cases, jobs


def jobs_of_study(store: Store, study_id: str) -> list[Job]:
    """What adds cases to it, and the AI's readings of them, the latest first."""
    with store.read() as connection:
        its_cases = set(connection.scalars(select(cases.c.id).where(cases.c.study == study_id)))
        rows = connection.execute(
            select(jobs).where(jobs.c.kind.in_((ADD_CASES, READ_CASE))).order_by(jobs.c.created_at.desc())
        ).all()
    return [
        job_of(row)
        for row in rows
        if row.subject.get("study") == study_id or row.subject.get("case") in its_cases
    ]
