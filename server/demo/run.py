"""The show of the demo so far: what its file says happened, then on as projected."""

from collections.abc import Callable, Iterator
from typing import Any

from server.core.models import Event
from server.demo.content import Content
from server.runsheet.models import Cue
from server.runsheet.queries import board
from server.runsheet.timing_types import Board, Standing

Json = dict[str, Any]
Call = tuple[int, str, Json]
# What starts so soon after the end of the one before it is called by the same GO.
_AT_ONCE_MS = 1000


def calls_of_actuals(
    content: Content, rows: dict[str, Cue], until: int, live: Callable[[str], str | None]
) -> Iterator[Call]:
    """(moment, op, args) of what the file says ran before `until`, in the order in which it was called.

    `live` tells which item is live on a track at the time of asking, so the caller carries out each call
    before it takes the next.
    """
    moments: list[tuple[int, int, str]] = []
    for actual in content.actuals():
        moments.append((actual["start"], 1, actual["id"]))
        if actual["end"]:
            moments.append((actual["end"], 0, actual["id"]))
        moments += [(at, 2, cue) for cue, at in _cues_called(rows, actual)]
    for at, kind, row_id in sorted(moments):
        if at > until:
            return
        track = rows[row_id].track
        if kind == 0 and live(track) == row_id:
            yield at, "cue.finish", {"id": row_id}
        elif kind:
            yield at, "cue.go", {"id": row_id, "current": live(track)}


def next_call(cues: list[Cue], event: Event, since: int) -> Call | None:
    """The call that falls due next if the show goes on after `since` as projected; ask anew after each."""
    found = board(cues, event, since)
    rows = {cue.id: cue for cue in cues}
    due: list[Call] = []
    for track in found.tracks.values():
        # Before the item's end, where both fall on the same moment.
        if track.current:
            due += _cues_due(rows, rows[track.current], found.times[track.current].projected_end)
        due += _items_due(found, track)
    first = min(due, key=lambda call: call[0], default=None)
    return (max(since, first[0]), *first[1:]) if first else None


def _items_due(found: Board, track: Standing) -> Iterator[Call]:
    """The end of what runs on a track, or the start of what follows where that is the same moment."""
    current, following = track.current, track.next
    end = found.times[current].projected_end if current else None
    start = found.times[following].projected_start if following else None
    if current is None and start is not None:
        yield start, "cue.go", {"id": following, "current": None}
    elif end is not None and start is not None and start <= end + _AT_ONCE_MS:
        yield end, "cue.go", {"id": following, "current": current}
    elif end is not None:
        yield end, "cue.finish", {"id": current}


def _cues_due(rows: dict[str, Cue], item: Cue, end: int | None) -> Iterator[Call]:
    actual = {"id": item.id, "start": item.runs[-1][0], "end": end}
    for cue, at in _cues_called(rows, actual):
        if not rows[cue].runs:
            yield at, "cue.go", {"id": cue, "current": item.id}


def _cues_called(rows: dict[str, Cue], actual: Json) -> list[tuple[str, int]]:
    """When the cues of an item were called: at its start plus their offset; spoken ones evenly in between."""
    cues = [row for row in rows.values() if row.parent == actual["id"] and row.kind == "cue"]
    item = rows[actual["id"]]
    end = actual["end"] or actual["start"] + item.duration_s * 1000
    spoken = [cue for cue in cues if cue.start_mode == "line"]
    gap = (end - actual["start"]) // (len(spoken) + 1)
    moments = [(cue.id, actual["start"] + cue.offset_s * 1000) for cue in cues if cue.start_mode == "offset"]
    moments += [(cue.id, actual["start"] + gap * (place + 1)) for place, cue in enumerate(spoken)]
    # A cue is called within its item, so the last moment for it is before the end.
    last = max(actual["start"], end - 1)
    return [(cue, min(at, last)) for cue, at in moments]
