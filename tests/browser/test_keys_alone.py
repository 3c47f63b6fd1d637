"""Everything by the keyboard alone: each page is walked, no stop is a trap or unseen, and the main jobs get done."""

from playwright.sync_api import Page, expect

from tests.browser.desk import ACT_2, Desk
from tests.browser.places import tour
from tests.browser.show import SOON, Show
from tests.support.browser import Devices
from tests.support.live import wait_until

CALLER, HAND = "c06", "c10"
MOST = 40
# Where the focus stood each time that Tab was pressed, and what was wrong with it there.
WATCH = """() => {
    const isWatched = "stops" in window;
    window.stops = [];
    if (isWatched) return;
    const isSet = (style, width) => style !== "none" && width !== "0px";
    const ringed = (one) => isSet(one.outlineStyle, one.outlineWidth) || one.boxShadow !== "none";
    const look = (one) => {
        const { left, top, width, height } = one.getBoundingClientRect();
        const there = document.elementFromPoint(left + width / 2, top + height / 2);
        if (!one.checkVisibility({ visibilityProperty: true })) return "hidden";
        const isThere = there && [one, one.labels?.[0]].some((part) => part?.contains(there) || there.contains(part));
        if (!isThere) return "covered";
        return ringed(getComputedStyle(one)) || one.labels?.length ? "" : "no ring";
    };
    addEventListener("keydown", ({ key }) => {
        const one = document.activeElement;
        if (key === "Tab" && one !== document.body) stops.push([one.outerHTML.slice(0, 120), look(one)]);
    }, true);
}"""


def walked(page: Page) -> list[str]:
    """What is wrong with the stops of the Tab key, from the first around to it again."""
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    page.evaluate(WATCH)
    for _ in range(MOST):
        for _ in range(10):
            step(page)
        stops = page.evaluate("() => stops")
        if len({where for where, _ in stops}) < len(stops):
            break
    else:
        return ["no end of it"]
    return [f"{what}: {where}" for where, what in stops if what]


def step(page: Page) -> None:
    """On by Tab; out of the table, where that goes from cell to cell, by F6."""
    is_cell = page.evaluate("() => Boolean(document.activeElement.closest('.cell-editor, .grid'))")
    page.keyboard.press("F6" if is_cell else "Tab")


def test_each_page_is_walked_by_tab_with_the_focus_in_sight(show: Show, devices: Devices) -> None:
    """A module that comes late may move what is on the page under the hand: then it is walked once more."""
    devices.tolerate("status of 404")
    looked = {where: walked(page) and walked(page) for where, page in tour(show, devices, "zh-TW")}
    assert {where: wrong for where, wrong in looked.items() if wrong} == {}


def test_what_has_the_focus_stands_above_the_callers_dock_wherever_the_page_is_scrolled(
    show: Show, devices: Devices
) -> None:
    caller = show.phone(devices, CALLER, "call")
    expect(caller.locator("[data-act-say=arrived]")).to_be_visible(timeout=SOON)
    assert caller.evaluate("""() => {
        const act = document.querySelector("[data-act-say=arrived]");
        const most = document.documentElement.scrollHeight - innerHeight;
        const covered = [];
        for (let y = 0; y <= most; y += 10) {
            act.blur();
            scrollTo({ top: y, behavior: "instant" });
            act.focus();
            const { left, top, width, height } = act.getBoundingClientRect();
            for (const edge of [top + 1, top + height - 1])
                if (!act.contains(document.elementFromPoint(left + width / 2, edge))) covered.push(y);
        }
        return [most > 0, covered];
    }""") == [True, []]


def test_the_countdown_stays_where_it_is_while_the_focus_is_on_the_callers_dock(
    show: Show, devices: Devices
) -> None:
    caller = show.phone(devices, CALLER, "call")
    expect(caller.locator(".dock [data-call=go]")).to_be_enabled(timeout=SOON)
    assert caller.evaluate("""() => {
        scrollTo({ top: 0, behavior: "instant" });
        for (const button of document.querySelectorAll(".dock button, .tabs a")) button.focus();
        return [document.documentElement.scrollHeight > innerHeight, scrollY];
    }""") == [True, 0]


def test_where_the_dock_scrolls_with_the_page_its_buttons_come_into_sight_with_the_focus(
    show: Show, devices: Devices
) -> None:
    """A desktop at 400 % is no larger (WCAG 1.4.10), and has no room for a dock that stays."""
    caller = show.phone(devices, CALLER, "call", viewport={"width": 300, "height": 400})
    expect(caller.locator(".dock [data-call=go]")).to_be_enabled(timeout=SOON)
    assert caller.evaluate("""() => {
        const shown = [...document.querySelectorAll(".dock button")].filter((one) => one.checkVisibility());
        const hidden = shown.filter((one) => {
            document.activeElement.blur();
            scrollTo({ top: 0, behavior: "instant" });
            one.focus();
            const { top, bottom } = one.getBoundingClientRect();
            return top < 0 || bottom > innerHeight;
        });
        return [getComputedStyle(document.querySelector(".foot")).position, hidden.map((one) => one.textContent)];
    }""") == ["static", []]


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus stands on what a selector finds."""
    for _ in range(MOST):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        step(page)
    raise AssertionError(f"no way to {selector} by Tab")


def test_what_was_edited_is_published_told_and_called_by_keys_alone(show: Show, devices: Devices) -> None:
    show.ops("c01", ("sheet.publish", {}))
    show.ops("c01", ("cue.edit", {"id": ACT_2, "set": {"people": [HAND]}}))
    desk, hand, caller = (
        Desk.of(show, devices),
        show.phone(devices, HAND),
        show.phone(devices, CALLER, "call"),
    )
    tab_to(desk.page, "[data-publish]")
    desk.page.keyboard.press("Enter")
    tab_to(desk.page, "#publish-form input")
    desk.type("加場").press("Enter")
    expect(desk.page.locator(".top-version")).to_have_text("v2", timeout=SOON)

    expect(hand.locator(".told")).to_be_visible(timeout=SOON)
    tab_to(hand, ".told h2 button")
    hand.keyboard.press("Enter")
    tab_to(hand, f'[data-cue="{ACT_2}"] button')
    hand.keyboard.press("Enter")
    expect(hand.locator("#detail-title")).to_contain_text("晚自習樂團")
    hand.keyboard.press("Escape")
    assert hand.evaluate("(cue) => document.activeElement.closest('.notice-row')?.dataset.cue === cue", ACT_2)
    tab_to(hand, "[data-told-ack]")
    hand.keyboard.press("Enter")
    expect(hand.locator(".told")).to_be_hidden(timeout=SOON)

    called = caller.locator("[data-slot=next]").get_attribute("data-id") or ""
    tab_to(caller, ".dock [data-call=go]")
    caller.keyboard.press("Enter")
    expect(caller.locator(f'[id="cue-{called}"]')).to_have_attribute("data-state", "done", timeout=SOON)
    # The phone shows it before it has been sent.
    wait_until(lambda: bool(show.cue(called)["runs"]))
