"""Fan-out through the hub against a bare asyncio.Protocol on uvloop, in one run; slow readers; memory.

`python -m tests.bench.bench_fanout [sockets]` prints a table. The servers are processes of their own, and so is
the client, which reads from an epoll without looking at more than the time in a frame.
"""

import resource
import select
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.fanout_server import LUMP, PAYLOAD

FRAME = PAYLOAD + 4
STAMP = slice(4, 24)
ROUNDS, BURSTS, WARM = 5, 60, 5
POURED, READERS, SLOW = 25_000, 18, 2
PATIENCE = 30.0


class Child:
    def __init__(self, name: str) -> None:
        command = [sys.executable, "-m", "tests.bench.fanout_server", name]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.hear())

    def say(self, command: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def measure(self, what: str) -> float:
        self.say(what)
        return float(self.hear())

    def connect(self, *, upgrade: bool) -> socket.socket:
        peer = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        if upgrade:
            peer.sendall(
                b"GET /live HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            assert peer.recv(4096).endswith(b"\r\n\r\n")
        return peer


@contextmanager
def child(name: str) -> Iterator[Child]:
    one = Child(name)
    try:
        yield one
    finally:
        one.process.kill()
        one.process.wait(10)


class Crowd:
    """Sockets that read what comes, as fast as one Python process can."""

    def __init__(self, peers: list[socket.socket]) -> None:
        self.peers = {peer.fileno(): peer for peer in peers}
        self.epoll, self.buffer = select.epoll(), bytearray(1 << 16)
        for fd, peer in self.peers.items():
            peer.settimeout(0)
            self.epoll.register(fd, select.EPOLLIN)

    def last(self) -> float:
        """Wait until everybody has one frame; ms from its stamp to the last one's arrival."""
        missing, buffer, deadline = len(self.peers) * FRAME, self.buffer, time.monotonic() + PATIENCE
        while missing:
            for fd, _ in self.epoll.poll(PATIENCE):
                missing -= self.peers[fd].recv_into(buffer)
            assert time.monotonic() < deadline
        return (time.monotonic_ns() - int(buffer[STAMP])) / 1e6

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


# The measurements: each yields lines of the table


def fan_out(count: int) -> Iterator[str]:
    with child("bare") as bare, child("live") as live:
        crowds = {
            one: Crowd([one.connect(upgrade=one is live) for _ in range(count)]) for one in (bare, live)
        }
        time.sleep(0.5)
        times, spent = {bare: list[float](), live: list[float]()}, {bare: 0.0, live: 0.0}
        for _ in range(ROUNDS):
            for one, crowd in crowds.items():
                before = one.measure("cpu")
                times[one].append(statistics.median(bursts(one, crowd)))
                spent[one] += one.measure("cpu") - before
        ratio = statistics.median(b / a for a, b in zip(times[bare], times[live], strict=True))
        both = " | ".join(f"{statistics.median(times[one]):.2f} ms" for one in (bare, live))
        yield f"fan-out of {PAYLOAD} B to {count}, p50 from the change to the last | {both} | {ratio:.2f} ×"
        each = " | ".join(f"{spent[one] / ROUNDS / (BURSTS + WARM) * 1000:.2f} ms" for one in (bare, live))
        yield f"… CPU of the server | {each} | {spent[live] / spent[bare]:.2f} ×"


def bursts(one: Child, crowd: Crowd) -> list[float]:
    times = []
    for _ in range(BURSTS + WARM):
        one.say("burst")
        times.append(crowd.last())
        time.sleep(0.005)
    return times[WARM:]


def slow_readers() -> Iterator[str]:
    grown = []
    for slow in (0, SLOW):
        with child("live") as live:
            crowd = Crowd([live.connect(upgrade=True) for _ in range(READERS)])
            never = [live.connect(upgrade=True) for _ in range(slow)]
            time.sleep(0.3)
            before = live.measure("rss")
            lags = pour(live, crowd)
            grown.append(live.measure("rss") - before)
            p50, p99, worst = lags[len(lags) // 2], lags[len(lags) * 99 // 100], lags[-1]
            who = f"{POURED} frames, {slow} of {READERS + slow} never read"
            yield f"{who}: lag of the others, p50 / p99 / worst | – | {p50:.2f} / {p99:.1f} / {worst:.0f} ms | –"
            if never:
                each = (grown[1] - grown[0]) / slow / 1024
                yield f"… growth for each slow one, against the run without | – | {each:.0f} KiB | –"
                yield f"… most that is buffered for one | – | {live.measure('buffered') / 1024:.0f} KiB | –"


def pour(live: Child, crowd: Crowd) -> list[float]:
    """Lags of a crowd that always gets the next lump when it has read the last one."""
    lags = list[float]()
    for _ in range(POURED // LUMP):
        live.say("pour")
        lags += crowd.lags(LUMP)
    return sorted(lags)


def memory(count: int) -> Iterator[str]:
    with child("live") as live:
        peers = [live.connect(upgrade=True) for _ in range(200)]
        before, start = live.measure("rss"), time.monotonic()
        peers += [live.connect(upgrade=True) for _ in range(count)]
        took = time.monotonic() - start
        time.sleep(0.5)
        each = (live.measure("rss") - before) / count / 1000
        yield f"memory of a connection | – | {each:.1f} KB | –"
        yield f"handshakes, one after the other | – | {count / took:.0f}/s | –"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 20_000)), hard))
    sys.stdout.write("what | bare uvloop | hub | ratio\n--- | --- | --- | ---\n")
    for part in (fan_out(count), slow_readers(), memory(count)):
        for line in part:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
