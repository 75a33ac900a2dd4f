"""What the page of a reading goes on from after a reload or a crash."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from reading.store.form import ReadingForm, read_form
from reading.store.tables import events, readings


@dataclass(frozen=True)
class Draft:
    """What the page of an assignment goes on from. ``form``: None while nothing was said; ``sequence``: the
    highest so far."""

    form: ReadingForm | None
    active_ms: int
    idle_ms: int
    sequence: int


def latest_draft(connection: Connection, assignment_id: str) -> Draft | None:
    """The form as committed, in its latest revision; before that the draft of the highest sequence, of equals
    the one that came last. None where the case was not opened."""
    of_assignment = events.c.assignment == assignment_id
    highest = select(func.max(events.c.active_ms), func.max(events.c.idle_ms), func.max(events.c.sequence))
    active_ms, idle_ms, sequence = connection.execute(highest.where(of_assignment)).one()
    if sequence is None:
        return None
    committed = select(readings.c.form).where(readings.c.assignment == assignment_id)
    form = connection.execute(committed.order_by(readings.c.revision.desc()).limit(1)).scalar()
    if form is None:
        drafts = select(events.c.form).where(of_assignment, events.c.form.is_not(None))
        latest = (events.c.sequence.desc(), events.c.received_at.desc(), events.c.id)
        form = connection.execute(drafts.order_by(*latest).limit(1)).scalar()
    return Draft(None if form is None else read_form(form), active_ms, idle_ms, sequence)
