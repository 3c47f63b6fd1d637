"""Programmes in the format of Pentabarf and frab, as JSON or XML (c3voc.de/wiki/schedule), which pretalx writes too.

Times are clocks of the conference's own place. A day ends in the morning: what starts before its day change belongs to
the day before, and says `00:30`.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from server.runsheet.clock_text import DAY, parse_clock
from server.runsheet.imports.archive import Handler, parse_xml
from server.runsheet.imports.book import Cell, Limits, Workbook, refuse
from server.runsheet.imports.filling import UNTITLED, Table
from server.runsheet.imports.json_values import length_text, list_in, object_in, objects_in, text_in

Json = dict[str, Any]

_HEADINGS = (
    "Date", "Start", "Duration", "Title", "Subtitle", "Format", "Theme", "Room", "Track", "Speakers", "Abstract",
    "Description", "Language", "Recording", "Links", "URL",
)  # fmt: skip
_DAY_CHANGE_S = 4 * 3600
"""Where the file does not say when its days begin."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LENGTH = re.compile(r"(\d{1,3}):(\d{2})(?::(\d{2}))?")
_DEEPEST = 40
_HOLDERS = {"schedule", "conference", "day", "room", "event", "persons", "links", "recording", "attachments"}
"""Elements that hold others; what is within any other is text."""
_NAMES = ("public_name", "name", "full_public_name", "display_name", "code")


def is_frab(data: Any) -> bool:  # noqa: ANN401 - any JSON
    return bool(_conference(data).get("days"))


def _conference(data: Any) -> Json:  # noqa: ANN401 - any JSON
    schedule = object_in(object_in(data).get("schedule"))
    return object_in(schedule.get("conference")) or schedule


def read_frab(data: Json, limits: Limits) -> Workbook:
    """One sheet in the order of time, each room a track."""
    conference = _conference(data)
    table = Table(text_in(conference.get("title")) or "frab", _HEADINGS, limits)
    rows = (row for day in objects_in(conference.get("days")) for row in _rows(day, conference))
    for _, row in sorted(islice(rows, limits.rows_read + 1), key=lambda found: found[0]):
        table.add(row)
    return Workbook("frab", [table.made()])


def read_frab_xml(raw: bytes, limits: Limits) -> Workbook | None:
    """The same from schedule.xml; None if the XML is of something else."""
    found = _Schedule(limits)
    parse_xml(raw, found)
    if not found.days:
        return None
    return read_frab({"schedule": {"conference": found.conference | {"days": found.days}}}, limits)


_Placed = tuple[tuple[str, float], dict[str, str | Cell | None]]


def _rows(day: Json, conference: Json) -> Iterator[_Placed]:
    rooms = day.get("rooms")
    listed = [(text_in(room.get("name")), room.get("events")) for room in objects_in(rooms)]
    for room, events in rooms.items() if isinstance(rooms, dict) else listed:
        for event in objects_in(events):
            yield _row(event, str(room), day, conference)


def _row(event: Json, room: str, day: Json, conference: Json) -> _Placed:
    on, start = _start(event, day, conference)
    room = text_in(event.get("room")) or room
    row: dict[str, str | Cell | None] = {
        "Date": on,
        "Start": text_in(event.get("start")) if start is None else Cell("clock", start),
        "Duration": _length(text_in(event.get("duration"))),
        "Title": text_in(event.get("title")).strip() or UNTITLED,
        "Subtitle": text_in(event.get("subtitle")),
        "Format": text_in(event.get("type")),
        "Theme": text_in(event.get("track")),
        "Room": room,
        "Track": room,
        "Speakers": "\n".join(
            filter(None, map(_person, list_in(event.get("persons") or event.get("speakers"))[:100]))
        ),
        "Abstract": text_in(event.get("abstract")),
        "Description": text_in(event.get("description")),
        "Language": text_in(event.get("language")),
        "Recording": "no" if event.get("do_not_record") in {True, "true"} else "",
        "Links": "\n".join(filter(None, map(_link, list_in(event.get("links"))[:20]))),
        "URL": text_in(event.get("url")),
    }
    return (on, float(DAY * 3 if start is None else start)), row


def _start(event: Json, day: Json, conference: Json) -> tuple[str, int | None]:
    """The day, and seconds since its midnight: of an event with a date of its own, those of that date."""
    clock = parse_clock(text_in(event.get("start")))
    on, own = _date(day.get("date")), _date(event.get("date"))
    if clock is None or not on:
        return own or on, clock
    if own:
        return on, clock + DAY * _between(on, own)
    return on, clock + (DAY if clock < _day_change(day, conference) else 0)


def _between(on: str, own: str) -> int:
    """Nights from one to the other; the night after the day at most."""
    try:
        return min(max((date.fromisoformat(own) - date.fromisoformat(on)).days, 0), 1)
    except ValueError:
        return 0


def _day_change(day: Json, conference: Json) -> int:
    said = text_in(conference.get("day_change")) or text_in(day.get("day_start"))[11:16]
    clock = parse_clock(said)
    return _DAY_CHANGE_S if clock is None or clock > DAY // 2 else clock


def _date(value: Any) -> str:  # noqa: ANN401 - any JSON
    found = _DAY.match(text_in(value))
    return found[0] if found else ""


def _length(text: str) -> str:
    """`1:30` is an hour and a half, and `00:45` three quarters."""
    found = _LENGTH.fullmatch(text.strip())
    if not found:
        return text
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return length_text(hours * 3600 + minutes * 60 + seconds)


def _person(person: Any) -> str:  # noqa: ANN401 - any JSON
    if not isinstance(person, dict):
        return text_in(person)
    return next((name for key in _NAMES if (name := text_in(person.get(key)))), "")


def _link(link: Any) -> str:  # noqa: ANN401 - any JSON
    return " ".join(
        filter(None, (text_in(object_in(link).get(name)) for name in ("title", "url")))
    ) or text_in(link)


class _Schedule(Handler):
    """schedule.xml: the same facts as in the JSON."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._count = limits, 0
        self.conference: Json = {}
        self.days: list[Json] = []
        self._path: list[str] = []
        self._event: Json | None = None
        self._pieces: list[str] = []
        self._events: list[Json] = []
        self._link = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        inside = self._path[-1] if self._path else "schedule"
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            refuse("file_broken")
        if inside not in _HOLDERS:
            return
        if self._event is not None:
            self._link = attributes.get("href", "")
        elif name == "day":
            self.days.append(
                {"date": attributes.get("date"), "day_start": attributes.get("start"), "rooms": {}}
            )
            self._events = []
        elif name == "room" and self.days:
            self._events = self.days[-1]["rooms"].setdefault(attributes.get("name", ""), [])
        elif name == "event" and self.days:
            self._count += 1
            if self._count > self._limits.rows_read:
                refuse("too_many_rows", sheet=self.conference.get("title", "frab"), limit=self._limits.rows)
            self._event = {"persons": [], "links": []}
            self._events.append(self._event)
        self._pieces = []

    def text(self, data: str) -> None:
        self._pieces.append(data)

    def end(self, name: str) -> None:
        self._path.pop()
        inside = self._path[-1] if self._path else "schedule"
        if inside not in _HOLDERS:
            return
        text, self._pieces = "".join(self._pieces).strip(), []
        if self._event is None:
            if inside == "conference":
                self.conference[name] = text
        elif name == "event":
            self._event = None
        elif name == "person":
            self._event["persons"].append(text)
        elif name == "link":
            self._event["links"].append({"title": text, "url": self._link})
        elif name == "optout":
            self._event["do_not_record"] = text
        elif inside == "event" and text:
            self._event[name] = text
