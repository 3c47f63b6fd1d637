"""uvicorn's HTTP protocol with an end to its patience: for what stands before a body, and for what never comes.

Serve with `uvicorn.Config(app, http=PatientProtocol, ws=LiveProtocol, loop="uvloop")`. Left alone, uvicorn keeps a
request's head however long it grows, each piece copied onto the last, so that one phone could stop the loop for all
others; and it waits for the rest of a request for ever.
"""

from asyncio import TimerHandle
from asyncio.transports import Transport
from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl

if TYPE_CHECKING:
    from server.core.live_protocol import LiveProtocol

# Our longest address, a page of the API with a cursor, and a browser's cookies and headers need a tenth of it.
MOST_HELD = 64 * 1024
# The loop's timers know no shorter time.
TICK = 0.001


class PatientProtocol(HttpToolsProtocol):
    """Times in seconds: a head has `head` from its first moment on, a body may stand still for `body`."""

    head = 20.0
    body = 60.0
    # Bytes since a head or a part of a body was last complete: also of trailers, which have no other end.
    _held = 0
    # When patience ends, on the loop's clock, and the timer that looks: most of what is waited for comes long before,
    # so a timer is moved only when it would look too late.
    _until: float | None = None
    _timer: TimerHandle | None = None
    # What the head asks to become; uvicorn would read all of it again at each of its steps.
    _upgrade: bytes | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """As uvicorn's own, which asks the kernel for two addresses here. That lets all other threads run first."""
        self.connections.add(self)
        self.transport, self.flow = transport, FlowControl(transport)
        self.scheme = "https" if is_ssl(transport) else "http"
        self._wait(self.head)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._held += len(data)
        super().data_received(data)
        if self not in self.connections or self.transport.is_closing():
            return  # it is a socket by now, or over
        if self._held > MOST_HELD:
            self.send_400_response("Too much before a body.")
        elif self._until is None and (self.cycle is None or self.cycle.response_complete):
            self._wait(self.head)  # a blank line between requests begins none, but ends uvicorn's own waiting

    def handle_websocket_upgrade(self) -> None:
        self._disarm()
        self.connections.discard(self)
        live = cast("type[LiveProtocol]", self.ws_protocol_class)
        protocol = live(self.config, self.server_state, self.app_state)
        self.transport.set_protocol(protocol)
        protocol.take_over(self)
        self.parser = None  # type: ignore[assignment]  # as uvicorn's own at the end; else only the collector finds us

    def on_message_begin(self) -> None:
        self._wait(self.head)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._upgrade = super()._get_upgrade()
        if self._upgrade and not self._may_upgrade():
            message = "a socket begins as a GET without a body, all before it answered (RFC 6455, 4.1; RFC 9110, 7.8)"
            raise ValueError(message)
        if not self._names_its_host():
            message = "one host, no fewer and no more (RFC 9112, 3.2); else a proxy and we may each read another one"
            raise ValueError(message)
        self._progress(self.body)
        if not self._should_upgrade():
            self._tell_addresses()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._progress(self.body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._progress(None)
        super().on_message_complete()

    def _get_upgrade(self) -> bytes | None:
        return self._upgrade

    def _tell_addresses(self) -> None:
        """Whoever asks for a page or a file is counted by address (`RATES`); a socket, by its member."""
        if self.client is None:
            self.server, self.client = get_local_addr(self.transport), get_remote_addr(self.transport)
        self.scope["server"], self.scope["client"] = self.server, self.client

    def _may_upgrade(self) -> bool:
        """Else the two would wait for each other, or an earlier answer would come among the frames."""
        is_get = self.parser.get_method() == b"GET" and self.parser.get_http_version() == "1.1"
        owes_nothing = self.cycle is None or self.cycle.response_complete
        return is_get and owes_nothing and not self._has_body()

    def _has_body(self) -> bool:
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
            for name, value in self.headers
        )

    def _names_its_host(self) -> bool:
        named = [name for name, _ in self.headers].count(b"host")
        return named == 1 or (named == 0 and self.parser.get_http_version() == "1.0")

    def _progress(self, seconds: float | None) -> None:
        self._held = 0
        self._wait(seconds)

    def _wait(self, seconds: float | None) -> None:
        self._until = None if seconds is None else self.loop.time() + seconds
        if self._until and not (self._timer and self._timer.when() <= self._until):
            self._arm(self._until)

    def _arm(self, moment: float) -> None:
        self._disarm()
        self._timer = self.loop.call_at(moment, self._look)

    def _disarm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._until is None:
            return
        if self._until > self.loop.time() + TICK:
            self._arm(self._until)
        elif self.flow.read_paused:  # it is we who don't read on
            self._wait(self.body)
        else:
            self.transport.abort()
