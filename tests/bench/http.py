"""A client that costs next to nothing: HTTP/1.1 over one connection that stays open, bytes in, bytes out."""

import asyncio
import json
from typing import Any

from tests.support.show import Json


class Client:
    """One connection, one request at a time. Requests are built by hand: any library costs more than it sends."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self._head = port, f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"

    async def connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)

    def close(self) -> None:
        self._writer.close()

    def request(self, path: str, ops: list[Json]) -> bytes:
        """A POST of ops, ready to be sent."""
        body = json.dumps({"ops": ops}, ensure_ascii=False).encode()
        lines = f"POST {path} HTTP/1.1\r\n{self._head}Content-Type: application/json\r\n"
        return f"{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def get(self, path: str) -> bytes:
        """A GET, ready to be sent."""
        return f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode()

    async def exchange(self, request: bytes) -> bytes:
        """Send a request; the body of the answer. AssertionError unless it is 200."""
        self.send(request)
        return await self.answer()

    def send(self, request: bytes) -> None:
        """Send a request whose answer is read later, by `answer`."""
        self._writer.write(request)

    async def answer(self) -> bytes:
        """The body of the answer to what was sent. AssertionError unless it is 200."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        return await self._reader.readexactly(_length(head))

    async def post(self, path: str, ops: list[Json]) -> Any:  # noqa: ANN401 - the answer's JSON
        return json.loads(await self.exchange(self.request(path, ops)))


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
