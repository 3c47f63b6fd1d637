"""Updates of rows that wait for others like them: to PostgreSQL each statement is a way there and back.

They are written before any other statement of their connection and before its commit, so that nobody ever reads what
stood there before. A rollback forgets them.
"""

from typing import Any

from sqlalchemy import Connection, Engine, Update, event

_WAITING = "put off"


def put_off(connection: Connection, statement: Update, values: dict[str, Any]) -> None:
    """Have an update done soon: together with those put off before it, if they are the same statement."""
    waiting: list[tuple[Update, list[dict[str, Any]]]] = connection.info.setdefault(_WAITING, [])
    if waiting and waiting[-1][0] is statement:
        waiting[-1][1].append(values)
    else:
        waiting.append((statement, [values]))


def write_put_off(connection: Connection) -> None:
    """Do now what was put off."""
    for statement, values in connection.info.pop(_WAITING, ()):
        connection.execute(statement, values)


def forget_put_off(connection: Connection) -> None:
    """Never do it. A connection that is lost has forgotten it already, and can't be asked."""
    if not connection.invalidated:
        connection.info.pop(_WAITING, None)


def look_after(engine: Engine) -> None:
    """Write what was put off on a connection of this engine before anything else happens on it."""
    event.listen(engine, "before_cursor_execute", lambda connection, *_: write_put_off(connection))
    event.listen(engine, "commit", write_put_off)
    event.listen(engine, "rollback", forget_put_off)
