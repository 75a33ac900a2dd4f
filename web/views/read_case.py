"""Reading one case after the other: the component does it, by the app's own routes."""

import streamlit as st

from web.component import reading_page
from web.views.here import Here


def show(here: Here) -> None:
    assignment = st.query_params.get("assignment")
    if not assignment:
        st.switch_page(here.pages["worklist"])
    # Only that it is left comes this way; what is read never does.
    result = reading_page(
        key="reading",
        data={"assignment": assignment, "base": ""},
        on_leave_change=lambda: None,
    )
    if result.leave:
        st.switch_page(here.pages["worklist"])
