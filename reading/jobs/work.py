"""What jobs there are: how each is asked for, and how it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reading.cases.cases import add_cases
from reading.cases.examination import CaseRefused
from reading.cases.sources import CASES_FOLDER, CasesOf, Folder, Phantoms, Upload
from reading.cases.uploads import UPLOAD_FOLDER
from reading.jobs.inference import read_case
from reading.jobs.open_reading import read_upload
from reading.jobs.queue import Job, ask, seen
from reading.open.open_readings import OPEN_READING
from reading.people.accounts import account
from reading.store.database import Store
from reading.study.studies import open_study, study

ADD_CASES, READ_CASE, DEMO_STUDY, RESULTS = "add cases", "read case", "demo study", "results"


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


def ask_for_results(store: Store, study_id: str, account_id: str) -> str:
    """Ask that the results of a closed study be computed; the job's id."""
    return ask(store, RESULTS, {"study": study_id}, account_id)


def ask_for_demo(store: Store, study_id: str, cases: Phantoms, coordinator_id: str) -> str:
    """Ask that phantoms be added to a draft and the study be opened; the job's id."""
    subject = {"study": study_id, "training": False, **_as_json(cases)}
    return ask(store, DEMO_STUDY, subject, coordinator_id)


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


def _demo_study(work: Work) -> str:
    study_id = work.job.subject["study"]
    if study(work.store, study_id).state != "draft":
        return ""  # by a worker that died just afterwards
    problem = _add_cases(work)
    open_study(work.store, account(work.store, work.job.account or ""), study_id)
    return problem


def _results(work: Work) -> str:
    # Statistics and plots take seconds to load, which nothing else here needs.
    from reading.study.compute_results import compute_results

    compute_results(work.store, work.data, work.job.subject["study"], work.job.account, work.stage)
    return ""


def _read_case(work: Work) -> str:
    read_case(work.store, work.data / CASES_FOLDER, work.job.subject["case"], work.stage)
    return ""


def _open_reading(work: Work) -> str:
    return read_upload(work.store, work.data, work.job, work.stage)


_HANDLERS: Mapping[str, Callable[[Work], str]] = {
    ADD_CASES: _add_cases,
    READ_CASE: _read_case,
    OPEN_READING: _open_reading,
    DEMO_STUDY: _demo_study,
    RESULTS: _results,
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
