"""What every route and page of one server works with: the store, the data folder, the secret."""

import os
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from reading.store.database import Store, open_store

DATA_VARIABLE, DATABASE_VARIABLE = "DISCERN_DATA", "DISCERN_DATABASE"
DEFAULT_DATA = Path("discern-data")
_DATABASE, _SECRET, CASES_FOLDER = "discern.db", "secret", "cases"
APP_VERSION = version("discern-spine")


@dataclass(frozen=True)
class Service:
    """``data``: the folder of the cases' images, and of the database where it is SQLite. ``secret`` signs
    what the server hands out and takes back."""

    store: Store
    data: Path
    secret: str = field(repr=False)

    @property
    def cases(self) -> Path:
        return self.data / CASES_FOLDER


def open_service(data: Path, database: str = "") -> Service:
    """Open, or begin, a server's folder. ``database``: a URL; SQLite in the folder where not given.

    Raises BadInputError where the database cannot be opened, OSError where the folder cannot be written.
    """
    if not data.is_dir():
        # Images and readings of people: the server's user alone.
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / CASES_FOLDER).mkdir(exist_ok=True)
    return Service(
        open_store(database or f"sqlite:///{data.resolve() / _DATABASE}"), data, _secret(data / _SECRET)
    )


@lru_cache(maxsize=1)
def service() -> Service:
    """The one of this process, by the environment that ``discern app`` sets."""
    return open_service(
        Path(os.environ.get(DATA_VARIABLE, DEFAULT_DATA)), os.environ.get(DATABASE_VARIABLE, "")
    )


def _secret(path: Path) -> str:
    """The server's own, made at its first start; only the server's user may read it."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()
