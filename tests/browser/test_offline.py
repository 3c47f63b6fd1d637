"""Without signal: the page opens from the phone, says how old it is, and is right again when the line is back."""

import re
import time
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.show import EVENT, Show
from tests.support.browser import NO_SERVER, Devices, accessibility_problems
from tests.support.proxy import Proxy

# What Chromium says where its store of what it should wake for is broken, or where it has none.
NO_SYNC = """SyncManager.prototype.register = async () => {
    throw new DOMException("Background Sync is disabled.", "UnknownError");
}"""


def until(page: Page, expression: str, wanted: object, seconds: float = 40) -> None:
    """Wait until a function of the page, which may be async, gives what is wanted."""
    deadline = time.monotonic() + seconds
    while (found := page.evaluate(expression)) != wanted:
        assert time.monotonic() < deadline, f"{found!r}, not {wanted!r}"
        page.wait_for_timeout(100)


def installed(page: Page) -> None:
    """Wait until the service worker keeps the page."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    until(page, "() => caches.match(location.pathname).then(Boolean)", wanted=True)


def signal_is_back(page: Page) -> None:
    """Tell the page as a phone's radio does; without it the page tries again within half a minute."""
    page.evaluate("() => dispatchEvent(new Event('online')) && true")


def test_a_phone_opens_without_a_server_and_says_how_old_it_is(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    installed(crew)
    show.ops("c02", ("cue.edit", {"id": "d1-22", "set": {"title": "換場前喊一聲"}}))
    expect(crew.locator("#cue-d1-22 .cue-title")).to_contain_text("換場前喊一聲")
    show.stop()
    crew.reload()
    expect(crew.locator("#cue-d1-22 .cue-title")).to_contain_text("換場前喊一聲")
    expect(crew.locator("[data-slot=now] .cue-title")).to_have_text("演出 1山嵐列車")
    expect(crew.locator("[data-out=age]")).to_contain_text(re.compile(r"14:3\d"))
    crew.get_by_role("link", name="我的").click()
    expect(crew.locator("[data-on=mine] h2")).to_be_visible()


def test_what_is_tapped_without_signal_waits_on_the_phone_and_goes_out_once(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    installed(crew)
    crew.add_init_script(NO_SYNC)
    show.stop()
    crew.locator("[data-slot=turn]").get_by_role("button", name="就緒").tap()
    expect(crew.locator("[data-out=unsent]").first).to_have_text("1")
    crew.reload()
    expect(crew.locator("[data-out=unsent]").first).to_have_text("1")
    expect(crew.locator("[data-slot=turn]")).to_have_attribute("data-pending", "")
    crew.goto(f"/e/{EVENT}#more")
    expect(crew.locator("#tray .op")).to_contain_text("就緒")
    show.restart()
    signal_is_back(crew)
    expect(crew.locator("[data-out=unsent]").first).to_be_hidden(timeout=40_000)
    marks = show.ask("c02", "state?kinds=mark")["entities"]["mark"]
    assert [mark["kind"] for mark in marks if mark["member"] == "c10"].count("ready") == 1


def test_what_is_tapped_in_the_moment_in_which_the_page_goes_away_is_kept(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    installed(crew)
    show.stop()
    crew.locator("[data-slot=turn]").get_by_role("button", name="就緒").evaluate(
        "(button) => { button.click(); location.reload(); }"
    )
    expect(crew.locator("[data-slot=turn]")).to_have_attribute("data-pending", "")
    expect(crew.locator("[data-out=unsent]").first).to_have_text("1")


def test_a_caller_without_signal_goes_on_and_the_times_of_the_calls_stand(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    caller = show.phone(devices, "c02", "call")
    installed(caller)
    show.stop()
    expect(caller.locator("[data-out=link]").first).to_have_attribute("data-is", "off", timeout=30_000)
    called = []
    for _ in range(3):
        go = caller.locator(".dock [data-call=go]")
        expect(go).to_be_enabled()
        called.append(caller.locator("[data-slot=next]").get_attribute("data-id"))
        go.tap()
        expect(caller.locator(f"#cue-{called[-1]}")).to_have_attribute("data-pending", "")
    assert len(set(called)) == 3
    said = caller.evaluate(
        "(ids) => ids.map((id) => document.getElementById(`cue-${id}`).dataset.runs)", called
    )
    show.restart()
    signal_is_back(caller)
    expect(caller.locator("[data-out=unsent]").first).to_be_hidden(timeout=40_000)
    stands = caller.evaluate(
        "(ids) => ids.map((id) => document.getElementById(`cue-${id}`).dataset.runs)", called
    )
    assert [runs.split("-")[0] for runs in stands] == [runs.split("-")[0] for runs in said]


def test_a_kept_page_opens_at_once_over_a_line_that_says_nothing(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    show, proxy = show_behind
    crew = show.phone(devices, "c10")
    installed(crew)
    # The worker of a first visit may still be about to take over, and until then no page opens.
    proxy.hang()
    crew.reload(wait_until="commit", timeout=10_000)
    until(crew, "() => performance.getEntriesByName('first-contentful-paint').length", 1, seconds=10)
    expect(crew.locator("[data-slot=now] .cue-title")).to_be_visible()


def test_the_page_without_signal_has_the_look_of_the_others_and_rests_while_nobody_looks(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    installed(crew)
    show.stop()
    crew.clock.install()
    crew.goto(f"/e/{EVENT}/people")
    expect(crew.get_by_role("heading", level=1)).to_have_text("沒有訊號")
    expect(crew.locator(".top")).to_have_text("場控")
    assert accessibility_problems(crew) == []
    asked: list[str] = []
    crew.on("request", lambda request: asked.append(request.url))
    look_away(crew, "true")
    crew.clock.fast_forward(6000)
    crew.wait_for_timeout(500)
    assert asked == []
    look_away(crew, "false")
    crew.wait_for_timeout(500)
    assert [url for url in asked if url.endswith("/healthz")]


def test_tries_that_find_nobody_keep_no_phone_from_seeing_that_the_server_is_back(
    show: Show, devices: Devices
) -> None:
    """The tries come ever more seldom, here at once, at last after half a minute: the looks go on meanwhile."""
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    crew.clock.install()
    show.open(crew, "now")
    crew.clock.pause_at(datetime.now(UTC) + timedelta(seconds=5))
    crew.evaluate("() => { Math.random = () => 0.05; }")
    show.stop()
    pass_time(crew, 2000)
    crew.evaluate("() => { Math.random = () => 1; }")
    pass_time(crew, 1200)
    show.restart()
    pass_time(crew, 3100)
    expect(crew.locator("[data-out=link]").first).to_have_attribute("data-is", "on")


def pass_time(page: Page, ms: int) -> None:
    """Let the page's clock go on, with time for the network between its steps."""
    for _ in range(0, ms, 50):
        page.clock.run_for(50)
        page.wait_for_timeout(10)


def look_away(page: Page, is_away: str) -> None:
    """As when its person puts the phone away, or takes it up again."""
    page.evaluate(
        f"""() => {{
          Object.defineProperty(document, "hidden", {{ value: {is_away}, configurable: true }});
          document.dispatchEvent(new Event("visibilitychange"));
        }}"""
    )
