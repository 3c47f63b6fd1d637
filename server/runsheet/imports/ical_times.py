"""Dates, moments, lengths and zones of iCalendar (RFC 5545, sections 3.3.4 to 3.3.6 and 3.6.5)."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global

Moment = datetime | date
"""A moment with a zone, one without (floating: the same clock wherever one is), or a whole day."""

_MOMENT = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)?(Z)?)?")
_LENGTH = re.compile(
    r"([-+])?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?"
)
_OFFSET = re.compile(r"([-+])(\d\d)(\d\d)(?:\d\d)?")
_LONGEST_NAME = 100


def moment_in(value: str, zone: tzinfo | None) -> Moment | None:
    """A DATE or DATE-TIME; None if it is neither."""
    found = _MOMENT.fullmatch(value.strip().upper()[:40])
    if not found:
        return None
    *figures, utc = found.groups()
    try:
        if figures[3] is None:
            return date(*map(int, figures[:3]))
        return datetime(*(int(figure or 0) for figure in figures), tzinfo=UTC if utc else zone)  # type: ignore[arg-type,misc]  # six figures
    except ValueError:
        return None


def length_in(value: str) -> timedelta | None:
    """A DURATION such as PT1H30M, P1D or P2W."""
    found = _LENGTH.fullmatch(value.strip().upper()[:40])
    if not found or not any(found.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if found[1] == "-" else length


def later(moment: Moment, length: timedelta) -> Moment | None:
    """By the clock of the moment's own zone; None beyond the calendar."""
    try:
        return moment + length
    except OverflowError:
        return None


def naive(moment: Moment) -> datetime:
    """To compare moments of any kind: in UTC, a floating one as it stands, a day by its midnight."""
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 - it has none
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return moment.replace(tzinfo=None)


def written(moment: Moment | None) -> str:
    """As a cell has it: with its offset from UTC, if it has a zone."""
    if not isinstance(moment, datetime):
        return "" if moment is None else moment.isoformat()
    return moment.isoformat(" ", "seconds" if moment.second else "minutes")


@cache
def zone_named(name: str) -> tzinfo | None:
    """A zone by its name: of the tz database, with what some programs put before it, or Windows' own."""
    name = name.strip('" ')[:_LONGEST_NAME]
    tail = "/".join(name.split("/")[-2:])
    for key in (name, tail, get_global("windows_zone_mapping").get(name)):
        try:
            return ZoneInfo(key) if key else None
        except (KeyError, ValueError, OSError):
            continue
    return None


def fixed_zone(offset: str) -> tzinfo | None:
    """A zone that is always so far from UTC: +0800."""
    found = _OFFSET.fullmatch(offset.strip())
    if not found:
        return None
    length = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-length if found[1] == "-" else length) if length < timedelta(days=1) else None
