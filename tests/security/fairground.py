"""The fair with one of everything in it, and a text of one's choice in every field that takes any."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import SQLModel

from server.app import OPS, PAGES
from server.core.ids import digest
from tests.people.stage import Stage
from tests.support.examples import free_texts, with_texts

Json = dict[str, Any]
UNUSED = Path("unused")
DAY = "2026-11-23"
GUEST = "g" * 32
CELL = {"lights": {"zh-TW": None, "en": None}}
TIMED = {"start": "2026-11-23T16:00:00+08:00", "duration_s": 600}
# (who, op, what is named): the rest of each op's texts are filled in by its model.
MADE: list[tuple[str, str, Json]] = [
    ("amy", "department.put", {"id": "stage", "colour": "#aabbcc"}),
    ("amy", "department.put", {"id": "light"}),
    ("amy", "place.put", {"id": "gate"}),
    ("amy", "track.put", {"id": "main", "place": "gate"}),
    ("amy", "column.put", {"id": "lights", "department": "light"}),
    ("amy", "column.put", {"id": "inner", "shown_to": "team"}),
    ("amy", "member.add", {"id": "hal", "department": "stage", "roles": ["crew", "host"]}),
    ("amy", "member.edit", {"id": "dan", "set": {"phone": "0900000001"}}),
    ("amy", "member.edit", {"id": "cai", "set": {"department": "stage"}}),
    ("amy", "member.edit", {"id": "gus", "set": {}}),
    ("amy", "cue.add", {"id": "c0", "kind": "segment", "track": "main"}),
    ("amy", "cue.add", TIMED | {"id": "c1", "track": "main", "place": "gate", "people": ["dan", "hal"],
                                "departments": ["stage"], "columns": CELL, "note_for": {"stage": None}}),
    ("amy", "cue.add", {"id": "c2", "parent": "c1", "kind": "cue", "track": "main", "people": ["dan"],
                        "duration_s": 60}),
    ("amy", "cue.add", {"id": "c3", "track": "main", "start_mode": "line", "duration_s": 60}),
    ("amy", "cue.edit", {"id": "c1", "set": {"columns": CELL}}),
    ("amy", "sheet.publish", {}),
    ("amy", "variant.put", {"id": "v1", "day": DAY, "shown_to": "all", "skip": ["c3"],
                            "changes": [{"cue": "c1", "set": {"columns": CELL}}]}),
    ("eve", "note.put", {"cue": "c1", "department": "light"}),
    ("dan", "comment.add", {"id": "m1", "cue": "c1"}),
    ("cai", "log.write", {"id": "l1", "track": "main", "cue": "c1"}),
    ("amy", "desk.open", {"id": "d1", "track": "main", "hash": digest("desk")}),
    ("amy", "guest.open", {"id": "g1", "hash": digest(GUEST), "level": "fine", "columns": ["lights"],
                           "shows": ["time", "place", "people"], "team_columns": ["inner"]}),
    ("amy", "webhook.add", {"id": "w1", "url": "https://example.com/x", "groups": ["go"],
                            "secret": f"whsec_{'A' * 32}"}),
    ("amy", "cue.attach", {"id": "a1", "cue": "c1", "blob": "f" * 64, "media": "application/pdf", "size": 9}),
    ("eve", "calendar.make", {"id": "k1", "hash": digest("calendar"), "scope": "all"}),
    ("eve", "cue.ready", {"id": "c1"}),
    ("amy", "cue.edit", {"id": "c2", "set": {"note": None}}),
]  # fmt: skip
# Texts of ops that reach no row by themselves: steps are the same models again, a track is named by its import.
ELSEWHERE = {"cue.batch", "import.apply", "import.update"}
IDS = ("stage", "main", "gate", "lights", "dan", "amy", "hal", "c0", "c1", "c2", "v1", "m1", "l1", "d1", "g1", "w1",
       "a1", "k1", "f" * 64)  # fmt: skip


def ops_with_texts() -> set[str]:
    """The ops of which some argument takes any text."""
    schemas = {name: op.args.model_json_schema() for name, op in OPS.ops.items()}
    return {
        name for name, schema in schemas.items() if next(free_texts(schema, schema.get("$defs", {})), None)
    }


def fill(stage: Stage, text: str) -> None:
    """Make all of it, with one text in every field."""
    for who, name, args in MADE:
        stage.must(
            who, name, **with_texts(OPS.ops[name].args.model_json_schema(), args, lambda most: text[:most])
        )


def addresses(event: str, *ids: str) -> Iterator[str]:
    """Every page that can be read, with these ids in whatever its path names."""
    for route in PAGES:
        path: str = route.path.replace("{event}", event)
        if "GET" in (route.methods or ()):
            before, name, after = path.partition("{")
            yield from ([path] if not name else [f"{before}{one}{after.partition('}')[2]}" for one in ids])


def rows_of(stage: Stage, event: str) -> dict[str, list[str]]:
    """All that is kept of an event, by table."""
    with stage.services.db.read() as session:
        tables = [table for table in SQLModel.metadata.sorted_tables if _key(table) is not None]
        return {
            table.name: [str(tuple(row)) for row in session.execute(_rows(table, event))] for table in tables
        }


def _rows(table: Table, event: str) -> Any:  # noqa: ANN401 - a statement
    return select(table).where(_key(table) == event).order_by(*table.primary_key.columns)


def _key(table: Table) -> Any:  # noqa: ANN401 - a column, or none
    return table.c.id if table.name == "event" else table.c.get("event_id")
