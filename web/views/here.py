"""What every page works with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import Page

from reading.people.accounts import Account
from reading.study.design import Kind
from web.service import Service

DESIGN_WORDS: dict[Kind, str] = {
    "standalone": "AI alone against readers",
    "sequential": "without, then with the AI",
    "crossover": "two periods",
}


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


def card(name: str) -> DeltaGenerator:
    """The frame around one thing of a list; ``name``: which, no other on the page is called so."""
    return st.container(border=True, key=f"card-{name}")


def empty(fact: str, what_to_do: str) -> None:
    """In the place of what is not there yet."""
    st.html(f'<div class="empty"><b>{escape(fact)}</b><span>{escape(what_to_do)}</span></div>')
