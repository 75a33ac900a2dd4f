"""The one place that decides who may see what the AI, or the experts, say of a case, and when."""

from datetime import datetime

from sqlalchemy import Connection

from reading.study.design import CONSENSUS, WITH_AI
from reading.study.worklist import NotNow, OpenAssignment, open_assignment


def may_see_ai(connection: Connection, now: datetime, account_id: str, assignment_id: str) -> bool:
    """Whether an account may see the AI's output for the case of an assignment, now.

    Only with the assignment before it, which is its own, in an open study, in the arm with the AI, and of the
    period that is read in: the next one, or one that was committed with the AI in the same period. A reader's
    own reading without the AI comes first in the order of a sequential study, so that it is committed by
    then; in a crossover the case's reading without the AI is in another period, and that one is closed.
    Experts have no assignment with the AI, nor has anybody in a standalone study or a draft. An assignment
    with the AI opens only when there is a result.
    """
    opened = _opened(connection, now, account_id, assignment_id)
    return opened is not None and opened.arm == WITH_AI


def may_see_experts(connection: Connection, now: datetime, account_id: str, assignment_id: str) -> bool:
    """Whether an account may see what the experts said of the case of an assignment: only the chair, in the
    consensus."""
    opened = _opened(connection, now, account_id, assignment_id)
    return opened is not None and opened.arm == CONSENSUS


def _opened(
    connection: Connection, now: datetime, account_id: str, assignment_id: str
) -> OpenAssignment | None:
    try:
        return open_assignment(connection, now, account_id, assignment_id)
    except NotNow:
        return None
