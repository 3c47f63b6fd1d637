"""A second version of a file compared with the sheet and written, while 16 others edit.

A coordinator's file of so many rows comes again with each third row changed, each tenth new and each tenth gone. The
others' ops are timed while nothing else goes on, and then from the moment that the update is asked for until it is
done: comparing once more in a process aside, and one op that writes all of it.
"""

import asyncio
import json
import re
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from typing import Any

import uvloop

from tests.bench.http import Client
from tests.bench.stage import percentile, served
from tests.runsheet.imports.files import csv_bytes
from tests.support.comparing import Comparer, taken_of
from tests.support.show import DAY, Json, Show

CLIENTS, IDLE, PATIENCE, PAUSE = 16, 5.0, 60.0, 0.02
SIZES = (1_000, 5_000)
HEAD = "rows | compared | written | changed, new, gone | others idle, p95 | meanwhile, p95 | worst | goal | ratio"
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
    """The first version in the sheet, the second read, and rows that the others edit; tokens and the upload."""
    rui = Comparer(show)
    rui.apply(rui.send(file_of(count, 0), "一.csv"), first_day=DAY, tracks="one", track="夜間舞台")
    upload = rui.send(file_of(count, 1), "二.csv")
    names = [f"m{number}" for number in range(CLIENTS)]
    show.all("hui", *(("member.add", {"id": name, "name": name, "roles": ["coordinator"]}) for name in names))
    show.all("rui", *(("cue.add", {"id": f"c-{name}", "track": "main", "title": name}) for name in names))
    return {name: show.token(name) for name in ["rui", *names]} | {"upload": upload}


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

    def compare(self, upload: str) -> Json:
        """The preview's arguments, with all differences taken."""
        form = b"mode=compare&tracks=one&first_day=" + DAY.encode()
        html = self.ask(f"/e/{self.event}/import/{upload}", form, "application/x-www-form-urlencoded")
        args, keys = (_said(html, name) for name in ("import-args", "import-keys"))
        args["taken"] = taken_of([(key.split("|"), place, is_called) for key, place, _, _, is_called in keys])
        return dict(args)

    def update(self, args: Json) -> Json:
        """Ask for it and wait until it is done; what came of it."""
        op = {"id": "again", "op": "import.update", "args": {"id": "again", **args}}
        answer = self.ask(f"/api/events/{self.event}/ops", json.dumps({"ops": [op]}).encode())
        assert '"applied"' in answer, answer[:300]
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            state = json.loads(self.ask(f"/api/events/{self.event}/state?kinds=job"))
            job = next(each for each in state["entities"]["job"] if each["id"] == "again")
            if job["state"] in {"done", "failed"}:
                assert job["state"] == "done", job
                return dict(job["result"])
            time.sleep(0.1)
        message = "the update is not done"
        raise TimeoutError(message)


def _said(html: str, name: str) -> Any:  # noqa: ANN401 - JSON
    found = re.search(rf'id="{name}">(.*?)</script>', html, re.DOTALL)
    assert found, name
    return json.loads(unescape(found[1]))


async def measure(origin: str, event: str, told: dict[str, str], count: int) -> bool:
    desk = Desk(origin, event, told["rui"])
    port = int(origin.rpartition(":")[2])
    clients = [Client(port, token) for name, token in told.items() if name.startswith("m")]
    for client in clients:
        await client.connect()
    others = Others(f"/api/events/{event}/ops", clients)
    begin = time.perf_counter()
    args = await asyncio.to_thread(desk.compare, told["upload"])
    compared = time.perf_counter() - begin
    idle = await _while(others, asyncio.sleep(IDLE, {}))
    begin = time.perf_counter()
    result: Json = {}

    async def update() -> None:
        result.update(await asyncio.to_thread(desk.update, args))

    busy = await _while(others, update())
    seconds = time.perf_counter() - begin
    before, meanwhile = percentile(idle, 0.95), percentile(busy, 0.95)
    done = ", ".join(str(result[name]) for name in ("changed", "added", "removed"))
    is_good = meanwhile <= 2 * before
    goal = "≤ 2 × idle" if is_good else "≤ 2 × idle **broken**"
    sys.stdout.write(
        f"{count:,} | {compared:.1f} s | {seconds:.1f} s | {done} | {before:.1f} ms | {meanwhile:.1f} ms "
        f"| {max(busy):.0f} ms | {goal} | {meanwhile / before:.1f} ×\n"
    )
    sys.stdout.flush()
    for client in clients:
        client.close()
    return is_good


async def _while(others: Others, work: Any) -> list[float]:  # noqa: ANN401 - a coroutine
    """How long the others wait while some work goes on."""
    editing = asyncio.ensure_future(others.run())
    await work
    others.is_over = True
    return await editing


def main() -> int:
    sys.stdout.write(f"{HEAD}\n{' | '.join(['---'] * (HEAD.count('|') + 1))}\n")
    is_good = True
    for count in SIZES:
        with served(partial(prepare, count)) as (server, event, told):
            is_good &= uvloop.run(measure(server.url, event, told, count))
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
