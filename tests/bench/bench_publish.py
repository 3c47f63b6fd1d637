"""A version with a thousand changed rows is published, while 16 others edit.

A third of the rows name somebody, who is told. The others' ops are timed while nothing else goes on, and then while
five versions go out, each with all rows changed. A version is one op: what it costs others is its length, once.
"""

import asyncio
import json
import sys
import time
import urllib.request

import uvloop

from tests.bench.bench_again import CLIENTS, Others
from tests.bench.http import Client
from tests.bench.stage import percentile, served
from tests.support.show import Show

ROWS, IDLE, VERSIONS = 1_000, 4.0, 5
GOAL_MS = 1_000
HEAD = "rows | published, median; worst | others idle, p95 | meanwhile, p95 | their worst | goal"


def prepare(show: Show) -> dict[str, str]:
    """Rows of which a third name somebody, v1, and the others with a row of their own each."""
    names = [f"m{number}" for number in range(CLIENTS)]
    show.all("hui", *(("member.add", {"id": name, "name": name, "roles": ["coordinator"]}) for name in names))
    show.all("rui", *(("cue.add", {"id": f"c-{name}", "track": "river", "title": name}) for name in names))
    for start in range(0, ROWS, 100):
        rows = range(start, start + 100)
        show.all("rui", *(("cue.add", _row(number)) for number in rows))
    show.do("rui", "sheet.publish")
    return {name: show.token(name) for name in ["rui", *names]}


def _row(number: int) -> dict[str, object]:
    people = ["mei"] if number % 3 == 0 else []
    return {
        "id": f"r{number}",
        "track": "main",
        "title": f"第 {number} 項",
        "people": people,
        "duration_s": 300,
    }


def ask(origin: str, event: str, token: str, ops: list[dict[str, object]]) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    url, body = f"{origin}/api/events/{event}/ops", json.dumps({"ops": ops}).encode()
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
        results = json.loads(answer.read())["results"]
    assert {each["status"] for each in results} == {"applied"}, results[:2]


def change_all(origin: str, event: str, token: str, turn: int) -> None:
    """Edit every row, which waits."""
    for start in range(0, ROWS, 250):
        rows = range(start, start + 250)
        edits = [{"id": f"r{number}", "set": {"note": f"改 {turn}"}} for number in rows]
        ask(
            origin,
            event,
            token,
            [{"id": f"n{turn}-{each['id']}", "op": "cue.edit", "args": each} for each in edits],
        )


async def measure(origin: str, event: str, tokens: dict[str, str]) -> bool:
    port = int(origin.rpartition(":")[2])
    clients = [Client(port, token) for name, token in tokens.items() if name.startswith("m")]
    for client in clients:
        await client.connect()
    others = Others(f"/api/events/{event}/ops", clients)
    running = asyncio.create_task(others.run())
    await asyncio.sleep(IDLE)
    others.is_over = True
    idle = await running
    took, waits = [], []
    for turn in range(VERSIONS):
        await asyncio.to_thread(change_all, origin, event, tokens["rui"], turn)
        running = asyncio.create_task(others.run())
        await asyncio.sleep(0.5)
        begin = time.perf_counter()
        publish: list[dict[str, object]] = [{"id": f"v{turn}", "op": "sheet.publish", "args": {}}]
        await asyncio.to_thread(ask, origin, event, tokens["rui"], publish)
        took.append((time.perf_counter() - begin) * 1000)
        await asyncio.sleep(0.5)
        others.is_over = True
        waits += await running
    for client in clients:
        client.close()
    is_good = percentile(took, 0.5) <= GOAL_MS
    cells = [
        f"{ROWS:,}",
        f"{percentile(took, 0.5):.0f}; {max(took):.0f} ms",
        f"{percentile(idle, 0.95):.0f} ms",
        f"{percentile(waits, 0.95):.0f} ms",
        f"{max(waits):.0f} ms",
        f"≤ {GOAL_MS:,} ms{'' if is_good else ' **broken**'}",
    ]
    sys.stdout.write("| " + " | ".join(cells) + " |\n")
    return is_good


def main() -> int:
    sys.stdout.write(f"| {HEAD} |\n|{' --- |' * len(HEAD.split('|'))}\n")
    with served(prepare) as (server, event, tokens):
        return 0 if uvloop.run(measure(server.url, event, tokens)) else 1


if __name__ == "__main__":
    sys.exit(main())
