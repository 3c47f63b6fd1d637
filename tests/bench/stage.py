"""What measurements share: a real server process on a database of its own, and the disk's own speed."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from server.core.clock import Clock
from tests.support.databases import SqliteDatabases
from tests.support.server import Server
from tests.support.show import Show, opened

BLOCK = b"x" * 4096
# The checkout's disk: /tmp may be memory, where a sync costs nothing.
DISK = str(Path(__file__).parents[2])


@contextmanager
def served(
    prepare: Callable[[Show], dict[str, str]], **settings: str
) -> Iterator[tuple[Server, str, dict[str, str]]]:
    """A server process on SQLite with `synchronous=FULL`; the event's key, and what `prepare` gave: tokens."""
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=DISK) as name:
        folder = Path(name)
        url = SqliteDatabases(folder).migrated()
        with opened(url, Clock()) as house:
            show = house.show()
            tokens = prepare(show)
        server = Server(folder, url, **settings)
        try:
            yield server, show.event, tokens
        finally:
            server.stop()


def syncs_per_second(seconds: float = 1.0) -> float:
    """How often 4 KiB can be written and synced in a second, where the measured database lies."""
    with tempfile.TemporaryFile(dir=DISK) as file:
        count, begin = 0, time.perf_counter()
        while time.perf_counter() < begin + seconds:
            os.write(file.fileno(), BLOCK)
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.perf_counter() - begin)


def percentile(values: list[float], part: float) -> float:
    """A percentile, 0.5 for the median."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
