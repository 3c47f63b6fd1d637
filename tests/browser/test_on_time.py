"""Stories of the hour: the clock calls until a hand does."""

from playwright.sync_api import Page, expect

from tests.browser.show import SOON, Show
from tests.support.browser import Devices, accessibility_problems, shoot

# What of the page comes a little after the rest.
LATER = 8_000


def adjust(caller: Page, button: str) -> None:
    caller.locator(".dock [data-call=more]").tap()
    caller.locator("#adjust").get_by_role("button", name=button).tap(timeout=LATER)


def test_the_clock_calls_until_a_hand_does(show: Show, devices: Devices) -> None:
    show.ops("c10", ("member.locale", {"locale": "en"}))
    crew, caller = show.phone(devices, "c10", "sheet"), show.phone(devices, "c06", "call")
    adjust(caller, "依時間執行")
    band = caller.locator("[data-out=roll]")
    expect(band).to_contain_text("依時間執行中 · 許庭瑋 14:3", timeout=LATER)
    expect(crew.locator("[data-out=roll]")).to_contain_text("Runs by the clock", timeout=LATER)
    expect(crew.locator("[data-out=roll] button")).to_have_count(0)
    shoot(caller, "roll-call")
    shoot(crew, "roll-sheet-en")
    assert accessibility_problems(caller) == []
    caller.get_by_role("button", name="+5 分").tap()
    expect(band).to_contain_text("主舞台 改由手動喊", timeout=SOON)
    expect(band.locator("button")).to_be_hidden()
    expect(crew.locator("[data-out=roll]")).to_be_hidden()
