"""The audit log."""

from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from reading.people.audit import Entry, entries
from reading.study.log_names import names_of
from web.views.here import Here

_SHOWN = 500
_WORDS = {"assignments": "readings", "account": "who"}
_COLUMNS = {
    "when": st.column_config.DatetimeColumn("When (UTC)", format="YYYY-MM-DD HH:mm:ss", width="medium"),
    "who": st.column_config.TextColumn("Who", width="small"),
    "what": st.column_config.TextColumn("What", width="medium"),
    "subject": st.column_config.TextColumn("Of what", width="medium"),
    "detail": st.column_config.TextColumn("More", width="large"),
}


def show(here: Here) -> None:
    st.title("Log", anchor=False)
    found = entries(here.service.store, limit=_SHOWN)
    st.caption(f"Who did what, the latest first; the last {_SHOWN} entries. Nothing is ever taken out of it.")
    details = {value for entry in found for value in entry.detail.values() if isinstance(value, str)}
    names = names_of(here.service.store, details | {entry.subject for entry in found})
    st.dataframe(
        pd.DataFrame([_row(entry, names) for entry in found], columns=list(_COLUMNS)),
        hide_index=True,
        height="content" if len(found) < 20 else 680,
        column_config=_COLUMNS,
    )


def _row(entry: Entry, names: dict[str, str]) -> dict[str, object]:
    return {
        "when": entry.at,
        "who": entry.account or "",
        "what": entry.action,
        "subject": _named(entry.subject, names),
        "detail": _said(entry.detail, names),
    }


def _said(value: Any, names: dict[str, str]) -> str:
    """What is noted beside an entry, without the marks of JSON."""
    if isinstance(value, dict):
        parts = [
            (_WORDS.get(name, name.replace("_", " ")), _said(item, names)) for name, item in value.items()
        ]
        return ", ".join(f"{name} {said}" for name, said in parts if said)
    if isinstance(value, list):
        return " / ".join(_said(item, names) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _named(str(value), names)


def _named(said: str, names: dict[str, str]) -> str:
    """As people call it; an id that is nothing's any more says nothing to them."""
    return names.get(said, "" if _is_id(said) else said)


def _is_id(said: str) -> bool:
    try:
        return str(UUID(said)) == said
    except ValueError:
        return False
