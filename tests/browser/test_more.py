"""The screen More: who can come back by themselves signs out by a tap, whoever can't is told and holds."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.show import Show
from tests.support.browser import NO_SERVER, Devices, accessibility_problems

TOLD = {
    "zh-TW": "登出後，要有場控給的新連結或 QR 才能再進來。",
    "en": "To come back you need a new link or QR from your show controller.",
}
# Held buttons fill their ring in 0.8 s.
HELD_MS = 1000


def leave(page: Page, name: str) -> None:
    """Press the button for as long as a held one asks."""
    button = page.get_by_role("button", name=name)
    button.scroll_into_view_if_needed()
    button.hover()
    page.mouse.down()
    # The page counts from when it hears of the finger, which a busy machine tells it late.
    expect(button).to_have_attribute("data-holding", "")
    page.wait_for_timeout(HELD_MS)
    page.mouse.up()


def test_whoever_came_by_link_is_told_before_signing_out_and_holds(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "more")
    expect(crew.locator("[data-out=leave]")).to_contain_text(TOLD["zh-TW"])
    assert accessibility_problems(crew) == []
    crew.get_by_role("button", name="登出").tap()
    crew.wait_for_timeout(300)
    expect(crew.locator("[data-out=leave]")).to_be_visible()
    leave(crew, "登出")
    expect(crew).not_to_have_url(f"{show.url}/e/riverside2027#more")
    crew.goto("/e/riverside2027")
    expect(crew.locator("[data-list=cue]")).to_have_count(0)


@pytest.mark.parametrize("member", ["c02", "c10"])
def test_nothing_on_it_moves_away_from_under_a_finger_while_the_page_grows(
    show: Show, devices: Devices, member: str
) -> None:
    page = show.phone(devices, member, "more")
    place = "() => document.querySelector('[data-out=leave]').getBoundingClientRect().top"
    before = page.evaluate(place)
    # What comes later comes one after the other; both are for everybody of the team.
    for late in ("contacts.js", "log.js", "comments.js"):
        page.wait_for_function(
            f"() => performance.getEntriesByType('resource').some(({{ name }}) => name.endsWith('/{late}'))"
        )
    page.wait_for_timeout(300)
    assert page.evaluate(place) == before


def without_trash(show: Show, page: Page) -> None:
    """A coordinator's page to which one module does not come: neither by itself nor with all that a worker keeps."""
    page.route("**/trash.js", lambda route: route.abort())
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined })")
    show.sign_in(page, "c02")
    show.open(page, "more")


def test_what_has_not_come_yet_says_that_it_needs_signal(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    page = devices.phone(show.url)
    without_trash(show, page)
    page.get_by_role("button", name="垃圾桶").tap()
    expect(page.locator(".toast")).to_have_text("有訊號時才打得開。")


def test_what_is_said_does_not_cover_what_was_pressed_by_a_key(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    page = devices.phone(show.url)
    without_trash(show, page)
    trash = page.get_by_role("button", name="垃圾桶")
    page.keyboard.press("Tab")
    trash.focus()
    # As low as it can stand above the tabs.
    height = trash.evaluate("""(one) => {
        const least = document.querySelector(".foot").offsetHeight + 4;
        scrollTo({ top: 0, behavior: "instant" });
        return Math.ceil(one.getBoundingClientRect().bottom) + least;
    }""")
    page.set_viewport_size({"width": 390, "height": height})
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_be_visible()
    assert trash.evaluate("""(one) => {
        const { left, top, width, height } = one.getBoundingClientRect();
        return one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    }""")


def test_a_busy_phone_that_hears_of_the_finger_late_still_knows_how_long_it_held(
    show: Show, devices: Devices
) -> None:
    crew = show.phone(devices, "c11", "more")
    # From 0.2 s on the page hears nothing for 1.5 s: the finger is lifted in there.
    crew.evaluate(
        """addEventListener("pointerdown", () => setTimeout(() => {
          for (const until = performance.now() + 1500; performance.now() < until; );
        }, 200), { once: true })"""
    )
    leave(crew, "登出")
    expect(crew).not_to_have_url(f"{show.url}/e/riverside2027#more")


def test_whoever_reads_english_is_told_in_english(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c37", "more")
    expect(crew.locator("[data-out=leave]")).to_contain_text(TOLD["en"])


def test_whoever_has_a_password_signs_out_by_a_tap(show: Show, devices: Devices) -> None:
    coordinator = show.phone(devices, "c02", "more")
    expect(coordinator.locator("[data-out=leave] .notice")).to_be_hidden()
    coordinator.get_by_role("button", name="登出").tap()
    expect(coordinator).not_to_have_url(f"{show.url}/e/riverside2027#more")
