"""How far a study has been read, as its coordinator sees it."""

import pandas as pd
import streamlit as st

from reading.study.arm_progress import progress_by_arm
from reading.study.studies import Study
from web.views.here import Here, day


def show_progress(shown: Study, here: Here) -> bool:
    """Who has read how much in which arm, and when last; whether anything is read."""
    with here.service.store.read() as connection:
        read = progress_by_arm(connection, shown.id)
    st.dataframe(
        pd.DataFrame(
            {
                "who": [item.code for item in read],
                "arm": [item.arm for item in read],
                "share": [item.committed / item.planned for item in read],
                "readings": [f"{item.committed} of {item.planned}" for item in read],
                "last": [day(item.last_at) if item.last_at else "" for item in read],
            }
        ),
        hide_index=True,
        column_config={
            "who": "Who",
            "arm": "Arm",
            "share": st.column_config.ProgressColumn("Read", format="percent"),
            "readings": "Readings",
            "last": "The last one",
        },
    )
    return any(item.committed for item in read)
