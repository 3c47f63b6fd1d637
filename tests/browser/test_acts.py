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
    expect(told).to_have_text(EXPECTED, timeout=SOON)
    shoot(host, "act-detail")
    shoot(caller, "act-call")
    expect(caller.locator(".ready > [data-where=late]")).to_contain_text("晚自習樂團")
    assert accessibility_problems(host) == accessibility_problems(caller) == []
    caller.locator(f"{ACT} .act-says").get_by_role("button", name="後台").tap()
    expect(host.locator(f"{ACT} .tag[data-where]")).to_have_text("後台", timeout=SOON)
    caller.locator(".toast").get_by_role("button", name="復原").tap()
    expect(host.locator(f"{ACT} .tag[data-where]")).to_have_text(EXPECTED, timeout=SOON)
    assert client.locator(".act, .act-says").count() == 0
