"""What others change comes to a phone at once, and takes nothing from it; with a bad line, a little later."""

import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.show import EVENT, SOON, Show, edit, seconds_without_a_line, seen, within_a_second
from tests.support.browser import NO_SERVER, Devices
from tests.support.proxy import Proxy


def test_a_change_is_on_every_phone_within_a_second_and_marked(show: Show, devices: Devices) -> None:
    crew = devices.phone(show.url)
    crew.clock.install()
    show.sign_in(crew, "c10")
    show.open(crew, "sheet")
    row = crew.locator("#cue-d1-23")
    within_a_second(
        *(
            (
                partial(show.ops, "c02", ("cue.edit", {"id": "d1-23", "set": {"note": note}})),
                partial(expect(row.locator(".cue-note")).to_have_text, note),
            )
            for note in ("鼓組走右側台", "鼓組走左側台", "鼓組走中間")
        )
    )
    assert row.get_attribute("data-changed") == ""
    row.scroll_into_view_if_needed()
    crew.clock.fast_forward(4000)
    assert row.get_attribute("data-changed") == ""
    crew.clock.fast_forward(3000)
    expect(row).not_to_have_attribute("data-changed", "", timeout=9000)


def test_a_change_takes_nothing_from_under_the_finger(show: Show, devices: Devices) -> None:
    """Scroll, focus and what is half typed stay as they are."""
    coordinator = show.phone(devices, "c02", "sheet")
    edit(coordinator, "d1-23")
    title = coordinator.get_by_label("名稱")
    title.fill("換場 2 與司")
    before = coordinator.evaluate("() => [scrollY, document.activeElement.name]")
    show.ops(
        "c06",
        ("cue.nudge", {"id": "d1-21", "seconds": 300}),
        ("cue.standby", {"id": "d1-23"}),
    )
    show.ops("c01", ("cue.edit", {"id": "d1-13", "set": {"note": "早場\n第二行\n第三行"}}))
    expect(coordinator.locator("#cue-d1-23")).to_have_attribute("data-state", "standby", timeout=SOON)
    assert title.input_value() == "換場 2 與司"
    assert coordinator.evaluate("() => [scrollY, document.activeElement.name]") == before


def test_a_list_does_not_jump_when_rows_above_grow(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "sheet")
    crew.locator("#cue-d1-25").scroll_into_view_if_needed()
    crew.wait_for_timeout(300)
    top = "() => Math.round(document.querySelector('#cue-d1-25').getBoundingClientRect().top)"
    before = crew.evaluate(top)
    show.ops("c02", ("cue.edit", {"id": "d1-13", "set": {"note": "一\n二\n三\n四\n五\n六"}}))
    expect(crew.locator("#cue-d1-13 .cue-note")).to_contain_text("六", timeout=SOON)
    crew.wait_for_timeout(300)
    assert abs(crew.evaluate(top) - before) <= 2


def test_a_call_is_no_news_and_added_moved_and_removed_rows_stand_where_they_belong(
    show: Show, devices: Devices
) -> None:
    crew = show.phone(devices, "c10", "sheet")
    show.ops("c06", ("cue.standby", {"id": "d1-23"}))
    expect(crew.locator("#cue-d1-23")).to_have_attribute("data-state", "standby", timeout=SOON)
    assert crew.locator("[data-changed]").count() == 0
    segment = {"kind": "item", "track": "main", "parent": "d1-main-s3", "title": "加演"}
    show.ops("c02", ("cue.add", {**segment, "id": "extra", "after": "d1-21"}))
    expect(crew.locator("#cue-extra")).to_have_count(1, timeout=SOON)
    rows = [row for row in seen(crew, "id") if not row.startswith("d1-21-")]
    assert rows[rows.index("d1-main-s3") + 1 :][:4] == ["d1-20", "d1-21", "extra", "d1-23"]
    show.ops("c02", ("cue.move", {"id": "d1-21", "after": "extra"}))
    crew.wait_for_function(
        "() => document.querySelector('#cue-extra').nextElementSibling.id === 'cue-d1-21'", timeout=SOON
    )
    assert crew.locator("#cue-d1-21 + .cue").get_attribute("data-parent") == "d1-21", "its cues go along"
    show.ops("c02", ("cue.remove", {"id": "extra"}))
    expect(crew.locator("#cue-extra")).to_have_count(0, timeout=SOON)


def test_without_a_line_the_phone_says_since_when_and_what_waits(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.clocked(devices, "c10")
    show.kill()
    seconds_without_a_line(crew)
    expect(crew.locator("[data-out=link]")).to_contain_text(re.compile(r"離線自\s*14:\d\d"))
    crew.get_by_role("button", name="就緒").tap()
    expect(crew.locator("#cue-d1-21-c5")).to_have_attribute("data-pending", "")
    expect(crew.locator("[data-out=unsent]")).to_have_text("1")
    expect(crew.locator("[data-slot=now] .cue-left")).to_contain_text("還有")
    show.restart()
    expect(crew.locator("[data-out=link]")).to_contain_text("已連線", timeout=40_000)
    expect(crew.locator("#mark-d1-21-c5\\:c10")).to_have_count(1, timeout=40_000)
    expect(crew.locator("#cue-d1-21-c5")).not_to_have_attribute("data-pending", "")
    expect(crew.locator("[data-out=unsent]")).to_be_hidden()


def test_a_line_that_is_only_silent_is_noticed_and_mended(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    show, proxy = show_behind
    crew = show.clocked(devices, "c10", "sheet")
    show.ops("c02", ("cue.standby", {"id": "d1-23"}))
    expect(crew.locator("#cue-d1-23")).to_have_attribute("data-state", "standby", timeout=SOON)
    proxy.hang()
    crew.evaluate("() => dispatchEvent(new Event('online'))")  # asks for a pong at once
    crew.clock.fast_forward(3000)
    seconds_without_a_line(crew)
    show.ops("c02", ("cue.edit", {"id": "d1-23", "set": {"note": "改了"}}))
    proxy.cut()
    proxy.heal()
    expect(crew.locator("#cue-d1-23 .cue-note")).to_have_text("改了", timeout=40_000)


def test_after_a_reset_tab_and_place_are_kept(show: Show, devices: Devices) -> None:
    crew = devices.phone(show.url)
    sockets: list[Callable[[str], None]] = []

    def relay(socket: object) -> None:
        socket.connect_to_server()  # type: ignore[attr-defined]
        sockets.append(socket.send)  # type: ignore[attr-defined]

    crew.route_web_socket(re.compile("/live"), relay)
    show.sign_in(crew, "c10")
    show.open(crew, "sheet")
    crew.locator("#cue-d1-25").scroll_into_view_if_needed()
    before = crew.evaluate("() => [document.body.dataset.screen, scrollY]")
    crew.evaluate("() => { window.sameDocument = true; document.querySelector('#cue-d1-23').remove(); }")
    with crew.expect_response(re.compile("/e/riverside2027$")):
        sockets[0]('{"type":"reset","reason":"bulk","after_ms":0}')
    expect(crew.locator("#cue-d1-23")).to_have_count(1)
    assert crew.evaluate("() => [document.body.dataset.screen, scrollY, window.sameDocument]") == [
        *before,
        True,
    ]
    # The new socket comes after the rows; until then the sign still tells of the old one.
    deadline = time.monotonic() + 20
    while len(sockets) < 2 and time.monotonic() < deadline:
        crew.wait_for_timeout(50)
    expect(crew.locator("[data-out=link]")).to_contain_text("已連線")
    assert len(sockets) == 2


def test_after_days_of_sleep_a_phone_fetches_the_sheet_once_and_goes_on(show: Show, devices: Devices) -> None:
    crew = devices.phone(show.url)
    lines: list[Any] = []
    is_awake = True

    def relay(socket: Any) -> None:  # noqa: ANN401 - Playwright's own
        lines.append(socket)
        if is_awake:
            socket.connect_to_server()
        else:
            socket.close(code=1001)

    crew.route_web_socket(re.compile("/live"), relay)
    show.sign_in(crew, "c10")
    show.open(crew, "sheet")
    is_awake = False
    lines[0].close(code=1001)
    show.ops("c02", ("cue.edit", {"id": "d1-23", "set": {"note": "睡前"}}))
    show.age(days=5)
    fetched: list[str] = []
    crew.on("request", lambda request: fetched.append(request.url))
    is_awake = True
    crew.evaluate("() => dispatchEvent(new Event('online'))")
    expect(crew.locator("#cue-d1-23 .cue-note")).to_have_text("睡前", timeout=20_000)
    show.ops("c02", ("cue.edit", {"id": "d1-23", "set": {"note": "醒來"}}))
    expect(crew.locator("#cue-d1-23 .cue-note")).to_have_text("醒來")
    crew.wait_for_timeout(2000)
    assert len([url for url in fetched if url.endswith(EVENT)]) == 1


def test_whoever_is_taken_out_of_the_event_holds_nothing_more(show: Show, devices: Devices) -> None:
    devices.tolerate("404|403|401")
    crew = show.phone(devices, "c10", "sheet")
    show.ops("c02", ("member.remove", {"id": "c10"}))
    expect(crew.locator(".cue")).to_have_count(0, timeout=SOON)
    expect(crew).to_have_url(re.compile("/sign-in"))  # they came by a link, which ended with them


def test_what_a_vendor_has_said_stays_said_after_a_reset(show: Show, devices: Devices) -> None:
    """Their own marks come by their own chain, and stand in no document."""
    vendor = devices.phone(show.url)
    sockets: list[Any] = []

    def relay(socket: Any) -> None:  # noqa: ANN401 - Playwright's own
        socket.connect_to_server()
        sockets.append(socket)

    vendor.route_web_socket(re.compile("/live"), relay)
    show.ops("f01", ("cue.ready", {"id": "d1-31"}))
    show.sign_in(vendor, "f01")
    show.open(vendor, "sheet")
    mark = vendor.locator("#mark-d1-31\\:f01")
    expect(mark).to_have_count(1)
    with vendor.expect_response(re.compile(f"/e/{EVENT}$")):
        sockets[0].send('{"type":"reset","reason":"window","after_ms":0}')
    vendor.wait_for_timeout(500)
    expect(mark).to_have_count(1)


def test_a_mark_that_is_said_anew_says_only_the_last(show: Show, devices: Devices) -> None:
    caller = show.phone(devices, "c02")
    for mark in ("cue.ready", "cue.help", "cue.done"):
        show.ops("c10", (mark, {"id": "d1-25"}))
        expect(caller.locator("[id='mark-d1-25:c10']")).to_have_attribute("data-mark", mark[4:])
    expect(caller.locator("[id='mark-d1-25:c10']")).to_have_text("簡睿恩 完成")


@pytest.mark.parametrize("locale", ["zh-TW", "en"])
def test_the_sign_of_what_waits_covers_nothing_of_its_row(locale: str, show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    show.ops("c02", ("member.locale", {"locale": locale}))
    caller = show.phone(devices, "c02", "now")
    show.stop()
    for screen in ("now", "call"):
        caller.locator(f".tab[data-screen={screen}]").tap()
        expect(caller.locator("body")).to_have_attribute("data-screen", screen)
        signs_cover_nothing(caller)


def signs_cover_nothing(caller: Page) -> None:
    caller.evaluate(
        """() => {
          for (const row of document.querySelectorAll(".cue[data-slot]")) row.setAttribute("data-pending", "");
        }"""
    )
    assert caller.evaluate(UNDER_SIGNS) == []


def test_without_signal_a_bar_with_the_time_leaves_out_the_events_name(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.clocked(devices, "c10", "mine")
    show.stop()
    seconds_without_a_line(crew)
    assert crew.locator("[data-out=title]").evaluate("(name) => name.offsetWidth") == 1


# Words and shapes on which a row's sign lies, but for the leading above and under them.
UNDER_SIGNS = """() => {
  const found = [];
  for (const row of document.querySelectorAll(".cue[data-slot]")) {
    if (!row.getClientRects().length) continue;
    const { left, top } = row.getBoundingClientRect();
    const sign = getComputedStyle(row, "::after");
    const [x, y] = [left + parseFloat(sign.left), top + parseFloat(sign.top)];
    const [right, bottom] = [x + parseFloat(sign.width), y + parseFloat(sign.height)];
    const beside = (rect) => rect.right <= x + 1 || rect.left >= right - 1;
    const over = (rect, leading) => !beside(rect) && rect.bottom > y + leading && rect.top < bottom - leading;
    const walk = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    for (const icon of row.querySelectorAll("svg")) {
      if (icon.getClientRects().length && over(icon.getBoundingClientRect(), 2)) found.push(`${row.dataset.slot} svg`);
    }
    while (walk.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(walk.currentNode);
      const isUnder = [...range.getClientRects()].some((rect) => over(rect, 4));
      if (isUnder) found.push(`${row.dataset.slot} ${walk.currentNode.data.trim()}`);
    }
  }
  return found;
}"""


def test_a_row_on_a_day_that_nobody_planned_can_be_seen_and_no_day_begins_with_what_runs_today(
    show: Show, devices: Devices
) -> None:
    crew = show.phone(devices, "c10", "sheet")
    expect(crew.locator("#cue-d1-21")).to_be_visible()
    crew.locator("[data-on=sheet] select[name=day]").select_option(index=2)
    expect(crew.locator("#cue-d1-21")).to_be_hidden()
    assert {row[:2] for row in seen(crew, "id")} == {"d2"}
    late = {"id": "teardown", "title": "加場撤場", "track": "main", "day": "2031-05-06", "duration_s": 600}
    show.ops("c02", ("cue.add", late))
    days = crew.locator("[data-on=sheet] select[name=day]")
    expect(days.locator("option[value='2031-05-06']")).to_have_text("5/6")
    expect(crew.locator("#cue-teardown")).to_be_hidden()
    days.select_option("2031-05-06")
    expect(crew.locator("#cue-teardown")).to_be_visible()
