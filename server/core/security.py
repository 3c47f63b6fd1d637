"""What every answer carries, whose requests are heard, and how often."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SecurityMiddleware:
    """Adds the headers, and refuses a browser's write or socket that did not start on one of our own pages.

    A request that carries a cookie and is not safe (RFC 9110, 9.2.1) needs our `Origin`; so does every socket
    that carries one. Without a cookie an `Origin` that is not ours is refused too, or a foreign page could sign
    somebody in as somebody else. Bearer requests carry no cookie that counts, and need none.
    """

    def __init__(self, app: ASGIApp, origin: str, *, secure: bool) -> None:
        self._app, self._origin = app, origin
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (scope["type"] == "http" and self._is_ours(scope)):
            await self._app(scope, receive, self._with_headers(send) if scope["type"] == "http" else send)
        elif scope["type"] == "websocket" and self._is_ours(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "origin"})
        else:
            refusal = PlainTextResponse("This request did not start on our own page.", 403)
            await refusal(scope, receive, self._with_headers(send))

    def _is_ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if scope["type"] == "http" and scope["method"] in _SAFE:
            return True
        origin = headers.get("origin")
        if "authorization" in headers or ("cookie" not in headers and origin is None):
            return True
        return origin == self._origin

    def _with_headers(self, send: Send) -> Send:
        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        return sender


@dataclass(frozen=True)
class Rate:
    """`burst` at once, then `per_minute`."""

    burst: int
    per_minute: float


RATES = {
    # A venue's forty phones come from one address, so addresses get much and accounts little.
    "sign_in_account": Rate(8, 4),
    "sign_in_address": Rate(60, 60),
    # A link has 192 random bits, so this only bounds the work. A crew of three hundred joins within minutes.
    "join_address": Rate(900, 600),
    "ops_member": Rate(3000, 60_000),
    "upload_member": Rate(20, 20),
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
