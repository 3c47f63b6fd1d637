"""Calendars of our own, in the lines of RFC 5545."""


def ics(*events: str, head: str = "") -> bytes:
    """A calendar of events, each given as its lines."""
    inside = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{head}{inside}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def at(start: str, title: str = "Show", *more: str) -> str:
    """An event by its start: `:20270410T133000` or `;TZID=Asia/Tokyo:20270410T133000`."""
    return "\n".join((f"UID:{title}", f"DTSTART{start}", f"SUMMARY:{title}", *more))


OUTLOOK = """BEGIN:VTIMEZONE
TZID:Our Hall
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
END:STANDARD
END:VTIMEZONE
"""
