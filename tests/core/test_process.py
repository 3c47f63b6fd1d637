"""One process owns a data folder, and tells commands where it is."""

import json
import stat
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from server.core.process import Owner, TakenError, ask_running, held


def test_a_data_folder_has_one_owner(tmp_path: Path) -> None:
    with Owner(tmp_path, "http://127.0.0.1:1", exclusive=True):
        with pytest.raises(TakenError), Owner(tmp_path, "http://127.0.0.1:2", exclusive=True):
            pass
        assert json.loads((tmp_path / "run.json").read_text())["url"] == "http://127.0.0.1:1"
    with Owner(tmp_path, "http://127.0.0.1:2", exclusive=True):
        assert (tmp_path / "run.json").exists()
    assert not (tmp_path / "run.json").exists()


def test_a_folder_that_is_held_is_served_by_nobody_and_the_other_way_round(tmp_path: Path) -> None:
    with held(tmp_path):
        assert not (tmp_path / "run.json").exists()
        with pytest.raises(TakenError), Owner(tmp_path, "http://127.0.0.1:1", exclusive=True):
            pass
    with Owner(tmp_path, "http://127.0.0.1:1", exclusive=True), pytest.raises(TakenError), held(tmp_path):
        pass


def test_commands_may_find_it_elsewhere_than_browsers_do(tmp_path: Path) -> None:
    url = "https://127.0.0.1:8000"
    with Owner(tmp_path, "https://stage.local:8000", exclusive=True, url=url):
        run = json.loads((tmp_path / "run.json").read_text())
    assert (run["url"], run["origin"]) == (url, "https://stage.local:8000")


def test_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    with Owner(tmp_path, "http://127.0.0.1:1", exclusive=True) as owner:
        path = tmp_path / "run.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert json.loads(path.read_text())["key"] == owner.key


def test_where_nobody_serves_nobody_answers(tmp_path: Path) -> None:
    assert ask_running(tmp_path, "token", {}) is None
    (tmp_path / "run.json").write_text('{"url": "http://127.0.0.1:9", "key": "x", "pid": 1}')
    assert ask_running(tmp_path, "token", {}) is None
    (tmp_path / "run.json").write_text("half a fi")
    assert ask_running(tmp_path, "token", {}) is None


def test_a_command_is_answered_by_who_serves(tmp_path: Path) -> None:
    heard: list[tuple[str, str | None, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append((self.path, self.headers["Authorization"], body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'"done"')

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with Owner(tmp_path, f"http://127.0.0.1:{server.server_port}", exclusive=True) as owner:
            assert ask_running(tmp_path, "token", {"member": "rui"}) == "done"
        thread.join(5)
    assert heard == [("/internal/token", f"Bearer {owner.key}", {"member": "rui"})]
