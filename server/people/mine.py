"""One's own page: browsers, language, look, password."""

from http import HTTPStatus
from typing import Any

from sqlmodel import Session, col, update
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.core.access import Permission
from server.core.auth import open_session, revoke_session
from server.core.i18n import LOCALES, N_
from server.core.models import BrowserSession, Event
from server.core.page import Ask, page
from server.core.passwords import hash_password
from server.people.agents import browser_lines
from server.people.codes import waiting_codes
from server.people.doors import agent, door, let_in, local, set_language
from server.people.entrance import MAX_PASSWORD, account_errors, check_account, may_try
from server.people.founding import open_account
from server.people.models import Account, Member
from server.people.personal import copy_of, copy_of_account, to_save
from server.people.queries import (
    account_by_email,
    events_of_account,
    member_of_account,
    members_of_account,
    sessions_of_account,
    sessions_of_member,
)

_ZONE = "Asia/Taipei"


def me(ask: Ask) -> Response:
    """My browsers, language and look."""
    return _show(ask, {}, {})


def my_copy(ask: Ask) -> Response:
    """All that is kept of me, in every event that I am in by what this browser proves."""
    person = ask.person
    with ask.services.db.read() as session:
        mine = members_of_account(session, person.account_id) if person.account_id else []
        who = [(member.event_id, member.id) for member in mine] or [
            (person.event_id or "", person.member_id or "")
        ]
        kept: dict[str, Any] = {event: copy_of(session, event, member) for event, member in who if event}
        return to_save(kept | (copy_of_account(session, person.account_id) if person.account_id else {}))


def end_browser(ask: Ask) -> Response:
    """Sign one of my browsers out."""
    wanted = ask.request.path_params["session"]
    if wanted not in {browser.id for browser in my_browsers(ask)}:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    revoke_session(ask.services, wanted)
    return RedirectResponse("/me", HTTPStatus.SEE_OTHER)


def end_others(ask: Ask) -> Response:
    """Sign all of my browsers out but this one."""
    for browser in my_browsers(ask):
        if browser.id != ask.person.session_id:
            revoke_session(ask.services, browser.id)
    return RedirectResponse("/me", HTTPStatus.SEE_OTHER)


def choose_locale(ask: Ask) -> Response:
    """Set my language: the account's, and by ops what I am in each event."""
    locale = ask.text("locale")
    if locale not in LOCALES:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    person = ask.person
    with ask.services.db.write() as session:
        if person.account_id:
            session.get_one(Account, person.account_id).locale = locale
            mine = members_of_account(session, person.account_id)
        else:
            mine = [session.get_one(Member, (person.event_id, person.member_id))]
    for member in mine:
        set_language(ask, member, locale)
    ask.services.identities.clear()
    return RedirectResponse(local(ask.text("to") or "/me"), HTTPStatus.SEE_OTHER)


def add_account(ask: Ask) -> Response:
    """Let a coordinator who came by link sign in by e-mail too, with a new account or one they have."""
    values = {name: ask.text(name) for name in ("email", "password")}
    errors = account_errors(ask, values) or _attach(ask, values)
    if errors:
        return _show(ask, errors, values, HTTPStatus.UNPROCESSABLE_ENTITY)
    with ask.services.db.write() as session:
        account = account_by_email(session, values["email"])
        columns = {"account_id": account.id if account else None}
        secret = open_session(session, ask.services.clock.now(), agent(ask), **columns)
    return let_in(ask, RedirectResponse("/me", HTTPStatus.SEE_OTHER), secret)


def change_password(ask: Ask) -> Response:
    """Change an account's password, which signs its other browsers out."""
    if not ask.person.account_id:
        raise HTTPException(HTTPStatus.FORBIDDEN)
    with ask.services.db.read() as session:
        email = session.get_one(Account, ask.person.account_id).email
    errors = account_errors(ask, {"password": ask.text("new")})
    if "password" in errors:
        return _show(ask, {"new": errors["password"]}, {}, HTTPStatus.UNPROCESSABLE_ENTITY)
    if not may_try(ask, email):
        errors = {"password": ask.say(N_("Too many tries. Wait a minute, then try again."))}
        return _show(ask, errors, {}, HTTPStatus.TOO_MANY_REQUESTS)
    if check_account(ask, email) is None:
        errors = {"password": ask.say(N_("This is not your password."))}
        return _show(ask, errors, {}, HTTPStatus.UNPROCESSABLE_ENTITY)
    hashed = hash_password(ask.text("new")[:MAX_PASSWORD])
    with ask.services.db.write() as session:
        session.get_one(Account, ask.person.account_id).password_hash = hashed
    return end_others(ask)


def _show(ask: Ask, errors: dict[str, str], values: dict[str, str], status: int = HTTPStatus.OK) -> Response:
    person = ask.person
    with ask.services.db.read() as session:
        account = session.get(Account, person.account_id) if person.account_id else None
        member = session.get(Member, (person.event_id, person.member_id)) if person.event_id else None
        events = (
            events_of_account(session, account.id) if account else [session.get_one(Event, person.event_id)]
        )
    zone = events[0].timezone if events else _ZONE
    browsers = browser_lines(my_browsers(ask), zone, ask.locale, person.session_id)
    may_add = member is not None and not member.account_id and member.viewer().may(Permission.MANAGE_PEOPLE)
    return ask.page(
        "people/me.html", status,
        who=account or member, account=account, events=events, may_add=may_add, errors=errors, values=values,
        browsers=browsers, codes=_codes(ask, browsers),
    )  # fmt: skip


def _codes(ask: Ask, browsers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """My codes that wait to be used, each with the browser that made it and the minutes that it has left."""
    makers, now = {browser["id"]: browser for browser in browsers}, ask.services.clock.now()
    with ask.services.db.read() as session:
        return [
            {"id": code.id, "by": makers[code.session_id], "left": -(-(code.expires_at - now) // 60_000)}
            for code in waiting_codes(session, makers, now)
        ]


def my_browsers(ask: Ask) -> list[BrowserSession]:
    """Where I am signed in, the latest first."""
    person = ask.person
    with ask.services.db.read() as session:
        if person.account_id:
            return sessions_of_account(session, person.account_id)
        return sessions_of_member(session, person.event_id or "", person.member_id or "")


def _attach(ask: Ask, values: dict[str, str]) -> dict[str, str]:
    """Give the member behind this browser an account; what is wrong, by field."""
    person = ask.person
    if not may_try(ask, values["email"].lower()):
        return {"password": ask.say(N_("Too many tries. Wait a minute, then try again."))}
    known = check_account(ask, values["email"])
    with ask.services.db.write() as session:
        member = session.get(Member, (person.event_id, person.member_id)) if person.event_id else None
        if member is None or member.account_id or not member.viewer().may(Permission.MANAGE_PEOPLE):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        if known is None and account_by_email(session, values["email"]):
            return {"password": ask.say(N_("This e-mail has an account already: use its password."))}
        if known and member_of_account(session, member.event_id, known.id):
            return {"email": ask.say(N_("This account is somebody else in this event."))}
        _claim(ask, session, member, known, values)
    return {}


def _claim(ask: Ask, session: Session, member: Member, known: Account | None, values: dict[str, str]) -> None:
    """Attach the account in one statement, since the writer may hold the member's row at the same time."""
    who = {"name": member.name, "locale": member.locale}
    now, organisation = ask.services.clock.now(), session.get_one(Event, member.event_id).organisation_id
    account = known or open_account(session, organisation, values["email"], values["password"], now, **who)
    row = (col(Member.event_id) == member.event_id, col(Member.id) == member.id)
    session.exec(update(Member).where(*row).values(account_id=account.id))


ROUTES = [
    page("/me", me),
    page("/me/copy", my_copy),
    page("/me/locale", choose_locale, methods=("POST",)),
    page("/me/password", door(change_password), methods=("POST",)),
    page("/me/account", door(add_account), methods=("POST",)),
    page("/me/sessions/others/end", end_others, methods=("POST",)),
    page("/me/sessions/{session}/end", end_browser, methods=("POST",)),
]
