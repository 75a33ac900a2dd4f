"""A reading on the wire: what its page begins with, and what it sends until the case is committed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from axial.result import result_of_json
from reading.cases.activation_maps import SliceMap, maps_of
from reading.cases.examination import CaseRefused
from reading.cases.marks import marks_of, marks_of_picture
from reading.cases.pictures import CaseSeries, series_of
from reading.people.accounts import Role
from reading.people.audit import note
from reading.picture_result import is_picture_result, read_picture_result
from reading.store.drafts import Draft, latest_draft
from reading.store.form import Questions, ReadingForm
from reading.store.reads import (
    Committed,
    IncompleteRead,
    Opening,
    ReadRefused,
    commit,
    correct,
    keep_event,
    show_ai,
)
from reading.store.sent import Sent, read_reason, read_sent
from reading.study.blinding import may_see_ai, may_see_experts
from reading.study.reading_before import form_before
from reading.study.reference_standard import expert_calls
from reading.study.worklist import (
    NotNow,
    OpenAssignment,
    folder_after,
    next_assignment,
    open_assignment,
)
from web.access import Call, RefusedError, guarded
from web.service import APP_VERSION, Service

ASSIGNMENT = "/api/assignments/{assignment}"
_READERS: tuple[Role, ...] = ("reader", "expert")
_Read = TypeVar("_Read")


def routes(service: Callable[[], Service]) -> list[Route]:
    posts = {"events": _keep_event, "commit": _commit, "correct": _correct}
    return [
        guarded(ASSIGNMENT, _page, service, _READERS),
        guarded(f"{ASSIGNMENT}/ai", _ai, service, _READERS),
        *(
            guarded(f"{ASSIGNMENT}/{name}", answer, service, _READERS, ("POST",))
            for name, answer in posts.items()
        ),
    ]


def _page(call: Call) -> Response:
    """Everything that the page of an assignment begins with; nothing that the AI says."""
    store, assignment = call.service.store, _assignment(call)
    with store.read() as connection, _refusals():
        opened = open_assignment(connection, store.now(), call.account.id, assignment)
        draft = _draft(connection, opened)
        ai = may_see_ai(connection, store.now(), call.account.id, assignment)
        experts = _experts(connection, call, opened)
        following = folder_after(connection, opened)
    return JSONResponse(
        {
            "assignment": opened.id,
            "study": opened.study,
            "case": opened.case_name,
            "arm": opened.arm,
            "training": opened.training,
            "questions": _questions(opened.questions),
            "draft": draft,
            "committed": opened.committed,
            "ai": ai,
            "experts": experts,
            "series": [series.as_json() for series in _pictures(call, opened)],
            "ticket": call.ticket(assignment),
        },
        background=BackgroundTask(_warm, call.service.cases / following) if following else None,
    )


def _warm(folder: Path) -> None:
    """Read the pictures that are wanted next, so that they are there at once; they leave at their turn."""
    with suppress(CaseRefused):
        series_of(folder)


def _ai(call: Call) -> Response:
    """What the AI says of the case, its marks on the pictures and its activation maps; that it was shown is
    kept before it leaves."""
    store, assignment = call.service.store, _assignment(call)

    def allow(connection: Connection) -> None:
        if not may_see_ai(connection, store.now(), call.account.id, assignment):
            raise RefusedError(403, "what the AI says of this case is not shown now")

    with _refusals():
        result = show_ai(store, call.account.id, assignment, APP_VERSION, allow)
        if result is None:
            raise RefusedError(404, "the AI has not read this case yet; try again in some minutes")
        with store.read() as connection:
            opened = open_assignment(connection, store.now(), call.account.id, assignment)
    pictures, maps = _pictures(call, opened), list[SliceMap]()
    if is_picture_result(result):
        marks = marks_of_picture(read_picture_result(result), pictures)
    else:
        read = result_of_json(result)
        marks, maps = marks_of(read, pictures), maps_of(read, pictures)
    said = {"marks": [asdict(mark) for mark in marks], "maps": [asdict(item) for item in maps]}
    return JSONResponse({"result": result, **said})


def _keep_event(call: Call) -> Response:
    content = call.json()
    sent = _sent(call, content, content.pop("kind", None))
    with _refusals():
        keep_event(call.service.store, call.account.id, sent, APP_VERSION, _opening(call))
    return JSONResponse({"stored": True})


def _commit(call: Call) -> Response:
    store, sent = call.service.store, _sent(call, call.json(), "commit")
    with _refusals():
        done = commit(store, call.account.id, sent, APP_VERSION, _opening(call, "reading committed"))
    return _committed(call, done)


def _correct(call: Call) -> Response:
    content = call.json()
    reason = _valid(lambda: read_reason(content.pop("reason", "")))
    sent, opening = _sent(call, content, "correct"), _opening(call, "reading corrected")
    with _refusals():
        done = correct(call.service.store, call.account.id, sent, reason, APP_VERSION, opening)
    return _committed(call, done)


def _committed(call: Call, done: Committed) -> Response:
    store = call.service.store
    with store.read() as connection:
        following = next_assignment(connection, store.now(), call.account.id, done.study)
    return JSONResponse({"reading": done.reading, "next": following.assignment})


def _opening(call: Call, action: str = "") -> Opening:
    """Whether the reader may read the case now; what is noted in the log with what is kept."""

    def opening(connection: Connection) -> Questions:
        now, assignment = call.service.store.now(), _assignment(call)
        opened = open_assignment(connection, now, call.account.id, assignment)
        if action:
            note(connection, now, call.account.id, action, assignment)
        return opened.questions

    return opening


def _assignment(call: Call) -> str:
    return str(call.path["assignment"])


def _sent(call: Call, content: dict[str, Any], kind: Any) -> Sent:
    return _valid(lambda: read_sent(content, _assignment(call), kind))


def _valid(read: Callable[[], _Read]) -> _Read:
    try:
        return read()
    except ValueError as error:
        raise RefusedError(422, str(error)) from None


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except NotNow as refused:
        raise RefusedError(403, str(refused)) from None
    except IncompleteRead as refused:
        raise RefusedError(422, str(refused)) from None
    except ReadRefused as refused:
        raise RefusedError(409, str(refused)) from None


def _questions(questions: Questions) -> dict[str, Any]:
    return {
        "levels": questions.levels,
        "verdicts": questions.verdicts,
        "slip": questions.slip,
        "likelihoods": questions.likelihoods,
        "boxes": questions.boxes,
        "lesion": questions.lesion,
    }


def _draft(connection: Connection, opened: OpenAssignment) -> dict[str, Any] | None:
    """What the reader goes on from; at first what they said just before, without the AI."""
    draft = latest_draft(connection, opened.id)
    form = (draft.form if draft else None) or form_before(connection, opened)
    if draft is None and form is None:
        return None
    form, times = form or ReadingForm(), draft or Draft(None, 0, 0, 0)
    return {
        "form": form.as_json(),
        "active_ms": times.active_ms,
        "idle_ms": times.idle_ms,
        "sequence": times.sequence,
    }


def _experts(connection: Connection, call: Call, opened: OpenAssignment) -> list[dict[str, Any]]:
    """What each expert said, for the chair in the consensus; nothing for everybody else."""
    if not may_see_experts(connection, call.service.store.now(), call.account.id, opened.id):
        return []
    said = expert_calls(connection, opened.study, opened.case)
    return [{"expert": item.expert, "level": item.level, "call": asdict(item.call)} for item in said]


def _pictures(call: Call, opened: OpenAssignment) -> tuple[CaseSeries, ...]:
    try:
        return series_of(call.service.cases / opened.folder)
    except CaseRefused as error:
        raise RefusedError(500, f"the pictures of this case: {error}") from None
