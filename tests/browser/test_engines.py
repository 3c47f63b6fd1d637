"""The other engines, of every browser on an iPhone and of Firefox: they tell the same stories as Chromium does."""

from collections.abc import Callable, Iterator

import pytest

from tests.browser.desk import ACT_2, ACT_3
from tests.browser.show import EVENT, Show
from tests.browser.test_outbox import changes_of, marks_of
from tests.support.engine import PHONE, Engine
from tests.support.firefox import Firefox
from tests.support.proxy import Proxy
from tests.support.webkit import WebKit

pytestmark = pytest.mark.parametrize("engine", ["webkit", "firefox"], indirect=True, scope="module")
READY = "[data-slot=turn] [data-op='cue.ready']"
TITLE = "#cue-d1-22 .cue-title"
KEPT = "Boolean(navigator.serviceWorker.controller && (await caches.match(location.pathname)))"
LINK = "document.querySelector('[data-out=link]')?.dataset.is"
UNSENT = "document.querySelector('[data-out=unsent]')?.textContent"
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
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One browser for all its stories; which, each test says by its parameter."""
    browser = {"webkit": WebKit, "firefox": Firefox}[request.param](tmp_path_factory.mktemp(request.param))
    yield browser
    browser.close()


def opened(engine: Engine, show: Show, url: str, member: str) -> None:
    """A member's phone, connected, with its page kept by the service worker."""
    engine.open(f"{url}/sign-in")
    engine.add_cookies(show.cookies(member))
    engine.open(f"{url}/e/{EVENT}#now")
    engine.until(lambda: engine.ask(LINK), "on")
    engine.until(lambda: engine.ask(KEPT), wanted=True)


def nothing_waits(engine: Engine) -> None:
    engine.until(lambda: engine.ask(STORED), 0)
    engine.until(lambda: engine.ask(UNSENT), "")


def test_it_opens_the_phone_without_a_server_as_it_was_last(show: Show, engine: Engine) -> None:
    opened(engine, show, show.url, "c10")
    show.ops("c02", ("cue.edit", {"id": "d1-22", "set": {"title": "換場前喊一聲"}}))
    engine.until(lambda: "換場前喊一聲" in engine.text(TITLE))
    show.stop()
    engine.reload()
    engine.until(lambda: "換場前喊一聲" in engine.text(TITLE))
    assert "14:3" in engine.seen("[data-out=age]")
    assert engine.seen("[data-slot=now] .cue-title")
    engine.open(f"{show.url}/e/{EVENT}#more")
    assert engine.seen("[data-on=more] h2")


def test_it_keeps_a_tap_through_a_reload_and_sends_it_once(show: Show, engine: Engine) -> None:
    opened(engine, show, show.url, "c10")
    before = changes_of(show, "c10", "cue.ready")
    show.stop()
    engine.click(READY)
    engine.until(lambda: engine.ask(UNSENT), "1")
    engine.until(lambda: engine.ask(STORED), 1)
    engine.reload()
    engine.until(lambda: engine.ask(UNSENT), "1")
    engine.seen("[data-slot=turn][data-pending]")
    show.restart()
    nothing_waits(engine)
    assert changes_of(show, "c10", "cue.ready") == before + 1
    assert marks_of(show, "c10").count("ready") == 1


@pytest.mark.parametrize("trouble", ["cut", "hang", "mute"])
def test_it_sends_once_over_a_line_that_fails(
    trouble: str, show_behind: tuple[Show, Proxy], engine: Engine
) -> None:
    show, proxy = show_behind
    opened(engine, show, proxy.url, "c10")
    engine.run(FASTER)
    before = changes_of(show, "c10", "cue.ready")
    trouble_of: dict[str, Callable[[], None]] = {"hang": proxy.hang, "mute": proxy.mute}
    trouble_of.get(trouble, lambda: proxy.cut(refuse=True))()
    engine.click(READY)
    engine.until(lambda: engine.ask(UNSENT), "1")
    if trouble == "mute":
        # The server has it, and its answer is lost: the phone has to ask again.
        engine.until(lambda: changes_of(show, "c10", "cue.ready"), before + 1)
        proxy.cut()
    else:
        # It finds out by itself, also where nothing at all is said.
        engine.until(lambda: engine.ask(LINK), "off")
    proxy.heal()
    nothing_waits(engine)
    assert changes_of(show, "c10", "cue.ready") == before + 1


def test_in_it_a_row_is_edited_and_published_a_change_answered_and_an_item_called(
    show: Show, engine: Engine
) -> None:
    set_ = {"roles": ["coordinator", "caller"], "tracks": ["*"]}
    show.ops("c01", ("member.edit", {"id": "c02", "set": set_}), ("sheet.publish", {}))
    show.ops("c01", ("cue.edit", {"id": ACT_2, "set": {"people": ["c02"]}}), ("sheet.publish", {}))
    opened(engine, show, show.url, "c02")
    engine.resize(1440, 900)
    engine.open(f"{show.url}/e/{EVENT}/grid")
    engine.until(lambda: engine.ask(LINK), "on")
    engine.click(f'[id="cue-{ACT_3}"] [data-field="title"]')
    engine.press("加場", "Enter")
    engine.until(lambda: show.cue(ACT_3).get("draft", {}).get("title"))
    engine.click("[data-publish]")
    engine.click("#publish [type=submit]")
    engine.until(lambda: engine.text(".top-version"), "v3")
    assert show.cue(ACT_3)["title"] == "加場"

    engine.resize(*PHONE)
    engine.open(f"{show.url}/e/{EVENT}#now")
    engine.click(".told h2 button")
    engine.click("[data-told-ack]")
    engine.until(lambda: notices_of(show, ACT_2), ["c02"])
    engine.click(".tab[data-screen=call]")
    assert engine.seen(".ready > li")
    engine.until(lambda: engine.ask("!document.querySelector('.dock [data-call=go]').disabled"))
    called = engine.ask("document.querySelector('[data-slot=next]').dataset.id")
    engine.click(".dock [data-call=go]")
    engine.until(lambda: show.cue(called)["runs"])


def notices_of(show: Show, cue: str) -> list[str]:
    """Who has answered what changed in a row."""
    found = show.ask("c02", "state?kinds=notice")["entities"]["notice"]
    return [who for notice in found if notice["cue"] == cue for who in notice["acked"]]
