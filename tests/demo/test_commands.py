"""`fieldcue demo` and its neighbours, as one types them."""

import json
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from sqlmodel import select

from server import cli
from server.core.db import Database
from server.core.models import Event
from server.core.process import ask_running
from server.demo.seed import prepare_demo, what_goes
from server.settings import Settings
from tests.browser.stable import Ready, Stable
from tests.support.child import Child, free_port, plain_environment
from tests.support.server import ROOT

EVENT = "riverside2027"


class Demo(Ready):
    """`fieldcue demo` from the stable, in a folder of its own. `data` is where it keeps things."""

    def __init__(
        self, stable: Stable, folder: Path, seeded: Path, *options: str, database_url: str = ""
    ) -> None:
        self.data = folder / "data" / "demo"
        shutil.copytree(seeded, self.data)
        self.options = options
        super().__init__(stable, folder, database_url)

    def ask(self, path: str, token: str, body: object = None) -> Any:  # noqa: ANN401 - the API's answer
        """What the API answers to the holder of a token."""
        url, headers = f"{self.url}/api/events/{EVENT}/{path}", {"authorization": f"Bearer {token}"}
        method = "POST" if body else "GET"
        answer = httpx2.request(method, url, headers=headers, json=body, timeout=20)
        return answer.raise_for_status().json()

    def links(self) -> list[str]:
        """The links that its last start printed."""
        return _links(self.output.rpartition("Fieldcue demo")[2])

    def browser(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, headers={"origin": self.url}, timeout=20)

    def _start(self) -> Child:
        child = self.stable.start(("demo", *self.options), self.folder / "server.log", self.settings)
        child.wait_until(self._is_healthy, seconds=60)
        return child


class Done(NamedTuple):
    status: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def fieldcue(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`fieldcue(folder, "token", …)` runs a command on a data folder, in this process."""

    def run(folder: Path, *words: str) -> Done:
        monkeypatch.setenv("FIELDCUE_DATA_DIR", str(folder))
        monkeypatch.setattr(cli, "set_up_logging", lambda *_, **__: None)
        try:
            status = cli.main(words)
        except SystemExit as end:
            status = int(str(end.code))
        return Done(status, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded")
    prepare_demo(Settings(data_dir=folder), at="14:36")
    return folder / "demo"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, stable: Stable, seeded: Path) -> Iterator[Demo]:
    """One that serves all the time. The environment names a database that is somebody's."""
    folder = tmp_path_factory.mktemp("demo")
    running = Demo(
        stable, folder, seeded, "--at", "14:36", database_url=f"sqlite:///{folder / 'somebodys.db'}"
    )
    yield running
    running.stop()


def _links(welcome: str) -> list[str]:
    return [line.split("/join#")[1] for line in welcome.splitlines() if "/join#" in line]


def test_a_second_start_keeps_the_data_and_prints_fresh_links(
    tmp_path: Path, stable: Stable, seeded: Path, fieldcue: Command
) -> None:
    demo = Demo(stable, tmp_path, seeded, "--at", "14:36")
    first, token = demo.links(), ask_running(demo.data, "token", {"event": EVENT, "member": "c02"})
    op = {"id": "o1", "op": "cue.edit", "args": {"id": "d1-25", "set": {"title": "換一團"}}}
    assert demo.ask("ops", token, {"ops": [op]})["results"][0]["status"] == "applied"
    assert demo.child.stop() == 0
    assert not (demo.data / "run.json").exists()
    from_the_file = fieldcue(demo.data, "token", "--event", EVENT, "--as", "c06").out.strip()
    demo.restart()
    cues = demo.ask("state?kinds=cue", from_the_file)["entities"]["cue"]
    assert next(cue["title"] for cue in cues if cue["id"] == "d1-25") == "換一團"
    assert not set(first) & set(demo.links())
    for link in (first[0], demo.links()[0]):
        with demo.browser() as browser:
            assert browser.post("/join", data={"secret": link}).json() == {"to": f"/e/{EVENT}"}
    demo.stop()


@pytest.mark.parametrize("anew", [{"at": "14:36", "fresh": True}, {"at": "07:00"}])
def test_fresh_or_another_moment_seeds_anew(tmp_path: Path, seeded: Path, anew: dict[str, Any]) -> None:
    shutil.copytree(seeded, tmp_path / "demo")
    before = _epoch(tmp_path)
    prepare_demo(Settings(data_dir=tmp_path), at="14:36")
    assert _epoch(tmp_path) == before
    prepare_demo(Settings(data_dir=tmp_path), **anew)
    assert _epoch(tmp_path) != before


def _epoch(folder: Path) -> str:
    """What tells one seeded event from another."""
    database = Database(f"sqlite:///{folder / 'demo' / 'fieldcue.db'}")
    with database.read() as session:
        found = session.exec(select(Event)).one().epoch
    database.close()
    return found


def test_a_token_is_had_while_it_serves(demo: Demo, fieldcue: Command) -> None:
    done = fieldcue(demo.data, "token", "--event", EVENT, "--as", "c02")
    assert done.status == 0
    assert demo.ask("state?kinds=track", done.out.strip())["entities"]["track"]


def test_tokens_are_listed_and_ended_while_it_serves(demo: Demo, fieldcue: Command) -> None:
    made = fieldcue(demo.data, "token", "--event", EVENT, "--as", "c05", "--days", "7")
    name = re.match(r"id (\w{16}), works for 7 days\n$", made.err)
    assert name
    lines = fieldcue(demo.data, "token", "--event", EVENT, "--list").out.splitlines()
    assert [line for line in lines if re.match(rf"{name[1]}  c05  until \d{{4}}-\d\d-\d\d$", line)]
    assert made.out.strip() not in str(lines)
    assert fieldcue(demo.data, "token", "--event", EVENT, "--revoke", name[1]) == (0, "ended: 1\n", "")
    with pytest.raises(httpx2.HTTPStatusError, match="401"):
        demo.ask("state?kinds=track", made.out.strip())
    again = fieldcue(demo.data, "token", "--event", EVENT, "--revoke", name[1])
    assert again == (1, "", f"no token {name[1]} in {EVENT}\n")


def test_tokens_are_ended_while_nothing_serves(tmp_path: Path, seeded: Path, fieldcue: Command) -> None:
    shutil.copytree(seeded, tmp_path / "demo")
    for _ in range(2):
        fieldcue(tmp_path / "demo", "token", "--event", EVENT, "--as", "c05")
    assert fieldcue(tmp_path / "demo", "token", "--event", EVENT, "--revoke", "c05").out == "ended: 2\n"
    assert fieldcue(tmp_path / "demo", "token", "--event", EVENT, "--list") == (0, "", "")


def test_an_empty_server_says_where_it_is_and_what_to_do_first(tmp_path: Path) -> None:
    port = free_port()
    settings = {"FIELDCUE_PORT": str(port), "FIELDCUE_DATA_DIR": str(tmp_path / "data")}
    command = (sys.executable, "-m", "server.cli", "serve")
    child = Child(command, tmp_path / "log", plain_environment(**settings), cwd=ROOT)
    child.wait_until(lambda: f"Fieldcue 場控 · http://127.0.0.1:{port}\n" in child.output, seconds=30)
    child.wait_until(lambda: "設定你的組織和帳號" in child.output, seconds=5)
    assert "set up your organisation and account" in child.output
    child.stop()


def test_a_demo_that_makes_room_for_another_is_named_first(tmp_path: Path, seeded: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert what_goes(settings, at="14:36") == ""
    shutil.copytree(seeded, tmp_path / "demo")
    assert what_goes(settings, at="14:36") == ""
    for asked in ({"at": "07:00"}, {"at": "14:36", "fresh": True}, {}):
        assert re.search(r"原本 \d{4}-\d\d-\d\d 14:36 的示範.*thrown away", what_goes(settings, **asked))


def test_a_token_for_nobody_is_refused_in_words(demo: Demo, fieldcue: Command) -> None:
    done = fieldcue(demo.data, "token", "--event", EVENT, "--as", "nobody")
    assert done == (1, "", f"no member nobody in {EVENT}\n")


@pytest.mark.parametrize("words", [("serve",), ("demo", "--fresh"), ("demo", "--at", "20:00")])
def test_a_second_server_on_the_same_folder_is_refused_and_harms_nothing(
    demo: Demo, fieldcue: Command, words: tuple[str, ...]
) -> None:
    folder = demo.data if words == ("serve",) else demo.data.parent
    status, out, err = fieldcue(folder, *words)
    assert (status, out) == (1, "")
    assert err.startswith(f"another process serves {demo.data};")
    token = ask_running(demo.data, "token", {"event": EVENT, "member": "c02"})
    assert demo.ask("state?kinds=track", token)["entities"]["track"]


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = {"FIELDCUE_PORT": str(listener.getsockname()[1]), "FIELDCUE_DATA_DIR": str(tmp_path)}
        command = (sys.executable, "-m", "server.cli", "serve")
        child = Child(command, tmp_path / "log", plain_environment(**settings), cwd=ROOT)
        assert child.process.wait(30) != 0
    assert "address already in use" in child.output
    assert "Traceback" not in child.output


def test_the_demo_leaves_the_database_alone_that_the_environment_names(demo: Demo) -> None:
    assert demo.get("/readyz") == {"status": "ok"}
    assert not (demo.folder / "somebodys.db").exists()


def test_emergency_numbers_are_never_dialled(demo: Demo) -> None:
    with demo.browser() as browser:
        browser.post("/join", data={"secret": demo.links()[0]}).raise_for_status()
        for address in ("", "/grid", "/people", "/people/c28"):
            html = browser.get(f"/e/{EVENT}{address}").raise_for_status().text
            assert not [n for n in ("110", "112", "119") if f"tel:{n}" in html or f'data-phone="{n}"' in html]


def test_commands_on_this_machine_find_it(demo: Demo) -> None:
    run = demo.data / "run.json"
    assert json.loads(run.read_text())["url"] == demo.url
    assert run.stat().st_mode & 0o777 == 0o600


def test_a_wrong_time_is_refused_before_anything_is_made(tmp_path: Path, fieldcue: Command) -> None:
    done = fieldcue(tmp_path / "data", "demo", "--at", "25.99")
    assert done.status == 2
    assert "wants HH:MM, from 00:00 to 29:59, not '25.99'" in done.err
    assert not (tmp_path / "data").exists()


def test_the_worker_on_sqlite_says_that_it_has_nothing_to_do(tmp_path: Path, fieldcue: Command) -> None:
    said = "On SQLite the serving process does the background work; nothing to do here.\n"
    assert fieldcue(tmp_path, "worker") == (0, said, "")
