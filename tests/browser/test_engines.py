"""The engine of every browser on an iPhone: without signal the phone opens, keeps what is tapped, and sends it once."""

from collections.abc import Callable, Iterator

import pytest

from tests.browser.show import EVENT, Show
from tests.browser.test_outbox import changes_of, marks_of
from tests.support.proxy import Proxy
from tests.support.webkit import WebKit

READY = "[data-slot=turn] [data-op='cue.ready']"
TITLE = "#cue-d1-22 .cue-title"
KEPT = "Boolean(navigator.serviceWorker.controller && (await caches.match(location.pathname)))"
LINK = "document.querySelector('[data-out=link]').dataset.is"
UNSENT = "document.querySelector('[data-out=unsent]').textContent"
STORED = """new Promise((done) => {
  const request = indexedDB.open("fieldcue");
  request.onsuccess = () => {
    const all = request.result.transaction("ops").objectStore("ops").getAll();
    all.onsuccess = () => { request.result.close(); done(all.result.length); };
  };
})"""
# From now on the page waits for nothing as long as it would: its limits and pauses are a fifth of what they are.
FASTER = """
const { timeout } = AbortSignal, later = setTimeout;
AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 5);
globalThis.setTimeout = (run, ms = 0, ...told) => later(run, ms / 5, ...told);
"""


@pytest.fixture(scope="module")
def webkit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebKit]:
    browser = WebKit(tmp_path_factory.mktemp("webkit"))
    yield browser
    browser.close()


def opened(webkit: WebKit, show: Show, url: str, member: str) -> None:
    """A member's phone, connected, with its page kept by the service worker."""
    webkit.open(f"{url}/sign-in")
    webkit.add_cookies(show.cookies(member))
    webkit.open(f"{url}/e/{EVENT}#now")
    webkit.until(lambda: webkit.ask(LINK), "on")
    webkit.until(lambda: webkit.ask(KEPT), wanted=True)


def nothing_waits(webkit: WebKit) -> None:
    webkit.until(lambda: webkit.ask(STORED), 0)
    webkit.until(lambda: webkit.ask(UNSENT), "")


def test_webkit_opens_the_phone_without_a_server_as_it_was_last(show: Show, webkit: WebKit) -> None:
    opened(webkit, show, show.url, "c10")
    show.ops("c02", ("cue.edit", {"id": "d1-22", "set": {"title": "換場前喊一聲"}}))
    webkit.until(lambda: "換場前喊一聲" in webkit.text(TITLE))
    show.stop()
    webkit.reload()
    webkit.until(lambda: "換場前喊一聲" in webkit.text(TITLE))
    assert "14:3" in webkit.find("[data-out=age]").text
    assert webkit.find("[data-slot=now] .cue-title").text
    webkit.open(f"{show.url}/e/{EVENT}#more")
    assert webkit.find("[data-on=more] h2").text


def test_webkit_keeps_a_tap_through_a_reload_and_sends_it_once(show: Show, webkit: WebKit) -> None:
    opened(webkit, show, show.url, "c10")
    before = changes_of(show, "c10", "cue.ready")
    show.stop()
    webkit.find(READY).click()
    webkit.until(lambda: webkit.ask(UNSENT), "1")
    webkit.until(lambda: webkit.ask(STORED), 1)
    webkit.reload()
    webkit.until(lambda: webkit.ask(UNSENT), "1")
    webkit.find("[data-slot=turn][data-pending]")
    show.restart()
    nothing_waits(webkit)
    assert changes_of(show, "c10", "cue.ready") == before + 1
    assert marks_of(show, "c10").count("ready") == 1


@pytest.mark.parametrize("trouble", ["cut", "hang", "mute"])
def test_webkit_sends_once_over_a_line_that_fails(
    trouble: str, show_behind: tuple[Show, Proxy], webkit: WebKit
) -> None:
    show, proxy = show_behind
    opened(webkit, show, proxy.url, "c10")
    webkit.driver.execute_script(FASTER)
    before = changes_of(show, "c10", "cue.ready")
    trouble_of: dict[str, Callable[[], None]] = {"hang": proxy.hang, "mute": proxy.mute}
    trouble_of.get(trouble, lambda: proxy.cut(refuse=True))()
    webkit.find(READY).click()
    webkit.until(lambda: webkit.ask(UNSENT), "1")
    if trouble == "mute":
        # The server has it, and its answer is lost: the phone has to ask again.
        webkit.until(lambda: changes_of(show, "c10", "cue.ready"), before + 1)
        proxy.cut()
    else:
        # It finds out by itself, also where nothing at all is said.
        webkit.until(lambda: webkit.ask(LINK), "off")
    proxy.heal()
    nothing_waits(webkit)
    assert changes_of(show, "c10", "cue.ready") == before + 1
