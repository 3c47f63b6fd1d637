"""One socket under the hub: what is written to it raw, who hears what it says, and who is told that it ends.

What is sent to many is framed once (`text_frame`) and written straight to the transports; see live_protocol.py.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import pack
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from server.core.live_protocol import LiveProtocol

EXTENSION = "fieldcue.wire"
"""Names the wire among a scope's extensions; and in `websocket.accept` the frames that are written with the answer."""


def text_frame(payload: bytes) -> bytes:
    """An unmasked, unfragmented text frame (RFC 6455, 5.2) around UTF-8 text."""
    size = len(payload)
    if size < 126:  # noqa: PLR2004 - the three lengths of the standard
        return pack("!BB", 0x81, size) + payload
    if size < 1 << 16:
        return pack("!BBH", 0x81, 126, size) + payload
    return pack("!BBQ", 0x81, 127, size) + payload


def wire_of(scope: Any) -> Wire:  # noqa: ANN401 - whatever mapping the framework has for a scope
    """The wire of a WebSocket scope; RuntimeError if another protocol class serves it."""
    wire = scope.get("extensions", {}).get(EXTENSION)
    if not isinstance(wire, Wire):
        message = "the live socket must be served by LiveProtocol"
        raise RuntimeError(message)  # noqa: TRY004 - as above
    return wire


class Listener(Protocol):
    """Who writes to a wire. All three are called on the loop and must not block."""

    def paused(self) -> None:
        """Stop writing: the peer reads too slowly. May be called in the middle of a write."""

    def resumed(self) -> None:
        """Writing may go on."""

    def gone(self) -> None:
        """Write nothing any more. Called once, in the step of the loop in which the end begins."""


class Hearing(Protocol):
    """Who hears what the peer says, once the endpoint has returned. Both are called on the loop and must not block."""

    def heard(self, message: str | bytes) -> None:
        """One whole message."""

    def over(self) -> None:
        """Nothing comes any more. Called once."""


class Wire:
    """One socket as its writer sees it.

    `write` takes bytes that are framed already, and may be called only while `ready`.
    `heard` is when the peer last sent anything, on the loop's clock (seconds).
    """

    __slots__ = ("_protocol", "ear", "heard", "listener", "open", "paused", "write")

    def __init__(self, protocol: LiveProtocol) -> None:
        self._protocol = protocol
        self.write: Callable[[bytes], None] = protocol.transport.write
        self.listener: Listener | None = None
        self.ear: Hearing | None = None
        self.open = self.paused = False
        self.heard = protocol.loop.time()

    @property
    def ready(self) -> bool:
        return self.open and not self.paused

    def hand_over(self, ear: Hearing) -> None:
        """Let the endpoint return while the socket goes on: `ear` hears what has come meanwhile, and what comes.

        A task that waits costs more than all else of a socket. If it has ended already, nothing happens.
        """
        self._protocol.hand_over(ear)

    def close(self, code: int, reason: str = "", last: bytes = b"") -> None:
        """Write `last` (framed) and a close frame, and nothing after. A stalled peer is cut off instead."""
        self._protocol.close(code, reason, last)

    def abort(self) -> None:
        """Drop the connection and what is still buffered for it."""
        self._protocol.abort()
