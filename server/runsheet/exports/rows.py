"""What the sheet makes of its rows: their order, levels, names and times, worked out of what the database has."""

import json
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, TypeVar

from server.runsheet.exports.cells import Row, Sheet
from server.runsheet.timing import Board, compute
from server.runsheet.timing_facts import facts_of
from server.runsheet.timing_rehearsed import Rehearsing, rehearse
from server.runsheet.tree import in_tree_order

Taken = dict[str, Any]
"""A sheet as it was taken, as plain JSON: a `Sheet`, but of its `rows` only the values of `fields`, `documents` among
them as texts, in any order. `seen` is whether a row is told, or only bears on the times of others. With it come what
times follow from (`now`, `today`, `frozen`, `rehearsals`), `tracks`, their ids in order, and `names` by kind and id."""
Told = TypeVar("Told", bound=Any)
_DERIVED = ("planned_start", "planned_end", "projected_start", "projected_end")


def worked_out(taken: Taken) -> Sheet:
    """The sheet with all rows that are told, track by track in tree order, with times as of `now`."""
    cues = in_tree_order(
        _published(dict(zip(taken["fields"], row, strict=True)), taken) for row in taken["rows"]
    )
    board = _board(cues, taken)
    told = by_track([cue for cue in cues if cue.seen], taken["tracks"])
    levels = _levels(told)
    return taken | {"rows": [_row(cue, levels[cue.id], taken["names"], board) for cue in told]}


def by_track(cues: Iterable[Told], tracks: Iterable[str]) -> list[Told]:
    """Rows in the order of their tracks, on each in that of the tree."""
    place = {key: number for number, key in enumerate(tracks)}
    return sorted(cues, key=lambda cue: place.get(cue.track, len(place)))


def told_times(cue: Any, found: Board) -> dict[str, int | None]:  # noqa: ANN401 - a row of the table, or like one
    """The times of a row by their names; actual ones once it was called."""
    times = found.times[cue.id]
    told: dict[str, int | None] = {name: getattr(times, name) for name in _DERIVED}
    if cue.runs:
        told |= {"actual_start": cue.runs[-1][0], "actual_end": cue.runs[-1][1]}
    return told


def _published(values: dict[str, Any], taken: Taken) -> SimpleNamespace:
    """A row as everybody sees it: with what stood there before the edits that wait (`published.py`)."""
    documents = {name: json.loads(values[name]) for name in taken["documents"] if values[name] is not None}
    return SimpleNamespace(**values | documents | documents.get("published", {}))


def _board(cues: Iterable[SimpleNamespace], taken: Taken) -> Board:
    frozen = {row_id: (start, end) for row_id, (start, end) in taken["frozen"].items()}
    running = [Rehearsing(*each) for each in taken["rehearsals"]]
    return compute(rehearse(facts_of(cues, frozen), running), taken["now"], taken["today"])


def _levels(cues: Iterable[SimpleNamespace]) -> dict[str, int]:
    levels: dict[str, int] = {}
    for cue in cues:
        levels[cue.id] = levels.get(cue.parent or "", 0) + 1
    return levels


def _row(cue: SimpleNamespace, level: int, names: Mapping[str, Mapping[str, str]], board: Board) -> Row:
    quoted = {
        "track": ("tracks", [cue.track]),
        "place": ("places", [cue.place] if cue.place else []),
        "people": ("people", cue.people),
        "departments": ("departments", cue.departments),
    }
    written = {name: [names[kind].get(each, each) for each in ids] for name, (kind, ids) in quoted.items()}
    return vars(cue) | {"level": level, "names": written, "times": told_times(cue, board)}
