"""A file brought in, and its second version compared with the sheet and written, while 16 others edit.

A coordinator's file of so many rows comes in, and again with each third row changed, each tenth new and each tenth
gone. The others' ops are timed while nothing else goes on, and then from the moment that the import or the update is
asked for until it is done: reading or comparing once more in a process aside, and one op that writes all of it. That
is a moment, in which one slow sync of the disk is the p95: what is told is the median of some looks, each at an event
of its own, and the worst of all.
"""

import asyncio
import json
import re
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from statistics import median
from typing import Any
from urllib.parse import urlencode

import uvloop

from tests.bench.http import Client
from tests.bench.stage import percentile, served
from tests.runsheet.imports.files import csv_bytes
from tests.support.comparing import Comparer, taken_of
from tests.support.show import DAY, Json, Show

CLIENTS, IDLE, PATIENCE, PAUSE, LOOKS = 16, 4.0, 60.0, 0.02, 3
SIZES = (1_000, 5_000)
HEAD = "rows | looked at | written | of them | others idle, p95 | meanwhile, p95 | worst | goal | ratio"
# Seconds, from the look at it to the end.
MOST = {1_000: 3, 5_000: 15}
MOST_RATIO = 2
COLUMNS = ("時間", "長度", "流程", "地點", "備註", "負責人")


def line(number: int, version: int) -> tuple[str, ...]:
    minute = number // 4
    note = f"第 {version} 版" if version and number % 3 == 0 else "說明" * 20
    return (
        f"{6 + minute // 60:02}:{minute % 60:02}",
        "15",
        f"第 {number} 項",
        f"地點 {number % 9}",
        note,
        "",
    )


def file_of(count: int, version: int) -> bytes:
    """The first version, or the second: without each tenth row, and with as many others."""
    rows = [line(number, version) for number in range(count) if not version or number % 10 != 5]
    rows += [line(number, version) for number in range(count, count + count // 10) if version]
    return csv_bytes([COLUMNS, *rows])


def prepare(count: int, show: Show) -> dict[str, str]:
    """Both versions read, and rows that the others edit; tokens and the uploads."""
    rui = Comparer(show)
    first, second = (rui.send(file_of(count, version), f"{version}.csv") for version in (0, 1))
    names = [f"m{number}" for number in range(CLIENTS)]
    show.all("hui", *(("member.add", {"id": name, "name": name, "roles": ["coordinator"]}) for name in names))
    show.all("rui", *(("cue.add", {"id": f"c-{name}", "track": "main", "title": name}) for name in names))
    return {name: show.token(name) for name in ["rui", *names]} | {"first": first, "second": second}


@dataclass
class Others:
    """Members who edit, each a row of their own, one op after the other."""

    path: str
    clients: list[Client]
    waits: list[float] = field(default_factory=list)
    turn: int = 0
    is_over: bool = False

    async def run(self) -> list[float]:
        """Until told; the waits in milliseconds."""
        self.waits, self.is_over = [], False
        await asyncio.gather(*(self._edit(client, n) for n, client in enumerate(self.clients)))
        return self.waits

    async def _edit(self, client: Client, number: int) -> None:
        while not self.is_over:
            self.turn += 1
            args = {"id": f"c-m{number}", "set": {"note": f"改 {self.turn}"}}
            op = {"id": f"edit-{number}-{self.turn}", "op": "cue.edit", "args": args}
            begin = time.perf_counter()
            answer = await client.exchange(client.request(self.path, [op]))
            assert b'"applied"' in answer, answer[:300]
            self.waits.append((time.perf_counter() - begin) * 1000)
            await asyncio.sleep(PAUSE)


@dataclass
class Desk:
    """The coordinator's requests, made aside from the loop."""

    origin: str
    event: str
    token: str

    def ask(self, path: str, body: bytes | None = None, kind: str = "application/json") -> str:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        request = urllib.request.Request(f"{self.origin}{path}", body, headers)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - as above
            return str(answer.read().decode())

    def look(self, upload: str, mode: str) -> Json:
        """The preview's arguments, with all differences taken."""
        form = {"mode": mode, "tracks": "one", "track": "夜間舞台", "first_day": DAY}
        body, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
        html = self.ask(f"/e/{self.event}/import/{upload}", body, kind)
        args = dict(_said(html, "import-args"))
        if mode == "compare":
            keys = _said(html, "import-keys")
            args["taken"] = taken_of(
                [(key.split("|"), place, is_called) for key, place, _, _, is_called in keys]
            )
        return args

    def write(self, name: str, args: Json) -> Json:
        """Ask for it and wait until it is done; what came of it."""
        op = {"id": name, "op": name, "args": {"id": name, **args}}
        answer = self.ask(f"/api/events/{self.event}/ops", json.dumps({"ops": [op]}).encode())
        assert '"applied"' in answer, answer[:300]
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            state = json.loads(self.ask(f"/api/events/{self.event}/state?kinds=job"))
            job = next(each for each in state["entities"]["job"] if each["id"] == name)
            if job["state"] in {"done", "failed"}:
                assert job["state"] == "done", job
                return dict(job["result"])
            time.sleep(0.1)
        message = f"{name} is not done"
        raise TimeoutError(message)


def _said(html: str, name: str) -> Any:  # noqa: ANN401 - JSON
    found = re.search(rf'id="{name}">(.*?)</script>', html, re.DOTALL)
    assert found, name
    return json.loads(unescape(found[1]))


@dataclass(frozen=True)
class Look:
    """What one import or update took: seconds, and the others' waits in milliseconds."""

    looked: float
    seconds: float
    done: str
    before: float
    meanwhile: float
    worst: float

    @property
    def ratio(self) -> float:
        return self.meanwhile / self.before


async def measure(origin: str, event: str, told: dict[str, str]) -> list[Look]:
    """One look at the import of the first version, and one at the update to the second."""
    desk = Desk(origin, event, told["rui"])
    port = int(origin.rpartition(":")[2])
    clients = [Client(port, token) for name, token in told.items() if name.startswith("m")]
    for client in clients:
        await client.connect()
    others = Others(f"/api/events/{event}/ops", clients)
    looks = [
        await step(desk, others, "import.apply", told["first"]),
        await step(desk, others, "import.update", told["second"]),
    ]
    for client in clients:
        client.close()
    return looks


async def step(desk: Desk, others: Others, name: str, upload: str) -> Look:
    """Look at a file, and have it written while the others edit."""
    begin = time.perf_counter()
    mode = "add" if name == "import.apply" else "compare"
    args = await asyncio.to_thread(desk.look, upload, mode)
    looked = time.perf_counter() - begin
    idle = await _while(others, asyncio.sleep(IDLE, {}))
    begin = time.perf_counter()
    result: Json = {}

    async def write() -> None:
        result.update(await asyncio.to_thread(desk.write, name, args))

    busy = await _while(others, write())
    seconds = time.perf_counter() - begin
    done = ", ".join(
        f"{word} {result[word]}" for word in ("rows", "changed", "added", "removed") if word in result
    )
    return Look(looked, seconds, done, percentile(idle, 0.95), percentile(busy, 0.95), max(busy))


def say(count: int, looks: Sequence[Look]) -> bool:
    """A line for one step at so many rows; whether its goals were kept."""
    looked, seconds, before, meanwhile, ratio = (
        median(getattr(look, name) for look in looks)
        for name in ("looked", "seconds", "before", "meanwhile", "ratio")
    )
    is_good: bool = ratio <= MOST_RATIO and looked + seconds <= MOST[count]
    goal = f"≤ {MOST[count]} s, ≤ {MOST_RATIO} × idle{'' if is_good else ' **broken**'}"
    sys.stdout.write(
        f"{count:,} | {looked:.1f} s | {seconds:.1f} s | {looks[0].done} | {before:.1f} ms | {meanwhile:.1f} ms "
        f"| {max(look.worst for look in looks):.0f} ms | {goal} | {ratio:.1f} ×\n"
    )
    sys.stdout.flush()
    return is_good


async def _while(others: Others, work: Any) -> list[float]:  # noqa: ANN401 - a coroutine
    """How long the others wait while some work goes on."""
    editing = asyncio.ensure_future(others.run())
    await work
    others.is_over = True
    return await editing


def main() -> int:
    sys.stdout.write(f"{HEAD}\n{' | '.join(['---'] * (HEAD.count('|') + 1))}\n")
    kept = []
    for count in SIZES:
        looks = []
        for _ in range(LOOKS):
            with served(partial(prepare, count)) as (server, event, told):
                looks.append(uvloop.run(measure(server.url, event, told)))
        kept += [say(count, step) for step in zip(*looks, strict=True)]
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
