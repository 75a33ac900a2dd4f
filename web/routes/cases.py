"""Uploads, the pictures of a case, and how far a job has come."""

import os
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from errors import BadInputError
from reading.cases.examination import CaseRefused
from reading.cases.pictures import series_pixels
from reading.cases.sources import Upload
from reading.cases.uploads import TooLarge, check_size, check_zip, receive
from reading.jobs.open_reading import ask_for_open_reading
from reading.jobs.queue import job
from reading.jobs.work import ask_for_cases
from reading.store import tables
from reading.study.worklist import NotNow, open_assignment
from web.access import READERS, Call, RefusedError, guarded, guarded_upload
from web.routes.pixels import pixels_response
from web.service import Service

UPLOADS, JOB = "/api/uploads", "/api/jobs/{job}"
SERIES = "/api/assignments/{assignment}/series/{number:int}"
LIMIT_VARIABLE, DEFAULT_LIMIT = "DISCERN_LARGEST_UPLOAD", 2048
"""In the environment: how many MB an upload may have."""
_TYPES = ("application/zip", "application/x-zip-compressed", "application/octet-stream")
_COORDINATOR = "coordinator"


def largest_upload() -> int:
    """Bytes that an upload may have. Raises BadInputError where the environment does not say a number."""
    megabytes = os.environ.get(LIMIT_VARIABLE) or str(DEFAULT_LIMIT)
    if not megabytes.isdecimal() or int(megabytes) == 0:
        raise BadInputError(LIMIT_VARIABLE, f"{megabytes!r} is no number of MB; give one, or leave it out")
    return int(megabytes) * 2**20


def routes(service: Callable[[], Service]) -> list[Route]:
    return [
        guarded_upload(UPLOADS, _upload, service),
        guarded(SERIES, _series, service, READERS),
        guarded(JOB, _job, service),
    ]


async def _upload(call: Call, request: Request) -> Response:
    """A ZIP of one examination as the body: with ``?study=`` (and ``&training=1``) a coordinator's case of a
    draft study, else an open reading. Answers with the job that goes on with it."""
    study = request.query_params.get("study", "")
    training = request.query_params.get("training") == "1"
    if study:
        await run_in_threadpool(_check_draft, call, study)
    if request.headers.get("content-type", "").split(";")[0].strip() not in _TYPES:
        raise RefusedError(415, "not a ZIP; send an examination's folder as a ZIP")
    limit = largest_upload()
    announced = request.headers.get("content-length", "")
    try:
        check_size(int(announced) if announced.isdigit() else 0, limit)
        path = await receive(request.stream(), call.service.data, limit)
    except TooLarge as error:
        raise RefusedError(413, str(error)) from None
    except ClientDisconnect:
        raise RefusedError(400, "the upload broke off; send it again") from None
    return await run_in_threadpool(_ask, call, path, study, training)


def _ask(call: Call, path: Path, study: str, training: bool) -> Response:
    store, account = call.service.store, call.account.id
    try:
        check_zip(path)
        if study:
            asked = ask_for_cases(store, study, Upload(path), training, account)
        else:
            asked = ask_for_open_reading(store, path, account)
    except CaseRefused as error:
        path.unlink(missing_ok=True)
        raise RefusedError(422, str(error)) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return JSONResponse({"job": asked}, 202)


def _check_draft(call: Call, study: str) -> None:
    if call.account.role != _COORDINATOR:
        raise RefusedError(403, "your account may not do this; ask the coordinator")
    with call.service.store.read() as connection:
        state = connection.scalar(select(tables.studies.c.state).where(tables.studies.c.id == study))
    if state != "draft":
        raise RefusedError(409, "cases are added before a study is opened; this one is open, or gone")


def _series(call: Call) -> Response:
    """The pixels of a series of the case that the account reads now."""
    store = call.service.store
    try:
        with store.read() as connection:
            opened = open_assignment(connection, store.now(), call.account.id, call.path["assignment"])
        pixels = series_pixels(call.service.cases / opened.folder, call.path["number"])
    except NotNow as error:
        raise RefusedError(403, str(error)) from None
    except CaseRefused as error:
        raise RefusedError(500, f"the pictures of this case: {error}") from None
    except KeyError:
        raise RefusedError(404, "this case has no such series; reload the page") from None
    return pixels_response(pixels)


def _job(call: Call) -> Response:
    """A job of the account's own; coordinators see all."""
    found = job(call.service.store, call.path["job"])
    if found is None or (call.account.role != _COORDINATOR and found.account != call.account.id):
        raise RefusedError(404, "there is no such job of yours")
    said = {name: getattr(found, name) for name in ("id", "kind", "state", "stage", "problem")}
    return JSONResponse(said)
