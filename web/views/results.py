"""The results of a study: in its coordinator's hands on the study's page, and as its members see them."""

from pathlib import Path

import streamlit as st

from reading.jobs.queue import Job
from reading.jobs.study_jobs import results_job
from reading.jobs.work import ask_for_results
from reading.report.files import PAGE, PAPER
from reading.study.results import (
    EVERYTHING,
    Results,
    ShownSection,
    may_see_results,
    open_results,
    results_of,
)
from reading.study.studies import Study
from reading.study.worklist import worklist
from web.routes.results import RESULTS
from web.views.here import Here, day, problems_shown
from web.views.progress import show_progress

_LOOK_SECONDS = 1.0
_NO_INTERIM_LOOK = (
    "No accuracy is shown before the study is closed: whoever saw it on the way could stop when it pleases, "
    "and readers who heard of it would read differently."
)
_STYLE = (Path(__file__).parent / "results.css").read_text(encoding="utf-8")


def show(here: Here) -> None:
    """The page of a member."""
    study = st.query_params.get("study", "")
    with here.service.store.read() as connection:
        allowed = may_see_results(connection, here.account, study)
    found = results_of(here.service.data, study) if allowed else None
    items = [item for item in worklist(here.service.store, here.account.id) if item.study == study]
    if found is None or not items:
        st.title("Results", anchor=False)
        st.info("There are no results here yet. The coordinator opens them; they then appear at My studies.")
        return
    st.title(items[0].title, anchor=False)
    st.caption(f"You are {items[0].code}")
    _show(study, found)


def show_results(shown: Study, here: Here) -> None:
    """What the coordinator sees and does, on the page of the study."""
    if shown.state != "closed":
        if shown.state == "open":
            show_progress(shown, here)
        st.caption(_NO_INTERIM_LOOK)
        return
    job, found = results_job(here.service.store, shown.id), results_of(here.service.data, shown.id)
    if job is not None and not job.ended:
        _follow(shown, here)
        return
    if job is not None and job.state == "failed":
        st.warning(f"The results could not be computed: {job.problem.rstrip('.')}.")
    if shown.results_open:
        st.caption("Open: every member of the study sees what follows, under the readers' codes.")
    else:
        _decide(shown, job, found, here)
    if found is not None:
        _show(shown.id, found)


def _decide(shown: Study, job: Job | None, found: Results | None, here: Here) -> None:
    words, compute, share = st.columns([3, 1, 1], vertical_alignment="center")
    if found is None:
        words.markdown(
            "The study is closed. Its readings can now be compared, by the plan that was fixed before."
        )
    else:
        words.markdown("Only coordinators see this, until the results are opened.")
    verb = "Compute again" if found else "Compute the results" if job is None else "Try again"
    if compute.button(verb, type="secondary" if found else "primary", width="stretch"):
        ask_for_results(here.service.store, shown.id, here.account.id)
        st.rerun()
    if found is None:
        return
    with share.popover("Open the results", type="primary", width="stretch"):
        st.markdown(
            "Every member of the study sees them then, under the readers' codes, and they stay as they are."
        )
        if st.button("Open them to all members", type="primary"):
            with problems_shown():
                open_results(here.service.store, here.service.data, here.account, shown.id)
                st.rerun()


@st.fragment(run_every=_LOOK_SECONDS)
def _follow(shown: Study, here: Here) -> None:
    """Until the job has ended."""
    job = results_job(here.service.store, shown.id)
    if job is None or job.ended:
        st.rerun()
    stage = job.stage or "waiting for the worker"
    st.info(f"The results are being computed: {stage} …", icon=":material/hourglass_top:")


def _show(study: str, results: Results) -> None:
    st.html(f"<style>{_STYLE}</style>")
    for sentence in results.notes:
        st.warning(sentence)
    about, *ways = st.columns([3, 1, 1, 1], vertical_alignment="center")
    about.caption(f"{results.lead} Computed on {day(results.computed_at)}.")
    files = (("Full report", PAGE), ("Report as PDF", PAPER), ("Everything as CSV", EVERYTHING))
    for way, (words, name) in zip(ways, files, strict=True):
        way.link_button(words, RESULTS.format(study=study, file=name), width="stretch")
    first, *others = results.sections
    _show_section(first)
    for tab, section in zip(st.tabs([section.title for section in others]), others, strict=True):
        with tab:
            _show_section(section)


def _show_section(section: ShownSection) -> None:
    mark = f"<span class='mark'>{section.mark}</span>" if section.mark else ""
    st.html(f"<section class='result'><h2>{section.title}{mark}</h2>{section.html}</section>")
