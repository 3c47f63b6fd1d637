"""A line as it goes: what happened, what is projected, where the track stands. Its twin is timing-live.js."""

from collections.abc import Sequence

from server.runsheet.timing_plan import finish, keeps_end, least, length, planned
from server.runsheet.timing_types import Course, Cut, Line, Row, Sheet, Slot, Standing, Times


def project(sheet: Sheet, line: Line, now: int, today: str) -> None:
    line.base = base_of(line.slots)
    course = depart(line.base, now, waiting=line.day == today)
    for slot in line.slots:
        times = sheet.times[slot.row.id]
        if happened(slot.row):
            settle(times, slot.row, now)
        elif slot.row.state != "done" and (line.base is None or slot.index > line.base.index):
            follow(course, slot, times)
        elif slot.timed:
            times.projected_start, times.projected_end = slot.start, slot.end
    line.standing = standing(line, course)


def base_of(slots: Sequence[Slot]) -> Slot | None:
    """Find the row from which lateness counts: the live one, else the one that ended last."""
    base: Slot | None = None
    for slot in slots:
        if happened(slot.row) and (base is None or outranks(slot.row, base.row)):
            base = slot
    return base


def happened(row: Row) -> bool:
    return is_live(row) or (row.state == "done" and bool(row.runs))


def outranks(row: Row, other: Row) -> bool:
    if is_live(row) != is_live(other):
        return is_live(row)
    return last_moment(row) >= last_moment(other)


def last_moment(row: Row) -> int:
    start, end = row.runs[-1]
    return (start if end is None else end) or 0


def is_live(row: Row) -> bool:
    return row.state in ("live", "paused") and bool(row.runs) and row.runs[-1][1] is None


def settle(times: Times, row: Row, now: int) -> None:
    times.projected_start, times.projected_end = row.runs[-1][0], ended(row, now)


def ended(row: Row, now: int) -> int:
    """Say when the last run ended or will end; once it is over, that is now."""
    end = row.runs[-1][1]
    return max(due(row, now), now) if end is None else end


def due(row: Row, now: int) -> int:
    """Say when the live row is to end.

    A late start, added time and pauses move that; of these, only added time moves an end that is kept.
    """
    start = row.runs[-1][0] or 0
    if row.end is not None and keeps_end(row):
        return max(row.end, start + least(row)) + row.added
    return start + row.duration + row.added + pause(row, now)


def pause(row: Row, now: int) -> int:
    return row.paused + (0 if row.paused_at is None else now - row.paused_at)


# What is still to come


def depart(base: Slot | None, now: int, *, waiting: bool) -> Course:
    if base is None:
        return Course(now, waiting)
    end = ended(base.row, now)
    late = 0 if base.end is None else end - base.end
    known = end if base.end is None else base.end
    return Course(now, waiting and not is_live(base.row), late, -late, known, base.end is None)


def follow(course: Course, slot: Slot, times: Times) -> None:
    """Project a row, and carry the lateness past it."""
    start = course.end if slot.start is None else slot.start
    end = finish(slot.row, start) if slot.end is None else slot.end
    arrive(course, slot, start)
    if slot.timed and start is not None:
        times.projected_start = start + course.late
    leave(course, slot.row, start, end)
    if slot.timed and end is not None:
        times.projected_end = end + course.late


def arrive(course: Course, slot: Slot, start: int | None) -> None:
    """Begin a row: a gap before it gives way, and a firm start is never early."""
    if slot.start is not None and course.end is not None:
        cross(course, slot.start - course.end)
    if slot.firm:
        course.late = max(course.late, 0)
    if course.next is None and slot.row.kind != "delay":
        course.next = slot
        wait(course, start)
    if course.hard is None and slot.row.hard:
        reach(course, slot)


def cross(course: Course, gap: int) -> None:
    """Cross a gap. Where no plan was known so far, the first planned start tells the lateness."""
    if course.loose:
        course.late, course.loose = course.late - gap, False
        course.room = -course.late
        return
    course.room += max(gap, 0)
    course.late = absorb(course.late, gap)


def absorb(late: int, give: int) -> int:
    return late if late <= 0 or give <= 0 else max(0, late - give)


def wait(course: Course, start: int | None) -> None:
    """With nothing live, hold that the next row can't begin before now, and that idle time is spent."""
    if course.waiting and start is not None:
        course.late = max(course.late, course.now - start)
        course.room = min(course.room, start - course.now)


def reach(course: Course, slot: Slot) -> None:
    course.hard = slot
    course.save = max(0, course.late)
    course.left = -course.save if course.save else max(0, course.room)


def leave(course: Course, row: Row, start: int | None, end: int | None) -> None:
    """End a row: it may add lateness, give way, or keep its end."""
    if row.kind == "delay":
        course.late, course.room = course.late + row.duration, course.room - row.duration
    if row.kind == "buffer":
        give = length(row, start, end) - (row.minimum or 0)
        course.room += max(give, 0)
        course.late = course.late if keeps_end(row) else absorb(course.late, give)
    if keeps_end(row):
        course.late = hold_end(row, start, end, course.late)
    course.end = course.end if end is None else end


def hold_end(row: Row, start: int | None, end: int | None, late: int) -> int:
    """Say how late a row that keeps its end misses it, if it begins late."""
    held = None if start is None else finish(row, start + late)
    return 0 if held is None or end is None else held - end


# Where the track stands


def standing(line: Line, course: Course) -> Standing:
    live = line.base if line.base and is_live(line.base.row) else None
    return Standing(
        current=live.row.id if live else None,
        next=course.next.row.id if course.next else None,
        offset=offset(line.base, course),
        over=max(0, course.now - due(live.row, course.now)) if live else 0,
        left=course.left,
        hard=course.hard.row.id if course.hard else None,
        save=course.save,
        total=sum(working(slot) for slot in line.slots),
        cuts=cuts(line, course) if course.save else [],
    )


def working(slot: Slot) -> int:
    return 0 if slot.row.kind == "delay" else length(slot.row, slot.start, slot.end)


def offset(base: Slot | None, course: Course) -> int:
    """Say how far behind. Late start, added time, pauses and overtime all move the end, so that tells it."""
    end = planned(base)[1] if base else None
    last = 0 if base is None or end is None else ended(base.row, course.now) - end
    start = planned(course.next)[0] if course.next and course.waiting else None
    return last if start is None else max(last, course.now - start)


def cuts(line: Line, course: Course) -> list[Cut]:
    """List what still lies before the hard row, the live row first."""
    first = line.base.index if line.base else 0
    last = course.hard.index if course.hard else 0
    spares = [(slot, spare(slot, course.now)) for slot in line.slots[first:last]]
    return [Cut(slot.row.id, time) for slot, time in spares if time > 0]


def spare(slot: Slot, now: int) -> int:
    """Say what a row can still yield. A buffer has given way already, so only its minimum is left."""
    row, whole, minimum = slot.row, length(slot.row, slot.start, slot.end), slot.row.minimum or 0
    if is_live(row):
        return min(whole - minimum, due(row, now) - now)
    if row.kind == "delay" or row.state == "done":
        return 0
    return min(minimum, whole) if row.kind == "buffer" else whole - minimum
