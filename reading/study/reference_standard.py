"""What is right of a study's cases: their files' truth, or what three experts say.

The experts read independently. Where all agree on a disc, in its verdict and its slip, it is settled; a
majority is not. What they disagree about they then read together, and the chair enters the consensus.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, func, insert, select

from reading.people.audit import note
from reading.reference import ReferenceDisc
from reading.store import tables
from reading.store.database import Store
from reading.store.form import DiscCall, ReadingForm
from reading.store.truth import read_truth
from reading.study.committed import CommittedReading, committed_readings, latest
from reading.study.design import CONSENSUS, EXPERT, StudyDesign, read_design
from reading.table import DiscPlace

_PLANS, _READS, _STUDIES, _CASES = (
    tables.assignments.c,
    tables.readings.c,
    tables.studies.c,
    tables.cases.c,
)
_SECOND_PERIOD = 2


@dataclass(frozen=True)
class ReferenceStandard:
    """``discs``: of the measured cases; their images are paths from the cases' folders. ``untold``: the discs
    of which the consensus is that it cannot be told; they are not in the study. ``lacking``: why it is not
    complete, None where it is."""

    discs: tuple[ReferenceDisc, ...]
    untold: tuple[str, ...] = ()
    lacking: str | None = None


@dataclass(frozen=True)
class ExpertCall:
    """What an ``expert`` ("expert 2") said of a disc."""

    expert: str
    level: str
    call: DiscCall


@dataclass(frozen=True)
class Standing:
    """How far the reference is. ``disagreeing``: cases for the consensus, of which so many are ``settled``;
    None before all experts have read. ``lacking``: as of ReferenceStandard."""

    disagreeing: int | None
    settled: int
    lacking: str | None


def experts_have_read(connection: Connection, study: str) -> bool:
    """Whether all experts have read everything."""
    read = (_READS.assignment == _PLANS.id) & (_READS.revision == 0)
    planned, committed = connection.execute(
        select(func.count(_PLANS.id), func.count(_READS.id))
        .join(tables.readings, read, isouter=True)
        .where(_PLANS.study == study, _PLANS.arm == EXPERT)
    ).one()
    return bool(0 < planned == committed)


def disagreeing_levels(connection: Connection, study: str) -> dict[str, tuple[str, ...]]:
    """The discs of which the experts do not all say the same, by the ids of their cases."""
    design = read_design(_study(connection, study).design)
    by_case = _by_case(latest(committed_readings(connection, study, (EXPERT,))))
    found = {
        case.id: tuple(
            level for level in case.levels if _agreed(design, level, by_case.get(case.id, ())) is None
        )
        for case in _measured(connection, study)
    }
    return {case: levels for case, levels in found.items() if levels}


def begin_consensus(store: Store, study: str) -> int:
    """Give the chair what the experts disagree about, once all have read; how many cases it is.

    Nothing happens before, in a study without experts or not open, and where it was done already.
    """
    with store.read() as connection:
        if not _due(connection, study):
            return 0
    with store.write() as connection:
        connection.execute(select(_STUDIES.id).where(_STUDIES.id == study).with_for_update())
        if not _due(connection, study):
            return 0
        chair = _chair(connection, study)
        cases = disagreeing_levels(connection, study)
        rows = [
            {
                "id": str(uuid4()),
                "study": study,
                "account": chair,
                "case": case,
                "arm": CONSENSUS,
                "period": _SECOND_PERIOD,
                "position": position,
            }
            for position, case in enumerate(cases, start=1)
        ]
        connection.execute(insert(tables.assignments), rows)
        note(connection, store.now(), None, "consensus begun", study, {"cases": len(rows)})
        return len(rows)


def expert_calls(connection: Connection, study: str, case: str) -> list[ExpertCall]:
    """What each expert said of the discs of a case (its id) that they disagree about. To be shown where
    ``blinding.may_see_experts`` allows it."""
    levels = disagreeing_levels(connection, study).get(case, ())
    readings = [
        item for item in latest(committed_readings(connection, study, (EXPERT,))) if item.case_id == case
    ]
    return [
        ExpertCall(item.reader, level, item.form.discs[level])
        for level in levels
        for item in sorted(readings, key=lambda item: item.reader)
        if level in item.form.discs
    ]


def reference_standard(connection: Connection, study: str) -> ReferenceStandard:
    """What is right, as far as it is known."""
    design = read_design(_study(connection, study).design)
    if design.reference == "truth":
        return ReferenceStandard(
            tuple(disc for case in _measured(connection, study) for disc in _discs_of_truth(design, case))
        )
    if not experts_have_read(connection, study):
        return ReferenceStandard((), lacking="the experts have not read all cases yet")
    readings = latest(committed_readings(connection, study, (EXPERT, CONSENSUS)))
    independent = _by_case([item for item in readings if item.arm == EXPERT])
    consensus = {item.case_id: item.form for item in readings if item.arm == CONSENSUS}
    discs, untold, open_cases = [], [], []
    for case in _measured(connection, study):
        for level in case.levels:
            call = _agreed(design, level, independent[case.id]) or _entered(consensus.get(case.id), level)
            if call is None:
                open_cases.append(case.name)
            elif call.verdict is None:
                untold.append(f"{case.name}, {level}")
            else:
                place = DiscPlace(level)
                discs.append(ReferenceDisc(case.name, case.patient, place, call.verdict, bool(call.slip)))
    return ReferenceStandard(tuple(discs), tuple(untold), _lacking(open_cases))


def standing(store: Store, study: str) -> Standing:
    """How far the reference of a study is, for its page."""
    with store.read() as connection:
        lacking = reference_standard(connection, study).lacking
        if not experts_have_read(connection, study):
            return Standing(None, 0, lacking)
        settled = latest(committed_readings(connection, study, (CONSENSUS,)))
        return Standing(len(disagreeing_levels(connection, study)), len(settled), lacking)


def _agreed(design: StudyDesign, level: str, readings: Sequence[CommittedReading]) -> DiscCall | None:
    """What all experts say of a disc; None where they do not say the same, or cannot tell."""
    calls = [item.form.discs.get(level, DiscCall()) for item in readings]
    said = {(call.verdict, call.slip if design.slip else None) for call in calls}
    verdict, slip = said.pop() if len(said) == 1 else (None, None)
    return None if verdict is None else DiscCall(verdict, slip=slip)


def _entered(form: ReadingForm | None, level: str) -> DiscCall | None:
    return None if form is None else form.discs.get(level)


def _lacking(cases: Sequence[str]) -> str | None:
    names = sorted(set(cases))
    return f"the consensus is still to be found on {len(names)} of the cases" if names else None


def _discs_of_truth(design: StudyDesign, case: Row[Any]) -> list[ReferenceDisc]:
    """The discs of a single picture have numbers, which are no levels."""
    return [
        ReferenceDisc(
            case.name,
            case.patient,
            DiscPlace(None if design.boxes else level, disc.image, disc.edges),
            disc.verdict,
            disc.slip,
        )
        for level, disc in read_truth(case.truth or {}).items()
        if design.boxes or level in case.levels
    ]


def _due(connection: Connection, study: str) -> bool:
    row = _study(connection, study)
    if row.state != "open" or read_design(row.design).reference != "experts":
        return False
    begun = select(_PLANS.id).where(_PLANS.study == study, _PLANS.arm == CONSENSUS)
    return (
        connection.execute(begun).first() is None
        and experts_have_read(connection, study)
        and bool(disagreeing_levels(connection, study))
    )


def _chair(connection: Connection, study: str) -> str:
    """The account that enters the consensus."""
    chair = read_design(_study(connection, study).design).chair
    members = tables.members.c
    first = select(members.account).where(members.study == study, members.role == "expert")
    return chair or str(connection.execute(first.order_by(members.code).limit(1)).scalar_one())


def _by_case(readings: Sequence[CommittedReading]) -> dict[str, list[CommittedReading]]:
    found: dict[str, list[CommittedReading]] = {}
    for item in readings:
        found.setdefault(item.case_id, []).append(item)
    return found


def _measured(connection: Connection, study: str) -> list[Row[Any]]:
    wanted = select(tables.cases).where(_CASES.study == study, _CASES.training.is_(False))
    return list(connection.execute(wanted.order_by(_CASES.name)))


def _study(connection: Connection, study: str) -> Row[Any]:
    return connection.execute(select(tables.studies).where(_STUDIES.id == study)).one()
