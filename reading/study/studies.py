"""Studies: made as drafts, opened once for good, closed; their members, and how far they have read."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from errors import BadInputError
from reading.analysis.analysis_plan import read_plan
from reading.people.accounts import Account, must_coordinate
from reading.people.audit import note
from reading.store import tables
from reading.store.database import Store
from reading.study.design import StudyDesign, read_design
from reading.study.models import check_models, models_digest
from reading.study.opening import assignments_to_write, first_obstacle

State = Literal["draft", "open", "closed"]
LONGEST_TITLE = 200
_STUDIES, _MEMBERS, _CASES = tables.studies.c, tables.members.c, tables.cases.c


class StudyRefused(ValueError):
    """What cannot be done with a study, in a sentence."""


@dataclass(frozen=True)
class Study:
    """``plan_sha256``: of the analysis plan, noted before the first read. ``models_sha256``: which AI it is;
    its models lie in ``models``."""

    id: str
    title: str
    design: StudyDesign
    plan_sha256: str
    models: Path
    models_sha256: str
    state: State
    results_open: bool
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True)
class Member:
    """``code``: what exports and other members see: "reader 1", "expert 1"."""

    account: str
    name: str = field(repr=False)
    role: Literal["reader", "expert"]
    code: str


@dataclass(frozen=True)
class Progress:
    """How far a member has read: ``committed`` of ``planned`` assignments, the last one at ``last_at``."""

    member: Member
    committed: int
    planned: int
    last_at: datetime | None


def create_study(
    store: Store, by: Account, title: str, design: StudyDesign, plan: bytes, models: Path
) -> str:
    """A new draft; its id. ``plan``: the YAML of an analysis plan; ``models``: the folder of the AI's models.

    Raises StudyRefused where the title is taken, the plan is none, the models are not there or cannot read
    the cases, or experts would draw the reference's boxes.
    """
    must_coordinate(by)
    study, title = str(uuid4()), " ".join(title.split())
    if not 0 < len(title) <= LONGEST_TITLE:
        raise StudyRefused(f"a study's title has 1 to {LONGEST_TITLE} characters; give another one")
    if design.boxes and design.reference == "experts":
        raise StudyRefused(
            "on single pictures experts agree in LabelImg, before the study; import their cohort, and let "
            "files say what is right"
        )
    if design.kind == "standalone" and not design.boxes and not design.ai_has_levels:
        raise StudyRefused(
            f"on {design.label_set} examinations the AI marks boxes and names no levels, by which it could "
            "be compared with readers; take single pictures, or a design in which readers read with it"
        )
    row = {
        "design": design.as_json(),
        "plan": _checked_plan(plan, design),
        "plan_sha256": hashlib.sha256(plan).hexdigest(),
        "models": str(models.resolve()),
        "models_sha256": _digest(design, models),
    }
    try:
        with store.write() as connection:
            now = store.now()
            connection.execute(
                insert(tables.studies).values(id=study, title=title, state="draft", created_at=now, **row)
            )
            noted = {key: row[key] for key in ("design", "plan_sha256", "models_sha256")}
            note(connection, now, by.id, "study created", study, {"title": title, **noted})
    except IntegrityError:
        raise StudyRefused("there is a study of this title; choose another one") from None
    return study


def add_member(store: Store, by: Account, study: str, account_id: str) -> Member:
    """A reader or an expert of a draft, as the account is; its code is the next one.

    Raises StudyRefused where it is neither, disabled, in the study already, or an expert who is not needed.
    """
    must_coordinate(by)
    with store.write() as connection:
        row = _draft(connection, study)
        account = connection.execute(
            select(tables.accounts).where(tables.accounts.c.id == account_id)
        ).one_or_none()
        if account is None or account.disabled_at is not None or account.role not in ("reader", "expert"):
            raise StudyRefused(
                "only readers and experts with an account in use take part; choose another one"
            )
        if account.role == "expert" and read_design(row.design).reference == "truth":
            raise StudyRefused("what is right is in files, so that this study needs no experts")
        there = members(connection, study)
        if any(member.account == account_id for member in there):
            raise StudyRefused("already a member of this study")
        codes = {member.code for member in there}
        code = next(
            code for number in range(1, len(codes) + 2) if (code := f"{account.role} {number}") not in codes
        )
        connection.execute(
            insert(tables.members).values(study=study, account=account_id, role=account.role, code=code)
        )
        note(connection, store.now(), by.id, "member added", study, {"account": account_id, "code": code})
    return Member(account_id, account.name, account.role, code)


def remove_member(store: Store, by: Account, study: str, account_id: str) -> None:
    """Undo ``add_member`` in a draft. Raises StudyRefused where it is none any more."""
    must_coordinate(by)
    with store.write() as connection:
        _draft(connection, study)
        gone = delete(tables.members).where(_MEMBERS.study == study, _MEMBERS.account == account_id)
        if connection.execute(gone).rowcount:
            note(connection, store.now(), by.id, "member removed", study, {"account": account_id})


def open_study(store: Store, by: Account, study: str) -> None:
    """Begin the reading: all assignments are written, and nothing of the study is changed from here on.

    Raises StudyRefused with the first thing that is missing.
    """
    must_coordinate(by)
    with store.write() as connection:
        row, now = _draft(connection, study), store.now()
        obstacle = first_obstacle(connection, row)
        if obstacle is not None:
            raise StudyRefused(obstacle)
        written = assignments_to_write(connection, row)
        connection.execute(insert(tables.assignments), written)
        connection.execute(
            update(tables.studies).where(_STUDIES.id == study).values(state="open", opened_at=now)
        )
        noted = {
            "assignments": len(written),
            "design": row.design,
            "plan_sha256": row.plan_sha256,
            "models_sha256": row.models_sha256,
        }
        note(connection, now, by.id, "study opened", study, noted)


def close_study(store: Store, by: Account, study: str) -> None:
    """End the reading, for good. Raises StudyRefused where it is not open."""
    must_coordinate(by)
    with store.write() as connection:
        if _locked(connection, study).state != "open":
            raise StudyRefused("this study is not open; there is nothing to close")
        now = store.now()
        connection.execute(
            update(tables.studies).where(_STUDIES.id == study).values(state="closed", closed_at=now)
        )
        read = {item.member.code: [item.committed, item.planned] for item in progress(connection, study)}
        note(connection, now, by.id, "study closed", study, {"read": read})


def study(store: Store, study_id: str) -> Study:
    """Raises StudyRefused where there is none."""
    with store.read() as connection:
        return study_of(_row(connection, study_id))


def studies(store: Store) -> list[Study]:
    """All of them, the newest first."""
    with store.read() as connection:
        rows = connection.execute(select(tables.studies).order_by(_STUDIES.created_at.desc(), _STUDIES.title))
        return [study_of(row) for row in rows]


def study_of(row: Row[Any]) -> Study:
    """From a row of the table."""
    return Study(
        row.id,
        row.title,
        read_design(row.design),
        row.plan_sha256,
        Path(row.models),
        row.models_sha256,
        row.state,
        row.results_open,
        row.created_at,
        row.opened_at,
        row.closed_at,
    )


def members(connection: Connection, study: str) -> list[Member]:
    """Readers and experts of a study, experts first, in the order of their codes."""
    rows = connection.execute(
        select(tables.members, tables.accounts.c.name)
        .join(tables.accounts, tables.accounts.c.id == _MEMBERS.account)
        .where(_MEMBERS.study == study)
        .order_by(_MEMBERS.role, func.length(_MEMBERS.code), _MEMBERS.code)
    )
    return [Member(row.account, row.name, row.role, row.code) for row in rows]


def progress(connection: Connection, study: str) -> list[Progress]:
    """Of every member."""
    plans, reads = tables.assignments, tables.readings
    rows = connection.execute(
        select(
            plans.c.account,
            func.count(plans.c.id).label("planned"),
            func.count(reads.c.id).label("committed"),
            func.max(reads.c.received_at, type_=tables.UtcTime).label("last_at"),
        )
        .join(reads, (reads.c.assignment == plans.c.id) & (reads.c.revision == 0), isouter=True)
        .where(plans.c.study == study)
        .group_by(plans.c.account)
    )
    read = {row.account: row for row in rows}
    return [
        Progress(
            member, read[member.account].committed, read[member.account].planned, read[member.account].last_at
        )
        if member.account in read
        else Progress(member, 0, 0, None)
        for member in members(connection, study)
    ]


def missing_ai_results(connection: Connection, study: str) -> list[str]:
    """The ids of the cases that the AI of the study has not read yet, by name; ask for them."""
    row = _row(connection, study)
    result = (tables.ai_results.c.case == _CASES.id) & (
        tables.ai_results.c.models_sha256 == row.models_sha256
    )
    rows = connection.execute(
        select(_CASES.id)
        .join(tables.ai_results, result, isouter=True)
        .where(_CASES.study == study, tables.ai_results.c.case.is_(None))
        .order_by(_CASES.name)
    )
    return [row.id for row in rows]


def _row(connection: Connection, study: str) -> Row[Any]:
    row = connection.execute(select(tables.studies).where(_STUDIES.id == study)).one_or_none()
    if row is None:
        raise StudyRefused("no such study; choose one of the list")
    return row


def _locked(connection: Connection, study: str) -> Row[Any]:
    """The study's row, which no other transaction changes meanwhile."""
    connection.execute(select(_STUDIES.id).where(_STUDIES.id == study).with_for_update())
    return _row(connection, study)


def _draft(connection: Connection, study: str) -> Row[Any]:
    row = _locked(connection, study)
    if row.state != "draft":
        raise StudyRefused(f"this study is {row.state}; nothing of it can be changed any more")
    return row


def _checked_plan(plan: bytes, design: StudyDesign) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan.yaml"
        path.write_bytes(plan)
        try:
            planned = read_plan(path).planned
            if planned.label_set != design.label_set:
                raise StudyRefused(
                    f"the analysis plan is for {planned.label_set} discs; give one with label_set: "
                    f"{design.label_set}"
                )
            return plan.decode()
        except BadInputError as error:
            raise StudyRefused(f"the analysis plan: {error.reason}") from None
        except UnicodeDecodeError:
            raise StudyRefused("the analysis plan: not in UTF-8; save it again") from None


def _digest(design: StudyDesign, models: Path) -> str:
    try:
        digest = models_digest(models)
        check_models(design, models)
        return digest
    except BadInputError as error:
        raise StudyRefused(str(error)) from None
