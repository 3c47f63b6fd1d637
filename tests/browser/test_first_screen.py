"""A first visit on a bad line: Now can be read before any script is there, and says what the scripts then say."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.show import EVENT, Show
from tests.browser.test_offline import installed
from tests.browser.test_weight import SHIFT
from tests.support.browser import Devices

KEY = f"/e/{EVENT}"
# Every text of the first screen, and where it stands; of what counts, only where it stands.
TEXTS = """() => {
    const rows = ".cue-word, .cue-title, .cue-where, .cue-who, .cue-proj, .cue-plan, .cue-late, .cue-left, .cue-end,"
        + ".cue-cells, .cue-meet, .cue-meta > .tag";
    const bar = ".top-day, .top-event > span, .top-pick option, .strip :is(dt, dd)";
    const found = [...document.querySelectorAll(`${bar}, .cue[data-slot]:not([data-slot=also]) :is(${rows})`)];
    return found.filter((one) => one.localName === "option" || one.checkVisibility()).map((one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        const counts = one.matches(".cue-left") || one.querySelector("[data-out=clock]");
        const text = counts ? one.innerText.replaceAll(/[0-9]/g, "0") : one.innerText;
        const slot = one.closest("[data-slot]")?.dataset.slot ?? "";
        return [slot, one.className, text, ...[x, y, width, height].map(Math.round)];
    }).sort();
}"""
LEFT = """() => [...document.querySelectorAll("[data-slot=now] [data-out=left]")].find((one) => one.checkVisibility())
    .textContent.split(":").reduce((sum, part) => sum * 60 + Number(part), 0)"""
# A word in the bar is a shorter one when the line stands.
LEAST_SHIFT = 0.0005
READY = "() => document.body.dataset.ready === ''"
# Whether any frame showed what the server had made.
WATCH = """const look = () => {
    globalThis.wasEarly ||= Boolean(document.getElementById("early")?.checkVisibility());
    requestAnimationFrame(look);
};
look();"""
# When the phone's storage was opened, and how often it was asked for rows.
ASKED = """const { open } = IDBFactory.prototype, { getAll } = IDBObjectStore.prototype;
globalThis.opened = [];
globalThis.asked = 0;
IDBFactory.prototype.open = function (...all) {
    globalThis.opened.push(document.readyState);
    return open.apply(this, all);
};
IDBObjectStore.prototype.getAll = function (...all) {
    globalThis.asked += this.name === "tail";
    return getAll.apply(this, all);
};"""


# What the browser's first frame waits for.
HELD = """new MutationObserver(() => {
    globalThis.held ??= document.querySelector("link[rel=expect]")?.getAttribute("href");
}).observe(document, { childList: true, subtree: true });"""


@pytest.fixture
def held(show: Show, devices: Devices) -> Callable[[str], tuple[Page, list[Route]]]:
    """A member's new phone whose scripts are on their way, and what lets them come."""

    def visit(member: str) -> tuple[Page, list[Route]]:
        page, routes = devices.phone(show.url), list[Route]()

        def hold(route: Route) -> None:
            routes.append(route)

        show.sign_in(page, member)
        page.route("**/joined/phone.js", hold)
        page.goto(KEY, wait_until="commit")
        expect(page.locator("#early")).to_be_visible()
        return page, routes

    return visit


@pytest.mark.parametrize(("member", "locale"), [("c10", "zh-TW"), ("c06", "zh-TW"), ("c10", "en")])
def test_now_is_there_before_the_scripts_and_stays_as_it_was(
    show: Show, held: Callable[[str], tuple[Page, list[Route]]], member: str, locale: str
) -> None:
    show.ops(member, ("member.locale", {"locale": locale}))
    page, routes = held(member)
    expect(page.locator("[data-out=link]")).to_have_attribute("data-is", "wait")
    expect(page.locator("#early [data-slot=now]")).to_contain_text(
        "Mistline Train" if locale == "en" else "山嵐列車"
    )
    page.wait_for_function("() => [...document.styleSheets].some(({ href }) => href.endsWith('/rest.css'))")
    before, left = page.evaluate(TEXTS), page.evaluate(LEFT)
    for route in routes:
        route.continue_()
    page.wait_for_function(READY)
    assert {slot for slot, *_ in before} >= {"now", "turn"}
    assert page.evaluate(TEXTS) == before
    assert 0 <= left - page.evaluate(LEFT) <= 6
    assert page.locator("#early").count() == 0
    assert page.evaluate(SHIFT) < LEAST_SHIFT


def test_now_is_shown_when_all_of_it_has_come(held: Callable[[str], tuple[Page, list[Route]]]) -> None:
    """A slow line brings the page in pieces, and one may end within a row."""
    page, _ = held("c10")
    text = page.request.get(KEY, headers={"Sec-Fetch-Dest": "document"}).text()
    countdown, end = text.index('class="cue-left"'), text.index("</section>", text.index('id="early"'))
    for cut in (text.index("</small>", countdown), end):
        page.evaluate("(part) => { document.open(); document.write(part); }", text[:cut])
        expect(page.locator("#early .cue-left").first).to_be_attached()
        expect(page.locator("#early")).to_be_hidden()
        page.evaluate("(part) => document.write(part)", text[cut : text.index("</main>")])
        expect(page.locator("#early")).to_be_visible()


def test_a_kept_page_never_shows_what_was_then(show: Show, devices: Devices) -> None:
    phone = show.phone(devices, "c10")
    installed(phone)
    fetched = phone.request.get(KEY, headers={"sec-fetch-dest": "document"})
    assert 'id="early"' in fetched.text()
    answer = {"text": fetched.text(), "headers": {"Content-Type": "text/html", **build_of(fetched.headers)}}
    phone.evaluate(
        "async ([key, { text, headers }]) => (await caches.open('pages')).put(key, new Response(text, { headers }))",
        [KEY, answer],
    )
    phone.add_init_script(WATCH)
    phone.goto("about:blank")
    phone.goto(KEY)
    phone.wait_for_function(READY)
    assert phone.evaluate("() => [globalThis.wasEarly, document.getElementById('early')]") == [False, None]


def test_a_kept_page_asks_for_its_tail_early_and_once_and_is_painted_when_its_scripts_have_begun(
    show: Show, devices: Devices
) -> None:
    phone = show.phone(devices, "c10")
    installed(phone)
    phone.add_init_script(ASKED)
    phone.add_init_script(HELD)
    phone.goto("about:blank")
    phone.goto(KEY)
    phone.wait_for_function(READY)
    assert phone.evaluate("() => [globalThis.opened[0], globalThis.asked]") == ["loading", 1]
    # What is waited for comes with no part of the document: else a frame could stand there before our scripts.
    assert phone.evaluate("() => held.startsWith('#') && !document.getElementById(held.slice(1))")


def build_of(headers: dict[str, Any]) -> dict[str, Any]:
    return {"Fieldcue-Build": headers["fieldcue-build"]}


def test_who_opens_another_screen_is_not_shown_now(show: Show, devices: Devices) -> None:
    page = devices.phone(show.url)
    show.sign_in(page, "c10")
    page.add_init_script(WATCH)
    show.open(page, "sheet")
    assert page.evaluate("() => globalThis.wasEarly") is False
