"""A store of its own for each test, with a clock that the test moves, and passwords hashed quickly."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from reading_app import app_store, quick_passwords
from small_reader_study import Clock

from reading.store.database import Store, open_store


@pytest.fixture(autouse=True)
def _quick_passwords() -> Iterator[None]:
    with quick_passwords():
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Store:
    return app_store(tmp_path, clock)


@pytest.fixture
def each_store(database_url: str, clock: Clock) -> Iterator[Store]:
    """On each kind of database: for what they do differently."""
    opened = open_store(database_url, clock)
    yield opened
    opened.engine.dispose()
