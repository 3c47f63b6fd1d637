"""How soon a desk's GO is answered, what its asking costs, and how soon a webhook has heard of 1,000 changes.

A sheet of 1,000 rows on SQLite with synchronous=FULL. GO comes one after the other, each on a new row; asking comes
from twenty desks at once while rows are edited. Beside it, in the same run: the same GO as a caller's own op.
"""

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import chain

import uvloop

from server.core.ids import digest, new_id, new_secret
from tests.bench.http import Client
from tests.bench.stage import percentile, served
from tests.support.receiver import SECRET, Receiver
from tests.support.show import Json, Show

ROWS, DESKS, GOES, ASKS, CHANGES = 1000, 20, 200, 100, 1000
HEAD = "what | goal | p50 | p95"
RECEIVER = Receiver()


def prepare(show: Show) -> dict[str, str]:
    """A sheet, a caller, desks and a webhook; their tokens."""
    for first in range(0, ROWS, 100):
        numbers = range(first, first + 100)
        show.all(
            "rui",
            *(
                ("cue.add", {"id": f"c{n}", "track": "main", "title": f"節目 {n}", "duration_s": 60})
                for n in numbers
            ),
        )
    secrets = {f"desk{number}": new_secret() for number in range(DESKS)}
    for desk, secret in secrets.items():
        show.do("wei", "desk.open", id=desk, track="main", name=desk, hash=digest(secret))
    hook = {"name": "x", "url": RECEIVER.url, "groups": ["sheet"], "secret": SECRET}
    show.do("rui", "webhook.add", id="hook", **hook)
    return secrets | {"wei": show.token("wei"), "rui": show.token("rui")}


def desk_request(method: str, path: str, token: str) -> bytes:
    lines = f"{method} /api/desk/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    return f"{lines}Idempotency-Key: {new_id()}\r\nContent-Length: 0\r\n\r\n".encode()


async def timed(act: Callable[[], Awaitable[bytes]]) -> float:
    begin = time.perf_counter()
    await act()
    return (time.perf_counter() - begin) * 1000


async def press(client: Client, tokens: dict[str, str]) -> list[float]:
    """GO after GO, by the desks in turn."""
    waits = []
    for number in range(GOES):
        request = desk_request("POST", "go", tokens[f"desk{number % DESKS}"])
        waits.append(await timed(lambda sent=request: client.exchange(sent)))  # type: ignore[misc]  # bound at once
    return waits


async def call(client: Client, path: str) -> list[float]:
    """The same as a caller's own ops."""
    waits = []
    for number in range(GOES, 2 * GOES):
        args = {"id": f"c{number}", "current": f"c{number - 1}"}
        request = client.request(path, [{"id": new_id(), "op": "cue.go", "args": args}])
        waits.append(await timed(lambda sent=request: client.exchange(sent)))  # type: ignore[misc]  # as above
    return waits


async def ask(port: int, token: str) -> list[float]:
    """A desk that asks four times a second, as it may."""
    client, waits = Client(port, token), []
    await client.connect()
    await asyncio.sleep(random.random() / 4)  # noqa: S311 - they don't ask in step
    for _ in range(ASKS // 5):
        waits.append(await timed(lambda: client.exchange(desk_request("GET", "status", token))))
        await asyncio.sleep(0.25)
    client.close()
    return waits


async def asking(port: int, tokens: dict[str, str]) -> list[float]:
    """All desks at once."""
    return list(chain(*await asyncio.gather(*(ask(port, tokens[f"desk{n}"]) for n in range(DESKS)))))


async def edit(client: Client, path: str, count: int, pause: float = 0) -> None:
    for number in range(0, count, 20):
        numbers = range(number, min(number + 20, count))
        ops: list[Json] = [
            {"id": new_id(), "op": "cue.edit", "args": {"id": f"c{n % ROWS}", "set": {"note": f"{new_id()}"}}}
            for n in numbers
        ]
        await client.post(path, ops)
        await asyncio.sleep(pause)


async def tell(client: Client, path: str) -> tuple[float, int]:
    """Seconds from the first of 1,000 edits until the webhook has heard of the last, and messages."""
    told, messages, begin = len(RECEIVER.changes), len(RECEIVER.messages), time.perf_counter()
    await edit(client, path, CHANGES)
    while len(RECEIVER.changes) < told + CHANGES:
        await asyncio.sleep(0.02)
        assert time.perf_counter() < begin + 60
    return time.perf_counter() - begin, len(RECEIVER.messages) - messages


def show(what: str, goal: int | None, waits: list[float]) -> bool:
    """A line; whether its goal was kept."""
    p50, p95 = (percentile(waits, part) for part in (0.5, 0.95))
    is_kept = goal is None or p95 <= goal
    told = "–" if goal is None else f"≤ {goal} ms, p95{'' if is_kept else ' **broken**'}"
    sys.stdout.write(f"{what} | {told} | {p50:.1f} ms | {p95:.1f} ms\n")
    sys.stdout.flush()
    return is_kept


async def measure(port: int, event: str, tokens: dict[str, str]) -> bool:
    path = f"/api/events/{event}/ops"
    caller, coordinator = Client(port, tokens["wei"]), Client(port, tokens["rui"])
    await caller.connect()
    await coordinator.connect()
    sys.stdout.write(f"{HEAD}\n{' | '.join(['---'] * (HEAD.count('|') + 1))}\n")
    kept = show("GO by a desk, 1,000 rows", 100, await press(caller, tokens))
    show("the same as a caller's op", None, await call(caller, path))
    kept &= show("status, 20 desks at four a second", 20, await asking(port, tokens))
    waits, _ = await asyncio.gather(asking(port, tokens), edit(coordinator, path, 500, 0.2))
    show("the same while 100 rows a second are edited", None, waits)
    await asyncio.sleep(2)  # until the webhook has heard of those edits too
    await coordinator.connect()  # a line that was quiet for five seconds is closed
    seconds, messages = await tell(coordinator, path)
    is_kept = seconds <= 10
    broken = "" if is_kept else " **broken**"
    sys.stdout.write(
        f"1,000 changes at a webhook, in {messages} messages | ≤ 10 s{broken} | {seconds:.2f} s | –\n"
    )
    caller.close()
    coordinator.close()
    return kept and is_kept


def main() -> int:
    with served(prepare, webhook_private="127.0.0.0/8") as (server, event, tokens):
        kept = uvloop.run(measure(server.port, event, tokens))
    RECEIVER.close()
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
