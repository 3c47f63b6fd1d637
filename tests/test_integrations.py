"""The examples of docs/integrations.md do what the page says: each that is marked `run` is run, on a real server."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from server.core.ids import digest, new_secret
from tests.support.child import plain_environment
from tests.support.served import Served

PAGE = (Path(__file__).parents[1] / "docs" / "integrations.md").read_text()
BLOCKS = re.findall(r"^```(\w+)( run)?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
RUN = [(language, text) for language, marked, text in BLOCKS if marked]
COMMANDS = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
ROWS = ("開場", "換場", "山嵐列車", "謝幕")

Run = Callable[[int], str]


@pytest.fixture
def run(sqlite_served: Served) -> Run:
    """Runs an example by its place on the page, as whoever has made a token for the main stage; what it prints."""
    secret = new_secret()
    for number, title in enumerate(ROWS):
        sqlite_served.show.add(f"c{number}", title=title, number=str(121 + number), duration_s=600)
    sqlite_served.do("wei", "desk.open", id="deck", track="main", name="Stream Deck", hash=digest(secret))
    address = f"http://127.0.0.1:{sqlite_served.port}"

    def carry_out(place: int) -> str:
        language, text = RUN[place]
        environment = plain_environment(FIELDCUE=address, TOKEN=secret, PYTHONWARNINGS="ignore")
        done = subprocess.run(
            [*COMMANDS[language], text],
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return carry_out


def test_a_desk_calls_is_told_how_it_stands_and_goes_on_by_the_pages_examples(run: Run) -> None:
    called = json.loads(run(0))
    shown = json.loads(next(text for language, _, text in BLOCKS if language == "json"))
    assert called.keys() == shown.keys()
    assert (called["status"], called["row"]["title"]) == ("applied", ROWS[0])
    plus, _, rest = run(1).partition("}}")
    assert json.loads(plus + "}}")["status"] == "applied"
    assert re.search(r"▶ 121 開場 09:\d\d ⏭ 122 換場$", rest)
    assert run(2).splitlines() == ["換場", "applied"]


def test_every_example_is_run() -> None:
    assert [language for language, _ in RUN] == ["sh", "sh", "python"]
