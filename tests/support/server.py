"""The real program, as its own process on a free port of the loopback interface."""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.support.child import Child, free_port, plain_environment

ROOT = Path(__file__).parents[2]


class Server:
    """`fieldcue serve` with settings of its own. `url` has no slash at the end."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # What a test gives wins over these.
        self.settings = {
            "FIELDCUE_HOST": "127.0.0.1",
            "FIELDCUE_PORT": str(self.port),
            "FIELDCUE_PUBLIC_URL": self.url,
            "FIELDCUE_DATA_DIR": str(folder / "data"),
            "FIELDCUE_DATABASE_URL": database_url,
        } | {f"FIELDCUE_{name.upper()}": value for name, value in settings.items()}
        self.child = self._start()

    @property
    def output(self) -> str:
        return self.child.output

    def stop(self) -> None:
        """End it as a host would, and see that it ends well."""
        if self.child.process.poll() is None:
            code = self.child.stop()
            assert code in {0, -15}, f"{code}: {self.output}"

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.child.kill()

    def restart(self) -> None:
        """Start it again after `stop` or `kill`: same port, same data."""
        assert self.child.process.poll() is not None, "stop or kill it first"
        self.child = self._start()

    def get(self, path: str) -> object:
        """The JSON of a path that needs no sign-in."""
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:  # noqa: S310 - our own loopback address
            return json.load(answer)

    def _start(self) -> Child:
        command = (sys.executable, "-m", "server.cli", "serve")
        child = Child(command, self.folder / "server.log", plain_environment(**self.settings), cwd=ROOT)
        child.wait_until(self._is_healthy, seconds=30)
        return child

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/healthz", timeout=5) as answer:  # noqa: S310 - as above
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
