"""What stands between a phone and the server may say no in its stead; that is nobody's verdict."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from tests.browser.show import EVENT, Show
from tests.browser.test_kept import kept
from tests.browser.test_offline import signal_is_back, until
from tests.browser.test_outbox import COUNT_OPS, UNSENT, marks_of, phone_behind, say_ready
from tests.browser.test_photos import HELD, ROW, attach, files
from tests.support.browser import NO_SERVER, Devices
from tests.support.proxy import Proxy
from tests.support.sending import photo


class Between(ThreadingHTTPServer):
    """A reverse proxy that has no server just now, as some say it while theirs starts anew."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Saying)
        self.status, self.asked = 0, list[str]()


class Saying(BaseHTTPRequestHandler):
    """Says the same of everything."""

    protocol_version = "HTTP/1.0"
    server: Between

    def answer(self) -> None:
        self.server.asked.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"not just now\n")

    do_GET = do_POST = do_HEAD = do_PATCH = answer  # noqa: N815 - the names that the library asks for

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


ANSWERS = (404, 403, 200)


@pytest.fixture
def nobody() -> Iterator[Between]:
    server = Between()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_what_a_proxy_says_takes_no_page_and_no_op_off_the_phone(
    show_behind: tuple[Show, Proxy], devices: Devices, nobody: Between
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    crew = phone_behind(show, devices, "c10", "now")
    crew.reload()
    proxy.target = nobody.server_port
    proxy.cut()
    say_ready(crew)
    for nobody.status in ANSWERS:
        is_asked_for(crew, nobody, "/ops", f"/{EVENT}/changes")
        crew.wait_for_timeout(1000)
        expect(crew.locator("[data-slot=turn]")).to_be_visible()
        assert kept(crew)["pages"] == [f"/e/{EVENT}"]
        until(crew, COUNT_OPS, 1)
        crew.reload()
        expect(crew.locator(UNSENT).first).to_have_text("1")
    proxy.target = show.port
    signal_is_back(crew)
    expect(crew.locator(UNSENT).first).to_be_hidden(timeout=40_000)
    assert marks_of(show, "c10") == ["ready"]


def test_what_a_proxy_says_costs_no_photo(
    show_behind: tuple[Show, Proxy], devices: Devices, nobody: Between, tmp_path: Path
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    coordinator = phone_behind(show, devices, "c02", "sheet")
    shot = tmp_path / "plan.jpg"
    shot.write_bytes(photo(size=(400, 300)))
    coordinator.route("**/uploads/*", lambda route: route.abort())
    attach(coordinator, shot)
    # The server has the op, and waits for what it names.
    expect(coordinator.locator(f"#cue-{ROW} .files > .file[data-v]")).to_have_count(1)
    nobody.status = ANSWERS[0]
    proxy.target = nobody.server_port
    proxy.cut()
    coordinator.unroute_all()
    for nobody.status in ANSWERS:
        is_asked_for(coordinator, nobody, "/uploads/")
        coordinator.wait_for_timeout(1000)
        until(coordinator, HELD, 1)
    proxy.target = show.port
    proxy.cut()
    signal_is_back(coordinator)
    until(coordinator, HELD, 0, seconds=60)
    expect(files(coordinator).locator(f"img[src*='{EVENT}']")).to_have_count(1)


def is_asked_for(page: Page, nobody: Between, *parts: str) -> None:
    """When a phone has asked whoever is there now for all of these."""
    nobody.asked.clear()
    signal_is_back(page)
    for _ in range(250):
        if all(any(part in path for path in nobody.asked) for part in parts):
            return
        page.wait_for_timeout(200)
    raise AssertionError(set(nobody.asked))
