"""The database: its tables, its versions, what it refuses, and several that open it at once."""

import multiprocessing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from postgres_server import PostgresServer
from sqlalchemy import Connection, Table, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from store_scenery import full_form, make_study, opened, rows, sent

from errors import BadInputError
from reading.store.database import Store, open_store
from reading.store.reads import commit
from reading.store.tables import audit_log, events, findings, metadata, readings, studies


def described(connection: Connection) -> dict[str, object]:
    """All that the database says of its tables, the version's own left out."""
    found = inspect(connection)
    names = set(found.get_table_names()) - {"alembic_version"}

    def by_name(items: Sequence[Any]) -> list[Any]:
        return sorted(items, key=lambda item: str(item["name"]))

    return {
        name: (
            [{**column, "type": str(column["type"]), "default": None} for column in found.get_columns(name)],
            found.get_pk_constraint(name),
            by_name(found.get_foreign_keys(name)),
            by_name(found.get_unique_constraints(name)),
            by_name(found.get_check_constraints(name)),
            by_name(found.get_indexes(name)),
        )
        for name in names
    }


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_they_make_them_to_the_last_name_and_condition(
    store: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with store.read() as connection:
        migrated = described(connection)
    if store.engine.dialect.name == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'direct.db'}")
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        engine = create_engine(server.new_database().replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        metadata.create_all(connection)
        assert described(connection) == migrated
    engine.dispose()


def test_a_database_that_exists_opens_again_with_what_is_in_it(database_url: str) -> None:
    make_study(open_store(database_url))
    assert len(rows(open_store(database_url), studies)) == 1


def test_a_database_of_a_later_version_is_refused(store: Store, database_url: str) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadInputError, match="later version of Discern; update Discern"):
        open_store(database_url)


@pytest.mark.parametrize("url", ["", "discern.db", "mysql://somewhere/x", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_url_of_a_database_that_lasts_is_refused(url: str) -> None:
    with pytest.raises(BadInputError, match="sqlite:///FILE"):
        open_store(url)


def test_a_file_that_is_no_database_and_a_folder_that_is_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database" * 100)
    for place in (tmp_path / "text", tmp_path / "nowhere" / "discern.db"):
        with pytest.raises(BadInputError, match="cannot be used"):
            open_store(f"sqlite:///{place}")


def test_a_server_that_is_not_there_is_refused_without_its_password() -> None:
    with pytest.raises(BadInputError, match="cannot be used") as refused:
        open_store("postgresql://reader:secret@/discern?host=/nowhere")
    assert "secret" not in str(refused.value)


def test_many_processes_may_open_a_new_database_at_once(database_url: str) -> None:
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(4)

    def open_it() -> None:
        together.wait(60)
        open_store(database_url)

    processes = [fork.Process(target=open_it) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    assert rows(open_store(database_url), studies) == []


@pytest.mark.parametrize("table", [events, readings, findings, audit_log], ids=str)
def test_what_was_kept_is_never_changed_nor_deleted(store: Store, table: Table) -> None:
    (place,) = make_study(store)
    commit(store, place.account, sent(place, "commit", full_form()), "1", opened)
    with store.write() as connection:
        note = {"at": store.now(), "action": "sign-in", "subject": "", "detail": {}}
        connection.execute(audit_log.insert(), note)
    before = rows(store, table)
    column = list(table.c)[-1].name
    changes = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
    changes += (
        [f"REPLACE INTO {table} SELECT * FROM {table}"]
        if store.engine.dialect.name == "sqlite"
        else [f"TRUNCATE {table} CASCADE"]
    )
    for change in changes:
        with pytest.raises(DBAPIError, match="ever changed or deleted"), store.write() as connection:
            connection.exec_driver_sql(change)
    assert before
    assert rows(store, table) == before


def test_a_failed_transaction_leaves_nothing_and_the_next_one_works(store: Store) -> None:
    make_study(store)
    with pytest.raises(RuntimeError), store.write() as connection:
        connection.execute(studies.update().values(state="closed"))
        raise RuntimeError
    assert [study.state for study in rows(store, studies)] == ["open"]
    make_study(store)
    assert len(rows(store, studies)) == 2


def test_sqlite_waits_for_the_disk_at_each_commit(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'discern.db'}").read() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        assert [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked] == ["wal", 2, 1]
