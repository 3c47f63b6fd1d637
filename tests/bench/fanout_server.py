"""What bench_fanout and bench_edit measure: servers that tell their port, and then obey one command a line."""

import asyncio
import gc
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from server.core.clock import Clock
from server.core.frames import Frame, Pace, Reading, Reset, Want
from server.core.heads import PatientProtocol
from server.core.hub import Hub
from server.core.live_protocol import LiveProtocol
from server.core.memory import keep_heaps_small, settle
from server.core.subscription import Holder, Subscription
from server.core.wire import text_frame, wire_of
from server.venue.authority import Certified, Hosts, certify
from tests.bench.stage import BLOCK, DISK, tokens_of
from tests.support.databases import SqliteDatabases
from tests.support.show import House

PAYLOAD = 600
LUMP = 100


def payload(size: int = PAYLOAD) -> bytes:
    """Text that begins with the time it was made, in ns on the machine's monotonic clock."""
    return b"%020d" % time.monotonic_ns() + b"x" * (size - 20)


def framed(size: int) -> bytes:
    """A text frame of so many bytes (128 to 64 KiB), with such a payload."""
    return text_frame(payload(size - 4))


def say(text: object) -> None:
    """Answer a command."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def listening(app: ASGIApp, certified: Certified | None = None) -> tuple[int, asyncio.Task[None]]:
    """Serve an application as the program itself is served, by TLS if it has a certificate; its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    tls: dict[str, Any] = {"ssl_keyfile": certified.key, "ssl_certfile": certified.chain} if certified else {}
    serving: dict[str, Any] = {
        "http": PatientProtocol, "ws": LiveProtocol, "loop": "uvloop", "proxy_headers": False,
    }  # fmt: skip
    config = uvicorn.Config(app, **serving, log_level="warning", backlog=4096, **tls)
    port: int = listener.getsockname()[1]
    return port, asyncio.create_task(uvicorn.Server(config).serve([listener]))


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Bare:
    """The limit without C: a protocol that keeps its transports' writes in a list."""

    def __init__(self) -> None:
        self.writes: list[Callable[[bytes], None]] = []

    async def serve(self) -> int:
        writes = self.writes

        class Peer(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                writes.append(cast("asyncio.Transport", transport).write)

        server = await asyncio.get_running_loop().create_server(Peer, "127.0.0.1", 0, backlog=4096)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def burst(self, size: str) -> None:
        """Write a frame of so many bytes to everybody; says when it began."""
        begin, data = time.monotonic_ns(), framed(int(size))
        say(begin)  # before the writes, as the program does, so that the client reads while they go on
        for write in self.writes:
            write(data)

    async def durable(self, size: str) -> None:
        """The same behind a write of 4 KiB that is on the disk."""
        self.file.write(BLOCK)
        os.fdatasync(self.file.fileno())
        data = framed(int(size))
        for write in self.writes:
            write(data)

    @cached_property
    def file(self) -> BinaryIO:
        return cast("BinaryIO", tempfile.TemporaryFile(dir=DISK, buffering=0))


class Program:
    """The program itself: sign-in, endpoint, hub, guard, feed and writer, and as many members as sockets."""

    def __init__(self, folder: str, count: str, tls: str = "") -> None:
        # Nobody in the crowd ever pings; and it counts bytes, so that a heartbeat's would pass for a frame's.
        os.environ |= {"FIELDCUE_SILENCE_SECONDS": "3600", "FIELDCUE_PING_SECONDS": "3600"}
        self.certified = certify(Path(folder) / "tls", Hosts(["127.0.0.1"])) if tls else None
        house = House(SqliteDatabases(Path(folder)).migrated(), Clock())
        self.show, self.services, self.app = house.show(), house.services, house.app
        names = [f"phone{number}" for number in range(int(count))]
        people = [("member.add", {"id": name, "name": f"人員 {name}", "roles": ["crew"]}) for name in names]
        for first in range(0, len(people), 100):
            self.show.all("hui", *people[first : first + 100])
        self.show.add("row", title="0" * 6, note="換場：搬鼓組，換 A 組麥克風，對講機改頻道 4。" * 3)
        self.tokens = list(tokens_of(self.show, names).values())
        self.turn, self.is_ready = 0, asyncio.Event()

    async def serve(self) -> int:
        port, self.server = await listening(self.app, self.certified)
        hub = await self._hub()
        loop = asyncio.get_running_loop()
        read, committed = hub._read, self.services.committed  # noqa: SLF001 - to be timed

        def timed_read(*args: Any, **options: Any) -> Reading:  # noqa: ANN401 - as they come
            reading = read(*args, **options)
            if reading.answers:  # else it is a later look, and would pass for a later start
                self.ready = time.monotonic_ns(), reading
                loop.call_soon_threadsafe(self.is_ready.set)
            return reading

        def timed_commit(event: str, head: int) -> None:
            self.committed = time.monotonic_ns()
            committed(event, head)

        setattr(hub, "_read", timed_read)  # noqa: B010 - so that types don't mind
        setattr(self.services, "committed", timed_commit)  # noqa: B010
        return port

    async def _hub(self) -> Hub:
        while self.services.hub is None:  # noqa: ASYNC110 - the program tells nobody that it has started
            await asyncio.sleep(0.01)
        return self.services.hub

    async def requests(self) -> None:
        """Say the path of the socket and everybody's token."""
        say(json.dumps([f"/api/events/{self.show.event}/live?format=html", *self.tokens]))

    async def token(self, member: str) -> None:
        """Say a token of one of the cast."""
        say(await asyncio.to_thread(self.show.token, member))

    async def database(self) -> None:
        say(self.show.house.url)

    async def left(self) -> None:
        """Say how many subscriptions and tasks there are."""
        say(json.dumps([len(self.services.hub or ()), len(asyncio.all_tasks())]))

    async def burst(self) -> None:
        """Change a row; says when it was committed, when its frame was ready, and the frame's size."""
        self.turn += 1
        self.is_ready.clear()
        title = f"{self.turn:06}"
        await asyncio.to_thread(self.show.do, "rui", "cue.edit", id="row", set={"title": title})
        await self.is_ready.wait()
        ready, reading = self.ready
        frames = [
            frame for answer in reading.answers.values() if not isinstance(answer, Reset) for frame in answer
        ]
        size = sum(len(frame.payload) for frame in frames)
        say(f"{self.committed} {ready} {size}")


class Live:
    """The live layer alone: uvicorn, Starlette, LiveProtocol, the hub and its threads, with a log in memory."""

    def __init__(self) -> None:
        self.made: list[bytes] = []
        self.buffered: list[Callable[[], int]] = []

    async def serve(self) -> int:
        app = Starlette(routes=[WebSocketRoute("/live", self.live)], lifespan=self.lifespan)
        port, self.server = await listening(app)
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
            sub.gone()

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

    async def pour(self) -> None:
        """Change something again and again."""
        for _ in range(LUMP):
            self.made.append(payload())
            self.hub.wake("show", len(self.made))
            await asyncio.sleep(0.0002)

    async def buffered_most(self) -> None:
        say(max(size() for size in self.buffered))


async def cpu() -> None:
    say(time.process_time())


async def rss() -> None:
    gc.collect()
    say(resident())


async def serve(peer: Bare | Live | Program) -> None:
    """Obey until the commands end."""
    commands = asyncio.StreamReader()
    pipe = asyncio.StreamReaderProtocol(commands)
    await asyncio.get_running_loop().connect_read_pipe(lambda: pipe, sys.stdin)
    port = await peer.serve()
    settle()  # as the program does before it serves
    say(port)
    while command := (await commands.readline()).decode().split():
        name, *args = command
        await ({"cpu": cpu, "rss": rss}.get(name) or getattr(peer, name))(*args)
    os._exit(0)


if __name__ == "__main__":
    keep_heaps_small()
    kinds: dict[str, type[Bare] | type[Live] | type[Program]] = {
        "bare": Bare,
        "live": Live,
        "program": Program,
    }
    uvloop.run(serve(kinds[sys.argv[1]](*sys.argv[2:])))
