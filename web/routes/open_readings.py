"""An open reading on the wire: how far it has come, its pictures, what the AI says, what its reader makes of
it, and the files to take away. Nobody gets anything of somebody else's, whatever their role."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from axial.result import StudyResult
from errors import BadInputError
from reading.cases.activation_maps import maps_of
from reading.cases.examination import CaseRefused
from reading.cases.marks import marks_of
from reading.cases.pictures import CaseSeries, series_of, series_pixels
from reading.jobs.open_reading import OPEN_READING_STAGES
from reading.open.corrections import discs_of, form_of, questions_of
from reading.open.downloads import DOWNLOADS, download
from reading.open.fractures import (
    FRACTURE_FILE,
    UnreadableFracture,
    can_be_judged,
    fracture_json,
    judge_fracture,
    kept_fracture,
    map_of_fracture,
    mark_of_fracture,
    read_marked,
    remove_fracture,
)
from reading.open.kept_result import (
    CorrectedElsewhere,
    ai_result,
    keep_form,
    kept_form,
    of_phantoms_alone,
    read_kept_form,
)
from reading.open.open_readings import OpenReading, folder_of, open_reading
from reading.people.audit import note
from reporting.impression import caveats, main_findings
from reporting.wording import sentence, sentences
from web.access import Call, RefusedError, guarded
from web.routes.pixels import pixels_response
from web.service import Service

READING = "/api/open-readings/{reading}"
_NO_DISC = "No disc was found on the sagittal pictures, so there is none here to correct."
_TYPES = {".pdf": "application/pdf", ".json": "application/json", ".dcm": "application/dicom"}


def routes(service: Callable[[], Service]) -> list[Route]:
    return [
        guarded(READING, _page, service),
        guarded(f"{READING}/series/{{number:int}}", _series, service),
        guarded(f"{READING}/events", _keep, service, methods=("POST",)),
        guarded(f"{READING}/fracture", _mark_fracture, service, methods=("POST",)),
        guarded(f"{READING}/{FRACTURE_FILE}", _fracture_file, service),
        *(guarded(f"{READING}/{name}", partial(_download, name), service) for name in DOWNLOADS),
    ]


def _page(call: Call) -> Response:
    """How far it has come; once it is done, everything that its page shows."""
    reading, folder = _own(call)
    said = {
        "id": reading.id,
        "name": f"{reading.created_at:%-d %b %Y, %H:%M} UTC",
        "state": reading.state,
        "stage": reading.stage,
        "stages": OPEN_READING_STAGES,
        "before": reading.before,
        "problem": reading.problem,
        "ticket": call.ticket(),
    }
    with _refusals():
        return JSONResponse(said | (_result(reading, folder) if reading.state == "done" else {}))


def _result(reading: OpenReading, folder: Path) -> dict[str, Any]:
    """What the AI says, what could not be done (``notes``), and the form as the reader left it."""
    result, series = ai_result(folder), series_of(folder)
    kept, questions = kept_form(folder, result), questions_of(result)
    return {
        "series": [item.as_json() for item in series],
        "marks": [asdict(mark) for mark in marks_of(result, series)],
        "maps": [asdict(item) for item in maps_of(result, series)],
        "result": asdict(result),
        "said": {item.place: " ".join(sentences(item)) for item in result.findings},
        "notes": [*_notes(result), *map(sentence, reading.problem.splitlines())],
        "phantoms": of_phantoms_alone(result),
        "questions": asdict(questions),
        "ai": form_of(result).as_json(),
        "draft": {"form": kept.form.as_json(), "sequence": kept.sequence},
        "fracture": _fracture(folder, series),
    }


def _fracture(folder: Path, series: Sequence[CaseSeries]) -> dict[str, Any]:
    """``offered``: whether a vertebra can be marked. What is said of the one that is, its box over the
    pictures and its activation map; None where none is marked, and where that cannot be read any more, which
    is the ``problem``."""
    kept, problem = None, ""
    try:
        kept = kept_fracture(folder)
    except UnreadableFracture as unreadable:
        problem = sentence(unreadable.reason)
    mark, over = (mark_of_fracture(kept, series), map_of_fracture(kept, series)) if kept else (None, None)
    return {
        "offered": can_be_judged(series),
        "result": asdict(replace(kept.result, activation=None)) if kept else None,
        "mark": asdict(mark) if mark else None,
        "map": asdict(over) if over else None,
        "problem": problem,
    }


def _notes(result: StudyResult) -> tuple[str, ...]:
    """Where no disc was found to which something could be said, what was found stands here alone."""
    alone = () if discs_of(result) else (_NO_DISC, *main_findings(result))
    return (*alone, *caveats(result))


def _series(call: Call) -> Response:
    """The pixels of one of its series."""
    _, folder = _own(call)
    with _refusals():
        pixels = series_pixels(folder, call.path["number"])
    return pixels_response(pixels)


def _keep(call: Call) -> Response:
    """The form, each time the whole of it, as ``Sender`` sends drafts (web/component/sending.js)."""
    _, folder = _own(call)
    content = call.json()
    content.pop("kind", None)
    try:
        sent = read_kept_form(content)
        with _refusals():
            keep_form(folder, sent)
    except CorrectedElsewhere as refused:
        raise RefusedError(409, str(refused)) from None
    except ValueError as refused:
        raise RefusedError(422, str(refused)) from None
    return JSONResponse({"stored": True})


def _mark_fracture(call: Call) -> Response:
    """The box that its reader has drawn around a vertebra, in the place of an earlier one; ``marked`` is null
    where it is taken away. What the model says of it is the answer."""
    reading, folder = _read_one(call)
    try:
        marked = read_marked(call.json())
        with _refusals():
            if marked is None:
                remove_fracture(folder)
            else:
                judge_fracture(folder, marked)
            answer = _fracture(folder, series_of(folder))
    except ValueError as refused:
        raise RefusedError(422, str(refused)) from None
    _note(call, f"open reading vertebra {'marked' if marked else 'unmarked'}", reading)
    return JSONResponse(answer)


def _fracture_file(call: Call) -> Response:
    reading, folder = _read_one(call)
    try:
        kept = kept_fracture(folder)
    except UnreadableFracture as unreadable:
        raise RefusedError(404, unreadable.reason) from None
    if kept is None:
        raise RefusedError(404, "no vertebra is marked in it")
    return _taken(call, reading, FRACTURE_FILE, fracture_json(kept).encode())


def _download(name: str, call: Call) -> Response:
    """A file of the result as it is now; with activation maps where its address asks for them."""
    reading, folder = _read_one(call)
    with _refusals():
        content = download(folder, name, call.service.store.now(), maps="maps" in call.query)
    return _taken(call, reading, name, content)


def _taken(call: Call, reading: OpenReading, name: str, content: bytes) -> Response:
    """That it was taken is in the log before it leaves."""
    _note(call, "open reading taken", reading, {"file": name})
    file = f"open-reading-{reading.created_at:%Y-%m-%d-%H%M}-{name}".replace("-report.", ".")
    return Response(
        content,
        media_type=_TYPES[Path(name).suffix],
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )


def _note(call: Call, action: str, reading: OpenReading, detail: dict[str, Any] | None = None) -> None:
    store = call.service.store
    with store.write() as connection:
        note(connection, store.now(), call.account.id, action, reading.id, detail)


def _read_one(call: Call) -> tuple[OpenReading, Path]:
    """As ``_own``, of one that the AI has read. Raises RefusedError where it has not yet."""
    reading, folder = _own(call)
    if reading.state != "done":
        raise RefusedError(409, "the AI has not read it yet; wait until it has")
    return reading, folder


def _own(call: Call) -> tuple[OpenReading, Path]:
    """The account's, and its folder. Raises RefusedError where it is another's, or none."""
    found = open_reading(call.service.store, call.account.id, call.path["reading"])
    if found is None:
        raise RefusedError(404, "there is no such open reading of yours; it may have been removed")
    return found, folder_of(call.service.data, found.id)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise RefusedError(404, "this open reading is no longer there; go back to the list") from None
    except KeyError:
        raise RefusedError(404, "it has no such series; reload the page") from None
    except (CaseRefused, BadInputError):
        sentence = "its files cannot be read any more; remove it and send the examination again"
        raise RefusedError(500, sentence) from None
