"""What all ways in share: where they are open, and how a browser gets its session."""

import re
from functools import wraps
from http import HTTPStatus
from ipaddress import IPv6Address, IPv6Network
from typing import Any

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.core.auth import is_loopback, keeps_sessions, revoke_session, set_cookie
from server.core.i18n import LOCALES
from server.core.ids import digest, new_id, new_secret
from server.core.models import BrowserSession
from server.core.ops import Prepared, plain, prepare
from server.core.page import Ask, Handler
from server.core.writer import Submission
from server.people.models import Member

_HOUSEHOLD = 64
# How long the browser that spent a link or a code may ask again, when the answer got lost on a bad line.
ANSWER_LOST_MS = 10 * 60_000


def door(handler: Handler) -> Handler:
    """A page through which one gets in. Where a session could be read on its way, it only explains why not."""

    @wraps(handler)
    def open_or_explain(ask: Ask) -> Response:
        services, url = ask.services, ask.request.url
        if not keeps_sessions(services) or (not services.secure and not is_loopback(url.hostname or "")):
            return ask.page("people/certificate.html", HTTPStatus.FORBIDDEN, origin=services.origin)
        # localhost and 127.0.0.1 are two places to a browser, and only one of them is ours.
        if not services.secure and f"http://{url.netloc}" != services.origin and ask.request.method == "GET":
            return RedirectResponse(services.origin + url.path + (f"?{url.query}" if url.query else ""))
        return handler(ask)

    return open_or_explain


def let_in(ask: Ask, response: Response, secret: str) -> Response:
    """Give the browser its new session; the one it had before ends, unless it is that one under a new secret."""
    opened, before = set_cookie(response, ask.services, secret), ask.identity
    if before and before.by_cookie and not (opened and opened.session_id == before.session_id):
        revoke_session(ask.services, before.session_id)
    return response


def attempt_id(secret: str, attempt: str) -> str:
    """The id of the session that an attempt opens. Only who knows both secret and attempt can name it."""
    return digest(f"{secret} {attempt}")[:32] if attempt else new_id()


def secret_again(session: Session, session_id: str, spent_at: int, now: int) -> str | None:
    """A new secret for the browser that spent a link or a code just now and never heard the answer."""
    browser = session.get(BrowserSession, session_id)
    if browser is None or browser.revoked_at or spent_at < now - ANSWER_LOST_MS:
        return None
    secret = new_secret()
    browser.secret_hash = digest(secret)
    return secret


def in_language(ask: Ask, locale: str, template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - as above
    """A page or a part of one in a language that is not yet the person's."""
    html = ask.services.templates.render(template, locale, **{"path": ask.request.url.path} | values)
    return Response(html, status, media_type="text/html", headers={"Cache-Control": "no-store"})


def in_chosen_language(ask: Ask, template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - as above
    """A way in, in the language that was chosen on it: by its address, then by its form."""
    asked = ask.request.query_params.get("lang") or ask.text("lang")
    lang = asked if asked in LOCALES else ""
    response = in_language(
        ask, lang or ask.locale, template, status, lang=lang, identity=ask.identity, **values
    )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = "60"
    return response


def set_language(ask: Ask, member: Member, locale: str) -> None:
    """Keep a person's language, by an op of their own as any change to an event."""
    if locale == member.locale:
        return
    op = prepare(ask.services.ops, {"id": new_id(), "op": "member.locale", "args": {"locale": locale}})
    if isinstance(op, Prepared):
        submission = Submission(member.event_id, member.id, [op], ask.services.clock.now())
        ask.services.writers.submit(submission).result()


def local(path: str) -> str:
    r"""A path of ours, never another site's: `//host` and `/\host` would leave."""
    return path if re.match(r"^/(?![/\\])[\w\-./?=&#:%]*$", path) else "/"


def agent(ask: Ask) -> str:
    """What the browser calls itself."""
    return plain(ask.request.headers.get("user-agent", ""))


def address(ask: Ask) -> str:
    """Where the request came from."""
    return address_of(ask.request)


def address_of(request: Request) -> str:
    """The peer, or what a proxy that we trust says.

    Of IPv6 only the network, since one household or phone has as many addresses as it likes (RFC 6177).
    """
    host = request.client.host if request.client else ""
    try:
        found = IPv6Address(host)
    except ValueError:
        return host
    return str(found.ipv4_mapped or IPv6Network((found, _HOUSEHOLD), strict=False))
