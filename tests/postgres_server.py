"""A real PostgreSQL server for tests, in a temporary folder, reached by a socket in that folder."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

_DEBIAN = Path("/usr/lib/postgresql")
_USER = "postgres"
_SETTINGS = ("-U", _USER, "--auth=trust", "--encoding=UTF8", "--no-locale")
_START_SECONDS = 60


@dataclass(frozen=True)
class PostgresServer:
    """``folder`` holds its socket."""

    folder: Path

    @property
    def _url(self) -> str:
        return f"postgresql://{_USER}@/{_USER}?host={self.folder}"

    def new_database(self) -> str:
        """The URL of an empty schema, which to whoever opens it is a database of its own."""
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{self._url}&options=-csearch_path%3D{name}"

    def wait(self) -> None:
        """Until it answers."""
        last = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self._url).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > last:
                    raise
                time.sleep(0.05)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Skips where Debian's package ``postgresql`` is not installed."""
    programs = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not programs:
        pytest.skip(f"no PostgreSQL under {_DEBIAN}; install Debian's package postgresql")
    with running_server(programs[-1].parent) as server:
        yield server


@contextmanager
def running_server(programs: Path) -> Iterator[PostgresServer]:
    """``programs``: the folder with initdb and postgres, which refuse to run as root."""
    user = _USER if os.geteuid() == 0 else None
    # Not pytest's folder, which is its user's alone; and short, as a socket's path must be.
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user, user)
        subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-N", *_SETTINGS],
            check=True,
            cwd=folder,
            user=user,
            stdout=subprocess.DEVNULL,
        )
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses="],
                cwd=folder,
                user=user,
                stderr=log,
            )
        try:
            server = PostgresServer(folder)
            server.wait()
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(_START_SECONDS)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database; a test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'discern.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()
