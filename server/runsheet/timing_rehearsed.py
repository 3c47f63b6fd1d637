"""A line as it is rehearsed: the same rows on another clock. Its twin is timing-rehearsed.js.

The engine is given copies, and knows nothing of rehearsals: fixed starts and ends are shifted, the line is put on the
day on which it is rehearsed, and begins with the row with which the rehearsal does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.runsheet.timing_types import Row

# What else the track has on that day is no part of the line meanwhile; no track has such an id.
ASIDE = " aside"
_WAITING = ("planned", "warm", "standby")


@dataclass(frozen=True)
class Rehearsing:
    """A rehearsal that runs: of `day`, on the operating day `on`, `shift` later than planned, from row `first` on.

    `began` is the instant at which that row was due.
    """

    track: str
    day: str
    on: str
    first: str
    shift: int
    began: int


def rehearse(rows: Sequence[Row], rehearsals: Iterable[Rehearsing]) -> list[Row]:
    """The rows, in tree order, as the engine takes them while these rehearsals run."""
    running = {each.track: each for each in rehearsals}
    there = {row.id for row in rows if row.track in running and row.day == running[row.track].day}
    reached = {track for track, each in running.items() if each.first not in there}
    return [_as_rehearsed(row, running.get(row.track), reached) for row in rows]


def _as_rehearsed(row: Row, found: Rehearsing | None, reached: set[str]) -> Row:
    if found is None:
        return row
    if row.day != found.day:
        return replace(row, track=row.track + ASIDE) if row.day == found.on else row
    if row.id == found.first:
        reached.add(row.track)
    return replace(row, day=found.on, baseline=None, **_shifted(row, found, is_reached=row.track in reached))


def _shifted(row: Row, found: Rehearsing, *, is_reached: bool) -> dict[str, Any]:
    if row.id == found.first:
        return {"start_mode": "fixed", "start": found.began, "end": _later(row.end, found.shift)}
    is_left_out = not is_reached and row.kind in ("item", "buffer", "delay") and row.state in _WAITING
    state = "skipped" if is_left_out else row.state
    return {"state": state, "start": _later(row.start, found.shift), "end": _later(row.end, found.shift)}


def _later(moment: int | None, shift: int) -> int | None:
    return None if moment is None else moment + shift
