"""The plan of a run sheet: each row's place on the line of its track and day. Its twin is timing-plan.js."""

from collections.abc import Sequence

from server.runsheet.timing_types import Anchor, Line, Row, Run, Sheet, Slot, Times


def plan(rows: Sequence[Row]) -> Sheet:
    """Place all rows. Segments, and what is inside items, get their times later from what they hang on."""
    sheet = Sheet(rows, {row.id: row for row in rows})
    for index, row in enumerate(rows):
        sheet.times[row.id] = Times()
        if row.state == "skipped" or row.parent in sheet.skipped:
            sheet.skipped.add(row.id)
        if row.kind == "segment":
            enter(sheet, row, index)
        elif is_inside(sheet, row):
            sheet.inside.append(row)
        else:
            place(sheet, row)
    return sheet


def is_inside(sheet: Sheet, row: Row) -> bool:
    parent = sheet.by_id.get(row.parent or "")
    return row.kind == "cue" or (parent is not None and parent.kind != "segment")


def enter(sheet: Sheet, row: Row, index: int) -> None:
    """Open a segment. One without a start of its own passes on the anchor of the segment around it."""
    start = own_start(sheet, row)
    if start is not None:
        sheet.times[row.id].planned_start = start
        sheet.anchors[row.id] = Anchor(index, start, row.day)
        opened(sheet, row.id, start)
    elif row.parent in sheet.anchors:
        sheet.anchors[row.id] = sheet.anchors[row.parent]


def place(sheet: Sheet, row: Row) -> None:
    """Give a row its slot. Only an unskipped one moves its line on."""
    line = sheet.lines.setdefault((row.track, row.day), Line(row.track, row.day))
    anchor = sheet.anchors.get(row.parent or "")
    slot = slot_for(sheet, row, line, anchor)
    if slot.timed:
        times = sheet.times[row.id]
        times.planned_start, times.planned_end = slot.start, slot.end
    if row.id in sheet.skipped:
        return
    if slot.timed and slot.start is not None and line.end not in (None, slot.start):
        sheet.gaps[row.id] = slot.start - line.end
    line.slots.append(slot)
    line.end = line.end if slot.end is None else slot.end
    line.anchored = max(line.anchored, anchor.index if anchor else -1)
    opened(sheet, row.parent, slot.start)


def slot_for(sheet: Sheet, row: Row, line: Line, anchor: Anchor | None) -> Slot:
    first = anchor is not None and anchor.index > line.anchored and anchor.day == row.day
    own = own_start(sheet, row)
    link = anchor.start if anchor is not None and first else line.end
    start = link if own is None else own
    timed = row.start_mode not in ("manual", "line")
    return Slot(row, len(line.slots), start, finish(row, start), firm=first or own is not None, timed=timed)


def own_start(sheet: Sheet, row: Row) -> int | None:
    """Find a start that does not follow from the row before; an unknown one is linked after all."""
    if row.kind == "delay":
        return None
    if row.start_mode == "offset" and row.parent in sheet.opened:
        return sheet.opened[row.parent] + row.offset
    return row.start if row.start_mode == "fixed" else None


def opened(sheet: Sheet, segment: str | None, start: int | None) -> None:
    """Let the first start in a segment open it, and what is around it as far as that isn't open yet."""
    while start is not None and segment in sheet.by_id and segment not in sheet.opened:
        sheet.opened[segment] = start
        segment = sheet.by_id[segment].parent


def finish(row: Row, start: int | None) -> int | None:
    """Say when a row ends that begins at `start`."""
    if row.kind == "delay":
        return start
    if row.end is not None and keeps_end(row):
        return row.end if start is None else max(row.end, start + least(row))
    return None if start is None else start + row.duration


def keeps_end(row: Row) -> bool:
    return row.end_mode != "duration" and row.end is not None


def least(row: Row) -> int:
    """Say how short a row with an end may get."""
    return 0 if row.end_mode == "count_to_end" and row.kind != "buffer" else row.minimum or 0


def length(row: Row, start: int | None, end: int | None) -> int:
    return row.duration if start is None or end is None else end - start


def planned(slot: Slot) -> Run:
    """Choose the plan that is shown: frozen, or else as it stands."""
    return slot.row.baseline or (slot.start, slot.end)
