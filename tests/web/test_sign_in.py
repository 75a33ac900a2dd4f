import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from reading_app import ADDRESS, PASSWORD, app_service, app_store, client, person, quick_passwords
from reading_app import signed_in_client as browser_of
from small_reader_study import Clock
from starlette.testclient import TestClient

from reading.people.accounts import account_named, create_account, disable
from reading.people.invitations import invite
from reading.people.sessions import session_of, sign_in
from web.access import SESSION_COOKIE, page_account
from web.recognised import address_of_session
from web.service import Service

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
RIGHT = {"name": "anna", "password": PASSWORD}


@pytest.fixture(scope="module", autouse=True)
def _quick_passwords() -> Iterator[None]:
    with quick_passwords():
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(tmp_path: Path, clock: Clock) -> Service:
    service = app_service(app_store(tmp_path, clock), tmp_path)
    person(service.store, "anna")
    return service


def who(service: Service, browser: TestClient) -> str | None:
    """Who the pages see."""
    signed_in = page_account(service, dict(browser.cookies))
    return signed_in and signed_in.account.name


def test_the_form_signs_in_and_leads_to_the_pages(service: Service) -> None:
    browser = client(service)
    assert browser.get(SIGN_IN).status_code == 200
    answer = browser.post(SIGN_IN, data=RIGHT)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert who(service, browser) == "anna"
    assert browser.get(SIGN_IN).headers["location"] == "/"


def test_the_cookie_is_for_this_site_and_no_script(service: Service) -> None:
    cookie = client(service).post(SIGN_IN, data=RIGHT).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/;" in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie


def test_by_https_it_is_never_sent_without(service: Service) -> None:
    browser = client(service)
    browser.base_url = ADDRESS.replace("http", "https")
    assert "Secure" in browser.post(SIGN_IN, data=RIGHT).headers["set-cookie"]


@pytest.mark.parametrize(
    "form", [{}, {"name": "anna"}, RIGHT | {"password": "x"}, RIGHT | {"name": "nobody"}]
)
def test_wrong_ones_are_told_so_in_the_same_words(service: Service, form: dict[str, str]) -> None:
    browser = client(service)
    answer = browser.post(SIGN_IN, data=form)
    assert answer.status_code == 403
    assert "Name and password do not fit" in answer.text
    assert "set-cookie" not in answer.headers


def test_a_locked_account_is_refused_with_the_right_password(service: Service, clock: Clock) -> None:
    browser = client(service)
    for _ in range(5):
        browser.post(SIGN_IN, data=RIGHT | {"password": "wrong"})
    assert browser.post(SIGN_IN, data=RIGHT).status_code == 403
    clock.go_on(minutes=15)
    assert browser.post(SIGN_IN, data=RIGHT).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": ADDRESS},
    ],
)
@pytest.mark.parametrize("path", [SIGN_IN, SIGN_OUT, "/invitation/x"])
def test_forms_of_other_sites_are_refused(service: Service, path: str, headers: dict[str, str]) -> None:
    browser = browser_of(service, account_named(service.store, "anna"))
    answer = browser.post(path, data=RIGHT, headers=headers)
    assert answer.status_code == 403
    assert answer.json() == {"error": "sent by a page of another site; open this one and try again"}
    assert who(service, browser) == "anna"


@pytest.mark.parametrize("headers", [{"Origin": ADDRESS}, {"Sec-Fetch-Site": "same-origin"}])
def test_forms_of_this_site_are_taken(service: Service, headers: dict[str, str]) -> None:
    assert client(service).post(SIGN_IN, data=RIGHT, headers=headers).status_code == 303


def test_signing_out_ends_the_session_and_forgets_the_cookies(service: Service) -> None:
    browser = client(service)
    browser.post(SIGN_IN, data=RIGHT)
    token = browser.cookies[SESSION_COOKIE]
    browser.cookies.set("_streamlit_user", "given by Streamlit")
    answer = browser.post(SIGN_OUT)
    assert (answer.status_code, answer.headers["location"]) == (303, SIGN_IN)
    assert session_of(service.store, token) is None
    forgotten = [cookie.split("=")[0] for cookie in answer.headers.get_list("set-cookie")]
    assert sorted(forgotten) == ["_streamlit_user", SESSION_COOKIE]


def test_signing_in_again_ends_the_session_before(service: Service) -> None:
    browser = browser_of(service, account_named(service.store, "anna"))
    before = browser.cookies[SESSION_COOKIE]
    browser.cookies.clear()
    browser.cookies.set(SESSION_COOKIE, before)
    answer = browser.post(SIGN_IN, data=RIGHT)
    assert before not in answer.headers["set-cookie"]
    assert session_of(service.store, before) is None


def test_a_session_fixed_by_somebody_else_is_not_taken_on(service: Service) -> None:
    browser = client(service, "chosen by somebody else")
    answer = browser.post(SIGN_IN, data=RIGHT)
    assert "chosen" not in answer.headers["set-cookie"]


def test_an_invitation_asks_for_a_password_and_lets_in(service: Service) -> None:
    link = "/invitation/" + invite(service.store, create_account(service.store, "bertha", "expert").id)
    browser = client(service)
    assert "Welcome, bertha" in browser.get(link).text
    answer = browser.post(link, data={"password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert who(service, browser) == "bertha"
    assert sign_in(service.store, "bertha", PASSWORD)


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", "short", "12 to 256"),
        (PASSWORD, "another", "not the same"),
        ("bertha", "bertha", "12 to 256"),
    ],
)
def test_a_bad_password_is_asked_for_again(service: Service, password: str, again: str, said: str) -> None:
    link = "/invitation/" + invite(service.store, create_account(service.store, "bertha", "expert").id)
    answer = client(service).post(link, data={"password": password, "again": again})
    assert answer.status_code == 422
    assert said in answer.text
    assert password not in re.sub("bertha", "", answer.text) or password == "bertha"
    assert client(service).get(link).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_used_invitation_says_so(service: Service, method: str) -> None:
    link = "/invitation/" + invite(service.store, create_account(service.store, "bertha", "expert").id)
    form = {"password": PASSWORD, "again": PASSWORD}
    client(service).post(link, data=form)
    browser = client(service)
    answer = browser.request(method, link, data=form if method == "POST" else None)
    assert answer.status_code == 410
    assert "ask the coordinator for a new one" in answer.text
    assert "bertha" not in answer.text
    assert who(service, browser) is None


def test_looking_at_an_invitation_does_not_use_it(service: Service) -> None:
    link = "/invitation/" + invite(service.store, create_account(service.store, "bertha", "expert").id)
    for _ in range(3):
        assert client(service).head(link).status_code == 200
        assert client(service).get(link).status_code == 200


def test_what_was_typed_comes_back_escaped(service: Service) -> None:
    answer = client(service).post(SIGN_IN, data={"name": '"><script>alert(1)</script>', "password": "x"})
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize("path", [SIGN_IN, "/invitation/x"])
def test_the_pages_load_nothing_and_cannot_be_framed(service: Service, path: str) -> None:
    answer = client(service).get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    nonce = re.search("nonce-([^']+)", policy)[1]
    assert f'<style nonce="{nonce}">' in answer.text
    assert not re.search(r"<script|src=|href=(?!./sign-in)|url\(", answer.text)
    assert answer.headers["cache-control"] == "no-store"
    assert nonce not in client(service).get(path).text


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"name=" + b"x" * 2**14, 413), (b"\xff\xfe", 400), (b"&".join(b"a=b" for _ in range(50)), 400)],
)
def test_what_is_no_form_is_refused(service: Service, body: bytes, status: int) -> None:
    answer = client(service).post(SIGN_IN, content=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}


STREAMLIT = {"_streamlit_user": "signed by Streamlit for this browser"}


def recognised(service: Service, **claims: object) -> str | None:
    """What the page makes of ``st.user``."""
    user = {"is_logged_in": True, "email": "Carla@Example.org"} | claims
    return address_of_session(service, user, STREAMLIT)


@pytest.fixture
def carla(service: Service) -> Service:
    create_account(service.store, "carla", "reader", "carla@example.org")
    return service


def browser_with(service: Service, cookies: dict[str, str]) -> TestClient:
    browser = client(service)
    browser.cookies.update(cookies)
    return browser


def test_somebody_recognised_by_another_server_gets_our_session(carla: Service) -> None:
    browser = browser_with(carla, STREAMLIT)
    answer = browser.get(recognised(carla, email_verified=True))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert who(carla, browser) == "carla"


@pytest.mark.parametrize(
    "claims",
    [{"is_logged_in": False}, {"email": None}, {"email": "d@example.org"}, {"email_verified": False}],
)
def test_nobody_else_is_sent_on(carla: Service, claims: dict[str, object]) -> None:
    assert recognised(carla, **claims) is None


def test_a_ticket_lets_in_once(carla: Service) -> None:
    address = recognised(carla)
    browser_with(carla, STREAMLIT).get(address)
    again = browser_with(carla, STREAMLIT)
    assert again.get(address).status_code == 403
    assert who(carla, again) is None


def test_a_ticket_ends_after_a_minute(carla: Service, clock: Clock) -> None:
    address = recognised(carla)
    clock.go_on(seconds=61)
    assert browser_with(carla, STREAMLIT).get(address).status_code == 403


@pytest.mark.parametrize("cookies", [{}, {"_streamlit_user": "of another browser"}])
def test_a_ticket_sent_to_another_browser_is_nothing(carla: Service, cookies: dict[str, str]) -> None:
    browser = browser_with(carla, cookies)
    assert browser.get(recognised(carla)).status_code == 403
    assert who(carla, browser) is None


@pytest.mark.parametrize("ticket", ["", "x", "W10.x"])
def test_a_ticket_that_was_never_given_is_nothing(carla: Service, ticket: str) -> None:
    assert browser_with(carla, STREAMLIT).get(f"/session?ticket={ticket}").status_code == 403


def test_a_disabled_account_is_not_let_in_by_another_server(carla: Service) -> None:
    address = recognised(carla)
    disable(carla.store, account_named(carla.store, "carla").id)
    assert browser_with(carla, STREAMLIT).get(address).status_code == 403
    assert recognised(carla) is None
