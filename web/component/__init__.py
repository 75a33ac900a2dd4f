"""The app's components: plain JavaScript, the files of each one after the other as one module."""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from web.style import CSS_VARIABLES

FOLDER = Path(__file__).parent
READING_SCRIPTS = (
    *("elements", "clock", "form", "keys", "sending", "panes"),
    *("form_view", "beside_view", "reading"),
)
"""Each may use those before it: Streamlit runs inline scripts, which can import nothing."""


def source(*names: str) -> str:
    """These scripts, one after the other."""
    return "\n".join((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in names)


def _component(name: str, scripts: tuple[str, ...]) -> ComponentRenderer:
    """Looks like ``<name>.css``."""
    styles = [(FOLDER / f"{style}.css").read_text(encoding="utf-8") for style in ("common", name)]
    return st.components.v2.component(
        f"discern_{name}",
        html=f'<div class="{name}"></div>',
        css="\n".join([CSS_VARIABLES, *styles]),
        js=source(*scripts),
    )


reading_page = _component("reading", READING_SCRIPTS)
upload_field = _component("upload", ("elements", "upload"))
