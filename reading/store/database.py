"""The database of a store: SQLite in a file, or PostgreSQL by its URL."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from errors import BadInputError

DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_SECONDS = 30
"""How long a writer waits for another one."""
_UPGRADE_LOCK = 0x44495343
"""Of PostgreSQL's advisory locks, the one that whoever makes or changes the tables holds."""
_ALEMBIC = Lock()
"""Alembic's context is one for the whole process."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Store:
    """An open database. ``now``: the server's time, with its zone."""

    engine: Engine = field(repr=False)
    now: Callable[[], datetime] = _now

    @property
    def _sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that may write; all of it is kept, durably, or nothing.

        In SQLite writers wait here for one another. In PostgreSQL they do not: lock the rows that a decision
        stands on (``with_for_update``).
        """
        with self.engine.connect() as connection:
            if self._sqlite:
                # A transaction that begins by reading could no longer wait for another writer.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; nothing of it is kept."""
        with self.engine.connect() as connection:
            if self._sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            try:
                yield connection
            finally:
                connection.rollback()


def open_store(url: str, now: Callable[[], datetime] = _now) -> Store:
    """Open a database by its URL (``sqlite:///file`` or ``postgresql://user@host/name``), its tables made, or
    brought to this version. Several processes may do so at once.

    Raises BadInputError where it is no such URL, cannot be used, or is of a later version.
    """
    parsed = _parsed(url)
    shown = parsed.render_as_string(hide_password=True)
    engine = _engine(parsed)
    try:
        with _ALEMBIC, engine.connect() as connection:
            _upgrade(connection)
    except SQLAlchemyError:
        raise BadInputError(
            shown, "cannot be used; check that it is there, may be written, and is a store of Discern"
        ) from None
    except command.util.CommandError:
        raise BadInputError(
            shown, "was written by a later version of Discern; update Discern, or name another database"
        ) from None
    return Store(engine, now)


def _upgrade(connection: Connection) -> None:
    """Raises CommandError where the database is of a version that is not known here."""
    versions = ScriptDirectory(str(_MIGRATIONS)).get_heads()
    if MigrationContext.configure(connection).get_current_heads() == tuple(versions):
        return
    connection.rollback()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    backend = parsed.get_backend_name() if parsed else None
    in_memory = backend == "sqlite" and parsed is not None and parsed.database in (None, "", ":memory:")
    if parsed is None or backend not in DRIVERS or in_memory:
        raise BadInputError("the database", "not a database's URL; give sqlite:///FILE or postgresql://…")
    return parsed.set(drivername=DRIVERS[backend])


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    waiting = {"timeout": _BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=waiting, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    """Durable at each commit, readers beside the one writer; transactions begin where we say so."""
    connection.isolation_level = None
    _use_wal(connection)
    # Recursive: a REPLACE counts as the DELETE that it is.
    for setting in ("synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {setting}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """This one statement does not wait by itself while others open the same new file."""
    last = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > last:
                raise
            time.sleep(0.01)
