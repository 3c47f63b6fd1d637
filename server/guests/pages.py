"""The pages of guests' links: what their makers manage, and what whoever has one reads."""

from http import HTTPStatus
from typing import Any

from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from server.core.access import TEAM, Permission
from server.core.clock import operating_day
from server.core.i18n import of_two
from server.core.ids import digest
from server.core.models import ALL, Event
from server.core.packed import packed_answer, packed_page
from server.core.page import Ask, page
from server.guests.actions import ops
from server.guests.models import GuestLink
from server.guests.queries import link_of, usual_end, visible_links, was_opened
from server.guests.view import Reader, segments
from server.people.agents import moment_text
from server.people.doors import address, in_chosen_language
from server.runsheet.clock_text import clock
from server.runsheet.names import Names
from server.runsheet.queries import directory

OPS = ops
VIEW = "guests"
_MINUTE_MS = 60_000
_MARK = 16
"""Letters of the mark that stands before what is kept of a rendered sheet."""


def guest_door(ask: Ask) -> Response:
    """Where a guest's link leads. The secret is in the fragment, which no server sees; the script asks with it."""
    return in_chosen_language(ask, "guests/guest.html")


def guest_sheet(ask: Ask) -> Response:
    """What a link shows now, as a fragment; 204 if that is what the page `have`s already."""
    secret, now = ask.text("secret"), ask.services.clock.now()
    with ask.services.db.read() as session:
        link = _allowed(ask, link_of(session, secret, now))
        event = session.get_one(Event, link.event_id)
        mark, packed = _rendered(ask, session, event, link, now)
    was_opened(ask.services.db, link, now)
    headers = {
        "Cache-Control": "no-store",
        "Vary": "Accept-Encoding",
        "Fieldcue-Have": mark,
        "Fieldcue-As-Of": _as_of(event, now),
    }
    if ask.text("have") == mark:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    return packed_answer(ask.request, packed, "text/html", headers)


def guests(ask: Ask) -> Response:
    """The links of an event: make one, see which there are, revoke one."""
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        names = Names.through(directory(session, event), ask.member.lens)
        links = [_shown(ask, names, event, link) for link in visible_links(session, ask.member)]
        until = usual_end(session, event).isoformat()
    columns = {
        name: [(each.id, names.t(each.name, each.name_en)) for each in names.columns if each.audience == name]
        for name in (ALL, TEAM)
    }
    values: dict[str, Any] = {"links": links, "columns": columns, "until": until}
    return ask.page("guests/guests.html", event=event, lens=names, **values)


def preview(ask: Ask) -> Response:
    """What a link shows, for those who may make one."""
    wanted, now = ask.request.query_params.get("link", ""), ask.services.clock.now()
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        link = next((each for each in visible_links(session, ask.member) if each.id == wanted), None)
        if link is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        html = _render(ask, session, event, link, now)
    as_of = _as_of(event, now)
    return ask.page("guests/preview.html", event=event, link=link, sheet=html, as_of=as_of)


def _as_of(event: Event, now: int) -> str:
    return clock(now, event.timezone, operating_day(now, event.timezone, event.day_change_s).isoformat())


def _allowed(ask: Ask, link: GuestLink | None) -> GuestLink:
    """404 without a link that opens, 429 for who asks too often: for each link and address, or looking for one."""
    limits, where = ask.services.limits, address(ask)
    if link is None:
        is_allowed = limits.allow("guest_unknown_address", where)
    else:
        is_allowed = limits.allow("guest_link_address", f"{link.hash}:{where}")
    if not is_allowed:
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "20"})
    if link is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return link


def _rendered(ask: Ask, session: Session, event: Event, link: GuestLink, now: int) -> tuple[str, bytes]:
    """(mark, brotli): rendered once for each change and minute, however many read it."""

    def make() -> bytes:
        html = _render(ask, session, event, link, now)
        return digest(html)[:_MARK].encode() + packed_page(html)

    key = (VIEW, event.id, event.epoch, link.id, link.version, event.head, now // _MINUTE_MS)
    kept = ask.services.documents.get(key, make)
    return kept[:_MARK].decode(), kept[_MARK:]


def _render(ask: Ask, session: Session, event: Event, link: GuestLink, now: int) -> str:
    reading = Reader(session, event, link, now).read()
    values: dict[str, Any] = {"reading": reading, "segments": segments, "link": link}
    name = of_two(link.locale, event.name, event.name_en)
    venue = of_two(link.locale, event.venue, event.venue_en)
    return ask.services.templates.render(
        "guests/_sheet.html", link.locale, event_name=name, venue=venue, **values
    )


def _shown(ask: Ask, names: Names, event: Event, link: GuestLink) -> dict[str, Any]:
    """A link as the list of its makers shows it."""
    moments = {"made": link.made_at, "opened": link.opened_at, "until": link.expires_at - 1}
    columns = {each.id: names.t(each.name, each.name_en) for each in names.columns}
    return {
        "link": link,
        "by": names.people.get(link.made_by, link.made_by),
        "tracks": [names.tracks[each] for each in link.tracks if each in names.tracks],
        "columns": [columns[each] for each in (*link.columns, *link.team_columns) if each in columns],
        "is_over": not link.is_open(ask.services.clock.now()),
        **{name: moment_text(at, event.timezone, ask.locale) if at else "" for name, at in moments.items()},
    }


ROUTES = [
    page("/guest", guest_door, public=True),
    page("/guest/sheet", guest_sheet, public=True, methods=("POST",), max_body=2048),
    page(f"/e/{{event}}/{VIEW}", guests, may=Permission.EDIT_SHEET),
    page(f"/e/{{event}}/{VIEW}/preview", preview, may=Permission.EDIT_SHEET),
]
