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
# A crowd is at the door when more than a few wait. Those who stand behind them are soon here: two threads that work at
# once wait for each other, so that many small answers cost a third more than few large ones.
FEW, SOON = 3, 0.007


class Gathering(Generic[Question, Answer]):
    """`work` answers questions in their order, in a thread. Whoever asks alone is answered at once."""

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
            if FEW < len(self._waiting) < MOST:
                await asyncio.sleep(SOON)
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
