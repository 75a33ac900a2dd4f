"""What a draft still lacks before it is opened, and the assignments that opening writes."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, func, select

from annotation.labels import Grading
from reading.store import tables
from reading.store.truth import read_truth
from reading.study.design import EXPERTS, StudyDesign, read_design
from reading.study.order import CaseToRead, planned_readings

_CASES, _MEMBERS, _PIXELS = tables.cases.c, tables.members.c, tables.case_pixels.c


def first_obstacle(connection: Connection, study: Row[Any]) -> str | None:
    """Why a draft cannot be opened, in a sentence; None where it can. ``study``: its row."""
    design, cases = read_design(study.design), _cases(connection, study.id)
    people = _members(connection, study.id)
    return (
        _obstacle_of_people(design, people)
        or _obstacle_of_cases(design, cases)
        or _read_elsewhere(connection, study.id)
    )


def assignments_to_write(connection: Connection, study: Row[Any]) -> list[dict[str, Any]]:
    """The rows of ``assignments`` of everyone, by the design's order."""
    cases, people = _cases(connection, study.id), _members(connection, study.id)
    design = read_design(study.design)
    to_read = [
        CaseToRead(case.name, case.patient, case.training, _stratum(case, design.grading)) for case in cases
    ]
    codes = {role: [row.code for row in people if row.role == role] for role in ("reader", "expert")}
    planned = planned_readings(design, study.title, codes["reader"], codes["expert"], to_read)
    case_ids = {case.name: case.id for case in cases}
    accounts = {row.code: row.account for row in people}
    return [
        {
            "id": str(uuid4()),
            "study": study.id,
            "account": accounts[item.reader],
            "case": case_ids[item.case],
            "arm": item.arm,
            "period": item.period,
            "position": item.position,
        }
        for item in planned
    ]


def _obstacle_of_people(design: StudyDesign, people: list[Row[Any]]) -> str | None:
    experts = [row.account for row in people if row.role == "expert"]
    if len(experts) == len(people):
        return "no reader takes part yet; add one"
    if design.reference == "experts" and len(experts) != EXPERTS:
        return f"{EXPERTS} experts make the reference, {len(experts)} take part; add or remove some"
    if design.chair is not None and design.chair not in experts:
        return "the chair of the consensus is no expert of this study; add the account"
    if any(row.disabled_at is not None or row.now_is != row.role for row in people):
        return "the account of a member is disabled, or of another role by now; remove the member"
    return None


def _obstacle_of_cases(design: StudyDesign, cases: list[Row[Any]]) -> str | None:
    measured = [case for case in cases if not case.training]
    patients = {case.patient for case in measured}
    if not measured:
        return "no case to read yet, training aside; add one"
    if design.kind == "crossover" and len(patients) < 2:
        return "a crossover halves the cases by their patients; add a case of another patient"
    for case in cases:
        if not case.levels and not design.boxes:
            return f"{case.name} has no disc to ask of; remove it or add its levels"
        if case.training and case.patient in patients:
            return f"{case.name} is for training, and of a patient who is measured too; take another one"
    for case in measured:
        if design.reference == "truth" and not case.truth:
            return f"{case.name} comes without truth; add cases with it, or let experts make the reference"
    return None


def _read_elsewhere(connection: Connection, study: str) -> str | None:
    """A member who reads the same pictures in another open study may see there what is hidden here."""
    other_case, other_pixels = tables.cases.alias(), tables.case_pixels.alias()
    other_member, other_study = tables.members.alias(), tables.studies.alias()
    found = connection.execute(
        select(_CASES.name, _MEMBERS.code, other_study.c.title)
        .join(tables.case_pixels, _PIXELS.case == _CASES.id)
        .join(other_pixels, (other_pixels.c.digest == _PIXELS.digest) & (other_pixels.c.case != _CASES.id))
        .join(other_case, other_case.c.id == other_pixels.c.case)
        .join(other_study, (other_study.c.id == other_case.c.study) & (other_study.c.state == "open"))
        .join(other_member, other_member.c.study == other_study.c.id)
        .join(tables.members, (_MEMBERS.study == study) & (_MEMBERS.account == other_member.c.account))
        .where(_CASES.study == study)
        .order_by(_CASES.name, func.length(_MEMBERS.code), _MEMBERS.code)
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    return f"{found.code} reads the pictures of {found.name} in “{found.title}” too; close that study first"


def _stratum(case: Row[Any], grading: Grading) -> str:
    """The worst verdict of a case's truth; none where experts will tell."""
    verdicts = [disc.verdict for disc in read_truth(case.truth or {}).values()]
    return max(verdicts, key=grading.states.index, default="")


def _cases(connection: Connection, study: str) -> list[Row[Any]]:
    return list(connection.execute(select(tables.cases).where(_CASES.study == study).order_by(_CASES.name)))


def _members(connection: Connection, study: str) -> list[Row[Any]]:
    """With the role and the state that their accounts have now."""
    accounts = tables.accounts.c
    return list(
        connection.execute(
            select(tables.members, accounts.disabled_at, accounts.role.label("now_is"))
            .join(tables.accounts, accounts.id == _MEMBERS.account)
            .where(_MEMBERS.study == study)
            .order_by(_MEMBERS.code)
        )
    )
