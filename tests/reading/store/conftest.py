"""An open store on each kind of database."""

from collections.abc import Iterator

import pytest
from store_scenery import Clock

from reading.store.database import Store, open_store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url, Clock())
    yield opened
    opened.engine.dispose()
