"""All studies."""

import streamlit as st

from reading.study.studies import Study, studies
from web.views.here import DESIGN_WORDS, Here, card, empty

_STATES = {"draft": "gray", "open": "green", "closed": "blue"}


def show(here: Here) -> None:
    heading, way = st.columns([5, 1], vertical_alignment="center")
    heading.title("Studies", anchor=False)
    if way.button("New study", type="primary", icon=":material/add:", width="stretch"):
        st.switch_page(here.pages["new-study"])
    found = studies(here.service.store)
    if not found:
        empty("There is no study yet.", "Make the first one: press New study.")
    for study in found:
        with card(study.id):
            _show(study, here)


def _show(study: Study, here: Here) -> None:
    words, way = st.columns([5, 1], vertical_alignment="center")
    words.markdown(f"**{study.title}** &nbsp; :{_STATES[study.state]}-badge[{study.state}]")
    words.caption(f"{DESIGN_WORDS[study.design.kind]}, made {study.created_at:%-d %B %Y}")
    if way.button("Go to it", key=study.id, width="stretch"):
        st.switch_page(here.pages["study"], query_params={"study": study.id})
