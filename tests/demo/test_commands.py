"""`fieldcue demo` and its neighbours, as one types them."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from server.demo.seed import prepare_demo
from server.settings import Settings
from tests.support.child import Child, free_port, plain_environment
from tests.support.server import ROOT, Server

EVENT = "riverside2027"


class DemoServer(Server):
    """`fieldcue demo`, in the folder of a test."""

    def __init__(self, folder: Path, *options: str, database_url: str = "") -> None:
        self.options = options
        super().__init__(folder, database_url)

    def ask(self, path: str, token: str, **more: object) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"}
        url = f"{self.url}/api/events/{EVENT}/{path}"
        return httpx2.request("POST" if more else "GET", url, headers=headers, timeout=10, **more)  # type: ignore[arg-type]

    def links(self) -> list[str]:
        """The links of its last start."""
        welcome = self.output.rpartition("Fieldcue demo")[2]
        return [line.split("/join#")[1] for line in welcome.splitlines() if "/join#" in line]

    def _start(self) -> Child:
        command = (sys.executable, "-m", "server.cli", "demo", *self.options)
        child = Child(command, self.folder / "server.log", plain_environment(**self.settings), cwd=ROOT)
        child.wait_until(self._is_healthy, seconds=60)
        return child


Start = Callable[..., DemoServer]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded")
    prepare_demo(Settings(data_dir=folder), at="14:36")
    return folder / "demo"


@pytest.fixture
def start(tmp_path: Path, seeded: Path) -> Iterator[Start]:
    """`start("--at", "14:36")` serves a demo that was seeded before."""
    started: list[DemoServer] = []

    def start(*options: str, **more: str) -> DemoServer:
        shutil.copytree(seeded, tmp_path / "data" / "demo")
        started.append(DemoServer(tmp_path, *(options or ("--at", "14:36")), **more))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def fieldcue(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a data folder, to its end."""
    environment = plain_environment(
        FIELDCUE_DATA_DIR=str(folder), FIELDCUE_PORT=str(free_port()), FIELDCUE_DATABASE_URL="", **settings
    )
    command = (sys.executable, "-m", "server.cli", *words)
    return subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def token(folder: Path, member: str = "c02") -> str:
    done = fieldcue(folder, "token", "--event", EVENT, "--as", member)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def epoch(server: DemoServer, bearer: str) -> str:
    return str(server.ask("state?kinds=track", bearer).json()["epoch"])


def join(server: DemoServer, secret: str) -> httpx2.Response:
    return httpx2.post(
        f"{server.url}/join", data={"secret": secret}, headers={"origin": server.url}, timeout=10
    )


def test_a_second_start_keeps_the_data_and_prints_fresh_links(start: Start) -> None:
    demo = start()
    first, bearer = demo.links(), token(demo.folder / "data" / "demo")
    op = {"id": "o1", "op": "cue.edit", "args": {"id": "d1-25", "set": {"title": "換一團"}}}
    assert demo.ask("ops", bearer, json={"ops": [op]}).json()["results"][0]["status"] == "applied"
    demo.stop()
    demo.restart()
    assert not set(first) & set(demo.links())
    cues = demo.ask("state?kinds=cue", bearer).json()["entities"]["cue"]
    assert next(cue["title"] for cue in cues if cue["id"] == "d1-25") == "換一團"
    assert join(demo, demo.links()[0]).json() == {"to": f"/e/{EVENT}"}
    assert join(demo, first[0]).json() == {"to": f"/e/{EVENT}"}


def test_fresh_seeds_anew(start: Start) -> None:
    demo = start("--at", "14:36", "--fresh")
    folder = demo.folder / "data" / "demo"
    before = epoch(demo, token(folder))
    demo.stop()
    demo.restart()
    assert epoch(demo, token(folder)) != before


def test_a_token_is_had_while_it_serves_and_when_it_does_not(start: Start) -> None:
    demo = start()
    folder = demo.folder / "data" / "demo"
    while_serving = token(folder)
    demo.stop()
    afterwards = token(folder)
    demo.restart()
    assert demo.ask("state?kinds=track", while_serving).status_code == 200
    assert demo.ask("state?kinds=track", afterwards).status_code == 200


def test_a_token_for_nobody_is_refused_in_words(start: Start) -> None:
    demo = start()
    done = fieldcue(demo.folder / "data" / "demo", "token", "--event", EVENT, "--as", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"no member nobody in {EVENT}\n"


@pytest.mark.parametrize("words", [("serve",), ("demo", "--fresh")])
def test_a_second_server_on_the_same_folder_is_refused_and_harms_nothing(
    start: Start, words: tuple[str, ...]
) -> None:
    demo = start()
    folder = demo.folder / "data"
    bearer = token(folder / "demo")
    done = fieldcue(folder if words[0] == "demo" else folder / "demo", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"another process serves {folder / 'demo'}")
    assert "Traceback" not in done.stderr
    assert demo.ask("state?kinds=track", bearer).status_code == 200
    assert token(folder / "demo")


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = fieldcue(tmp_path, "serve", FIELDCUE_DEV="1", FIELDCUE_PORT=str(port))
    assert done.returncode != 0
    assert "address already in use" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_the_demo_leaves_the_database_alone_that_the_environment_names(start: Start, tmp_path: Path) -> None:
    demo = start(database_url=f"sqlite:///{tmp_path / 'somebodys.db'}")
    assert demo.get("/readyz") == {"status": "ok"}
    assert not (tmp_path / "somebodys.db").exists()


def test_emergency_numbers_are_never_dialled(start: Start) -> None:
    demo = start()
    page = httpx2.Client(base_url=demo.url, headers={"origin": demo.url}, timeout=10)
    page.post("/join", data={"secret": demo.links()[0]})
    for address in (f"/e/{EVENT}", f"/e/{EVENT}/grid", f"/e/{EVENT}/people", f"/e/{EVENT}/people/c28"):
        html = page.get(address).raise_for_status().text
        for number in ("110", "119", "112"):
            assert f"tel:{number}" not in html
            assert f'data-phone="{number}"' not in html


def test_it_ends_by_a_signal_and_leaves_no_address_behind(start: Start) -> None:
    demo = start()
    folder = demo.folder / "data" / "demo"
    assert json.loads((folder / "run.json").read_text())["url"] == demo.url
    assert demo.child.stop() == 0
    assert not (folder / "run.json").exists()


def test_a_wrong_time_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    done = fieldcue(tmp_path / "data", "demo", "--at", "25.99")
    assert done.returncode == 2
    assert "wants HH:MM, from 00:00 to 29:59, not '25.99'" in done.stderr
    assert not (tmp_path / "data").exists()


def test_the_worker_on_sqlite_says_that_it_has_nothing_to_do(tmp_path: Path) -> None:
    done = fieldcue(tmp_path, "worker")
    assert done.returncode == 0
    assert done.stdout == "On SQLite the serving process does the background work; nothing to do here.\n"
