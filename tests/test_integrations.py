"""The examples of docs/integrations.md do what the page says: each that is marked `run` is run, on a real server."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from server.connections.signing import headers_for
from server.core.ids import digest, new_secret
from tests.people.stage import Json, opened, with_cast
from tests.support.child import Child, free_port, listens, plain_environment
from tests.support.databases import SqliteDatabases
from tests.support.receiver import SECRET
from tests.support.server import Server

PAGE = (Path(__file__).parents[1] / "docs" / "integrations.md").read_text()
BLOCKS = re.findall(r"^```(\w+)( run)?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
RUN = [(language, text) for language, marked, text in BLOCKS if marked]
SHOWN = [json.loads(text) for language, _, text in BLOCKS if language == "json"]
COMMANDS = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
ROWS = ("開場", "換場", "山嵐列車", "謝幕")


class House:
    """A server, the token of a desk on its main stage, and the port at which a webhook goes."""

    def __init__(self, server: Server, token: str, port: int) -> None:
        self.server, self.port = server, port
        self.environment = plain_environment(
            FIELDCUE=server.url, TOKEN=token, PYTHONWARNINGS="ignore", SECRET=SECRET, PORT=str(port)
        )

    def run(self, place: int) -> str:
        """Run an example by its place on the page; what it prints."""
        language, text = RUN[place]
        command = [*COMMANDS[language], text]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def house(
    run_server: Callable[..., Server], sqlite_databases: SqliteDatabases, tmp_path: Path
) -> Iterator[House]:
    url, token, port = with_cast(sqlite_databases, real=True), new_secret(), free_port()
    rows: list[tuple[str, Json]] = [
        (
            "cue.add",
            {"id": f"c{n}", "track": "main", "number": str(121 + n), "title": title, "duration_s": 600},
        )
        for n, title in enumerate(ROWS)
    ]
    hook: Json = {
        "id": "w",
        "name": "x",
        "url": f"http://127.0.0.1:{port}",
        "groups": ["go"],
        "secret": SECRET,
    }
    with opened(url, tmp_path, real=True) as stage:
        stage.must_all("bo", [*rows, ("webhook.add", hook)])
        stage.must("cai", "desk.open", id="deck", track="main", name="Stream Deck", hash=digest(token))
    yield House(run_server(url, webhook_private="127.0.0.0/8"), token, port)
    sqlite_databases.forget(url)


def test_a_desk_calls_and_a_webhooks_receiver_hears_of_it_by_the_pages_examples(
    house: House, tmp_path: Path
) -> None:
    receiver = Child([*COMMANDS["python"], RUN[3][1]], tmp_path / "receiver.log", house.environment)
    receiver.wait_until(lambda: listens(house.port), 10)
    called = json.loads(house.run(0))
    assert called.keys() == SHOWN[0].keys()
    assert (called["status"], called["row"]["title"]) == ("applied", ROWS[0])
    plus, _, rest = house.run(1).partition("}}")
    assert json.loads(plus + "}}")["status"] == "applied"
    assert re.search(r"▶ 121 開場 09:\d\d ⏭ 122 換場$", rest)
    assert house.run(2).splitlines() == ["換場", "applied"]
    try:
        receiver.wait_until(lambda: receiver.output.count("GO") == 2, 10)
    finally:
        receiver.kill()
    assert [line.split(" · ") for line in receiver.output.splitlines() if "GO" in line] == [
        ["Stream Deck", "GO", "121 開場"],
        ["Stream Deck", "GO", "122 換場"],
    ]


def test_the_pages_check_takes_our_signature_and_no_other(house: House, desktop: Page) -> None:
    desktop.goto(f"{house.server.url}/healthz")
    now, body = int(time.time()), '{"type": "fieldcue.test"}'
    good = headers_for("m1", now, body.encode(), ["whsec_" + "A" * 32, SECRET])

    def check(headers: dict[str, str], text: str) -> Any:  # noqa: ANN401 - what the page's function answers
        script = (
            f"async ([secret, headers, body]) => {{ {RUN[4][1]}; return isOurs(secret, headers, body); }}"
        )
        return desktop.evaluate(script, [SECRET, headers, text])

    assert check(good, body) is True
    assert check(good, body + " ") is False
    assert check(headers_for("m1", now - 600, body.encode(), [SECRET]), body) is False
    assert check(headers_for("m1", now, body.encode(), ["whsec_" + "A" * 32]), body) is False


def test_every_example_is_run() -> None:
    assert [language for language, _ in RUN] == ["sh", "sh", "python", "python", "js"]
