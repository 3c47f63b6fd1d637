"""A server with a show, and the commands that one types beside it."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from websockets.sync.client import ClientConnection, connect

from server import cli
from server.core.clock import Clock
from tests.support.databases import Databases
from tests.support.server import Server
from tests.support.show import Json, Show, opened

EVENT, OTHER = "riverside-1", "harbour-1"


class Done(NamedTuple):
    """What a command answered."""

    status: int
    out: str
    err: str


@dataclass
class Kept:
    """A show on a real server: Wei calls, Mei follows. Commands run on its folder and database."""

    server: Server
    event: str
    tokens: dict[str, str]
    url: str
    run: Callable[..., Done]

    @property
    def data(self) -> Path:
        return self.server.folder / "data"

    def fieldcue(self, *words: str) -> Done:
        """A command as one types it beside this server."""
        return self.run(self.data, self.url, *words)

    def send(self, member: str, op_id: str, op: str, **args: Any) -> Json:  # noqa: ANN401 - whatever the op takes
        """Post one op; its result."""
        body = json.dumps({"ops": [{"id": op_id, "op": op, "args": args}]}).encode()
        result: Json = self._ask(member, "ops", body)["results"][0]
        return result

    def state(self, member: str) -> Json:
        found: Json = self._ask(member, "state")
        return found

    def log(self, member: str) -> list[Json]:
        found: list[Json] = self._ask(member, "changes?since=0")["changes"]
        return found

    @contextmanager
    def live(self, member: str, **query: str | int) -> Iterator[ClientConnection]:
        """A member's socket."""
        asked = urlencode({"format": "json"} | query)
        address = f"{self.server.url.replace('http', 'ws')}/api/events/{self.event}/live?{asked}"
        headers = {"Authorization": f"Bearer {self.tokens[member]}"}
        with connect(address, additional_headers=headers, compression=None) as connection:
            yield connection

    def _ask(self, member: str, path: str, body: bytes | None = None) -> Any:  # noqa: ANN401 - the answer's JSON
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.server.url}/api/events/{self.event}/{path}",
            body,
            {"Authorization": f"Bearer {self.tokens[member]}"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
            return json.load(answer)


def heard(socket: ClientConnection, kind: str) -> Json:
    """The next message of a kind."""
    while True:
        message: Json = json.loads(socket.recv(timeout=10))
        if message["type"] == kind:
            return message


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """`typed(folder, database_url, "backup", …, PUBLIC_URL="…")` runs a command in this process."""

    def run(folder: Path, url: str, *words: str, **settings: str) -> Done:
        monkeypatch.setenv("FIELDCUE_DATA_DIR", str(folder))
        monkeypatch.setenv("FIELDCUE_DATABASE_URL", url)
        for name, value in settings.items():
            monkeypatch.setenv(f"FIELDCUE_{name}", value)
        monkeypatch.setattr(cli, "set_up_logging", lambda *_, **__: None)
        capsys.readouterr()
        try:
            status = cli.main(words)
        except SystemExit as end:
            status = int(str(end.code))
        return Done(status, *capsys.readouterr())

    return run


def _fill(url: str) -> None:
    with opened(url, Clock()) as house:
        show = house.show()
        assert (show.event, show.other) == (EVENT, OTHER)
        for name in ("opening", "drums", "finale"):
            show.add(name, duration_s=600)


@pytest.fixture
def kept(
    databases: Databases, run_forked: Callable[..., Server], typed: Callable[..., Done]
) -> Iterator[Kept]:
    """A server that runs, with a show of three rows; on both backends."""
    url = databases.filled("kept", _fill)
    with opened(url, Clock()) as house:
        show = Show(house, EVENT, OTHER)
        tokens = {name: show.token(name) for name in ("rui", "wei", "mei")}
    yield Kept(run_forked(database_url=url), EVENT, tokens, url, typed)
    databases.forget(url)
