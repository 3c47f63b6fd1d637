"""The first visit, signing in by e-mail and password, and signing out."""

import re
from http import HTTPStatus
from urllib.parse import quote

from sqlalchemy.exc import IntegrityError
from starlette.responses import RedirectResponse, Response

from server.core.auth import (
    clear_cookie,
    cookie_name,
    known_browser,
    open_session,
    remember_browser,
    revoke_session,
)
from server.core.i18n import N_
from server.core.page import Ask, page
from server.core.passwords import check_password
from server.people.doors import address, agent, door, in_chosen_language, let_in, local
from server.people.founding import FIRST_ORGANISATION, found_organisation, is_empty, open_account
from server.people.models import Account
from server.people.queries import account_by_email

MIN_PASSWORD = 10
MAX_PASSWORD = 200
_LENGTHS = {"organisation": 120, "name": 60, "email": 254, "password": MAX_PASSWORD}
_EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s]{1,189}$")


def setup_page(ask: Ask) -> Response:
    """The form of the first visit; afterwards there is nothing to set up."""
    with ask.services.db.read() as session:
        if not is_empty(session):
            return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    return ask.page("people/setup.html", errors={}, values=dict.fromkeys(_LENGTHS, ""))


def set_up(ask: Ask) -> Response:
    """Make the organisation and its owner, once."""
    values = {name: ask.text(name) for name in _LENGTHS}
    errors = account_errors(ask, values)
    if errors:
        return ask.page("people/setup.html", HTTPStatus.UNPROCESSABLE_ENTITY, errors=errors, values=values)
    secret = _found(ask, values)
    if secret is None:
        return RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    return let_in(ask, RedirectResponse("/", HTTPStatus.SEE_OTHER), secret)


def sign_in_page(ask: Ask) -> Response:
    """The form to sign in, or the way to where one is signed in already."""
    to = local(ask.request.query_params.get("to", "/"))
    with ask.services.db.read() as session:
        if is_empty(session):
            return RedirectResponse("/setup", HTTPStatus.SEE_OTHER)
    if ask.identity:
        return RedirectResponse(to, HTTPStatus.SEE_OTHER)
    # Signing out takes the cookie along, so one that opens nothing any more was ended by others, or by time.
    has_ended = cookie_name(ask.services.origin) in ask.request.cookies
    return _form(ask, to, has_ended=has_ended)


def sign_in(ask: Ask) -> Response:
    """Sign in by e-mail and password."""
    email, to = ask.text("email").lower()[:254], local(ask.text("to"))
    if not may_try(ask, email):
        trouble = N_("Too many tries. Wait a minute, then try again.")
        return _form(ask, to, HTTPStatus.TOO_MANY_REQUESTS, trouble=trouble)
    account = check_account(ask, email)
    if account is None:
        trouble = N_("E-mail or password is wrong.")
        return _form(ask, to, HTTPStatus.UNPROCESSABLE_ENTITY, trouble=trouble)
    with ask.services.db.write() as session:
        secret = open_session(session, ask.services.clock.now(), agent(ask), account_id=account.id)
    return let_in(ask, RedirectResponse(quote(to, safe="/?=&#:%"), HTTPStatus.SEE_OTHER), secret)


def sign_out(ask: Ask) -> Response:
    """End this browser's session.

    What the phone keeps of its person, its page and its service worker wipe; "storage" here would take along what
    others who share the phone have not sent yet.
    """
    revoke_session(ask.services, ask.person.session_id)
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    clear_cookie(response, ask.services)
    remember_browser(response, ask.services, ask.request)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def may_try(ask: Ask, email: str) -> bool:
    """Whether a password for this account may be tried once more now, from this browser or else this address."""
    limits, where = ask.services.limits, address(ask)
    browser = _known_browser(ask, email)
    if browser:
        return limits.allow("sign_in_browser", browser)
    return (
        limits.allow("sign_in_address", where)
        and limits.allow("sign_in_account_address", f"{where} {email}")
        and limits.allow("sign_in_account", email)
    )


def _known_browser(ask: Ask, email: str) -> str | None:
    """The browser that was in this account before: what strangers try with it must not lock its owner out."""
    with ask.services.db.read() as session:
        account = account_by_email(session, email)
        return known_browser(session, ask.services, ask.request, account.id) if account else None


def check_account(ask: Ask, email: str) -> Account | None:
    """The account, if the form's password is its own. Takes as long for an address that has none."""
    with ask.services.db.read() as session:
        account = account_by_email(session, email)
    is_right = check_password(account.password_hash if account else None, ask.text("password")[:MAX_PASSWORD])
    return account if is_right else None


def account_errors(ask: Ask, values: dict[str, str]) -> dict[str, str]:
    """What is wrong with a new account's fields, by name."""
    errors = {name: ask.say(N_("Fill this in.")) for name, value in values.items() if not value}
    for name, value in values.items():
        if len(value) > _LENGTHS[name]:
            errors[name] = ask.say(N_("At most %(count)s characters."), count=_LENGTHS[name])
    if "email" in values.keys() - errors and not _EMAIL.match(values["email"]):
        errors["email"] = ask.say(N_("This is not an e-mail address."))
    if "password" in values.keys() - errors and len(values["password"]) < MIN_PASSWORD:
        errors["password"] = ask.say(N_("Use at least %(count)s characters."), count=MIN_PASSWORD)
    return errors


def _found(ask: Ask, values: dict[str, str]) -> str | None:
    """Found the organisation; the secret of its owner's session, or None if somebody was first."""
    now = ask.services.clock.now()
    try:
        with ask.services.db.write() as session:
            if not is_empty(session):
                return None
            organisation = found_organisation(session, values["organisation"], now, FIRST_ORGANISATION)
            who = {"name": values["name"], "locale": ask.locale}
            account = open_account(session, organisation, values["email"], values["password"], now, **who)
            return open_session(session, now, agent(ask), account_id=account.id)
    except IntegrityError:
        return None


def _form(ask: Ask, to: str, status: int = 200, *, trouble: str = "", has_ended: bool = False) -> Response:
    shown = {"values": {"email": ask.text("email")}, "trouble": trouble, "has_ended": has_ended}
    return in_chosen_language(ask, "people/sign_in.html", status, to=to, **shown)


ROUTES = [
    page("/setup", door(setup_page), public=True),
    page("/setup", door(set_up), public=True, methods=("POST",)),
    page("/sign-in", door(sign_in_page), public=True),
    page("/sign-in", door(sign_in), public=True, methods=("POST",)),
    page("/sign-out", sign_out, methods=("POST",)),
]
