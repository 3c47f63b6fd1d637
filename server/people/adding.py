"""Adding another browser of one's own by a code: made in one that is signed in, typed or scanned in the other."""

from http import HTTPStatus
from urllib.parse import quote, urlsplit

from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from server.core.api import answer
from server.core.auth import Identity, is_loopback, open_session
from server.core.i18n import N_
from server.core.ids import new_secret
from server.core.models import BrowserSession
from server.core.page import Ask, page
from server.people.agents import browser_name
from server.people.codes import (
    LIFE_MS,
    code_by_hash,
    grouped,
    hash_code,
    make_code,
    maker_of,
    new_code,
    read_code,
    revoke_code,
    spend_code,
)
from server.people.doors import (
    address,
    agent,
    attempt_id,
    door,
    in_chosen_language,
    let_in,
    local,
    secret_again,
)
from server.people.mine import my_browsers
from server.people.models import BrowserCode
from server.people.qr import draw_qr

START = "/start"

# What is wrong with a code. Which of the last it was is nobody's business who may only have guessed.
UNREADABLE = N_("There is no such code. Compare it once more: 8 letters and figures, like K7QF-3MPX.")
NO_GOOD = N_("This code is not right, was used, or is over. Make a new one in the browser that is signed in.")
TOO_MANY = N_("Too many tries. Wait a minute, then try again.")
_STATUS = {UNREADABLE: HTTPStatus.UNPROCESSABLE_ENTITY, TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS}


def add_browser(ask: Ask) -> Response:
    """Make a code, and show it this once. The one that this browser made before is no good any more."""
    person, services = ask.person, ask.services
    if not person.by_cookie:
        raise HTTPException(HTTPStatus.FORBIDDEN)
    if not services.limits.allow("code_maker", person.who):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "60"})
    code, now = new_code(), services.clock.now()
    hashed = hash_code(code)
    with services.db.write() as session:
        made = make_code(session, person.session_id, hashed, now)
    return ask.page(
        "people/my_code.html",
        code_id=made.id, code=grouped(code), minutes=LIFE_MS // 60_000, left_s=LIFE_MS // 1000,
        qr=draw_qr(f"{services.origin}/code#{code}"), origin=services.origin,
        is_local=is_loopback(urlsplit(services.origin).hostname or ""),
    )  # fmt: skip


def code_state(ask: Ask) -> Response:
    """What has become of a code of mine: "waiting"; "spent", and by which browser; or "over"."""
    with ask.services.db.read() as session:
        code = _mine(ask, session)
        opened = session.get(BrowserSession, code.opened) if code.opened else None
    is_waiting = code.revoked_at is None and code.expires_at > ask.services.clock.now()
    state = "spent" if code.spent_at else "waiting" if is_waiting else "over"
    return answer({"is": state, "browser": browser_name(opened.agent) if opened else ""})


def end_code(ask: Ask) -> Response:
    """Take a code of mine back."""
    with ask.services.db.write() as session:
        revoke_code(session, _mine(ask, session).id, ask.services.clock.now())
    return RedirectResponse("/me", HTTPStatus.SEE_OTHER)


def code_page(ask: Ask) -> Response:
    """「我有代碼」: the field for a code. A scanned one is in the fragment, which no server sees."""
    return _ask_again(ask, "", local(ask.request.query_params.get("to", START)))


def enter(ask: Ask) -> Response:
    """Sign this browser in as whoever made the code."""
    to, code = local(ask.text("to") or START), read_code(ask.text("code")[:300])
    trouble = UNREADABLE if not code else "" if _may_guess(ask) else TOO_MANY
    if trouble:
        return _ask_again(ask, trouble, to)
    secret = _redeem(ask, code, hash_code(code))
    if secret is None:
        return _ask_again(ask, NO_GOOD, to)
    response = RedirectResponse(quote(to, safe="/?=&#:%"), HTTPStatus.SEE_OTHER)
    return let_in(ask, response, secret) if secret else response


def _may_guess(ask: Ask) -> bool:
    limits = ask.services.limits
    return limits.allow("code_address", address(ask)) and limits.allow("code_all", "")


def _redeem(ask: Ask, code: str, code_hash: str) -> str | None:
    """The secret of the session that the code opens; "" if this browser is that person's already; None if no good."""
    now, opens = ask.services.clock.now(), attempt_id(code, ask.text("attempt"))
    with ask.services.db.write() as session:
        found = code_by_hash(session, code_hash)
        maker = maker_of(session, found) if found else None
        if found is None or maker is None:
            return None
        if found.spent_at:
            return secret_again(session, opens, found.spent_at, now) if found.opened == opens else None
        if _is_in(ask, maker):
            return ""
        if not spend_code(session, found, opens, now):
            return None
        return open_session(
            session, now, agent(ask), id=opens,
            account_id=maker.account_id, event_id=maker.event_id, member_id=maker.member_id,
        )  # fmt: skip


def _is_in(ask: Ask, maker: BrowserSession) -> bool:
    """Whether this browser is signed in as the same person, so that the code need not be used up."""
    there = Identity(maker.id, maker.account_id, maker.event_id, maker.member_id, "")
    return ask.identity is not None and ask.identity.by_cookie and ask.identity.who == there.who


def _mine(ask: Ask, session: Session) -> BrowserCode:
    """The code of the path, if a browser of mine made it."""
    code = session.get(BrowserCode, ask.request.path_params["code"])
    if code is None or code.session_id not in {browser.id for browser in my_browsers(ask)}:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return code


def _ask_again(ask: Ask, trouble: str, to: str) -> Response:
    status = _STATUS.get(trouble, HTTPStatus.GONE) if trouble else HTTPStatus.OK
    values = {"code": ask.text("code")[:40], "attempt": ask.text("attempt") or new_secret()}
    return in_chosen_language(ask, "people/code.html", status, to=to, trouble=trouble, values=values)


ROUTES = [
    page("/code", door(code_page), public=True),
    page("/code", door(enter), public=True, methods=("POST",)),
    page("/me/codes", add_browser, methods=("POST",)),
    page("/me/codes/{code}", code_state),
    page("/me/codes/{code}/end", end_code, methods=("POST",)),
]
