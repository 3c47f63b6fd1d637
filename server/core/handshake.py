"""The server's half of a WebSocket's handshake (RFC 6455, 4.2), for a request that has been read already."""

import re

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
    if _is_plain(headers):
        return SWITCHING, _ANSWER % accept_key(dict(headers)[b"sec-websocket-key"].decode()).encode()
    asked = Headers([(name.decode(), value.decode("latin-1")) for name, value in headers])
    found = ServerProtocol().accept(Request(path, asked))
    return found.status_code, found.serialize()


def _is_plain(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether nothing is there twice, no subprotocol is asked for, and the rest is as everybody writes it."""
    one = dict(headers)
    return (
        len(one) == len(headers)
        and b"sec-websocket-protocol" not in one
        and one.get(b"connection", b"").lower() in {b"upgrade", b"keep-alive, upgrade"}
        and one.get(b"upgrade", b"").lower() == b"websocket"
        and one.get(b"sec-websocket-version") == b"13"
        and _KEY.fullmatch(one.get(b"sec-websocket-key", b"")) is not None
    )
