"""Readers see one snapshot and write nothing; writers take turns; what passes is told from what does not."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlmodel import Session, select

from server.core.db import Database, Turn, is_busy
from server.core.models import Event


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def event(name: str) -> Event:
    return Event(id=name, organisation_id="o", name=name, epoch="x", created_at=0)


def names(session: Session) -> list[str]:
    return list(session.exec(select(Event.name).order_by(Event.name)))


def test_a_reader_sees_one_snapshot_whatever_is_written_meanwhile(db: Database) -> None:
    with db.write() as session:
        session.add(event("a"))
    with db.read() as reader:
        assert names(reader) == ["a"]
        with db.write() as session:
            session.add(event("b"))
        assert names(reader) == ["a"]
    with db.read() as reader:
        assert names(reader) == ["a", "b"]


def test_a_reader_can_not_write(db: Database) -> None:
    with db.read() as session, pytest.raises(DBAPIError):
        session.connection().execute(text("DELETE FROM event"))


def test_what_fails_is_undone_as_a_whole(db: Database) -> None:
    def fail(session: Session) -> None:
        session.add(event("a"))
        session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), db.write() as session:
        fail(session)
    with db.read() as session:
        assert names(session) == []


def test_what_is_loaded_can_be_used_after_the_session(db: Database) -> None:
    with db.write() as session:
        session.add(event("a"))
    with db.read() as session:
        found = session.get_one(Event, "a")
    assert found.name == "a"


def test_chinese_is_stored_as_it_is_written(db: Database) -> None:
    with db.write() as session:
        session.add(
            Event(
                id="a",
                organisation_id="o",
                name="河岸",
                epoch="x",
                created_at=0,
                days=[{"name": "第一天 😀"}],
            )
        )
    with db.read() as session:
        raw = session.connection().execute(text("SELECT CAST(days AS TEXT) FROM event")).scalar_one()
        assert "第一天 😀" in raw
        assert session.get_one(Event, "a").days == [{"name": "第一天 😀"}]


def test_a_commit_on_sqlite_is_on_the_disk_when_it_returns(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.write() as session:
        found = {
            name: session.connection().execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with database.read() as session:
        assert session.connection().execute(text("PRAGMA wal_autocheckpoint")).scalar_one() == 0
        assert session.connection().execute(text("PRAGMA query_only")).scalar_one() == 1
    database.close()


def test_a_program_that_closes_leaves_one_whole_file(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as session:
        assert names(session) == []
    with database.write() as session:
        session.add(event("a"))
    database.close()
    assert not list(Path(str(database.url.database)).parent.glob("*-wal"))


def test_who_waits_for_a_turn_gets_it_in_order() -> None:
    turn, order = Turn(), []

    def take(name: int) -> None:
        with turn:
            order.append(name)

    with turn:
        waiting = [threading.Thread(target=take, args=(name,)) for name in range(5)]
        for n, thread in enumerate(waiting):
            thread.start()
            while len(turn._waiting) <= n:  # noqa: SLF001
                time.sleep(0.001)
    for thread in waiting:
        thread.join(5)
    assert order == [0, 1, 2, 3, 4]


def test_who_takes_turn_after_turn_lets_others_in_between() -> None:
    turn, stop, order = Turn(), threading.Event(), []

    def hog() -> None:
        while not stop.is_set():
            with turn:
                order.append("hog")

    thread = threading.Thread(target=hog)
    thread.start()
    for _ in range(20):
        with turn:
            order.append("guest")
    stop.set()
    thread.join(5)
    assert order.count("guest") == 20


def test_who_waits_too_long_is_told_so_and_others_go_on() -> None:
    turn, told = Turn(seconds=0.05), []

    def wait() -> None:
        try:
            with turn:
                told.append("in")
        except TimeoutError as error:
            told.append(str(is_busy(error)))

    with turn:
        waiting = threading.Thread(target=wait)
        waiting.start()
        waiting.join(5)
    with turn:
        assert told == ["True"]


def test_a_write_within_a_write_is_a_fault_and_no_deadlock(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with pytest.raises(RuntimeError, match="within"), database.write(), database.write():
        pass
    with database.write() as session:
        session.add(event("a"))
    database.close()


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (OperationalError("x", {}, Exception("database is locked")), True),
        (OperationalError("x", {}, Exception("connection lost")), True),
        (TimeoutError(), True),
        (IntegrityError("x", {}, Exception("unique")), False),
        (ProgrammingError("x", {}, Exception("syntax")), False),
        (ProgrammingError("x", {}, Exception("gone"), connection_invalidated=True), True),
        (ZeroDivisionError(), False),
        (ValueError(), False),
    ],
)
def test_what_passes_is_told_from_what_does_not(error: Exception, passes: bool) -> None:  # noqa: FBT001
    assert is_busy(error) is passes


def test_a_unique_key_is_a_fault_of_ours_on_both_databases(db: Database) -> None:
    with db.write() as session:
        session.add(event("a"))
    with pytest.raises(IntegrityError) as raised, db.write() as session:
        session.add(event("a"))
    assert not is_busy(raised.value)


@pytest.mark.parametrize("show_parameters", [False, True])
def test_what_a_statement_was_given_stands_in_no_error(database_url: str, *, show_parameters: bool) -> None:
    database = Database(database_url, show_parameters=show_parameters)
    with pytest.raises(DBAPIError) as raised, database.read() as session:
        session.connection().execute(
            text("SELECT x FROM nowhere WHERE phone = :phone"), {"phone": "0912345678"}
        )
    assert ("0912345678" in str(raised.value)) == show_parameters
    database.close()
