"""What measurements share: a real server process on a database of its own, and the disk's own speed."""

import os
import resource
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from server.core.clock import Clock
from server.core.ids import digest, new_secret
from server.core.models import Token
from tests.support.databases import Databases, SqliteDatabases
from tests.support.server import Server
from tests.support.show import Show, opened

BLOCK = b"x" * 4096
METRICS = "figures"
# A row of the page's summary, among what a measurement prints.
PROMISE = "=> "
# The checkout's disk: /tmp may be memory, where a sync costs nothing.
DISK = str(Path(__file__).parents[2])


@contextmanager
def served(
    prepare: Callable[[Show], dict[str, str]], databases: Databases | None = None, /, **settings: str
) -> Iterator[tuple[Server, str, dict[str, str]]]:
    """A server process, on SQLite with `synchronous=FULL` unless `databases` has others.

    With it come the event's key, and what `prepare` gave: tokens.
    """
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=DISK) as name:
        folder = Path(name)
        url = (databases or SqliteDatabases(folder)).migrated()
        with opened(url, Clock()) as house:
            show = house.show()
            tokens = prepare(show)
        server = Server(folder, url, **settings)
        try:
            yield server, show.event, tokens
        finally:
            server.stop()


def tokens_of(show: Show, members: list[str]) -> dict[str, str]:
    """A token for each, as `show.token` makes one; thousands in one transaction."""
    made, now = {member: new_secret() for member in members}, show.clock.now()
    day = 24 * 3_600_000
    with show.services.db.write() as session:
        for member, secret in made.items():
            session.add(
                Token(
                    secret_hash=digest(secret),
                    event_id=show.event,
                    member_id=member,
                    label="",
                    created_at=now,
                    expires_at=now + day,
                )
            )
    return made


def syncs_per_second(folder: str = DISK, seconds: float = 1.0) -> float:
    """How often 4 KiB can be written and synced in a second, where the measured database lies."""
    with tempfile.TemporaryFile(dir=folder) as file:
        count, begin = 0, time.perf_counter()
        while time.perf_counter() < begin + seconds:
            os.write(file.fileno(), BLOCK)
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.perf_counter() - begin)


def percentile(values: list[float], part: float) -> float:
    """A percentile, 0.5 for the median."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def report(line: str) -> None:
    """Print a line of a measurement's table, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def head(columns: str) -> None:
    """Print the head of a table."""
    report(f"{columns}\n{' | '.join(['---'] * (columns.count('|') + 1))}")


def promise(what: str, goal: str, seen: str, is_kept: bool | None) -> bool:  # noqa: FBT001 - read as a row
    """Print a row of the summary, and say whether the run may go on as good. None: it is measured, not promised."""
    kept = "–" if is_kept is None else ("yes" if is_kept else "**broken**")
    report(f"{PROMISE}{what} | {goal} | {seen} | {kept}")
    return is_kept is not False


def many_files(most: int = 20_000) -> None:
    """Let this process, and those that it starts, have a socket for each of thousands."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, most)), hard))


def figures(server: Server) -> dict[str, float]:
    """What a server that was started with `metrics_token=METRICS` counts of itself, by name."""
    bearer = {"Authorization": f"Bearer {METRICS}"}
    request = urllib.request.Request(f"{server.url}/metrics", headers=bearer)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        lines = answer.read().decode().splitlines()
    found = (line.rpartition(" ") for line in lines if not line.startswith("#") and "{" not in line)
    return {name: float(value) for name, _, value in found}
