"""Slow work of pages, out of the way of everybody's quick requests.

Starlette's threads serve sign-ins, look-ups and pages alike, so work that takes seconds has threads of its own. What
waits for one of those waits on the loop, and a person does one such thing at a time.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

Value = TypeVar("Value")

_USUAL_S, _SHORT_S = sys.getswitchinterval(), 0.001
_working: set[object] = set()
_guard = threading.Lock()


@contextmanager
def short_turns() -> Iterator[None]:
    """While this goes on, a thread that works keeps the interpreter no longer than 1 ms if another wants it.

    An op changes threads several times, and would wait Python's usual 5 ms each time. Always to do so would cost busy
    servers a twentieth.
    """
    work = object()
    with _guard:
        _working.add(work)
        sys.setswitchinterval(_SHORT_S)
    try:
        yield
    finally:
        with _guard:
            _working.discard(work)
            sys.setswitchinterval(_SHORT_S if _working else _USUAL_S)


class OvertakenError(Exception):
    """The same person asked for something newer before this had begun."""


class Turns:
    """At most `most` pieces of work at once, one for each person; of those that a person awaits only the newest."""

    def __init__(self, most: int) -> None:
        self._places = CapacityLimiter(most)
        self._lock = threading.Lock()
        self._turns: dict[str, list[Future[None]]] = {}

    async def run(self, who: str, work: Callable[[], Value]) -> Value:
        """Do the work in a thread when it is `who`'s turn; OvertakenError if they have asked anew by then."""
        turn = self._join(who)
        try:
            await asyncio.wrap_future(turn)
            return await to_thread.run_sync(_do, work, limiter=self._places)
        finally:
            self._leave(who, turn)

    def _join(self, who: str) -> Future[None]:
        turn: Future[None] = Future()
        with self._lock:
            turns = self._turns.setdefault(who, [])
            overtaken = turns[1:]
            turns[1:] = [turn] if turns else []
            if not turns:
                turns.append(turn)
                turn.set_result(None)
        for each in overtaken:
            if each.set_running_or_notify_cancel():
                each.set_exception(OvertakenError())
        return turn

    def _leave(self, who: str, turn: Future[None]) -> None:
        with self._lock:
            turns = self._turns.get(who, [])
            if turn not in turns:
                return
            is_first = turns[0] is turn
            turns.remove(turn)
            following = turns[0] if turns and is_first else None
            if not turns:
                del self._turns[who]
        if following and following.set_running_or_notify_cancel():
            following.set_result(None)


def _do(work: Callable[[], Value]) -> Value:
    with short_turns():
        return work()
