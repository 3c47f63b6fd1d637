"""Pages for people: set-up, sign-in, joining by link, one's own sessions, the list of people."""

import re
from datetime import date
from http import HTTPStatus
from io import BytesIO

import qrcode
import qrcode.image.svg
from sqlmodel import Session, col, select, update
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.core.access import ROLES, Permission
from server.core.auth import check_password, clear_cookie, open_session, revoke_session, set_cookie
from server.core.clock import operating_day
from server.core.i18n import LOCALES, N_
from server.core.ids import digest, new_id
from server.core.models import Event
from server.core.page import Ask, page
from server.people.founding import Founder, days_from, found_event, found_organisation, is_empty, open_account
from server.people.models import Account, JoinLink, Member
from server.people.queries import (
    account_by_email,
    departments,
    events_of_account,
    open_links,
    sessions_of_account,
    sessions_of_member,
    visible_members,
)

MIN_PASSWORD = 10
SLUG = re.compile(r"^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$")


def home(ask: Ask) -> Response:
    """My events; straight to the one event of a person who joined by link."""
    person = ask.person
    if person.event_id:
        return RedirectResponse(f"/e/{person.event_id}", HTTPStatus.SEE_OTHER)
    with ask.services.db.read() as session:
        events = events_of_account(session, person.account_id or "")
    return ask.page("people/home.html", events=events, today=_today(ask), errors={})


def entrance(ask: Ask) -> Response:
    """The first visit sets the place up; later ones sign in."""
    with ask.services.db.read() as session:
        empty = is_empty(session)
    if empty:
        return ask.page("people/setup.html", errors={}, values={})
    if ask.identity:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    return ask.page("people/sign_in.html", errors={}, to=_local(ask.request.query_params.get("to", "/")))


def set_up(ask: Ask) -> Response:
    """Make the organisation and its owner, once."""
    values = {name: ask.text(name) for name in ("organisation", "name", "email", "password")}
    errors = _account_errors(ask, values)
    if errors:
        return ask.page("people/setup.html", HTTPStatus.UNPROCESSABLE_ENTITY, errors=errors, values=values)
    now = ask.services.clock.now()
    with ask.services.db.write() as session:
        if not is_empty(session):
            return RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
        organisation = found_organisation(session, values["organisation"], now)
        who = {"name": values["name"], "locale": ask.locale}
        account = open_account(session, organisation, values["email"], values["password"], now, **who)
        secret = open_session(session, now, _agent(ask), account_id=account.id)
    return _signed_in(ask, secret, "/")


def sign_in(ask: Ask) -> Response:
    """Sign in by e-mail and password."""
    email, to = ask.text("email").lower(), _local(ask.text("to"))
    limits, address = ask.services.limits, _address(ask)
    if not limits.allow("sign_in_address", address) or not limits.allow("sign_in_account", email):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS)
    with ask.services.db.read() as session:
        account = account_by_email(session, email)
    if not check_password(account.password_hash if account else None, ask.text("password")) or account is None:
        errors = {"email": ask.say(N_("E-mail or password is wrong."))}
        return ask.page("people/sign_in.html", HTTPStatus.UNPROCESSABLE_ENTITY, errors=errors, to=to)
    with ask.services.db.write() as session:
        secret = open_session(session, ask.services.clock.now(), _agent(ask), account_id=account.id)
    return _signed_in(ask, secret, to)


def sign_out(ask: Ask) -> Response:
    """End this browser's session."""
    revoke_session(ask.services, ask.person.session_id)
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    clear_cookie(response, ask.services)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def join_page(ask: Ask) -> Response:
    """The page of a personal link. The secret is in the fragment, which no server sees."""
    return ask.page("people/join.html")


def look_at_link(ask: Ask) -> Response:
    """Whose link this is, without spending it: 「這是你嗎？」"""
    with ask.services.db.read() as session:
        link, member, event = _find_link(ask, session)
    return ask.page("people/_join_card.html", member=member, event=event, secret=ask.text("secret"), expires=link.expires_at)


def join(ask: Ask) -> Response:
    """Spend a link: this browser is signed in as its member."""
    now = ask.services.clock.now()
    with ask.services.db.write() as session:
        link, member, _ = _find_link(ask, session)
        spent = session.exec(
            update(JoinLink)
            .where(col(JoinLink.secret_hash) == link.secret_hash, col(JoinLink.spent_at).is_(None))
            .values(spent_at=now)
        )
        if spent.rowcount != 1:
            raise HTTPException(HTTPStatus.GONE)
        secret = open_session(session, now, _agent(ask), event_id=member.event_id, member_id=member.id)
    return _signed_in(ask, secret, f"/e/{member.event_id}")


def me(ask: Ask) -> Response:
    """My browsers, language and look."""
    person = ask.person
    with ask.services.db.read() as session:
        if person.account_id:
            browsers = sessions_of_account(session, person.account_id)
        else:
            browsers = sessions_of_member(session, person.event_id or "", person.member_id or "")
    return ask.page("people/me.html", browsers=browsers, locales=LOCALES)


def end_browser(ask: Ask) -> Response:
    """Sign one of my browsers out."""
    person, wanted = ask.person, ask.request.path_params["session"]
    with ask.services.db.read() as session:
        if person.account_id:
            mine = sessions_of_account(session, person.account_id)
        else:
            mine = sessions_of_member(session, person.event_id or "", person.member_id or "")
    if wanted not in {browser.id for browser in mine}:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    revoke_session(ask.services, wanted)
    return RedirectResponse("/me", HTTPStatus.SEE_OTHER)


def choose_locale(ask: Ask) -> Response:
    """Set an account's language; that of a member is an op of their event."""
    locale = ask.text("locale")
    if locale not in LOCALES or not ask.person.account_id:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    with ask.services.db.write() as session:
        account = session.get_one(Account, ask.person.account_id)
        account.locale = locale
    ask.services.identities.clear()
    return RedirectResponse(_local(ask.text("to") or "/me"), HTTPStatus.SEE_OTHER)


def new_event(ask: Ask) -> Response:
    """Make an event; its maker is its owner."""
    person = ask.person
    if not person.account_id:
        raise HTTPException(HTTPStatus.FORBIDDEN)
    values = {name: ask.text(name) for name in ("name", "key", "venue", "first", "days")}
    now = ask.services.clock.now()
    with ask.services.db.write() as session:
        errors = _event_errors(ask, session, values)
        if errors:
            events = events_of_account(session, person.account_id)
            return ask.page("people/home.html", HTTPStatus.UNPROCESSABLE_ENTITY, events=events, errors=errors, today=_today(ask))
        account = session.get_one(Account, person.account_id)
        founder = Founder(account.id, account.organisation_id, account.name, account.locale)
        days = days_from(date.fromisoformat(values["first"]), int(values["days"] or 1))
        event = Event(id=values["key"], organisation_id=account.organisation_id, name=values["name"],
                      venue=values["venue"], days=days, epoch=new_id(), created_at=now)  # fmt: skip
        found_event(session, event, founder, new_id(), now)
    return RedirectResponse(f"/e/{values['key']}/grid", HTTPStatus.SEE_OTHER)


def people(ask: Ask) -> Response:
    """The people of an event."""
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        members = visible_members(session, ask.member)
        links = open_links(session, event.id, [member.id for member in members], ask.services.clock.now())
        groups = departments(session, event.id)
    return ask.page("people/people.html", event=event, members=members, links=links, departments=groups, roles=ROLES)


def person(ask: Ask) -> Response:
    """One person: what they may do, their link and QR, their browsers."""
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        member = session.get(Member, (event.id, ask.request.path_params["member"]))
        if member is None or member.visible_to not in ask.member.audiences:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        browsers = sessions_of_member(session, event.id, member.id)
        links = open_links(session, event.id, [member.id], ask.services.clock.now())
        groups = departments(session, event.id)
    return ask.page("people/person.html", event=event, member=member, browsers=browsers,
                    link=links.get(member.id), departments=groups, roles=ROLES)  # fmt: skip


def qr(ask: Ask) -> Response:
    """A QR of one of our own addresses, as SVG. It comes by POST, so that no log holds the secret in it."""
    text = ask.text("text")
    if not text.startswith(ask.services.origin) or len(text) > 300:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    out = BytesIO()
    code.make_image(image_factory=qrcode.image.svg.SvgPathImage).save(out)
    return Response(out.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _find_link(ask: Ask, session: Session) -> tuple[JoinLink, Member, Event]:
    if not ask.services.limits.allow("join_address", _address(ask)):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS)
    link = session.get(JoinLink, digest(ask.text("secret")))
    now = ask.services.clock.now()
    if link is None or link.spent_at or link.revoked_at or link.expires_at < now:
        raise HTTPException(HTTPStatus.GONE)
    member = session.get(Member, (link.event_id, link.member_id))
    if member is None or member.removed_at:
        raise HTTPException(HTTPStatus.GONE)
    return link, member, session.get_one(Event, link.event_id)


def _account_errors(ask: Ask, values: dict[str, str]) -> dict[str, str]:
    errors = {name: ask.say(N_("Fill this in.")) for name, value in values.items() if not value}
    if not errors and not re.match(r"^[^@\s]{1,64}@[^@\s]{1,190}$", values["email"]):
        errors["email"] = ask.say(N_("This is not an e-mail address."))
    if not errors and len(values["password"]) < MIN_PASSWORD:
        errors["password"] = ask.say(N_("Use at least %(count)s characters."), count=MIN_PASSWORD)
    return errors


def _event_errors(ask: Ask, session: Session, values: dict[str, str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not values["name"] or len(values["name"]) > 120:
        errors["name"] = ask.say(N_("Fill this in."))
    if not SLUG.match(values["key"]):
        errors["key"] = ask.say(N_("Use 3 to 40 small letters, figures or hyphens."))
    elif session.exec(select(Event.id).where(Event.id == values["key"])).first():
        errors["key"] = ask.say(N_("This address is taken."))
    try:
        date.fromisoformat(values["first"])
        if not 1 <= int(values["days"] or 1) <= 60:
            errors["days"] = ask.say(N_("1 to 60 days."))
    except ValueError:
        errors["first"] = ask.say(N_("This is not a date."))
    return errors


def _signed_in(ask: Ask, secret: str, to: str) -> Response:
    response = RedirectResponse(to, HTTPStatus.SEE_OTHER)
    set_cookie(response, ask.services, secret)
    return response


def _local(path: str) -> str:
    """A path of ours, never another site's: `//host` and `/\\host` would leave."""
    return path if re.match(r"^/(?![/\\])[\w\-./?=&#:%]*$", path) else "/"


def _agent(ask: Ask) -> str:
    return ask.request.headers.get("user-agent", "")


def _address(ask: Ask) -> str:
    return ask.request.client.host if ask.request.client else ""


def _today(ask: Ask) -> str:
    return operating_day(ask.services.clock.now(), "Asia/Taipei", 21_600).isoformat()


ROUTES = [
    page("/", home),
    page("/", new_event, methods=("POST",)),
    page("/setup", entrance, public=True),
    page("/setup", set_up, public=True, methods=("POST",)),
    page("/sign-in", entrance, public=True),
    page("/sign-in", sign_in, public=True, methods=("POST",)),
    page("/sign-out", sign_out, methods=("POST",)),
    page("/join", join_page, public=True),
    page("/join/look", look_at_link, public=True, methods=("POST",)),
    page("/join", join, public=True, methods=("POST",)),
    page("/me", me),
    page("/me/locale", choose_locale, methods=("POST",)),
    page("/me/sessions/{session}/end", end_browser, methods=("POST",)),
    page("/e/{event}/people", people, may=Permission.MANAGE_PEOPLE),
    page("/e/{event}/people/{member}", person, may=Permission.MANAGE_PEOPLE),
    page("/e/{event}/qr", qr, may=Permission.MANAGE_PEOPLE, methods=("POST",)),
]

