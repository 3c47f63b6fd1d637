"""The server's half of a WebSocket's handshake (RFC 6455, 4.2), for a request that has been read already."""

import re
from typing import Any
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.utils import accept_key

SWITCHING = 101
_ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %b\r\n\r\n"
)
_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")


def answer(path: str, headers: list[tuple[bytes, bytes]]) -> tuple[int, bytes]:
    """The status and the whole answer to a GET with these headers, whose names are in small letters.

    What browsers and proxies send is known at a glance. All else websockets looks at, at many times the cost; it also
    has the words for a refusal.
    """
    one = dict(headers)
    if len(one) == len(headers) and _is_plain(one):
        return SWITCHING, _ANSWER % accept_key(one[b"sec-websocket-key"].decode()).encode()
    asked = Headers([(name.decode(), value.decode("latin-1")) for name, value in headers])
    found = ServerProtocol().accept(Request(path, asked))
    return found.status_code, found.serialize()


def scope_of(request: HttpToolsProtocol, config: Config) -> dict[str, Any]:
    """What an app is told of the socket that a request asks for (ASGI 3.0, WebSocket 2.4)."""
    path, _, query = request.url.decode("ascii").partition("?")
    root = config.root_path
    return {
        "type": "websocket",
        "asgi": {"version": config.asgi_version, "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if request.scheme == "https" else "ws",
        "server": None,  # nobody needs addresses here, and the kernel would have to be asked
        "client": None,
        "root_path": root,
        "path": root + unquote(path),
        "raw_path": (root + path).encode("ascii"),
        "query_string": query.encode("ascii"),
        "headers": request.headers,
        "subprotocols": [],  # none is ever chosen
    }


def refusal(status: int) -> bytes:
    """The whole answer to somebody who is not let in."""
    return ServerProtocol().reject(status, "").serialize()


def _is_plain(one: dict[bytes, bytes]) -> bool:
    """Whether no subprotocol is asked for, and the rest is as everybody writes it."""
    return (
        b"sec-websocket-protocol" not in one
        and one.get(b"connection", b"").lower() in {b"upgrade", b"keep-alive, upgrade"}
        and one.get(b"upgrade", b"").lower() == b"websocket"
        and one.get(b"sec-websocket-version") == b"13"
        and _KEY.fullmatch(one.get(b"sec-websocket-key", b"")) is not None
    )
