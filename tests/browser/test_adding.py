"""Another browser of one's own, in a real one: a code read off one screen and typed or scanned in the other."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Route, expect

from server.core.auth import cookie_name
from tests.people.stage import opened
from tests.support.browser import Devices, accessibility_problems, shoot
from tests.support.server import Server

LINE = "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 Chrome/129 Mobile Safari/537.36 Line/14.17.0/IAB"
# What Chromium logs of answers that say no on purpose, and of a redirect that a script does not follow.
SAID_NO = r"status of (401|410|422|429)|ERR_INTERNET_DISCONNECTED|ERR_FAILED"


class Hands:
    """Dan's phone, signed in to the fair, and other browsers, which are not."""

    def __init__(self, server: Server, devices: Devices, cookies: dict[str, str]) -> None:
        self.server, self.devices, self.cookies = server, devices, cookies
        self.dan = self.phone("dan")

    def phone(self, member: str = "", device: str = "Pixel 7", **context: Any) -> Page:  # noqa: ANN401 - as `new_context`
        page = self.devices.phone(self.server.url, device, **context)
        if member:
            cookie = {
                "name": cookie_name(self.server.url),
                "value": self.cookies[member],
                "url": self.server.url,
            }
            page.context.add_cookies([cookie])  # type: ignore[list-item]  # a cookie's TypedDict
        return page

    def code(self) -> str:
        """A new code, as Dan reads it off his phone."""
        self.dan.goto("/me")
        self.dan.get_by_role("button", name=re.compile("加另一個瀏覽器|Add another browser")).click()
        return self.dan.locator("[data-out=code]").inner_text()


@pytest.fixture
def hands(run_server: Callable[..., Server], devices: Devices, sqlite_url: str, tmp_path: Path) -> Hands:
    devices.tolerate(SAID_NO)
    with opened(sqlite_url, tmp_path, real=True) as stage:
        stage.populate()
        stage.must("bo", "member.edit", id="eve", set={"locale": "en"})
        cookies = {member: next(iter(stage.browser(member).cookies.values())) for member in ("dan", "eve")}
    return Hands(run_server(sqlite_url), devices, cookies)


def test_without_signal_a_code_is_not_lost_and_a_lost_answer_is_asked_for_again(hands: Hands) -> None:
    app, code = hands.phone(), hands.code()
    app.goto("/code")
    app.locator("#f-code").fill(code)
    app.context.set_offline(True)
    app.locator("#code-form [type=submit]").click()
    expect(app.locator("[data-when=offline]")).to_be_visible()
    app.context.set_offline(False)
    app.reload()
    app.locator("#f-code").fill(code)

    def swallow(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort("failed")

    app.route("**/code", swallow, times=1)
    app.locator("#code-form [type=submit]").click()
    expect(app.locator("[data-when=offline]")).to_be_visible()
    app.context.clear_cookies()  # what came with the lost answer never arrived
    app.locator("#code-form [type=submit]").click()
    expect(app).to_have_url(f"{hands.server.url}/e/fair")


def test_a_code_that_is_taken_back_is_gone_from_my_phone(hands: Hands) -> None:
    code = hands.code()
    hands.dan.goto("/me")
    waiting = hands.dan.locator("[id^=code-]")
    expect(waiting).to_contain_text("剩 5 分鐘")
    expect(waiting.get_by_role("button")).to_have_text("收回代碼")
    shoot(hands.dan, "me-code-waits", full=True)
    waiting.get_by_role("button").click()
    expect(waiting).to_have_count(0)
    app = hands.phone()
    _enter(app, code)
    expect(app.locator("#f-code-err")).to_contain_text("過期")


def test_inside_line_the_browser_comes_first_and_the_code_stays_good(hands: Hands) -> None:
    code = hands.code()
    app = hands.phone(user_agent=LINE)
    app.goto(f"/code#{code}")
    expect(app.locator("[data-in-app=line]")).to_be_visible()
    expect(app.locator("#code-form")).to_be_hidden()
    assert accessibility_problems(app) == []
    shoot(app, "code-line")
    way_out = app.locator("[data-act=leave-line]").get_attribute("href")
    assert way_out == f"/code?openExternalBrowser=1#{code}"
    app.goto("/sign-in?to=/e/fair")
    expect(app.locator("[data-act=leave-line]")).to_have_attribute(
        "href", "/sign-in?to=/e/fair&openExternalBrowser=1"
    )
    shoot(app, "sign-in-line")
    phone = hands.phone()
    phone.goto(f"{hands.server.url}{way_out}")
    phone.locator("#code-form [type=submit]").click()
    expect(phone).to_have_url(f"{hands.server.url}/e/fair")


def test_in_english_and_at_night(hands: Hands) -> None:
    eve = hands.phone("eve", device="iPhone 15", color_scheme="dark")
    eve.goto("/me")
    shoot(eve, "me-night-english", full=True)
    eve.get_by_role("button", name="Add another browser").click()
    expect(eve.locator("h1")).to_have_text("Add another browser")
    assert accessibility_problems(eve) == []
    shoot(eve, "my-code-night-english", full=True)
    app = hands.phone(color_scheme="dark")
    _speak_english(app)
    app.goto("/code")
    expect(app.locator("h1")).to_have_text("I have a code")
    shoot(app, "code-field-night-english")


def _speak_english(page: Page) -> None:
    """Ask for everything in English, whatever the language of the test's browsers."""
    page.route(
        "**/*", lambda route: route.continue_(headers=route.request.headers | {"accept-language": "en"})
    )


def _enter(page: Page, code: str) -> None:
    page.goto("/code")
    page.locator("#f-code").fill(code)
    page.locator("#code-form [type=submit]").click()


def test_a_code_is_read_off_one_phone_and_typed_into_the_other(hands: Hands) -> None:
    code = hands.code()
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", code)
    assert accessibility_problems(hands.dan) == []
    shoot(hands.dan, "my-code", full=True)
    expect(hands.dan.locator("[data-out=left]")).to_have_text(re.compile("4:5"))
    app = hands.phone(device="iPhone 15")
    app.goto("/start")
    expect(app).to_have_url(re.compile(r"/sign-in\?to=/start$"))
    assert accessibility_problems(app) == []
    shoot(app, "sign-in-code", full=True)
    app.get_by_role("link", name="我有代碼").click()
    expect(app.locator("#f-code")).to_be_focused()
    assert accessibility_problems(app) == []
    shoot(app, "code-field")
    app.locator("#f-code").fill(f" {code.lower().replace('-', ' ')}")
    app.locator("#code-form [type=submit]").click()
    expect(app).to_have_url(f"{hands.server.url}/e/fair")
    expect(app.locator(".top-event")).to_contain_text("音樂市集")
    expect(app.locator("[data-install-hint]")).to_be_visible()
    the_maker_sees_who_came_in_and_can_end_them(hands, app)


def the_maker_sees_who_came_in_and_can_end_them(hands: Hands, app: Page) -> None:
    expect(hands.dan.locator(".code-done")).to_contain_text("Safari · iPhone")
    expect(hands.dan.locator("[data-out=code]")).to_be_hidden()
    shoot(hands.dan, "my-code-used")
    hands.dan.goto("/me")
    hands.dan.locator("[id^=browser-]", has_text="Safari · iPhone").get_by_role("button").click()
    expect(hands.dan.locator("[id^=browser-]")).to_have_count(1)
    expect(app).to_have_url(re.compile("/sign-in"))  # its page goes as soon as its line is ended
    app.goto("/e/fair")
    expect(app).to_have_url(re.compile("/sign-in"))


def test_a_second_phone_scans_the_code_which_no_address_keeps_and_a_third_is_told(
    hands: Hands, tmp_path: Path
) -> None:
    code = hands.code().replace("-", "")
    hands.dan.locator(".qr").screenshot(path=tmp_path / "qr.png")
    scanned = str(zxingcpp.read_barcodes(Image.open(tmp_path / "qr.png"))[0].text)
    assert scanned == f"{hands.server.url}/code#{code}"
    second = hands.phone()
    asked: list[str] = []
    second.on("request", lambda request: asked.append(request.url))
    second.goto(scanned)
    expect(second.locator("#f-code")).to_have_value(code)
    assert second.url == f"{hands.server.url}/code"
    second.locator("#code-form [type=submit]").click()
    expect(second).to_have_url(f"{hands.server.url}/e/fair")
    assert not [url for url in asked[1:] if code in url]
    third = hands.phone()
    _enter(third, code)
    expect(third.locator("#f-code-err")).to_contain_text("用過了")


def test_a_wrong_code_says_so_in_its_field_and_comes_along_into_the_other_language(hands: Hands) -> None:
    app = hands.phone(device="iPhone 15")
    _speak_english(app)
    _enter(app, "K7QF-3MP")
    expect(app.locator("#f-code-err")).to_contain_text("There is no such code.")
    expect(app.locator("#f-code")).to_have_value("K7QF-3MP")
    app.locator("#f-code").fill("K7QF-3MPX")
    app.locator("#code-form [type=submit]").click()
    expect(app.locator("#f-code-err")).to_contain_text("This code is not right")
    assert accessibility_problems(app) == []
    shoot(app, "code-wrong-english")
    other = hands.phone()
    other.goto("/code#K7QF3MPX")
    other.get_by_role("link", name="English").click()
    expect(other.locator("html")).to_have_attribute("lang", "en")
    expect(other.locator("#f-code")).to_have_value("K7QF3MPX")
    assert "K7QF" not in other.url
    other.locator("#code-form [type=submit]").click()
    expect(other.locator("#f-code-err")).to_contain_text("This code is not right")
    assert accessibility_problems(other) == []
