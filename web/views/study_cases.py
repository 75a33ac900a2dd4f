"""The cases of one study: those that are there, the jobs that add and read them, new ones."""

import pandas as pd
import streamlit as st

from reading.cases.listed_cases import ListedCase, listed_cases
from reading.cases.single_pictures import IMAGE_TABLE
from reading.cases.sources import IMPORT_FOLDER, REFERENCE_FILE, CasesOf, Folder, Phantoms
from reading.jobs.queue import Job
from reading.jobs.study_jobs import jobs_of_study
from reading.jobs.work import READ_CASE, ask_for_ai, ask_for_cases
from reading.study.studies import Study
from web.component import upload_field
from web.routes.cases import UPLOADS, largest_upload
from web.views.here import Here, empty, problems_shown

_LOOK_SECONDS = 2.0
_STATES = {
    "waiting": ":gray[waits]",
    "running": ":blue[runs]",
    "done": ":green[done]",
    "failed": ":red[failed]",
}
_LATEST = 5
_EXAMINATIONS_HELP = (
    f"An examination in each subfolder or ZIP; {REFERENCE_FILE} beside them says what is right."
)
_PICTURES_HELP = (
    f"A cohort folder ({IMAGE_TABLE}, pictures, LabelImg's boxes), or pictures with {REFERENCE_FILE}, which "
    "gives each disc's image and box."
)


def show_cases(shown: Study, here: Here) -> None:
    if shown.state == "draft":
        _add(shown, here)
    _follow(shown, here)


@st.fragment(run_every=_LOOK_SECONDS)
def _follow(shown: Study, here: Here) -> None:
    """The jobs and the cases, looked at again every few seconds."""
    store = here.service.store
    cases, jobs = listed_cases(store, shown.id), jobs_of_study(store, shown.id)
    _jobs(jobs)
    if not cases:
        empty("No case yet.", f"Add phantoms to try the study out, or import {_of(shown)}.")
        return
    unread = [case for case in cases if not case.ai_has_read]
    read = f"{len(unread)} not yet read by the AI" if unread else "all read by the AI"
    st.caption(f"{len(cases)} {'case' if len(cases) == 1 else 'cases'}, {read}")
    st.dataframe(_table(cases), hide_index=True)
    waiting = any(not job.ended for job in jobs)
    if unread and not waiting and st.button(f"Let the AI read {len(unread)} unread cases"):
        for case in unread:
            ask_for_ai(store, case.id, here.account.id)
        st.rerun(scope="fragment")


def _jobs(jobs: list[Job]) -> None:
    adding = [job for job in jobs if job.kind != READ_CASE]
    reading = [job for job in jobs if job.kind == READ_CASE]
    for job in adding[:_LATEST]:
        st.markdown(f"{_what(job)}: {_STATES[job.state]} {job.stage if job.state == 'running' else ''}")
        for sentence in job.problem.splitlines():
            st.warning(sentence)
    for job in [job for job in reading if job.state == "failed"][:_LATEST]:
        st.warning(f"The AI could not read a case: {job.problem}")
    open_jobs = sum(not job.ended for job in reading)
    if open_jobs:
        st.progress(1 - open_jobs / len(reading), f"The AI reads: {open_jobs} of {len(reading)} cases to go")


def _what(job: Job) -> str:
    subject = job.subject
    training = " for training" if subject["training"] else ""
    if "phantoms" in subject:
        count, seed = subject["phantoms"]["count"], subject["phantoms"]["seed"]
        return f"{count} {'phantom' if count == 1 else 'phantoms'} of seed {seed}{training}"
    return f"Folder {subject['folder']}{training}" if "folder" in subject else f"An upload{training}"


def _table(cases: list[ListedCase]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Case": [case.name for case in cases],
            "Patient": [case.patient for case in cases],
            "For": ["training" if case.training else "measuring" for case in cases],
            "Discs": [", ".join(case.levels) or f"{case.marked} marked" for case in cases],
            "Truth": ["yes" if case.marked else "no" for case in cases],
            "Read by the AI": ["yes" if case.ai_has_read else "not yet" for case in cases],
        }
    )


def _of(shown: Study) -> str:
    return "pictures" if shown.design.boxes else "examinations"


def _add(shown: Study, here: Here) -> None:
    boxes = shown.design.boxes
    training = st.toggle("For training: read first, counted nowhere")
    phantoms, folder, *upload = st.columns(2 if boxes else 3, border=True)
    with phantoms:
        st.markdown("**Phantoms**, the middle sagittal picture of each" if boxes else "**Phantoms**")
        count = st.number_input("How many", min_value=1, max_value=200, value=10)
        seed = st.number_input("Seed", min_value=0, value=1)
        if st.button("Add phantoms", width="stretch"):
            _ask(shown, Phantoms(int(count), int(seed)), training, here)
    with folder:
        st.markdown("**A folder on the server**")
        name = st.text_input(
            f"Its name in {IMPORT_FOLDER}/",
            help=_PICTURES_HELP if boxes else _EXAMINATIONS_HELP,
        )
        if st.button("Import the folder", width="stretch", disabled=not name):
            _ask(shown, Folder(name), training, here)
    for column in upload:
        with column:
            st.markdown("**A ZIP of one examination**")
            address = f"{UPLOADS}?study={shown.id}&training={int(training)}"
            limit = largest_upload()
            upload_field(key="upload", data={"address": address, "limit": limit}, on_sent_change=lambda: None)


def _ask(shown: Study, source: CasesOf, training: bool, here: Here) -> None:
    with problems_shown():
        ask_for_cases(here.service.store, shown.id, source, training, here.account.id)
