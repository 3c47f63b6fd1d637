"""What stands between a phone and the server may say no in its stead; that is nobody's verdict."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import expect

from tests.browser.show import EVENT, Show
from tests.browser.test_kept import kept
from tests.browser.test_offline import signal_is_back, until
from tests.browser.test_outbox import COUNT_OPS, UNSENT, marks_of, phone_behind, say_ready
from tests.browser.test_photos import HELD, attach, files
from tests.support.browser import NO_SERVER, Devices
from tests.support.proxy import Proxy
from tests.support.sending import photo


class NotFound(BaseHTTPRequestHandler):
    """A reverse proxy that knows of no server, as some say while theirs starts anew."""

    protocol_version = "HTTP/1.0"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"404 page not found\n")

    do_GET = do_POST = do_HEAD = do_PATCH = answer  # noqa: N815 - the names that the library asks for

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@pytest.fixture
def nobody() -> Iterator[int]:
    """The port of a server that finds nothing."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), NotFound)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_404_of_a_proxy_takes_no_page_and_no_op_off_the_phone(
    show_behind: tuple[Show, Proxy], devices: Devices, nobody: int
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    crew = phone_behind(show, devices, "c10", "now")
    crew.reload()
    proxy.target = nobody
    proxy.cut()
    say_ready(crew)
    signal_is_back(crew)
    crew.wait_for_timeout(6000)
    expect(crew.locator("[data-slot=turn]")).to_be_visible()
    assert kept(crew)["pages"] == [f"/e/{EVENT}"]
    until(crew, COUNT_OPS, 1)
    crew.reload()
    expect(crew.locator(UNSENT).first).to_have_text("1")
    proxy.target = show.port
    signal_is_back(crew)
    expect(crew.locator(UNSENT).first).to_be_hidden(timeout=40_000)
    assert marks_of(show, "c10") == ["ready"]


def test_a_404_of_a_proxy_costs_no_photo(
    show_behind: tuple[Show, Proxy], devices: Devices, nobody: int, tmp_path: Path
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    coordinator = phone_behind(show, devices, "c02", "sheet")
    shot = tmp_path / "plan.jpg"
    shot.write_bytes(photo(size=(400, 300)))
    coordinator.route("**/uploads/*", lambda route: route.abort())
    attach(coordinator, shot)
    until(coordinator, COUNT_OPS, 0)
    proxy.target = nobody
    proxy.cut()
    coordinator.unroute_all()
    signal_is_back(coordinator)
    coordinator.wait_for_timeout(3000)
    until(coordinator, HELD, 1)
    proxy.target = show.port
    proxy.cut()
    signal_is_back(coordinator)
    until(coordinator, HELD, 0, seconds=60)
    expect(files(coordinator).locator(f"img[src*='{EVENT}']")).to_have_count(1)
