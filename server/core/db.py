"""Connections: snapshots for readers, one writer's transaction, on SQLite or PostgreSQL."""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from server.core import strict_json
from server.core.put_off import look_after

# Seconds until a server that does not answer counts as gone.
CONNECT_SECONDS = 5
# … and until somebody who waits to write to SQLite gives up.
TURN_SECONDS = 30
# What is raised as one of these, the program has done wrong; the rest is locks, disks, servers and lines. By
# SQLAlchemy's classes: psycopg's own have a name for each state, as UniqueViolation.
_OUR_FAULTS = (IntegrityError, ProgrammingError, DataError, InterfaceError, NotSupportedError)


class Database:
    """One database with two engines: readers see a snapshot and cannot write; the writer begins at once.

    SQLite runs in WAL mode with `synchronous=FULL`, so that a commit is on the disk when it returns
    (sqlite.org/pragma.html#pragma_synchronous). The driver's own transaction handling is off: with it,
    savepoints leak and two reads are not one snapshot.

    What a statement was given (names, phone numbers, hashes) stays out of errors, and so out of logs, unless
    `show_parameters`.
    """

    def __init__(self, url: str, *, show_parameters: bool = False) -> None:
        self.url = make_url(url)
        self._more = {
            "json_serializer": _json,
            "json_deserializer": from_json,
            "hide_parameters": not show_parameters,
        }
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turn = Turn() if self.is_sqlite else None
        if self.is_sqlite:
            Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
            self.readers = self._sqlite("BEGIN", read_only=True)
            self.writer = self._sqlite("BEGIN IMMEDIATE")
        else:
            self.readers = self._postgresql("REPEATABLE READ", read_only=True)
            self.writer = self._postgresql("READ COMMITTED")
        look_after(self.writer)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one snapshot; what it loads may be used after it is closed."""
        with Session(self.readers, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are durable when the block ends without an error."""
        if self._turn:
            with self._turn:
                yield from self._write()
        else:
            yield from self._write()

    def close(self) -> None:
        """Close every connection, the writer's last, so that it makes the checkpoint."""
        self.readers.dispose()
        self.writer.dispose()

    def _write(self) -> Iterator[Session]:
        with Session(self.writer, expire_on_commit=False, autoflush=False) as session, session.begin():
            yield session

    def _postgresql(self, isolation: str, *, read_only: bool = False) -> Engine:
        arguments = {"connect_timeout": CONNECT_SECONDS}
        pool: dict[str, Any] = {"pool_size": 8, "max_overflow": 24, "pool_pre_ping": True}
        engine = create_engine(
            self.url, connect_args=arguments, isolation_level=isolation, **self._more, **pool
        )
        return engine.execution_options(postgresql_readonly=True) if read_only else engine

    def _sqlite(self, begin: str, *, read_only: bool = False) -> Engine:
        arguments: dict[str, Any] = {"check_same_thread": False, "timeout": 10, "isolation_level": None}
        size = {"pool_size": 8, "max_overflow": 8} if read_only else {"pool_size": 1, "max_overflow": 0}
        engine = create_engine(self.url, connect_args=arguments, **self._more, **size)
        pragmas = _READER_PRAGMAS if read_only else _WRITER_PRAGMAS

        @event.listens_for(engine, "connect")
        def connected(connection: sqlite3.Connection, _record: object) -> None:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begun(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine


def _json(value: object) -> str:
    return strict_json.dumps(value).decode()


# Before SQLite 3.51.3 a commit beside another connection's checkpoint can corrupt the log
# (sqlite.org/wal.html#walresetbug), so readers never checkpoint.
_READER_PRAGMAS = ("query_only = ON", "wal_autocheckpoint = 0", "busy_timeout = 10000")
_WRITER_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 10000")


# Who holds a turn that has been given on, until they have noticed.
_NEXT = -1


class Turn:
    """A lock whose waiters get it in the order in which they came. Not to be taken twice by one thread.

    The connection that writes to SQLite is wanted again by the writer the moment it lets go: with a plain
    lock, a sign-in could wait for as long as ops come in.
    """

    def __init__(self, seconds: float = TURN_SECONDS) -> None:
        self._seconds = seconds
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._holder = 0

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._holder == me:
                message = "a write within a write would wait for itself"
                raise RuntimeError(message)
            if not self._holder:
                self._holder = me
                return
            mine = threading.Event()
            self._waiting.append(mine)
        self._wait(mine)
        self._holder = me

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._holder = _NEXT if self._waiting else 0
            if self._waiting:
                self._waiting.popleft().set()

    def _wait(self, mine: threading.Event) -> None:
        if mine.wait(self._seconds):
            return
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                message = f"waited {self._seconds} s to write"
                raise TimeoutError(message)


def is_busy(error: Exception) -> bool:
    """Whether the database refused for a reason that passes: locked, full, serialisation, lost connection."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or not isinstance(error, _OUR_FAULTS)
    return isinstance(error, PoolTimeoutError | TimeoutError)
