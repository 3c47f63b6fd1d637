"""The calendar behind a personal link. Who has the link is the member, so it is asked for anew at each reading."""

from dataclasses import replace
from http import HTTPStatus

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.core.access import Permission, Viewer
from server.core.ids import digest
from server.core.models import Event
from server.core.services import Services
from server.people.doors import address_of
from server.people.queries import find_viewer
from server.runsheet.calendar_links import READ_EVERY_MS, Calendar, find_calendar, note_reading
from server.runsheet.calendar_rows import calendar_entries
from server.runsheet.exports.ical import write_ics
from server.runsheet.names import Names

_HEADERS = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}


async def get_calendar(request: Request) -> Response:
    """`GET /ical/{secret}.ics`: 404 for a link that is not there, that was ended, or whose member is gone."""
    services: Services = request.app.state.services
    return await run_in_threadpool(_answer, services, request)


def _answer(services: Services, request: Request) -> Response:
    secret_hash, now = digest(request.path_params["secret"]), services.clock.now()
    known = request.headers.get("if-none-match", "")
    with services.db.read() as session:
        found = find_calendar(session, secret_hash)
        _hold_back(services, found, address_of(request))
        calendar, viewer = _opened(session, found)
        event = session.get_one(Event, viewer.event_id)
        tag = digest(f"{secret_hash} {event.epoch} {event.head} {viewer.lens.key} {services.build}")[:32]
        headers = _HEADERS | {"ETag": f'"{tag}"'}
        is_known = tag in known
        content = b"" if is_known else _content(services, session, calendar, viewer, tag)
    if now - (calendar.read_at or 0) >= READ_EVERY_MS:
        with services.db.write() as session:
            note_reading(session, calendar, now)
    if is_known:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, headers=headers, media_type="text/calendar")


def _hold_back(services: Services, calendar: Calendar | None, where: str) -> None:
    """429 for a link that is asked for too often; or, from one address, for what is none."""
    limits = services.limits
    if not (
        limits.allow("calendar_link", calendar.secret_hash)
        if calendar
        else limits.allow("calendar_unknown_address", where)
    ):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "60"})


def _opened(session: Session, calendar: Calendar | None) -> tuple[Calendar, Viewer]:
    if calendar is None or calendar.removed_at:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    viewer = find_viewer(session, calendar.event_id, calendar.member)
    if viewer is None or not viewer.may(Permission.VIEW):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return calendar, replace(viewer, session_id="")


def _content(services: Services, session: Session, calendar: Calendar, viewer: Viewer, tag: str) -> bytes:
    """Made once for each state of the event, however often calendars ask."""
    return services.documents.get(
        ("calendar", tag), lambda: calendar_file(services, session, calendar, viewer)
    )


def calendar_file(services: Services, session: Session, calendar: Calendar, viewer: Viewer) -> bytes:
    """The .ics of a link, or of one that would be made."""
    event = session.get_one(Event, viewer.event_id)
    names = Names.through(services.feed.names(session, event), viewer.lens)
    shown = calendar_entries(session, viewer, event, names, calendar, services.clock.now())
    title = names.t(event.name, event.name_en)
    part = {"mine": viewer.name, "track": names.tracks.get(calendar.track or "", "")}.get(calendar.scope, "")
    return write_ics(" · ".join(filter(None, (title, part))), shown, event.timezone)
