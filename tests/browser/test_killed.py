"""The browser itself kills what runs: a tab in the middle of sending, and the worker that sends for a closed one."""

from contextlib import suppress

from playwright.sync_api import CDPSession, Error, Page, expect

from tests.browser.show import Show
from tests.browser.test_offline import until
from tests.browser.test_outbox import COUNT_OPS, UNSENT, changes_of, nothing_waits, phone_behind, say_ready
from tests.support.browser import Devices
from tests.support.proxy import Proxy

TAGS = "() => navigator.serviceWorker.ready.then((it) => it.sync.getTags()).then((tags) => tags.join())"


def kill(page: Page) -> None:
    """Kill the process in which the page runs, as a phone does that needs the memory."""
    # Pages of one site may share a process: another that is opened too soon would be killed along with it.
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")


def workers(page: Page) -> CDPSession:
    """What tells of the workers that run, and stops them."""
    session = page.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    return session


def until_done(show: Show, page: Page, times: int) -> None:
    """Wait until the crew member's tap stands in the log so often."""
    for _ in range(75):
        if changes_of(show, "c10", "cue.ready") == times:
            return
        page.wait_for_timeout(200)
    raise AssertionError(changes_of(show, "c10", "cue.ready"))


def test_what_a_killed_tab_had_sent_without_an_answer_is_done_once(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    crew = phone_behind(show, devices, "c10", "now")
    before = changes_of(show, "c10", "cue.ready")
    proxy.mute()
    say_ready(crew)
    until_done(show, crew, before + 1)
    context = crew.context
    kill(crew)
    proxy.heal()
    again = context.new_page()
    show.open(again, "now")
    nothing_waits(again)
    assert changes_of(show, "c10", "cue.ready") == before + 1


def test_what_a_killed_worker_had_sent_without_an_answer_is_done_once(
    show_behind: tuple[Show, Proxy], full_devices: Devices
) -> None:
    show, proxy = show_behind
    crew = phone_behind(show, full_devices, "c10", "now")
    crew.reload()
    crew.wait_for_function("() => navigator.serviceWorker.controller")
    before = changes_of(show, "c10", "cue.ready")
    crew.context.set_offline(True)
    crew.route("**/ops?*", lambda route: route.abort())
    say_ready(crew)
    expect(crew.locator(UNSENT).first).to_have_text("1")
    until(crew, TAGS, "outbox")
    context = crew.context
    beside = context.new_page()
    control = workers(beside)
    crew.close()
    # The worker sends, the server does it, and the worker is killed before it hears of that: answers take a while.
    proxy.delay(1.5)
    context.set_offline(False)
    until_done(show, beside, before + 1)
    control.send("ServiceWorker.stopAllWorkers")
    proxy.cut()
    proxy.heal()
    again = context.new_page()
    show.open(again, "now")
    until(again, COUNT_OPS, 0)
    nothing_waits(again)
    assert changes_of(show, "c10", "cue.ready") == before + 1
