"""Phones: an outbox that sends each op until it is answered, and a socket that is followed from a cursor."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp

from tests.chaos.replica import Replica
from tests.chaos.scenario import ROWS, Act
from tests.support.show import Json

PATIENCE = aiohttp.ClientTimeout(total=1.0, sock_connect=0.5)
# So many at once: what is sent is longer than what a group takes in while others send too.
MOST_AT_ONCE = 12
OVER = {401, 404}


@dataclass
class Sent:
    """An op and what became of it. A generation is a life of the log: each restore begins another."""

    op: Json
    generation: int
    result: Json = field(default_factory=dict)
    answered: int = -1
    tries: int = 0


@dataclass
class Heard:
    """A message of a socket: when it came, over which connection, and which log and head that began with."""

    at: float
    connection: int
    epoch: str
    head: int
    text: str


@dataclass
class World:
    """What all clients of a run share: where they are sent, and how often the log has begun anew."""

    event: str
    http: aiohttp.ClientSession
    begun: float = field(default_factory=time.monotonic)
    generation: int = 0
    over: bool = False


class Client:
    """One member on one phone; `url` leads to a server or through a line. `parked` says why it gave up."""

    def __init__(self, world: World, name: str, token: str, url: str, clock_ms: int = 0) -> None:
        self.world, self.name, self.url = world, name, f"{url}/api/events/{world.event}"
        self.headers = {"Authorization": f"Bearer {token}"}
        self.clock = timedelta(milliseconds=clock_ms)
        self.chance = random.Random(name)  # noqa: S311 - spreads attempts
        self.replica = Replica()
        self.sent: dict[str, Sent] = {}
        self.heard: list[Heard] = []
        self.connection = 0
        self.offline = False
        self.parked = ""

    @property
    def waiting(self) -> list[Sent]:
        return [sent for sent in self.sent.values() if not sent.result]

    # What it does

    async def act(self, acts: list[Act]) -> None:
        """Do what is planned, each at its time."""
        for each in acts:
            await asyncio.sleep(self.world.begun + each.at - time.monotonic())
            if self.parked:
                return
            self.queue(*self._meant(each))

    def queue(self, op: str, args: Json, row: str = "") -> Sent:
        """Put an op into the outbox: made from the version that we hold of `row`, after our own that wait for it."""
        made: Json = {"id": f"{self.name}-{len(self.sent)}", "op": op, "args": args}
        made["at"] = (datetime.now(UTC) + self.clock).isoformat(timespec="milliseconds")
        if held := self.replica.held.get(("cue", row)):
            made["base_version"] = held["version"]
        if own := [sent.op["id"] for sent in self.waiting if sent.op["args"].get("id") == row]:
            made["after_op"] = own[-1]
        self.sent[made["id"]] = Sent(made, self.world.generation)
        return self.sent[made["id"]]

    def _meant(self, act: Act) -> tuple[str, Json, str]:
        """The op that an act is: name, arguments, and the row whose version it is made from.

        A text in double brackets names those who may read it, so that it is known wherever it turns up.
        """
        row, number = ROWS[act.number % len(ROWS)], len(self.sent)
        own, text = f"{self.name}-{act.number % 4}", f"{self.name} {number}"
        department = "light" if self.name in {"k0", "k2", "mei"} else "sound"
        never = {"op": "cue.edit", "args": {"id": row, "set": {"title": "[[never]]"}}}
        acts: dict[str, tuple[str, Json, str]] = {
            "edit": ("cue.edit", {"id": row, "set": {"title": text}}, row),
            "nudge": ("cue.nudge", {"id": "live", "seconds": 1}, ""),
            "add": ("cue.add", {"id": own, "track": "main", "title": text}, ""),
            "remove": ("cue.remove", {"id": own}, ""),
            "restore": ("cue.restore", {"id": own}, ""),
            "cell": ("cue.edit", {"id": row, "set": {"columns": {"inner": {"zh-TW": f"[[team]] {text}"}}}}, ""),
            "column": ("column.put", {"id": "light", "name": "燈光", "department": "light"}, ""),
            "comment": ("comment.add", {"id": text.replace(" ", "_"), "cue": row, "text": f"[[team]] {text}"}, ""),
            "refused": ("cue.batch", {"steps": [never, {"op": "cue.remove", "args": {"id": "nobody"}}]}, ""),
            "note": ("note.put", {"cue": row, "department": department, "text": f"[[dept:{department}]] {text}"}, ""),
            "ready": ("cue.ready", {"id": row}, ""),
            "unmark": ("cue.unmark", {"id": row}, ""),
        }  # fmt: skip
        acts["column"][1]["shown_to"] = ("all", "team")[act.number % 2]
        return acts[act.kind]

    # The outbox

    async def drain(self) -> None:
        """Send what waits, first in first out, until the run is over."""
        while not (self.world.over or self.parked):
            batch = self.waiting[:MOST_AT_ONCE]
            if not batch or self.offline or not await self._send(batch):
                await asyncio.sleep(self.chance.uniform(0.01, 0.05))

    async def _send(self, batch: list[Sent]) -> bool:
        generation = self.world.generation
        try:
            results = await self.post([sent.op for sent in batch])
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            results = []
        # An answer out of a log that has been replaced meanwhile is none: its line was cut.
        if generation != self.world.generation or not results:
            for sent in batch:
                sent.tries += 1
            return False
        for sent, result in zip(batch, results, strict=True):
            sent.tries += 1
            if result["status"] != "retry":
                sent.result, sent.answered = result, generation
        return all(result["status"] != "retry" for result in results)

    async def post(self, ops: list[Json]) -> list[Json]:
        """Send ops once; their results, none if the server could not take them now."""
        body = json.dumps({"ops": ops})
        sending = self.world.http.post(f"{self.url}/ops", data=body, headers=self.headers, timeout=PATIENCE)
        async with sending as answer:
            if answer.status in OVER:
                self.parked = f"{answer.status} to ops"
            results: list[Json] = (await answer.json())["results"] if answer.status == 200 else []
            return results

    async def get(self, path: str) -> Json:
        """What a path answers; empty if nothing."""
        asking = self.world.http.get(f"{self.url}/{path}", headers=self.headers)
        async with asking as answer:
            found: Json = await answer.json() if answer.status == 200 else {}
            return found

    # The socket

    async def follow(self) -> None:
        """Keep a socket open, from the cursors on, until the run is over or nobody lets us in any more."""
        while not (self.world.over or self.parked):
            if not self.offline:
                with suppress(aiohttp.ClientError, OSError, TimeoutError, ValueError):
                    await self._listen()
            await asyncio.sleep(self.chance.uniform(0.02, 0.1))

    async def _listen(self) -> None:
        asked = {"format": "json", "epoch": self.replica.epoch}
        asked |= {
            "since": str(self.replica.cursors["lens"]),
            "own": str(self.replica.cursors["own"]),
        }
        self.connection += 1
        opening = self.world.http.ws_connect(
            f"{self.url}/live",
            params=asked,
            headers=self.headers,
            timeout=aiohttp.ClientWSTimeout(ws_close=0.2),
        )
        try:
            async with asyncio.timeout(1.5):
                socket = await opening
        except aiohttp.WSServerHandshakeError:
            await self._look_whether_we_are_in()
            return
        try:
            if not await self._hear(socket):
                self.replica.wipe()
        finally:
            # Not a farewell, for which a line that hangs would keep us.
            socket._response.close()  # noqa: SLF001 - aiohttp ends a socket only by a handshake
        if socket.close_code == 4401:
            self.replica.wipe()
            await self._look_whether_we_are_in()

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> bool:
        epoch, head = "", 0
        while not (self.world.over or self.offline):
            # The server says something at least every quarter of a second.
            message = await socket.receive(timeout=1.0)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return True
            told = json.loads(message.data)
            if told["type"] == "hello":
                epoch, head = told["epoch"], told["head"]
            self.heard.append(Heard(time.monotonic(), self.connection, epoch, head, message.data))
            if not self.replica.take(told):
                return False
        return True

    async def _look_whether_we_are_in(self) -> None:
        asking = self.world.http.get(f"{self.url}/state?kinds=me", headers=self.headers)
        async with asking as answer:
            if answer.status in OVER:
                self.parked = f"{answer.status} to state"


async def until(is_so: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Wait until something is so; whether it came to be in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = is_so()
        if found if isinstance(found, bool) else await found:
            return True
        await asyncio.sleep(0.02)
    return False
