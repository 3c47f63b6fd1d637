"""Durable ops over HTTP: 64 clients, SQLite with synchronous=FULL and PostgreSQL, beside a bare fdatasync loop.

Each client has one connection that stays open and sends its next request when it has its answer. What is told of each
size is the median of some looks, since a machine of two cores that others share may lose a third of its speed for
seconds; the worst look stands beside it.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import uvloop

from tests.bench.http import Client
from tests.bench.stage import DISK, head, percentile, promise, report, served, syncs_per_second
from tests.support.databases import PostgresDatabases
from tests.support.postgres import PostgresServer
from tests.support.show import Json, Show

CLIENTS, ROWS, SECONDS, LOOKS = 64, 500, 4.0, 5
BATCH = 20
HEAD = "what | ops/s, median | worst | goal | p50 ms | p95 ms | fdatasync/s beside it | ops for each"


@dataclass(frozen=True)
class Backend:
    """Where it is kept, and how many ops a second there have to be of each size of request; 0: it is told."""

    name: str
    folder: str
    goals: dict[int, int]


SQLITE = Backend("SQLite FULL", DISK, {1: 800, BATCH: 2000})
POSTGRESQL = Backend("PostgreSQL", "/var/tmp", {1: 0, BATCH: 1000})  # noqa: S108 - a folder below it is made anew


def prepare(show: Show) -> dict[str, str]:
    """A coordinator for each client, and rows to edit; their tokens."""
    names = [f"m{number}" for number in range(CLIENTS)]
    show.all("hui", *(("member.add", {"id": name, "name": name, "roles": ["coordinator"]}) for name in names))
    for first in range(0, ROWS, 100):
        show.all("rui", *(("cue.add", row(number)) for number in range(first, first + 100)))
    return {name: show.token(name) for name in names}


def row(number: int) -> Json:
    return {"id": f"c{number}", "track": "main", "title": f"節目 {number}", "number": f"{number}"}


@dataclass
class Load:
    """Requests of `size` ops from every client for some seconds."""

    path: str
    size: int
    look: int
    done: int = 0
    waits: list[float] = field(default_factory=list)

    async def run(self, clients: list[Client]) -> float:
        """Ops a second."""
        begin = time.perf_counter()
        await asyncio.gather(*(self._send(client, number) for number, client in enumerate(clients)))
        return self.done / (time.perf_counter() - begin)

    async def _send(self, client: Client, number: int) -> None:
        end, turn = time.perf_counter() + SECONDS, 0
        while (begin := time.perf_counter()) < end:
            ops = [self._op(number, turn, place) for place in range(self.size)]
            answer = await client.exchange(client.request(self.path, ops))
            assert answer.count(b'"applied"') == self.size, answer[:400]
            self.waits.append(time.perf_counter() - begin)
            self.done += self.size
            turn += 1

    def _op(self, number: int, turn: int, place: int) -> Json:
        cue = f"c{(number * 7 + turn * 13 + place) % ROWS}"
        values = {"note": f"{number} 號改第 {self.look}.{turn} 次", "duration_s": 60 + turn % 600}
        return {
            "id": f"{self.size}.{self.look}.{number}.{turn}.{place}",
            "op": "cue.edit",
            "args": {"id": cue, "set": values},
        }


@dataclass
class Looks:
    """What was seen of one size of request, in several looks."""

    rates: list[float] = field(default_factory=list)
    syncs: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    async def take(self, clients: list[Client], load: Load, folder: str) -> None:
        self.syncs.append(syncs_per_second(folder))
        self.rates.append(await load.run(clients))
        self.waits += load.waits


async def measure(port: int, event: str, tokens: dict[str, str], backend: Backend) -> bool:
    clients = [Client(port, token) for token in tokens.values()]
    for client in clients:
        await client.connect()
    seen = {size: Looks() for size in backend.goals}
    for look in range(LOOKS):
        for size, looks in seen.items():
            await looks.take(clients, Load(f"/api/events/{event}/ops", size, look), backend.folder)
    for client in clients:
        client.close()
    kept = [say(backend, size, looks) for size, looks in seen.items()]
    return all(kept)


def say(backend: Backend, size: int, looks: Looks) -> bool:
    """A line of the table; whether its goal was kept."""
    goal, rate, syncs = backend.goals[size], median(looks.rates), median(looks.syncs)
    what = f"{backend.name}, {'one op' if size == 1 else f'{size} ops'} a request"
    p50, p95 = (percentile(looks.waits, part) * 1000 for part in (0.5, 0.95))
    aim = f"≥ {goal:,}" if goal else "–"
    report(
        f"{what} | {rate:,.0f} | {min(looks.rates):,.0f} | {aim}{' **broken**' if rate < goal else ''}"
        f" | {p50:.0f} | {p95:.0f} | {syncs:,.0f} | {rate / syncs:.2f}"
    )
    if not goal:
        return True
    told = f"{rate:,.0f}/s (worst of {LOOKS} looks {min(looks.rates):,.0f})"
    return promise(f"durable ops over HTTP, one event: {what}", f"{aim}/s", told, rate >= goal)


def on_sqlite() -> bool:
    with served(prepare) as (server, event, tokens):
        return uvloop.run(measure(server.port, event, tokens, SQLITE))


def on_postgresql() -> bool:
    """With every commit synced. Not in the checkout: as root its server is another user, who may not come there."""
    postgres = PostgresServer(Path(POSTGRESQL.folder))
    try:
        with served(prepare, PostgresDatabases(postgres)) as (server, event, tokens):
            return uvloop.run(measure(server.port, event, tokens, POSTGRESQL))
    finally:
        postgres.stop()


def main() -> int:
    head(HEAD)
    return int(not all([on_sqlite(), on_postgresql()]))


if __name__ == "__main__":
    sys.exit(main())
