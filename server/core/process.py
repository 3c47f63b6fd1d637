"""One process owns an SQLite file; commands reach it through `run.json`."""

import fcntl
import json
import os
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO
from urllib.error import URLError

from server.core.ids import new_secret


class TakenError(RuntimeError):
    """Another process serves this data folder."""


class Owner:
    """Holds the data folder's lock while the process serves, and tells commands where it listens."""

    def __init__(self, data_dir: Path, origin: str, *, exclusive: bool, url: str = "") -> None:
        """`url` is where commands of this machine find us, if that is elsewhere than browsers do."""
        self._folder, self._origin, self._exclusive, self._url = data_dir, origin, exclusive, url or origin
        self.key = new_secret()

    def __enter__(self) -> Self:
        self._lock = _lock(self._folder, exclusive=self._exclusive)
        self._write()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        (self._folder / "run.json").unlink(missing_ok=True)
        self._lock.close()

    def _write(self) -> None:
        path = self._folder / "run.json"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"url": self._url, "origin": self._origin, "key": self.key, "pid": os.getpid()}, file)


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """The data folder for oneself, without serving; TakenError while another process owns it."""
    with _lock(data_dir, exclusive=True):
        yield


def _trust(data_dir: Path) -> ssl.SSLContext:
    """On a venue's network the server has an authority of its own, which only those here trust (server/venue)."""
    context, own = ssl.create_default_context(), data_dir / "tls" / "ca.pem"
    if own.is_file():
        context.load_verify_locations(own)
    return context


def _lock(folder: Path, *, exclusive: bool) -> TextIO:
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    if exclusive:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            message = f"another process serves {folder}"
            raise TakenError(message) from error
    return lock


def ask_running(data_dir: Path, command: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - the command's answer
    """What the serving process answers to a command; None if none serves here."""
    try:
        run = json.loads((data_dir / "run.json").read_text())
        request = urllib.request.Request(  # noqa: S310 - the address is what our own process wrote
            f"{run['url']}/internal/{command}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {run['key']}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10, context=_trust(data_dir)) as answer:  # noqa: S310 - as above
            return json.loads(answer.read())
    except (OSError, URLError, ValueError):
        return None
