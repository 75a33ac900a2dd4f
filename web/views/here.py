"""What every page works with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import streamlit as st
from streamlit.navigation.page import Page

from reading.people.accounts import Account
from web.service import Service


@dataclass(frozen=True)
class Here:
    """``account``: whose page it is. ``pages``: all that are theirs, by their path."""

    service: Service
    account: Account
    pages: dict[str, Page]


@contextmanager
def problems_shown() -> Iterator[None]:
    """What a room refuses is shown as its sentence."""
    try:
        yield
    except ValueError as problem:
        said = str(problem).rstrip(".")
        st.error(f"{said[0].upper()}{said[1:]}.")


def day(time: datetime) -> str:
    return f"{time:%-d %B %Y, %H:%M} UTC"
