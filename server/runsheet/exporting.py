"""What of the sheet a viewer may take along, as plain rows that a file is made of."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session

from server.core.access import Viewer
from server.core.models import Event
from server.runsheet.exports.cells import Row, Sheet
from server.runsheet.import_names import Named, folded, ids_by_name
from server.runsheet.imports.words import plain
from server.runsheet.models import Cue, plan_of
from server.runsheet.published import published
from server.runsheet.queries import Directory, board, frozen_plan, rehearsing, sheet_of, visible_cues
from server.runsheet.rows import Names
from server.runsheet.sheet_columns import FIELD_OF, SEPARATORS
from server.runsheet.timing import Board

_DERIVED = ("planned_start", "planned_end", "projected_start", "projected_end")


def times_now(session: Session, event: Event, now: int) -> Board:
    """The times of all published rows as of now, those too that only bear on the times of others."""
    frozen, rehearsals = frozen_plan(session, event.id), rehearsing(session, event.id)
    return board(published(sheet_of(session, event.id)), event, now, frozen, rehearsals)


def told_times(cue: Cue, found: Board) -> dict[str, int | None]:
    """The times of a row by their names; actual ones once it was called."""
    times = found.times[cue.id]
    told: dict[str, int | None] = {name: getattr(times, name) for name in _DERIVED}
    if cue.runs:
        told |= {"actual_start": cue.runs[-1][0], "actual_end": cue.runs[-1][1]}
    return told


def take_sheet(session: Session, viewer: Viewer, event: Event, names: Names, now: int) -> Sheet:
    """All rows that a viewer may see, track by track in tree order, with times as of `now`."""
    cues, found = by_track(visible_cues(session, viewer), names), times_now(session, event, now)
    namer = _Namer(names.directory)
    levels = _levels(cues)
    return {
        "title": names.t(event.name, event.name_en),
        "locale": names.locale,
        "zone": event.timezone,
        "day_change_s": event.day_change_s,
        "columns": _columns(names),
        "english": [[column.id, column.name_en or column.name] for column in names.columns],
        "rows": [_row(cue, levels[cue.id], namer, found) for cue in cues],
    }


def by_track(cues: Iterable[Cue], names: Names) -> list[Cue]:
    """Rows in the order of their tracks, on each in that of the tree."""
    place = {key: number for number, key in enumerate(names.tracks)}
    return sorted(cues, key=lambda cue: place.get(cue.track, len(place)))


def _row(cue: Cue, level: int, namer: "_Namer", found: Board) -> Row:
    names = {
        "track": namer.written("tracks", [cue.track]),
        "place": namer.written("places", [cue.place] if cue.place else []),
        "people": namer.written("people", cue.people),
        "departments": namer.written("departments", cue.departments),
    }
    about = {
        "id": cue.id,
        "level": level,
        "state": cue.state,
        "names": names,
        "times": told_times(cue, found),
    }
    return plan_of(cue) | {"parent": cue.parent} | about


def _levels(cues: Iterable[Cue]) -> dict[str, int]:
    levels: dict[str, int] = {}
    for cue in cues:
        levels[cue.id] = levels.get(cue.parent or "", 0) + 1
    return levels


class _Namer:
    """Writes names so that an import finds who and what is meant: by the id where a name says too little."""

    def __init__(self, directory: Directory) -> None:
        people = [
            each for each in directory.people.values() if not (each.removed_at or each.viewer().is_screen)
        ]
        kinds = {
            "tracks": _named(directory.tracks.values()),
            "places": _named(directory.places.values()),
            "departments": _named(directory.departments.values()),
            "people": _named(people),
        }
        self._gone = {key: each.name for key, each in directory.people.items()}
        self._names = {kind: self._told(kind, rows) for kind, rows in kinds.items()}

    def written(self, kind: str, ids: list[str]) -> list[str]:
        known = self._names[kind]
        return [known.get(each) or self._gone.get(each, each) for each in ids]

    @staticmethod
    def _told(kind: str, rows: list[Named]) -> dict[str, str]:
        found = ids_by_name(rows, sole=kind == "people")
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
