"""What stands around every page: who is signed in, the pages of their role, the way out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.auth_util import get_secrets_auth_section
from streamlit.navigation.page import Page

from reading.people.accounts import Account, Role
from web.access import page_account
from web.recognised import address_of_session
from web.routes.people import SIGN_IN, SIGN_OUT
from web.service import Service, service
from web.style import CSS_VARIABLES
from web.views import (
    log,
    new_study,
    open_reading,
    open_readings,
    people,
    read_case,
    results,
    studies,
    study,
    worklist,
)
from web.views.here import Here


@dataclass(frozen=True)
class View:
    """A page: its path in the address, its title there and, where it stands in it, in the navigation."""

    path: str
    title: str
    show: Callable[[Here], None]
    in_navigation: bool = True


_EVERYBODYS = (
    View("open-readings", "Open reading", open_readings.show),
    View("open-reading", "An open reading", open_reading.show, in_navigation=False),
)
_COORDINATORS = (
    View("studies", "Studies", studies.show),
    View("people", "People", people.show),
    View("log", "Log", log.show),
    *_EVERYBODYS,
    View("study", "Study", study.show, in_navigation=False),
    View("new-study", "New study", new_study.show, in_navigation=False),
)
_READERS = (
    View("worklist", "My studies", worklist.show),
    *_EVERYBODYS,
    View("read", "Read a case", read_case.show, in_navigation=False),
    View("results", "Results", results.show, in_navigation=False),
)
VIEWS: dict[Role, tuple[View, ...]] = {
    "coordinator": _COORDINATORS,
    "reader": _READERS,
    "expert": _READERS,
}
"""The pages of each role, its home first; a page of another role is none."""
_FOLDER = Path(__file__).parent
_LOGO, _ICON = (str(_FOLDER / f"{name}.svg") for name in ("logo", "icon"))
_STYLE = CSS_VARIABLES + (_FOLDER / "frame.css").read_text(encoding="utf-8")


def show_app() -> None:
    """Show the page that the address names; to somebody who is not signed in, only the way to do so."""
    st.set_page_config(page_title="Discern", page_icon=_ICON, layout="wide")
    st.html(f"<style>{_STYLE}</style>")
    st.logo(_LOGO, size="large")
    opened = service()
    # Asked on every run: a session may have ended, an account been disabled since the last one.
    signed_in = page_account(opened, st.context.cookies)
    if signed_in is None:
        _ask_to_sign_in(opened)
        return
    here = Here(opened, signed_in.account, {})
    here.pages.update({view.path: _page(view, here) for view in VIEWS[signed_in.account.role]})
    shown = st.navigation(list(here.pages.values()), position="top")
    _way_out(signed_in.account)
    shown.run()


def _page(view: View, here: Here) -> Page:
    return Page(
        partial(view.show, here),
        title=view.title,
        url_path=view.path,
        visibility="visible" if view.in_navigation else "hidden",
    )


def _ask_to_sign_in(opened: Service) -> None:
    """By name and password; where another server is configured (``st.login``), by it too."""
    st.navigation([Page(lambda: None, title="Sign in")], position="hidden")
    recognised = address_of_session(opened, st.user.to_dict(), st.context.cookies)
    if recognised or not get_secrets_auth_section():
        _go(recognised or SIGN_IN)
        return
    st.title("Discern", anchor=False)
    if st.user.is_logged_in:
        st.warning("No account here has your email address; ask the coordinator.")
    st.button("Sign in by your institution", type="primary", on_click=st.login)
    st.markdown(f"[Sign in with a name and a password]({SIGN_IN})")


def _go(address: str) -> None:
    """Streamlit answers by its socket alone, which cannot redirect."""
    st.html(f"<script>window.location.replace('{address}')</script>", unsafe_allow_javascript=True)
    st.markdown(f"You are not signed in. [Sign in]({address})")


def _way_out(account: Account) -> None:
    st.html(
        f'<form class="account" method="post" action="{SIGN_OUT}"><span>{escape(account.name)}</span>'
        '<button type="submit">Sign out</button></form>'
    )
