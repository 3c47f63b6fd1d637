"""Series of iCalendar (RFC 5545, section 3.3.10), as far as they are simple and have an end.

Rehearsals of a week are written so. Whatever says more (monthly, by set position, without an end) is not guessed.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from server.runsheet.imports.ical_times import Moment, later, moment_in, naive

MOST = 200
"""Rows that one series may become."""
_UNDERSTOOD = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STEPS = 2_000


def starts_of(rule: str, first: Moment) -> list[Moment] | None:
    """Every start of the series; None where the rule is none that we understand, or has no end in sight."""
    parts = dict(part.upper().partition("=")[::2] for part in rule.replace(" ", "").split(";") if part)
    if not parts.keys() <= _UNDERSTOOD or parts.get("FREQ") not in {"DAILY", "WEEKLY"}:
        return None
    interval, count = _number(parts.get("INTERVAL", "1")), _number(parts.get("COUNT", "0"))
    until = moment_in(parts["UNTIL"], None) if "UNTIL" in parts else None
    days = _days(parts.get("BYDAY", ""), first)
    if not interval or count is None or not days or not (count or until) or count > MOST:
        return None
    if parts["FREQ"] == "DAILY" and "BYDAY" in parts:
        return None
    steps = (
        _daily(first, interval)
        if parts["FREQ"] == "DAILY"
        else _weekly(first, interval, days, parts.get("WKST"))
    )
    return _bounded(steps, count, until)


def _bounded(steps: Iterator[Moment], count: int, until: Moment | None) -> list[Moment] | None:
    starts: list[Moment] = []
    for start in steps:
        if (count and len(starts) == count) or (until and _is_over(start, until)):
            return starts
        if len(starts) == MOST:
            return None
        starts.append(start)
    return starts


def _is_over(start: Moment, until: Moment) -> bool:
    """An end that is a date takes the whole of that day with it."""
    if not isinstance(until, datetime):
        return date(start.year, start.month, start.day) > until
    return naive(start) > naive(until)


def _daily(first: Moment, interval: int) -> Iterator[Moment]:
    for step in range(_STEPS):
        moment = later(first, timedelta(days=step * interval))
        if moment is None:
            return
        yield moment


def _weekly(first: Moment, interval: int, days: set[int], week_start: str | None) -> Iterator[Moment]:
    """Weeks begin on WKST, which matters where only every other one counts."""
    opening = _DAYS.index(week_start) if week_start in _DAYS else 0
    into_week = (first.weekday() - opening) % 7
    for step in range(_STEPS):
        if (into_week + step) // 7 % interval:
            continue
        moment = later(first, timedelta(days=step))
        if moment is None:
            return
        if moment.weekday() in days:
            yield moment


def _days(text: str, first: Moment) -> set[int]:
    """Weekdays; none at all if one of them is numbered, such as 2MO."""
    if not text:
        return {first.weekday()}
    names = text.split(",")
    return {_DAYS.index(name) for name in names} if set(names) <= set(_DAYS) else set()


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len("10000") else None
