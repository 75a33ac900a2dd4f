"""What jobs there are: how each is asked for, and how it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axial.models import PHANTOM_MODELS
from imaging.deidentified_studies import deidentify_studies
from imaging.pseudonyms import open_key
from reading.cases.cases import KEY_FILE, add_cases
from reading.cases.examination import KINDS, CaseRefused, read_examination
from reading.cases.leaks import active_study_of
from reading.cases.sources import CASES_FOLDER, CasesOf, Folder, Phantoms, Upload
from reading.cases.uploads import UPLOAD_FOLDER, check_zip
from reading.jobs.inference import read_case, read_folder
from reading.jobs.queue import Job, ask, seen
from reading.store.database import Store

ADD_CASES, READ_CASE, OPEN_READING = "add cases", "read case", "open reading"
OPEN_FOLDER, RESULT_FILE = "open", "result.json"
"""In the data folder; each open reading has the id of its job for a folder."""


@dataclass(frozen=True)
class Work:
    """A job in the hands of a worker."""

    store: Store
    data: Path
    job: Job
    worker: str

    def stage(self, words: str) -> None:
        """Say how far it has come. Raises LostJobError where it is another worker's by now."""
        seen(self.store, self.job.id, self.worker, words)


def ask_for_cases(
    store: Store, study_id: str, source: CasesOf, training: bool, account_id: str | None
) -> str:
    """Ask that cases be added to a draft study, and read by its AI; the job's id. What was refused stands in
    the job's ``problem``."""
    subject = {"study": study_id, "training": training, **_as_json(source)}
    return ask(store, ADD_CASES, subject, account_id)


def ask_for_ai(store: Store, case_id: str, account_id: str | None) -> str:
    """Ask that the AI of a case's study read it; the job's id."""
    return ask(store, READ_CASE, {"case": case_id}, account_id)


def ask_for_open_reading(store: Store, upload: Path, account_id: str) -> str:
    """Ask that the AI read an upload beside all studies; the job's id, which is the reading's too."""
    return ask(store, OPEN_READING, {"upload": upload.name}, account_id)


def do(work: Work) -> str:
    """Do a job; what was left out, a sentence a line.

    Doing it twice does no harm. Raises CaseRefused or BadInputError where it cannot be done, ever.
    """
    return _HANDLERS[work.job.kind](work)


def _add_cases(work: Work) -> str:
    subject, job = work.job.subject, work.job
    source = _source(work.data, subject)
    try:
        added = add_cases(
            work.store,
            work.data,
            subject["study"],
            source,
            subject["training"],
            lambda done, total: work.stage(f"{done} of {total} cases"),
            batch=job.id,
            account_id=job.account,
        )
    except CaseRefused:
        _remove_upload(source)
        raise
    _remove_upload(source)
    for case in added.added.values():
        ask_for_ai(work.store, case, job.account)
    problem = "\n".join((*added.refused, *added.warnings))
    if not added.added:
        raise CaseRefused(problem)
    return problem


def _read_case(work: Work) -> str:
    read_case(work.store, work.data / CASES_FOLDER, work.job.subject["case"], work.stage)
    return ""


def _open_reading(work: Work) -> str:
    upload = work.data / UPLOAD_FOLDER / work.job.subject["upload"]
    folder = work.data / OPEN_FOLDER / work.job.id
    if not folder.exists():
        work.stage("looking at the upload")
        try:
            _open(work, upload, folder)
        except CaseRefused:
            upload.unlink(missing_ok=True)
            raise
    if not (folder / RESULT_FILE).exists():
        reading = read_folder("open reading", folder, PHANTOM_MODELS, work.stage)
        reading.result.write(folder / RESULT_FILE)
    upload.unlink(missing_ok=True)
    return ""


def _open(work: Work, upload: Path, folder: Path) -> None:
    """The upload without its patient. Raises CaseRefused, also where its account reads it in a study."""
    check_zip(upload)
    examination = read_examination(upload)
    if active_study_of(work.store, work.job.account or "", examination.digests):
        raise CaseRefused("is a case of a reader study in which you take part; it is read there alone")
    deidentify_studies([upload], folder, open_key(work.data / KEY_FILE), workers=1, kinds=KINDS)


_HANDLERS: Mapping[str, Callable[[Work], str]] = {
    ADD_CASES: _add_cases,
    READ_CASE: _read_case,
    OPEN_READING: _open_reading,
}


def _as_json(source: CasesOf) -> dict[str, Any]:
    if isinstance(source, Phantoms):
        return {"phantoms": {"count": source.count, "seed": source.seed}}
    if isinstance(source, Folder):
        return {"folder": source.name}
    return {"upload": source.path.name}


def _source(data: Path, subject: Mapping[str, Any]) -> CasesOf:
    if "phantoms" in subject:
        return Phantoms(**subject["phantoms"])
    if "folder" in subject:
        return Folder(subject["folder"])
    return Upload(data / UPLOAD_FOLDER / subject["upload"])


def _remove_upload(source: CasesOf) -> None:
    if isinstance(source, Upload):
        source.path.unlink(missing_ok=True)
