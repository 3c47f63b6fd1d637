"""The timing engine: planned and projected times of every row, and where each track stands.

Its twin is static/js/timing.js. Nothing here reads a clock, a zone or a database, and all of it is linear
in the rows, which come in tree order (depth first).

**Plan.** The unskipped items, buffers and delays of a track on one operating day are its *line*, in tree
order. A linked row starts where the row before it on the line ends, also across segments: a segment is no
link. The first row of a segment with a start of its own (fixed, or offset from its parent) links to that
start. Days don't link. A row that starts by hand or on a spoken word has no planned time, but keeps room
for its duration. A row with an `end` gives up duration, down to its minimum, to keep it; `count_to_end`
keeps it whatever it costs. A baseline is shown as the plan; projections follow the plan as it stands.
Skipping a row skips what is in it.

**Live.** Lateness is carried along the line from the row that is live, or that ended last. Gaps and buffers
use lateness up, but not an early finish; nothing passes a firm start earlier than planned; a delay row adds
to it; a row that keeps its end takes up what it can. A row called out of turn leaves a gap. Where no plan
is known, rows follow from how the one before really goes. What is inside an item hangs on it, and links or
ends nothing else.
"""

from collections.abc import Iterable, Sequence

from server.runsheet.timing_live import base_of, happened, is_live, pause, project, settle
from server.runsheet.timing_plan import finish, keeps_end, plan
from server.runsheet.timing_types import Board, Cut, Line, Row, Run, Sheet, Slot, Standing, Times, Turn

__all__ = ["Board", "Cut", "Row", "Run", "Standing", "Times", "Turn", "compute", "roll"]

UNKNOWN = Times()


def compute(rows: Sequence[Row], now: int, today: str | None = None) -> Board:
    """All times as of `now`, and the standing of each track that has an unskipped row.

    `today` is the operating day; by default it is the last one whose first row is due.
    """
    sheet = plan(rows)
    lines = [line for line in sheet.lines.values() if line.slots]
    day = today or day_at(lines, now)
    for line in lines:
        project(sheet, line, now, day)
    span(sheet)
    hang(sheet, now)
    show_frozen(sheet)
    return Board(sheet.times, standings(lines, day), sheet.gaps)


def day_at(lines: Iterable[Line], now: int) -> str:
    firsts = [line.slots[0] for line in lines]
    due = [slot.row.day for slot in firsts if slot.start is not None and slot.start <= now]
    return max(due, default=min((slot.row.day for slot in firsts), default=""))


def standings(lines: Iterable[Line], today: str) -> dict[str, Standing]:
    tracks: dict[str, list[Line]] = {}
    for line in lines:
        tracks.setdefault(line.track, []).append(line)
    return {track: stand(sorted(days, key=lambda line: line.day), today) for track, days in tracks.items()}


def stand(days: Sequence[Line], today: str) -> Standing:
    """Show today's line. What is live stays in sight when the day turns; today's first row is then next."""
    line = next((line for line in days if line.day >= today), days[-1])
    live = base_of([day.base for day in days if day.base is not None and is_live(day.base.row)])
    if live is None:
        return line.standing
    shown = next(day for day in days if day.base is live)
    if shown.standing.next is None and shown.day < line.day:
        shown.standing.next = line.standing.next
    return shown.standing


# Segments


def span(sheet: Sheet) -> None:
    """Bottom up: a segment reaches from its first row to its last."""
    extents: dict[str, Times] = {}
    for row in reversed(sheet.rows):
        times = sheet.times[row.id]
        if row.kind == "segment":
            enclose(times, row, extents.get(row.id, UNKNOWN), is_skipped=row.id in sheet.skipped)
        if row.parent is not None and (row.id in sheet.skipped) == (row.parent in sheet.skipped):
            widen(extents.setdefault(row.parent, Times()), times)


def widen(extent: Times, times: Times) -> None:
    extent.planned_start = earlier(extent.planned_start, times.planned_start)
    extent.planned_end = later(extent.planned_end, times.planned_end)
    extent.projected_start = earlier(extent.projected_start, times.projected_start)
    extent.projected_end = later(extent.projected_end, times.projected_end)


def earlier(one: int | None, other: int | None) -> int | None:
    return one if other is None or (one is not None and one <= other) else other


def later(one: int | None, other: int | None) -> int | None:
    return one if other is None or (one is not None and one >= other) else other


def enclose(times: Times, row: Row, inner: Times, *, is_skipped: bool) -> None:
    """Give a segment its times. A start of its own moves as its rows do."""
    start, end = inner.planned_start, inner.planned_end
    if times.planned_start is not None:
        start = times.planned_start
        end = finish(row, start) if row.duration or keeps_end(row) else later(start, inner.planned_end)
    times.planned_start, times.planned_end = start, end
    if not is_skipped:
        times.projected_start = shifted(start, inner.planned_start, inner.projected_start)
        times.projected_end = shifted(end, inner.planned_end, inner.projected_end)


def shifted(own: int | None, planned: int | None, projected: int | None) -> int | None:
    if own is None or planned is None or projected is None:
        return projected if own is None else own
    return own + projected - planned


# What is inside items


def hang(sheet: Sheet, now: int) -> None:
    ends: dict[str, Times] = {}
    for row in sheet.inside:
        above = sheet.times.get(row.parent or "", UNKNOWN)
        before = ends.get(row.parent or "") or beginning(above)
        times = sheet.times[row.id]
        start = hinge(row, above.planned_start, before.planned_end)
        times.planned_start, times.planned_end = start, finish(row, start)
        if row.id in sheet.skipped:
            continue
        foresee(sheet, row, before.projected_end, now)
        ends[row.parent or ""] = latest(before, times)


def beginning(item: Times) -> Times:
    return Times(planned_end=item.planned_start, projected_end=item.projected_start)


def hinge(row: Row, above: int | None, before: int | None) -> int | None:
    """Find where a row inside an item begins, whose start is `above`, after what ends in it at `before`."""
    if row.start_mode == "offset":
        return None if above is None else above + row.offset
    if row.start_mode in ("manual", "line"):
        return None
    return before if row.start_mode == "linked" or row.start is None else row.start


def foresee(sheet: Sheet, row: Row, before: int | None, now: int) -> None:
    """Project a row inside an item: it moves with that, and while that is paused it waits."""
    times = sheet.times[row.id]
    if happened(row):
        settle(times, row, now)
        return
    start = hinge(row, begun(sheet, row.parent, now), before)
    times.projected_start, times.projected_end = start, finish(row, start)


def begun(sheet: Sheet, item: str | None, now: int) -> int | None:
    row = sheet.by_id.get(item or "")
    start = sheet.times[row.id].projected_start if row else None
    return start + pause(row, now) if row and start is not None and is_live(row) else start


def latest(before: Times, times: Times) -> Times:
    """Keep where the last row ends; one without a time leaves the link."""
    planned = before.planned_end if times.planned_end is None else times.planned_end
    projected = before.projected_end if times.projected_end is None else times.projected_end
    return Times(None, planned, None, projected)


# As it was frozen


def show_frozen(sheet: Sheet) -> None:
    """Let frozen rows show what was planned then, once all that follows from the plan of today is known."""
    for row in sheet.rows:
        times = sheet.times[row.id]
        times.plan_start, times.plan_end = times.planned_start, times.planned_end
        if row.baseline is not None:
            times.planned_start, times.planned_end = row.baseline


# By the clock alone


def roll(rows: Sequence[Row], now: int) -> dict[str, Turn]:
    """Find each track's row whose time it is, back-dated to its plan; never a skipped or zero-length one."""
    turns: dict[str, Turn] = {}
    for line in plan(rows).lines.values():
        for slot in line.slots:
            turns[line.track] = turn(turns.get(line.track) or Turn(), slot, now)
    return turns


def turn(held: Turn, slot: Slot, now: int) -> Turn:
    """Choose between what we have and this row: the last that began, else the first to come."""
    if not slot.timed or slot.start is None or slot.end is None:
        return held
    if slot.end <= max(now, slot.start):
        return held
    state = "live" if slot.start <= now else "pending"
    if held.state == "live" and state == "pending":
        return held
    if held.state == state and held.at is not None and (slot.start < held.at) == (state == "live"):
        return held
    return Turn(state, slot.row.id, slot.start)
