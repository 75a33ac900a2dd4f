"""What a coordinator takes out of a study."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import Route

from reading.people.audit import note
from reading.study.export import zipped_export
from reading.study.studies import StudyRefused
from web.access import Call, RefusedError, guarded
from web.service import Service

EXPORT = "/api/studies/{study}/export"


def routes(service: Callable[[], Service]) -> list[Route]:
    return [guarded(EXPORT, _export, service, roles={"coordinator"})]


def _export(call: Call) -> Response:
    """The study as a ZIP; that it was taken is in the audit log before it leaves."""
    store, study = call.service.store, call.path["study"]
    try:
        content = zipped_export(store, study, call.service.cases)
    except StudyRefused as refused:
        raise RefusedError(409, str(refused)) from None
    with store.write() as connection:
        note(connection, store.now(), call.account.id, "study exported", study)
    headers = {"Content-Disposition": 'attachment; filename="reader-study.zip"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)
