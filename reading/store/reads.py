"""What readers send, kept so that nothing is lost or doubled.

Everything comes with an id that the page made; the same again is answered as the first time and kept once.
Of one reader and one case, one transaction follows the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, func, select

from reading.store.database import Store
from reading.store.form import LONGEST_REMARK, Questions, ReadingForm
from reading.store.kept import LockedAssignment, keep_reading, keep_row, locked_assignment
from reading.store.sent import ClientKind, Kind, Sent
from reading.store.tables import ai_results, events, readings

Opening = Callable[[Connection], Questions]
"""Called inside the transaction, and only for what is new: whether the reader may read this case now (it
raises where not, and nothing is kept), and what is asked of it."""


class ReadRefused(ValueError):
    """What was not kept, and why: a sentence for the reader."""


class IncompleteRead(ReadRefused):
    """A form that cannot be kept as it is."""


@dataclass(frozen=True)
class Committed:
    """``reading``: its id, which is that of what was sent; ``revision``: 0 is the first."""

    reading: str
    revision: int
    study: str


def keep_event(store: Store, account_id: str, sent: Sent, app_version: str, opening: Opening) -> None:
    """Keep what the page tells while a case is read. What comes after the commit is kept too, and changes
    nothing. Raises ReadRefused, or what ``opening`` raises."""
    _check_kind(sent, get_args(ClientKind))
    with store.write() as connection:
        assignment = _assignment(connection, account_id, sent.assignment)
        if _is_new(connection, assignment, sent):
            _form_as_asked(sent, opening(connection))
            keep_row(connection, store.now(), assignment, sent, app_version)


def commit(store: Store, account_id: str, sent: Sent, app_version: str, opening: Opening) -> Committed:
    """Keep the reading of an assignment: final, and the only first one that it ever has.

    Raises IncompleteRead where something is missing, ReadRefused where another one was committed before, or
    what ``opening`` raises.
    """
    _check_kind(sent, ("commit",))
    with store.write() as connection:
        assignment = _assignment(connection, account_id, sent.assignment)
        if _is_new(connection, assignment, sent):
            if _revision(connection, assignment) is not None:
                raise ReadRefused("this case is committed already; go on with the next one")
            form = _complete_form(sent, opening(connection))
            row = keep_row(connection, store.now(), assignment, sent, app_version)
            keep_reading(connection, row, form, 0, "")
        return Committed(sent.id, 0, assignment.study)


def correct(
    store: Store, account_id: str, sent: Sent, reason: str, app_version: str, opening: Opening
) -> Committed:
    """Keep a further revision of a reading, whole, beside those before it.

    Raises IncompleteRead as ``commit`` does; ReadRefused where there is no reading, no reason, the study is
    closed, or the reader has seen the AI's output for the case; or what ``opening`` raises.
    """
    _check_kind(sent, ("correct",))
    with store.write() as connection:
        assignment = _assignment(connection, account_id, sent.assignment)
        if not _is_new(connection, assignment, sent):
            query = select(readings.c.revision).where(readings.c.id == sent.id)
            return Committed(sent.id, connection.execute(query).scalar_one(), assignment.study)
        revision = _revision(connection, assignment)
        if revision is None:
            raise ReadRefused("there is nothing to correct yet; commit the case first")
        _check_correctable(connection, assignment, reason)
        form = _complete_form(sent, opening(connection))
        row = keep_row(connection, store.now(), assignment, sent, app_version)
        keep_reading(connection, row, form, revision + 1, reason.strip())
        return Committed(sent.id, revision + 1, assignment.study)


def show_ai(
    store: Store, account_id: str, assignment_id: str, app_version: str, allow: Callable[[Connection], None]
) -> Any:
    """The AI's result of an assignment's case, by the models of its study; None where there is none yet.
    From the first time on the reader counts as having seen it.

    ``allow`` is called inside the transaction; where it raises, nothing is given nor kept.
    """
    with store.write() as connection:
        assignment = _assignment(connection, account_id, assignment_id)
        allow(connection)
        query = select(ai_results.c.result).where(
            ai_results.c.case == assignment.case, ai_results.c.models_sha256 == assignment.models_sha256
        )
        result = connection.execute(query).scalar_one_or_none()
        of_assignment = events.c.assignment == assignment.assignment
        if result is not None and not _has_seen_ai(connection, assignment, of_assignment):
            sent = Sent(str(uuid4()), assignment_id, "ai shown", 0, None, 0, 0, 0.0)
            keep_row(connection, store.now(), assignment, sent, app_version)
        return result


def _assignment(connection: Connection, account_id: str, assignment_id: str) -> LockedAssignment:
    found = locked_assignment(connection, account_id, assignment_id)
    if found is None:
        raise ReadRefused("this is no reading of yours; go back to My studies")
    return found


def _is_new(connection: Connection, assignment: LockedAssignment, sent: Sent) -> bool:
    """Raises ReadRefused where the id stands for something else already."""
    query = select(events.c.assignment, events.c.kind, events.c.form).where(events.c.id == sent.id)
    found = connection.execute(query).one_or_none()
    form = None if sent.form is None else sent.form.as_json()
    if found is not None and found != (assignment.assignment, sent.kind, form):
        raise ReadRefused("this was sent before with another content; reload the page")
    return found is None


def _check_kind(sent: Sent, kinds: tuple[Kind, ...]) -> None:
    if sent.kind not in kinds:
        raise ReadRefused(f"not to be sent here: {sent.kind}")


def _form_as_asked(sent: Sent, questions: Questions) -> ReadingForm:
    form = sent.form or ReadingForm()
    strange = form.strange(questions)
    if strange is not None:
        raise IncompleteRead(strange)
    return form


def _complete_form(sent: Sent, questions: Questions) -> ReadingForm:
    form = _form_as_asked(sent, questions)
    missing = form.missing(questions)
    if missing:
        raise IncompleteRead(f"still wanted: {'; '.join(missing)}")
    return form


def _check_correctable(connection: Connection, assignment: LockedAssignment, reason: str) -> None:
    if not reason.strip() or len(reason) > LONGEST_REMARK:
        raise IncompleteRead(f"a correction needs a reason, of at most {LONGEST_REMARK} characters")
    if assignment.state != "open":
        raise ReadRefused("the study is closed; its readings stay as they are")
    if _has_seen_ai(connection, assignment, events.c.case == assignment.case):
        raise ReadRefused("you have seen what the AI says of this case; the reading stays as it is")


def _has_seen_ai(connection: Connection, assignment: LockedAssignment, where: ColumnElement[bool]) -> bool:
    query = select(events.c.id).where(
        where, events.c.account == assignment.account, events.c.kind == "ai shown"
    )
    return connection.execute(query.limit(1)).first() is not None


def _revision(connection: Connection, assignment: LockedAssignment) -> int | None:
    """The latest one; None where nothing is committed."""
    query = select(func.max(readings.c.revision)).where(readings.c.assignment == assignment.assignment)
    return connection.execute(query).scalar()
