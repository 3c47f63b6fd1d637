"""Questions of many at once: each gets its own answer, whatever became of the others."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from server.core.gathering import MOST, Gathering
from tests.support.live import until


async def test_whoever_asks_while_others_are_answered_is_answered_with_the_rest() -> None:
    batches: list[list[int]] = []
    go = threading.Event()

    def double(questions: Sequence[int]) -> list[int]:
        batches.append(list(questions))
        go.wait(5)
        return [2 * question for question in questions]

    doors = Gathering(double)
    first = asyncio.create_task(doors.ask(0))
    await until(lambda: bool(batches))
    rest = [asyncio.create_task(doors.ask(number)) for number in range(1, MOST + 11)]
    await asyncio.sleep(0)
    rest[4].cancel()  # a phone that is gone again
    go.set()
    assert await first == 0
    answers = await asyncio.gather(*rest, return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, int)] == [
        2 * n for n in range(1, MOST + 11) if n != 5
    ]
    assert [len(batch) for batch in batches] == [1, MOST, 10]


async def test_a_crowd_waits_a_moment_for_those_who_stand_behind_it() -> None:
    batches: list[list[int]] = []

    def count(questions: Sequence[int]) -> Sequence[int]:
        batches.append(list(questions))
        return questions

    doors = Gathering(count)
    alone = await doors.ask(0)
    crowd = [asyncio.create_task(doors.ask(number)) for number in range(1, 11)]
    await asyncio.sleep(0)
    behind = [asyncio.create_task(doors.ask(number)) for number in range(11, 21)]
    assert await asyncio.gather(*crowd, *behind) == list(range(1, 21))
    assert (alone, [len(batch) for batch in batches]) == (0, [1, 20])


async def test_a_stream_that_never_ends_holds_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.core.gathering.MOST", 10**9)
    begun = asyncio.Event()

    def count(questions: Sequence[int]) -> Sequence[int]:
        loop.call_soon_threadsafe(begun.set)
        return questions

    async def stream() -> None:
        for number in range(1, 100_000):
            if begun.is_set():
                break
            asked.append(asyncio.create_task(doors.ask(number)))
            await asyncio.sleep(0)

    loop, doors = asyncio.get_running_loop(), Gathering(count)
    asked = [asyncio.create_task(doors.ask(0))]
    await stream()
    assert len(asked) < 100_000
    assert await asyncio.gather(*asked) == list(range(len(asked)))


async def test_what_goes_wrong_is_told_those_whom_it_concerns_and_the_next_are_answered() -> None:
    def half(questions: Sequence[int]) -> list[float]:
        return [6 / question for question in questions]

    doors = Gathering(half)
    with pytest.raises(ZeroDivisionError):
        await asyncio.gather(doors.ask(0), doors.ask(3))
    assert await doors.ask(3) == 2
