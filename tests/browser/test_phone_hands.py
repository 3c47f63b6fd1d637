"""Languages, small screens, gloves, keyboards, slow phones."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.show import Show, edit
from tests.browser.test_reach import contrast_problems
from tests.support.browser import Devices, accessibility_problems


def test_a_language_is_chosen_on_the_phone(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c37", "more")
    expect(crew.locator(".tab[data-screen=now]")).to_have_text("Now")
    crew.get_by_role("button", name="中文").tap()
    expect(crew.locator(".tab[data-screen=now]")).to_have_text("現在")
    crew.get_by_role("button", name="English").tap()
    expect(crew.locator(".tab[data-screen=now]")).to_have_text("Now")


@pytest.mark.parametrize("member", ["c10", "c37"])
def test_nothing_is_wider_than_a_small_phone(member: str, show: Show, devices: Devices) -> None:
    """195 px is a phone of 390 at a zoom of 200 %."""
    page = show.phone(devices, member, viewport={"width": 320, "height": 640})
    for width in (320, 195):
        page.set_viewport_size({"width": width, "height": 640})
        for screen in ("now", "sheet", "mine", "more"):
            page.goto(f"/e/riverside2027#{screen}")
            page.wait_for_timeout(150)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width, (width, screen)


def test_the_form_of_a_row_can_be_read_by_everybody(show: Show, devices: Devices) -> None:
    """What stands on the screens themselves is looked at in test_reach.py."""
    page = show.phone(devices, "c02", "sheet")
    edit(page, "d1-25")
    assert accessibility_problems(page) == []
    for theme in ("night", "sun"):
        assert contrast_problems(page, theme) == []


def test_rows_are_walked_and_opened_by_keyboard(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "sheet")
    crew.locator("[data-list=cue]").focus()
    assert crew.evaluate("() => document.activeElement.id") == "cue-d1-21"
    crew.keyboard.press("ArrowDown")
    crew.keyboard.press("Enter")
    expect(crew.locator("#detail-title")).to_contain_text("121.1")


def test_all_modules_come_as_one_file_that_is_asked_for_at_once(show: Show, devices: Devices) -> None:
    """A module that is found only inside another costs one more trip over a slow line."""
    crew = show.phone(devices, "c10")
    named = crew.eval_on_selector_all("script[defer]", "(all) => all.map((script) => script.src)")
    scripts = crew.evaluate(
        """() => performance.getEntriesByType("resource").map(({ name }) => name)
            .filter((name) => name.endsWith(".js") && !name.endsWith("/first.js"))"""
    )
    assert scripts == named
    assert [script.rsplit("/", 2)[1:] for script in named] == [["joined", "phone.js"]]


def test_five_hundred_rows_leave_a_slow_phone_free(show: Show, devices: Devices) -> None:
    """At a fourth of the speed neither a second's tick nor another's edit holds the page for 50 ms."""
    row = {
        "kind": "item",
        "track": "main",
        "duration_s": 300,
        "people": ["c10"],
        "columns": {"light": {"zh-TW": "全亮"}},
    }
    for tens in range(0, 310, 62):
        show.ops(
            "c02",
            *(("cue.add", {**row, "id": f"x{n}", "title": f"加演 {n}"}) for n in range(tens, tens + 62)),
        )
    crew = show.phone(devices, "c10", "sheet")
    slow = crew.context.new_cdp_session(crew)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    assert crew.locator("[data-list=cue] > .cue").count() >= 500
    ticks, edits = crew.evaluate("""async () => {
        const { $js_clock: { tick }, $js_rows: { apply } } = joined;
        const cost = (work) => { const begin = performance.now(); work(); return performance.now() - begin; };
        const row = (n) => {
            const copy = document.querySelector(`#cue-x${n}`).cloneNode(true);
            copy.dataset.v = String(Number(copy.dataset.v) + 10_000);
            return copy.outerHTML;
        };
        const ticks = Array.from({ length: 8 }, () => cost(() => tick()));
        const edits = Array.from({ length: 8 }, (_, n) => cost(() => apply(row(n))));
        return [ticks, edits];
    }""")
    assert min(ticks) < 50, ticks
    assert min(edits) < 50, edits


def test_in_the_chinese_view_is_no_english_and_every_button_is_large_enough_for_a_glove(
    show: Show, devices: Devices
) -> None:
    coordinator = show.phone(devices, "c02")
    allowed = re.compile(
        r"cue|GO|Enter|VCR\d*|QR|Excel|CSV|English|D\d|[A-Z]\b|VJ|Logo|DJ|BGM|s\d\d|LED|AED|Emma Clarke"
        r"|Stream Deck|Companion",
        re.IGNORECASE,
    )
    for screen in ("now", "call", "mine", "more"):
        coordinator.goto(f"/e/riverside2027#{screen}")
        parts = "header, .tabs, .dock, .strip, .tools, .page, .sign, .facts"
        texts = coordinator.locator(parts).all_inner_texts()
        assert re.findall(r"[A-Za-z]{3,}", allowed.sub("", " ".join(texts))) == []
    for screen in ("now", "sheet", "mine", "call", "more"):
        coordinator.goto(f"/e/riverside2027#{screen}")
        small = coordinator.evaluate("""() => [...document.querySelectorAll("a, button, select")]
            .filter((each) => each.checkVisibility())
            .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
            .filter(([, box]) => box.top > 0 && (box.height < 47.5 || box.width < 47.5))
            .map(([html]) => html)""")
        assert small == [], screen
