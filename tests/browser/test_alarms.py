"""What the server refused stands where it hides nothing that is needed, and says why in plain words."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.show import Show
from tests.browser.test_outbox import AFTER, LIVE, ROW, UNSENT, nothing_waits, send
from tests.support.browser import OURS, Devices

# The one after them.
LAST = "d1-31"
ALARM = "#toasts .op[data-state=refused]"


def test_nothing_stands_over_the_tray_that_says_the_same(show: Show, devices: Devices) -> None:
    caller = show.phone(devices, "c02", "more")
    three_refused(caller, show)
    expect(caller.locator("#tray .op")).to_have_count(3)
    expect(caller.locator(ALARM)).to_have_count(0)
    caller.locator(".tab[data-screen=sheet]").tap()
    expect(caller.locator(ALARM)).to_have_count(3)
    caller.locator(".tab[data-screen=more]").tap()
    expect(caller.locator(ALARM)).to_have_count(0)
    caller.evaluate("() => scrollTo(0, 0)")
    assert_seen(caller.locator("#tray .op").first)


def three_refused(page: Page, show: Show) -> None:
    """Two edits that somebody was faster with, and a call of what does not run."""
    bases = {row: page.locator(f"#cue-{row}").get_attribute("data-v") for row in (ROW, AFTER)}
    show.ops("c01", *(("cue.edit", {"id": row, "set": {"note": "別人改的備註"}}) for row in bases))
    for title, row in (("一號 · 已改", ROW), ("二號 · 已改", AFTER)):
        send(page, "cue.edit", {"id": row, "set": {"note": "我改的備註"}}, title, bases[row])
    send(page, "cue.go", {"id": ROW, "current": "nope"}, "GO · 換場")
    expect(page.locator(UNSENT).first).to_have_attribute("data-state", "refused")
    expect(page.locator("#tray .op[data-state=refused]")).to_have_count(3)
    page.wait_for_timeout(300)


def assert_seen(part: Locator) -> None:
    """Whether its middle and its corners are what a finger there would meet."""
    covers = part.evaluate(
        """(part) => {
          const { left, right, top, bottom } = part.getBoundingClientRect();
          const points = [[(left + right) / 2, (top + bottom) / 2], [left + 4, top + 4], [right - 4, bottom - 4]];
          const met = points.map(([x, y]) => document.elementFromPoint(x, y));
          const isOver = (one) => !one || !(part.contains(one) || one.contains(part));
          return met.filter(isOver).map((one) => one?.outerHTML ?? "");
        }"""
    )
    assert covers == []


def test_a_request_that_came_back_unread_can_be_sent_again_and_blames_nobodys_rights(
    show: Show, devices: Devices
) -> None:
    devices.tolerate("status of 4")
    caller = show.phone(devices, "c02", "call")
    for status, row, current in ((403, ROW, LIVE), (404, AFTER, ROW), (413, LAST, AFTER)):
        caller.route("**/ops?*", answers(status))
        send(caller, "cue.go", {"id": row, "current": current})
        line = caller.locator(ALARM)
        expect(line).to_contain_text("伺服器沒有收下，可以再送一次。")
        caller.unroute_all()
        line.get_by_role("button", name="重送").tap()
        nothing_waits(caller)
        assert show.cue(row)["state"] == "live"


@pytest.mark.parametrize("screen", ["now", "sheet", "mine"])
def test_no_screen_hides_behind_alarms_whether_the_line_is_there(
    screen: str, show: Show, devices: Devices
) -> None:
    caller = show.phone(devices, "c02", screen, viewport={"width": 360, "height": 640})
    three_refused(caller, show)
    for part in (
        ".top [data-out=link]",
        *(["[data-slot=now] > .cue-left:visible"] if screen == "now" else []),
    ):
        assert_seen(caller.locator(part).first)


def test_on_a_short_phone_an_alarm_is_a_line_that_leads_to_the_tray(show: Show, devices: Devices) -> None:
    caller = show.phone(devices, "c02", "call", viewport={"width": 360, "height": 640})
    three_refused(caller, show)
    for part in (".top [data-out=link]", "[data-slot=now] > .cue-left:visible", ".dock [data-call=go]"):
        assert_seen(caller.locator(part).first)
    caller.locator(ALARM).get_by_role("link", name="處理 3 筆").tap()
    expect(caller.locator("#tray .op")).to_have_count(3)
    assert_seen(caller.locator("#tray .op").first)


def test_a_caller_sees_line_time_and_countdown_whatever_was_refused_and_decides_one_by_one(
    show: Show, devices: Devices
) -> None:
    caller = show.phone(devices, "c02", "call")
    three_refused(caller, show)
    expect(caller.locator(ALARM)).to_have_count(1)
    expect(caller.locator(ALARM)).to_contain_text("另有 2 筆")
    for part in (
        ".top [data-out=link]",
        "[data-out=clock]",
        "[data-slot=now] > .cue-left",
        ".dock [data-call=go]",
    ):
        assert_seen(caller.locator(f"{part}:visible").first)
    for way in caller.locator(ALARM).get_by_role("button").all():
        assert_seen(way)
    expect(caller.locator(ALARM)).to_contain_text("一號")
    caller.locator(ALARM).get_by_role("button", name="用他的").tap()
    # Which of the two it is depends on whether they went out in one request.
    expect(caller.locator(ALARM)).to_contain_text(re.compile("二號 · 已改|GO · 換場"))
    expect(caller.locator(ALARM)).to_contain_text("另有 1 筆")


def answers(status: int) -> Callable[[Route], None]:
    """The server's own answer without a word of what became of the ops."""
    return lambda route: route.fulfill(status=status, headers=OURS)
