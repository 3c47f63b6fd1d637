"""What an op waits while the program's own worker and exports keep a core busy: 16 edit, a file of 5,000 rows comes.

The others' ops are timed while nothing else goes on, and then while a file of 5,000 rows is looked at again and again
(once takes less than a second, in which one slow sync of the disk would be the p95), while it is imported, and while
Excel files of all its rows are written one after the other. Ratios are to the idle time before.
"""

import asyncio
import sys
import urllib.request
from collections.abc import Coroutine
from functools import partial
from typing import Any

import uvloop

from tests.bench.bench_again import CLIENTS, Desk, Others, prepare
from tests.bench.http import Client
from tests.bench.stage import head, percentile, promise, report, served
from tests.support.show import Json

ROWS, IDLE, LOOKS, FILES, TIMES = 5_000, 5.0, 5, 3, 3
HEAD = "beside | goal | others idle, p95 | meanwhile, p95 | worst | ratio"


async def during(others: Others, work: Coroutine[Any, Any, None]) -> list[float]:
    """Ms that the others wait while some work goes on."""
    editing = asyncio.ensure_future(others.run())
    await work
    others.is_over = True
    return await editing


def export(desk: Desk) -> None:
    """Files of the whole sheet, one after the other."""
    headers = {"Authorization": f"Bearer {desk.token}"}
    url = f"{desk.origin}/e/{desk.event}/export/xlsx"
    for _ in range(FILES):
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            assert len(answer.read()) > 100 * ROWS // 10


async def measure(desk: Desk, others: Others, upload: str) -> bool:
    args: Json = {}

    async def look() -> None:
        for _ in range(LOOKS):
            args.update(await asyncio.to_thread(desk.look, upload, "add"))

    async def write() -> None:
        result = await asyncio.to_thread(desk.write, "import.apply", args)
        assert result["rows"] == ROWS, result

    ratios = [
        await step(others, f"a file of {ROWS:,} rows looked at {LOOKS} times", look()),
        await step(others, f"{ROWS:,} rows imported", write()),
        await step(others, f"{FILES} Excel files of {ROWS:,} rows written", asyncio.to_thread(export, desk)),
    ]
    seen = f"{max(ratios):.1f} × at worst, of {len(ratios)} jobs"
    what = "p95 of an op beside a job that keeps a core busy"
    return promise(what, f"≤ {TIMES} × idle", seen, max(ratios) <= TIMES)


async def step(others: Others, what: str, work: Coroutine[Any, Any, None]) -> float:
    """One line; how much longer others wait."""
    idle = await during(others, asyncio.sleep(IDLE))
    busy = await during(others, work)
    before, meanwhile = percentile(idle, 0.95), percentile(busy, 0.95)
    ratio = meanwhile / before
    goal = f"≤ {TIMES} ×{'' if ratio <= TIMES else ' **broken**'}"
    report(f"{what} | {goal} | {before:.1f} ms | {meanwhile:.1f} ms | {max(busy):.0f} ms | {ratio:.1f} ×")
    return ratio


async def run(origin: str, event: str, told: dict[str, str]) -> bool:
    clients = [Client(int(origin.rpartition(":")[2]), told[f"m{number}"]) for number in range(CLIENTS)]
    for client in clients:
        await client.connect()
    others = Others(f"/api/events/{event}/ops", clients)
    is_good = await measure(Desk(origin, event, told["rui"]), others, told["first"])
    for client in clients:
        client.close()
    return is_good


def main() -> int:
    head(HEAD)
    with served(partial(prepare, ROWS)) as (server, event, told):
        return int(not uvloop.run(run(server.url, event, told)))


if __name__ == "__main__":
    sys.exit(main())
