"""What a guarded route takes and answers, shown by routes of this test's own."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from reading_app import ADDRESS, app_service
from small_reader_study import SmallStudy, new_account, new_session, small_study
from sqlalchemy import insert, select
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from reading.people.sessions import end_session
from reading.store import tables
from web.access import LARGEST_BODY, SESSION_COOKIE, Call, RefusedError, guarded, page_account
from web.service import Service

SECRET = "what nobody but the store may know"


@pytest.fixture
def study(tmp_path: Path) -> SmallStudy:
    return small_study(tmp_path, readers=1, cases=2)


@pytest.fixture
def service(study: SmallStudy, tmp_path: Path) -> Service:
    return app_service(study.store, tmp_path)


@pytest.fixture
def pages(study: SmallStudy) -> list[str]:
    """Of the reader's two assignments."""
    with study.store.read() as connection:
        return [f"/of/{row.id}" for row in connection.execute(select(tables.assignments.c.id))]


def echo(call: Call) -> Response:
    return JSONResponse({"said": call.json(), "by": call.account.name})


def give_ticket(call: Call) -> Response:
    return JSONResponse({"ticket": call.ticket(call.path["assignment"])})


def refuse(call: Call) -> Response:
    raise RefusedError(409, "another one was first")


def fail(call: Call) -> Response:
    raise RuntimeError(SECRET)


def fail_to_store(call: Call) -> Response:
    with call.service.store.write() as connection:
        connection.execute(insert(tables.accounts).values(id=call.account.id, name=SECRET, role="reader"))
    return Response()


def download(call: Call) -> Response:
    return Response(b"x", headers={"Cache-Control": "private, max-age=60"})


@pytest.fixture
def browser(study: SmallStudy, service: Service) -> TestClient:
    """Of a reader who is signed in."""
    of = "/of/{assignment}"
    app = Starlette(
        routes=[
            guarded(of, give_ticket, lambda: service),
            guarded(of, echo, lambda: service, methods=("POST",)),
            guarded("/refuse", refuse, lambda: service),
            guarded("/fail", fail, lambda: service),
            guarded("/fail-to-store", fail_to_store, lambda: service),
            guarded("/download", download, lambda: service),
            guarded("/all", echo, lambda: service, roles={"coordinator"}, methods=("POST",)),
        ]
    )
    browser = TestClient(app, ADDRESS, raise_server_exceptions=False)
    browser.cookies.set(SESSION_COOKIE, new_session(service.store, study.readers[0]))
    return browser


def ticket(browser: TestClient, page: str) -> str:
    return str(browser.get(page).json()["ticket"])


def test_a_page_posts_with_the_ticket_it_was_given(browser: TestClient, pages: list[str]) -> None:
    sent = {"form": {"discs": {}}, "client_ms": 1.5}
    answer = browser.post(pages[0], json={"ticket": ticket(browser, pages[0]), **sent})
    assert answer.json() == {"said": sent, "by": "surgeon 1"}


def test_a_ticket_is_of_one_assignment_and_one_session(
    browser: TestClient, pages: list[str], service: Service
) -> None:
    given = ticket(browser, pages[0])
    assert browser.post(pages[1], json={"ticket": given}).status_code == 403
    token = new_session(service.store, page_account(service, dict(browser.cookies)).account)
    other = {"Cookie": f"{SESSION_COOKIE}={token}"}
    browser.cookies.clear()
    assert browser.post(pages[0], json={"ticket": given}, headers=other).status_code == 403
    assert browser.get(pages[0], headers=other).status_code == 200


@pytest.mark.parametrize("ticket", [None, 1, [], {}, "x", "x.y", "W10.", "W10.AAAA", "ü" * 9])
def test_what_is_no_ticket_is_refused(browser: TestClient, pages: list[str], ticket: Any) -> None:
    assert browser.post(pages[0], json={"ticket": ticket}).status_code == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'"x"', b"{", b"\xff", b'{"a": NaN}', b'{"a": -Infinity}', b"[" * 100_000, b"9" * 10_000],
)
def test_what_is_no_json_object_is_refused(browser: TestClient, pages: list[str], body: bytes) -> None:
    answer = browser.post(pages[0], content=body)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "the page sent something that cannot be read; reload it"},
    )


def test_a_body_is_read_up_to_its_limit_and_not_before_it_is_known_whose_it_is(
    browser: TestClient, pages: list[str]
) -> None:
    sent = {"ticket": ticket(browser, pages[0]), "remark": ""}
    sent["remark"] = "x" * (LARGEST_BODY - len(json.dumps(sent)))
    assert browser.post(pages[0], content=json.dumps(sent).encode()).status_code == 200
    too_large = json.dumps(sent).encode() + b" "
    answer = browser.post(pages[0], content=too_large)
    assert (answer.status_code, answer.json()) == (
        413,
        {"error": "more than 1024 KB, which is too much; shorten the remarks"},
    )
    assert browser.post("/all", content=too_large).status_code == 403
    browser.cookies.clear()
    assert browser.post(pages[0], content=too_large).status_code == 401


def test_a_refusal_is_a_sentence(browser: TestClient) -> None:
    answer = browser.get("/refuse")
    assert (answer.status_code, answer.json()) == (409, {"error": "another one was first"})


def test_a_fault_is_a_sentence_for_the_page_and_a_line_in_the_log(
    browser: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = browser.get("/fail")
    assert (answer.status_code, list(answer.json())) == (500, ["error"])
    assert SECRET not in answer.text
    assert "RuntimeError" in caplog.text
    assert "in fail\n" in caplog.text
    assert SECRET not in caplog.text
    assert browser.cookies[SESSION_COOKIE] not in caplog.text


def test_what_could_not_be_stored_is_in_no_log(browser: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    assert browser.get("/fail-to-store").status_code == 500
    assert "IntegrityError" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("path", ["/refuse", "/fail"])
def test_no_answer_is_kept_framed_or_read_by_another_site(browser: TestClient, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


def test_an_answer_may_say_how_long_it_is_kept(browser: TestClient) -> None:
    assert browser.get("/download").headers["cache-control"] == "private, max-age=60"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": ADDRESS}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": ADDRESS + ":8080"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
    ],
)
def test_only_pages_of_this_site_are_answered(
    browser: TestClient, headers: dict[str, str], status: int
) -> None:
    assert browser.get("/download", headers=headers).status_code == status


def test_a_page_asks_for_its_account_on_every_run(service: Service) -> None:
    reader = new_account(service.store, "anna", "reader")
    token = new_session(service.store, reader)
    assert page_account(service, {SESSION_COOKIE: token}).account == reader
    assert page_account(service, {}) is None
    end_session(service.store, token)
    assert page_account(service, {SESSION_COOKIE: token}) is None
