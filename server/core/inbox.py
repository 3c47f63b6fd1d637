"""What a socket's endpoint has still to receive."""

import asyncio
from typing import Any


class Inbox:
    """ASGI's WebSocket events in their order, the connect first.

    Most endpoints hand their wire over before anything comes, so nothing is made for that until it does.
    """

    __slots__ = ("_is_closed", "_is_connected", "_queue")

    def __init__(self) -> None:
        self._queue: asyncio.Queue[dict[str, Any]] | None = None
        self._is_connected = self._is_closed = False

    @property
    def is_empty(self) -> bool:
        return self._queue is None or self._queue.empty()

    async def receive(self) -> dict[str, Any]:
        if not self._is_connected:
            self._is_connected = True
            return {"type": "websocket.connect"}
        return await self._made().get()

    def put(self, message: dict[str, Any]) -> None:
        if not self._is_closed:
            self._made().put_nowait(message)

    def close(self) -> list[dict[str, Any]]:
        """What nobody has received; from now on nothing is kept."""
        self._is_closed = True
        queue, self._queue = self._queue, None
        return [queue.get_nowait() for _ in range(queue.qsize())] if queue else []

    def _made(self) -> asyncio.Queue[dict[str, Any]]:
        self._queue = self._queue or asyncio.Queue()
        return self._queue
