"""Signing in and out, and invitations: plain pages without scripts."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from reading.people import invitations, passwords
from reading.people.sessions import SignInRefused, begin_session, end_session, session_of, sign_in
from web.access import SESSION_COOKIE, Visit, unguarded
from web.recognised import SESSION, STREAMLIT_COOKIES, TICKET, session_of_ticket
from web.service import Service
from web.style import CSS_VARIABLES

HOME, SIGN_IN, SIGN_OUT, INVITATION = "/", "/sign-in", "/sign-out", "/invitation/{token}"
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)
_POLICY = (
    "default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def routes(service: Callable[[], Service]) -> list[Route]:
    return [
        unguarded(SIGN_IN, _ask_to_sign_in, service),
        unguarded(SIGN_IN, _sign_in, service, methods=("POST",)),
        unguarded(SIGN_OUT, _sign_out, service, methods=("POST",)),
        unguarded(INVITATION, _ask_for_password, service),
        unguarded(INVITATION, _accept, service, methods=("POST",)),
        unguarded(SESSION, _recognised, service),
    ]


def _ask_to_sign_in(visit: Visit) -> Response:
    if session_of(visit.service.store, visit.token) is not None:
        return _go(HOME)
    return _sign_in_page()


def _sign_in(visit: Visit) -> Response:
    name = visit.form.get("name", "")
    try:
        token = sign_in(visit.service.store, name, visit.form.get("password", ""))
    except SignInRefused as refused:
        return _sign_in_page(403, name, str(refused))
    return _let_in(visit, token)


def _sign_out(visit: Visit) -> Response:
    """Streamlit forgets whom it recognised, too; else its pages would sign them in again."""
    end_session(visit.service.store, visit.token)
    response = _go(SIGN_IN)
    for name in visit.cookies:
        if name == SESSION_COOKIE or name.startswith(STREAMLIT_COOKIES):
            response.delete_cookie(name, httponly=True)
    return response


def _recognised(visit: Visit) -> Response:
    try:
        token = session_of_ticket(visit.service, visit.query.get(TICKET, ""), visit.cookies)
    except SignInRefused as refused:
        return _sign_in_page(403, problem=str(refused))
    return _let_in(visit, token)


def _ask_for_password(visit: Visit) -> Response:
    try:
        account = invitations.invited(visit.service.store, visit.path["token"])
    except invitations.InvitationEnded as ended:
        return _page(410, heading="This link has ended", sentence=str(ended), fields=())
    return _password_page(account.name)


def _accept(visit: Visit) -> Response:
    store, password = visit.service.store, visit.form.get("password", "")
    try:
        account = invitations.invited(store, visit.path["token"])
        if password != visit.form.get("again", ""):
            return _password_page(account.name, "The two are not the same; type them again.")
        account = invitations.accept(store, visit.path["token"], password)
    except invitations.InvitationEnded:
        return _ask_for_password(visit)
    except ValueError as problem:
        return _password_page(account.name, _sentence(problem))
    with store.write() as connection:
        token = begin_session(connection, store.now(), account.id)
    return _let_in(visit, token)


def _let_in(visit: Visit, token: str) -> Response:
    """With this session, instead of the one that the browser may have had."""
    end_session(visit.service.store, visit.token)
    response = _go(HOME)
    response.set_cookie(SESSION_COOKIE, token, httponly=True, samesite="strict", secure=visit.secure)
    return response


def _go(path: str) -> Response:
    return RedirectResponse(path, status_code=303)


def _sign_in_page(status: int = 200, name: str = "", problem: str = "") -> Response:
    return _page(status, heading="Sign in", fields=("name", "password"), name=name, problem=problem)


def _password_page(name: str, problem: str = "") -> Response:
    return _page(
        422 if problem else 200,
        heading=f"Welcome, {name}",
        sentence=f"Choose a password: {passwords.RULE}.",
        fields=("new password", "again"),
        name=name,
        problem=problem,
    )


def _sentence(problem: ValueError) -> str:
    said = str(problem)
    return said[0].upper() + said[1:] + "."


def _page(status: int, **shown: Any) -> Response:
    nonce = secrets.token_urlsafe(16)
    empty = {"sentence": "", "name": "", "problem": ""}
    given = {**empty, **shown, "nonce": nonce, "css_variables": CSS_VARIABLES}
    content = _PAGES.get_template("people.html").render(given)
    return HTMLResponse(content, status, {"Content-Security-Policy": _POLICY.format(nonce=nonce)})
