"""The rows that a read leaves: an event each time, and at a commit the reading with its findings."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from reading.store.form import ReadingForm
from reading.store.sent import Sent
from reading.store.tables import assignments, events, findings, readings, studies
from reading.table import BOX_COLUMNS


@dataclass(frozen=True)
class LockedAssignment:
    """An assignment in a transaction that keeps something of it. ``models_sha256`` and ``state`` are its
    study's."""

    assignment: str
    study: str
    account: str
    case: str
    arm: str
    models_sha256: str
    state: str


def locked_assignment(connection: Connection, account_id: str, assignment_id: str) -> LockedAssignment | None:
    """None where the account has no such one. Until the transaction is over, nothing else is kept of this
    reader and this case, and the study's state stays."""
    own = assignments.c.account == account_id
    case = select(assignments.c.case).where(own, assignments.c.id == assignment_id).scalar_subquery()
    of_case = select(assignments.c.id).where(own, assignments.c.case == case).order_by(assignments.c.id)
    if assignment_id not in connection.execute(of_case.with_for_update()).scalars().all():
        return None
    query = (
        select(
            assignments.c.id,
            assignments.c.study,
            assignments.c.account,
            assignments.c.case,
            assignments.c.arm,
            studies.c.models_sha256,
            studies.c.state,
        )
        .join(studies, studies.c.id == assignments.c.study)
        .where(assignments.c.id == assignment_id)
        .with_for_update(read=True, of=studies)
    )
    return LockedAssignment(*connection.execute(query).one())


def keep_row(
    connection: Connection, now: datetime, assignment: LockedAssignment, sent: Sent, app_version: str
) -> dict[str, Any]:
    """Add the event, and give what every row of a read carries.

    Times that went back, as from a page that was opened earlier and left open, are kept as the longest of
    the assignment so far: refusing them would lose the read.
    """
    longest = select(func.max(events.c.active_ms), func.max(events.c.idle_ms))
    of_assignment = events.c.assignment == assignment.assignment
    active_ms, idle_ms = connection.execute(longest.where(of_assignment)).one()
    row = {key: value for key, value in asdict(assignment).items() if key != "state"} | {
        "id": sent.id,
        "app_version": app_version,
        "active_ms": max(sent.active_ms, active_ms or 0),
        "idle_ms": max(sent.idle_ms, idle_ms or 0),
        "client_ms": sent.client_ms,
        "received_at": now,
    }
    form = None if sent.form is None else sent.form.as_json()
    connection.execute(insert(events), {**row, "kind": sent.kind, "sequence": sent.sequence, "form": form})
    return row


def keep_reading(
    connection: Connection, row: dict[str, Any], form: ReadingForm, revision: int, reason: str
) -> None:
    """Add the reading and its findings, beside its event's ``row``."""
    first = select(func.min(events.c.received_at)).where(events.c.assignment == row["assignment"])
    own = {
        "revision": revision,
        "reason": reason,
        "opened_at": connection.execute(first).scalar_one(),
        "form": form.as_json(),
    }
    connection.execute(insert(readings), {**row, **own})
    calls = [
        {"reading": row["id"], "level": level, **_box(form, level), **asdict(call)}
        for level, call in form.discs.items()
    ]
    if calls:
        connection.execute(insert(findings), calls)


def _box(form: ReadingForm, level: str) -> dict[str, float | None]:
    edges = form.boxes.get(level, (None,) * len(BOX_COLUMNS))
    return {f"box_{name}": edge for name, edge in zip(BOX_COLUMNS, edges, strict=True)}
