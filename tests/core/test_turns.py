"""Slow work of pages: one piece for each person, the newest, in threads of its own."""

import asyncio
import sys
import threading
from collections.abc import Callable
from functools import partial

import pytest
from anyio.to_thread import current_default_thread_limiter
from starlette.concurrency import run_in_threadpool

from server.core.turns import OvertakenError, Turns, short_turns

SECONDS = 5.0


class Work:
    """Work that goes on until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def do(self, name: str) -> str:
        self.begun.set()
        assert self.go.wait(SECONDS)
        return name

    async def is_begun(self) -> bool:
        return await asyncio.to_thread(self.begun.wait, SECONDS)


async def test_of_what_one_person_awaits_only_the_newest_is_done() -> None:
    turns, first, done = Turns(2), Work(), list[str]()

    def second(name: str) -> None:
        done.append(name)

    running = asyncio.create_task(turns.run("rui", partial(first.do, "first")))
    assert await first.is_begun()
    older = asyncio.create_task(turns.run("rui", partial(second, "older")))
    await asyncio.sleep(0)
    newer = asyncio.create_task(turns.run("rui", partial(second, "newer")))
    with pytest.raises(OvertakenError):
        await older
    assert done == []  # one at a time
    first.go.set()
    assert await running == "first"
    await newer
    assert done == ["newer"]
    assert await turns.run("rui", lambda: "again") == "again"


async def test_people_do_not_wait_for_each_other_until_all_places_are_taken() -> None:
    turns, works = Turns(2), [Work() for _ in range(3)]
    tasks = [asyncio.create_task(turns.run(str(n), partial(work.do, str(n)))) for n, work in enumerate(works)]
    assert await works[0].is_begun()
    assert await works[1].is_begun()
    assert not works[2].begun.is_set()
    for work in works:
        work.go.set()
    assert await asyncio.gather(*tasks) == ["0", "1", "2"]


async def test_what_waits_takes_no_thread_from_anybody() -> None:
    turns, work, quick = Turns(1), Work(), list[object]()
    waiting = current_default_thread_limiter().total_tokens * 2
    tasks = [asyncio.create_task(turns.run(str(n), partial(work.do, ""))) for n in range(int(waiting))]
    assert await work.is_begun()
    quick.append(await asyncio.wait_for(run_in_threadpool(lambda: "signed in"), SECONDS))
    work.go.set()
    await asyncio.gather(*tasks)
    assert quick == ["signed in"]


@pytest.mark.parametrize("fails", [True, False])
async def test_who_gives_up_or_fails_leaves_their_turn_to_the_next(fails: bool) -> None:  # noqa: FBT001 - a case
    turns, work = Turns(1), Work()

    def act() -> None:
        work.begun.set()
        assert work.go.wait(SECONDS)
        if fails:
            raise ValueError

    running = asyncio.create_task(turns.run("rui", act))
    assert await work.is_begun()
    given_up = asyncio.create_task(turns.run("rui", lambda: "never"))
    await asyncio.sleep(0)
    given_up.cancel()
    work.go.set()
    result = (await asyncio.gather(running, given_up, return_exceptions=True))[0]
    assert isinstance(result, ValueError) == fails
    answer: Callable[[], str] = lambda: "next"  # noqa: E731 - as short as it can be
    assert await turns.run("rui", answer) == "next"


async def test_threads_take_short_turns_as_long_as_anybody_works() -> None:
    usual = sys.getswitchinterval()
    assert await Turns(1).run("rui", sys.getswitchinterval) == pytest.approx(0.001)
    with short_turns():
        await Turns(1).run("wei", lambda: None)
        assert sys.getswitchinterval() == pytest.approx(0.001)
    assert sys.getswitchinterval() == usual
