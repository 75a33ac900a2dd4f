"""The results of a closed study are computed: exported, compared by its plan, and written."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select

from axial.result import ModelIdentity
from errors import BadInputError
from reading.analysis.analysis_plan import read_plan
from reading.analysis.comparison import Comparison, compare
from reading.cases.sources import CASES_FOLDER, UNFINISHED
from reading.people.audit import note
from reading.readings import read_readings
from reading.reference import read_reference
from reading.report.about import AboutModels
from reading.report.blocks import Report
from reading.report.files import TABLES_FOLDER
from reading.report.report import section_html
from reading.report.study_folder import write_comparison
from reading.store import tables
from reading.store.database import Store
from reading.study.export import (
    EXPERTS_FILE,
    PLAN_FILE,
    PLAN_HASH_FILE,
    READINGS_FILE,
    REFERENCE_FILE,
    write_export,
)
from reading.study.export_rows import IMAGES_FOLDER
from reading.study.reference_standard import reference_standard
from reading.study.results import (
    EVERYTHING,
    RESULTS_FOLDER,
    Results,
    ShownSection,
    check_computable,
    keep_shown,
)
from reading.study.studies import StudyRefused, study

SHOWN = (
    *("In short", "Primary result", "Per class", "Slip", "Many readers, many cases"),
    *("ROC", "Times", "Agreement of the readers", "Limits"),
)
"""The sections of the report that the app shows; the others are in the report alone."""


def compute_results(
    store: Store,
    data: Path,
    study_id: str,
    account_id: str | None = None,
    stage: Callable[[str], None] = lambda words: None,
) -> None:
    """Export a closed study, compare by its plan, and keep the report, its tables and what the app shows of
    it in the ``data`` folder. Whole or not at all; what was there before is replaced.

    Raises StudyRefused where the study is not closed, its results are open already, or nothing can be
    compared.
    """
    with store.read() as connection:
        check_computable(connection, study_id)
        lacking = reference_standard(connection, study_id).lacking
    if lacking is not None:
        raise StudyRefused(f"what is right is not known: {lacking}")
    with TemporaryDirectory(prefix=UNFINISHED, dir=data) as space, _sentences():
        made, export, plain = (Path(space, name) for name in ("made", "export", "plain"))
        made.mkdir()
        stage("collecting the readings")
        notes = write_export(store, study_id, export, data / CASES_FOLDER)
        of = study(store, study_id)
        # Boxes mean nothing without their pictures.
        write_export(store, study_id, plain, data / CASES_FOLDER if of.design.boxes else None)
        stage("comparing")
        comparison = _comparison(export, of.plan_sha256)
        stage("writing the report")
        now = store.now()
        report = write_comparison(comparison, _about(store, study_id), made, when=now.astimezone())
        sections = _shown(report)
        keep_shown(Results(now, report.lead, (*notes, *comparison.deviations), sections), made)
        _pack(made / EVERYTHING, made / TABLES_FOLDER, plain)
        with store.write() as connection:
            check_computable(connection, study_id, locked=True)
            note(connection, store.now(), account_id, "results computed", study_id)
            (data / RESULTS_FOLDER).mkdir(exist_ok=True)
            shutil.rmtree(data / RESULTS_FOLDER / study_id, ignore_errors=True)
            made.rename(data / RESULTS_FOLDER / study_id)


def _comparison(export: Path, plan_sha256: str) -> Comparison:
    experts, plan = export / EXPERTS_FILE, read_plan(export / PLAN_FILE, plan_sha256)
    grading = plan.planned.grading
    return compare(
        read_readings(export / READINGS_FILE, grading),
        read_reference(export / REFERENCE_FILE, grading),
        plan,
        read_readings(experts, grading) if experts.exists() else None,
    )


def _about(store: Store, study_id: str) -> AboutModels:
    """The models as the AI's results name them. Cases of patients whom they had learned from were refused."""
    results, cases = tables.ai_results.c, tables.cases.c
    wanted = (
        select(results.result)
        .join(tables.cases, cases.id == results.case)
        .join(tables.studies, tables.studies.c.id == cases.study)
        .where(cases.study == study_id, results.models_sha256 == tables.studies.c.models_sha256)
    )
    with store.read() as connection:
        found = [item for result in connection.scalars(wanted) for item in result.get("models", ())]
    return AboutModels(tuple(dict.fromkeys(ModelIdentity(**item) for item in found)), ())


def _shown(report: Report) -> tuple[ShownSection, ...]:
    return tuple(
        ShownSection(section.title, section.mark, section_html(section))
        for section in report.sections
        if section.title in SHOWN
    )


def _pack(path: Path, results: Path, export: Path) -> None:
    """All tables, and what they were computed from: CSVs, the plan, and the pictures that boxes are on."""
    files = {f"{TABLES_FOLDER}/{item.name}": item for item in sorted(results.iterdir())}
    names = (READINGS_FILE, REFERENCE_FILE, EXPERTS_FILE, PLAN_FILE, PLAN_HASH_FILE)
    files |= {name: export / name for name in names if (export / name).exists()}
    files |= {f"{IMAGES_FOLDER}/{item.name}": item for item in sorted((export / IMAGES_FOLDER).glob("*.png"))}
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, item in files.items():
            archive.write(item, name)


@contextmanager
def _sentences() -> Iterator[None]:
    """What the rooms below refuse, without the files of a moment that they name."""
    try:
        yield
    except BadInputError as error:
        raise StudyRefused(f"the readings cannot be compared: {error.reason}") from None
