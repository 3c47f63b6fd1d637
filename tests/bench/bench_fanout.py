"""Fan-out through the program's live endpoint against a bare asyncio.Protocol; slow readers.

`python -m tests.bench.bench_fanout [sockets]` prints a table. The servers are processes of their own on uvloop,
and so is the client, which reads from an epoll without looking at what it reads. Every socket is another member's.
"""

import json
import select
import socket
import statistics
import sys
import tempfile
import time

from tests.bench.children import Child, child
from tests.bench.crowd import PATIENCE, handshake
from tests.bench.fanout_server import LUMP
from tests.bench.stage import DISK, head, many_files, promise, report

STAMP = slice(4, 24)
ROUNDS, BURSTS, WARM, PAUSE = 5, 60, 5, 0.005
POURED, READERS, SLOW = 25_000, 18, 2
RATIO, HELD = 1.3, 256
LIVE = handshake("/live", "")


class Crowd:
    """Sockets that read what comes, as fast as one Python process can."""

    def __init__(self, peers: list[socket.socket]) -> None:
        self.peers = {peer.fileno(): peer for peer in peers}
        self.epoll, self.buffer = select.epoll(), bytearray(1 << 16)
        for fd, peer in self.peers.items():
            peer.settimeout(0)
            self.epoll.register(fd, select.EPOLLIN)

    def settle(self, quiet: float = 0.5) -> None:
        """Read until nothing has come for so many seconds."""
        while ready := self.epoll.poll(quiet):
            for fd, _ in ready:
                self.take(fd)

    def take(self, fd: int) -> int:
        """Read what has come to a socket; how many bytes that was."""
        return self.peers[fd].recv_into(self.buffer)

    def close(self) -> None:
        self.epoll.close()
        for peer in self.peers.values():
            peer.close()

    def last(self, size: int) -> int:
        """Wait until everybody has so many bytes; when that was, in ns on the machine's monotonic clock."""
        missing, deadline = len(self.peers) * size, time.monotonic() + PATIENCE
        while missing > 0:
            for fd, _ in self.epoll.poll(PATIENCE):
                missing -= self.take(fd)
            assert time.monotonic() < deadline, f"{missing} bytes are missing"
        return time.monotonic_ns()

    def lags(self, frames: int) -> list[float]:
        """Read so many frames each; ms from the stamp of the newest frame to its arrival, at every read."""
        left, parts, lags = len(self.peers) * frames, dict.fromkeys(self.peers, b""), list[float]()
        while left:
            ready = self.epoll.poll(PATIENCE)
            assert ready, "the others stalled"
            for fd, _ in ready:
                stamps, parts[fd] = parse(parts[fd] + self.peers[fd].recv(1 << 16))
                left -= len(stamps)
                lags += [(time.monotonic_ns() - stamp) / 1e6 for stamp in stamps[-1:]]
        return lags


def parse(data: bytes) -> tuple[list[int], bytes]:
    """The stamps of the whole frames in some bytes (heartbeats have none), and the rest."""
    stamps, at = list[int](), 0
    while len(data) - at >= 4:
        short = data[at + 1] < 126
        end = at + 2 + data[at + 1] if short else at + 4 + int.from_bytes(data[at + 2 : at + 4])
        if end > len(data):
            break
        if not short:
            stamps.append(int(data[at:end][STAMP]))
        at = end
    return stamps, data[at:]


# The measurements: each prints lines of the table, and says whether it kept what was promised


def fan_out(count: int) -> bool:
    with (
        tempfile.TemporaryDirectory(prefix=".bench-", dir=DISK) as folder,
        child("bare") as bare,
        child("program", folder, str(count)) as program,
    ):
        theirs, ours = Crowd([bare.connect() for _ in range(count)]), Crowd(phones(program))
        ours.settle()
        limits, ready, commit = list[float](), list[float](), list[float]()
        spent = {bare: 0.0, program: 0.0}
        for turn in range(ROUNDS + 1):
            (first, whole), size = measured(program, ours, spent)
            if turn == 0:  # it only warms up
                spent[program] = 0.0
                continue
            ready.append(first)
            commit.append(whole)
            limits.append(limit(bare, theirs, size, spent))
        beside = f"{statistics.median(limits):.2f} ms"
        first, whole = (
            statistics.median(one / other for one, other in zip(times, limits, strict=True))
            for times in (ready, commit)
        )
        what = f"frame of {size:,} B to {count:,}, from its first write to the last socket, p50"
        goal = f"≤ {RATIO} ×"
        report(f"{what} | {goal} | {beside} | {statistics.median(ready):.2f} ms | {first:.2f} ×")
        what = "… from the commit of the change, its reading and rendering included"
        report(f"{what} | – | {beside} | {statistics.median(commit):.2f} ms | {whole:.2f} ×")
        each = [seconds / ROUNDS / bursts(ours) * 1000 for seconds in spent.values()]
        cpu = f"{each[0]:.2f} ms | {each[1]:.2f} ms | {each[1] / each[0]:.2f} ×"
        report(f"… CPU of the server, carrying out the change included | – | {cpu}")
    return promise(
        f"fan-out to {count:,} phones, to a bare asyncio.Protocol", goal, f"{first:.2f} ×", first <= RATIO
    )


def phones(program: Child) -> list[socket.socket]:
    """A socket for each member of the program's event."""
    program.say("requests")
    path, *tokens = json.loads(program.hear())
    return [program.connect(handshake(path, token)) for token in tokens]


def bursts(crowd: Crowd) -> int:
    """How many in a round: fewer to a larger crowd, so that a round is as long."""
    return WARM + min(BURSTS, 60_000 // len(crowd.peers))


def measured(program: Child, crowd: Crowd, spent: dict[Child, float]) -> tuple[tuple[float, float], int]:
    """p50 of the ms from the first write, and from the commit, to the last socket; and the frame's size."""
    before, ready, commit, size = program.measure("cpu"), list[float](), list[float](), 0
    for _ in range(bursts(crowd)):
        program.say("burst")
        committed, begun, size = (int(part) for part in program.hear().split())
        end = crowd.last(size)
        ready.append((end - begun) / 1e6)
        commit.append((end - committed) / 1e6)
        time.sleep(PAUSE)
    spent[program] += program.measure("cpu") - before
    return (statistics.median(ready[WARM:]), statistics.median(commit[WARM:])), size


def limit(bare: Child, crowd: Crowd, size: int, spent: dict[Child, float]) -> float:
    """The same of the bare server."""
    before, times = bare.measure("cpu"), list[float]()
    for _ in range(bursts(crowd)):
        bare.say(f"burst {size}")
        begun = int(bare.hear())
        times.append((crowd.last(size) - begun) / 1e6)
        time.sleep(PAUSE)
    spent[bare] += bare.measure("cpu") - before
    return statistics.median(times[WARM:])


def slow_readers() -> bool:
    grown, is_good = [], True
    for slow in (0, SLOW):
        with child("live") as live:
            crowd = Crowd([live.connect(LIVE) for _ in range(READERS)])
            never = [live.connect(LIVE) for _ in range(slow)]
            time.sleep(0.3)
            before = live.measure("rss")
            lags = pour(live, crowd)
            grown.append(live.measure("rss") - before)
            p50, p99, worst = lags[len(lags) // 2], lags[len(lags) * 99 // 100], lags[-1]
            who = f"{POURED} frames, {slow} of {READERS + slow} never read"
            told = f"{p50:.2f} / {p99:.1f} / {worst:.0f} ms"
            report(f"{who}: lag of the others, p50 / p99 / worst | – | – | {told} | –")
            if never:
                each = (grown[1] - grown[0]) / slow / 1024
                is_good = each <= HELD
                broken = "" if is_good else " **broken**"
                what = "… growth for each slow one, against the run without"
                report(f"{what} | ≤ {HELD} KiB{broken} | – | {each:.0f} KiB | –")
                most = live.measure("buffered_most") / 1024
                report(f"… most that is buffered for one | – | – | {most:.0f} KiB | –")
    return is_good


def pour(live: Child, crowd: Crowd) -> list[float]:
    """Lags of a crowd that always gets the next lump when it has read the last one."""
    lags = list[float]()
    for _ in range(POURED // LUMP):
        live.say("pour")
        lags += crowd.lags(LUMP)
    return sorted(lags)


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    many_files()
    head("what | goal | bare uvloop | Fieldcue | ratio")
    return int(not all([fan_out(count), slow_readers()]))


if __name__ == "__main__":
    sys.exit(main())
