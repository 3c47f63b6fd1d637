"""The whole program served on a port, and clients that speak HTTP and WebSocket to it."""

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.core.clock import Clock
from server.core.ids import new_id
from tests.support.databases import Databases
from tests.support.live import serving
from tests.support.show import House, Json, Show


@dataclass
class Reply:
    """An HTTP answer; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever was answered
        return json.loads(self.body)


class Served:
    """A show that is served: its members by their tokens."""

    def __init__(self, show: Show, port: int) -> None:
        self.show, self.port = show, port
        self._tokens: dict[tuple[str, str], str] = {}

    def token(self, member: str, event: str = "") -> str:
        key = member, event
        if key not in self._tokens:
            self._tokens[key] = self.show.token(member, event)
        return self._tokens[key]

    def ask(
        self, member: str | None, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> Reply:
        """One request as a member (None: as nobody); `{event}` in the path is the show's."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if member:
            sent["Authorization"] = f"Bearer {self.token(member)}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path.replace("{event}", self.show.event), body, sent)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status, headers, answer.read())
        finally:
            connection.close()

    def get(self, member: str, path: str) -> Any:  # noqa: ANN401 - the answer's JSON
        reply = self.ask(member, "GET", f"/api/events/{{event}}/{path}")
        assert reply.status == 200, reply
        return reply.json

    def send(self, member: str, *ops: Json, **headers: str) -> Json:
        """POST ops, ids given where there are none; the whole answer."""
        body = json.dumps({"ops": [{"id": new_id()} | op for op in ops]}).encode()
        reply = self.ask(member, "POST", "/api/events/{event}/ops", body, **headers)
        assert reply.status == 200, reply
        answer: Json = reply.json
        return answer

    def do(self, member: str, op: str, **args: Any) -> Json:  # noqa: ANN401 - whatever the op takes
        [result] = self.send(member, {"op": op, "args": args})["results"]
        assert result["status"] == "applied", result
        found: Json = result
        return found

    @asynccontextmanager
    async def live(self, member: str | None, query: str = "", **headers: str) -> AsyncIterator["Socket"]:
        """A member's socket, as JSON unless something else is asked for."""
        sent = {"Authorization": f"Bearer {self.token(member)}"} if member else {}
        url = f"ws://127.0.0.1:{self.port}/api/events/{self.show.event}/live?format=json&{query}"
        async with connect(url, additional_headers=sent | headers, compression=None) as connection:
            yield Socket(connection)


class Socket:
    """A live socket and what has come over it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.messages: list[Json] = []

    async def next(self, kind: str, seconds: float = 10) -> Json:
        """The next message of a kind; those before it are kept in `messages`."""
        async with asyncio.timeout(seconds):
            while True:
                message = json.loads(await self.connection.recv())
                self.messages.append(message)
                if message["type"] == kind:
                    found: Json = message
                    return found

    async def say(self, **message: Any) -> None:  # noqa: ANN401 - a JSON document
        await self.connection.send(json.dumps(message))

    async def closed(self, seconds: float = 10) -> int:
        """Read to the end; the code of the close."""
        async with asyncio.timeout(seconds):
            try:
                while True:
                    self.messages.append(json.loads(await self.connection.recv()))
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 1006

    def items(self) -> list[Json]:
        """The items of all frames so far."""
        return [item for message in self.messages if message["type"] == "frame" for item in message["items"]]


@pytest.fixture(scope="session")
def ports(request: pytest.FixtureRequest) -> Iterator[Callable[[str], tuple[House, int]]]:
    """`ports(backend)`: the program on the real clock, served for all tests of a session."""
    with ExitStack() as stack:

        @cache
        def serve(backend: str) -> tuple[House, int]:
            databases: Databases = request.getfixturevalue(f"{backend}_databases")
            house = House(databases.migrated(), Clock())
            return house, stack.enter_context(serving(house.app))

        yield serve


@pytest.fixture
def served(backend: str, ports: Callable[[str], tuple[House, int]]) -> Served:
    """A new event with its cast, served; on both backends."""
    house, port = ports(backend)
    return Served(house.show(), port)


@pytest.fixture
def sqlite_served(ports: Callable[[str], tuple[House, int]]) -> Served:
    """As `served`, on SQLite only."""
    house, port = ports("sqlite")
    return Served(house.show(), port)
