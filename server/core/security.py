"""What every answer carries, whose requests are heard, and how often."""

import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote_plus

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.core.access import Viewer
from server.core.ops import is_plain

CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}
BUILD = "Fieldcue-Build"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


Tell = Callable[[Request, Exception], Awaitable[Response]]


class SecurityMiddleware:
    """Adds the headers, and refuses a browser's write or socket that did not start on one of our own pages.

    A request that carries a cookie and is not safe (RFC 9110, 9.2.1) needs our `Origin`; so does every socket
    that carries one. Without a cookie an `Origin` that is not ours is refused too, or a foreign page could sign
    somebody in as somebody else. Bearer requests carry no cookie that counts, and need none.

    An address with control characters is nobody's: PostgreSQL can't even look for it. `tell` makes an answer of an
    error. Each answer names its `build`: a phone takes a refusal for ours only by that, since a proxy whose server
    just starts anew may say 404 too.
    """

    def __init__(self, app: ASGIApp, origin: str, *, secure: bool, tell: Tell, build: str = "") -> None:
        self._app, self._origin, self._tell = app, origin, tell
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if secure else {})
        self._headers |= {BUILD: build} if build else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None if scope["type"] == "lifespan" else self._refusal(scope)
        if scope["type"] == "http":
            send = self._with_headers(send)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "origin"})
        else:
            answer = await self._tell(Request(scope, receive), refusal)
            await answer(scope, receive, send)

    def _refusal(self, scope: Scope) -> HTTPException | None:
        """Why a request is not heard, if it isn't."""
        if not is_plain(scope["path"]):
            return HTTPException(HTTPStatus.NOT_FOUND)
        if not is_plain(unquote_plus(scope["query_string"].decode("latin-1"))):
            return HTTPException(HTTPStatus.BAD_REQUEST)
        return None if self._is_ours(scope) else ForeignOriginError(self._origin)

    def _is_ours(self, scope: Scope) -> bool:
        if scope["type"] == "http" and scope["method"] in _SAFE:
            return True
        # Of what is there twice the first counts, as it does for Starlette.
        named = dict(reversed(scope["headers"]))
        origin = named.get(b"origin")
        if b"authorization" in named or (b"cookie" not in named and origin is None):
            return True
        return origin == self._origin.encode()

    def _with_headers(self, send: Send) -> Send:
        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        return sender


class ForeignOriginError(HTTPException):
    """A request that did not start on a page of ours, which is at `origin`."""

    def __init__(self, origin: str) -> None:
        super().__init__(HTTPStatus.FORBIDDEN)
        self.origin = origin


@dataclass(frozen=True)
class Rate:
    """`burst` at once, then `per_minute`."""

    burst: int
    per_minute: float


RATES = {
    # A venue's forty phones come from one address, so addresses get much. Who tries a stranger's account from one
    # place has little, and locks nobody out but themselves; all tries of all places together are bounded too.
    "sign_in_address": Rate(60, 60),
    "sign_in_account_address": Rate(8, 4),
    "sign_in_account": Rate(100, 20),
    # A browser that has been in this account before, whatever others try.
    "sign_in_browser": Rate(8, 4),
    # A link has 192 random bits, so this only bounds the work. A crew of three hundred joins within minutes, from one
    # address; who has no link that is there only looks for one, and locks nobody out who has.
    "join_link": Rate(60, 60),
    "join_unknown_address": Rate(900, 600),
    # Guests read by a link that they share, five thousand of them behind one venue's address: 300 times a second. Who
    # has no link that opens only looks for one, and locks nobody out who has.
    "guest_link_address": Rate(12_000, 40_000),
    "guest_unknown_address": Rate(300, 120),
    # A code to add a browser is short: see server/people/codes.py for why this is enough. A crew's phones come from
    # one address. Who makes codes is known.
    "code_address": Rate(60, 30),
    "code_all": Rate(300, 300),
    "code_maker": Rate(10, 10),
    "ops_member": Rate(3000, 60_000),
    "upload_member": Rate(20, 20),
    # Parts of photos and files, and looking at them: a sheet may show some hundred thumbnails at once.
    "blob_member": Rate(1200, 1200),
    # One for each choice in the form; a large sheet takes seconds of a core.
    "preview_member": Rate(60, 40),
    # Pages, and what machines read. Five tabs that all come back after a bad line need no more than a tenth of it.
    "read_member": Rate(600, 600),
    # A desk's buttons, and its asking how things stand: four times a second, with room for all of its keys at once.
    "desk": Rate(120, 300),
    # A file of the whole sheet, or a print of it, takes up to some seconds of a core.
    "export_member": Rate(20, 20),
    # A calendar asks each quarter of an hour at the most. Its link has 192 random bits.
    "calendar_link": Rate(20, 10),
    "calendar_unknown_address": Rate(300, 300),
    "socket_member": Rate(120, 120),
    # What is said over a socket: pings, and which row one edits. A `need` reads the sheet from some cursor.
    "live_member": Rate(120, 600),
    "need_member": Rate(30, 60),
}


class Limits:
    """Token buckets in memory, the least used forgotten first."""

    def __init__(self, now: Callable[[], int], size: int = 20_000) -> None:
        self._now, self._size = now, size
        self._buckets: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def allow(self, rule: str, who: str, cost: float = 1) -> bool:
        """Whether `who` may do this once more now; takes from their bucket if so. From any thread."""
        rate, now, key = RATES[rule], self._now(), (rule, who)
        with self._lock:
            level, then = self._buckets.pop(key, (float(rate.burst), now))
            level = min(rate.burst, level + max(0, now - then) * rate.per_minute / 60_000)
            allowed = level >= cost
            self._buckets[key] = (level - cost if allowed else level, now)
            if len(self._buckets) > self._size:
                self._buckets.popitem(last=False)
        return allowed


def hold_back(limits: Limits, rule: str, viewer: Viewer) -> None:
    """429 for a member who does this too often."""
    if not limits.allow(rule, f"{viewer.event_id}:{viewer.id}"):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "5"})
