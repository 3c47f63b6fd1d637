"""Phones that come back by themselves, as static/js/live.js and socket.js have it: 5,000 of them on one loop.

A lost line is tried again after a random part of 0.5 s, doubled each time up to 30 s, and a try that isn't greeted
within 10 s is over. Meanwhile each asks `/healthz` every 1.5 to 3 s, as a page does that somebody looks at, and opens
its socket at once when that answers after silence. So here all are looked at: the greatest rush there can be.
"""

import asyncio
import json
import random
import re
import time
from asyncio import TimerHandle, Transport
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from tests.bench.crowd import handshake

FIRST, LONGEST, PATIENCE, LOOK, LOOK_PATIENCE = 0.5, 30.0, 10.0, 1.5, 3.0
PING_SECONDS = 20.0
AT_ONCE, ALL_BACK = 100, 90.0
# As a client sends it: masked, with a mask that changes nothing (RFC 6455, 5.3).
_PING = b'\x81\x95\0\0\0\0{"type":"ping","t":0}'
assert len(_PING) == 6 + (_PING[1] & 127)
_ROW = re.compile(r'<(?:li|tr) [^>]*?id="([a-z]+-[^"]+)"[^>]*? data-v="(\d+)"')
_chance = random.Random(7)  # noqa: S311 - spreads attempts


@lru_cache(4096)
def said(data: bytes) -> dict[str, Any]:
    """A message; all phones of a lens get the same bytes."""
    message: dict[str, Any] = json.loads(data)
    return message


@lru_cache(4096)
def rows_of(html: str) -> tuple[tuple[str, int], ...]:
    """The rows in a frame, each with the seq of its last change."""
    return tuple((row, int(version)) for row, version in _ROW.findall(html))


@dataclass
class Phone:
    """One member's phone: cursors, what it holds, and what was wrong with what it was told."""

    port: int
    path: str
    token: str
    cursors: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    resets: list[str] = field(default_factory=list)
    head: int = 0
    tries: int = 0
    refused: int = 0
    is_here: bool = False
    is_gone: bool = False
    is_over: bool = False
    moved: Callable[["Phone"], None] = lambda _phone: None
    _line: "Line | None" = None
    _timer: TimerHandle | None = None
    _looker: TimerHandle | None = None
    _work: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def cursor(self) -> int:
        return min(self.cursors.values(), default=-1)

    @property
    def is_level(self) -> bool:
        """It has come, and holds all that there was when it did."""
        return self.is_here and self.cursor >= self.head

    def open(self) -> None:
        _cancel(self._timer)
        self._line = Line(self)
        self._start(self._line.open())

    def leave(self) -> None:
        """It isn't needed any more."""
        self.is_over = True
        _cancel(self._timer)
        _cancel(self._looker)
        if self._line:
            self._line.end()

    def lost(self, line: "Line") -> None:
        if line is not self._line or self.is_over:
            return
        self.is_here = False
        self.refused += not line.greeted
        self.look()
        wait = _chance.random() * min(LONGEST, FIRST * 2**self.tries)
        self._timer = asyncio.get_running_loop().call_later(wait, self.open)
        self.tries += 1

    def look(self) -> None:
        if self._looker:
            return
        wait = LOOK * (1 + _chance.random())
        self._looker = asyncio.get_running_loop().call_later(wait, lambda: self._start(self._look()))

    async def _look(self) -> None:
        self._looker = None
        if self.is_here or self.is_over:
            return
        was_gone, self.is_gone = self.is_gone, not await answers(self.port)
        if was_gone and not self.is_gone and not self.is_here and not self.is_over:
            self.tries = 0
            line, self._line = self._line, None
            if line:
                line.end()
            self.open()
        self.look()

    def _start(self, work: Any) -> None:  # noqa: ANN401 - a coroutine
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    # What it hears

    def hear(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "hello":
            self.tries, self.is_here, self.is_gone = 0, True, False
            self.head = message["head"]
        elif kind == "heartbeat":
            self.cursors |= {chain: max(seq, self.cursors[chain]) for chain, seq in message["seq"].items()}
        elif kind == "frame":
            self._take(message)
        elif kind == "reset":
            self.resets.append(message["reason"])
        self.moved(self)

    def _take(self, message: dict[str, Any]) -> None:
        chain, base, seq = message["chain"], message["base"], message["seq"]
        if not base <= self.cursors[chain] < seq:
            self.faults.append(f"{chain}: ({base}, {seq}] at {self.cursors[chain]}")
        self.cursors[chain] = seq
        self.held |= rows_of(message["html"])


class Line(asyncio.Protocol):
    """One try at a socket."""

    def __init__(self, phone: Phone) -> None:
        self.phone, self.greeted = phone, False
        self.data, self.is_open, self.is_over = b"", False, False
        self.transport: Transport | None = None
        self.pinger: TimerHandle | None = None
        self.deadline = asyncio.get_running_loop().call_later(PATIENCE, self.end)

    async def open(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self.phone.port)
        except OSError:
            self.end()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("Transport", transport)
        if self.is_over:
            self.transport.abort()
            return
        phone = self.phone
        since = f"&since={phone.cursors['lens']}&own={phone.cursors['own']}" if phone.cursors else ""
        self.transport.write(handshake(f"{phone.path}{since}", phone.token))

    def data_received(self, data: bytes) -> None:
        self.data += data
        if not self.is_open:
            head, end, rest = self.data.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self.end()
                return
            self.is_open, self.data = True, rest
        for message in self._messages():
            self._hear(said(message))

    def _hear(self, message: dict[str, Any]) -> None:
        if self.is_over:
            return
        if message["type"] == "hello":
            self.greeted = True
            self.deadline.cancel()
            if not self.phone.cursors:
                self.phone.cursors = dict.fromkeys(("lens", "own"), message["head"])
            self._ping()
        self.phone.hear(message)

    def _ping(self) -> None:
        if self.transport and not self.is_over:
            self.transport.write(_PING)
            self.pinger = asyncio.get_running_loop().call_later(PING_SECONDS, self._ping)

    def _messages(self) -> list[bytes]:
        found = []
        while len(self.data) >= 4:
            size, start = self.data[1], 2
            if size == 126:
                size, start = int.from_bytes(self.data[2:4]), 4
            elif size == 127:
                size, start = int.from_bytes(self.data[2:10]), 10
            if len(self.data) < start + size:
                break
            if self.data[0] & 15 == 1:  # text; a close is followed by the end
                found.append(self.data[start : start + size])
            self.data = self.data[start + size :]
        return found

    def connection_lost(self, _why: Exception | None) -> None:
        self.end()

    def end(self) -> None:
        if self.is_over:
            return
        self.is_over = True
        self.deadline.cancel()
        _cancel(self.pinger)
        if self.transport:
            self.transport.abort()
        self.phone.lost(self)


class Crowd:
    """All phones, and when each came to where it was waited for."""

    def __init__(self, phones: list[Phone]) -> None:
        self.phones = phones
        for phone in phones:
            phone.moved = self._moved

    async def connect(self) -> None:
        for first in range(0, len(self.phones), AT_ONCE):
            some = self.phones[first : first + AT_ONCE]
            reached = self.reach(some, lambda phone: phone.is_here)
            for phone in some:
                phone.open()
            await reached

    def reach(self, phones: list[Phone], is_there: Callable[[Phone], bool]) -> asyncio.Future[list[float]]:
        """The moments at which they come there, once all have."""
        self._is_there, self._missing, self._times = is_there, set(map(id, phones)), list[float]()
        self._reached: asyncio.Future[list[float]] = asyncio.get_running_loop().create_future()
        for phone in phones:
            self._moved(phone)
        return self._reached

    def _moved(self, phone: Phone) -> None:
        if id(phone) in self._missing and self._is_there(phone):
            self._missing.remove(id(phone))
            self._times.append(time.perf_counter())
            if not self._missing:
                self._reached.set_result(self._times)

    def leave(self) -> None:
        for phone in self.phones:
            phone.leave()


async def within(reached: asyncio.Future[list[float]]) -> list[float]:
    async with asyncio.timeout(ALL_BACK):
        return await reached


async def answers(port: int) -> bool:
    """Whether the server says that it is there."""
    try:
        async with asyncio.timeout(LOOK_PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            try:
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


def _cancel(timer: TimerHandle | None) -> None:
    if timer:
        timer.cancel()
