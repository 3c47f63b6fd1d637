"""What a screen reader is told: what counts, once, and nothing while time goes by."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import ACT_2, COORDINATOR, OWNER, Desk
from tests.browser.places import guest_link
from tests.browser.show import SOON, Show
from tests.browser.test_guests import later
from tests.support.browser import Devices

CALLER, HAND = "c06", "c10"
ROWS = ("d1-23", "d1-25", "d1-26", "d1-28")
# What stands in a live region, each time that it is another text and can be perceived.
LISTEN = """() => {
    window.said = [];
    const live = "[role=status], [role=alert], [role=log], [aria-live]";
    const last = new Map([...document.querySelectorAll(live)].map((one) => [one, one.innerText.trim()]));
    const around = ({ target }) => (target.nodeType === 1 ? target : target.parentElement)?.closest(live);
    new MutationObserver((changes) => {
        for (const one of new Set(changes.map(around))) {
            if (!one?.checkVisibility() || one.ariaLive === "off") continue;
            const text = one.innerText.trim();
            if (text && text !== last.get(one)) said.push(text);
            last.set(one, text);
        }
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


def said(page: Page) -> list[str]:
    found: list[str] = page.evaluate("() => said.splice(0)")
    return found


@pytest.mark.parametrize("screen", ["now", "call"])
def test_nothing_is_read_aloud_while_a_countdown_runs(show: Show, devices: Devices, screen: str) -> None:
    show.ops("c02", ("track.roll", {"track": "river", "on": True}))
    phone = devices.phone(show.url)
    phone.clock.install()
    show.sign_in(phone, CALLER)
    show.open(phone, screen)
    expect(phone.locator("[data-out=link]")).to_have_attribute("data-is", "on")
    left = phone.locator("[data-slot=now] .cue-left time")
    before = left.inner_text()
    phone.evaluate(LISTEN)
    # Within which nobody asks the server for a word, and nobody gives up waiting for one.
    phone.clock.run_for(9_000)
    assert left.inner_text() != before
    assert said(phone) == []


def test_twenty_edits_are_read_aloud_as_one_to_those_they_touch_and_not_at_all_to_others(
    show: Show, devices: Devices
) -> None:
    show.ops(COORDINATOR, ("sheet.publish", {}), ("sheet.live", {"on": True}))
    hand, desk = show.phone(devices, HAND), Desk.of(show, devices)
    expect(hand.locator('[data-out="told-said"]')).to_contain_text(
        "v1"
    )  # that the sheet is out is news of its own
    touched = [("cue.edit", {"id": row, "set": {"people": [HAND]}}) for row in ROWS]
    for page in (hand, desk.page):
        page.evaluate(LISTEN)
    show.ops(OWNER, *touched)
    for number in range(16):
        show.ops(OWNER, ("cue.edit", {"id": ACT_2, "set": {"title": f"晚自習 {number}"}}))
    expect(hand.locator(f'[id="cue-{ACT_2}"] .cue-title')).to_contain_text("晚自習 15", timeout=SOON)
    expect(desk.cell(ACT_2, "title")).to_have_text("晚自習 15", timeout=SOON)
    hand.wait_for_timeout(1200)
    assert len(said(hand)) == 1
    assert said(desk.page) == []


def test_a_guest_who_reads_keeps_the_place_and_is_not_told_what_time_it_is(
    show: Show, devices: Devices
) -> None:
    guest = devices.phone(show.url)
    guest.clock.install()
    guest.goto(f"/guest#{guest_link(show, 'zh-TW')}")
    guest.locator("[data-guest=type]").focus()
    guest.evaluate(LISTEN)
    show.ops(OWNER, ("cue.edit", {"id": ACT_2, "set": {"title": "晚自習改"}}))
    later(guest)
    expect(guest.locator("main.guest")).to_contain_text("晚自習改", timeout=SOON)
    expect(guest.locator("[data-guest=type]")).to_be_focused()
    assert said(guest) == []
