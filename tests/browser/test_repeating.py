"""林以晴 makes next year's festival out of this one."""

import re

from playwright.sync_api import Page, expect

from server.demo.seed import PASSWORD
from tests.browser.show import EVENT, Show
from tests.support.browser import Devices, accessibility_problems, shoot

WAIT = 20_000


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.locator("[name=email]").fill("c01@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    expect(page.locator("h1")).to_have_text("我的活動")


def test_next_years_festival_is_made_out_of_this_one_and_opens(show: Show, devices: Devices) -> None:
    page = devices.desktop(show.origin)
    sign_in(page)
    shoot(page, "repeat-home")
    page.get_by_role("link", name="當範本").first.click()
    expect(page.locator("h1").last).to_have_text("以這場活動為範本")
    assert accessibility_problems(page) == []
    shoot(page, "repeat-form", full=True)
    page.locator("[name=first]").fill("2028-04-08")
    page.locator("[name=name]").fill("河岸音樂祭 2028")
    page.locator("[name=key]").fill("riverside2028")
    expect(page.get_by_label("電話")).to_be_hidden()
    page.get_by_label("人員，含角色和部門").check()
    expect(page.get_by_label("電話")).to_be_visible()
    page.get_by_label("照當天實際").check()
    page.get_by_role("button", name="建立新活動").click()
    page.wait_for_url("**/e/riverside2028/grid", timeout=WAIT)
    expect(page.get_by_role("heading", name="河岸音樂祭 2028", exact=True)).to_be_visible()
    expect(page.locator("#cue-d1-25")).to_have_attribute("data-state", "planned")
    phone = devices.phone(show.origin)
    phone.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # what one context gives, another takes
    phone.goto("/")
    expect(phone.get_by_role("link", name="當範本 · 河岸音樂祭 2028")).to_be_visible()
    shoot(phone, "repeat-home-phone")
    phone.goto(f"/e/{EVENT}/repeat")
    expect(phone.locator(".job[data-to]")).to_contain_text(
        re.compile(r"已建立：\d+ 列 · \d+ 列用實際長度 · \d+ 人")
    )
    shoot(phone, "repeat-phone", full=True)
    phone.goto("/me")
    phone.locator("[name=locale][value=en]").click()
    phone.goto(f"/e/{EVENT}/repeat")
    expect(phone.locator("h1").last).to_have_text("Use this event as a template")
    expect(phone.get_by_label("As they really ran")).to_be_visible()
    shoot(phone, "repeat-phone-en", full=True)
