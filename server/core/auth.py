"""Who is asking: a browser's session cookie, or a machine's bearer token."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row
from sqlmodel import Session, col, select, update
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from server.core.db import Database
from server.core.ids import digest, new_id, new_secret
from server.core.models import BrowserSession, Token
from server.core.services import Services
from server.core.whole import Whole, among

# A browser that nobody uses is forgotten; one that is used is asked anew after half a year, whoever holds its cookie.
SESSION_DAYS = 60
LONGEST_DAYS = 180
SEEN_EVERY_MS = 5 * 60_000
_DAY_MS = 86_400_000
_PAST = "-past"
"""The cookie of a browser that was signed in; it opens nothing."""
_WHO = "-who"
"""The cookie that names the person to scripts; it opens nothing either."""
_WHO_LENGTH = 16
_DAY = "-day"
"""The cookie that ends after a day, and says so far that the others were given; scripts may look for it."""
_BY_HASH: dict[type[Any], Whole] = {
    model: Whole(select(model).where(among(model.secret_hash, "hashes"))) for model in (Token, BrowserSession)
}


@dataclass(frozen=True)
class Identity:
    """What proved who is asking: an account's or a member's browser, or a member's token."""

    session_id: str
    account_id: str | None
    event_id: str | None
    member_id: str | None
    locale: str
    by_cookie: bool = True

    @property
    def who(self) -> str:
        """An opaque name of the person, the same whenever and wherever they sign in; no proof of anything."""
        if self.account_id:
            return _name(f"account:{self.account_id}")
        return name_by_link(self.event_id or "", self.member_id or "")


def name_by_link(event_id: str, member_id: str) -> str:
    """`Identity.who` of a member in the browsers that joined by link, whether or not they have an account too."""
    return _name(f"member:{event_id}:{member_id}")


def _name(person: str) -> str:
    return digest(f"who:{person}")[:_WHO_LENGTH]


def cookie_name(origin: str) -> str:
    """`__Host-` binds the cookie to this host and https (RFC 6265bis, 4.1.3.2); loopback http has another name.

    Cookies know no ports (RFC 6265, 8.5), and two servers on one machine must not sign each other's people out.
    """
    parts = urlsplit(origin)
    return "__Host-fieldcue" if parts.scheme == "https" else f"fieldcue-loopback-{parts.port or 80}"


def is_loopback(host: str) -> bool:
    """Whether a host's name (without its port) means this machine itself (RFC 6761, 6.3)."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def keeps_sessions(services: Services) -> bool:
    """Whether a browser may be signed in here: over https, or without leaving the machine.

    On any other http the cookie could be read on its way, so there it neither is given nor counts.
    """
    return services.secure or is_loopback(urlsplit(services.origin).hostname or "")


Proof = tuple[str, str]
"""What shows who somebody is: "token" or "cookie", and its hash."""


def bearer(connection: HTTPConnection) -> str | None:
    """The secret of a bearer token (RFC 6750, 2.1); None if the Authorization header has none."""
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def proof_of(services: Services, connection: HTTPConnection) -> Proof | None:
    """What a request or a socket shows; None if that is nothing, 401 if it is no bearer token.

    Whoever sends an Authorization header, even an empty one, is known by that alone: such requests need no
    Origin (see `SecurityMiddleware`), so their cookie must not count.
    """
    if "authorization" in connection.headers:
        secret = bearer(connection)
        if secret is None:
            raise HTTPException(HTTPStatus.UNAUTHORIZED)
        return "token", digest(secret)
    secret = connection.cookies.get(cookie_name(services.origin), "")
    return ("cookie", digest(secret)) if secret and keeps_sessions(services) else None


async def identify(services: Services, connection: HTTPConnection) -> Identity | None:
    """The identity behind a request; None if it shows nothing, 401 if its token is no good."""
    proof = proof_of(services, connection)
    if proof is None:
        return None
    found = services.identities.get(proof, services.clock.now())
    if found is None:
        age = services.identities.age
        found = await run_in_threadpool(_look_up, services, proof)
        if found:
            services.identities.put(proof, found, services.clock.now(), age)
    if found is None and proof[0] == "token":
        raise HTTPException(HTTPStatus.UNAUTHORIZED)
    return found


def _look_up(services: Services, proof: Proof) -> Identity | None:
    with services.db.read() as session:
        return identities_of(services, session, [proof]).get(proof)


def identities_of(services: Services, session: Session, proofs: Collection[Proof]) -> dict[Proof, Identity]:
    """Whom proofs stand for. Those are missing that are none, or no longer."""
    tokens, cookies = ({secret for kind, secret in proofs if kind == one} for one in ("token", "cookie"))
    found = _tokens(session, tokens, services.clock.now()) if tokens else {}
    return found | (_browsers(services, session, cookies) if cookies else {})


def _tokens(session: Session, hashes: Collection[str], now: int) -> dict[Proof, Identity]:
    return {
        ("token", one.secret_hash): Identity(
            token_session(one.secret_hash), None, one.event_id, one.member_id, "zh-TW", by_cookie=False
        )
        for one in _rows(session, Token, hashes)
        if not one.scope and is_good(one, now)
    }


def _rows(session: Session, model: type[Any], hashes: Collection[str]) -> Sequence[Row[Any]]:
    """As rows, by a statement that is there: objects for thousands who come at once cost twice as much."""
    return _BY_HASH[model].rows(session, {"hashes": list(hashes)})


def is_good(token: Token | Row[Any], now: int) -> bool:
    """Whether a token has neither been ended nor expired."""
    return not token.revoked_at and (token.expires_at is None or now < token.expires_at)


def token_session(secret_hash: str) -> str:
    """What stands for the session of a machine: as much of its token's hash as is shown in lists."""
    return f"token:{secret_hash[:16]}"


def _browsers(services: Services, session: Session, hashes: Collection[str]) -> dict[Proof, Identity]:
    now, known = services.clock.now(), _rows(session, BrowserSession, hashes)
    browsers = [browser for browser in known if not browser.revoked_at and not _is_old(browser, now)]
    if unseen := [browser.id for browser in browsers if browser.seen_at < now - SEEN_EVERY_MS]:
        _touch(services, unseen, now)
    locales = services.locales_of(session, browsers)
    return {
        ("cookie", one.secret_hash): Identity(one.id, one.account_id, one.event_id, one.member_id, locale)
        for one, locale in zip(browsers, locales, strict=True)
    }


def _is_old(browser: Row[Any], now: int) -> bool:
    seen, began = now - SESSION_DAYS * _DAY_MS, now - LONGEST_DAYS * _DAY_MS
    return bool(browser.seen_at < seen or browser.created_at <= began)


def _touch(services: Services, ids: Collection[str], now: int) -> None:
    with services.db.write() as session:
        session.execute(update(BrowserSession).where(col(BrowserSession.id).in_(ids)).values(seen_at=now))


def open_session(session: Session, now: int, agent: str, **columns: Any) -> str:  # noqa: ANN401 - of BrowserSession
    """Sign a browser in within a transaction, always under a new secret; returns it, for the cookie."""
    secret = new_secret()
    values: dict[str, Any] = {"id": new_id(), "agent": agent[:200], "created_at": now, "seen_at": now}
    session.add(BrowserSession(secret_hash=digest(secret), **values | columns))
    return secret


def set_cookie(response: Response, services: Services, secret: str) -> Identity | None:
    """Give the browser its new session, HttpOnly, SameSite=Lax, Secure on https; and tell its scripts whose it is.

    Returns what the session proves; None if it has ended already.
    """
    found = _look_up(services, ("cookie", digest(secret)))
    _give(response, services, secret, found)
    return found


def keep_signed_in(
    response: Response, services: Services, request: HTTPConnection, identity: Identity
) -> None:
    """Give a browser its session for as long again: once a day, or if its scripts know nobody or somebody else.

    An answer that changes cookies by itself has just signed somebody in or out, and is left alone.
    """
    name, has = cookie_name(services.origin), request.cookies
    is_fresh = name + _DAY in has and has.get(name + _WHO) == identity.who
    if identity.by_cookie and not is_fresh and "set-cookie" not in response.headers:
        _give(response, services, has[name], identity)


def _give(response: Response, services: Services, secret: str, identity: Identity | None) -> None:
    _set(response, services, "", secret)
    if identity:
        _set(response, services, _WHO, identity.who, httponly=False)
        _set(response, services, _DAY, "1", httponly=False, days=1)


def _set(
    response: Response,
    services: Services,
    kind: str,
    value: str,
    *,
    httponly: bool = True,
    days: int = SESSION_DAYS,
) -> None:
    response.set_cookie(
        cookie_name(services.origin) + kind,
        value,
        max_age=days * 86_400,
        httponly=httponly,
        secure=services.secure,
        samesite="lax",
        path="/",
    )


def clear_cookie(response: Response, services: Services) -> None:
    """Take the session from the browser, and the name of its person."""
    for kind in ("", _WHO, _DAY):
        name = cookie_name(services.origin) + kind
        response.delete_cookie(name, path="/", secure=services.secure, httponly=not kind)


def remember_browser(response: Response, services: Services, request: HTTPConnection) -> None:
    """At signing out: the browser keeps the secret of its ended session, which proves only that it was here."""
    secret = request.cookies.get(cookie_name(services.origin))
    if secret:
        _set(response, services, _PAST, secret)


def known_browser(
    session: Session, services: Services, request: HTTPConnection, account_id: str
) -> str | None:
    """The session, ended or not, by which this browser has been signed in to an account before."""
    name = cookie_name(services.origin)
    secrets = [request.cookies[key] for key in (name, name + _PAST) if key in request.cookies]
    was = col(BrowserSession.secret_hash).in_([digest(secret) for secret in secrets])
    return session.exec(select(BrowserSession.id).where(was, BrowserSession.account_id == account_id)).first()


def revoke_session(services: Services, session_id: str) -> None:
    """End a browser's session at once, its sockets too."""
    with services.db.write() as session:
        browser = session.exec(
            select(BrowserSession).where(
                BrowserSession.id == session_id, col(BrowserSession.revoked_at).is_(None)
            )
        ).first()
        if browser:
            browser.revoked_at = services.clock.now()
    services.identities.clear()
    services.revoke(session_id)


def ended_sessions(db: Database, since: int, until: int | None = None) -> frozenset[str]:
    """The sessions of browsers and machines that were revoked after a moment, or have expired since then."""
    with db.read() as session:
        is_out, has_ended = col(BrowserSession.revoked_at) > since, col(Token.revoked_at) > since
        if until is not None:
            longest = LONGEST_DAYS * _DAY_MS
            is_out |= col(BrowserSession.created_at).between(since - longest, until - longest)
            has_ended |= col(Token.expires_at).between(since, until)
        browsers = session.exec(select(BrowserSession.id).where(is_out))
        tokens = session.exec(select(Token.secret_hash).where(has_ended))
        return frozenset([*browsers, *map(token_session, tokens)])
