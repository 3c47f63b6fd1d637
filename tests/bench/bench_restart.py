"""5,000 phones back after the server was killed with -9 and started again on its data, while ops go on.

The phones are one process that is not the server's; tests/bench/returning.py says how they come back: all of them look,
so that none waits for a back-off of 30 s. The kill comes in the middle of edits; more are made while the server is
down, and more while the phones come back. One is back when it holds all that there was when it was greeted. Each
frame has to begin where its phone stands, and at the end each phone holds the newest of every row.
"""

import asyncio
import json
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import psutil
import uvloop

from server.core.clock import Clock
from server.core.ids import new_id
from tests.bench.bench_edit import prepare
from tests.bench.http import Client
from tests.bench.returning import ALL_BACK, Crowd, Phone, within
from tests.bench.stage import head, many_files, percentile, promise, report, served
from tests.support.server import Server
from tests.support.show import Json, Show, opened

PHONES, ROWS = 5000, 40
DOWN = 5.0
GOAL_S, GROWN = 15, 1.1
HEAD = "what | goal | seen"
Send = Callable[[list[Json]], Awaitable[Json]]


@dataclass
class Desk:
    """Who edits, one row after the other, and which of it was acknowledged."""

    server: Server
    event: str
    token: str
    acknowledged: list[Json] = field(default_factory=list)
    head: int = 0
    turn: int = 0

    def op(self) -> Json:
        self.turn += 1
        args = {"id": f"more{self.turn % ROWS}", "set": {"title": f"加演 {self.turn:05}"}}
        return {"id": new_id(), "op": "cue.edit", "args": args}

    async def edit(self, turns: int, pause: float, send: Send | None = None) -> None:
        send = send or self.send_again
        for _ in range(turns):
            op = self.op()
            answer = await send([op])
            assert answer["results"][0]["status"] in {"applied", "duplicate"}, answer
            self.acknowledged.append(op)
            self.head = answer["head"]
            await asyncio.sleep(pause)

    async def send_again(self, ops: list[Json]) -> Json:
        """Until they are answered, as a phone's outbox does."""
        async with asyncio.timeout(ALL_BACK):
            while True:
                try:
                    return await self.send(ops)
                except (OSError, EOFError):
                    await asyncio.sleep(0.5)

    async def send(self, ops: list[Json]) -> Json:
        """Over a line of its own: one that is quiet for five seconds is closed, and this process is busy."""
        client = Client(self.server.port, self.token)
        await client.connect()
        try:
            answer: Json = await client.post(f"/api/events/{self.event}/ops", ops)
            return answer
        finally:
            client.close()

    async def edit_until_killed(self) -> None:
        try:
            await self.edit(10_000, 0.005, self.send)
        except (OSError, EOFError):
            return

    def edit_offline(self) -> None:
        """Ops of a program on the same data, while nobody serves it."""
        with opened(self.server.settings["FIELDCUE_DATABASE_URL"], Clock()) as house:
            show = Show(house, self.event, "")
            for _ in range(ROWS):
                self.turn += 1
                show.do("hui", "cue.edit", id=f"more{self.turn % ROWS}", set={"title": f"夜 {self.turn:05}"})

    async def lost(self) -> int:
        """How many of the acknowledged ops the server doesn't know any more."""
        lost = 0
        for first in range(0, len(self.acknowledged), 100):
            answer = await self.send_again(self.acknowledged[first : first + 100])
            lost += sum(result["status"] != "duplicate" for result in answer["results"])
        return lost

    def newest(self) -> dict[str, int]:
        """The version of each row that was edited."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.server.url}/api/events/{self.event}/state?kinds=cue"
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            cues = json.load(answer)["entities"]["cue"]
        edited = {f"more{number}" for number in range(ROWS)}
        return {f"cue-{cue['id']}": cue["version"] for cue in cues if cue["id"] in edited}


def resident(server: Server) -> float:
    """MB of the server's process."""
    return float(psutil.Process(server.child.process.pid).memory_info().rss) / 1e6


async def measure(server: Server, event: str, tokens: dict[str, str], starter: ThreadPoolExecutor) -> bool:
    desk = Desk(server, event, tokens.pop("hui"))
    path = f"/api/events/{event}/live?format=html"
    crowd = Crowd([Phone(server.port, path, token) for token in tokens.values()])
    try:
        await crowd.connect()
        await desk.edit(ROWS, 0.02)
        await within(crowd.reach(crowd.phones, lambda phone: phone.cursor >= desk.head))
        await asyncio.sleep(3)
        before = resident(server)
        editing = asyncio.create_task(desk.edit_until_killed())
        await asyncio.sleep(0.5)
        server.kill()
        await editing
        down = time.perf_counter()
        await asyncio.to_thread(desk.edit_offline)
        await asyncio.sleep(max(0.0, DOWN - (time.perf_counter() - down)))
        return await back(partial(starter.submit, server.restart), desk, crowd, before)
    finally:
        crowd.leave()


async def back(restart: Callable[[], Future[None]], desk: Desk, crowd: Crowd, before: float) -> bool:
    for phone in crowd.phones:
        phone.refused = 0
    level = crowd.reach(crowd.phones, lambda phone: phone.is_level)
    begin = time.perf_counter()
    await asyncio.wrap_future(restart())
    healthy = time.perf_counter() - begin
    await desk.edit(20, 0.1)
    times = [at - begin for at in await within(level)]
    last = max(times)
    await within(crowd.reach(crowd.phones, lambda phone: phone.cursor >= desk.head))
    await asyncio.sleep(5)
    after, lost, newest = resident(desk.server), await desk.lost(), await asyncio.to_thread(desk.newest)
    faulty = [phone.faults or phone.resets for phone in crowd.phones if phone.faults or phone.resets]
    stale = sum({row: phone.held.get(row) for row in newest} != newest for phone in crowd.phones)
    is_whole = not faulty and not stale and not lost and len(newest) == ROWS
    report(f"the server answers again after its start | – | {healthy:.1f} s")
    half, most = (f"{percentile(times, part):.1f}" for part in (0.5, 0.95))
    report(f"half of {len(times):,} phones at the head; 95 of 100 | – | {half}; {most} s")
    report(f"the last, from the start of the process | ≤ {GOAL_S} s | {last:.1f} s")
    tries = sum(phone.refused for phone in crowd.phones) / len(crowd.phones)
    report(f"tries of a phone that nobody greeted | – | {tries:.1f}")
    report(f"acknowledged ops, of {len(desk.acknowledged):,}, that are lost | 0 | {lost}")
    report(f"phones with a gap, something twice or a reset | 0 | {len(faulty)} {faulty[:1] or ''}")
    report(f"phones without the newest of {len(newest)} rows | 0 | {stale}")
    report(f"memory of the server, before and after | ≤ {GROWN} × | {before:.0f} MB, {after:.0f} MB")
    seen = f"{last:.1f} s; {'nothing' if is_whole else 'something'} lost; {after / before:.2f} × the memory"
    is_kept = last <= GOAL_S and is_whole and after <= GROWN * before
    what = f"{len(times):,} phones back after kill -9 and restart"
    return promise(what, f"≤ {GOAL_S} s at the head, nothing lost, ≤ {GROWN} × the memory", seen, is_kept)


def main() -> int:
    many_files()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PHONES
    head(HEAD)
    # Outlives the server: that ends with the thread that started it.
    with ThreadPoolExecutor(1) as starter, served(partial(prepare, count)) as (server, event, tokens):
        return int(not uvloop.run(measure(server, event, tokens, starter)))


if __name__ == "__main__":
    sys.exit(main())
