"""A TCP proxy that treats its connections as a venue's radio does: cuts, hangs, delays."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Proxy:
    """Forwards 127.0.0.1:`port` to `target`; every method may be called from the test's thread.

    `cut` ends all connections with a reset and, with `refuse`, takes no new ones; `hang` keeps them open and
    says nothing, in both directions; `mute` lets requests through and no answers, `deafen` answers and no requests;
    `delay` holds every byte back for some seconds; `snap` ends each connection in the middle of its next answer;
    `heal` undoes all of it.
    """

    def __init__(self, target: int, *, port: int = 0) -> None:
        self.target = target
        self.delay_s = 0.0
        self.refusing = self.snapping = False
        self.writers: set[asyncio.StreamWriter] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="proxy", daemon=True)
        self.thread.start()
        self.flowing, self.asking, self.answering = (self._on_loop(_open_gate()) for _ in range(3))
        self.server = self._on_loop(asyncio.start_server(self._serve, "127.0.0.1", port))
        self.port: int = self.server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """How many clients are connected at this moment."""
        return len(self.writers) // 2

    def cut(self, *, refuse: bool = False) -> None:
        self.refusing = refuse
        self._on_loop(self._abort())

    def hang(self) -> None:
        self.loop.call_soon_threadsafe(self.flowing.clear)

    def mute(self) -> None:
        self.loop.call_soon_threadsafe(self.answering.clear)

    def deafen(self) -> None:
        self.loop.call_soon_threadsafe(self.asking.clear)

    def snap(self) -> None:
        self.snapping = True

    def delay(self, seconds: float) -> None:
        self.delay_s = seconds

    def heal(self) -> None:
        self.refusing, self.snapping, self.delay_s = False, False, 0.0
        for gate in (self.flowing, self.asking, self.answering):
            self.loop.call_soon_threadsafe(gate.set)

    def close(self) -> None:
        self._on_loop(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()

    def _on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except (OSError, asyncio.CancelledError):
            reset(writer)
            return
        self.writers |= {writer, far_writer}
        ways = ((reader, far_writer, self.asking), (far_reader, writer, self.answering))
        for source, sink, gate in ways:
            task = asyncio.create_task(self._pump(source, sink, gate))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: asyncio.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await asyncio.sleep(self.delay_s)
                await self.flowing.wait()
                await gate.wait()
                is_torn = self.snapping and gate is self.answering
                sink.write(data[: len(data) // 2] if is_torn else data)
                await sink.drain()
                if is_torn:
                    break
        sink.close()
        self.writers.discard(sink)

    async def _abort(self) -> None:
        for writer in self.writers:
            reset(writer)
        self.writers.clear()

    async def _end(self) -> None:
        self.server.close()
        await self._abort()
        # Also who is just being let in; what is left open would be told of in some later test.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0)  # in which the sockets are closed


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a dead line does."""
    # One whose other end went away first has no socket any more, and nobody to be told.
    with contextlib.suppress(OSError):
        # Without lingering, closing sends a reset and no farewell (socket(7), SO_LINGER).
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
    writer.transport.abort()


async def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate
