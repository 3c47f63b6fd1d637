"""Stories of those who fetch the acts, and of the stage manager who waits for them."""

import re
from functools import partial

from playwright.sync_api import Page, expect

from tests.browser.show import SOON, Show, within_a_second
from tests.support.browser import Devices, accessibility_problems, shoot

# The next act of the main stage, after a changeover.
ACT = "#cue-d1-25"
# Half an hour from now, and what that is behind its projected start.
EXPECTED = re.compile(r"^遲到 15:0\d \+\d+:00$")


# px: what a thumb in a glove hits.
FINGER = 48


def say(page: Page, word: str) -> None:
    """Open the row and say where its act is."""
    page.locator(ACT).tap()
    page.locator("#detail .act-says").get_by_role("button", name=word).tap()


def test_hospitality_says_late_and_the_stage_manager_sees_it_at_once(show: Show, devices: Devices) -> None:
    host, caller = show.phone(devices, "c35", "sheet"), show.phone(devices, "c06", "call")
    client = show.phone(devices, "cl01", "sheet")
    told = caller.locator(f"{ACT} .tag[data-where]")
    expect(caller.locator(f"{ACT} .act-says")).to_be_visible()
    say(host, "到場")
    expect(told).to_have_text("到場", timeout=SOON)
    soon = host.locator("#detail").get_by_role("button", name="30 分後")
    within_a_second(
        (
            host.locator("#detail").get_by_role("button", name="遲到").tap,
            partial(expect(told).to_contain_text, "遲到"),
        ),
        (soon.tap, partial(expect(told).to_have_text, EXPECTED)),
    )
    expect(caller.locator(".toast")).to_contain_text("晚自習樂團：遲到")
    soon.tap()
    expect(told).to_be_visible()
    expect(told).to_have_text(EXPECTED, timeout=SOON)
    shoot(host, "act-detail")
    shoot(caller, "act-call")
    expect(caller.locator(".ready > [data-where=late]")).to_contain_text("晚自習樂團")
    caller.locator(f"{ACT} .act-says").scroll_into_view_if_needed()
    shoot(caller, "act-call-row")
    assert accessibility_problems(host) == accessibility_problems(caller) == []
    caller.locator(f"{ACT} .act-says").get_by_role("button", name="後台").tap()
    expect(host.locator(f"{ACT} .tag[data-where]")).to_have_text("後台", timeout=SOON)
    caller.locator(".toast").get_by_role("button", name="復原").tap()
    expect(host.locator(f"{ACT} .tag[data-where]")).to_have_text(EXPECTED, timeout=SOON)
    assert client.locator(".act, .act-says").count() == 0


def test_a_crew_member_sees_whom_to_call_and_on_which_channel(show: Show, devices: Devices) -> None:
    crew, client = show.phone(devices, "c10", "sheet"), show.phone(devices, "cl01", "sheet")
    runner = show.phone(devices, "c37", "sheet", color_scheme="dark")
    who = crew.locator(f"{ACT} .cue-who")
    expect(who).to_have_text("舞監 CH2")
    expect(client.locator(f"{ACT} .cue-who")).to_have_text("許庭瑋")
    for page in (crew, client, runner):
        page.locator(ACT).tap()
    responsible = crew.locator("#detail .who").first
    expect(responsible).to_contain_text("許庭瑋舞監 · 頻道 2")
    dial = responsible.get_by_role("link", name="撥打給許庭瑋")
    expect(dial).to_have_attribute("href", "tel:0000-000-006")
    box = dial.bounding_box()
    assert box
    assert box["height"] >= FINGER
    expect(crew.locator("#detail")).to_contain_text("舞台組 · 頻道 2")
    expect(runner.locator("#detail .who").first).to_contain_text("Ch 2")
    expect(runner.get_by_role("link", name="Call Hsu Ting-Wei")).to_be_visible()
    assert accessibility_problems(runner) == []
    assert client.locator("#detail .who a, #contacts").count() == 0
    shoot(crew, "radio-detail")
    shoot(runner, "radio-detail-en-dark")
    show.ops("c02", ("department.put", {"id": "stage", "name": "舞台組", "channel": "7"}))
    expect(who).to_have_text("舞監 CH7", timeout=SOON)
    expect(crew.locator("#detail")).to_contain_text("舞台組 · 頻道 7")
    crew.locator("#detail [data-close]").tap()
    shoot(crew, "radio-sheet")
    crew.locator(".tab[data-screen=mine]").tap()
    expect(crew.locator("[data-out=my-facts]")).to_contain_text("無線電頻道 7")
    shoot(crew, "radio-mine")
    crew.locator(".tab[data-screen=more]").tap()
    crew.locator("#contacts > summary").tap()
    expect(crew.locator("#contacts .row", has_text="周柏睿")).to_contain_text("場控 · 頻道 1")
    crew.locator("#contacts").scroll_into_view_if_needed()
    shoot(crew, "radio-more")
    assert accessibility_problems(crew) == []
