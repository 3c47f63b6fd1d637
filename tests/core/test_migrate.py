"""The migrations make exactly the tables that the code reads and writes, on both databases."""

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Boolean, Column, Integer, MetaData, Table, inspect, select, text
from sqlmodel import SQLModel

from server.app import OPS
from server.core.db import Database
from server.core.migrate import configured, migrate


def test_the_migrated_schema_is_the_models_schema(database_url: str) -> None:
    assert OPS.ops  # with the program all tables are known
    database = Database(database_url)
    with database.writer.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_columns_are_as_wide_and_as_strict_as_the_models_say(database_url: str) -> None:
    database = Database(database_url)
    found = inspect(database.writer)
    for table in SQLModel.metadata.sorted_tables:
        columns = {column["name"]: column for column in found.get_columns(table.name)}
        assert columns.keys() == set(table.columns.keys())
        for column in table.columns:
            assert columns[column.name]["nullable"] == column.nullable, column
        assert found.get_pk_constraint(table.name)["constrained_columns"] == [
            key.name for key in table.primary_key
        ]
        assert {index["name"] for index in found.get_indexes(table.name)} >= _named(table)
    database.close()


def _named(table: Table) -> set[str | None]:
    return {str(index.name) for index in table.indexes}


def test_event_data_is_keyed_by_its_event_first() -> None:
    elsewhere = {"event", "organisation", "account", "browser_session", "token", "join_link"}
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in elsewhere and "event_id" in table.columns:
            assert next(key.name for key in table.primary_key) == "event_id", table.name


def test_order_keys_compare_by_bytes_on_both_databases(database_url: str) -> None:
    database = Database(database_url)
    with database.writer.connect() as connection:
        keys = ["a", "B", "Z", "z", "0", "A1", "a0"]
        connection.exec_driver_sql("CREATE TEMPORARY TABLE sorted AS SELECT order_key FROM cue WHERE 1 = 0")
        for key in keys:
            connection.execute(text("INSERT INTO sorted VALUES (:key)"), {"key": key})
        found = connection.exec_driver_sql("SELECT order_key FROM sorted ORDER BY order_key").scalars().all()
    database.close()
    assert list(found) == sorted(keys)


def test_migrating_again_changes_nothing(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    with database.writer.connect() as connection:
        heads = ScriptDirectory.from_config(configured(connection)).get_heads()
        assert MigrationContext.configure(connection).get_current_heads() == tuple(heads)
    assert len(heads) == 1
    database.close()


def test_rows_of_the_sheet_lose_only_the_column_that_never_held_a_baseline(
    empty_database_url: str,
) -> None:
    database = Database(empty_database_url)
    with database.writer.begin() as connection:
        command.upgrade(configured(connection), "0004")
        before = Table("cue", MetaData(), autoload_with=connection)
        row = {column.name: _something(column) for column in before.columns}
        connection.execute(before.insert().values(row))
    migrate(database)
    with database.writer.connect() as connection:
        after = Table("cue", MetaData(), autoload_with=connection)
        found = dict(connection.execute(select(after)).mappings().one())
    database.close()
    assert "baseline" not in found
    kept = {name: value for name, value in row.items() if name != "baseline"}
    assert {name: found[name] for name in kept} == kept
    assert not any(value for name, value in found.items() if name not in kept), "what is new is empty"


def _something(column: Column[Any]) -> Any:  # noqa: ANN401 - a value of any type
    if isinstance(column.type, JSON):
        return {"start": 1}
    if isinstance(column.type, Boolean):
        return True
    return 7 if isinstance(column.type, Integer) else column.name


def test_an_empty_database_gets_every_table(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    migrate(database)
    assert set(inspect(database.writer).get_table_names()) == {*SQLModel.metadata.tables, "alembic_version"}
    database.close()
