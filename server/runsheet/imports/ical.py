"""Calendars (.ics) as RFC 5545 writes them: an event is a row, in the order of time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from server.runsheet.imports.book import Limits, Workbook, refuse
from server.runsheet.imports.clean import one_line
from server.runsheet.imports.csv_text import decode
from server.runsheet.imports.filling import UNTITLED, Table
from server.runsheet.imports.ical_repeats import starts_of
from server.runsheet.imports.ical_times import (
    Moment,
    fixed_zone,
    later,
    length_in,
    moment_in,
    naive,
    written,
    zone_named,
)

_HEADINGS = (
    "Date", "Start", "End", "Title", "Format", "Room", "People", "Note", "Skip", "Status", "All day", "Organizer",
    "Contact", "Resources", "URL",
)  # fmt: skip
_COLUMNS = {"CONTACT": "Contact", "RESOURCES": "Resources", "URL": "URL"}
_FOLD = re.compile(r"\n[ \t]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER = re.compile(r'(?:[^;"]|"[^"]*")+')
_LONGEST_HEAD, _DEEPEST, _MOST_LINES, _LONGEST = 2_000, 20, 500, 60
_EVENTS = {"VEVENT", "VTODO"}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Property:
    """A content line (section 3.1)."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as TEXT, its escapes taken away (section 3.3.11)."""
        return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], self.value)


@dataclass
class _Component:
    """An event, or another thing of the calendar, without those within it."""

    name: str
    properties: dict[str, list[_Property]] = field(default_factory=dict)

    def all(self, *names: str) -> list[_Property]:
        return [found for name in names for found in self.properties.get(name, ())[:_MOST_LINES]]

    def first(self, *names: str) -> _Property | None:
        return next(iter(self.all(*names)), None)

    def text(self, name: str) -> str:
        found = self.first(name)
        return found.text.strip() if found else ""

    def texts(self, *names: str) -> list[str]:
        return [text for found in self.all(*names) if (text := found.text.strip())]


def read_ical(raw: bytes, limits: Limits) -> Workbook:
    """One sheet. Starts and ends keep their offset from UTC; those without a zone stay as written."""
    calendar = _Calendar(decode(raw)[0], limits)
    table = Table(calendar.name or "iCalendar", _HEADINGS, limits)
    rows = sorted(calendar.rows(limits.rows_read), key=lambda row: (row.start is None, row.order))
    for row in rows:
        number = table.add(row.cells())
        for code, value in row.findings:
            table.tell(code, number, value=value[:_LONGEST])
    for name in sorted(calendar.unknown_zones)[:5]:
        table.tell("zone_unknown", value=name[:_LONGEST])
    return Workbook("ical", [table.made()])


@dataclass
class _Row:
    event: _Component
    start: Moment | None
    end: Moment | None
    findings: list[tuple[str, str]]

    @property
    def order(self) -> datetime:
        return datetime.min if self.start is None else naive(self.start)  # noqa: DTZ901 - only compared

    def cells(self) -> dict[str, str]:
        event = self.event
        notes = event.texts("DESCRIPTION", "COMMENT")
        status = event.text("STATUS").upper()
        cancelled = status == "CANCELLED"
        if cancelled:
            self.findings.append(("event_cancelled", status))
        return self._times() | {
            "Title": event.text("SUMMARY") or one_line("".join(notes[:1]))[:200] or event.text("LOCATION") or UNTITLED,
            "Format": ", ".join(event.texts("CATEGORIES")),
            "Room": event.text("LOCATION"),
            "People": "\n".join(filter(None, map(_name, event.all("ATTENDEE")))),
            "Note": "\n".join(notes),
            "Skip": "yes" if cancelled else "",
            "Status": status.capitalize() if status not in {"CONFIRMED", "CANCELLED"} else "",
            "Organizer": "".join(map(_name, event.all("ORGANIZER")[:1])),
            **{heading: "\n".join(event.texts(name)) for name, heading in _COLUMNS.items()},
        }  # fmt: skip

    def _times(self) -> dict[str, str]:
        """A whole day has no clock; until when it goes on is told beside it, as the last of its days."""
        start, end = self.start, self.end
        if start is None:
            told = self.event.first("DTSTART")
            return {"Start": told.value[:_LONGEST] if told else ""}
        if isinstance(start, datetime):
            return {"Start": written(start), "End": written(end) if isinstance(end, datetime) else ""}
        self.findings.append(("all_day", written(start)))
        last = later(end, -_DAY) if end and naive(end) > naive(start) + _DAY else None
        return {"Date": written(start), "All day": f"{written(start)} – {written(last)}" if last else ""}


def _name(found: _Property) -> str:
    """The common name of a person, else the address (section 3.2.2)."""
    address = found.value.partition(":")[2] or found.value
    return one_line(found.parameters.get("CN", "") or address).replace(",", " ")


class _Calendar:
    """What a file holds: its events, and the zones that it defines itself."""

    def __init__(self, text: str, limits: Limits) -> None:
        self._limits = limits
        self.name = ""
        self.events: list[_Component] = []
        self.unknown_zones: set[str] = set()
        self._offsets: dict[str, list[str]] = {}
        self._open: list[_Component] = []
        self._zone = ""
        plain = _FOLD.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        for line in plain.split("\n"):
            if found := _property(line):
                self._take(found)
        while self._open:
            self._close()

    def _take(self, found: _Property) -> None:
        if found.name == "BEGIN":
            if len(self._open) > _DEEPEST:
                refuse("file_broken")
            self._open.append(_Component(found.value.strip().upper()))
        elif found.name == "END":
            if self._open:
                self._close()
        elif found.name == "X-WR-CALNAME":
            self.name = found.text
        elif found.name == "TZID" and self._open and self._open[-1].name == "VTIMEZONE":
            self._zone = found.value
        elif self._open:
            self._open[-1].properties.setdefault(found.name, []).append(found)

    def _close(self) -> None:
        component = self._open.pop()
        if component.name in _EVENTS:
            self.events.append(component)
            if len(self.events) > self._limits.rows_read:
                refuse("too_many_rows", sheet=self.name or "iCalendar", limit=self._limits.rows)
        elif component.name in {"STANDARD", "DAYLIGHT"}:
            self._offsets.setdefault(self._zone, []).append(
                "".join(component.texts("TZOFFSETTO")) if component.name == "STANDARD" else ""
            )

    def rows(self, most: int) -> Iterator[_Row]:
        """A row for each event; simple series once for each time, without those that were moved or left out."""
        moved = {key for event in self.events if (key := self._moved(event))}
        count = 0
        for event in self.events:
            for row in self._series(event, moved):
                yield row
                count += 1
                if count > most:
                    return

    def _moved(self, event: _Component) -> tuple[str, datetime] | None:
        """Which time of which series an event stands for (section 3.8.4.4)."""
        when = self._moment(event.first("RECURRENCE-ID"))
        return (event.text("UID"), naive(when)) if when else None

    def _series(self, event: _Component, moved: set[tuple[str, datetime]]) -> Iterator[_Row]:
        start = self._moment(event.first("DTSTART"))
        end = self._end(event, start)
        rule = event.first("RRULE")
        if start is None or event.first("RECURRENCE-ID") or not (rule or event.first("RDATE")):
            yield _Row(event, start, end, [])
            return
        starts = starts_of(rule.value, start) if rule else [start]
        if starts is None:
            yield _Row(event, start, end, [("repeats_by_rule", rule.value if rule else "")])
            return
        length = None if end is None else naive(end) - naive(start)
        uid, out = event.text("UID"), {naive(moment) for moment in self._moments(event, "EXDATE")}
        left = [each for each in [*starts, *self._moments(event, "RDATE")] if naive(each) not in out]
        for index, each in enumerate(left):
            if (uid, naive(each)) not in moved:
                told = [("repeats", str(len(left)))] if not index else []
                yield _Row(event, each, None if length is None else later(each, length), told)

    def _end(self, event: _Component, start: Moment | None) -> Moment | None:
        end = self._moment(event.first("DTEND", "DUE"))
        length = length_in(event.text("DURATION"))
        return later(start, length) if end is None and start and length else end

    def _moments(self, event: _Component, name: str) -> list[Moment]:
        return [
            moment
            for found in event.all(name)
            for value in found.value.split(",")[:_MOST_LINES]
            if (moment := moment_in(value, self._zone_of(found)))
        ]

    def _moment(self, found: _Property | None) -> Moment | None:
        return moment_in(found.value, self._zone_of(found)) if found else None

    def _zone_of(self, found: _Property) -> tzinfo | None:
        """By its name; else as the file defines it, if it knows no summer time."""
        name = found.parameters.get("TZID", "")
        if not name:
            return None
        if zone := zone_named(name):
            return zone
        offsets = self._offsets.get(name, [])
        if len(set(offsets)) == 1 and (zone := fixed_zone(offsets[0])):
            return zone
        self.unknown_zones.add(name)
        return None


def _property(line: str) -> _Property | None:
    """Name, parameters and value: the first colon outside of quotation marks ends the head."""
    if '"' not in line[:_LONGEST_HEAD]:
        head, colon, value = line.partition(":")
        return _made(head, value) if colon and len(head) <= _LONGEST_HEAD else None
    quoted = False
    for place, sign in enumerate(line[:_LONGEST_HEAD]):
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            return _made(line[:place], line[place + 1 :])
    return None


def _made(head: str, value: str) -> _Property:
    name, *more = _PARAMETER.findall(head) or [""]
    pairs = (each.partition("=") for each in more)
    return _Property(
        name.strip().upper(), {key.strip().upper(): text.strip('"') for key, _, text in pairs}, value
    )
