"""Somebody's open readings, and the field by which a new one is sent."""

from pathlib import Path

import streamlit as st

from axial.models import PHANTOM_MODELS
from errors import BadInputError
from reading.jobs.open_reading import open_reading_models
from reading.open.fractures import UnreadableFracture, kept_fracture
from reading.open.kept_result import final_result
from reading.open.open_readings import OpenReading, folder_of, open_readings, remove
from reporting.fracture import fracture_in_short
from reporting.impression import by_reader, main_findings
from reporting.wording import capital, sentence
from web.component import upload_field
from web.routes.cases import UPLOADS, largest_upload
from web.views.here import Here, card, day, empty

_LOOK_SECONDS = 2.0
_PHANTOMS = (
    "The models on this server were trained on phantoms alone: for trying out. "
    "What they say of a patient means nothing."
)


def show(here: Here) -> None:
    st.title("Open reading", anchor=False)
    st.caption(
        "The AI reads an examination beside all studies. You correct it, and take the report with you. "
        "The patient's name is taken out at once; nobody but you sees it here."
    )
    if open_reading_models().resolve() == PHANTOM_MODELS.resolve():
        st.warning(_PHANTOMS)
    sent = upload_field(
        key="upload",
        data={"address": UPLOADS, "limit": largest_upload()},
        on_sent_change=lambda: None,
    )
    if sent.sent:
        _go_to(here, sent.sent)
    st.subheader("Your open readings", anchor=False)
    following = _is_unfinished(open_readings(here.service.store, here.account.id))
    st.fragment(_list, run_every=_LOOK_SECONDS if following else None)(here, following)


def _is_unfinished(found: list[OpenReading]) -> bool:
    return any(not reading.ended for reading in found)


def _list(here: Here, following: bool) -> None:
    """Looked at again every few seconds as long as there is something to wait for."""
    found = open_readings(here.service.store, here.account.id)
    if following and not _is_unfinished(found):
        st.rerun()
    if not found:
        empty("There is none yet.", "Send the folder of an examination, or its ZIP, by the field above.")
    for reading in found:
        with card(reading.id):
            _show(reading, here)


def _show(reading: OpenReading, here: Here) -> None:
    words, way, away = st.columns([6, 1, 1], vertical_alignment="center")
    with words:
        st.markdown(f"**{day(reading.created_at)}** &nbsp; {_state(reading)}")
        st.caption(_said(reading, here))
    if way.button("Open", key=f"open {reading.id}", width="stretch"):
        _go_to(here, reading.id)
    with away.popover("Remove", width="stretch", key=f"away {reading.id}"):
        st.markdown("Its pictures, what the AI says and what you corrected are removed for good.")
        if st.button("Remove it", key=f"remove {reading.id}", type="primary"):
            remove(here.service.store, here.service.data, here.account.id, reading.id)
            st.rerun(scope="fragment")


def _state(reading: OpenReading) -> str:
    colours = {"waiting": ("gray", "waits"), "running": ("blue", "being read"), "failed": ("red", "not read")}
    colour, word = colours.get(reading.state, ("green", "read"))
    return f":{colour}-badge[{word}]"


def _said(reading: OpenReading, here: Here) -> str:
    """What was found, how far it has come, or why it was not read."""
    if reading.state == "waiting":
        return f"{reading.before} before it." if reading.before else "It is next."
    if reading.state == "running":
        return f"{capital(reading.stage)}…"
    if reading.state == "failed":
        return sentence(reading.problem)
    folder = folder_of(here.service.data, reading.id)
    try:
        result = final_result(folder)
    except (FileNotFoundError, BadInputError):
        return "Its files cannot be read any more; remove it and send the examination again."
    return " ".join((*main_findings(result), *_of_fracture(folder), *by_reader(result)))


def _of_fracture(folder: Path) -> tuple[str, ...]:
    """A sentence where a vertebra is marked."""
    try:
        kept = kept_fracture(folder)
    except UnreadableFracture as unreadable:
        return (sentence(unreadable.reason),)
    return (fracture_in_short(kept.result),) if kept else ()


def _go_to(here: Here, reading_id: str) -> None:
    st.switch_page(here.pages["open-reading"], query_params={"reading": reading_id})
