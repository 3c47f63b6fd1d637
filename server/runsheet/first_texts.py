"""What Now says of rows and of its track: the twin of static/js/paint.js, parts.js, strip.js and reach.js."""

import re
from typing import Any

from server.people.models import Contact
from server.runsheet.clock_text import clock, countdown, late
from server.runsheet.first_rows import Look
from server.runsheet.models import ON_AIR, Cue
from server.runsheet.names import Names

_SECOND_MS = 1000
_UNREADABLE = re.compile(r"[^\x20-\x7e]")
Texts = dict[str, Any]


def row_texts(look: Look, cue: Cue) -> Texts:
    """The times of a row: plan, projection, lateness."""
    times, live = look.board.times[cue.id], look.board.tracks.get(cue.track)
    runs = live is not None and live.current == cue.id
    plan, projected = _at(look, times.planned_start, cue.day), _at(look, times.projected_start, cue.day)
    lateness = live.offset if live and runs else (times.projected_start or 0) - (times.planned_start or 0)
    is_told = plan and (projected != plan or runs) and abs(lateness) >= _SECOND_MS
    return {
        "plan": plan,
        "proj": projected if projected != plan else "",
        "late": late(lateness) if is_told else "",
    }


def is_over(look: Look, cue: Cue) -> bool:
    """Whether a row that runs is past its end."""
    live = look.board.tracks.get(cue.track)
    return live is not None and live.current == cue.id and cue.state == "live" and live.over > 0


def countdown_texts(look: Look, cue: Cue) -> Texts:
    """How long a row has left, or until it begins, as the macro `live_slots` takes it."""
    which, left = _left(look, cue)
    texts = {"now": which, "left": "–" if left is None else _told(which, left)}
    begun = cue.runs[-1][0] if cue.runs else None
    if begun is None:
        return texts
    times = look.board.times[cue.id]
    ends, was = _at(look, times.projected_end, cue.day), _at(look, times.planned_end, cue.day)
    share = (look.now - begun) / max(1, (times.projected_end or 0) - begun)
    return texts | {
        "began": _at(look, begun, cue.day),
        "ends": ends,
        "was": was if was != ends else "",
        "done": min(1000, max(0, round(share * 1000))),
    }


def _left(look: Look, cue: Cue) -> tuple[str, int | None]:
    times, over = look.board.times[cue.id], look.standing.over
    if cue.state not in ON_AIR:
        start = times.projected_start
        return "next", None if start is None else start - look.now
    left = (times.projected_end or 0) - look.now
    if cue.state == "paused":
        return "held", -over if over > 0 else left
    return ("over", over) if over > 0 else ("left", left)


def _told(which: str, left: int) -> str:
    if which == "over":
        return late(left)
    return late(-left) if which == "held" and left < 0 else countdown(max(left, 0))


def strip_texts(look: Look) -> Texts:
    """The time, how late the track is, and what its buffers hold, as the macro `strip` takes it."""
    now, standing = clock(look.now, look.sheet.event.timezone, look.today, seconds=True), look.standing
    room = standing.left if standing.save <= 0 else standing.save
    known = {
        "clock": now,
        "save": "–" if room is None else late(room).replace("+", ""),
        "is_short": standing.save > 0,
    }
    held = look.track.held_at if look.track else None
    if held is not None:
        return known | {"which": "halted", "offset": _at(look, held, look.today)}
    seconds = int(standing.offset / _SECOND_MS)
    return known | {
        "which": "behind" if seconds > 0 else "ahead" if seconds < 0 else "even",
        "offset": late(standing.offset),
    }


def who_text(contact: Contact, names: Names) -> str:
    """Whom to call for a row, in few words: 舞監 CH2. A sign that one can't read in English gives way to the name."""
    sign, channel = contact.member.call_sign, contact.channel
    called = sign if sign and not (names.locale == "en" and _UNREADABLE.search(sign)) else ""
    short = f"CH{channel}" if channel[:1].isdigit() else channel
    return " ".join(filter(None, (called or names.people.get(contact.id, contact.id), short)))


def _at(look: Look, moment: int | None, day: str) -> str:
    return "" if moment is None else clock(moment, look.sheet.event.timezone, day or None)
