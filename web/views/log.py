"""The audit log."""

import json

import pandas as pd
import streamlit as st

from reading.people.audit import Entry, entries
from web.views.here import Here

_SHOWN = 500


def show(here: Here) -> None:
    st.title("Log", anchor=False)
    found = entries(here.service.store, limit=_SHOWN)
    st.caption(f"Who did what, the latest first; the last {_SHOWN} entries. Nothing is ever taken out of it.")
    st.dataframe(
        pd.DataFrame([_row(entry) for entry in found], columns=list(_COLUMNS)),
        hide_index=True,
        height="content" if len(found) < 20 else 680,
        column_config=_COLUMNS,
    )


_COLUMNS = {
    "when": st.column_config.DatetimeColumn("When (UTC)", format="YYYY-MM-DD HH:mm:ss", width="medium"),
    "who": st.column_config.TextColumn("Who", width="small"),
    "what": st.column_config.TextColumn("What", width="medium"),
    "subject": st.column_config.TextColumn("Of what", width="medium"),
    "detail": st.column_config.TextColumn("More", width="large"),
}


def _row(entry: Entry) -> dict[str, object]:
    detail = json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
    return {
        "when": entry.at,
        "who": entry.account or "",
        "what": entry.action,
        "subject": entry.subject,
        "detail": detail,
    }
