"""One run: servers, lines and clients by the plan of a seed, and what the checker says of it."""

import asyncio
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import aiohttp

from server.core.clock import Clock
from tests.browser.stable import Ready, Stable
from tests.chaos.checker import History, faults
from tests.chaos.clients import Client, World, until
from tests.chaos.nemesis import Nemesis
from tests.chaos.replica import Replica
from tests.chaos.scenario import CLIENTS, DIRECT, EDITORS, LINES, ROWS, Plan, plan
from tests.support.databases import PostgresDatabases, SqliteDatabases
from tests.support.postgres import PostgresServer
from tests.support.proxy import Proxy
from tests.support.show import Json, opened

EVENT = "riverside-1"
# How long all may take to be level with each other once nothing goes wrong any more.
REST_SECONDS = 15
AGAIN = 5


@dataclass
class Outcome:
    """What came of a run."""

    plan: Plan
    faults: list[str]
    done: Counter[str]
    seconds: float


# Whose databases hold which tokens.
_tokens: dict[SqliteDatabases | PostgresDatabases, dict[str, str]] = {}


def fill(tokens: dict[str, str], url: str) -> None:
    """An event with a live item, rows that all edit, and a column for the team alone; and everybody's token."""
    with opened(url, Clock()) as house:
        show = house.show()
        assert show.event == EVENT
        for number, name in enumerate(EDITORS):
            department = ("light", "sound")[number % 2]
            roles = ["coordinator", "caller"]
            show.do(
                "hui", "member.add", id=name, name=name, roles=roles, tracks=["main"], department=department
            )
        for name in ("live", *ROWS):
            show.add(name, duration_s=600)
        show.do("hui", "column.put", id="inner", name="內部", shown_to="team")
        for name in ROWS:
            show.do("rui", "cue.edit", id=name, set={"columns": {"light": {"zh-TW": f"燈 {name}"}}})
        show.do("wei", "cue.go", id="live", current=None)
        tokens |= {name: show.token(name) for name in ("hui", *CLIENTS)}


@dataclass
class Ground:
    """Where runs take place one after the other: a stable, and the databases of one kind."""

    folder: Path
    backend: str
    databases: SqliteDatabases | PostgresDatabases
    stable: Stable
    mutant: str = ""
    numbers: "count[int]" = field(default_factory=count)

    def run(self, seed: int) -> Outcome:
        """Carry out the run of a seed."""
        begun, planned = time.monotonic(), plan(seed, self.backend)
        site = Site(self, planned)
        try:
            found = asyncio.run(site.run())
        finally:
            site.close()
        done = Counter(fault.kind.split()[0] for fault in planned.faults)
        return Outcome(planned, found, done, time.monotonic() - begun)


class Site:
    """The servers, lines and clients of one run."""

    def __init__(self, ground: Ground, planned: Plan) -> None:
        self.plan, self.stable, self.databases = planned, ground.stable, ground.databases
        self.postgres: PostgresServer | None = getattr(ground.databases, "server", None)
        self.folder = ground.folder / f"run-{next(ground.numbers)}"
        self.tokens = _tokens.setdefault(ground.databases, {})
        self.database_url = ground.databases.filled("chaos", partial(fill, self.tokens))
        # Several processes on one PostgreSQL, without a bus: they find out by looking.
        self.servers = [self._serve(number, ground.mutant) for number in range(2 if self.postgres else 1)]
        self.lines = [Proxy(self._near(number)) for number in range(LINES)]
        self.lag = 0.0

    def _serve(self, number: int, mutant: str) -> Ready:
        folder = self.folder / f"server-{number}"
        folder.mkdir(parents=True)
        pace = {"poll_seconds": "0.25", "ping_seconds": "0.25", "log_level": "WARNING", "mutant": mutant}
        return Ready(self.stable, folder, self.database_url, **pace)

    def _near(self, number: int) -> int:
        return self.servers[number % len(self.servers)].port

    def close(self) -> None:
        for line in self.lines:
            line.close()
        for server in self.servers:
            server.kill()
        self.databases.forget(self.database_url)
        shutil.rmtree(self.folder, ignore_errors=True)

    async def run(self) -> list[str]:
        """Let it all happen; what is wrong."""
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as http:
            self.world = World(EVENT, http)
            self.hui = self._client("hui", self.servers[0].url)
            self.clients = {
                name: self._client(name, self._address(number, name)) for number, name in enumerate(CLIENTS)
            }
            nemesis = Nemesis(self)
            async with asyncio.TaskGroup() as group:
                for client in self.clients.values():
                    group.create_task(client.drain())
                    group.create_task(client.follow())
                # Nobody edits what they don't have before them.
                await until(
                    lambda: all(client.replica.held for client in self.clients.values()), REST_SECONDS
                )
                self.world.begun = time.monotonic()
                for client in self.clients.values():
                    group.create_task(self._offline(client))
                watching = group.create_task(self._watch_the_clock())
                acting = [
                    group.create_task(self.clients[name].act(acts)) for name, acts in self.plan.acts.items()
                ]
                await nemesis.carry_out(self.plan.faults)
                await asyncio.gather(*acting)
                is_level = await until(self._all_level, REST_SECONDS)
                self.world.over = True
                watching.cancel()
            found = faults(await self._history(nemesis))
            return found if is_level else [f"not level after {REST_SECONDS} s", *found]

    def _client(self, name: str, url: str) -> Client:
        return Client(self.world, name, self.tokens[name], url, self.plan.clock_ms.get(name, 0))

    def _address(self, number: int, name: str) -> str:
        if name in DIRECT:
            return f"http://127.0.0.1:{self._near(number)}"
        return self.lines[number % LINES].url

    async def _offline(self, client: Client) -> None:
        for begun, end in self.plan.offline.get(client.name, ()):
            await asyncio.sleep(begun)
            client.offline = True
            await asyncio.sleep(end - begun)
            client.offline = False

    async def _watch_the_clock(self) -> None:
        """How late we ourselves are: then so may be what we measure."""
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.02)
            self.lag = max(self.lag, time.monotonic() - begun - 0.02)

    async def _all_level(self) -> bool:
        """Whether nothing waits to be sent, and everybody is at the head of the log."""
        there = [client for client in self.clients.values() if not client.parked]
        if any(client.waiting or client.offline for client in there):
            return False
        head = (await self.hui.get("state?kinds=track"))["head"]
        return all(min(client.replica.cursors.values()) >= head for client in there)

    # Afterwards

    async def _history(self, nemesis: Nemesis) -> History:
        there = [client for client in self.clients.values() if not client.parked]
        direct = {client.name: self._client(client.name, self.servers[0].url) for client in there}
        fresh = await asyncio.gather(*(self._fresh(client.name) for client in there))
        log: dict[int, Json] = {}
        for each in (self.hui, *direct.values()):
            log |= {change["seq"]: change for change in await _log(each)}
        history = History(
            clients=self.clients,
            fresh={client.name: replica for client, replica in zip(there, fresh, strict=True)},
            states={name: await each.get("state") for name, each in direct.items()},
            log=[log[seq] for seq in sorted(log)],
            rights=nemesis.rights,
            backup=nemesis.backup,
            restored=nemesis.restored,
            standstills=nemesis.standstills,
            lag=self.lag,
        )
        for client in there:
            if ops := [sent.op for sent in client.sent.values() if history.stands(sent)][-AGAIN:]:
                history.again |= {result["id"]: result for result in await direct[client.name].post(ops)}
        return history

    async def _fresh(self, name: str) -> Replica:
        """What somebody holds who comes now, on another server than most."""
        client = Client(World(EVENT, self.world.http), name, self.tokens[name], self.servers[-1].url)
        head = self.clients[name].replica.cursors["lens"]
        following = asyncio.create_task(client.follow())
        await until(lambda: min(client.replica.cursors.values()) >= head, REST_SECONDS)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        return client.replica


async def _log(client: Client) -> list[Json]:
    """The log as one member may read it."""
    log: list[Json] = []
    last, head = 0, 1
    while last < head:
        page = await client.get(f"changes?since={last}")
        log += page["changes"]
        last, head = page["last"], page["head"]
    return log
