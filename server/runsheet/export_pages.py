"""Taking the sheet along: files, prints, and links by which a calendar follows it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from server.core.access import Permission
from server.core.clock import local_time, operating_day, to_iso
from server.core.models import Event
from server.core.page import Ask, page, take_turn
from server.core.security import hold_back
from server.core.strict_json import dumps_long
from server.core.turns import Turns
from server.runsheet.calendar_links import Calendar, calendars_of
from server.runsheet.calendar_pages import calendar_file
from server.runsheet.exporting import take_sheet
from server.runsheet.exports.work import write
from server.runsheet.names import Names

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {
    "xlsx": (_SHEET, "{name}.xlsx"),
    "csv": ("text/csv", "{name}.csv"),
    "json": ("application/json", "{name}.json"),
    "ontime": ("application/json", "{name}.ontime.json"),
    "ics": ("text/calendar", "{name}.ics"),
}
"""Media type and file name of each form."""
KINDS = ("track", "cue", "place", "department", "column", "member", "note", "variant")
"""What a .json holds: what the contract's `state` says of these, to the same viewer."""
JSON_FORMAT, JSON_VERSION = "fieldcue-sheet", 1
_TURNS = Turns(3)


def export(ask: Ask) -> Response:
    """What there is to take along, and one's links for calendars."""
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        names = Names.through(ask.services.feed.names(session, event), ask.member.lens)
        links = [
            _line(each, names, event, ask.services.clock.now()) for each in calendars_of(session, ask.member)
        ]
    scopes = [(f"track:{key}", name) for key, name in names.tracks.items()]
    may = ask.member.permissions
    return ask.page("runsheet/export.html", event=event, lens=names, links=links, may=may, scopes=scopes)


def _line(calendar: Calendar, names: Names, event: Event, now: int) -> dict[str, Any]:
    times = {
        name: at and local_time(at, event.timezone, now)
        for name, at in (("made", calendar.made_at), ("read", calendar.read_at))
    }
    return {
        "id": calendar.id,
        "scope": calendar.scope,
        "track": names.tracks.get(calendar.track or "", ""),
    } | times


async def export_file(ask: Ask) -> Response:
    """The sheet in the form that the address names, as a download."""
    form = ask.request.path_params["form"]
    return await _download(ask, form) if form in FORMS else _nothing()


async def calendar_once(ask: Ask) -> Response:
    """What one sees as a calendar file, to be imported once."""
    return await _download(ask, "ics")


def _nothing() -> Response:
    raise HTTPException(HTTPStatus.NOT_FOUND)


async def _download(ask: Ask, form: str) -> Response:
    hold_back(ask.services.limits, "export_member", ask.member)
    content, name = await take_turn(_TURNS, ask, _MADE.get(form, _file), form, about=form)
    media, pattern = FORMS[form]
    headers = {"Content-Disposition": disposition(pattern.format(name=name)), "Cache-Control": "no-store"}
    return Response(content, headers=headers, media_type=media)


def disposition(name: str) -> str:
    """Save it under this name, with one in ASCII for what doesn't read the other (RFC 6266)."""
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-._ ") else "_" for sign in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


Made = tuple[bytes, str]


def _file(ask: Ask, form: str) -> Made:
    with ask.services.db.read() as session:
        event, names = _event(ask, session)
        now = ask.services.clock.now()
        sheet = take_sheet(session, ask.member, event, names, now)
    return write(form, sheet), _name(event, names, now)


def _json(ask: Ask, _form: str) -> Made:
    """What `state` answers, with what it takes to read it later: the format, its version, and the event."""
    services, now = ask.services, ask.services.clock.now()
    with services.db.read() as session:
        event, names = _event(ask, session)
        entities = {kind: services.feed.bodies(session, event, ask.member, kind) for kind in KINDS}
        services.derive(session, entities, event, now)
    about = {
        name: getattr(event, name)
        for name in ("id", "name", "name_en", "venue", "venue_en", "timezone", "days")
    }
    told = {
        "format": JSON_FORMAT,
        "version": JSON_VERSION,
        "now": to_iso(now, event.timezone),
        "head": event.head,
        "epoch": event.epoch,
        "event": about | {"day_change_s": event.day_change_s},
        "entities": entities,
    }
    return dumps_long(told), _name(event, names, now)


def _ics(ask: Ask, _form: str) -> Made:
    asked = ask.request.query_params
    scope = asked.get("scope", "all")
    chosen = Calendar(
        event_id=ask.member.event_id,
        id="",
        member=ask.member.id,
        secret_hash="",
        made_at=0,
        scope=scope if scope in {"mine", "track"} else "all",
        track=asked.get("track") if scope == "track" else None,
    )
    with ask.services.db.read() as session:
        event, names = _event(ask, session)
        content = calendar_file(ask.services, session, chosen, ask.member)
    return content, _name(event, names, ask.services.clock.now())


def _event(ask: Ask, session: Any) -> tuple[Event, Names]:  # noqa: ANN401 - a Session
    event = session.get_one(Event, ask.member.event_id)
    return event, Names.through(ask.services.feed.names(session, event), ask.member.lens)


def _name(event: Event, names: Names, now: int) -> str:
    """What a file is called: the event and the day on which it was taken."""
    day = operating_day(now, event.timezone, event.day_change_s).isoformat()
    return f"{names.t(event.name, event.name_en)} {day}".replace("/", "-")


_MADE: dict[str, Callable[[Ask, str], Made]] = {"json": _json, "ics": _ics}

ROUTES = [
    page("/e/{event}/export", export),
    page("/e/{event}/export/calendar.ics", calendar_once),
    page("/e/{event}/export/{form}", export_file, may=Permission.EXPORT),
]
