"""A study's readings as files, straight into ``discern compare``."""

import io
import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Connection, Row, select

from data.table import write_table
from imaging.new_folder import new_folder
from reading.readings import DiscReading, write_readings
from reading.reference import Reference, ReferenceDisc, write_reference
from reading.store import tables
from reading.store.database import Store
from reading.study.committed import committed_readings
from reading.study.design import EXPERT, WITH_AI, WITHOUT_AI, StudyDesign, read_design
from reading.study.export_rows import (
    IMAGES_FOLDER,
    all_columns,
    cell,
    every_revision,
    exported_picture,
    rows_of_ai,
    rows_of_experts,
    rows_of_readers,
)
from reading.study.reference_standard import ReferenceStandard, reference_standard
from reading.study.studies import StudyRefused
from reading.table import DiscPlace

READINGS_FILE, REFERENCE_FILE, EXPERTS_FILE = "READINGS.csv", "REFERENCE.csv", "EXPERTS.csv"
ALL_READINGS_FILE, STUDY_FILE = "all_readings.csv", "study.json"
PLAN_FILE, PLAN_HASH_FILE = "plan.yaml", "PLAN_SHA256"


def write_export(store: Store, study_id: str, folder: Path, cases: Path | None = None) -> tuple[str, ...]:
    """Write a study into ``folder``, a new one; what is not in it, and why, a sentence each.

    READINGS.csv: each reader's and the AI's reading of each measured case, as last corrected. REFERENCE.csv:
    what is right; EXPERTS.csv: what the experts said before their consensus; each where it is there.
    all_readings.csv: every revision of everybody, training too. Then the plan, its SHA-256, and study.json.
    ``cases``: the folder of the cases' images, from which the reference's pictures are taken.

    Seconds are those of the first commit, without pauses; with the AI in a sequential study together with
    those without it just before, for that is how long a reading with it takes.

    Raises StudyRefused while nothing is read, BadInputError where the folder is not new.
    """
    with store.read() as connection:
        study = connection.execute(
            select(tables.studies).where(tables.studies.c.id == study_id)
        ).one_or_none()
        if study is None:
            raise StudyRefused("no such study; choose one of the list")
        readings = committed_readings(connection, study_id)
        if not any(item.arm in (WITHOUT_AI, WITH_AI) and not item.training for item in readings):
            raise StudyRefused("no reader has read a case of this study yet; export it later")
        standard = reference_standard(connection, study_id)
        measured = _measured(connection, study_id)
        ai = rows_of_ai(connection, study, measured)
        design = read_design(study.design)
    notes = _notes(design, standard, measured, {disc.case for disc in ai})
    grading = design.grading
    of_readers = rows_of_readers(readings, design.kind == "sequential")
    tables_of_discs = {READINGS_FILE: [*of_readers, *ai]}
    if any(item.arm == EXPERT for item in readings):
        tables_of_discs[EXPERTS_FILE] = rows_of_experts(readings)
    with new_folder(folder) as unfinished:
        if standard.lacking is None:
            discs = tuple(_with_picture(disc, measured, cases, unfinished) for disc in standard.discs)
            write_reference(unfinished / REFERENCE_FILE, Reference(unfinished, discs), grading)
        for name, rows in tables_of_discs.items():
            write_readings(unfinished / name, _in_reference(rows, standard), grading)
        revisions = every_revision(readings, grading)
        write_table(unfinished / ALL_READINGS_FILE, all_columns(grading), revisions)
        (unfinished / PLAN_FILE).write_bytes(study.plan.encode())
        (unfinished / PLAN_HASH_FILE).write_text(study.plan_sha256 + "\n")
        (unfinished / STUDY_FILE).write_text(_about(study, notes), encoding="utf-8")
    return notes


def zipped_export(store: Store, study_id: str, cases: Path | None = None) -> bytes:
    """The same as a ZIP."""
    with TemporaryDirectory() as temporary:
        folder, archive = Path(temporary) / "export", io.BytesIO()
        write_export(store, study_id, folder, cases)
        with ZipFile(archive, "w", ZIP_DEFLATED) as file:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                file.write(path, path.relative_to(folder))
        return archive.getvalue()


def _in_reference(rows: Sequence[DiscReading], standard: ReferenceStandard) -> list[DiscReading]:
    """Without the cases of which nothing is right, where the reference is there."""
    cases = {disc.case for disc in standard.discs}
    return [disc for disc in rows if disc.case in cases or standard.lacking is not None]


def _with_picture(
    disc: ReferenceDisc, measured: Mapping[str, Row[Any]], cases: Path | None, folder: Path
) -> ReferenceDisc:
    """A reference disc whose picture, where there is one, was copied into the ``folder``. One without a level
    keeps its box, by which it is told."""
    image, level = disc.place.image, disc.place.level
    named = f"{IMAGES_FOLDER}/{disc.case}/{image}" if level else exported_picture(disc.case)
    copied = False
    if image is not None and cases is not None:
        case = (cases / measured[disc.case].folder).resolve()
        picture = (case / image).resolve()
        if picture.is_file() and picture.is_relative_to(case):
            (folder / named).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, folder / named)
            copied = True
    return replace(disc, place=DiscPlace(level) if level and not copied else replace(disc.place, image=named))


def _notes(
    design: StudyDesign,
    standard: ReferenceStandard,
    measured: Mapping[str, Row[Any]],
    read_by_ai: Collection[str],
) -> tuple[str, ...]:
    notes = []
    if standard.lacking is not None:
        notes.append(f"No {REFERENCE_FILE}: {standard.lacking}.")
    if standard.untold:
        discs = ", ".join(standard.untold)
        notes.append(f"Not in the reference, for the consensus is that it cannot be told: {discs}.")
    if not (design.boxes or design.ai_has_levels):
        notes.append(f"The AI marks boxes and names no levels; no readings of it are in {READINGS_FILE}.")
    elif len(read_by_ai) < len(measured):
        notes.append(f"The AI has not read {len(measured) - len(read_by_ai)} of {len(measured)} cases.")
    return tuple(notes)


def _about(study: Row[Any], notes: tuple[str, ...]) -> str:
    about = {
        **{
            name: getattr(study, name)
            for name in ("title", "state", "design", "plan_sha256", "models_sha256")
        },
        **{name: cell(getattr(study, name)) for name in ("created_at", "opened_at", "closed_at")},
        "notes": notes,
    }
    return json.dumps(about, indent=1, ensure_ascii=False) + "\n"


def _measured(connection: Connection, study: str) -> dict[str, Row[Any]]:
    cases = tables.cases.c
    rows = connection.execute(select(tables.cases).where(cases.study == study, cases.training.is_(False)))
    return {row.name: row for row in rows}
