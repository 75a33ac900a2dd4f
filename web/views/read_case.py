"""Reading one case: the component does it, by the app's own routes."""

import streamlit as st

from web.component import reading_page
from web.views.here import Here


def show(here: Here) -> None:
    assignment = st.query_params.get("assignment")
    if not assignment:
        st.switch_page(here.pages["worklist"])
    # Only "which one next" comes this way; what is read never does.
    result = reading_page(
        key=f"reading {assignment}",
        data={"assignment": assignment, "base": ""},
        on_go_change=lambda: None,
    )
    if result.go is None:
        return
    if result.go["assignment"] is None:
        st.switch_page(here.pages["worklist"])
    st.query_params["assignment"] = result.go["assignment"]
    st.rerun()
