"""How far each member of a study has read, arm by arm: all that anybody sees of it while it is read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from reading.store import tables


@dataclass(frozen=True)
class ArmProgress:
    """How far a member, known by its ``code``, has read in an arm: ``committed`` of ``planned`` readings, the
    last one at ``last_at``."""

    code: str
    arm: str
    committed: int
    planned: int
    last_at: datetime | None


def progress_by_arm(connection: Connection, study: str) -> list[ArmProgress]:
    """Of every member with something to read, experts first, in the order of their codes; a member's arms in
    the order in which they are read."""
    plans, reads, members = tables.assignments.c, tables.readings.c, tables.members.c
    rows = connection.execute(
        select(
            members.code,
            plans.arm,
            func.count(reads.id).label("committed"),
            func.count(plans.id).label("planned"),
            func.max(reads.received_at, type_=tables.UtcTime).label("last_at"),
        )
        .join(tables.members, (members.study == plans.study) & (members.account == plans.account))
        .join(tables.readings, (reads.assignment == plans.id) & (reads.revision == 0), isouter=True)
        .where(plans.study == study)
        .group_by(members.role, members.code, plans.arm)
        .order_by(
            members.role,
            func.length(members.code),
            members.code,
            func.min(plans.period),
            func.min(plans.position),
        )
    )
    return [ArmProgress(row.code, row.arm, row.committed, row.planned, row.last_at) for row in rows]
