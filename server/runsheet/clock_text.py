"""Times as people on site write and read them.

Written: 24:30 in the operating day, +3:20 late, 40′ long, 06:40 to go, and the same by static/js/format.js. Instants
and lengths to be written are milliseconds, as in the timing engine.

Read: `13:30`, `1330`, `24:30`, `14:00起`, `下午2點半`, `1'30"`, `約 15 分`, `接續`, `視現場`. What is read is seconds:
long, or of the operating day (from 86,400 on after midnight). Text that isn't understood reads as None, never as a
guess.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = 60, 3600, 86400
DAY_CHANGE_S = 6 * HOUR
MINUS = "\u2212"
# Longer than any event; a larger number is a slip of the hand or an attack.
_LONGEST_S = 30 * DAY
_LATEST_S = 2 * DAY

Unit = Literal["minutes", "seconds"]


@dataclass(frozen=True, slots=True)
class Start:
    """How a row starts: `fixed` at `seconds` of the operating day, `linked`, or `manual`."""

    mode: Literal["fixed", "linked", "manual"]
    seconds: int | None = None


# Writing


def clock(moment: int, zone: str, day: str | None = None, *, seconds: bool = False) -> str:
    """Time of day, counted on through midnight of the operating day `day`: 24:30, or 30:00 for its last end."""
    local = datetime.fromtimestamp(moment / 1000, ZoneInfo(zone))
    days = (local.date() - date.fromisoformat(day)).days if day else 0
    hours = local.hour + 24 * max(days, 0)
    return f"{hours:02d}:{local.minute:02d}" + (f":{local.second:02d}" if seconds else "")


def late(length: int) -> str:
    """Signed: +3:20 behind, −1:00 ahead, 0:00 on time."""
    total = abs(length) // 1000
    return _sign(length if total else 0, plus="+") + _colons(total)


def duration(length: int) -> str:
    """40′, 1′30″, 15″; from an hour on 1:05:00."""
    total = abs(length) // 1000
    return _sign(length if total else 0) + (_colons(total) if total >= HOUR else _primes(total))


def countdown(length: int) -> str:
    """06:40 or 1:05:00. It reaches 00:00 when the time is over, not a second before, and goes on below that."""
    total = math.ceil(length / 1000)
    return _sign(total) + _colons(abs(total)).rjust(5, "0")


def _sign(number: int, plus: str = "") -> str:
    return MINUS if number < 0 else plus if number > 0 else ""


def _colons(total: int) -> str:
    hours, rest = divmod(total, HOUR)
    minutes, seconds = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _primes(total: int) -> str:
    minutes, seconds = divmod(total, MINUTE)
    if not minutes and seconds:
        return f"{seconds}″"
    return f"{minutes}′" + (f"{seconds:02d}″" if seconds else "")


# From a day and a time to an instant


def moment(
    day: str, seconds: int, zone: str, day_change_s: int = DAY_CHANGE_S, not_before: int | None = None
) -> int:
    """Epoch milliseconds of a time in an operating day: 00:30 is the same as 24:30, after midnight.

    An end belongs to its start's day, so with `not_before` 06:00 after 05:30 is 30:00. A local time that the clocks
    jump over is moved on by the jump; one that comes twice is the first. ValueError if the day is no date.
    """
    if seconds < day_change_s:
        seconds += DAY
    found = _instant(day, seconds, zone)
    return found if not_before is None or found >= not_before else _instant(day, seconds + DAY, zone)


def _instant(day: str, seconds: int, zone: str) -> int:
    days, rest = divmod(seconds, DAY)
    midnight = datetime.combine(date.fromisoformat(day) + timedelta(days), datetime.min.time())
    local = (midnight + timedelta(seconds=rest)).replace(tzinfo=ZoneInfo(zone))
    return round(local.astimezone(UTC).timestamp() * 1000)


# Reading

_QUOTES = str.maketrans(
    {**dict.fromkeys("′’‘＇`´", "'"), **dict.fromkeys("″”“＂〃", '"'), "−": "-", "﹣": "-"}
)
_ABOUT = re.compile(r"^(?:大約|大概|預計|預定|約|長度|時長|about|around|approx\.?|ca\.?|~)[:\s]*")
_TAIL = re.compile(r"\s*(?:開始|結束|左右|上下|前後|起|止|~)$")
_CLOCK = re.compile(
    r"(?P<half>凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|am|pm)?\s*"
    r"(?:(?P<h>\d{1,2})\s*(?::\s*(?P<mm>\d{2})|[點点時时]\s*(?:(?P<m>\d{1,2})\s*分?|(?P<ban>半))?)(?:[:\s]*(?P<s>\d{2})\s*秒?)?"
    r"|(?P<hhmm>\d{3,4}))"
    r"\s*(?P<tail>am|pm)?"
)
_AFTERNOON = {"下午", "傍晚", "晚上", "pm"}
_MORNING = {"凌晨", "清晨", "早上", "上午", "am"}
_RANGE = re.compile(r"\s*(?:-|–|—|~|至|到|to)\s*")
_NUMBER = r"\d{1,7}(?:\.\d{1,3})?"
_LENGTH = re.compile(
    rf"(?:(?P<h>{_NUMBER})\s*(?:個?小時|個?小时|鐘頭|時|hours?|hrs?|h)(?P<hh>半)?)?\s*"
    rf"(?:(?P<m>{_NUMBER})\s*(?:分鐘|分钟|分|minutes?|mins?|m|')(?P<mh>半)?鐘?)?\s*"
    rf"(?:(?P<s>{_NUMBER})\s*(?:秒鐘|秒|seconds?|secs?|s|\"|''))?"
)
_UNIT_LEFT_OUT = re.compile(r"((小時|小时|h)\s*)(\d{1,2})$")
_LINKED = re.compile(r"(?:緊?接續?|連續|銜接)(?:上一?[項列])?|linked|follows|next")
_MANUAL = re.compile(r"視(?:現場|情況)(?:狀況|情況|調整)?|現場|手動|機動|待[定命]|manual|tb[ad]")


def parse_clock(text: str) -> int | None:
    """Read a time of the operating day, in seconds: `13:30`, `1330`, `9:10`, `24:30`, `14:00起`, `下午2點半`."""
    found = _CLOCK.fullmatch(_plain(text))
    if not found or (found["h"] is None and found["hhmm"] is None):
        return None
    hour, minute, second = _figures(found)
    hour = _hour(hour, found["half"] or found["tail"] or "")
    total = hour * HOUR + minute * MINUTE + second
    return total if max(minute, second) < MINUTE and total <= _LATEST_S else None


def _figures(found: re.Match[str]) -> tuple[int, int, int]:
    if found["hhmm"]:
        return int(found["hhmm"][:-2]), int(found["hhmm"][-2:]), 0
    minute = 30 if found["ban"] else int(found["mm"] or found["m"] or 0)
    return int(found["h"]), minute, int(found["s"] or 0)


def _hour(hour: int, half: str) -> int:
    noon = 12
    if half in _AFTERNOON and (hour < noon or half == "晚上") and hour <= noon:
        return hour + noon
    return 0 if half in _MORNING and hour == noon else hour


def parse_range(text: str) -> tuple[int, int | None] | None:
    """Read `13:30-13:35`, `1900–1903` or a single time; an end before its start is on the other side of midnight."""
    first, *rest = _RANGE.split(_plain(text), maxsplit=1)
    start = parse_clock(first)
    if start is None or not rest or not rest[0]:
        return None if start is None else (start, None)
    end = parse_clock(rest[0])
    return None if end is None else (start, end + DAY if end < start else end)


def parse_start(text: str) -> Start | None:
    """Read what stands in the column of times: a time, `接續`, or `視現場`."""
    plain = _plain(text)
    if _LINKED.fullmatch(plain):
        return Start("linked")
    if _MANUAL.fullmatch(plain):
        return Start("manual")
    found = parse_range(plain)
    return Start("fixed", found[0]) if found else None


def parse_duration(text: str, unit: Unit = "minutes") -> int | None:
    """Read a length, in seconds: `15分`, `約 15 分`, `1小時30分`, `半小時`, `1'30"`, `1h30m`, `0:30`, `30`.

    `unit` is that of a bare number, and of the last part of `0:30`: half an hour, as in a run-down, unless the
    column counts seconds, as in a cue sheet.
    """
    plain = _plain(text)
    total = _colon_length(plain, unit)
    if total is None:
        total = _word_length(plain, unit)
    return round(total) if total is not None and total <= _LONGEST_S else None


def _colon_length(plain: str, unit: Unit) -> float | None:
    found = re.fullmatch(r"(\d{1,3}):(\d{2})(?::(\d{2}))?", plain)
    if not found:
        return None
    first, second, third = (int(part or 0) for part in found.groups())
    if max(second, third) >= MINUTE:
        return None
    whole = first * HOUR + second * MINUTE + third
    return whole / MINUTE if unit == "seconds" and found[3] is None else whole


def _word_length(plain: str, unit: Unit) -> float | None:
    if re.fullmatch(_NUMBER, plain):
        return float(plain) * (MINUTE if unit == "minutes" else 1)
    plain = plain.replace("個半小時", ".5小時").replace("半小時", "0.5小時").replace("半個小時", "0.5小時")
    found = _LENGTH.fullmatch(_UNIT_LEFT_OUT.sub(r"\1\3分", re.sub(r"('\d{1,2})$", r'\1"', plain)))
    if not found or not plain:
        return None
    hours = float(found["h"] or 0) + (0.5 if found["hh"] else 0)
    minutes = float(found["m"] or 0) + (0.5 if found["mh"] else 0)
    return hours * HOUR + minutes * MINUTE + float(found["s"] or 0)


def parse_offset(text: str) -> int | None:
    """Read a signed distance from a row's start, in seconds: `-10:00`, `−2'`, `+15"`, `0`. `2:00` is two minutes."""
    plain = _plain(text)
    length = parse_duration(plain[1:] if plain[:1] in ("+", "-") else plain, "seconds")
    return -length if length is not None and plain.startswith("-") else length


def _plain(text: str) -> str:
    """One way to write it: half-width, lower case, straight quotes, no words that only say it is about so much."""
    narrow = unicodedata.normalize("NFKC", text[:80].translate(_QUOTES)).strip().lower()
    return _TAIL.sub("", _ABOUT.sub("", narrow))
