"""People whom another server has recognised (OpenID Connect, by ``st.login``): their page sends them on to a
session of ours, so that one credential opens everything."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from itsdangerous import BadData, URLSafeSerializer

from reading.people.accounts import account_with_email
from reading.people.sessions import TICKET_LIFE, SignInRefused, sign_in_by_ticket
from reading.people.tokens import new_token, token_digest
from web.service import Service

SESSION, TICKET = "/session", "ticket"
STREAMLIT_COOKIES = "_streamlit_user"
"""What the names of the cookies begin with in which Streamlit keeps whom it recognised."""


def address_of_session(service: Service, user: Mapping[str, Any], cookies: Mapping[str, str]) -> str | None:
    """Where the page of somebody recognised sends them, within a minute and once. ``user``: ``st.user``;
    ``cookies``: ``st.context.cookies``. None where nobody was recognised, or no account has their email."""
    email = user.get("email") if user.get("is_logged_in") else None
    # Some servers do not say; one that says no lets anybody claim any address.
    if not email or user.get("email_verified") in (False, "false") or not _browser(cookies):
        return None
    account = account_with_email(service.store, str(email))
    if account is None:
        return None
    content = [account.id, service.store.now().timestamp(), _browser(cookies), new_token()]
    return f"{SESSION}?{urlencode({TICKET: _signer(service).dumps(content)})}"


def session_of_ticket(service: Service, ticket: str, cookies: Mapping[str, str]) -> str:
    """Begin a session; its token. Raises SignInRefused where the ticket is not of this server, this browser
    and this minute, or was used."""
    try:
        account_id, issued, browser, _ = _signer(service).loads(ticket)
    except BadData:
        raise SignInRefused from None
    age = service.store.now().timestamp() - issued
    # A ticket of another browser would sign this one in as somebody else.
    if not 0 <= age <= TICKET_LIFE.total_seconds() or not secrets.compare_digest(browser, _browser(cookies)):
        raise SignInRefused
    return sign_in_by_ticket(service.store, account_id, token_digest(ticket))


def _browser(cookies: Mapping[str, str]) -> str:
    """A digest of what Streamlit gave this browser alone; empty where it gave nothing."""
    given = sorted((name, value) for name, value in cookies.items() if name.startswith(STREAMLIT_COOKIES))
    return hashlib.sha256(repr(given).encode()).hexdigest() if given else ""


def _signer(service: Service) -> URLSafeSerializer:
    return URLSafeSerializer(service.secret, salt="session")
