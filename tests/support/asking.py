"""What a program asks of its database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event as events

from server.core.db import Database


@contextmanager
def statements(db: Database, part: str = "") -> Iterator[list[str]]:
    """The statements with `part` in them that are carried out meanwhile."""
    asked: list[str] = []

    def heard(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if part in statement:
            asked.append(statement)

    engines = {id(engine): engine for engine in (db.readers, db.writer)}
    for engine in engines.values():
        events.listen(engine, "before_cursor_execute", heard)
    yield asked
    for engine in engines.values():
        events.remove(engine, "before_cursor_execute", heard)
