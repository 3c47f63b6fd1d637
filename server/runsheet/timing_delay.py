"""What a delay row would make of the plan if it were written into it, as the engine projects it. Pure.

Of a row with a time of its own that the delay moves, that time moves; a gap takes up what it can of a positive delay,
and so does a buffer, which gets shorter. The first row that would follow by its link alone gets a start of its own:
else it would come back to the end of the row before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from server.runsheet.timing_live import arrive, depart, happened, leave
from server.runsheet.timing_plan import finish, keeps_end, plan
from server.runsheet.timing_types import Line, Row, Sheet, Slot


class Written(NamedTuple):
    """The rows without the delay, in their order; `gone` are the delay rows that stood together with it."""

    rows: list[Row]
    gone: list[str]


class Target(NamedTuple):
    """Where a row goes, and how much of the delay it takes up itself."""

    slot: Slot
    start: int | None
    end: int | None
    given: int


def has_begun(rows: Sequence[Row], delay: str) -> bool:
    """Whether something behind a delay on its line runs or ran: then it moves nothing any more."""
    line, run = _place(plan(rows), delay)
    return line is not None and any(happened(slot.row) for slot in line.slots[run.stop :])


def write_delay(rows: Sequence[Row], delay: str) -> Written:
    """Write a delay into the plan. One that is left out stands on no line, so that nothing is written."""
    clean = [_bare(row) for row in rows]
    line, run = _place(plan(clean), delay)
    if line is None:
        return Written(list(rows), [])
    gone = [slot.row.id for slot in line.slots[run.start : run.stop]]
    only = [
        replace(row, duration=row.duration if row.id in gone or row.kind != "delay" else 0) for row in clean
    ]
    line, _ = _place(plan(only), delay)
    targets = list(_targets(line, run.stop)) if line else []
    fresh = {row.id: row for row in rows if row.id not in gone}
    _move(fresh, targets)
    _settle_offsets(fresh, targets)
    return Written(list(fresh.values()), gone)


def _bare(row: Row) -> Row:
    """A row as it is planned, whatever has happened."""
    state = "skipped" if row.state == "skipped" else "planned"
    return replace(row, state=state, runs=(), added=0, paused=0, paused_at=None, baseline=None)


def _place(sheet: Sheet, delay: str) -> tuple[Line | None, range]:
    """The line of a delay, and where on it that stands with those beside it: they act as one."""
    for line in sheet.lines.values():
        here = next((slot.index for slot in line.slots if slot.row.id == delay), None)
        if here is None:
            continue
        first = last = here
        while first > 0 and line.slots[first - 1].row.kind == "delay":
            first -= 1
        while last + 1 < len(line.slots) and line.slots[last + 1].row.kind == "delay":
            last += 1
        return line, range(first, last + 1)
    return None, range(0)


def _targets(line: Line, behind: int) -> Iterator[Target]:
    """Where each row behind the delay goes, as a phone would show it before anything has happened."""
    course = depart(None, 0, waiting=False)
    for slot in line.slots:
        start = course.end if slot.start is None else slot.start
        end = finish(slot.row, start) if slot.end is None else slot.end
        arrive(course, slot, start)
        begin, late = _later(start, course.late), course.late
        leave(course, slot.row, start, end)
        given = late - course.late if slot.row.kind == "buffer" else 0
        if slot.index >= behind and slot.row.kind != "delay":
            yield Target(slot, begin, _later(end, course.late), given)


def _later(moment: int | None, late: int) -> int | None:
    return None if moment is None else moment + late


def _move(fresh: dict[str, Row], targets: list[Target]) -> None:
    is_held = False
    for target in targets:
        row, slot = target.slot.row, target.slot
        moves = target.start is not None and target.start != slot.start
        if row.start_mode == "fixed" and row.start is not None:
            _set(fresh, row.id, start=target.start)
        elif slot.firm and row.start_mode != "offset" and moves and _has_start(fresh, row.parent):
            _set(fresh, row.parent or "", start=target.start)
        elif not is_held and slot.timed and moves and not (slot.firm and row.start_mode == "offset"):
            _set(fresh, row.id, start_mode="fixed", start=target.start)
        is_held = is_held or slot.firm or slot.timed
        _fit(fresh, target)


def _has_start(fresh: dict[str, Row], segment: str | None) -> bool:
    """Whether a row begins with its segment, which has a start of its own."""
    row = fresh.get(segment or "")
    return row is not None and row.start_mode == "fixed" and row.start is not None


def _fit(fresh: dict[str, Row], target: Target) -> None:
    """A buffer gives way, and an end that can't be kept is put off."""
    row = target.slot.row
    if keeps_end(row):
        if target.end is not None and row.end is not None and target.end > row.end:
            _set(fresh, row.id, end=target.end)
    elif target.given > 0:
        _set(fresh, row.id, duration=row.duration - target.given)


def _settle_offsets(fresh: dict[str, Row], targets: list[Target]) -> None:
    """A start that counts from a segment's counts from where that begins now."""
    times = plan([_bare(row) for row in fresh.values()]).times
    for target in targets:
        row = target.slot.row
        now = times[row.id].planned_start
        if row.start_mode == "offset" and target.slot.firm and target.start is not None and now is not None:
            _set(fresh, row.id, offset=row.offset + target.start - now)


def _set(fresh: dict[str, Row], row_id: str, **values: int | str | None) -> None:
    fresh[row_id] = replace(fresh[row_id], **values)  # type: ignore[arg-type]  # fields of a row
