"""The rows of a study's exported tables."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, select

from annotation.labels import Grading
from axial.result import StudyResult
from reading.picture_result import read_picture_result, readings_of_picture
from reading.readings import DiscReading, likelihood_column, readings_of_result
from reading.store import tables
from reading.store.form import DiscCall
from reading.study.committed import CommittedReading, latest
from reading.study.design import EXPERT, WITH_AI, WITHOUT_AI, read_design
from reading.table import BOX_COLUMNS, DiscPlace

_PROVENANCE = (
    "id",
    "assignment",
    "reader",
    "arm",
    "period",
    "position",
    "case",
    "patient",
    "training",
    "revision",
    "reason",
    "active_ms",
    "idle_ms",
    "client_ms",
    "opened_at",
    "received_at",
    "app_version",
    "models_sha256",
)
_CALL = tuple(item.name for item in fields(DiscCall))
_OF_SLIPS = ("slip", "slip_grade", "slip_likelihood")
_LESION = "lesion_likelihood"
IMAGES_FOLDER = "images"
"""In the export: pictures that the reference names."""
_RESULT = TypeAdapter(StudyResult)
_NO_BOX = (None,) * len(BOX_COLUMNS)


def all_columns(grading: Grading) -> tuple[str, ...]:
    """The columns of every revision."""
    said = (likelihood_column(grading) if name == _LESION else name for name in _asked(grading))
    return (*_PROVENANCE, "level", *BOX_COLUMNS, *said, "case_remark")


def _asked(grading: Grading) -> tuple[str, ...]:
    """What of a call a grading knows."""
    return tuple(name for name in _CALL if grading.slip or name not in _OF_SLIPS)


def exported_picture(case: str) -> str:
    """The picture of a case that is a single one, as the tables name it: a path from their folder."""
    return f"{IMAGES_FOLDER}/{case}.png"


def rows_of_readers(readings: list[CommittedReading], sequential: bool) -> list[DiscReading]:
    """Of the measured cases, as last corrected; with the time of the first commit."""
    took = {item.read: item.active_ms for item in readings if item.revision == 0}
    if sequential:
        took |= {
            (reader, arm, case): milliseconds + took[reader, WITHOUT_AI, case]
            for (reader, arm, case), milliseconds in took.items()
            if arm == WITH_AI
        }
    return [
        disc
        for item in latest(readings)
        if item.arm in (WITHOUT_AI, WITH_AI) and not item.training
        for disc in _discs(item, took[item.read])
    ]


def rows_of_experts(readings: list[CommittedReading]) -> list[DiscReading]:
    """What they said before their consensus."""
    return [disc for item in latest(readings) if item.arm == EXPERT for disc in _discs(item, item.active_ms)]


def _discs(reading: CommittedReading, milliseconds: int) -> list[DiscReading]:
    """Those with a level; on a single picture those that were drawn, or one row without a place."""
    seconds, boxes = milliseconds / 1000 or None, reading.form.boxes
    if reading.form.nothing:
        return [DiscReading(*reading.read, reading.patient, None, None, seconds=seconds)]
    return [
        DiscReading(
            *reading.read,
            reading.patient,
            DiscPlace(None, exported_picture(reading.case), boxes[level]) if boxes else DiscPlace(level),
            call.verdict,
            call.slip,
            call.lesion_likelihood,
            call.slip_likelihood,
            seconds,
            call.verdict is None,
        )
        for level, call in reading.form.discs.items()
    ]


def rows_of_ai(
    connection: Connection, study: Row[Any], measured: Mapping[str, Row[Any]]
) -> list[DiscReading]:
    """At the levels that the readers are asked of, or its own boxes; with the seconds that were measured.
    None where it marks boxes on examinations: they have no levels, by which those are compared."""
    design = read_design(study.design)
    if not (design.boxes or design.ai_has_levels):
        return []
    results = tables.ai_results.c
    rows = connection.execute(
        select(tables.cases.c.name, results.result, results.seconds)
        .join(tables.cases, tables.cases.c.id == results.case)
        .where(tables.cases.c.study == study.id, results.models_sha256 == study.models_sha256)
        .order_by(tables.cases.c.name)
    )
    found: list[DiscReading] = []
    for row in rows:
        if row.name not in measured:
            continue
        case, seconds = measured[row.name], round(row.seconds, 3)
        if design.boxes:
            found += readings_of_picture(
                read_picture_result(row.result),
                case.name,
                case.patient,
                exported_picture(case.name),
                seconds,
                design.slip,
                design.grading,
            )
            continue
        result = _RESULT.validate_python(row.result)
        kept = tuple(item for item in result.findings if item.level in case.levels)
        found += readings_of_result(replace(result, findings=kept), case.patient, case.name, seconds)
    return found


def every_revision(readings: list[CommittedReading], grading: Grading) -> Iterator[list[str]]:
    """Of everybody, training too: the rows of ``all_columns``; one without a level where nothing was
    marked."""
    for item in readings:
        provenance = [cell(getattr(item, name)) for name in _PROVENANCE]
        for level, call in (item.form.discs or {"": DiscCall()}).items():
            edges = [cell(edge) for edge in item.form.boxes.get(level, _NO_BOX)]
            said = [cell(getattr(call, name)) for name in _asked(grading)]
            yield [*provenance, level, *edges, *said, item.form.remark]


def cell(value: object) -> str:
    """As it stands in a table; times in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(int(value) if isinstance(value, bool) else value)
