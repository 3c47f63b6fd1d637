"""What of the sheet a viewer may take along, as plain values that a file is made of."""

from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

from sqlmodel import Session

from server.core.access import Viewer
from server.core.clock import operating_day
from server.core.models import Event
from server.runsheet.exports.rows import Taken
from server.runsheet.import_names import Named, folded, ids_by_name
from server.runsheet.imports.words import plain
from server.runsheet.names import Names
from server.runsheet.published import published
from server.runsheet.queries import Directory, board, frozen_plan, rehearsing, sheet_of, visible_values
from server.runsheet.sheet_columns import FIELD_OF, SEPARATORS
from server.runsheet.timing import Board


def times_now(session: Session, event: Event, now: int) -> Board:
    """The times of all published rows as of now, those too that only bear on the times of others."""
    frozen, rehearsals = frozen_plan(session, event.id), rehearsing(session, event.id)
    return board(published(sheet_of(session, event.id)), event, now, frozen, rehearsals)


def take_sheet(session: Session, viewer: Viewer, event: Event, names: Names, now: int) -> Taken:
    """All rows that a viewer may see, and what the rest of the sheet follows from.

    Others' ops wait for what is done here, so it is only read; it is worked out aside (`exports/rows.py`).
    """
    return {
        "title": names.t(event.name, event.name_en),
        "locale": names.locale,
        "zone": event.timezone,
        "day_change_s": event.day_change_s,
        "columns": _columns(names),
        "english": [[column.id, column.name_en or column.name] for column in names.columns],
        "now": now,
        "today": operating_day(now, event.timezone, event.day_change_s).isoformat(),
        "frozen": frozen_plan(session, event.id),
        "rehearsals": [astuple(each) for each in rehearsing(session, event.id)],
        "tracks": list(names.tracks),
        "names": _written(names.directory),
        **visible_values(session, viewer),
    }


def _written(directory: Directory) -> dict[str, dict[str, str]]:
    """Names by kind and id, so that an import finds who and what is meant: the id where a name says too little."""
    people = [each for each in directory.people.values() if not (each.removed_at or each.viewer().is_screen)]
    gone = {key: each.name for key, each in directory.people.items()}
    return {
        "tracks": _told(_named(directory.tracks.values())),
        "places": _told(_named(directory.places.values())),
        "departments": _told(_named(directory.departments.values())),
        "people": gone | _told(_named(people), sole=True),
    }


def _told(rows: list[Named], *, sole: bool = False) -> dict[str, str]:
    found = ids_by_name(rows, sole=sole)
    return {each[0]: _clear(each, found) for each in rows}


def _clear(each: Named, found: dict[str, str]) -> str:
    """The first of a thing's names by which it alone is found."""
    key, name, english = each
    fitting = (
        one for one in (name, english) if one and found.get(folded(one)) == key and not SEPARATORS.search(one)
    )
    return next(fitting, key)


def _named(rows: Iterable[Any]) -> list[Named]:
    return [[row.id, row.name, row.name_en] for row in rows]


def _columns(names: Names) -> list[list[str]]:
    """The event's own columns with headings that an import tells from ours and from one another."""
    told = [
        (column.id, plain(name))
        for column in names.columns
        for name in (column.id, column.name, column.name_en)
    ]
    first: dict[str, str] = {}
    for key, word in told:
        first.setdefault(word, key)
    return [[column.id, _heading(column, names, first)] for column in names.columns]


def _heading(column: Any, names: Names, first: dict[str, str]) -> str:  # noqa: ANN401 - a ColumnDef
    choices = (names.t(column.name, column.name_en), column.name, column.name_en)
    fitting = (
        name
        for name in choices
        if name.casefold() not in FIELD_OF and plain(name) and first[plain(name)] == column.id
    )
    return next(fitting, column.id)
