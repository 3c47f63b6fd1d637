"""A WebSocket of uvicorn's whose writer has the raw end of it, and learns of its end in the moment in which it begins.

Serve with `uvicorn.Config(app, http=PatientProtocol, ws=LiveProtocol, loop="uvloop")`. An endpoint receives and sends
until it hands its wire over; from then on the socket has no task and no queue.
"""

import asyncio
import logging
import socket
from typing import Any, cast

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.server import ServerState

from server.core.handshake import SWITCHING, answer, refusal, scope_of
from server.core.inbox import Inbox
from server.core.metrics import CUT
from server.core.peer import End, Peer
from server.core.wire import EXTENSION, Hearing, Wire, text_frame

log = logging.getLogger(__name__)

SEND_BUFFER = 128 * 1024
HIGH_WATER = 64 * 1024
MOST_BUFFERED = 256 * 1024


class LiveProtocol(asyncio.Protocol):
    """One socket, from the request that has been read to the last byte. It tells the wire's listener before any end.

    Times in seconds: a peer may stall for `stall`, and has `grace` from the start of any end to be gone. uvicorn's own
    class makes for each socket that comes what most need much later, and writes through buffers of its own.
    """

    stall = 20.0
    grace = 20.0

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        self._config, self._app_state = config, app_state
        # uvicorn ends what is among the one, and waits for the other.
        self.connections: set[Any] = server_state.connections
        self.tasks = server_state.tasks
        self.loop = asyncio.get_running_loop()
        self._inbox = Inbox()
        self._writable: asyncio.Event | None = None
        self._is_answered = self._said_close = self._waits = False
        self._peer: Peer | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None

    # The beginning

    def take_over(self, request: HttpToolsProtocol) -> None:
        """Become what the request asks for, which has been read, or refuse it."""
        self.connections.add(self)
        self.transport = request.transport
        self.wire = Wire(self)
        self.transport.set_write_buffer_limits(high=HIGH_WATER)
        if request.flow.write_paused:  # by an answer before, of which we would not be told again
            self.pause_writing()
        # Left alone, the kernel keeps megabytes for a phone that never reads.
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        status, self._answer = answer(request.url.decode("ascii"), request.headers)
        if status != SWITCHING:
            self._refuse(self._answer)
            return
        own = {"state": self._app_state.copy(), "extensions": {EXTENSION: self.wire}}
        task = self.loop.create_task(self._run(scope_of(request, self._config) | own))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    async def _run(self, scope: Any) -> None:  # noqa: ANN401 - any mapping will do
        try:
            await self._config.loaded_app(scope, self._receive, self._send)
        except ClientDisconnected:
            pass
        except Exception:
            log.exception("the endpoint of a socket failed")
        if self.wire.ear:
            return
        if not self._is_answered:
            self._refuse(refusal(500))
        elif not self._said_close:
            # The endpoint's return closes the transport, in the same step of the loop.
            self.transport.close()
        self.retire()

    def _refuse(self, last: bytes) -> None:
        self._is_answered = self._said_close = True
        self.transport.write(last)
        self.transport.close()

    # The endpoint (ASGI's WebSocket events), until it returns

    async def _receive(self) -> dict[str, Any]:
        message = await self._inbox.receive()
        if self._inbox.is_empty:
            self._read_on()
        return message

    async def _send(self, event: ASGISendEvent) -> None:
        message = cast("dict[str, Any]", event)
        if self._writable:
            await self._writable.wait()
        kind = message["type"]
        if not self._is_answered:
            # Who hangs up while it is let in is lost a step later.
            if self.transport.is_closing():
                raise ClientDisconnected
            self._answer_with(kind, message)
        elif kind == "websocket.close":
            # The hub or the peer may have been first, and the endpoint can't know yet.
            self._close(message.get("code", 1000), message.get("reason") or "")
        elif kind == "websocket.send" and self.wire.open:
            self.transport.write(text_frame(message["text"].encode()))
        elif not self._said_close or kind == "websocket.send":
            raise ClientDisconnected

    def _answer_with(self, kind: str, message: dict[str, Any]) -> None:
        if kind == "websocket.accept":
            self._is_answered = self.wire.open = True
            # In one piece with what is said first: each write wakes the phone.
            self.transport.write(self._answer + message.get(EXTENSION, b""))
        else:
            self._refuse(refusal(message.get("status", 403)))

    def hand_over(self, ear: Hearing) -> None:
        if not self.wire.open:
            return
        self.wire.ear, self._answer = ear, b""
        for message in self._inbox.close():
            if self.wire.ear and message["type"] == "websocket.receive":
                self._tell(ear, message["text"] if "text" in message else message["bytes"])
        self._read_on()

    # What the peer says

    def data_received(self, data: bytes) -> None:
        if not self._is_answered:
            # A client waits (RFC 6455, 4.1): what we say to a ping would stand before the answer, or within it.
            self.transport.abort()
            return
        self.wire.heard = self.loop.time()
        peer = self._heard()
        for message in peer.messages(data, self.wire.heard):
            self._take(message)
        if peer.floods:
            self.abort()
            return
        answers = peer.answers()
        if answers and not self._said_close:  # after it comes not one byte, no pong either
            self.transport.write(answers)
        if peer.end:
            self._follow(peer, peer.end)
        elif self.wire.paused and self._overflows():  # answers to a flood of pings
            self.abort()

    def _heard(self) -> Peer:
        """The peer, once it says something or we end: not yet while thousands come at once."""
        if self._peer is None:
            self._peer = Peer(self.wire.heard)
        return self._peer

    def _take(self, message: str | bytes) -> None:
        if self.wire.ear:
            self._tell(self.wire.ear, message)
        elif self.wire.open:
            kind = "text" if isinstance(message, str) else "bytes"
            self._inbox.put({"type": "websocket.receive", kind: message})
            self._waits = True
            self.transport.pause_reading()

    def _tell(self, ear: Hearing, message: str | bytes) -> None:
        try:
            ear.heard(message)
        except Exception:
            log.exception("what a socket said could not be taken")
            self.close(1011, "", b"")

    def _read_on(self) -> None:
        if self._waits:
            self._waits = False
            self.transport.resume_reading()

    # The flow

    def pause_writing(self) -> None:
        self._writable = asyncio.Event()
        self.wire.paused = True
        if self._overflows():
            self.abort()
            return
        self._stalled = self.loop.call_later(self.stall, self.abort)
        if self.wire.listener:
            self.wire.listener.paused()

    def resume_writing(self) -> None:
        self._write_on()
        self.wire.paused = False
        _cancel(self._stalled)
        if self.wire.listener:
            self.wire.listener.resumed()

    def _write_on(self) -> None:
        if self._writable:
            self._writable.set()
            self._writable = None

    def _overflows(self) -> bool:
        """Behind TLS the transport counts what has not been encrypted yet, so up to two water marks more may wait."""
        return self.transport.get_write_buffer_size() > MOST_BUFFERED

    # The end, in all its forms

    def retire(self) -> None:
        """Tell the listener to write nothing any more, and see to it that the connection ends in time."""
        if not self.wire.open:
            return
        self.wire.open = False
        self._deadline = self.loop.call_later(self.grace, self.transport.abort)
        listener, self.wire.listener = self.wire.listener, None
        ear, self.wire.ear = self.wire.ear, None
        if listener:
            listener.gone()
        if ear:
            ear.over()

    def abort(self) -> None:
        if self.wire.open:
            CUT.labels("stalled").inc()
        self.retire()
        self.transport.abort()

    def close(self, code: int, reason: str, last: bytes) -> None:
        """The end from our side, see `Wire.close`; the endpoint receives a disconnect with this code."""
        if self.wire.ready:
            CUT.labels(reason or str(code)).inc()
        self._close(code, reason, last)

    def _close(self, code: int, reason: str, last: bytes = b"") -> None:
        if self.wire.ready:
            self.retire()
            self._say_close(code, reason, last)
            self._read_on()
        elif self.wire.open:
            self.abort()

    def _say_close(self, code: int, reason: str, last: bytes = b"") -> None:
        peer = self._heard()
        peer.close(code, reason)
        self.transport.write(last + peer.answers())
        self._end(code, reason)

    def _follow(self, peer: Peer, end: End) -> None:
        """The peer has closed, answered our close, or broken a rule; or it says more, not having heard of our close."""
        if not self._said_close:
            self._end(*end)
        elif not peer.is_over:
            return
        self.retire()
        self.transport.close()

    def _end(self, code: int, reason: str) -> None:
        self._said_close = True
        self._inbox.put({"type": "websocket.disconnect", "code": code, "reason": reason})

    def shutdown(self) -> None:
        self.retire()
        if not self._is_answered:
            self._refuse(refusal(500))
        elif not self._said_close:
            self._say_close(1012, "")
        self.transport.close()

    def eof_received(self) -> None:
        self.retire()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.retire()
        _cancel(self._stalled)
        _cancel(self._deadline)
        self.connections.discard(self)
        self._end(1005 if self._is_answered else 1006, "")
        self._is_answered = True
        self._write_on()  # nobody writes any more, and nobody waits to


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer:
        timer.cancel()
