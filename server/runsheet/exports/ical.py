"""The sheet as a calendar (RFC 5545). Times are UTC, which every calendar turns into its own zone."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

Entry = dict[str, Any]
"""A row: `uid`, `sequence`, `stamp`, `start`, `end` (ms), `title`, `text`, `place`, `skipped`, `track`."""
_OCTETS = 75
_ESCAPED = re.compile(r"[\\;,]")
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
_REFRESH = "PT15M"


def write_ics(name: str, entries: Iterable[Entry], zone: str) -> bytes:
    """One event for each row that has a time, in lines of at most 75 octets."""
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Fieldcue//Run sheet//EN", "CALSCALE:GREGORIAN"),
        *("METHOD:PUBLISH", f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}", f"X-WR-TIMEZONE:{zone}"),
        # RFC 7986 names the first; Outlook and Apple look for the second.
        *(f"REFRESH-INTERVAL;VALUE=DURATION:{_REFRESH}", f"X-PUBLISHED-TTL:{_REFRESH}"),
        *(line for entry in entries for line in _event(entry)),
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _event(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(entry['uid'])}"
    yield f"SEQUENCE:{entry['sequence']}"
    yield f"DTSTAMP:{_stamp(entry['stamp'])}"
    yield f"LAST-MODIFIED:{_stamp(entry['stamp'])}"
    yield f"DTSTART:{_stamp(entry['start'])}"
    if entry["end"] is not None and _second(entry["end"]) > _second(entry["start"]):
        yield f"DTEND:{_stamp(entry['end'])}"
    yield f"SUMMARY:{_text(entry['title'])}"
    for name, value in (
        ("LOCATION", entry["place"]),
        ("DESCRIPTION", entry["text"]),
        ("CATEGORIES", entry["track"]),
    ):
        if value:
            yield f"{name}:{_text(value)}"
    yield f"STATUS:{'CANCELLED' if entry['skipped'] else 'CONFIRMED'}"
    yield "END:VEVENT"


def _second(at: int) -> int:
    return at // 1000


def _stamp(at: int) -> str:
    return f"{datetime.fromtimestamp(_second(at), UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """A value of the type TEXT (3.3.11): no control but the escaped line break."""
    escaped = _ESCAPED.sub(r"\\\g<0>", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _CONTROLS.sub(" ", escaped).replace("\n", "\\n")


def _folded(line: str) -> str:
    """A long line over several, each further one beginning with a space (3.1), no character cut in two."""
    pieces, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _OCTETS:
            pieces.append(" ")
            size = 1
        pieces[-1] += character
        size += octets
    return "\r\n".join(pieces)
