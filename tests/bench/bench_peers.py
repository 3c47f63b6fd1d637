"""Fan-out, handshakes and memory of the program's live endpoint against node's ws and a bare asyncio.Protocol.

`python -m tests.bench.bench_peers [sockets …]`. The frame is what the edit of a row makes; the peers write as many
bytes. All servers are processes of their own; rounds alternate, and ratios are of the same round.
"""

import json
import socket
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.bench_fanout import ROUNDS, Crowd, limit, measured
from tests.bench.children import Child, child, running
from tests.bench.crowd import AT_ONCE, handshake, shake_hands
from tests.bench.peers import NotRunError, node_ws
from tests.bench.stage import DISK, head, many_files, promise, report

SIZES = (1000, 5000)
GOALS = {1000: 0.8, 5000: 0.9}
KILOBYTES, SHAKES = 30, 0.5
# The machine may go half as fast a second later: both open their sockets in turns.
TURNS = 5
Crowds = dict[Child, Crowd]
HEAD = "what | goal | bare uvloop | node ws | Fieldcue | Fieldcue / ws"


@dataclass
class Line:
    """A row of the table; `ratio` is of ours to the peer's."""

    what: str
    bare: str
    ws: str
    ours: str
    ratio: float
    goal: str = "–"
    is_kept: bool = True
    promised: str = ""
    seen: str = ""

    def __str__(self) -> str:
        goal = self.goal + ("" if self.is_kept else " **broken**")
        return f"{self.what} | {goal} | {self.bare} | {self.ws} | {self.ours} | {self.ratio:.2f} ×"


def measure(count: int, ws: list[str]) -> Iterator[Line]:
    """Lines of the table."""
    with (
        tempfile.TemporaryDirectory(prefix=".bench-", dir=DISK) as folder,
        child("bare") as bare,
        running(*ws) as peer,
        child("program", folder, str(count)) as program,
    ):
        program.say("requests")
        path, *tokens = json.loads(program.hear())
        before = {server: server.measure("rss") for server in (peer, program)}
        asked = {
            peer: [handshake("/", "")] * count,
            program: [handshake(path, token) for token in tokens],
        }
        opened, rates = shaken(asked, count)
        crowds = {
            peer: Crowd(opened[peer]),
            program: Crowd(opened[program]),
            bare: Crowd([bare.connect() for _ in range(count)]),
        }
        crowds[program].settle(2)
        grown = {server: (server.measure("rss") - then) / count / 1000 for server, then in before.items()}
        yield from fan_out(count, program, peer, bare, crowds)
        ratio = statistics.median(one / other for one, other in zip(rates[program], rates[peer], strict=True))
        theirs, ours, most = statistics.median(rates[peer]), statistics.median(rates[program]), grown[program]
        what = f"handshakes a second, {count:,} sockets, {AT_ONCE} at once"
        yield Line(
            what,
            "–",
            f"{theirs:,.0f}",
            f"{ours:,.0f}",
            ratio,
            f"≥ {SHAKES} ×",
            ratio >= SHAKES,
            f"handshakes of {count:,} phones, to node ws",
            f"{ratio:.2f} ×",
        )
        what, goal = f"memory a phone, of {count:,}", f"≤ {KILOBYTES} KB"
        theirs_each, ours_each = f"{grown[peer]:.1f} KB", f"{most:.1f} KB"
        yield Line(
            what,
            "–",
            theirs_each,
            ours_each,
            most / grown[peer],
            goal,
            most <= KILOBYTES,
            f"memory a phone, of {count:,}",
            ours_each,
        )


def shaken(
    asked: dict[Child, list[bytes]], count: int
) -> tuple[dict[Child, list[socket.socket]], dict[Child, list[float]]]:
    """Everybody's sockets, opened in turns; and how many a second each server opened in each turn."""
    opened = {server: list[socket.socket]() for server in asked}
    rates = {server: list[float]() for server in asked}
    for first in range(0, count, count // TURNS):
        for server, requests in asked.items():
            more, rate = shake_hands(server.port, requests[first : first + count // TURNS])
            opened[server] += more
            rates[server].append(rate)
    return opened, rates


def fan_out(count: int, program: Child, peer: Child, bare: Child, crowds: Crowds) -> Iterator[Line]:
    """From the first write to the last socket."""
    spent = dict.fromkeys(crowds, 0.0)
    times: dict[Child, list[float]] = {server: [] for server in crowds}
    size = 0
    for turn in range(ROUNDS + 1):
        (ready, _), size = measured(program, crowds[program], spent)
        found = {program: ready} | {other: limit(other, crowds[other], size, spent) for other in (peer, bare)}
        if turn:  # the first only warms up
            for server, took in found.items():
                times[server].append(took)
    ratio = statistics.median(one / other for one, other in zip(times[program], times[peer], strict=True))
    limits, theirs, ours = (f"{statistics.median(times[server]):.2f} ms" for server in (bare, peer, program))
    what = f"frame of {size:,} B to {count:,}, from its first write to the last socket, p50"
    most = GOALS.get(count, 0.9)
    promised = f"fan-out to {count:,} phones, to node ws"
    yield Line(what, limits, theirs, ours, ratio, f"≤ {most} ×", ratio <= most, promised, f"{ratio:.2f} ×")


def main() -> int:
    sizes = [int(each) for each in sys.argv[1:]] or SIZES
    many_files()
    try:
        ws = node_ws()
    except NotRunError as why:
        head("peer | why")
        report(f"node ws | not run: {why}")
        promise("fan-out, handshakes and memory beside node ws", "–", f"not run: {why}", None)
        return 0
    head(HEAD)
    is_good = True
    for count in sizes:
        for line in measure(count, ws):
            report(str(line))
            is_good &= promise(line.promised, line.goal, line.seen, line.is_kept)
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
