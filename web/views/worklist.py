"""A reader's and an expert's studies, and the way to the next case."""

import streamlit as st

from reading.jobs.study_jobs import demo_job
from reading.study.worklist import WorkItem, worklist
from web.views.here import Here, card, day, empty

_LOOK_SECONDS = 2.0


def show(here: Here) -> None:
    st.title("My studies", anchor=False)
    items = worklist(here.service.store, here.account.id)
    if not items:
        _wait(here)
    for item in items:
        with card(item.study):
            _show(item, here)


@st.fragment(run_every=_LOOK_SECONDS)
def _wait(here: Here) -> None:
    """Until there is a study."""
    if worklist(here.service.store, here.account.id):
        st.rerun()
    if demo_job(here.service.store):
        empty("The demo study is being made.", "It appears here in about a minute.")
    else:
        empty("You take part in no study yet.", "The coordinator adds you to one; it then appears here.")


def _show(item: WorkItem, here: Here) -> None:
    words, way = st.columns([3, 1], vertical_alignment="center")
    with words:
        st.subheader(item.title, anchor=False)
        st.caption(f"You are {item.code}")
        share = item.committed / item.planned if item.planned else 0.0
        st.progress(share, f"{item.committed} of {item.planned} readings")
    with way:
        if item.next is not None:
            if st.button("Read the next case", key=item.study, type="primary", width="stretch"):
                st.switch_page(here.pages["read"], query_params={"assignment": item.next})
        elif item.results_open:
            if st.button("Results", key=f"results {item.study}", width="stretch"):
                st.switch_page(here.pages["results"], query_params={"study": item.study})
        else:
            st.markdown(_why_not(item))


def _why_not(item: WorkItem) -> str:
    if item.state == "closed":
        return "This study is closed."
    if item.opens_at is not None:
        return f"The second part begins on **{day(item.opens_at)}**."
    if item.role == "expert":
        return "Nothing to read for now."
    return "You have read everything. Thank you."
