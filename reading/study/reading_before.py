"""Where a reading with the AI begins in a sequential study: at the reader's own without it."""

from sqlalchemy import Connection, select

from reading.store import tables
from reading.store.form import ReadingForm, read_form
from reading.study.design import WITH_AI, WITHOUT_AI
from reading.study.worklist import OpenAssignment


def form_before(connection: Connection, opened: OpenAssignment) -> ReadingForm | None:
    """The form that the reader committed without the AI in the same period, of the same case; None where
    there is none, as in a crossover, whose two readings of a case are independent."""
    if opened.arm != WITH_AI:
        return None
    plans, reads = tables.assignments.c, tables.readings.c
    form = connection.execute(
        select(reads.form)
        .join(tables.assignments, plans.id == reads.assignment)
        .where(
            plans.study == opened.study,
            plans.account == opened.account,
            plans.case == opened.case,
            plans.arm == WITHOUT_AI,
            plans.period == opened.period,
        )
        .order_by(reads.revision.desc())
        .limit(1)
    ).scalar()
    return None if form is None else read_form(form)
