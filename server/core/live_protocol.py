"""uvicorn's sans-IO WebSocket protocol with raw writes and an exact end.

Serve with `uvicorn.Config(app, http=PatientProtocol, ws=LiveProtocol, loop="uvloop")`. Starlette keeps the receiving
until the endpoint hands its wire over.
"""

import asyncio
import logging
import socket
from asyncio import TimerHandle
from typing import Any, cast
from urllib.parse import unquote

import uvloop
from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.protocol import CLOSING, OPEN

from server.core.handshake import SWITCHING, answer
from server.core.metrics import CUT
from server.core.wire import EXTENSION, Hearing, Wire

log = logging.getLogger(__name__)

SEND_BUFFER = 128 * 1024
HIGH_WATER = 64 * 1024
MOST_BUFFERED = 256 * 1024
LONGEST_MESSAGE = 64 * 1024


def require_uvloop() -> None:
    """RuntimeError unless uvloop runs: one busy thread slows the plain asyncio loop by hundreds of times."""
    if not isinstance(asyncio.get_running_loop(), uvloop.Loop):
        message = "Fieldcue needs uvloop as its event loop"
        raise RuntimeError(message)  # noqa: TRY004 - no argument is wrong, the set-up is


class LiveProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which tells the wire's listener before anything ends.

    Times in seconds: a peer may stall for `stall`, and has `grace` from the start of any end to be gone.
    """

    stall = 20.0
    grace = 20.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # The handshake is ours, without any extension: a compressor for each connection costs 32 KB and 8 to 18 times
        # the CPU. What comes is frames from the first byte on.
        self.conn.state, self.conn.parser = OPEN, self.conn.parse()
        next(self.conn.parser)
        self.ping_interval = None  # heartbeats are the client's
        self.conn.max_message_size = min(config.ws_max_size, LONGEST_MESSAGE)
        self._stalled: TimerHandle | None = None
        self._deadline: TimerHandle | None = None

    # The beginning

    def take_over(self, request: HttpToolsProtocol) -> None:
        """Become what the request asks for, which has been read, or refuse it.

        uvicorn would write it down again for websockets to read it once more, and ask the kernel for the addresses
        that the request has, which lets all threads run first.
        """
        self.connections.add(self)
        self.transport, self.server, self.client = request.transport, request.server, request.client
        self.wire = Wire(self)
        self.transport.set_write_buffer_limits(high=HIGH_WATER)
        # Left alone, the kernel keeps megabytes for a phone that never reads.
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        url = request.url.decode("ascii")
        status, self.answer = answer(url, request.headers)
        if status == SWITCHING:
            self.scope = self._scope(url, request)
            self.queue.put_nowait({"type": "websocket.connect"})
            task = self.loop.create_task(self.run_asgi())
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)
        else:
            self.handshake_complete = self.close_sent = True
            self.transport.write(self.answer)
            self.transport.close()

    def _scope(self, url: str, request: HttpToolsProtocol) -> Any:  # noqa: ANN401 - any mapping will do
        path, _, query = url.partition("?")
        return {
            "type": "websocket",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if request.scheme == "https" else "ws",
            "server": self.server,
            "client": self.client,
            "root_path": self.root_path,
            "path": self.root_path + unquote(path),
            "raw_path": (self.root_path + path).encode("ascii"),
            "query_string": query.encode("ascii"),
            "headers": request.headers,
            "subprotocols": [],  # none is ever chosen
            "state": self.app_state.copy(),
            "extensions": {"websocket.http.response": {}, EXTENSION: self.wire},
        }

    async def send(self, message: ASGISendEvent) -> None:
        if self.handshake_complete and self.conn.state >= CLOSING:
            # The hub or the peer was first with the close, and the endpoint can't know yet.
            if message["type"] == "websocket.close":
                return
            raise ClientDisconnected
        if not self.handshake_complete and self.transport.is_closing():
            # Who hangs up while it is let in is lost a step later; uvicorn lets this pass, and balks at the next.
            raise ClientDisconnected
        if message["type"] == "websocket.accept" and not self.handshake_complete:
            self.handshake_complete = self.wire.open = True
            # In one piece with what is said first: each write wakes the phone.
            self.transport.write(self.answer + cast("dict[str, bytes]", message).get(EXTENSION, b""))
            return
        if message["type"] == "websocket.close":
            self.retire()
        await super().send(message)

    # The flow

    def data_received(self, data: bytes) -> None:
        if not self.handshake_complete:
            # A client waits (RFC 6455, 4.1): what we say to a ping would stand before the answer, or within it.
            self.transport.abort()
            return
        self.wire.heard = self.loop.time()
        super().data_received(data)
        if self.conn.state >= CLOSING:
            self.retire()
        elif self.wire.paused and self._overflows():  # answers to a flood of pings
            self.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.wire.paused = True
        if self._overflows():
            self.abort()
            return
        self._stalled = self.loop.call_later(self.stall, self.abort)
        if self.wire.listener:
            self.wire.listener.paused()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.wire.paused = False
        _cancel(self._stalled)
        if self.wire.listener:
            self.wire.listener.resumed()

    def _overflows(self) -> bool:
        """Behind TLS the transport counts what has not been encrypted yet, so up to two water marks more may wait."""
        return self.transport.get_write_buffer_size() > MOST_BUFFERED

    # The peer's messages, once the endpoint has returned

    def hand_over(self, ear: Hearing) -> None:
        if not self.wire.open:
            return
        self.wire.ear = ear
        # Who follows for hours needs nothing of how they came.
        del self.answer, self.scope
        self._hear()

    def send_receive_event_to_app(self) -> None:
        super().send_receive_event_to_app()
        if self.wire.ear:
            self._hear()

    def _hear(self) -> None:
        """Tell what waits, and read on."""
        while self.wire.ear and not self.queue.empty():
            message = cast("dict[str, Any]", self.queue.get_nowait())
            if message["type"] != "websocket.receive":
                continue
            try:
                self.wire.ear.heard(message["text"] if "text" in message else message["bytes"])
            except Exception:
                log.exception("what a socket said could not be taken")
                self.close(1011, "", b"")
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

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
        if not self.wire.open:
            return
        if self.wire.paused:
            self.abort()
            return
        CUT.labels(reason or str(code)).inc()
        self.retire()
        self.conn.send_close(code, reason)
        self.transport.write(last + b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

    def shutdown(self) -> None:
        self.retire()
        if self.close_sent or self.conn.state < CLOSING:
            super().shutdown()
        else:  # the peer is closing: a second close frame would be an error
            self.transport.close()

    def eof_received(self) -> None:
        self.retire()

    def connection_lost(self, exc: Exception | None) -> None:
        self.retire()
        _cancel(self._stalled)
        _cancel(self._deadline)
        super().connection_lost(exc)

    async def run_asgi(self) -> None:
        """As uvicorn's own, but that a wire which was handed over outlives the endpoint."""
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except Exception:
            log.exception("the endpoint of a socket failed")
            self.send_500_response()
        if self.wire.ear:
            return
        if not self.handshake_complete:
            self.send_500_response()
        # The endpoint's return closes the transport, in the same step of the loop.
        if self.close_timer is None:
            self.transport.close()
        self.retire()


def _cancel(timer: TimerHandle | None) -> None:
    if timer:
        timer.cancel()
