"""What bench_fanout measures: a server that tells its port, and then obeys one command a line."""

import asyncio
import gc
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from server.core.frames import Frame, Pace, Reading, Want
from server.core.hub import Hub
from server.core.subscription import Holder, Subscription
from server.core.wire import LiveProtocol, text_frame, wire_of

PAYLOAD = 600
LUMP = 100


def payload() -> bytes:
    """Text that begins with the time it was made, in ns on the machine's monotonic clock."""
    return b"%020d" % time.monotonic_ns() + b"x" * (PAYLOAD - 20)


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Bare:
    """The limit without C: a protocol that keeps its transports' writes in a list."""

    def __init__(self) -> None:
        self.writes: list[Callable[[bytes], None]] = []
        self.buffered: list[Callable[[], int]] = []

    async def serve(self) -> int:
        writes = self.writes

        class Peer(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                writes.append(cast("asyncio.Transport", transport).write)

        server = await asyncio.get_running_loop().create_server(Peer, "127.0.0.1", 0, backlog=4096)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def burst(self) -> None:
        data = text_frame(payload())
        for write in self.writes:
            write(data)


class Live:
    """The real thing: uvicorn, Starlette, LiveProtocol, the hub and its threads."""

    def __init__(self) -> None:
        self.made: list[bytes] = []
        self.buffered: list[Callable[[], int]] = []

    async def serve(self) -> int:
        app = Starlette(routes=[WebSocketRoute("/live", self.live)], lifespan=self.lifespan)
        listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        config = uvicorn.Config(app, ws=LiveProtocol, loop="uvloop", log_level="warning", backlog=4096)
        self.server = asyncio.create_task(uvicorn.Server(config).serve([listener]))
        port: int = listener.getsockname()[1]
        return port

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with Hub(self, pace=Pace(heartbeat=3600, silence=3600)) as self.hub:
            yield

    async def live(self, peer: WebSocket) -> None:
        await peer.accept()
        wire, member, head = wire_of(peer.scope), str(len(self.buffered)), len(self.made)
        self.buffered.append(wire._protocol.transport.get_write_buffer_size)  # noqa: SLF001 - to be measured
        sub = Subscription("show", wire, ("crew", f"own:{member}"), (head, head), Holder(member))
        await self.hub.join(sub)
        try:
            async for _ in peer.iter_text():
                pass
        finally:
            self.hub.leave(sub)

    def heads(self, events: Collection[str]) -> Mapping[str, int]:
        return dict.fromkeys(events, len(self.made))

    def read(self, event: str, wants: Collection[Want], *, live: bool) -> Reading:  # noqa: ARG002 - see Reader
        head = len(self.made)
        found = {want: self.frames(want[1], head) for want in wants if want[0] == "crew"}
        return Reading(head, found)

    def frames(self, since: int, head: int) -> list[Frame]:
        return [
            Frame(seq - 1, seq, self.made[seq - 1]) for seq in range(since + 1, min(head, since + 100) + 1)
        ]

    async def burst(self) -> None:
        self.made.append(payload())
        self.hub.wake("show", len(self.made))

    async def pour(self) -> None:
        for _ in range(LUMP):
            await self.burst()
            await asyncio.sleep(0.0002)


async def serve(peer: Bare | Live) -> None:
    def say(text: object) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    commands = asyncio.StreamReader()
    pipe = asyncio.StreamReaderProtocol(commands)
    await asyncio.get_running_loop().connect_read_pipe(lambda: pipe, sys.stdin)
    say(await peer.serve())
    while command := (await commands.readline()).decode().strip():
        if command == "burst":
            await peer.burst()
        elif command == "cpu":
            say(time.process_time())
        elif command == "rss":
            gc.collect()
            say(resident())
        elif command == "buffered":
            say(max(size() for size in peer.buffered))
        elif isinstance(peer, Live):
            await peer.pour()
    os._exit(0)


if __name__ == "__main__":
    uvloop.run(serve(Bare() if sys.argv[-1] == "bare" else Live()))
