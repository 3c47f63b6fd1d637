"""The sheet as an import compares a file with it: its values, and which entries of the log were made by no hand."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Text
from sqlalchemy import cast as sql_cast
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from server.core.access import Viewer
from server.core.models import Change
from server.core.strict_json import dumps_long
from server.runsheet.import_rows import DOCUMENTS, FIELDS
from server.runsheet.models import Cue

IMPORTS = frozenset({"import.insert", "import.change", "import.undo"})
"""Ops that set fields, but by no hand."""
_NONE = "{}"
_AT_ONCE = 5_000


def sheet_rows(session: Session, viewer: Viewer) -> bytes:
    """Every row that the viewer may see, as `import_rows.py` reads it: documents as texts, in any order.

    What can be done aside is done there, so that nobody waits for it here.
    """
    columns: Any = Cue.__table__.c  # type: ignore[attr-defined]  # SQLModel adds it
    these = (
        columns.event_id == viewer.event_id,
        columns.removed_at.is_(None),
        columns.audience.in_(list(viewer.audiences)),
    )
    documents = (sql_cast(columns[name], Text) for name in DOCUMENTS)
    query = sql_select(*(columns[name] for name in FIELDS), *documents).where(*these)
    rows = [tuple(row) for row in session.connection().execute(query)]
    by_import = _by_import(session, viewer.event_id, _seqs(row[-1] for row in rows))
    return dumps_long({"rows": rows, "by_import": sorted(by_import)})


def has_rows(session: Session, viewer: Viewer) -> bool:
    """Whether there is anything to compare with."""
    these = (Cue.event_id == viewer.event_id, col(Cue.removed_at).is_(None))
    seen = col(Cue.audience).in_(list(viewer.audiences))
    return session.exec(select(Cue.id).where(*these, seen).limit(1)).first() is not None


def _seqs(versions: Iterable[str]) -> set[int]:
    """The entries of the log that last set a field."""
    return {seq for each in versions if each != _NONE for seq in json.loads(each).values()}


def _by_import(session: Session, event_id: str, seqs: set[int]) -> set[int]:
    """Which entries of the log an import made."""
    found: set[int] = set()
    ordered = sorted(seqs)
    for start in range(0, len(ordered), _AT_ONCE):
        these = col(Change.seq).in_(ordered[start : start + _AT_ONCE])
        query = select(Change.seq).where(Change.event_id == event_id, these, col(Change.kind).in_(IMPORTS))
        found.update(session.exec(query))
    return found
