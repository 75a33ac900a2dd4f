"""Every route of the app, taken from the app itself, called by those who may not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import uuid4

import httpx
import pytest
from reading_app import app_service, client, signed_in_client
from small_reader_study import SmallStudy, new_account, new_session, small_study
from sqlalchemy import func, select
from starlette.routing import Route
from starlette.testclient import TestClient

from reading.jobs.queue import ask
from reading.open.open_readings import OPEN_READING
from reading.people.accounts import ROLES, Account, Role, disable
from reading.people.sessions import end_session
from reading.report.files import PAGE
from reading.store import tables
from web.access import SESSION_COOKIE, Call, GuardedRoute, page_account
from web.routes import all_routes, open_readings
from web.routes.results import RESULTS
from web.service import Service

PUBLIC = {
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-out"),
    ("GET", "/invitation/{token}"),
    ("POST", "/invitation/{token}"),
    ("GET", "/session"),
}
"""Routes that let people in and out; whoever adds one says here that nothing of a study is behind it."""
NOT_FOR_COORDINATORS_ALONE = {"/api/uploads", "/api/jobs/{job}", RESULTS} | {
    route.path for route in open_readings.routes(lambda: pytest.fail("asked for the store"))
}
"""Guarded paths that are neither an assignment's nor the coordinator's."""


OWNED = {"assignment", "job", "reading"}
"""What in a path is one person's alone."""


def nowhere() -> Service:
    raise AssertionError("asked for the store while the routes were made")


ROUTES = all_routes(nowhere)
CALLS = [(method, route) for route in ROUTES for method in sorted(route.methods - {"HEAD"})]
GUARDED = [(method, route) for method, route in CALLS if isinstance(route, GuardedRoute)]


def named(calls: list[tuple[str, Route]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("method", "route"), calls, ids=[f"{method} {route.path}" for method, route in calls]
    )


each_guarded = named(GUARDED)
each_of_an_assignment = named([call for call in GUARDED if "assignment" in call[1].param_convertors])
each_of_its_owner = named([call for call in GUARDED if OWNED & set(call[1].param_convertors)])
each_post_of_an_assignment = named(
    [call for call in GUARDED if "assignment" in call[1].param_convertors and call[0] == "POST"]
)


@dataclass(frozen=True)
class Scene:
    """A study in which ``owner`` and ``other`` read, and what may stand in a path: all of it the owner's."""

    study: SmallStudy
    service: Service
    owner: Account
    other: Account
    objects: dict[str, object]

    def path(self, route: Route) -> str:
        unknown = set(route.param_convertors) - set(self.objects)
        assert not unknown, f"say in this test what may stand for {unknown}"
        return str(
            route.url_path_for(route.name, **{name: self.objects[name] for name in route.param_convertors})
        )

    def call(self, browser: TestClient, method: str, route: Route, ticket: str = "") -> httpx.Response:
        sent = {"ticket": ticket, "id": str(uuid4()), "kind": "draft", "reason": "mistyped", **A_READ}
        return browser.request(method, self.path(route), json=sent if method != "GET" else None)

    def ticket(self, browser: TestClient, assignment: object) -> str:
        """What the server would give to the page of this browser."""
        signed_in = page_account(self.service, dict(browser.cookies))
        return Call(self.service, signed_in.account, signed_in.digest, {}, b"").ticket(str(assignment))

    def kept(self) -> dict[str, int]:
        """The rows of everything that a reader's page may write."""
        written = (tables.events, tables.readings, tables.findings, tables.jobs, tables.cases, tables.studies)
        with self.study.store.read() as connection:
            return {t.name: connection.scalar(select(func.count()).select_from(t)) for t in written}


A_READ = {
    "sequence": 1,
    "form": {"discs": {}, "remark": ""},
    "active_ms": 10,
    "idle_ms": 0,
    "client_ms": 10.0,
}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("access")
    study = small_study(folder, readers=2, cases=2)
    owner, other = study.readers
    plans = tables.assignments.c
    with study.store.read() as connection:
        first, second = connection.execute(
            select(plans.id, plans.case).where(plans.account == owner.id).order_by(plans.position)
        ).all()
    objects = {
        "assignment": first.id,
        "second": second.id,
        "case": first.case,
        "study": study.id,
        "number": 1,
        "job": ask(study.store, "a test's", {}, owner.id),
        "file": PAGE,
        "reading": ask(study.store, OPEN_READING, {"upload": "u.zip"}, owner.id),
    }
    return Scene(study, app_service(study.store, folder), owner, other, objects)


@pytest.fixture
def nothing_kept(scene: Scene) -> Iterator[None]:
    before = scene.kept()
    yield
    assert scene.kept() == before


pytestmark = pytest.mark.usefixtures("nothing_kept")


def refused(answer: httpx.Response, *statuses: int) -> str:
    """The sentence of the refusal, and nothing else."""
    assert answer.status_code in statuses, answer.text
    assert list(answer.json()) == ["error"]
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["error"])


def test_every_route_is_guarded_but_those_that_let_in() -> None:
    assert {(method, route.path) for method, route in CALLS if (method, route) not in GUARDED} == PUBLIC


def test_the_app_has_these_routes_and_no_others() -> None:
    from app import app

    assert [(route.path, route.methods, type(route)) for route in app._user_routes] == [
        (route.path, route.methods, type(route)) for route in ROUTES
    ]


def test_what_is_no_assignments_is_the_coordinators() -> None:
    others = {
        route.path
        for _, route in GUARDED
        if "assignment" not in route.param_convertors and route.roles != {"coordinator"}
    }
    assert others == NOT_FOR_COORDINATORS_ALONE


@each_of_an_assignment
def test_assignments_are_for_those_who_read(method: str, route: GuardedRoute) -> None:
    assert route.roles == {"reader", "expert"}


@each_guarded
@pytest.mark.parametrize("token", ["", "a", "0" * 43, "ü", "' OR 1=1 --"])
def test_nobody_is_let_in_without_a_session(
    scene: Scene, method: str, route: GuardedRoute, token: str
) -> None:
    browser = client(scene.service)
    answer = browser.request(
        method,
        scene.path(route),
        json={},
        headers={"Cookie": f"{SESSION_COOKIE}={token}".encode()} if token else {},
    )
    assert refused(answer, 401) == "sign in first"


@each_guarded
@pytest.mark.parametrize("end", ["signed out", "idle", "disabled"])
def test_nobody_is_let_in_by_a_session_that_ended(
    scene: Scene, method: str, route: GuardedRoute, end: str
) -> None:
    store, clock = scene.study.store, scene.study.clock
    account = new_account(store, f"person {uuid4()}", min(route.roles))
    browser = signed_in_client(scene.service, account)
    if end == "signed out":
        end_session(store, browser.cookies[SESSION_COOKIE])
    elif end == "idle":
        clock.go_on(hours=8)
    else:
        disable(store, account.id)
    assert refused(scene.call(browser, method, route), 401) == "sign in first"


@named([call for call in GUARDED if call[1].roles != set(ROLES)])
def test_nobody_is_let_in_by_another_role(scene: Scene, method: str, route: GuardedRoute) -> None:
    for role in set(ROLES) - route.roles:
        browser = signed_in_client(scene.service, new_account(scene.study.store, f"person {uuid4()}", role))
        ticket = scene.ticket(browser, scene.objects["assignment"])
        assert "your account may not" in refused(scene.call(browser, method, route, ticket), 403)


@each_of_its_owner
def test_nobody_is_let_in_to_what_is_anothers(scene: Scene, method: str, route: GuardedRoute) -> None:
    browser = signed_in_client(scene.service, scene.other)
    ticket = scene.ticket(browser, scene.objects["assignment"])
    refused(scene.call(browser, method, route, ticket), 403, 404)


@each_of_its_owner
def test_nobody_is_let_in_to_what_is_not(scene: Scene, method: str, route: GuardedRoute) -> None:
    browser = signed_in_client(scene.service, scene.owner)
    for nothing in (str(uuid4()), "x", "..%2f..%2fetc", "%00"):
        asked = replace(scene, objects=scene.objects | dict.fromkeys(OWNED, nothing))
        ticket = scene.ticket(browser, nothing)
        answer = asked.call(browser, method, route, ticket)
        assert answer.status_code in (403, 404)


@each_post_of_an_assignment
def test_nothing_is_taken_with_the_ticket_of_another_page(
    scene: Scene, method: str, route: GuardedRoute
) -> None:
    own, others = signed_in_client(scene.service, scene.owner), signed_in_client(scene.service, scene.other)
    again = client(scene.service, new_session(scene.study.store, scene.owner))
    here, elsewhere = scene.objects["assignment"], scene.objects["second"]
    right = scene.ticket(own, here)
    wrong = {
        "none": "",
        "another reader's": scene.ticket(others, here),
        "another session's": scene.ticket(again, here),
        "another assignment's": scene.ticket(own, elsewhere),
        "changed": "x" + right,
        "no assignment's": scene.ticket(own, ""),
    }
    for ticket in wrong.values():
        assert "no longer valid" in refused(scene.call(own, method, route, ticket), 403)


@each_guarded
@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://e.test"}],
)
def test_nothing_is_answered_to_the_page_of_another_site(
    scene: Scene, method: str, route: GuardedRoute, headers: dict[str, str]
) -> None:
    browser = signed_in_client(scene.service, someone(scene, route))
    answer = browser.request(method, scene.path(route), headers=headers)
    assert "another site" in refused(answer, 403)


@each_guarded
def test_a_look_at_the_head_is_no_answer(scene: Scene, method: str, route: GuardedRoute) -> None:
    browser = signed_in_client(scene.service, someone(scene, route))
    assert browser.head(scene.path(route)).status_code == 405


@each_guarded
def test_the_session_of_who_may_is_let_in(scene: Scene, method: str, route: GuardedRoute) -> None:
    """Else all of the above would hold of a server that refuses everybody. Without a ticket, so that nothing
    is kept; an AI's output may be refused for what it is."""
    browser = signed_in_client(scene.service, someone(scene, route))
    if method == "GET":
        answer = scene.call(browser, method, route)
        said = answer.json().get("error", "") if answer.status_code == 403 else ""
        assert answer.status_code != 401
        assert not any(word in said for word in ("may not do this", "another site", "no reading of yours"))


def someone(scene: Scene, route: GuardedRoute) -> Account:
    """Who may call a route."""
    if "reader" in route.roles:
        return scene.owner
    role: Role = min(route.roles)
    return new_account(scene.study.store, f"person {uuid4()}", role)
