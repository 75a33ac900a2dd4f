"""What each reader and expert reads next: one case at a time, in the order of the design."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from reading.store import tables
from reading.store.database import Store
from reading.store.form import Questions
from reading.study.design import CONSENSUS, EXPERT, WITH_AI, WITHOUT_AI, StudyDesign, read_design
from reading.study.reference_standard import begin_consensus, disagreeing_levels, experts_have_read

_PLANS, _READS, _STUDIES, _CASES = (
    tables.assignments.c,
    tables.readings.c,
    tables.studies.c,
    tables.cases.c,
)


class NotNow(ValueError):
    """Why an assignment cannot be opened, in a sentence."""


@dataclass(frozen=True)
class Next:
    """What a member reads next in a study: an ``assignment``; None where nothing is left, or nothing before
    ``opens_at``."""

    assignment: str | None
    opens_at: datetime | None = None


@dataclass(frozen=True)
class WorkItem:
    """A study on somebody's worklist: ``committed`` of ``planned`` readings so far, and what is next.
    ``opens_at``: when the second period begins, where that is still to come. ``results_open``: its members
    may see its results."""

    study: str
    title: str
    role: Literal["reader", "expert"]
    code: str
    state: Literal["open", "closed"]
    committed: int
    planned: int
    next: str | None
    opens_at: datetime | None
    results_open: bool


@dataclass(frozen=True)
class OpenAssignment:
    """An assignment that its reader may have before them now. ``folder``: of the case's images, as the store
    keeps it. ``committed``: it can only be corrected."""

    id: str
    study: str
    account: str
    case: str
    case_name: str
    folder: str
    arm: str
    training: bool
    period: int
    models_sha256: str
    questions: Questions
    committed: bool


def worklist(store: Store, account_id: str) -> list[WorkItem]:
    """The studies that an account reads in, open ones first, drafts left out.

    For the chair of a consensus its cases are added here, as soon as all experts have read.
    """
    members = select(
        tables.members, _STUDIES.title, _STUDIES.state, _STUDIES.opened_at, _STUDIES.results_open
    )
    members = members.join(tables.studies, _STUDIES.id == tables.members.c.study)
    members = members.where(tables.members.c.account == account_id, _STUDIES.state != "draft")
    with store.read() as connection:
        rows = connection.execute(members.order_by(_STUDIES.state.desc(), _STUDIES.opened_at.desc())).all()
    for row in rows:
        if row.role == "expert" and row.state == "open":
            begin_consensus(store, row.study)
    with store.read() as connection:
        return [_item(connection, store.now(), row) for row in rows]


def next_assignment(connection: Connection, now: datetime, account_id: str, study_id: str) -> Next:
    """What an account reads next in a study."""
    study = connection.execute(select(tables.studies).where(_STUDIES.id == study_id)).one_or_none()
    if study is None or study.state != "open":
        return Next(None)
    following = _Following(read_design(study.design), _plans(connection, study_id, account_id))
    opens_at = following.opens_at
    if following.next is None or (opens_at is not None and now < opens_at):
        return Next(None, opens_at)
    return Next(following.next.id)


def open_assignment(
    connection: Connection, now: datetime, account_id: str, assignment_id: str
) -> OpenAssignment:
    """The account's next assignment, or a committed one of its period, to be corrected.

    Raises NotNow where it is another one, another's, waits for the second period or for the AI, or its study
    is closed.
    """
    row = connection.execute(
        select(
            tables.assignments,
            _STUDIES.state,
            _STUDIES.design,
            _STUDIES.models_sha256,
            _CASES.name,
            _CASES.folder,
            _CASES.training,
            _CASES.levels,
        )
        .join(tables.studies, _STUDIES.id == _PLANS.study)
        .join(tables.cases, _CASES.id == _PLANS.case)
        .where(_PLANS.id == assignment_id, _PLANS.account == account_id)
    ).one_or_none()
    if row is None:
        raise NotNow("this is no reading of yours; go back to My studies")
    if row.state != "open":
        raise NotNow("this study is closed; nothing more is read in it")
    design = read_design(row.design)
    committed = _check_turn(
        connection, now, _Following(design, _plans(connection, row.study, account_id)), row
    )
    if row.arm == WITH_AI and not ai_has_read(connection, row.case, row.models_sha256):
        raise NotNow("the AI has not read this case yet; try again in some minutes")
    return OpenAssignment(
        row.id,
        row.study,
        row.account,
        row.case,
        row.name,
        row.folder,
        row.arm,
        row.training,
        row.period,
        row.models_sha256,
        _questions(connection, design, row),
        committed,
    )


def folder_after(connection: Connection, opened: OpenAssignment) -> str | None:
    """Of the images of the case that its reader reads after this one; None where there is none."""
    plans = _plans(connection, opened.study, opened.account)
    cases = (plan.case for plan in plans if plan.committed_at is None and plan.case != opened.case)
    return connection.scalar(select(_CASES.folder).where(_CASES.id == next(cases, None)))


def ai_has_read(connection: Connection, case: str, models_sha256: str) -> bool:
    """Whether there is a result of these models for a case."""
    results = tables.ai_results.c
    query = select(results.case).where(results.case == case, results.models_sha256 == models_sha256)
    return connection.execute(query).first() is not None


@dataclass(frozen=True)
class _Following:
    """The assignments of one account in one study, one after the other, each with its first commit."""

    design: StudyDesign
    plans: tuple[Row[Any], ...]

    @property
    def next(self) -> Row[Any] | None:
        return next((plan for plan in self.plans if plan.committed_at is None), None)

    @property
    def opens_at(self) -> datetime | None:
        """When the period of the next assignment opens; None where nothing is to be waited for."""
        if self.next is None or self.next.arm not in (WITHOUT_AI, WITH_AI):
            return None
        before = [plan.committed_at for plan in self.plans if plan.period < self.next.period]
        return max(before) + timedelta(weeks=self.design.washout_weeks) if before else None

    @property
    def period(self) -> int:
        """The one that is read in, or was read in last."""
        last = self.next or self.plans[-1]
        return int(last.period)


def _plans(connection: Connection, study: str, account: str) -> tuple[Row[Any], ...]:
    first = (_READS.assignment == _PLANS.id) & (_READS.revision == 0)
    rows = connection.execute(
        select(tables.assignments, _READS.received_at.label("committed_at"))
        .join(tables.readings, first, isouter=True)
        .where(_PLANS.study == study, _PLANS.account == account)
        .order_by(_PLANS.period, _PLANS.position)
    )
    return tuple(rows)


def _check_turn(connection: Connection, now: datetime, following: _Following, row: Row[Any]) -> bool:
    """Whether the assignment of ``row`` is committed. Raises NotNow where it is not its turn."""
    following_id = following.next.id if following.next else None
    committed = next(plan.committed_at for plan in following.plans if plan.id == row.id) is not None
    if committed and (row.period < following.period or _experts_are_done(connection, row)):
        raise NotNow("this part of the study is finished; its readings stay as they are")
    if not committed and row.id != following_id:
        raise NotNow("another case is read before this one; go back to My studies")
    if not committed and following.opens_at is not None and now < following.opens_at:
        raise NotNow(f"the second period begins on {following.opens_at:%d %B %Y, %H:%M} UTC")
    return committed


def _experts_are_done(connection: Connection, row: Row[Any]) -> bool:
    """What experts said independently stays so from when all have said it."""
    return bool(row.arm == EXPERT) and experts_have_read(connection, row.study)


def _questions(connection: Connection, design: StudyDesign, row: Row[Any]) -> Questions:
    """Experts give no likelihoods, and in the consensus only what they disagreed about."""
    if row.arm in (WITHOUT_AI, WITH_AI):
        return design.questions(tuple(row.levels))
    levels = tuple(row.levels)
    if row.arm == CONSENSUS:
        levels = disagreeing_levels(connection, row.study)[row.case]
    return replace(design.questions(levels), likelihoods=False)


def _item(connection: Connection, now: datetime, row: Row[Any]) -> WorkItem:
    plans = _plans(connection, row.study, row.account)
    following = next_assignment(connection, now, row.account, row.study)
    committed = sum(plan.committed_at is not None for plan in plans)
    return WorkItem(
        row.study,
        row.title,
        row.role,
        row.code,
        row.state,
        committed,
        len(plans),
        following.assignment,
        following.opens_at,
        row.results_open,
    )
