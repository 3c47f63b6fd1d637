"""Something that a serving process looks at again and again, in a thread, for as long as it serves."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

log = logging.getLogger(__name__)


@asynccontextmanager
async def looking(
    look: Callable[[], object], seconds: float, trouble: str, *, at_once: bool = True
) -> AsyncIterator[None]:
    """Call `look` every so many seconds, first `at_once` or after the first of them. It ends behind the call at hand.

    `trouble` is what the log says where it fails; it goes on with the next.
    """
    over = asyncio.Event()
    task = asyncio.create_task(_look_until(over, look, seconds, trouble, at_once=at_once))
    yield
    over.set()
    await task


async def _look_until(
    over: asyncio.Event, look: Callable[[], object], seconds: float, trouble: str, *, at_once: bool
) -> None:
    if not at_once:
        await _rest(over, seconds)
    while not over.is_set():
        try:
            await asyncio.to_thread(look)
        except Exception:
            log.exception(trouble)
        await _rest(over, seconds)


async def _rest(over: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), seconds)
