"""A client reads the published sheet by a link: made at the desk, opened by somebody without an account, revoked."""

import re
from typing import Literal

from playwright.sync_api import Page, expect

from tests.browser.desk import ACT_2, COORDINATOR, Desk
from tests.browser.show import EVENT, SOON, Show
from tests.support.browser import NO_SERVER, Devices, accessibility_problems, shoot

COLOURS = "(e) => ({ color: getComputedStyle(e).color, background: getComputedStyle(e).backgroundColor })"
ASKS_AGAIN_MS = 20_000
NARROW = {"width": 360, "height": 740}


def later(guest: Page, heard: Literal["response", "requestfailed"] = "response") -> None:
    """Let the time go by after which the page has asked again for certain; that is counted from the answer before.

    Not a moment more while it waits for the answer, for that has an end too.
    """
    told: dict[str, int] = dict.fromkeys(("request", "response", "requestfailed"), 0)

    def count(name: str, url: str) -> None:
        told[name] += url.endswith("/guest/sheet")

    guest.on("request", lambda asked: count("request", asked.url))
    guest.on("response", lambda answer: count("response", answer.url))
    guest.on("requestfailed", lambda asked: count("requestfailed", asked.url))
    for _ in range(100):
        if told["request"] <= told["response"] + told["requestfailed"]:
            guest.clock.fast_forward(ASKS_AGAIN_MS)
        guest.wait_for_timeout(100)
        if told[heard]:
            return
    raise AssertionError("it does not ask again")


def make_column_the_teams(desk: Desk) -> None:
    page = desk.page
    page.get_by_role("button", name="欄位", exact=True).click()
    page.get_by_role("button", name=re.compile("^修改欄位 燈光")).click()
    form = page.locator("#make-column")
    expect(form.locator("[name=name]")).to_have_value("燈光")
    form.locator("[name=shown_to]").select_option("team")
    shoot(page, "guests-column")
    form.locator("[type=submit]").click()
    expect(page.locator("th[data-team]")).to_have_count(1, timeout=SOON)


def make_link(desk: Desk) -> str:
    """From the panel of publishing: names a client, and chooses what they read."""
    page = desk.page
    page.locator("[data-publish]").click()
    page.get_by_role("link", name="來賓連結").click()
    page.get_by_label("給誰的連結").fill("客戶王小姐")
    page.get_by_label("姓名").check()
    page.get_by_text("團隊內部欄位").click()
    expect(page.locator(".guest-more")).to_contain_text("燈光")
    shoot(page, "guests-desk-make")
    assert accessibility_problems(page) == []
    page.locator("#guest-form [type=submit]").click()
    link = page.locator("#guest-link")
    expect(link).to_have_value(re.compile(r"/guest#[\w-]{32}$"), timeout=SOON)
    expect(page.locator('[data-out="guest-qr"] svg')).to_be_visible(timeout=SOON)
    expect(page.locator("#guest-list")).to_contain_text("還沒打開過")
    shoot(page, "guests-desk-made")
    return link.input_value()


def test_a_client_reads_by_link_what_is_published_until_it_is_revoked(show: Show, devices: Devices) -> None:
    devices.tolerate(rf"{NO_SERVER}|404")
    show.ops(COORDINATOR, ("sheet.publish", {}))
    desk = Desk.of(show, devices)
    make_column_the_teams(desk)
    address = make_link(desk)

    guest = devices.phone(show.origin, viewport=NARROW)
    guest.clock.install()
    guest.goto(address)
    row = guest.locator(".guest-row").filter(has_text="晚自習樂團")
    expect(row).to_be_visible(timeout=SOON)
    yesterday = guest.locator("details.guest-day")
    expect(yesterday).not_to_have_attribute("open", "")
    yesterday.locator("summary").tap()
    assert guest.context.cookies() == []
    assert guest.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert accessibility_problems(guest) == []
    shoot(guest, "guests-phone-day")

    show.ops(COORDINATOR, ("cue.edit", {"id": ACT_2, "set": {"title": "加演樂團"}}))
    later(guest)
    expect(row).to_be_visible()
    show.ops(COORDINATOR, ("sheet.publish", {}))
    later(guest)
    expect(guest.locator(".guest-row").filter(has_text="加演樂團")).to_be_visible(timeout=SOON)
    expect(guest.locator(".guest-version")).to_contain_text("v2")
    expect(yesterday).to_have_attribute("open", "")

    guest.context.set_offline(True)
    later(guest, "requestfailed")
    state = guest.locator('[data-out="guest-link"]')
    expect(state).to_have_attribute("data-is", "off", timeout=SOON)
    guest.clock.fast_forward(120_000)
    expect(state).to_contain_text("分鐘前", timeout=SOON)
    expect(guest.locator(".guest-row").filter(has_text="加演樂團")).to_be_visible()
    guest.emulate_media(color_scheme="dark")
    shoot(guest, "guests-phone-night-offline")
    guest.context.set_offline(False)
    later(guest)
    expect(state).to_have_attribute("data-is", "on", timeout=SOON)

    desk.page.get_by_role("button", name="停用 客戶王小姐").click()
    expect(desk.page.locator(".toast")).to_contain_text("已停用：客戶王小姐", timeout=SOON)
    later(guest)
    expect(guest.get_by_role("heading", name="這個連結已關閉")).to_be_visible(timeout=SOON)
    expect(guest.locator(".guest-row")).to_have_count(0)
    shoot(guest, "guests-phone-closed")
    desk.page.locator(".toast button").click()
    expect(desk.page.locator("#guest-list")).to_contain_text("客戶王小姐", timeout=SOON)
    expect(desk.page.locator("#guest-list")).to_contain_text("上次打開")
    guest.reload()
    expect(guest.locator("section.guest-day .guest-row").first).to_be_visible(timeout=SOON)


def test_links_are_managed_on_a_phone_in_english_and_previewed(show: Show, devices: Devices) -> None:
    phone = show.phone(devices, "c37", "more", viewport=NARROW)
    assert phone.get_by_role("link", name="Guest links").count() == 0, "who doesn't edit makes none"
    show.ops(COORDINATOR, ("sheet.publish", {}))
    link = {"id": "g", "name": "Ms. Wang", "hash": "0" * 64, "level": "fine", "locale": "en"}
    show.ops(COORDINATOR, ("guest.open", link | {"shows": ["time", "length", "place", "people", "note"]}))
    editor = show.phone(devices, COORDINATOR, "more", viewport=NARROW)
    editor.get_by_role("link", name="來賓連結").tap()
    expect(editor.locator("#guest-list")).to_contain_text("Ms. Wang")
    assert editor.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert accessibility_problems(editor) == []
    shoot(editor, "guests-phone-manage")
    editor.get_by_role("link", name="預覽 Ms. Wang").tap()
    expect(editor.locator("section.guest-day .guest-row").first).to_be_visible()
    expect(editor).to_have_url(re.compile(f"/e/{EVENT}/guests/preview"))
    shoot(editor, "guests-phone-preview")
    desk = devices.desktop(show.origin, color_scheme="dark")
    show.sign_in(desk, COORDINATOR)
    desk.goto(f"/e/{EVENT}/guests/preview?link=g")
    desk.locator('[data-guest="type"]').click()
    expect(desk.locator("html")).to_have_attribute("data-type", "large")
    shoot(desk, "guests-desk-preview-night")
    desk.emulate_media(media="print")
    expect(desk.locator(".guest-tools")).to_be_hidden()
    ink, paper = (desk.locator(where).first.evaluate(COLOURS) for where in (".guest-row h4", "body"))
    assert (ink["color"], paper["background"]) == ("rgb(10, 13, 12)", "rgba(0, 0, 0, 0)")
    shoot(desk, "guests-print")
