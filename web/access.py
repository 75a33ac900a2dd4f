"""Who may call a route. Every route is made here: ``guarded`` for people signed in, ``unguarded`` for the few
that let them in. ``page_account`` is the same question for a page."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, to_thread
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reading.people.accounts import ROLES, Account, Role
from reading.people.sessions import SignedIn, session_of
from reading.store.tables import assignments
from web.service import Service

SESSION_COOKIE = "discern_session"
LARGEST_BODY = 2**20
"""Bytes of a body that is no upload."""
EVERYBODY: frozenset[Role] = frozenset(ROLES)
READERS: frozenset[Role] = frozenset({"reader", "expert"})
_STRANGERS = 4
"""Threads for people not signed in: however many try passwords, those who read have all the others."""
_LARGEST_FORM = 2**14
_MOST_FIELDS = 16
_TICKET, _ASSIGNMENT = "ticket", "assignment"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    # With "no-referrer" a browser would post our own forms as if from nowhere.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_log = logging.getLogger(__name__)


class RefusedError(Exception):
    """A request that is not answered: its HTTP status, and a sentence for who asked."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        self.sentence = sentence
        super().__init__(sentence)


@dataclass(frozen=True)
class Call:
    """A request by somebody signed in. ``session``: the digest of the session's token. ``query``: what its
    address says behind the path."""

    service: Service
    account: Account
    session: str = field(repr=False)
    path: dict[str, Any]
    body: bytes = field(repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    def json(self) -> dict[str, Any]:
        """The body. Raises RefusedError where it is no JSON object, or its ticket is not of this session and
        the assignment of the path."""
        try:
            content = json.loads(self.body, parse_constant=_no_number)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise RefusedError(400, "the page sent something that cannot be read; reload it")
        if not _ticket_fits(self, str(content.pop(_TICKET, ""))):
            raise RefusedError(403, "this page is no longer valid; reload it")
        return content

    def ticket(self, assignment: str = "") -> str:
        """What the page of an assignment, or a page of none, must send back with everything it posts."""
        return _signer(self.service).dumps([self.session, assignment])


@dataclass(frozen=True)
class Visit:
    """A request by anybody. ``token``: of the session that its cookie names, whether or not there is one;
    ``secure``: whether it came by https."""

    service: Service
    token: str = field(repr=False)
    path: dict[str, Any] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    form: dict[str, str] = field(repr=False)
    cookies: dict[str, str] = field(repr=False)
    secure: bool


class GuardedRoute(Route):
    """A route for people signed in with one of its ``roles``."""

    def __init__(self, path: str, endpoint: Any, methods: Collection[str], roles: Collection[Role]) -> None:
        super().__init__(path, endpoint, methods=list(methods), name=path)
        self.roles = frozenset(roles)
        # Starlette adds it to GET; an answer that notes who has seen it is no answer to HEAD.
        self.methods = set(methods)


def guarded(
    path: str,
    answer: Callable[[Call], Response],
    service: Callable[[], Service],
    roles: Collection[Role] = EVERYBODY,
    methods: Collection[str] = ("GET",),
) -> GuardedRoute:
    """A route for people signed in with one of these roles; its ``answer`` runs in a thread.

    401 without a session, 403 for another role or from another site's page, 404 for an assignment of somebody
    else, 413 where the body is too large, and what ``answer`` raises as RefusedError.
    """

    async def respond(request: Request) -> Response:
        call = await _call(request, service(), roles)
        return await run_in_threadpool(answer, replace(call, body=await limited_body(request)))

    return GuardedRoute(path, _endpoint(respond), methods, roles)


def guarded_upload(
    path: str,
    receive: Callable[[Call, Request], Awaitable[Response]],
    service: Callable[[], Service],
    roles: Collection[Role] = EVERYBODY,
) -> GuardedRoute:
    """A route like ``guarded`` to which a large body is posted: ``receive`` takes it part by part from the
    request, and sees to its limit."""

    async def respond(request: Request) -> Response:
        return await receive(await _call(request, service(), roles), request)

    return GuardedRoute(path, _endpoint(respond), ("POST",), roles)


def unguarded(
    path: str,
    answer: Callable[[Visit], Response],
    service: Callable[[], Service],
    methods: Collection[str] = ("GET",),
) -> Route:
    """A route for anybody; forms are taken from this site's own pages alone."""
    threads = CapacityLimiter(_STRANGERS)

    async def respond(request: Request) -> Response:
        form = {}
        if request.method not in ("GET", "HEAD"):
            _refuse_other_sites(request)
            form = _form(await limited_body(request, _LARGEST_FORM))
        visit = Visit(
            service(),
            request.cookies.get(SESSION_COOKIE, ""),
            dict(request.path_params),
            dict(request.query_params),
            form,
            request.cookies,
            request.url.scheme == "https",
        )
        return await to_thread.run_sync(answer, visit, limiter=threads)

    return Route(path, _endpoint(respond), methods=list(methods), name=path)


def page_account(service: Service, cookies: Mapping[str, str]) -> SignedIn | None:
    """Who looks at a page, by its cookies (``st.context.cookies``); to be asked on every run of the page,
    because a session may have ended meanwhile. None: send them to /sign-in."""
    return session_of(service.store, cookies.get(SESSION_COOKIE, ""))


async def limited_body(request: Request, limit: int = LARGEST_BODY) -> bytes:
    """Raises RefusedError where it is larger."""
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise RefusedError(413, f"more than {limit >> 10} KB, which is too much; shorten the remarks")
            parts.append(part)
    except ClientDisconnect:
        raise RefusedError(400, "the request broke off; send it again") from None
    return b"".join(parts)


async def _call(request: Request, service: Service, roles: Collection[Role]) -> Call:
    """Who asks for what, before the body is read."""
    signed_in = await run_in_threadpool(page_account, service, request.cookies)
    if signed_in is None:
        raise RefusedError(401, "sign in first")
    if signed_in.account.role not in roles:
        raise RefusedError(403, "your account may not do this; ask the coordinator")
    _refuse_other_sites(request)
    path, query = dict(request.path_params), dict(request.query_params)
    call = Call(service, signed_in.account, signed_in.digest, path, b"", query)
    if not await run_in_threadpool(_may_be_theirs, call):
        raise RefusedError(404, "there is no such reading of yours; go back to My studies")
    return call


def _may_be_theirs(call: Call) -> bool:
    """Whether no assignment is named, or one of the account's own: asked here, that no route forgets it."""
    # PostgreSQL takes no NUL.
    if any("\0" in str(value) for value in call.path.values()):
        return False
    if _ASSIGNMENT not in call.path:
        return True
    own = select(assignments.c.id).where(
        assignments.c.id == call.path[_ASSIGNMENT], assignments.c.account == call.account.id
    )
    with call.service.store.read() as connection:
        return connection.execute(own).first() is not None


def _endpoint(respond: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """Every refusal and every fault is answered with a sentence."""

    async def endpoint(request: Request) -> Response:
        try:
            response: Response = await respond(request)
        except RefusedError as refused:
            response = JSONResponse({"error": refused.sentence}, refused.status)
        except Exception as fault:
            # Its message may quote what was sent or stored.
            trace = "".join(traceback.format_tb(fault.__traceback__))
            _log.error("a request failed: %s\n%s", type(fault).__name__, trace)
            response = JSONResponse({"error": "the server failed; try again"}, 500)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return endpoint


def _refuse_other_sites(request: Request) -> None:
    """A browser says whose page sent a request: by Sec-Fetch-Site, or, without https, by Origin. What sends
    neither is no browser, and carries nobody's cookies but its own."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = (
        site not in ("same-origin", "none")
        if site is not None
        else origin is not None and origin.partition("://")[2] != request.headers.get("host", "")
    )
    if foreign:
        raise RefusedError(403, "sent by a page of another site; open this one and try again")


def _form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise RefusedError(400, "the page sent something that cannot be read; reload it") from None


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def _ticket_fits(call: Call, ticket: str) -> bool:
    try:
        return bool(_signer(call.service).loads(ticket) == [call.session, call.path.get(_ASSIGNMENT, "")])
    except BadData:
        return False


def _signer(service: Service) -> URLSafeSerializer:
    return URLSafeSerializer(service.secret, salt="ticket")
