"""The hub: every live socket of this process, by event. It knows frames and cursors, and nothing of features.

The endpoint's side (see `Reader` in frames.py for the feed's):

    accept the socket and say hello
    sub = Subscription(event, wire_of(socket.scope), (lens_chain, own_chain), (since, own), Holder(…))
    await hub.join(sub, look); hand the wire over, or receive until the end, and then sub.gone()
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, Self

from server.core.clock import Clock
from server.core.frames import Pace, Reader, Reading, Reset, Want, framed, reset
from server.core.room import Room
from server.core.states import Audience
from server.core.subscription import Subscription

log = logging.getLogger(__name__)

REVOKED = 4401
# Catching up may render thousands of rows: it gets one thread, so that it never takes the GIL from all sides.
LIVE_THREADS, CATCH_UP_THREADS = 4, 1

P = ParamSpec("P")


class Hub:
    """Use it as `async with Hub(reader) as hub`, on the loop that serves.

    Only `wake` and `revoke_from_thread` are for other threads too.
    """

    def __init__(self, reader: Reader, clock: Clock | None = None, pace: Pace | None = None) -> None:
        self._reader, self._clock, self._pace = reader, clock or Clock(), pace or Pace()
        self._rooms: dict[str, tuple[Room, asyncio.Task[None]]] = {}
        self._live = ThreadPoolExecutor(LIVE_THREADS, "live")
        self._catch_up = ThreadPoolExecutor(CATCH_UP_THREADS, "catch-up")

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        every = {self._poll: self._pace.poll, self._sweep: self._pace.poll, self._beat: self._pace.heartbeat}
        self._tasks = [asyncio.create_task(_repeat(work, seconds)) for work, seconds in every.items()]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for event in tuple(self._rooms):
            self._close(event)
        self._live.shutdown(wait=False, cancel_futures=True)
        self._catch_up.shutdown(wait=False, cancel_futures=True)

    def __len__(self) -> int:
        return sum(len(room.subs) for room, _ in self._rooms.values())

    # From any thread

    def wake(self, event: str, head: int) -> None:
        """The event's log has been committed up to `head`. Cheap, and never needed: heads are polled too."""
        self._soon(self._wake, event, head)

    def revoke_from_thread(self, session: str) -> None:
        self._soon(self.revoke, lambda sub: sub.holder.session == session)

    def _soon(self, call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        with suppress(RuntimeError):  # the loop has ended, and every socket with it
            self._loop.call_soon_threadsafe(partial(call, *args, **kwargs))

    # On the loop

    async def join(self, sub: Subscription, look: Callable[[], Awaitable[object]] | None = None) -> None:
        """Register a socket and let it catch up from its cursors; what comes later reaches it by itself.

        `look` comes between, to look once more whether it may follow: from then on revocations find it.
        Raises what the reader raises if it can't tell the head of an event that nobody here followed yet.
        """
        if not sub.wire.open:
            return
        room, opening = self._rooms.get(sub.event) or self._open(sub.event)
        room.subs.add(sub)
        sub.room, sub.wire.listener = room, sub
        await asyncio.shield(opening)
        if look:
            await look()
        room.admit(sub)

    def rewind(self, sub: Subscription, cursors: Sequence[int]) -> None:
        """Go on from other cursors: what a client's `need` asks for."""
        if sub.room:
            sub.room.cool(sub)
            sub.cursors = list(cursors)
            sub.room.admit(sub)

    def revoke(self, who: Audience) -> None:
        """Close these sockets, after a reset `access`: they must not get one byte more."""
        last = reset(Reset("access"))
        for sub in [sub for room, _ in self._rooms.values() for sub in room.subs if who(sub)]:
            sub.wire.close(REVOKED, "access", last)

    def reset(self, event: str, reason: str, jitter_ms: int = 0) -> None:
        """Tell everybody in an event to fetch anew, each at a random time within the jitter."""
        if event in self._rooms:
            self._rooms[event][0].reset(Reset(reason, jitter_ms))

    def ephemeral(
        self,
        event: str,
        topic: Hashable,
        payload: bytes,
        audience: Audience | None = None,
        *,
        is_last: bool = False,
    ) -> None:
        """Show a topic's whole state (JSON text) to the sockets it is for. The last one ends the topic."""
        if event in self._rooms:
            self._rooms[event][0].show(topic, payload, audience, is_last=is_last)

    # Rooms

    def _open(self, event: str) -> tuple[Room, asyncio.Task[None]]:
        room = Room(partial(self._ask, event), self._clock, self._pace, partial(self._close, event))
        self._rooms[event] = room, self._loop.create_task(self._start(event, room))
        return self._rooms[event]

    async def _start(self, event: str, room: Room) -> None:
        heads = await self._loop.run_in_executor(self._live, self._reader.heads, [event])
        room.open(heads.get(event, 0))

    def _close(self, event: str) -> None:
        if event in self._rooms:
            self._rooms.pop(event)[0].close()

    def _wake(self, event: str, head: int) -> None:
        if event in self._rooms:
            self._rooms[event][0].wake(head)

    async def _ask(self, event: str, wants: Collection[Want], *, live: bool) -> Reading:
        pool = self._live if live else self._catch_up
        return await self._loop.run_in_executor(pool, partial(self._read, event, wants, live=live))

    def _read(self, event: str, wants: Collection[Want], *, live: bool) -> Reading:
        head, answers = self._reader.read(event, wants, live=live)
        return Reading(head, {want: framed(want, answer) for want, answer in answers.items() if answer})

    # By the clock

    async def _poll(self) -> None:
        if self._rooms:
            heads = await self._loop.run_in_executor(self._live, self._reader.heads, list(self._rooms))
            for event, head in heads.items():
                self._wake(event, head)

    async def _sweep(self) -> None:
        since = self._loop.time() - self._pace.silence
        for room, _ in list(self._rooms.values()):
            room.sweep(since)

    async def _beat(self) -> None:
        for room, _ in list(self._rooms.values()):
            room.beat()


async def _repeat(work: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except Exception:
            log.exception("the hub's %s failed", work.__name__)
