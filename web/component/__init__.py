"""The app's components: plain JavaScript, the files of each one after the other as one module."""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from web.style import CSS_VARIABLES

FOLDER = Path(__file__).parent
VIEWER_SCRIPTS = tuple(
    f"viewer/{name}"
    for name in ("geometry", "gray", "view", "overlay", "activation", "gestures", "pane", "toolbar", "viewer")
)
"""With ``elements`` and ``keys``."""
FORM_SCRIPTS = ("form", "keys", "disc_view", "form_view", "beside_view")
BOX_SCRIPTS = tuple(f"boxes/{name}" for name in ("edges", "boxed_form", "box_layer", "ai_boxes", "drawing"))
READING_SCRIPTS = (
    *("elements", "clock", "sending", *VIEWER_SCRIPTS, *FORM_SCRIPTS, *BOX_SCRIPTS),
    *("layout", "reading", "cases"),
)
"""Each may use those before it: Streamlit runs inline scripts, which can import nothing."""
READING_STYLES = ("viewer/viewer", "form", "boxes/boxes", "reading")

OPEN_READING_SCRIPTS = (
    *("elements", "sending", *VIEWER_SCRIPTS, *FORM_SCRIPTS, "boxes/edges", "boxes/box_layer", "layout"),
    *("open_progress", "open_layout", "open_fracture", "open_reading", "open_place"),
)
OPEN_READING_STYLES = ("viewer/viewer", "form", "reading", "open_reading")
UPLOAD_SCRIPTS = ("elements", "sending", "zip", "chosen", "upload")


def source(*names: str) -> str:
    """These scripts, one after the other."""
    return "\n".join((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in names)


def place_of(name: str) -> str:
    """The element that a component fills. At a click beside its fields it takes the focus, which the page
    around it would take otherwise, and the keys with it."""
    return f'<div class="{name}" tabindex="-1"></div>'


def _component(name: str, scripts: tuple[str, ...], styles: tuple[str, ...]) -> ComponentRenderer:
    sheets = [(FOLDER / f"{style}.css").read_text(encoding="utf-8") for style in ("common", *styles)]
    return st.components.v2.component(
        f"discern_{name}",
        html=place_of(name),
        css="\n".join([CSS_VARIABLES, *sheets]),
        js=source(*scripts),
    )


reading_page = _component("reading", READING_SCRIPTS, READING_STYLES)
open_reading_page = _component("open_reading", OPEN_READING_SCRIPTS, OPEN_READING_STYLES)
upload_field = _component("upload", UPLOAD_SCRIPTS, ("upload",))
