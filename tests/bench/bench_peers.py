"""Fan-out, handshakes and memory of the program's live endpoint against node's ws and a bare asyncio.Protocol.

`python -m tests.bench.bench_peers [sockets …]`. The frame is what the edit of a row makes; the peers write as many
bytes. All servers are processes of their own; rounds alternate, and ratios are of the same round.
"""

import json
import resource
import select
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.bench_fanout import ROUNDS, Crowd, limit, measured
from tests.bench.children import Child, child, running
from tests.bench.crowd import PATIENCE, handshake
from tests.bench.peers import NotRunError, node_ws
from tests.bench.stage import DISK

SIZES = (1000, 5000)
GOALS = {1000: 0.8, 5000: 0.9}
AT_ONCE = 100
KILOBYTES, SHAKES = 30, 0.5
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
        theirs, their_rate = shake_hands(peer.port, [handshake("/", "")] * count)
        ours, our_rate = shake_hands(program.port, [handshake(path, token) for token in tokens])
        crowds = {
            peer: Crowd(theirs),
            program: Crowd(ours),
            bare: Crowd([bare.connect() for _ in range(count)]),
        }
        crowds[program].settle(2)
        grown = {server: (server.measure("rss") - then) / count / 1000 for server, then in before.items()}
        yield from fan_out(count, program, peer, bare, crowds)
        ratio, most = our_rate / their_rate, grown[program]
        what = f"handshakes a second, {count:,} sockets, {AT_ONCE} at once"
        yield Line(
            what, "–", f"{their_rate:,.0f}", f"{our_rate:,.0f}", ratio, f"≥ {SHAKES} ×", ratio >= SHAKES
        )
        what, goal = f"memory a phone, of {count:,}", f"≤ {KILOBYTES} KB"
        theirs_each, ours_each = f"{grown[peer]:.1f} KB", f"{most:.1f} KB"
        yield Line(what, "–", theirs_each, ours_each, most / grown[peer], goal, most <= KILOBYTES)


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
    yield Line(what, limits, theirs, ours, ratio, f"≤ {most} ×", ratio <= most)


def shake_hands(port: int, requests: list[bytes]) -> tuple[list[socket.socket], float]:
    """Open a socket for each, so many at once; they, and how many a second became WebSockets."""
    waiting, opened, left = select.epoll(), list[socket.socket](), list(reversed(requests))
    open_now: dict[int, tuple[socket.socket, bytes]] = {}
    begin = time.perf_counter()
    while left or open_now:
        while left and len(open_now) < AT_ONCE:
            peer = socket.socket()
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.connect(("127.0.0.1", port))
            peer.sendall(left.pop())
            peer.settimeout(0)
            open_now[peer.fileno()] = peer, b""
            waiting.register(peer.fileno(), select.EPOLLIN)
        ready = waiting.poll(PATIENCE)
        assert ready, "no handshake is answered"
        for fd, _ in ready:
            peer, heard = open_now[fd]
            heard += peer.recv(1 << 16)
            open_now[fd] = peer, heard
            if b"\r\n\r\n" in heard:
                assert b" 101 " in heard.partition(b"\r\n")[0], heard[:200]
                waiting.unregister(fd)
                opened.append(open_now.pop(fd)[0])
    return opened, len(requests) / (time.perf_counter() - begin)


def main() -> int:
    sizes = [int(each) for each in sys.argv[1:]] or SIZES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 20_000)), hard))
    try:
        ws = node_ws()
    except NotRunError as why:
        sys.stdout.write(f"peer | why\n--- | ---\nnode ws | not run: {why}\n")
        return 0
    sys.stdout.write(f"{HEAD}\n{' | '.join(['---'] * (HEAD.count('|') + 1))}\n")
    is_good = True
    for count in sizes:
        for line in measure(count, ws):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
            is_good &= line.is_kept
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
