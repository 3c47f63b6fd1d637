"""What a clock that calls a track by itself has to do, turn by turn. Only the server's: phones show the rows."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from server.runsheet.timing import roll
from server.runsheet.timing_live import is_live
from server.runsheet.timing_plan import plan
from server.runsheet.timing_types import Row, Slot

_WAITING = frozenset({"planned", "warm", "standby"})


class Step(NamedTuple):
    """A row that begins, and with it ends what is live; or that only `ends`. `at` is its planned moment."""

    id: str
    at: int
    ends: bool = False


def steps(rows: Sequence[Row], track: str, since: int, now: int) -> list[Step]:
    """Say what the clock should have done on a track by `now`, in order, from `since` or what was last done there.

    First comes the row whose time it was then, unless it ran already; then each that began after it by plan. What is
    live ends by plan, or when the next begins. Skipped and zero-length rows are never begun.
    """
    slots = [slot for line in plan(rows).lines.values() if line.track == track for slot in line.slots]
    begun = max([since, *_moments(slots, now)])
    live = next((slot for slot in slots if is_live(slot.row)), None)
    found: list[Step] = []
    for slot in _beginning(rows, slots, track, begun, now):
        found += _ending(live, before=slot.start or 0)
        found.append(Step(slot.row.id, max(slot.start or 0, _start(live))))
        live = slot
    return found + _ending(live, before=now + 1, floor=since)


def next_moment(rows: Sequence[Row], track: str, now: int) -> int | None:
    """When the clock has to look at a track again, if nothing changes: the next planned start or end; None if none."""
    lines = (line for line in plan(rows).lines.values() if line.track == track)
    planned = (moment for line in lines for slot in line.slots for moment in (slot.start, slot.end))
    return min((moment for moment in planned if moment is not None and moment > now), default=None)


def _moments(slots: Iterable[Slot], now: int) -> Iterator[int]:
    """When rows of the track began or ended."""
    for slot in slots:
        yield from (
            moment for run in slot.row.runs[-1:] for moment in run if moment is not None and moment <= now
        )


def _beginning(rows: Sequence[Row], slots: list[Slot], track: str, begun: int, now: int) -> list[Slot]:
    """The rows that begin by plan, in order. Of two that begin at once only the later in order does."""
    due = {slot.start: slot for slot in slots if _waits(slot) and begun < (slot.start or 0) <= now}
    found = [due[start] for start in sorted(start for start in due if start is not None)]
    turn = roll(rows, begun).get(track)
    first = next((slot for slot in slots if turn and turn.state == "live" and slot.row.id == turn.id), None)
    return [first, *found] if first and _waits(first) else found


def _waits(slot: Slot) -> bool:
    """Whether the clock may begin a row: it has a planned time, a length, and did not begin yet."""
    length = (slot.end or 0) - (slot.start or 0)
    return slot.timed and slot.start is not None and length > 0 and slot.row.state in _WAITING


def _ending(live: Slot | None, before: int, floor: int = 0) -> list[Step]:
    """The end of what is live, if its plan has it end before that moment; what ran over before `floor` did run."""
    if live is None or not live.timed or live.end is None or live.end >= before:
        return []
    return [Step(live.row.id, max(live.end, _start(live), floor if is_live(live.row) else 0), ends=True)]


def _start(live: Slot | None) -> int:
    """When what is live began: by its run, if it has one already."""
    if live is None or not is_live(live.row):
        return 0
    return live.row.runs[-1][0] or 0
