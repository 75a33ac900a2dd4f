"""Signing in by the institution's own server of identities (OpenID Connect)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from free_port import free_port
from identity_provider import CLIENT, IdentityProvider, identity_provider
from playwright.sync_api import Browser, expect
from running_app import RunningApp, running_app

from reading.people.accounts import account_named, create_account, disable

EMAIL = "r.one@hospital.test"
_SECRETS = """
[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "a secret of thirty-two characters or more"
client_id = "{client}"
client_secret = "no secret"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


@pytest.fixture(scope="module")
def institution(browser: Browser) -> Iterator[IdentityProvider]:
    with identity_provider(EMAIL) as provider:
        yield provider


@pytest.fixture(scope="module")
def app(institution: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    folder, port = tmp_path_factory.mktemp("institution"), free_port()
    secrets: Path = folder / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    address = f"http://127.0.0.1:{port}"
    secrets.write_text(
        _SECRETS.format(address=address, client=CLIENT, provider=institution.address), encoding="utf-8"
    )
    with running_app(folder / "data", folder, port) as app:
        yield app


def test_who_is_recognised_by_their_address_is_signed_in_and_out(app: RunningApp, browser: Browser) -> None:
    store = app.store()
    page = browser.new_context().new_page()
    page.set_default_timeout(20_000)
    page.goto(app.address)
    button = page.get_by_role("button", name="Sign in by your institution")
    button.click()
    expect(page.get_by_text("No account here has your email address")).to_be_visible()
    create_account(store, "reader one", "reader", EMAIL)
    page.goto(app.address)
    expect(page.get_by_role("heading", name="My studies")).to_be_visible()
    names = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert names["discern_session"]["httpOnly"] and names["discern_session"]["sameSite"] == "Strict"
    page.get_by_role("button", name="Sign out").click()
    page.goto(app.address)
    expect(button).to_be_visible()
    button.click()
    expect(page.get_by_role("heading", name="My studies")).to_be_visible()
    account = account_named(store, "reader one")
    assert account is not None
    disable(store, account.id)
    page.goto(app.address)
    expect(page.get_by_text("No account here has your email address")).to_be_visible()
    page.context.close()
