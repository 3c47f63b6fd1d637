"""The live layer without the program: a log in memory, a tiny app on a real uvicorn, and phones."""

import asyncio
import json
import socket as sockets
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.core.frames import Answer, Frame, Pace, Reading, Reset, Want
from server.core.heads import PatientProtocol
from server.core.hub import Hub
from server.core.live_protocol import LiveProtocol
from server.core.subscription import Holder, Subscription
from server.core.wire import wire_of
from server.venue.authority import Certified

T = TypeVar("T")


# Fast enough for tests, and without any help by the clock.
QUICK = Pace(poll=0.05, heartbeat=0.1, state=0.2, retry=0.02)
NEVER = Pace(poll=3600, heartbeat=3600)


class MemoryLog:
    """A reader whose changes are seen by one key each, or by everybody ("*")."""

    def __init__(self, *, cut: int = 1000, padding: int = 0) -> None:
        self.changes: dict[str, list[str]] = defaultdict(list)
        self.cut, self.padding = cut, padding
        # Called before each reading, with "live", "catch-up" or "heads".
        self.before: Callable[[str], object] = str
        self.reset_below = -1

    def add(self, event: str, key: str) -> int:
        self.changes[event].append(key)
        return len(self.changes[event])

    def seen(self, event: str, key: str, since: int = 0) -> list[int]:
        changes = self.changes[event]
        return [seq for seq in range(since + 1, len(changes) + 1) if changes[seq - 1] in {key, "*"}]

    def heads(self, events: Collection[str]) -> Mapping[str, int]:
        self.before("heads")
        return {event: len(self.changes[event]) for event in events}

    def read(self, event: str, wants: Collection[Want], *, live: bool) -> Reading:
        self.before("live" if live else "catch-up")
        head = len(self.changes[event])
        return Reading(head, {want: self._answer(event, want, head) for want in wants})

    def _answer(self, event: str, want: Want, head: int) -> Answer:
        key, since = str(want[0]), want[1]
        if since < self.reset_below:
            return Reset("window")
        seen = [seq for seq in self.seen(event, key, since) if seq <= head]
        first, rest = seen[: self.cut], seen[self.cut :]
        return [self._frame(key, since, first[-1] if rest else head, first)] if first else []

    def _frame(self, key: str, base: int, seq: int, items: list[int]) -> Frame:
        chain = "own" if key.startswith("own:") else "lens"
        content = {"type": "frame", "chain": chain, "base": base, "seq": seq, "items": items}
        return Frame(base, seq, json.dumps(content | {"padding": "x" * self.padding}).encode())


class LiveApp:
    """An app whose only route is the live socket, with its hub and the log behind it."""

    def __init__(self, log: MemoryLog, pace: Pace, protocol: type[LiveProtocol]) -> None:
        self.log, self.pace, self.protocol = log, pace, protocol
        self.subs: dict[str, Subscription] = {}
        self.url = ""

    def build(self) -> Starlette:
        return Starlette(routes=[WebSocketRoute("/{event}", self._live)], lifespan=self._lifespan)

    def on_loop(self, call: Callable[[], T]) -> T:
        """Run something on the server's loop, and wait for what it gives."""

        async def run() -> T:
            return call()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(5)

    def change(self, event: str = "show", key: str = "*", *, wake: bool = True) -> int:
        head = self.log.add(event, key)
        if wake:
            self.hub.wake(event, head)
        return head

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self.loop = asyncio.get_running_loop()
        async with Hub(self.log, pace=self.pace) as self.hub:
            yield

    async def _live(self, socket: WebSocket) -> None:
        asked = socket.query_params
        member = asked["member"]
        await socket.accept()
        keys, cursors = (asked["lens"], f"own:{member}"), (int(asked["since"]), int(asked["own"]))
        sub = Subscription(
            socket.path_params["event"], wire_of(socket.scope), keys, cursors, Holder(member, member)
        )
        self.subs[member] = sub
        try:
            await self.hub.join(sub)
            async for text in socket.iter_text():
                message = json.loads(text)
                if message["type"] == "need":
                    self.hub.rewind(sub, (message["since"], message["own"]))
        finally:
            sub.gone()


class _Prompt(uvicorn.Server):
    """Ends when it is told to, not at the next tenth of a second."""

    async def startup(self, sockets: list[sockets.socket] | None = None) -> None:
        self.loop, self.told = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        ticking = asyncio.create_task(super().main_loop())
        await self.told.wait()
        ticking.cancel()

    def end(self) -> None:
        self.should_exit = True
        self.loop.call_soon_threadsafe(self.told.set)


@contextmanager
def serving(
    app: Starlette,
    protocol: type[LiveProtocol] = LiveProtocol,
    certified: Certified | None = None,
    *,
    http: type[PatientProtocol] = PatientProtocol,
) -> Iterator[int]:
    """Run an app on uvicorn in a thread, by TLS if it has a certificate; its port on the loopback interface."""
    with sockets.create_server(("127.0.0.1", 0)) as listener:
        secured: dict[str, Any] = (
            {"ssl_keyfile": certified.key, "ssl_certfile": certified.chain} if certified else {}
        )
        config = uvicorn.Config(
            app, http=http, ws=protocol, loop="uvloop", lifespan="on", log_config=None, **secured
        )
        server = _Prompt(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        wait_until(lambda: server.started)
        try:
            yield listener.getsockname()[1]
        finally:
            server.end()
            thread.join(10)
            assert not thread.is_alive()


@contextmanager
def live_app(
    log: MemoryLog | None = None, pace: Pace | None = None, protocol: type[LiveProtocol] = LiveProtocol
) -> Iterator[LiveApp]:
    app = LiveApp(log or MemoryLog(), pace or QUICK, protocol)
    with serving(app.build(), protocol) as port:
        app.url = f"ws://127.0.0.1:{port}"
        yield app


def wait_until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.005)


@dataclass
class Phone:
    """A client that keeps the rules of the wire: no gap, nothing twice."""

    url: str
    lens: str = "crew"
    member: str = "mei"
    event: str = "show"
    cursors: dict[str, int] = field(default_factory=lambda: {"lens": 0, "own": 0})
    items: dict[str, list[int]] = field(default_factory=lambda: {"lens": [], "own": []})
    messages: list[dict[str, Any]] = field(default_factory=list)

    @asynccontextmanager
    async def online(self) -> AsyncIterator[ClientConnection]:
        since = (
            f"lens={self.lens}&member={self.member}&since={self.cursors['lens']}&own={self.cursors['own']}"
        )
        async with connect(f"{self.url}/{self.event}?{since}", compression=None) as socket:
            yield socket

    async def follow(self, socket: ClientConnection, head: int, seconds: float = 10) -> None:
        """Read until both cursors are at `head`."""
        async with asyncio.timeout(seconds):
            while min(self.cursors.values()) < head:
                self.take(json.loads(await socket.recv()))

    async def follow_items(self, socket: ClientConnection, count: int) -> None:
        """Read until so many changes have come by the lens."""
        async with asyncio.timeout(10):
            while len(self.items["lens"]) < count:
                self.take(json.loads(await socket.recv()))

    async def drain(self, socket: ClientConnection) -> int:
        """Read to the end; the code of the close."""
        try:
            async with asyncio.timeout(10):
                while True:
                    self.take(json.loads(await socket.recv()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006

    def take(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        if message["type"] == "heartbeat":
            self.cursors |= {chain: max(seq, self.cursors[chain]) for chain, seq in message["seq"].items()}
        elif message["type"] == "frame":
            chain, cursor = message["chain"], self.cursors[message["chain"]]
            assert message["base"] <= cursor < message["seq"], (self.member, cursor, message)
            self.items[chain] += message["items"]
            self.cursors[chain] = message["seq"]


async def until(is_so: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, is_so)


async def hot(app: LiveApp, *members: str) -> None:
    await until(lambda: all(member in app.subs and app.subs[member].groups for member in members))


async def stall(app: LiveApp, phone: Phone, socket: ClientConnection) -> int:
    """Change and change until a phone that does not read falls out; how many changes."""
    await hot(app, phone.member)
    head = 0
    while app.subs[phone.member].groups:
        head = app.change()
        await asyncio.sleep(0.002)
        assert head < 2000
    return head
