"""The phone's own clock, screen, buzzer: what may be wrong or missing there, and what we make of it."""

from datetime import datetime

import pytest
from playwright.sync_api import expect

from tests.browser.show import EVENT, Show
from tests.browser.test_offline import installed, signal_is_back
from tests.support.browser import NO_SERVER, Devices

DAY_AHEAD = "{ const real = Date.now; Date.now = () => real() + 86_400_000; }"
LOCKS = """{
  window.locks = [];
  Object.defineProperty(navigator, "wakeLock", { value: { request: async () => {
    window.locks.push("on");
    return { released: false, release: async function () { this.released = true; window.locks.push("off"); } };
  } } });
}"""
CLOCK_ERROR = "[data-out=clock-error]"
UNSENT = "[data-out=unsent]"


def test_a_phone_whose_clock_is_a_day_ahead_says_so_and_its_calls_keep_their_time(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    caller = devices.phone(show.url)
    caller.add_init_script(DAY_AHEAD)
    show.sign_in(caller, "c02")
    show.open(caller, "call")
    expect(caller.locator(CLOCK_ERROR)).to_contain_text("+1 天")
    installed(caller)
    show.stop()
    expect(caller.locator("[data-out=link]").first).to_have_attribute("data-is", "off", timeout=30_000)
    go = caller.locator(".dock [data-call=go]")
    expect(go).to_be_enabled()
    called = caller.locator("[data-slot=next]").get_attribute("data-id") or ""
    go.tap()
    said = caller.evaluate(
        "(id) => Number(document.getElementById(`cue-${id}`).dataset.runs.split('-')[0])", called
    )
    caller.wait_for_timeout(500)
    show.restart()
    signal_is_back(caller)
    expect(caller.locator(UNSENT).first).to_be_hidden(timeout=40_000)
    start = show.cue(called)["runs"][0]["start"]
    assert abs(datetime.fromisoformat(start).timestamp() * 1000 - said) < 5


def test_a_right_clock_is_not_worth_a_word_and_one_that_is_set_back_does_not_turn_the_show_back(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    crew = devices.phone(show.url)
    crew.add_init_script("{ const real = Date.now; window.back = 0; Date.now = () => real() - window.back; }")
    show.sign_in(crew, "c10")
    show.open(crew, "now")
    show.stop()
    expect(crew.locator(CLOCK_ERROR)).to_be_hidden()
    before = crew.locator("[data-out=clock]").first.inner_text()
    crew.evaluate("() => { window.back = 7_200_000; }")
    expect(crew.locator(CLOCK_ERROR)).to_contain_text("被動過")
    after = crew.locator("[data-out=clock]").first.inner_text()
    assert before <= after < "14:50"


def test_the_screen_stays_on_where_one_looks_and_only_there(show: Show, devices: Devices) -> None:
    crew = devices.phone(show.url)
    crew.add_init_script(LOCKS)
    show.sign_in(crew, "c10")
    show.open(crew, "now")
    crew.wait_for_function("() => window.locks.join() === 'on'")
    crew.get_by_role("link", name="流程").tap()
    crew.wait_for_function("() => window.locks.join() === 'on,off'")
    crew.goto(f"/e/{EVENT}#more")
    crew.get_by_role("button", name="可以變暗").tap()
    crew.goto(f"/e/{EVENT}#now")
    crew.wait_for_timeout(500)
    assert crew.evaluate("() => window.locks.join()") == "on,off"


@pytest.mark.parametrize("buzzes", [True, False])
def test_a_change_of_mine_buzzes_or_shows_an_edge_where_the_phone_cannot(
    show: Show, devices: Devices, *, buzzes: bool
) -> None:
    crew = devices.phone(show.url)
    crew.add_init_script(
        "window.seen = []; navigator.vibrate = (pattern) => window.seen.push(pattern);"
        if buzzes
        else "delete Navigator.prototype.vibrate;"
    )
    crew.add_init_script(
        """window.edges = 0; addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
          if (document.documentElement.dataset.flash) window.edges += 1;
        }).observe(document.documentElement, { attributes: true }));"""
    )
    show.sign_in(crew, "c10")
    show.open(crew, "sheet")
    crew.locator(".top-event").tap()
    show.ops("c02", ("cue.edit", {"id": "d1-21-c6", "set": {"note": "不是你的"}}))
    expect(crew.locator("#cue-d1-21-c6 .cue-note")).to_have_text("不是你的")
    assert crew.evaluate("() => (window.seen?.length ?? 0) + window.edges") == 0
    show.ops("c02", ("cue.edit", {"id": "d1-21-c5", "set": {"note": "是你的"}}))
    expect(crew.locator("#cue-d1-21-c5 .cue-note")).to_have_text("是你的")
    expected = "() => window.seen?.length === 1" if buzzes else "() => window.edges === 1"
    crew.wait_for_function(expected)
