"""A new event's rows and its log as the driver takes them, made before the write begins, since others wait for that."""

import json
from collections.abc import Iterable
from typing import Any

from sqlmodel import SQLModel

from server.core.access import TEAM
from server.core.log import DIRECTORY_KINDS
from server.core.models import Change, Event
from server.people.models import Contact, Me, Member
from server.runsheet.repeat_rows import Made, Values

FOUNDED = 3
"""The log begins with so many entries, the owner's faces (`found_event`)."""
Rows = list[tuple[Any, ...]]


class Load:
    """Rows by their tables, the log last; `heads` are what the event then says of its log."""

    def __init__(self, event: Event, maker: str, op_id: str, kind: str) -> None:
        self.maker = maker
        self.heads = {"head": FOUNDED, "directory_seq": FOUNDED}
        self.tables: dict[type[SQLModel], Rows] = {}
        moment = {"at": event.created_at, "received": event.created_at}
        self._about = {
            "event_id": event.id,
            **moment,
            "actor": maker,
            "op_id": op_id,
            "kind": kind,
            "was": None,
        }
        self._log: list[Values] = []

    def add(self, model: type[SQLModel], rows: Iterable[Values], faces: Iterable[tuple[str, str]]) -> None:
        """Rows of a table, which are (kind, audience) to the log; an empty audience is the row's own."""
        entries = list(faces)
        event_id = self._about["event_id"]
        numbered = [row | {"event_id": event_id, "version": self._record(row, entries)} for row in rows]
        self.tables[model] = _ready(model, numbered)

    def close(self) -> "Load":
        """Let the log follow, when all rows are in it."""
        self.tables[Change] = _ready(Change, self._log)
        return self

    def _record(self, row: Values, faces: list[tuple[str, str]]) -> int:
        for kind, audience in faces:
            self.heads["head"] += 1
            if kind in DIRECTORY_KINDS:
                self.heads["directory_seq"] = self.heads["head"]
            told = audience.format(**row) or row["audience"]
            about = {"entity_kind": kind, "entity": row["id"], "audience": told, "detail": {}}
            self._log.append(self._about | about | {"seq": self.heads["head"]})
        return self.heads["head"]


def make_load(event: Event, made: Made, *, maker: str, op_id: str, kind: str) -> Load:
    """All that comes along, each row an entry of the log; a person has three, and no way in."""
    load = Load(event, maker, op_id, kind)
    for model, rows in made.rows.items():
        load.add(model, rows, [(model.entity_kind, "")])
    faces = [(Member.entity_kind, ""), (Contact.entity_kind, TEAM), (Me.entity_kind, "person:{id}")]
    load.add(Member, made.members, faces)
    return load.close()


def _ready(model: type[SQLModel], rows: list[Values]) -> Rows:
    """In the order of the table's columns, documents as texts. All rows name the same columns."""
    if not rows:
        return []
    usual = model(**rows[0]).model_dump()
    names = list(model.__table__.columns.keys())  # type: ignore[attr-defined]  # SQLModel adds it
    return [tuple(_packed(row.get(name, usual[name])) for name in names) for row in rows]


def _packed(value: Any) -> Any:  # noqa: ANN401 - what a column may hold
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
