"""Connections: snapshots for readers, one writer's transaction, on SQLite or PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, ProgrammingError
from sqlmodel import Session


class Database:
    """One database with two engines: readers see a snapshot and cannot write; the writer begins at once.

    SQLite runs in WAL mode with `synchronous=FULL`, so that a commit is on the disk when it returns
    (sqlite.org/pragma.html#pragma_synchronous). The driver's own transaction handling is off: with it,
    savepoints leak and two reads are not one snapshot.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
            self.readers, self.writer = self._sqlite("BEGIN", read_only=True), self._sqlite("BEGIN IMMEDIATE")
        else:
            self.writer = create_engine(self.url, pool_size=4, max_overflow=8)
            self.readers = self.writer.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one snapshot; what it loads may be used after it is closed."""
        with Session(self.readers, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are durable when the block ends without an error."""
        with Session(self.writer, expire_on_commit=False, autoflush=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close every connection, the writer's last, so that it makes the checkpoint."""
        self.readers.dispose()
        self.writer.dispose()

    def _sqlite(self, begin: str, *, read_only: bool = False) -> Engine:
        arguments: dict[str, Any] = {"check_same_thread": False, "timeout": 10, "isolation_level": None}
        size = {"pool_size": 8, "max_overflow": 8} if read_only else {"pool_size": 1, "max_overflow": 0}
        engine = create_engine(self.url, connect_args=arguments, **size)
        pragmas = _READER_PRAGMAS if read_only else _WRITER_PRAGMAS

        @event.listens_for(engine, "connect")
        def connected(connection: sqlite3.Connection, _record: object) -> None:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begun(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine


# Before SQLite 3.51.3 a commit beside another connection's checkpoint can corrupt the log
# (sqlite.org/wal.html#walresetbug), so readers never checkpoint.
_READER_PRAGMAS = ("query_only = ON", "wal_autocheckpoint = 0", "busy_timeout = 10000")
_WRITER_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 10000")


def is_busy(error: Exception) -> bool:
    """Whether the database refused for a reason that passes: locked, full, serialisation, lost connection."""
    return isinstance(error, DBAPIError) and not _is_fault_of_ours(error)


def _is_fault_of_ours(error: DBAPIError) -> bool:
    # By SQLAlchemy's classes: psycopg's own have a name for each state, as UniqueViolation.
    return isinstance(error, (IntegrityError, ProgrammingError, DataError, InterfaceError))
