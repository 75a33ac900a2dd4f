"""The readings of a study, every revision, each with whose it is and how it came about."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from reading.store import tables
from reading.store.form import ReadingForm, read_form


@dataclass(frozen=True)
class CommittedReading:
    """``reader``: the member's code; ``case``: its name, ``case_id`` the store's. ``revision``: 0 as first
    committed, above it a correction with its ``reason``. Times are as the store keeps them."""

    id: str
    assignment: str
    reader: str
    arm: str
    period: int
    position: int
    case: str
    case_id: str
    patient: str
    training: bool
    revision: int
    reason: str
    form: ReadingForm = field(repr=False)
    active_ms: int
    idle_ms: int
    client_ms: float
    opened_at: datetime
    received_at: datetime
    app_version: str
    models_sha256: str

    @property
    def read(self) -> tuple[str, str, str]:
        """Reader, arm and case."""
        return self.reader, self.arm, self.case


def committed_readings(
    connection: Connection, study: str, arms: Collection[str] | None = None
) -> list[CommittedReading]:
    """Of all members, or of these ``arms`` alone, in the order in which each was to read."""
    reads, plans, cases, members = (
        tables.readings.c,
        tables.assignments.c,
        tables.cases.c,
        tables.members.c,
    )
    wanted = (
        select(
            tables.readings,
            members.code,
            plans.period,
            plans.position,
            cases.name,
            cases.patient,
            cases.training,
        )
        .join(tables.assignments, plans.id == reads.assignment)
        .join(tables.cases, cases.id == reads.case)
        .join(tables.members, (members.study == reads.study) & (members.account == reads.account))
        .where(reads.study == study)
        .order_by(members.code, plans.period, plans.position, reads.revision)
    )
    if arms is not None:
        wanted = wanted.where(reads.arm.in_(arms))
    return [
        CommittedReading(
            row.id,
            row.assignment,
            row.code,
            row.arm,
            row.period,
            row.position,
            row.name,
            row.case,
            row.patient,
            row.training,
            row.revision,
            row.reason,
            read_form(row.form),
            row.active_ms,
            row.idle_ms,
            row.client_ms,
            row.opened_at,
            row.received_at,
            row.app_version,
            row.models_sha256,
        )
        for row in connection.execute(wanted)
    ]


def latest(readings: Iterable[CommittedReading]) -> list[CommittedReading]:
    """The last revision of each."""
    return list({reading.assignment: reading for reading in readings}.values())
