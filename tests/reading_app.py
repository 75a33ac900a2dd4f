"""The app's own routes without Streamlit, a store of their own, and people who call them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from small_reader_study import Clock, new_session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from reading.people import passwords
from reading.people.accounts import Account, Role, create_account
from reading.people.invitations import accept, invite
from reading.store.database import Store, open_store
from web.access import SESSION_COOKIE
from web.routes import all_routes
from web.service import Service

ADDRESS = "http://discern.test"
PASSWORD = "correct horse battery"


def app_store(folder: Path, clock: Clock | None = None) -> Store:
    """An empty one, whose time is the clock's."""
    return open_store(f"sqlite:///{folder / 'discern.db'}", clock or Clock())


def app_service(store: Store, folder: Path) -> Service:
    return Service(store, folder, "a secret of the tests")


def person(store: Store, name: str = "anna", role: Role = "reader", password: str = PASSWORD) -> Account:
    """Somebody who may sign in with this password."""
    account = create_account(store, name, role)
    return accept(store, invite(store, account.id), password)


def client(service: Service, token: str = "") -> TestClient:
    """A browser with the cookie of a session, or none."""
    app = Starlette(routes=all_routes(lambda: service))
    browser = TestClient(app, ADDRESS, raise_server_exceptions=False, follow_redirects=False)
    if token:
        browser.cookies.set(SESSION_COOKIE, token)
    return browser


def signed_in_client(service: Service, account: Account) -> TestClient:
    return client(service, new_session(service.store, account))


@contextmanager
def quick_passwords() -> Iterator[None]:
    """Passwords hashed with the least work: for tests that are not about it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        passwords._nobodys.cache_clear()
        yield
    passwords._nobodys.cache_clear()
