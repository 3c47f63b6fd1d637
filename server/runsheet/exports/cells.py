"""What stands in each cell of an exported sheet, so that an import makes the same row of it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from server.core.clock import to_iso
from server.runsheet.clock_text import DAY, HOUR, moment
from server.runsheet.sheet_columns import (
    AFTER,
    BEFORE,
    DERIVED,
    ENDS,
    KINDS,
    SEPARATOR,
    STARTS,
    YES,
    Heading,
    bilingual,
    word,
)

Sheet = dict[str, Any]
"""What is exported, as plain JSON: `title`, `locale`, `zone`, `day_change_s`, `columns` [[id, heading]],
`english` [[id, name]] of the columns, and `rows`.

A row has the planned fields of a `Cue` (instants in ms, lengths in s), names in `names`, its `level`, its `state`, and
`times` with what the sheet works out: planned_start, planned_end, projected_start …
"""
Row = dict[str, Any]
_LATEST_S = 2 * DAY
"""A clock that an import reads goes no further; a later end says its date."""
_MIDNIGHT = datetime.min.time()


class Value(NamedTuple):
    """A cell: a text, a `day` (ISO), a `clock` (seconds since midnight of the row's day) or a `length` (seconds)."""

    kind: str
    value: str | int


def headings(sheet: Sheet) -> list[Heading]:
    """All columns; those of the event stand where one looks for them, between the row's own."""
    own = [Heading(f"column:{key}", name, name, 18) for key, name in sheet["columns"]]
    return [*BEFORE, *own, *AFTER]


def values(row: Row, wanted: list[Heading], sheet: Sheet) -> list[Value | None]:
    """The cells of a row in the order of the headings; None where there is nothing."""
    return [_value(row, heading.field, sheet) for heading in wanted]


def _value(row: Row, field: str, sheet: Sheet) -> Value | None:
    if field.startswith("column:"):
        return _text(bilingual(row["columns"].get(field[7:], {})))
    if field in DERIVED:
        return _derived(row, field, sheet)
    return _FIELDS[field](row, sheet) if field in _FIELDS else _text(row[field])


def _text(text: str) -> Value | None:
    return Value("text", text) if text else None


def _derived(row: Row, field: str, sheet: Sheet) -> Value | None:
    at = row["times"].get(field)
    return None if at is None else Value("clock", seconds_of_day(at, row["day"], sheet["zone"]))


def seconds_of_day(at: int, day: str, zone: str) -> int:
    """Seconds on the clock of the place since midnight of a day; over 86,400 on the days after it."""
    local = datetime.fromtimestamp(at // 1000, ZoneInfo(zone)).replace(tzinfo=None)
    return round((local - datetime.combine(date.fromisoformat(day), _MIDNIGHT)).total_seconds())


def _clock(at: int, row: Row, sheet: Sheet, not_before: int | None = None) -> Value:
    """A time of the row's day; where that would be read as another moment, all of it with its offset from UTC."""
    zone = sheet["zone"]
    seconds = seconds_of_day(at, row["day"], zone)
    is_plain = 0 <= seconds <= _LATEST_S and at == moment(
        row["day"], seconds, zone, sheet["day_change_s"], not_before
    )
    return Value("clock", seconds) if is_plain else Value("text", to_iso(at, zone) or "")


def _start(row: Row, sheet: Sheet) -> Value | None:
    mode = row["start_mode"]
    if mode == "fixed":
        return _clock(row["start"], row, sheet)
    if mode == "offset":
        return Value("text", offset(row["offset_s"]))
    return Value("text", word(STARTS[mode], sheet["locale"]))


def _end(row: Row, sheet: Sheet) -> Value | None:
    if row["end_mode"] == "duration":
        return None
    return _clock(row["end"], row, sheet, row["start"] if row["start_mode"] == "fixed" else None)


def _end_mode(row: Row, sheet: Sheet) -> Value | None:
    return _text(word(ENDS[row["end_mode"]], sheet["locale"]) if row["end_mode"] in ENDS else "")


def offset(seconds: int) -> str:
    """T-2:00, T+1:05:00: minutes and seconds, from an hour on with hours. It begins like no formula."""
    size = abs(seconds)
    return (
        f"T{'-' if seconds < 0 else '+'}{length(size) if size >= HOUR else f'{size // 60}:{size % 60:02d}'}"
    )


def length(seconds: int) -> str:
    """1:05:00, always with hours."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def clock(seconds: int) -> str:
    """24:30, with seconds where there are some; a time before the row's day is signed."""
    sign, rest = ("-", -seconds) if seconds < 0 else ("", seconds)
    text = f"{sign}{rest // 3600:02d}:{rest // 60 % 60:02d}"
    return f"{text}:{rest % 60:02d}" if rest % 60 else text


def _yes(name: str) -> Callable[[Row, Sheet], Value | None]:
    return lambda row, sheet: _text(word(YES, sheet["locale"]) if row[name] else "")


def _names(kind: str) -> Callable[[Row, Sheet], Value | None]:
    return lambda row, _sheet: _text(SEPARATOR.join(row["names"][kind]))


_FIELDS: dict[str, Callable[[Row, Sheet], Value | None]] = {
    "day": lambda row, _: Value("day", row["day"]),
    "level": lambda row, _: Value("text", str(row["level"])),
    "kind": lambda row, sheet: _text(word(KINDS[row["kind"]], sheet["locale"])),
    "start": _start,
    "duration": lambda row, _: Value("length", row["duration_s"]),
    "min": lambda row, _: None if row["min_s"] is None else Value("length", row["min_s"]),
    "end": _end,
    "end_mode": _end_mode,
    "skip": lambda row, sheet: _text(word(YES, sheet["locale"]) if row["state"] == "skipped" else ""),
    "hard": _yes("hard"),
    "flagged": lambda row, _: _text(SEPARATOR.join(row["flagged"])),
    **{kind: _names(kind) for kind in ("track", "place", "people", "departments")},
}
