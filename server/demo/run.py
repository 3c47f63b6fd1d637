"""The show of the demo so far: what its file says happened, then on as projected."""

from collections.abc import Callable, Iterator
from typing import Any

from server.core.models import Event
from server.demo.content import Content
from server.runsheet.models import Cue
from server.runsheet.queries import board

Json = dict[str, Any]
Call = tuple[int, str, Json]


def calls_of_actuals(content: Content, rows: dict[str, Cue], until: int, live: Callable[[str], str | None]) -> Iterator[Call]:
    """(moment, op, args) of what the file says ran before `until`, in the order in which it was called.

    `live` tells which item is live on a track at the time of asking, so the caller carries out each call
    before it takes the next.
    """
    moments: list[tuple[int, int, str]] = []
    for actual in content.actuals():
        moments.append((actual["start"], 1, actual["id"]))
        if actual["end"]:
            moments.append((actual["end"], 0, actual["id"]))
        moments += [(at, 2, cue) for cue, at in _cues_called(rows, actual, until)]
    for at, kind, row_id in sorted(moments):
        if at > until:
            return
        track = rows[row_id].track
        if kind == 0 and live(track) == row_id:
            yield at, "cue.finish", {"id": row_id}
        elif kind:
            yield at, "cue.go", {"id": row_id, "current": live(track)}


def calls_as_projected(cues: list[Cue], event: Event, since: int, until: int) -> Iterator[Call]:
    """The next call that falls due by the projection after `since`; asked anew after each."""
    found = board(cues, event, since)
    due: list[Call] = []
    for track in found.tracks.values():
        current, following = track.current, track.next
        if current and found.times[current].projected_end is not None:
            end = max(since, int(found.times[current].projected_end or 0))
            start = found.times[following].projected_start if following else None
            if following and start is not None and start <= end + 1000:
                due.append((end, "cue.go", {"id": following, "current": current}))
            else:
                due.append((end, "cue.finish", {"id": current}))
        elif following and found.times[following].projected_start is not None:
            due.append((max(since, int(found.times[following].projected_start or 0)), "cue.go", {"id": following, "current": None}))
    due = [call for call in due if call[0] <= until]
    if due:
        yield min(due, key=lambda call: call[0])


def _cues_called(rows: dict[str, Cue], actual: Json, until: int) -> list[tuple[str, int]]:
    """When the cues of an item were called: at its start plus their offset; spoken ones evenly in between."""
    cues = [row for row in rows.values() if row.parent == actual["id"] and row.kind == "cue"]
    item = rows[actual["id"]]
    end = actual["end"] or actual["start"] + item.duration_s * 1000
    spoken = [cue for cue in cues if cue.start_mode == "line"]
    gap = (end - actual["start"]) // (len(spoken) + 1)
    moments = [(cue.id, actual["start"] + cue.offset_s * 1000) for cue in cues if cue.start_mode == "offset"]
    moments += [(cue.id, actual["start"] + gap * (place + 1)) for place, cue in enumerate(spoken)]
    return [(cue, at) for cue, at in moments if at <= min(until, end)]
