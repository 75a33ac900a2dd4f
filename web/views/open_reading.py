"""One open reading: the component shows it, by the app's own routes."""

import streamlit as st

from web.component import open_reading_page
from web.views.here import Here


def show(here: Here) -> None:
    reading = st.query_params.get("reading")
    if not reading:
        st.switch_page(here.pages["open-readings"])
    # Only that it is left comes this way; what is said of it never does.
    result = open_reading_page(
        key=f"open reading {reading}",
        data={"reading": reading, "base": ""},
        on_leave_change=lambda: None,
    )
    if result.leave:
        st.switch_page(here.pages["open-readings"])
