"""Days as people write them: a date, 4/10(六), D1, 第二天, Friday; and which date they come to on an event."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from statistics import median_low

from server.runsheet.imports.book import Cell

_YEARS = range(1990, 2101)
_ROC = 1911
"""Year 1 of the Republic is 1912: 116/4/10 is 10 April 2027."""
_ROC_YEARS, _MONTHS = 200, 12
_LONGEST = 40
_STRAY_DAYS = 60
"""A date so far from the others of its sheet is a slip of the pen …"""
_FEW_STRAYS, _STRAY_SHARE = 3, 5
"""… unless more than these, and more than a fifth of all rows, are: then the sheet is one of months."""

_TAIL = r"(?:\s*[(\[]?\s*(?:週|周|星期|禮拜)?[一二三四五六日天]?\s*[)\]]?|\s*\(?[a-z]{2,9}\.?\)?)"
_YMD = re.compile(
    rf"(?:民國)?\s*(\d{{2,4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*日?{_TAIL}(?:[t ]00:00(?::00)?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DMY = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_MD = re.compile(rf"(\d{{1,2}})\s*[-/月]\s*(\d{{1,2}})\s*日?{_TAIL}")
_DM = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.?")
_LABEL = re.compile(r"(?:d|day|tag|第)\s*([-+]?\s*\d{1,2}|[一二三四五六七八九十])\s*(?:天|日)?")
_FIGURES = {figure: index for index, figure in enumerate("一二三四五六七八九十", 1)}
_WEEKDAYS = """mon monday montag mo 一 週一 周一 星期一 禮拜一|tue tuesday tues dienstag di 二 週二 周二 星期二 禮拜二|
wed wednesday mittwoch mi 三 週三 周三 星期三 禮拜三|thu thursday thur thurs donnerstag do 四 週四 周四 星期四 禮拜四|
fri friday freitag fr 五 週五 周五 星期五 禮拜五|sat saturday samstag sonnabend sa 六 週六 周六 星期六 禮拜六|
sun sunday sonntag so 日 天 週日 周日 星期日 星期天 禮拜日 禮拜天"""


@dataclass(frozen=True)
class Day:
    """A day as written. kind is date (ISO), month (`4-10`, no year), label (`1` for D1) or weekday (`0` is Monday)."""

    kind: str
    value: str


def read_day(source: Cell | str) -> Day | None:
    """The day that a cell or a text names, or None."""
    if isinstance(source, Cell):
        if source.kind in {"date", "moment"}:
            return _date(*str(source.value)[:10].split("-"))
        source = str(source.value) if source.kind == "text" else ""
    text = unicodedata.normalize("NFKC", source[: 2 * _LONGEST]).casefold().strip()
    return _written(text) if 0 < len(text) <= _LONGEST else None


def _written(text: str) -> Day | None:
    if found := _YMD.fullmatch(text) or _COMPACT.fullmatch(text):
        year = int(found[1])
        return _date(year + _ROC if year < _ROC_YEARS else year, found[2], found[3])
    if found := _DMY.fullmatch(text):
        first, second = int(found[1]), int(found[3])
        day_first = found[2] == "." or first > _MONTHS
        return _date(found[4], second if day_first else first, first if day_first else second)
    if found := _MD.fullmatch(text):
        return _month(found[1], found[2])
    if found := _DM.fullmatch(text):
        return _month(found[2], found[1])
    if found := _LABEL.fullmatch(text):
        return Day("label", str(_FIGURES.get(found[1]) or int(found[1].replace(" ", ""))))
    weekday = _weekdays().get(text.strip("()").rstrip("."))
    return None if weekday is None else Day("weekday", str(weekday))


def _date(year: object, month: object, day: object) -> Day | None:
    """A date; one that the calendar lacks is none, but one of an odd year is, and is found out later."""
    try:
        return Day("date", date(int(str(year)), int(str(month)), int(str(day))).isoformat())
    except ValueError:
        return None


def _month(month: str, day: str) -> Day | None:
    try:
        return Day("month", date(2000, int(month), int(day)).isoformat()[5:])
    except ValueError:
        return None


@cache
def _weekdays() -> dict[str, int]:
    return {word: index for index, words in enumerate(_WEEKDAYS.split("|")) for word in words.split()}


@dataclass(frozen=True)
class Calendar:
    """The date of each day that a sheet names, after all of them moved together by `shift` days."""

    dates: dict[Day, date]
    strays: frozenset[Day]
    shift: int
    first: date | None
    """The sheet's own first date, as written."""


def calendar(days: Iterable[Day | None], first_day: date, *, shift: bool) -> Calendar:
    """Give each named day its date. With `shift`, the sheet's first day becomes `first_day`.

    D1, 第二天 and weekdays have no date of their own and count from `first_day`.
    """
    rows = Counter(day for day in days if day)
    named = list(rows)
    written = {day: dated for day in named if (dated := _dated(day, named, first_day))}
    strays = frozenset(_strays(written, rows))
    sane = {day: dated for day, dated in written.items() if day not in strays}
    first = min(sane.values(), default=None)
    delta = (first_day - first) if first and shift else timedelta()
    dates = {day: dated + delta for day, dated in sane.items()}
    dates.update(_labelled(named, first_day))
    dates.update(_weekly(named, first_day, shift=shift))
    return Calendar(dates, strays, delta.days, first)


def _dated(day: Day, named: Sequence[Day], first_day: date) -> date | None:
    if day.kind == "date":
        return date.fromisoformat(day.value)
    if day.kind != "month":
        return None
    near = next((date.fromisoformat(other.value) for other in named if other.kind == "date"), first_day)
    near = near if near.year in _YEARS else first_day
    choices = [made for year in range(near.year - 4, near.year + 5) if (made := _made(year, day.value))]
    return min(choices, key=lambda choice: abs(choice - near), default=None)


def _made(year: int, month_day: str) -> date | None:
    """29 February is there in some years only."""
    try:
        return date.fromisoformat(f"{year:04d}-{month_day}")
    except ValueError:
        return None


def _strays(written: dict[Day, date], rows: Counter[Day]) -> list[Day]:
    """Dates out of all years, or far from where half of the rows are."""
    sane = [dated for day, dated in written.items() if dated.year in _YEARS for _ in range(rows[day])]
    if not sane:
        return list(written)
    middle = median_low(sane)
    far = sum(abs((dated - middle).days) > _STRAY_DAYS for dated in sane)
    is_long = far > _FEW_STRAYS and far * _STRAY_SHARE > len(sane)
    return [
        day
        for day, dated in written.items()
        if dated.year not in _YEARS or (abs((dated - middle).days) > _STRAY_DAYS and not is_long)
    ]


def _labelled(named: Sequence[Day], first_day: date) -> dict[Day, date]:
    """D1 is the first day and D0 the one before; where a sheet counts D-2, D-1, D1 without a D0, D-1 is that one."""
    numbers = {day: int(day.value) for day in named if day.kind == "label"}
    skips_zero = 0 not in numbers.values() and 1 in numbers.values()
    return {
        day: first_day + timedelta(days=n - (0 if n < 0 and skips_zero else 1)) for day, n in numbers.items()
    }


def _weekly(named: Sequence[Day], first_day: date, *, shift: bool) -> dict[Day, date]:
    """Weekdays in the order in which the sheet first names them, each within a week of the first."""
    weekdays = {day: int(day.value) for day in named if day.kind == "weekday"}
    if not weekdays:
        return {}
    opening = next(iter(weekdays.values()))
    start = first_day if shift else first_day + timedelta(days=(opening - first_day.weekday()) % 7)
    return {day: start + timedelta(days=(weekday - opening) % 7) for day, weekday in weekdays.items()}
