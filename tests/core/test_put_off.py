"""What is put off is done before anybody could notice, in its order, and not at all once it is rolled back."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import bindparam, event, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from server.core.db import Database, is_busy
from server.core.models import Event
from server.core.put_off import put_off

_EVENTS = Event.__table__  # type: ignore[attr-defined]  # SQLModel's tables have no public type
_HERE = _EVENTS.c.id == bindparam("key")
NAME = update(_EVENTS).where(_HERE).values(name=bindparam("text"))
VENUE = update(_EVENTS).where(_HERE).values(venue=bindparam("text"))
BOTH = update(_EVENTS).where(_HERE).values(name=bindparam("text"), venue=bindparam("text"))


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    with database.write() as session:
        for name in ("a", "b"):
            session.add(Event(id=name, organisation_id="o", name=name, epoch="x", created_at=0))
    yield database
    database.close()


def by_orm(session: Session) -> str:
    return session.exec(select(Event).where(Event.id == "a")).one().name


def by_core(session: Session) -> str:
    return str(session.connection().execute(select(Event.name).where(Event.id == "a")).scalar_one())


def by_driver(session: Session) -> str:
    return str(session.connection().exec_driver_sql("SELECT name FROM event WHERE id = 'a'").scalar_one())


@pytest.mark.parametrize("read", [by_orm, by_core, by_driver])
def test_whoever_reads_on_the_same_connection_reads_it(db: Database, read: Callable[[Session], str]) -> None:
    with db.write() as session:
        put_off(session.connection(), NAME, {"key": "a", "text": "new"})
        assert read(session) == "new"


def test_a_commit_brings_it(db: Database) -> None:
    with db.write() as session:
        put_off(session.connection(), NAME, {"key": "a", "text": "new"})
    with db.read() as session:
        assert (by_core(session), session.get_one(Event, "b").name) == ("new", "b")


def test_a_rollback_forgets_it(db: Database) -> None:
    with db.write() as session:
        put_off(session.connection(), NAME, {"key": "a", "text": "new"})
        session.rollback()
    with db.write() as session:
        session.get_one(Event, "b").name = "other"
    with db.read() as session:
        assert (by_core(session), session.get_one(Event, "b").name) == ("a", "other")


def test_it_keeps_its_order_and_what_is_alike_goes_as_one(db: Database) -> None:
    sent: list[bool] = []

    @event.listens_for(db.writer, "before_cursor_execute")
    def heard(_connection: object, _cursor: object, statement: str, *told: object) -> None:
        if statement.startswith("UPDATE"):
            sent.append(bool(told[-1]))

    with db.write() as session:
        for statement, new in ((NAME, "1"), (NAME, "2"), (BOTH, "3"), (VENUE, "4"), (VENUE, "5")):
            for key in ("a", "b"):
                put_off(session.connection(), statement, {"key": key, "text": new})
        found = session.get_one(Event, "a")
        assert (found.name, found.venue) == ("3", "5")
    assert sent == [True] * 3


def cut_off(db: Database) -> None:
    with db.write() as session:
        put_off(session.connection(), NAME, {"key": "a", "text": "new"})
        session.connection().execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_a_connection_that_is_lost_passes_and_so_does_what_was_put_off_on_it(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    with pytest.raises(OperationalError) as raised:
        cut_off(database)
    assert is_busy(raised.value)
    with database.write() as session:
        assert not session.connection().info
    database.close()
