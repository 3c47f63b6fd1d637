"""One event's sockets: which are level with the log, which catch up, and the rounds that move them on.

A socket is *far* while it reads from its own cursors, in turns with others; *near* when it has caught up but
a round is being read, so that the next round takes it along; *hot* when it is level with the room, and gets
the bytes that its groups share; or paused, when it reads too slowly: then it gets nothing, and starts again
from its cursors. A round writes, moves the room's cursor and lets the near ones in without an `await`, so
that nobody falls between the last frame of a catch-up and the first live one.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Hashable
from itertools import islice
from typing import Protocol

from server.core.clock import Clock
from server.core.frames import CHAINS, Answer, Pace, Reading, Reset, Want, count, heartbeat, reset
from server.core.metrics import FANOUT, RESETS
from server.core.states import Audience, States
from server.core.subscription import Group, Subscription

log = logging.getLogger(__name__)

SILENT = 4408
BATCH = 32


class Ask(Protocol):
    """The reader, in a thread."""

    def __call__(self, wants: Collection[Want], *, live: bool) -> Awaitable[Reading]: ...


class Room:
    """The sockets of one event in this process. Everything here runs on the loop."""

    def __init__(self, ask: Ask, clock: Clock, pace: Pace, emptied: Callable[[], None]) -> None:
        self.subs: set[Subscription] = set()
        self.cursor = self.began = 0
        self._ask, self._clock, self._pace, self._emptied = ask, clock, pace, emptied
        self._groups: dict[Hashable, Group] = {}
        self._near: dict[Subscription, None] = {}
        self._far: dict[Subscription, None] = {}
        self._states = States(pace.state, self.hot)
        # How far the log has come, as far as anybody told.
        self._head = 0
        # As if a round were being read, until `open`: nobody gets hot before the head is known.
        self._reading = True
        self._due, self._behind = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False
        self._woken = 0.0

    def open(self, head: int) -> None:
        if self._closed:
            return
        self.cursor = self.began = head
        self._reading = False
        self._tasks = [asyncio.create_task(self._live()), asyncio.create_task(self._catch_up())]

    def close(self) -> None:
        self._closed = True
        for task in self._tasks:
            task.cancel()
        self._states.clear()

    # Sockets

    def hot(self) -> list[Subscription]:
        return [sub for sub in self.subs if sub.groups]

    def admit(self, sub: Subscription, reached: int | None = None) -> None:
        """Let a socket in as far as its cursors allow; `reached` is the head it has just been read to."""
        if sub not in self.subs or not sub.wire.ready or sub.groups:
            return
        self._near.pop(sub, None)
        self._far.pop(sub, None)
        if min(sub.cursors) < (self.cursor if reached is None else reached):
            self._far[sub] = None
            self._behind.set()
        elif self._reading or any(cursor != self.cursor for cursor in sub.cursors):
            self._near[sub] = None
            self._due.set()
        else:
            self._heat(sub)

    def cool(self, sub: Subscription) -> None:
        """Take a socket out of all that writes. Its cursors are then what it has been told."""
        self._near.pop(sub, None)
        self._far.pop(sub, None)
        groups, sub.groups = sub.groups, ()
        if groups:
            sub.cursors = [group.cursor for group in groups]
        for group in groups:
            del group.hot[sub]
            if not group.hot:
                del self._groups[group.key]

    def leave(self, sub: Subscription) -> None:
        self.cool(sub)
        self.subs.discard(sub)
        sub.room = None
        if not self.subs:
            self._emptied()

    def _heat(self, sub: Subscription) -> None:
        sub.groups = tuple(map(self._group, sub.keys))
        for group in sub.groups:
            group.hot[sub] = sub.wire.write
        self._states.greet(sub)

    def _group(self, key: Hashable) -> Group:
        found = self._groups.get(key)
        if found is None:
            found = self._groups[key] = Group(key, self.cursor)
        return found

    # Rounds

    def wake(self, head: int) -> None:
        """The log has reached `head`: a hint, which may come twice, late or never."""
        if head > max(self.cursor, self._head):
            if not self._is_stale:
                self._woken = time.perf_counter()
            self._head = head
            self._due.set()

    @property
    def _is_stale(self) -> bool:
        return self._head > self.cursor

    async def _live(self) -> None:
        while await self._due.wait():
            self._due.clear()
            while self._is_stale or any(max(sub.cursors) <= self.cursor for sub in self._near):
                await self._persist(self._round)

    async def _round(self) -> None:
        """Read all groups, if there is news, and all near sockets; then write everything in one step."""
        near, below = list(self._near), sys.maxsize if self._is_stale else self.cursor
        wants = set[Want]().union(*(sub.wants(below) for sub in near))
        shared = self._shared_wants() if self._is_stale else []
        woken = self._woken
        reading = await self._read([*shared, *wants])
        if shared:
            self._share(reading)
            FANOUT.observe(time.perf_counter() - woken)
        for sub in near:
            if sub in self._near:  # it neither left nor paused
                sub.deliver(wants, reading, self._clock.now())
                self.admit(sub)

    def _shared_wants(self) -> list[Want]:
        # A list, and answers looked up by what came back: most of these thousands have nothing new.
        wants = list[Want]()
        for group in self._groups.values():
            group.asked = want = group.want
            wants.append(want)
        return wants

    def _share(self, reading: Reading) -> None:
        for want, answer in reading.answers.items():
            group = self._groups.get(want[0])
            if group and group.asked == want:
                self._tell(group, answer, reading.head)

    async def _read(self, wants: Collection[Want]) -> Reading:
        """Read for a round. If it is one for all groups, the room's cursor moves."""
        # What was told before will be in it, or was never true; what is told from here on may not be.
        stale, told = self._is_stale, self._head
        self._head, self._reading = 0, True
        try:
            reading = await self._ask(wants, live=True) if wants or stale else Reading(self.cursor, {})
        except Exception:
            self._head = max(self._head, told)
            raise
        finally:
            self._reading = False
        if stale:
            self.cursor = max(self.cursor, reading.head)
        self.wake(reading.head)
        return reading

    def _tell(self, group: Group, answer: Answer, head: int) -> None:
        if isinstance(answer, Reset):
            group.move(head)
            RESETS.labels(answer.reason).inc(len(group.hot))
            for sub in tuple(group.hot):
                sub.wire.write(reset(answer))
            return
        count(answer, len(group.hot))
        for frame in answer:
            group.move(frame.seq)
            group.write(frame.payload)
        if answer and group.cursor < head:  # there is more, which each takes at its own pace
            for sub in tuple(group.hot):
                self.cool(sub)
                self.admit(sub)

    async def _catch_up(self) -> None:
        while await self._behind.wait():
            self._behind.clear()
            while self._far:
                await self._persist(self._turn)

    async def _turn(self) -> None:
        """Bring those who have waited longest one reading further."""
        batch, reached = list(islice(self._far, BATCH)), self.cursor
        wants = set[Want]().union(*(sub.wants(reached) for sub in batch))
        reading = await self._ask(wants, live=False)
        self.wake(reading.head)
        for sub in batch:
            if sub in self._far:
                sub.deliver(wants, reading, self._clock.now())
                self.admit(sub, reached)

    async def _persist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do some work, however often it takes: nobody loses a socket over a reading that fails."""
        delay = self._pace.retry
        while True:
            try:
                return await work()
            except Exception:
                log.exception("reading for the live sockets failed")
                await asyncio.sleep(delay)
                delay = min(delay * 2, self._pace.retry_most)

    # To everybody

    def beat(self) -> None:
        """Move the cursors of quiet chains."""
        data = heartbeat(self._clock.now(), dict.fromkeys(CHAINS, self.cursor))
        for group in self._groups.values():
            group.move(self.cursor)
        for sub in self.hot():
            sub.wire.write(data)

    def sweep(self, since: float) -> None:
        """Close the sockets that have not been heard of since, on the loop's clock."""
        for sub in [sub for sub in self.subs if sub.wire.heard < since]:
            sub.wire.close(SILENT, "silence")

    def reset(self, order: Reset) -> None:
        """Tell everybody to fetch anew. Who can't be told now is cut off, and told when it comes back."""
        for sub in tuple(self.subs):
            if sub.wire.ready:
                sub.wire.write(reset(order))
            else:
                sub.wire.abort()

    def show(self, topic: Hashable, payload: bytes, audience: Audience | None, *, is_last: bool) -> None:
        self._states.show(topic, payload, audience, is_last=is_last)
