"""Which rows are to start so much otherwise than their people know that they have to be told."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from server.runsheet.timing_types import Row, Times

AHEAD_MS = 90 * 60_000
PAUSE_MS = 5 * 60_000
_WAITING = frozenset({"planned", "warm", "standby"})


class Told(NamedTuple):
    """What the people of a row were last told: the start that was projected, against which plan, and when."""

    start: int
    plan: int
    at: int


class Shift(NamedTuple):
    """A row that is now projected to start at `new`; its people know of `old`. `plan` is what is planned."""

    id: str
    old: int
    new: int
    plan: int


def shifts(
    rows: Iterable[Row], times: Mapping[str, Times], told: Mapping[str, Told], now: int, threshold: int
) -> list[Shift]:
    """Say of which rows people have to be told by `now`. All in milliseconds.

    Those are the rows that start within 90 minutes, and `threshold` or more away from what their people know; each at
    most once in 5 minutes.
    """
    found = []
    for row in rows:
        shift = _shift(row, times.get(row.id), told.get(row.id))
        if shift is None or not now <= shift.new <= now + AHEAD_MS:
            continue
        last = told.get(row.id)
        if abs(shift.new - shift.old) >= threshold and (last is None or now - last.at >= PAUSE_MS):
            found.append(shift)
    return found


def _shift(row: Row, times: Times | None, told: Told | None) -> Shift | None:
    if times is None or row.state not in _WAITING or row.kind in {"segment", "delay"}:
        return None
    plan, new = times.planned_start, times.projected_start
    if plan is None or new is None:
        return None
    # Who knows the plan, and that only, goes by it; another plan has been told by itself.
    old = told.start if told and told.plan == plan else plan
    return Shift(row.id, old, new, plan)
