"""Accounts: who there is, new ones, their links."""

import streamlit as st

from reading.people.accounts import ROLES, ListedAccount, Role, accounts, create_account, disable, enable
from reading.people.invitations import LIFE, invite, link
from web.views.here import Here, card, day, problems_shown

_LINK = "new link"


def show(here: Here) -> None:
    st.title("People", anchor=False)
    # Always there, so that what follows keeps its place.
    with st.container():
        _show_link()
    with st.form("new account", border=True, clear_on_submit=True):
        st.subheader("Invite somebody", anchor=False)
        name, role, email, way = st.columns([3, 2, 3, 1], vertical_alignment="bottom")
        given = name.text_input("Name", help="As they will type it to sign in.")
        chosen = role.selectbox("Role", ROLES)
        address = email.text_input("Email", help="Only where you sign in by another server.")
        if way.form_submit_button("Invite", type="primary", width="stretch"):
            _invite_new(here, given, chosen, address)
    for listed in accounts(here.service.store):
        with card(listed.account.id):
            _show(listed, here)


def _invite_new(here: Here, name: str, role: Role, email: str) -> None:
    with problems_shown():
        made = create_account(here.service.store, name, role, email or None, here.account)
        _keep_link(here, made.id, made.name)


def _keep_link(here: Here, account_id: str, name: str) -> None:
    """The token is known now alone; shown once, on the next run."""
    token = invite(here.service.store, account_id, here.account)
    st.session_state[_LINK] = (name, token)
    st.rerun()


def _show_link() -> None:
    if _LINK not in st.session_state:
        return
    name, token = st.session_state.pop(_LINK)
    # One element: else one person's name could stand above another's link while the page is drawn.
    with card("link"):
        st.markdown(
            f"The link for **{name}**. Send it to them alone: it is shown only now, works once, and for "
            f"{LIFE.days} days.\n\n```text\n{link(_origin(), token)}\n```"
        )


def _origin() -> str:
    url = st.context.url or ""
    return "/".join(url.split("/")[:3])


def _show(listed: ListedAccount, here: Here) -> None:
    account = listed.account
    who, state, renew, end = st.columns([3, 4, 1.2, 1.2], vertical_alignment="center")
    who.markdown(f"**{account.name}** &nbsp; {account.role}")
    state.caption(_state(listed))
    disabled = listed.state == "disabled"
    if renew.button("New link", key=f"link {account.id}", disabled=disabled, width="stretch"):
        with problems_shown():
            _keep_link(here, account.id, account.name)
    if end.button("Enable" if disabled else "Disable", key=f"end {account.id}", width="stretch"):
        with problems_shown():
            (enable if disabled else disable)(here.service.store, account.id, here.account)
            st.rerun()


def _state(listed: ListedAccount) -> str:
    seen = f"last here {day(listed.last_seen_at)}" if listed.last_seen_at else "never here yet"
    invited = f", link open until {day(listed.invited_until)}" if listed.invited_until else ""
    return f"{listed.state}; {seen}{invited}"
