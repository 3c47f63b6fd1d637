"""What TLS costs: the program's own, as at a venue, and Caddy's as a reverse proxy, beside plain sockets.

Three servers with as many phones, in rounds that alternate; frames are those of the edit of a row. Whoever trusts a
certificate here verifies it, and decrypts in the same process that measures, so that the phones' side is in it too.
"""

import json
import socket
import ssl
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from server.venue.authority import Certified, Hosts, certify
from tests.bench.bench_fanout import Crowd, measured
from tests.bench.children import Child, child
from tests.bench.crowd import AT_ONCE, handshake, shake_hands
from tests.bench.peers import CADDY, NotRunError, caddy
from tests.bench.stage import DISK, head, many_files, promise, report
from tests.support.child import Child as Program
from tests.support.child import free_port, listens, plain_environment

PHONES, ROUNDS = 1000, 3
HEAD = "what | plain | own TLS | Caddy with TLS before a plain one"
CADDYFILE = """{{
    admin off
    auto_https off
    persist_config off
    default_sni 127.0.0.1
}}
https://127.0.0.1:{port} {{
    bind 127.0.0.1
    tls {chain} {key}
    reverse_proxy 127.0.0.1:{target}
}}
"""


class Veiled(Crowd):
    """Sockets by TLS: what was decrypted has to be read to its end, since no poll tells of it."""

    def take(self, fd: int) -> int:
        size, peer = 0, self.peers[fd]
        try:
            while more := peer.recv_into(self.buffer):
                size += more
            message = "it was closed"
            raise ConnectionError(message)
        except ssl.SSLWantReadError:
            return size


@dataclass
class Way:
    """A server, and how phones reach it."""

    name: str
    program: Child
    port: int
    trust: ssl.SSLContext | None = None
    crowd: Crowd = field(init=False)
    shakes: float = 0
    times: list[float] = field(default_factory=list)
    spent: dict[Child, float] = field(default_factory=dict)
    grown: float = 0

    def arrive(self) -> None:
        self.program.say("requests")
        path, *tokens = json.loads(self.program.hear())
        before = self.program.measure("rss")
        requests = [handshake(path, token) for token in tokens]
        peers, self.shakes = shake_hands(self.port, requests, self.trust)
        self.crowd = self._crowd(peers)
        self.crowd.settle(1)
        self.grown = (self.program.measure("rss") - before) / len(tokens) / 1000
        self.spent = {self.program: 0.0}

    def _crowd(self, peers: list[socket.socket]) -> Crowd:
        return Veiled(peers) if self.trust else Crowd(peers)


@contextmanager
def ways(count: int) -> Iterator[list[Way]]:
    """Plain, own TLS, and behind a proxy if there is one."""
    with ExitStack() as stack:
        folders = [
            stack.enter_context(tempfile.TemporaryDirectory(prefix=".bench-", dir=DISK)) for _ in range(3)
        ]
        plain = stack.enter_context(child("program", folders[0], str(count)))
        own = stack.enter_context(child("program", folders[1], str(count), "tls"))
        trust = ssl.create_default_context(cafile=Path(folders[1]) / "tls" / "ca.pem")
        found = [Way("plain", plain, plain.port), Way("own TLS", own, own.port, trust)]
        try:
            proxy = caddy()
        except NotRunError as why:
            report(f"behind Caddy | – | – | not run: {why}")
            promise(
                "fan-out and handshakes behind a reverse proxy with TLS", "measured", f"not run: {why}", None
            )
        else:
            behind = stack.enter_context(child("program", folders[2], str(count)))
            certified = certify(Path(folders[2]) / "tls", Hosts(["127.0.0.1"]))
            port = stack.enter_context(proxied(proxy, Path(folders[2]), behind.port, certified))
            trust = ssl.create_default_context(cafile=certified.authority)
            found.append(Way(f"Caddy {CADDY}", behind, port, trust))
        yield found


@contextmanager
def proxied(program: Path, folder: Path, target: int, certified: Certified) -> Iterator[int]:
    """Caddy before a server; its port."""
    port, settings = free_port(), folder / "Caddyfile"
    settings.write_text(CADDYFILE.format(port=port, target=target, chain=certified.chain, key=certified.key))
    homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    command: list[str | Path] = [program, "run", "--config", settings, "--adapter", "caddyfile"]
    one = Program(command, folder / "caddy.log", plain_environment(**homes))
    try:
        one.wait_until(lambda: listens(port), seconds=20)
        yield port
    finally:
        one.kill()


def measure(count: int) -> None:
    with ways(count) as found:
        for way in found:
            way.arrive()
        size = 0
        for turn in range(ROUNDS + 1):
            for way in found:
                (first, _), size = measured(way.program, way.crowd, way.spent)
                if turn:  # the first only warms up
                    way.times.append(first)
        tell(found, count, size)


def tell(found: list[Way], count: int, size: int) -> None:
    plain = found[0]
    p50s = [statistics.median(way.times) for way in found]
    what = f"frame of {size:,} B to {count:,}, from its first write to the last socket, p50"
    report(f"{what} | {' | '.join(f'{each:.1f} ms' for each in p50s)}")
    report(f"handshakes a second, {AT_ONCE} at once | {' | '.join(f'{way.shakes:,.0f}' for way in found)}")
    report(f"memory of the program a phone | {' | '.join(f'{way.grown:.1f} KB' for way in found)}")
    for way, p50 in zip(found[1:], p50s[1:], strict=True):
        seen = f"fan-out {p50 / p50s[0]:.1f} × plain, handshakes {way.shakes / plain.shakes:.2f} ×"
        promise(f"{count:,} phones behind TLS: {way.name}", "measured", seen, None)


def main() -> int:
    many_files()
    head(HEAD)
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else PHONES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
