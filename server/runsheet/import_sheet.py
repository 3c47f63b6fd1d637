"""The sheet as an import compares a file with it: plain rows, and which of their fields people have set since."""

import json
from typing import Any, cast

from sqlalchemy import Text
from sqlalchemy import cast as sql_cast
from sqlmodel import Session, col, select

from server.core.access import Viewer
from server.core.models import Change
from server.runsheet.models import Cue
from server.runsheet.tree import in_tree_order

IMPORTS = frozenset({"import.insert", "import.change", "import.undo"})
"""Ops that set fields, but by no hand."""
_FIELDS = (
    *(
        "id",
        "parent",
        "order_key",
        "kind",
        "track",
        "day",
        "start_mode",
        "start",
        "offset_s",
        "end_mode",
        "end",
    ),
    *(
        "duration_s",
        "number",
        "title",
        "title_en",
        "title_kind",
        "place",
        "meeting",
        "reading",
        "line",
        "hard",
    ),
    *("colour", "note", "state", "leaving"),
)
_DOCUMENTS = ("people", "departments", "columns", "flagged", "runs", "versions")
_NONE = "{}"
_AT_ONCE = 5_000


def sheet_rows(session: Session, viewer: Viewer) -> bytes:
    """Every row that the viewer may see, in tree order, as JSON; `hand` are the fields that people have set."""
    table = Cue.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    these = (
        table.c.event_id == viewer.event_id,
        table.c.removed_at.is_(None),
        table.c.audience.in_(list(viewer.audiences)),
    )
    # Documents as texts: they are read aside, so that nobody waits for it here.
    documents = (sql_cast(table.c[name], Text).label(name) for name in _DOCUMENTS)
    columns = (*(table.c[name] for name in _FIELDS), *documents)
    query = table.select().with_only_columns(*columns).where(*these)
    ordered: Any = in_tree_order(cast("Any", session.connection().execute(query).all()))
    found: list[dict[str, Any]] = [row._asdict() for row in ordered]
    versions = {row["id"]: json.loads(row["versions"]) for row in found if row["versions"] != _NONE}
    by_import = _by_import(
        session, viewer.event_id, {seq for each in versions.values() for seq in each.values()}
    )
    for row in found:
        row["hand"] = [name for name, seq in versions.get(row["id"], {}).items() if seq not in by_import]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def has_rows(session: Session, viewer: Viewer) -> bool:
    """Whether there is anything to compare with."""
    these = (Cue.event_id == viewer.event_id, col(Cue.removed_at).is_(None))
    seen = col(Cue.audience).in_(list(viewer.audiences))
    return session.exec(select(Cue.id).where(*these, seen).limit(1)).first() is not None


def read_rows(packed: bytes) -> list[dict[str, Any]]:
    """The rows, as `import_compare` takes them."""
    return [
        row | {name: json.loads(row[name]) for name in _DOCUMENTS} | {"hand": frozenset(row["hand"])}
        for row in json.loads(packed)
    ]


def _by_import(session: Session, event_id: str, seqs: set[int]) -> set[int]:
    """Which entries of the log an import made."""
    found: set[int] = set()
    ordered = sorted(seqs)
    for start in range(0, len(ordered), _AT_ONCE):
        these = col(Change.seq).in_(ordered[start : start + _AT_ONCE])
        query = select(Change.seq).where(Change.event_id == event_id, these, col(Change.kind).in_(IMPORTS))
        found.update(session.exec(query))
    return found
