"""Questions that many ask at once, answered together by one thread: a thousand phones that come back ask as one.

Each alone would take a thread and a snapshot of the database, and threads that take turns wait for each other.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

Question = TypeVar("Question")
Answer = TypeVar("Answer")
MOST = 100
# A crowd is let in together, once nobody more has come in a turn of the loop, or after so many seconds: two threads
# that work at once wait for each other, so that many small answers cost half as much again as few large ones.
SOON = 0.01


class Gathering(Generic[Question, Answer]):
    """`work` answers questions in their order, in a thread. Whoever asks alone waits for one turn of the loop."""

    def __init__(self, work: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._work = work
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._answering: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """The answer; what `work` raises, all those are told whose questions it had."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._answering is None:
            self._answering = asyncio.create_task(self._answer())
        return await answer

    async def _answer(self) -> None:
        while self._waiting:
            await self._gather()
            asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                answers = await run_in_threadpool(self._work, [question for question, _ in asked])
            except Exception as error:  # noqa: BLE001 - whatever it was, nobody waits for ever
                for _, answer in asked:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), found in zip(asked, answers, strict=True):
                if not answer.done():  # who asked may be gone
                    answer.set_result(found)
        self._answering = None

    async def _gather(self) -> None:
        """Wait as long as more come."""
        loop, before = asyncio.get_running_loop(), 0
        until = loop.time() + SOON
        while before < len(self._waiting) < MOST and loop.time() < until:
            before = len(self._waiting)
            await asyncio.sleep(0)
