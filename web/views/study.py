"""One study: its design, people and cases; opening, progress, closing, export, results."""

import streamlit as st

from annotation.labels import LUMBAR
from reading.people.accounts import accounts
from reading.study.studies import (
    Study,
    add_member,
    close_study,
    members,
    open_study,
    remove_member,
    study,
)
from web.routes.studies import EXPORT
from web.views.here import DESIGN_WORDS, Here, empty, problems_shown
from web.views.progress import show_progress
from web.views.results import show_results
from web.views.study_cases import show_cases


def show(here: Here) -> None:
    shown = None
    with problems_shown():
        shown = study(here.service.store, st.query_params.get("study", ""))
    if shown is None:
        return
    st.title(shown.title, anchor=False)
    _design(shown)
    people, cases, reading, results = st.tabs(["People", "Cases", "Reading", "Results"])
    with people:
        _people(shown, here)
    with cases:
        show_cases(shown, here)
    with reading:
        _reading(shown, here)
    with results:
        show_results(shown, here)


def _design(shown: Study) -> None:
    design = shown.design
    washout = f", washout {design.washout_weeks:g} weeks" if design.kind == "crossover" else ""
    discs = "" if design.grading is LUMBAR else f"{design.label_set} · "
    cases = "single pictures · " if design.boxes else ""
    reference = "three experts" if design.reference == "experts" else "files"
    asked = ["slips"] * design.slip + ["likelihoods"] * design.likelihoods
    st.caption(
        f"{shown.state} · {discs}{cases}{DESIGN_WORDS[design.kind]}{washout} · "
        f"right is what {reference} say · asked: {', '.join((*design.verdicts, *asked))} · seed {design.seed}"
    )
    st.caption(f"Analysis plan, SHA-256 `{shown.plan_sha256}`")


def _people(shown: Study, here: Here) -> None:
    store = here.service.store
    with store.read() as connection:
        there = members(connection, shown.id)
    draft = shown.state == "draft"
    if not there:
        empty("Nobody takes part yet.", "Add readers; three experts too where they say what is right.")
    for member in there:
        who, away = st.columns([5, 1], vertical_alignment="center")
        who.markdown(f"**{member.code}** &nbsp; {member.name}")
        if draft and away.button("Remove", key=f"remove {member.account}", width="stretch"):
            with problems_shown():
                remove_member(store, here.account, shown.id, member.account)
                st.rerun()
    if draft:
        _add_people(shown, {member.account for member in there}, here)


def _add_people(shown: Study, there: set[str], here: Here) -> None:
    names = {
        item.account.id: f"{item.account.name} ({item.account.role})"
        for item in accounts(here.service.store)
        if item.account.id not in there and item.account.role != "coordinator" and item.state != "disabled"
    }
    if not names:
        st.caption("Nobody else to add: invite readers and experts on the page People.")
        return
    with st.form("add members"):
        chosen = st.multiselect(
            "Add", list(names), format_func=names.__getitem__, placeholder="Choose people"
        )
        if st.form_submit_button("Add to the study", type="primary"):
            with problems_shown():
                for account_id in chosen:
                    add_member(here.service.store, here.account, shown.id, account_id)
                st.rerun()


def _reading(shown: Study, here: Here) -> None:
    if shown.state == "draft":
        _open(shown, here)
        return
    read = show_progress(shown, here)
    export, end = st.columns([5, 1])
    if not read:
        export.caption("Once something is read, the readings can be downloaded here.")
    else:
        export.link_button("Download the export", EXPORT.format(study=shown.id), type="primary")
    if shown.state == "open":
        with end.popover("Close the study", width="stretch"):
            st.markdown("Nobody reads any more then, and it cannot be opened again.")
            if st.button("Close it for good"):
                with problems_shown():
                    close_study(here.service.store, here.account, shown.id)
                    st.rerun()


def _open(shown: Study, here: Here) -> None:
    st.markdown(
        "Opening writes every reader's order and begins the reading. Nothing of the study, neither its plan "
        "nor its cases nor its people, can be changed after that."
    )
    if st.button("Open the study", type="primary"):
        with problems_shown():
            open_study(here.service.store, here.account, shown.id)
            st.rerun()
