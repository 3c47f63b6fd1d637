"""One edit of the demo's fullest row, held by 50 phones on a sheet of 500 items, over HTTP and real sockets.

Timed from before the request is sent until the last of the phones has the whole frame. The limit beside it
writes 4 KiB, syncs them, and sends as many bytes to as many sockets from a bare asyncio.Protocol on uvloop.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from itertools import chain

import uvloop

from server.core.ids import new_id
from server.demo.content import Content
from tests.bench.children import Child, child
from tests.bench.crowd import Crowd, handshake
from tests.bench.http import Client
from tests.bench.stage import head, percentile, report, served, tokens_of
from tests.support.show import Json, Show

PHONES, ITEMS, ROUNDS, EDITS, WARM, PAUSE = 50, 500, 5, 40, 5, 0.02
P50, P95, BYTES = 10, 25, 2_048
HEAD = "what | goal | seen | fdatasync + bare fan-out beside it | ratio"


def prepare(phones: int, show: Show) -> dict[str, str]:
    """The demo's sheet with more items, and its phones; the tokens of the editor and of each phone."""
    ops = [(op, args) for op, args in Content(datetime.now(UTC).date()).ops()]
    ops += [("cue.add", item(number)) for number in range(ITEMS - sum(op == "cue.add" for op, _ in ops))]
    ops += [("member.add", phone(number)) for number in range(phones)]
    for first in range(0, len(ops), 100):
        show.all("hui", *ops[first : first + 100])
    return tokens_of(show, ["hui", *(f"phone{number}" for number in range(phones))])


def item(number: int) -> Json:
    return {
        "id": f"more{number}",
        "track": "main",
        "title": f"加演節目 {number}",
        "number": f"{2000 + number}",
    }


def phone(number: int) -> Json:
    department = ("stage", "light", "sound")[number % 3]
    return {"id": f"phone{number}", "name": f"工作人員 {number}", "roles": ["crew"], "department": department}


def fullest() -> str:
    """The id of the demo's row that says most."""
    rows = [args for op, args in Content(datetime.now(UTC).date()).ops() if op == "cue.add"]
    return str(max(rows, key=lambda args: len(str(args)))["id"])


class Edits:
    """Edits of one row by one client, as a crowd hears of them."""

    def __init__(self, port: int, event: str, tokens: dict[str, str]) -> None:
        path = f"/api/events/{event}"
        phones = [token for name, token in tokens.items() if name != "hui"]
        self.crowd = Crowd(port, [handshake(f"{path}/live?format=html", token) for token in phones])
        self.editor, self.path, self.row = Client(port, tokens["hui"]), f"{path}/ops", fullest()
        self.turn, self.sizes = 0, list[float]()

    async def one(self) -> float:
        """Milliseconds until the last phone holds an edit."""
        self.turn += 1
        title = f"停演疏散廣播 {self.turn:05}"
        op = {"id": new_id(), "op": "cue.edit", "args": {"id": self.row, "set": {"title": title}}}
        request = self.editor.request(self.path, [op])
        begin = time.perf_counter()
        self.editor.send(request)
        heard, size = self.crowd.hear(title.encode())
        assert b'"applied"' in await self.editor.answer()
        self.sizes.append(size / len(self.crowd.peers))
        return (max(heard) - begin) * 1000


async def measure(port: int, event: str, tokens: dict[str, str], limit: Child) -> bool:
    edits = Edits(port, event, tokens)
    await edits.editor.connect()
    edits.crowd.settle()
    bare = Crowd(limit.port, [b""] * PHONES)
    ours, theirs = list[list[float]](), list[list[float]]()
    for _ in range(ROUNDS):
        ours.append([await paused(edits.one) for _ in range(WARM + EDITS)][WARM:])
        size = round(edits.sizes[-1])
        theirs.append([await paused(partial(durable, limit, bare, size)) for _ in range(WARM + EDITS)][WARM:])
    ratio = statistics.median(
        statistics.median(one) / statistics.median(other) for one, other in zip(ours, theirs, strict=True)
    )
    mine, beside = [*chain(*ours)], [*chain(*theirs)]
    head(HEAD)
    p50, p95 = (percentile(mine, part) for part in (0.5, 0.95))
    most = max(edits.sizes)
    told = f"{statistics.median(beside):.2f} ms | {ratio:.1f} ×"
    report(f"the last of {PHONES} phones, p50 | {aim(p50, P50)} ms | {p50:.1f} ms | {told}")
    report(f"… p95 | {aim(p95, P95)} ms | {p95:.1f} ms | {percentile(beside, 0.95):.2f} ms | –")
    report(f"bytes on the wire for each phone | {aim(most, BYTES)} | {most:,.0f} | – | –")
    edits.editor.close()
    return p50 <= P50 and p95 <= P95 and most <= BYTES


def aim(seen: float, most: float) -> str:
    """A goal, marked if it was missed."""
    return f"≤ {most:,}{'' if seen <= most else ' **broken**'}"


async def paused(work: Callable[[], Awaitable[float]]) -> float:
    found = await work()
    await asyncio.sleep(PAUSE)
    return found


async def durable(limit: Child, bare: Crowd, size: int) -> float:
    """Milliseconds until the last socket of the bare server holds what it has synced before."""
    begin = time.perf_counter()
    limit.say(f"durable {size}")
    heard, _ = bare.hear(b"x")
    return (max(heard) - begin) * 1000


def main() -> int:
    with served(partial(prepare, PHONES)) as (server, event, tokens), child("bare") as limit:
        return int(not uvloop.run(measure(server.port, event, tokens, limit)))


if __name__ == "__main__":
    sys.exit(main())
