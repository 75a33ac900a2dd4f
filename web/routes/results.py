"""The report of a study, and everything that it was computed from, for those who may see its results."""

from collections.abc import Callable

from starlette.responses import FileResponse, Response
from starlette.routing import Route

from reading.people.audit import note
from reading.study.results import FILES, RESULTS_FOLDER, may_see_results
from web.access import Call, RefusedError, guarded
from web.service import Service

RESULTS = "/api/studies/{study}/results/{file}"
_PAGES_ARE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
"""The report is one file without scripts."""


def routes(service: Callable[[], Service]) -> list[Route]:
    return [guarded(RESULTS, _file, service)]


def _file(call: Call) -> Response:
    """That a file was taken is in the audit log before it leaves."""
    store, study, name = call.service.store, call.path["study"], call.path["file"]
    with store.read() as connection:
        path = call.service.data / RESULTS_FOLDER / study / name
        if not may_see_results(connection, call.account, study) or name not in FILES or not path.is_file():
            raise RefusedError(404, "there are no results of such a study for you to see")
    with store.write() as connection:
        note(connection, store.now(), call.account.id, "results taken", study, {"file": name})
    # The report is looked at in the browser; the others are kept.
    shown = "inline" if path.suffix == ".html" else "attachment"
    return FileResponse(
        path, filename=name, content_disposition_type=shown, headers={"Content-Security-Policy": _PAGES_ARE}
    )
