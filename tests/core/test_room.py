"""The room under every order of events that Hypothesis thinks of: no sockets, no threads, no clock."""

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.core.frames import Pace, Reading, Want, framed
from server.core.room import Room
from server.core.subscription import Subscription
from tests.support.clock import FixedClock
from tests.support.live import MemoryLog, Phone

EVENT = "show"
PHONES = 3


class Wire:
    """A wire whose socket fills after some writes, and takes more once it is read."""

    def __init__(self, phone: Phone, wrongs: list[BaseException | None]) -> None:
        self.phone, self.wrongs = phone, wrongs
        self.open, self.paused, self.takes = True, False, 1000
        self.sub: Subscription

    @property
    def ready(self) -> bool:
        return self.open and not self.paused

    def write(self, data: bytes) -> None:
        try:
            assert self.ready, "a write to a socket that pauses or has gone"
            start = {126: 4, 127: 10}.get(data[1], 2)
            self.phone.take(json.loads(data[start:]))
        except AssertionError as wrong:  # the room survives what a socket raises, so it is kept for the end
            self.wrongs.append(wrong)
        self.takes -= 1
        if self.takes <= 0:
            self.paused = True
            self.sub.paused()

    def read(self, takes: int) -> None:
        self.takes = takes
        if self.paused:
            self.paused = False
            self.sub.resumed()

    def leave(self) -> None:
        self.open = False
        self.sub.gone()


class Stage:
    """A room, its log, and phones that come and go with the cursors they hold."""

    def __init__(self, cut: int) -> None:
        self.log, self.fail, self.slow = MemoryLog(cut=cut), 0, 3
        self.wrongs: list[BaseException | None] = []
        pace = Pace(retry=0, retry_most=0)
        self.room = Room(self._ask, FixedClock(0), pace, lambda: None)
        self.room.open(0)
        self.phones = [Phone("", lens="aab"[n], member=str(n)) for n in range(PHONES)]
        self.wires: dict[int, Wire] = {}

    async def _ask(self, wants: Collection[Want], *, live: bool) -> Reading:
        reading = self.log.read(EVENT, wants, live=live)
        for _ in range(self.slow % 7):
            await asyncio.sleep(0)
        if self.fail:
            self.fail -= 1
            message = "the disk is on fire"
            raise OSError(message)
        return Reading(reading.head, {want: framed(want, answer) for want, answer in reading.answers.items()})

    def change(self, n: int) -> None:
        head = self.log.add(EVENT, ("*", "a", "own:1", "nobody")[n % 4])
        if n % 5:
            self.room.wake(head)

    def hint(self, n: int) -> None:
        """One that came before, or was never true."""
        self.room.wake(len(self.log.changes[EVENT]) + n % 3)

    def come(self, n: int) -> None:
        if n % PHONES not in self.wires:
            phone = self.phones[n % PHONES]
            wire = self.wires[n % PHONES] = Wire(phone, self.wrongs)
            cursors = list(phone.cursors.values())
            wire.sub = Subscription(EVENT, wire, (phone.lens, f"own:{phone.member}"), cursors)  # type: ignore[arg-type]
            wire.sub.room = self.room
            self.room.subs.add(wire.sub)
            self.room.admit(wire.sub)

    def go(self, n: int) -> None:
        if wire := self.wires.pop(n % PHONES, None):
            wire.leave()

    def read(self, n: int) -> None:
        if wire := self.wires.get(n % PHONES):
            wire.read(n // PHONES)

    def need(self, n: int) -> None:
        if wire := self.wires.get(n % PHONES):
            self.room.cool(wire.sub)
            wire.sub.cursors = list(wire.phone.cursors.values())
            self.room.admit(wire.sub)

    def beat(self, _: int) -> None:
        self.room.beat()

    def slower(self, n: int) -> None:
        self.slow = n

    def break_(self, n: int) -> None:
        self.fail = n % 3

    async def settle(self) -> None:
        self.slow = 0
        for n in range(PHONES):
            self.come(n)
            self.read(n + 1000 * PHONES)
        self.room.wake(len(self.log.changes[EVENT]))
        for _ in range(500):
            await asyncio.sleep(0)
            if len(self.room.hot()) == PHONES and self.room.cursor == len(self.log.changes[EVENT]):
                break


MOVES: dict[str, Callable[[Stage, int], None]] = {
    "change": Stage.change,
    "hint": Stage.hint,
    "come": Stage.come,
    "go": Stage.go,
    "read": Stage.read,
    "need": Stage.need,
    "beat": Stage.beat,
    "slower": Stage.slower,
    "break": Stage.break_,
}
Move = tuple[str, int, int]
moves = st.lists(st.tuples(st.sampled_from(list(MOVES)), st.integers(0, 20), st.integers(0, 3)), max_size=60)


class Ear(logging.Handler):
    """Hears what the room had to log, but for the failures that are part of the play."""

    def __init__(self, wrongs: list[BaseException | None]) -> None:
        super().__init__()
        self.wrongs = wrongs

    def emit(self, record: logging.LogRecord) -> None:
        wrong = record.exc_info[1] if record.exc_info else None
        if not isinstance(wrong, OSError):
            self.wrongs.append(wrong)


@contextmanager
def listening(wrongs: list[BaseException | None]) -> Iterator[None]:
    logger, ear = logging.getLogger("server.core"), Ear(wrongs)
    logger.addHandler(ear)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(ear)
        logger.propagate = True


async def play(script: list[Move], cut: int) -> Stage:
    stage = Stage(cut)
    with listening(stage.wrongs):
        for name, n, steps in script:
            MOVES[name](stage, n)
            for _ in range(steps):
                await asyncio.sleep(0)
        await stage.settle()
    assert not stage.wrongs
    return stage


@given(script=moves, cut=st.integers(1, 3))
@example(
    # A change whose wake is lost, in the round that only lets a newcomer in.
    script=[("come", 0, 1), ("slower", 6, 0), ("change", 1, 2), ("come", 1, 0), ("change", 0, 20)],
    cut=1,
)
@example(
    # A hint that was never true, and a true one of the same number while it is being looked after.
    script=[("hint", 1, 1), ("change", 2, 0)],
    cut=1,
)
@settings(max_examples=500, deadline=None)
def test_whatever_happens_every_phone_gets_every_frame_once_and_in_order(
    script: list[Move], cut: int
) -> None:
    async def check() -> None:
        stage = await play(script, cut)
        for phone in stage.phones:
            assert phone.items["lens"] == stage.log.seen(EVENT, phone.lens)
            assert phone.items["own"] == stage.log.seen(EVENT, f"own:{phone.member}")
        assert len(stage.room.hot()) == PHONES
        stage.room.close()

    asyncio.run(check())


def test_a_newcomer_gets_in_though_every_round_is_followed_by_another() -> None:
    async def check() -> None:
        stage = Stage(cut=100)
        stage.slow = 5
        stage.come(0)
        for n in range(50):
            stage.change(6)
            if n == 20:
                stage.come(1)
            await asyncio.sleep(0)
        assert len(stage.room.hot()) == 2
        stage.room.close()

    asyncio.run(check())


def test_nothing_is_kept_of_sockets_that_left() -> None:
    async def check() -> None:
        stage = await play([("come", n, 1) for n in range(PHONES)] + [("change", 1, 3)], 2)
        for n in range(PHONES):
            stage.go(n)
        stage.room.close()
        kept: list[Any] = [stage.room._groups, stage.room._near, stage.room._far, stage.room.subs]  # noqa: SLF001
        assert not any(kept)

    asyncio.run(check())
