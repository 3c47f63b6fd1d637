"""Stories of what is connected to an event: a Stream Deck that calls, and addresses that are told."""

import json
import re
import urllib.error
import urllib.request

from playwright.sync_api import Page, expect

from tests.browser.desk import COORDINATOR
from tests.browser.show import EVENT, Json, Show
from tests.support.browser import Devices, accessibility_problems, shoot

HELD_MS = 1000


class Deck:
    """A key that sends what its page said to copy."""

    def __init__(self, show: Show, header: str) -> None:
        self.show, self.header = show, header

    def ask(self, path: str, method: str = "GET") -> tuple[int, Json]:
        """Status and answer."""
        url = f"{self.show.url}/api/desk/{path}"
        request = urllib.request.Request(url, headers={"Authorization": self.header}, method=method)  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, {}

    def next(self) -> str:
        return str(self.ask("status")[1]["next"]["id"])


def hold(page: Page, word: str) -> None:
    """Press a button until its ring is full."""
    page.get_by_role("button", name=re.compile(f"^{word}")).hover()
    page.mouse.down()
    page.wait_for_timeout(HELD_MS)
    page.mouse.up()


def aim_of(caller: Page) -> str:
    """The row that the caller's big button would call."""
    return str(caller.locator('.cue[data-slot="next"]').get_attribute("data-id"))


def test_a_caller_makes_a_token_on_the_phone_and_the_key_calls_what_their_screen_shows(
    show: Show, devices: Devices
) -> None:
    caller = show.phone(devices, "c06", "call")
    page = show.phone(devices, "c06", "more")
    page.get_by_role("link", name="外接").tap()
    expect(page.locator("[data-out=link]").first).to_have_attribute("data-is", "on")
    page.get_by_label("名稱").fill("左側台 Stream Deck")
    page.get_by_role("button", name="產生權杖").tap()
    token = page.get_by_label("標頭 Authorization")
    expect(token).to_have_value(re.compile(r"^Bearer [\w-]{32}$"))
    expect(page.locator("#desk-list .connection")).to_contain_text("左側台 Stream Deck")
    expect(page.locator("#desk-list .connection")).to_contain_text("還沒用過")
    assert accessibility_problems(page) == []
    shoot(page, "connections-phone-day")
    page.emulate_media(color_scheme="dark")
    shoot(page, "connections-phone-night")
    deck = Deck(show, token.input_value())
    for _ in range(3):
        expect(caller.locator('.cue[data-slot="next"]')).to_have_attribute("data-id", deck.next())
        called = deck.ask("go", "POST")[1]["row"]["id"]
        expect(caller.locator(f"#cue-{called}")).to_have_attribute("data-state", re.compile("live|done"))
        page.wait_for_timeout(800)
    assert deck.next() == aim_of(caller)
    page.reload()
    assert token.input_value() == "", "it is shown once"
    hold(page, "停用")
    expect(page.locator("#desk-list .connection")).to_have_count(0)
    assert deck.ask("go", "POST")[0] == 401


def test_a_coordinator_adds_an_address_sees_it_fail_and_holds_it_back(show: Show, devices: Devices) -> None:
    show.ops(COORDINATOR, ("member.edit", {"id": COORDINATOR, "set": {"locale": "en"}}))
    page = devices.desktop(show.url)
    show.sign_in(page, COORDINATOR)
    page.goto(f"/e/{EVENT}/grid")
    page.get_by_role("link", name="Connections").click()
    expect(page.locator("[data-out=link]").first).to_have_attribute("data-is", "on")
    page.get_by_role("button", name="Make a token").click()
    expect(page.locator("#desk-list .connection")).to_contain_text("Stream Deck")
    page.get_by_label("Name", exact=True).fill("Lobby board")
    page.get_by_label("Address", exact=True).fill("http://example.com/hook")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("[data-out=hook-trouble]")).to_contain_text("https://")
    page.get_by_label("Address", exact=True).fill("https://127.0.0.1:9/hook")
    page.get_by_role("button", name="Edits of the run sheet").click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("Secret", exact=True)).to_have_value(re.compile(r"^whsec_[A-Za-z0-9+/]{43}=$"))
    hook = page.locator(".hook")
    expect(hook).to_contain_text("Lobby board")
    page.get_by_role("button", name="Send a test").click()
    expect(hook.locator(".deliveries")).to_contain_text("may not be reached", timeout=10_000)
    show.ops("c06", ("cue.finish", {"id": "d1-21"}))
    expect(hook).to_contain_text("Does not arrive", timeout=10_000)
    expect(hook.locator("[data-state=waiting]")).to_contain_text("next")
    assert accessibility_problems(page) == []
    shoot(page, "connections-desktop-en")
    show.ops(COORDINATOR, ("member.edit", {"id": COORDINATOR, "set": {"locale": "zh-TW"}}))
    phone = devices.phone(show.origin)
    show.sign_in(phone, COORDINATOR)
    phone.goto(f"/e/{EVENT}/connections")
    phone.locator(".hook").scroll_into_view_if_needed()
    phone.emulate_media(color_scheme="dark")
    shoot(phone, "connections-hooks-phone-night")
    assert accessibility_problems(phone) == []
    phone.get_by_role("button", name="現在重送").tap()
    hold(phone, "移除")
    expect(phone.locator(".hook")).to_have_count(0)
