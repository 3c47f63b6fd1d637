import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.support.databases import Databases
from tests.support.postgres import PostgresServer


def test_each_database_is_a_world_of_its_own(databases: Databases) -> None:
    first, second = databases.empty(), databases.empty()
    _run(first, "CREATE TABLE only_here (id integer)")
    with pytest.raises(Exception, match="only_here"):
        _run(second, "SELECT * FROM only_here")
    databases.forget(first)
    databases.forget(second)


def test_a_migrated_database_has_tables_and_no_events(database_url: str) -> None:
    assert _run(database_url, "SELECT count(*) FROM event") == 0


def test_a_database_is_forgotten_even_while_somebody_is_connected(databases: Databases) -> None:
    url = databases.empty()
    engine = create_engine(url)
    with engine.connect():
        databases.forget(url)
    engine.dispose()


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_what_was_committed_outlives_a_crash_of_postgresql(
    empty_database_url: str, postgres_server: PostgresServer
) -> None:
    _run(empty_database_url, "CREATE TABLE kept (id integer)")
    postgres_server.restart()
    assert _run(empty_database_url, "SELECT count(*) FROM kept") == 0


def test_postgresql_does_not_run_as_root(postgres_server: PostgresServer) -> None:
    with psycopg.connect(host=str(postgres_server.folder), user="postgres") as connection:
        row = connection.execute("SELECT current_setting('data_directory'), version()").fetchone()
    assert row is not None
    assert "PostgreSQL 18" in row[1]
    assert (postgres_server.folder / "data").stat().st_uid != 0


def _run(url: str, statement: str) -> object:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            done = connection.execute(text(statement))
            return done.scalar() if done.returns_rows else None
    finally:
        engine.dispose()
