"""Pages for people: my events, and who is in an event, with their rights, links and browsers."""

from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.core.access import PERMISSIONS, Permission
from server.core.api import answer
from server.core.auth import is_loopback
from server.core.clock import operating_day
from server.core.feed import chains
from server.core.i18n import N_, of_two
from server.core.ids import new_id
from server.core.models import Event
from server.core.page import Ask, page
from server.people import adding, entrance, joining, mine, starting
from server.people.agents import browser_lines
from server.people.founding import Founder, days_from, found_event
from server.people.making import EVENT_FIELDS, event_errors, event_values
from server.people.models import Account
from server.people.personal import copy_of, to_save
from server.people.qr import draw_qr
from server.people.queries import (
    events_of_account,
    members_inside,
    members_of_account,
    open_links,
    sessions_of_member,
    visible_member,
    visible_members,
)

MAX_QR = 300
_ZONE, _DAY_CHANGE_S = "Asia/Taipei", 21_600


def home(ask: Ask) -> Response:
    """My events; straight to the one event of a person who joined by link."""
    person = ask.person
    if person.event_id:
        return RedirectResponse(f"/e/{person.event_id}", HTTPStatus.SEE_OTHER)
    return _home(ask, {}, {"first": _today(ask), "days": "1"})


def new_event(ask: Ask) -> Response:
    """Make an event; its maker is its owner."""
    if not ask.person.account_id:
        raise HTTPException(HTTPStatus.FORBIDDEN)
    values = event_values(ask)
    errors = event_errors(ask, values)
    if not errors and not _found(ask, values):
        errors = {"key": ask.say(N_("This address is taken."))}
    if errors:
        return _home(ask, errors, values, HTTPStatus.UNPROCESSABLE_ENTITY)
    return RedirectResponse(f"/e/{values['key']}/grid", HTTPStatus.SEE_OTHER)


def people(ask: Ask) -> Response:
    """The people of an event, and who has got in."""
    feed, chain = ask.services.feed, chains(ask.member, "people")[0]
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        rows = feed.rows(session, event, chain, "member")
        values = {"inside": _inside(ask, session), **_directory(ask, session, event)}
    return ask.page("people/people.html", event=event, rows=rows, **values)


def inside(ask: Ask) -> Response:
    """Who has got in, whose link waits, who has neither, by id: "on", "wait", "off"."""
    with ask.services.db.read() as session:
        return answer(_inside(ask, session))


def person(ask: Ask) -> Response:
    """One person: what they may do, their link and QR, their browsers."""
    with ask.services.db.read() as session:
        member = visible_member(session, ask.member, ask.request.path_params["member"])
        if member is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        event = session.get_one(Event, member.event_id)
        link = open_links(session, event.id, [member.id], ask.services.clock.now()).get(member.id)
        values: dict[str, Any] = {
            "browsers": browser_lines(
                sessions_of_member(session, event.id, member.id), event.timezone, ask.locale
            ),
            "link": link,
            # Who holds an owner's link is an owner.
            "may_let_in": "owner" in ask.member.roles or not member.is_owner,
            "is_local": is_loopback(urlsplit(ask.services.origin).hostname or ""),
            **_directory(ask, session, event),
        }
    return ask.page("people/person.html", event=event, member=member, origin=ask.services.origin, **values)


def person_copy(ask: Ask) -> Response:
    """All that is kept of one person, to be given to them."""
    with ask.services.db.read() as session:
        member = visible_member(session, ask.member, ask.request.path_params["member"])
        if member is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return to_save(copy_of(session, member.event_id, member.id))


def qr(ask: Ask) -> Response:
    """A QR of one of our own addresses, as SVG. It comes by POST, so that no log holds the secret in it."""
    text = ask.text("text")
    if not text.startswith(f"{ask.services.origin}/") or len(text) > MAX_QR:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return Response(draw_qr(text), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _home(ask: Ask, errors: dict[str, str], values: dict[str, str], status: int = HTTPStatus.OK) -> Response:
    with ask.services.db.read() as session:
        events = events_of_account(session, ask.person.account_id or "")
        mine = members_of_account(session, ask.person.account_id or "")
    repeatable = {member.event_id for member in mine if member.viewer().may(Permission.CONFIGURE)}
    values = dict.fromkeys(EVENT_FIELDS, "") | values
    about = {"events": events, "repeatable": repeatable, "today": _today(ask)}
    return ask.page("people/home.html", status, errors=errors, values=values, **about)


def _found(ask: Ask, values: dict[str, str]) -> bool:
    """Make the event; False if its address is taken."""
    now = ask.services.clock.now()
    days = days_from(date.fromisoformat(values["first"]), int(values["days"]))
    named: dict[str, Any] = {name: values[name] for name in ("name", "name_en", "venue")}
    try:
        with ask.services.db.write() as session:
            account = session.get_one(Account, ask.person.account_id)
            founder = Founder(account.id, account.organisation_id, account.name, account.locale)
            event = Event(
                id=values["key"], organisation_id=account.organisation_id, days=days, epoch=new_id(),
                timezone=_ZONE, day_change_s=_DAY_CHANGE_S, created_at=now, **named,
            )  # fmt: skip
            found_event(session, event, founder, new_id(), now)
    except IntegrityError:
        return False
    return True


def _directory(ask: Ask, session: Session, event: Event) -> dict[str, Any]:
    """What a person can belong to and may call, and what each role may do."""
    names = ask.services.feed.names(session, event)
    return {
        "departments": list(names.departments.values()),
        "department_choices": _choices(ask, names.departments),
        "track_choices": _choices(ask, names.tracks),
        "may": {role: sorted(permissions) for role, permissions in PERMISSIONS.items()},
    }


def _choices(ask: Ask, named: dict[str, Any]) -> list[tuple[str, str]]:
    """(id, name in the viewer's language) of departments or tracks."""
    return [(one.id, of_two(ask.locale, one.name, one.name_en)) for one in named.values()]


def _inside(ask: Ask, session: Session) -> dict[str, str]:
    event_id = ask.member.event_id
    members = [member.id for member in visible_members(session, ask.member)]
    links = open_links(session, event_id, members, ask.services.clock.now())
    known = members_inside(session, event_id)
    return {one: "on" if one in known else "wait" if one in links else "off" for one in members}


def _today(ask: Ask) -> str:
    return operating_day(ask.services.clock.now(), _ZONE, _DAY_CHANGE_S).isoformat()


ROUTES = [
    page("/", home),
    page("/", new_event, methods=("POST",)),
    *entrance.ROUTES,
    *joining.ROUTES,
    *mine.ROUTES,
    *adding.ROUTES,
    *starting.ROUTES,
    page("/e/{event}/people", people, may=Permission.MANAGE_PEOPLE),
    page("/e/{event}/people-inside", inside, may=Permission.MANAGE_PEOPLE),
    page("/e/{event}/people/{member}", person, may=Permission.MANAGE_PEOPLE),
    page("/e/{event}/people/{member}/copy", person_copy, may=Permission.MANAGE_PEOPLE),
    page("/e/{event}/qr", qr, may=Permission.MARK, methods=("POST",)),
]
