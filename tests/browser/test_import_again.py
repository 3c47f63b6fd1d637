"""The story of a second version: compared with the sheet, some of it taken, and taken back."""

import re

from playwright.sync_api import Page, expect

from tests.browser.desk import COORDINATOR
from tests.browser.show import EVENT, Show
from tests.browser.test_import import HELD_MS, WAIT, Counter
from tests.runsheet.imports.files import csv_bytes
from tests.support.browser import Devices, accessibility_problems, shoot

HEAD = ("時間", "長度", "流程", "地點", "備註", "舞台")
FIRST = (
    ("09:00", "15", "燈光總測", "後台", "", "夜間舞台"),
    ("09:30", "15", "音響總測", "後台", "帶對講機", "夜間舞台"),
    ("10:00", "15", "主持人對稿", "休息室", "", "夜間舞台"),
)
SECOND = (
    ("09:10", "15", "燈光總測", "後台", "先開煙機", "夜間舞台"),
    ("09:30", "15", "音響總測", "後台", "換頻道", "夜間舞台"),
    ("09:45", "15", "特效試放", "舞台前", "", "夜間舞台"),
)


def take(page: Page, text: str) -> None:
    page.locator("[data-take]", has_text=re.compile(text)).click()


def test_a_second_version_is_compared_and_what_is_taken_is_in_the_sheet(show: Show, devices: Devices) -> None:
    page = devices.desktop(show.url, viewport={"width": 1440, "height": 1500})
    show.sign_in(page, COORDINATOR)
    zhou = Counter(page).open().choose(csv_bytes([HEAD, *FIRST]), "流程 v1.csv")
    expect(page.locator("#import-mode-add")).to_be_checked()
    job = zhou.bring_in()
    show.ops(COORDINATOR, ("cue.edit", {"id": f"{job}-1", "set": {"note": "頻道 7"}}))
    zhou.open().choose(csv_bytes([HEAD, *SECOND]), "流程 v2.csv")
    expect(page.locator("[data-recalled]")).to_contain_text("的欄位設定")
    expect(page.locator("#import-mode-compare")).to_be_checked()
    assert accessibility_problems(page) == []
    take(page, "先開煙機")  # left
    shoot(page, "import-again", full=True)
    expect(page.locator("[data-take][aria-pressed=true]")).to_have_count(2)
    take(page, "主持人對稿")
    expect(page.locator("[data-out=taken]")).to_have_text("3")
    expect(page.locator("[data-take]", has_text="換頻道")).to_contain_text("現場改過")
    page.locator(".import-dock button").click()
    done = page.locator(".job[data-job='import.update'][data-state=done]")
    expect(done).to_contain_text("新增 1、修改 1、移動 0、移除 1", timeout=WAIT)
    shoot(page, "import-again-done")
    assert (show.cue(f"{job}-0")["note"], show.cue(f"{job}-1")["note"]) == ("", "頻道 7")
    assert show.cue(f"{job}-0")["start"].endswith("T09:10:00+08:00")
    button = done.locator("[data-undo]")
    button.hover()
    page.mouse.down()
    page.wait_for_timeout(HELD_MS)
    page.mouse.up()
    expect(page.locator(".job[data-undone]")).to_contain_text("已收回 3 列", timeout=WAIT)
    assert show.cue(f"{job}-0")["start"].endswith("T09:00:00+08:00")
    assert show.cue(f"{job}-2")["title"] == "主持人對稿"
    expect(page.locator("#import-preview")).not_to_have_attribute("aria-busy", "true", timeout=2 * WAIT)
    on_a_phone_it_is_read_with_one_thumb(show, devices, page.url)


def on_a_phone_it_is_read_with_one_thumb(show: Show, devices: Devices, address: str) -> None:
    phone = devices.phone(show.url, viewport={"width": 375, "height": 740}, color_scheme="dark")
    show.sign_in(phone, COORDINATOR)
    phone.goto(address)
    expect(phone.locator(".differing").first).to_be_visible()
    assert phone.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    heights = phone.locator(".diff-take, .import-way, .diff-top .btn").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().height)"
    )
    assert min(heights) >= 48
    phone.locator("[data-all=missing][value=yes]").tap()
    expect(phone.locator("[data-take^=missing]")).to_have_attribute("aria-pressed", "true")
    phone.locator("[data-all=missing][value=no]").tap()
    phone.locator("[data-row]").first.tap()
    expect(phone.locator("[data-take^=missing]")).to_have_attribute("aria-pressed", "false")
    assert accessibility_problems(phone) == []
    shoot(phone, "import-again-phone", full=True)
    assert EVENT in phone.url
