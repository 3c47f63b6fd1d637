"""Hints between processes over Valkey or Redis: which event has a new head, which session has ended.

Every hint is best effort. Losing all of them costs latency only: each process polls the heads of its events.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.core import strict_json

log = logging.getLogger(__name__)

CHANNEL = "fieldcue"
RETRY_SECONDS = 2.0
MOST_WAITING = 1000


class Bus:
    """Use it as `async with Bus(url, heard) as bus`; `heard` gets each hint of another process, on the loop."""

    def __init__(self, url: str, heard: Callable[[dict[str, Any]], None]) -> None:
        self._redis: Redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=None)
        self._heard = heard
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._tasks = [asyncio.create_task(self._forever(work)) for work in (self._speak, self._listen)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(RedisError):
            await self._redis.aclose()

    def tell(self, **hint: object) -> None:
        """Tell the other processes, and this one. From any thread; dropped when too many wait."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._queue, strict_json.dumps(hint))

    def _queue(self, hint: bytes) -> None:
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait(hint)

    async def _speak(self) -> None:
        while True:
            hint = await self._waiting.get()
            await self._redis.publish(CHANNEL, hint)

    async def _listen(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as heard:
            await heard.subscribe(CHANNEL)
            async for message in heard.listen():
                self._take(message["data"])

    def _take(self, data: bytes) -> None:
        """A hint that can't be understood, as from another version, is passed over."""
        try:
            self._heard(strict_json.loads(data))
        except Exception:
            log.exception("a hint could not be understood")

    async def _forever(self, work: Callable[[], Any]) -> None:
        while True:
            try:
                await work()
            except (RedisError, OSError) as error:
                log.warning("the bus is away: %s", error)
            await asyncio.sleep(RETRY_SECONDS)


@contextmanager
def bus_in_thread(url: str) -> Iterator[Bus]:
    """A bus that only tells, for a process without a loop of its own."""
    loop = asyncio.new_event_loop()
    bus = Bus(url, lambda _hint: None)
    thread = threading.Thread(target=loop.run_forever, name="bus", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(bus.__aenter__(), loop).result()
    try:
        yield bus
    finally:
        asyncio.run_coroutine_threadsafe(bus.__aexit__(), loop).result(RETRY_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
