"""An app that shows what a wire is told, and clients without manners to provoke it."""

import asyncio
import socket as sockets
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.sync.client import ClientConnection, connect

from server.core.live_protocol import LiveProtocol
from server.core.wire import Wire, text_frame, wire_of
from server.venue.authority import Certified
from tests.support.live import serving, wait_until


class Recorder:
    """Writes without end while it may, and notes what it is told."""

    def __init__(self, wire: Wire, data: bytes) -> None:
        self.wire, self.data, self.told, self.overs = wire, data, list[str](), 0
        self.loop, self.transport = asyncio.get_running_loop(), wire._protocol.transport  # noqa: SLF001 - to see what is left over
        wire.listener = self
        self.pour()

    def fill(self) -> None:
        """Write until the kernel takes no more, and some is left over: then a close has to wait."""
        while self.wire.ready and not self.transport.get_write_buffer_size():
            self.wire.write(text_frame(b"x" * 20_000))

    def pour(self) -> None:
        if self.data and self.told[-1:] != ["gone"]:
            if self.wire.ready:
                if self.transport.is_closing():
                    self.told.append("wrote to a closing transport")
                self.wire.write(self.data)
            self.loop.call_later(0.001, self.pour)

    # As an ear

    def heard(self, message: str | bytes) -> None:
        if message == "fail":
            raise LookupError(message)
        if self.wire.ready:
            self.wire.write(text_frame(f"you said {message!s}".encode()))

    def over(self) -> None:
        self.overs += 1

    # As a listener

    def paused(self) -> None:
        self.told.append("paused")

    def resumed(self) -> None:
        self.told.append("resumed")

    def gone(self) -> None:
        self.told.append("gone")


class Stage:
    """An app whose endpoint records its wire, and ends as the path says."""

    def __init__(self, data: bytes, certified: Certified | None = None, stays: str = "stays") -> None:
        self.data, self.certified, self.stays = data, certified, stays
        self.codes: list[int] = []
        self.app = Starlette(routes=[WebSocketRoute("/{how}", self.endpoint)])
        self.port = 0
        self.recorder: Recorder

    async def endpoint(self, socket: WebSocket) -> None:
        wire = wire_of(socket.scope)
        assert not wire.open
        await socket.accept()
        self.recorder = Recorder(wire, self.data)
        how = socket.path_params["how"]
        if how in {"closes", "raises", "returns"}:
            self.recorder.fill()
            await asyncio.sleep(0.02)
        if how == "closes":
            await socket.close(4000)
            await asyncio.sleep(0.2)
        elif how == "raises":
            raise LookupError(how)
        elif how == "hands over":
            await asyncio.sleep(0.05)  # meanwhile a message may come
            wire.hand_over(self.recorder)
        elif how != "returns":
            await self.converse(socket, 0.1 if how == "dawdles" else 0)

    async def converse(self, socket: WebSocket, pause: float) -> None:
        try:
            while True:
                text = await socket.receive_text()
                await asyncio.sleep(pause)
                await socket.send_text(f"you said {text}")
        except WebSocketDisconnect as end:
            self.codes.append(end.code)

    def on_loop(self, call: Callable[[], object]) -> None:
        async def run() -> None:
            call()

        asyncio.run_coroutine_threadsafe(run(), self.recorder.loop).result(20)

    @contextmanager
    def client(self, how: str = "") -> Iterator[ClientConnection]:
        scheme, trust = ("wss", self._trust()) if self.certified else ("ws", None)
        with connect(
            f"{scheme}://127.0.0.1:{self.port}/{self._path(how)}", ssl=trust, max_size=None
        ) as socket:
            wait_until(lambda: hasattr(self, "recorder"))
            yield socket

    @contextmanager
    def raw(self, how: str = "", receive_buffer: int = 4096) -> Iterator[sockets.socket]:
        """A client without manners, after its handshake."""
        with sockets.socket() as line:
            line.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, receive_buffer)
            line.settimeout(20)
            line.connect(("127.0.0.1", self.port))
            client = self._trust().wrap_socket(line, server_hostname="127.0.0.1") if self.certified else line
            client.sendall(
                f"GET /{self._path(how)} HTTP/1.1\r\nHost: stage\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1)
            wait_until(lambda: hasattr(self, "recorder"))
            with client:
                yield client

    def _path(self, how: str) -> str:
        return quote(how or self.stays)

    def _trust(self) -> ssl.SSLContext:
        assert self.certified
        return ssl.create_default_context(cafile=str(self.certified.authority))


@contextmanager
def staged(
    certified: Certified | None,
    protocol: type[LiveProtocol] = LiveProtocol,
    data: bytes = b"",
    stays: str = "stays",
) -> Iterator[Stage]:
    """A stage that is served, by TLS if it has a certificate. `stays` is how its endpoint keeps a socket."""
    made = Stage(data, certified, stays)
    with serving(made.app, protocol, certified) as made.port:
        yield made


def client_frame(opcode: int, payload: bytes = b"") -> bytes:
    """A frame as clients send them, masked with zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else struct.pack("!BH", 0xFE, size)
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


def frames_until_the_end(client: sockets.socket) -> list[tuple[int, bytes]]:
    """Every frame that the server sent; fails if bytes are left that are no whole frame."""
    data = bytes_until_the_end(client)
    frames = []
    while data:
        size, start = data[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start])
        assert len(data) >= start + size
        frames.append((data[0], data[start : start + size]))
        data = data[start + size :]
    return frames


def bytes_until_the_end(client: sockets.socket) -> bytes:
    data = b""
    with suppress(ConnectionResetError):
        while chunk := client.recv(1 << 16):
            data += chunk
    return data
