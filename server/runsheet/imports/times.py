"""What a cell of a time or duration column says. The words of it are read by `clock_text`."""

import math
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from server.runsheet.clock_text import DAY, parse_clock, parse_duration, parse_offset, parse_start
from server.runsheet.imports.book import Cell
from server.runsheet.imports.days import Day, read_day
from server.runsheet.imports.time_words import depends, of_next_day, usual

LATEST_S = 2 * DAY
"""No operating day goes on beyond the second midnight."""
LONGEST_DURATION = 7 * DAY
"""Seconds, as the ops take them."""
_LONGEST = 60
"""Characters. A longer text is no time, and is not searched for one."""

_BETWEEN = re.compile(r"\s*(?:-|–|—|―|~|〜|∼|至|到|→|➔|>|\bto\b|\buntil\b|\bbis\b)\s*")
_OPEN_END = re.compile(r"(?:\s*(?:-|–|—|~))+$")
_UNTIL = re.compile(r"[~〜至到]\s*\d{1,2}\s*[:點時]")
"""Only an end is said; with a plain dash it would be a distance."""
_BEFORE = re.compile(r"^(?:from|ab|von|starting)\s+")
_OFFSET = re.compile(r"(?:t\s*)?([-+]\s*\d+\D.*)")
_NOTHING = {"", "-", "--", "–", "—", "/", "x", "無", "tbc", "n/a", "?"}
_DOTTED = re.compile(r"(\d{1,2})\s*[.h]\s*(\d{2})(?:\s*uhr)?")
_HOUR_ONLY = re.compile(r"(\d{1,2})\s*(am|pm|uhr|h|hrs)?")
_HALF_DAY = r"凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|am|pm"
_HALF = re.compile(_HALF_DAY)
_HALF_AND_HOUR = re.compile(rf"({_HALF_DAY})\s*(\d{{1,2}})")
HALF = DAY // 2
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[t ]([\d:]+)(?:\.\d+)?(z|[-+]\d\d:?\d\d)?")


@dataclass(frozen=True)
class When:
    """What a time cell says. Clocks are seconds since midnight and may pass 24 h (24:30); offsets are signed."""

    start: int | None = None
    end: int | None = None
    day: Day | None = None
    mode: str = ""
    offset: int | None = None


def read_when(cell: Cell, zone: str = "") -> When | None:
    """The cell's time, or None if it holds something that is none. A dash is an empty When.

    A moment with an offset from UTC becomes one of `zone`; without a zone it is the one that is written.
    """
    match cell.kind:
        case "clock":
            return _valid(When(round(float(cell.value))))
        case "moment":
            return _stamp(str(cell.value).casefold(), zone)
        case "number":
            return _valid(When(_from_number(float(cell.value))))
        case "text" if len(str(cell.value)) <= _LONGEST:
            return _from_text(unicodedata.normalize("NFKC", str(cell.value)).casefold().strip(), zone)
    return None


def _valid(when: When) -> When | None:
    return when if when.start is not None and 0 <= when.start <= LATEST_S else None


def _from_number(number: float) -> int | None:
    """An hour (9), 1330, or the fraction of a day that an unformatted time cell holds."""
    if 0 < number < 1:
        return round(number * DAY)
    return _clock(f"{number:.0f}") if number.is_integer() and 0 <= number < _FOUR_FIGURES else None


def _from_text(text: str, zone: str) -> When | None:
    text = usual(_BEFORE.sub("", text.rstrip("*★!")))
    if text.replace(" ", "") in _NOTHING:
        return When()
    if depends(text):
        return When(mode="manual")
    if (rest := of_next_day(text)) is not None:
        return _next_day(rest)
    start = parse_start(text)
    if start and start.mode != "fixed":
        return When(mode=start.mode)
    return _offset(text) or _stamp(text, zone) or _after_day(text) or _range(text)


def _next_day(text: str) -> When | None:
    """隔日 00:30 and 00:30+1 are half past midnight of the same operating day."""
    when = _range(text)
    if when is None or when.start is None or when.start >= DAY:
        return when
    return _valid(When(when.start + DAY, None if when.end is None else when.end % DAY + DAY))


def _offset(text: str) -> When | None:
    """T-10:00, -2:00 or +0:15 from the start of the row that it belongs to, in minutes and seconds."""
    found = _OFFSET.fullmatch(text)
    seconds = parse_offset(found[1]) if found else None
    return When(offset=seconds) if seconds is not None and abs(seconds) <= DAY else None


def _stamp(text: str, zone: str) -> When | None:
    """2027-04-10T13:30 as programs write it, with or without an offset from UTC."""
    found = _STAMP.fullmatch(text)
    if not found:
        return None
    day, clock, offset = found.groups()
    if offset and zone:
        try:
            moment = datetime.fromisoformat(f"{day}T{clock}{offset.upper()}").astimezone(ZoneInfo(zone))
        except (ValueError, OverflowError):
            return None
        day, clock = moment.date().isoformat(), f"{moment:%H:%M:%S}"
    return _valid(When(parse_clock(clock[:8]), day=read_day(day)))


def _after_day(text: str) -> When | None:
    """A date or day label before the time: 4/10 13:30, D-1 14:00."""
    label, _, rest = text.partition(" ")
    when = _range(rest.strip()) if rest and (day := read_day(label)) else None
    return replace(when, day=day) if when else None


def _range(text: str) -> When | None:
    if _UNTIL.match(text):
        end = _clock(text[1:].strip())
        return None if end is None or end > LATEST_S else When(end=end)
    parts = _BETWEEN.split(_OPEN_END.sub("", text), maxsplit=1)
    clocks = [_clock(part) for part in parts]
    if None in clocks or len(parts) == 1:
        return None if None in clocks else _valid(When(clocks[0]))
    return _valid(When(*_same_half(clocks[0] or 0, clocks[1] or 0, *map(_says_half, parts))))


def _same_half(start: int, end: int, is_said: bool, is_said_after: bool) -> tuple[int, int]:  # noqa: FBT001 - two of two
    """Of 下午2:00-3:30 and 2:00-3:30 PM the half of the day is said once and meant twice."""
    if is_said and not is_said_after and end < start <= end + HALF < DAY:
        return start, end + HALF
    if is_said_after and not is_said and start < HALF and start + HALF <= end:
        return start + HALF, end
    return start, end


def _says_half(text: str) -> bool:
    return _HALF.search(text) is not None


def _clock(text: str) -> int | None:
    """Besides what one types on a phone: 13.30, 13h30 and, in a column of times, the hour alone."""
    if found := _DOTTED.fullmatch(text):
        text = f"{found[1]}:{found[2]}"
    elif found := _HOUR_ONLY.fullmatch(text):
        text = f"{found[1]}:00{found[2] if found[2] in {'am', 'pm'} else ''}"
    elif found := _HALF_AND_HOUR.fullmatch(text):
        text = f"{found[1]}{found[2]}:00"
    return parse_clock(text)


UNITS = ("min", "s", "h", "h:mm", "m:ss")
"""How a duration column is read: bare numbers in min, s or h; 0:30 as hours and minutes, or minutes and seconds."""
_MINUTES_AND_SECONDS = {"s", "m:ss"}
_SIZES = {"s": 1, "h": 3600}
_FOUR_FIGURES, _ABSURD = 10_000, 1e12
_UPPER = re.compile(r"^(\d+(?:\.\d+)?)\s*[-~–]\s*(?=\d)")


def read_duration(cell: Cell, unit: str = "min") -> int | None:
    """Seconds, negative ones too; None if the cell holds no duration."""
    match cell.kind:
        case "clock":
            return _from_clock(float(cell.value), unit)
        case "number":
            return _amount(float(cell.value), unit)
        case "text" if len(str(cell.value)) <= _LONGEST:
            return _length(usual(unicodedata.normalize("NFKC", str(cell.value)).strip()), unit)
    return None


def _from_clock(seconds: float, unit: str) -> int:
    """Who types 3:30 for minutes and seconds gets a cell of three and a half hours."""
    return round(seconds / 60 if unit == "m:ss" and seconds % 60 == 0 else seconds)


def _amount(number: float, unit: str) -> int | None:
    """A bare number; a fraction below one in a column of clocks is an unformatted time cell."""
    if unit in {"h:mm", "m:ss"} and 0 < number < 1:
        return _from_clock(round(number * DAY), unit)
    seconds = number * _SIZES.get(unit, 60)
    return round(seconds) if math.isfinite(seconds) and abs(seconds) < _ABSURD else None


def _length(text: str, unit: str) -> int | None:
    """As written; of 30-40 分 the longer."""
    sign = -1 if text.startswith(("-", "−")) else 1
    text = _UPPER.sub("", text.lstrip("-− ").rstrip("."))
    if text.isascii() and text.replace(".", "", 1).isdigit():
        amount = _amount(float(text), unit)
    else:
        amount = parse_duration(text, "seconds" if unit in _MINUTES_AND_SECONDS else "minutes")
    return None if amount is None else sign * amount
