"""Somebody who plans makes a rain plan beside the table."""

from datetime import datetime

from playwright.sync_api import expect

from tests.browser.desk import ACT_3, CHANGEOVER_3, COORDINATOR, Desk
from tests.browser.show import Show
from tests.support.browser import Devices, shoot

DECIDER = "c32"


def test_a_plan_is_made_beside_the_table_from_the_rows_one_stands_on(show: Show, devices: Devices) -> None:
    desk = Desk.of(show, devices)
    page, side = desk.page, desk.page.locator("#plans")
    page.get_by_role("button", name="雨備方案").click()
    expect(side.locator("[data-out=plans-changes] > li", has_text="112 開門入場")).to_contain_text("另外還改")
    side.get_by_label("要編輯的方案").select_option(label="新方案")
    expect(side.get_by_label("方案代號", exact=True)).to_have_value("")
    for label, text in (("方案類別", "貴賓"), ("方案代號", "晚到"), ("決定時間", "15:30")):
        side.get_by_label(label, exact=True).fill(text)
    side.get_by_label("誰決定").first.select_option(label="宋沛琪")
    desk.stand(CHANGEOVER_3, "title")
    side.get_by_role("button", name="取消目前這一列").click()
    desk.stand(ACT_3, "title")
    for field, text in (("長度", "abc"), ("開始", "16:20")):
        side.get_by_label("改什麼").select_option(label=field)
        side.get_by_role("button", name="更動目前這一列").click()
        side.get_by_label(f"128 鐵皮屋合唱 {field}").fill(text)
    shoot(page, "rain-desk")
    side.get_by_role("button", name="存", exact=True).click()
    expect(side.locator("[data-out=plans-why]")).to_contain_text("看不懂")
    side.get_by_label("128 鐵皮屋合唱 長度").fill("30")
    side.get_by_role("button", name="存", exact=True).click()
    desk.hears("已儲存 晚到 案")
    plans = show.ask(COORDINATOR, "state?kinds=variant")["entities"]["variant"]
    [made] = [plan for plan in plans if plan["plan"] == "晚到"]
    day = made["day"]
    start = datetime.fromisoformat(made["changes"][0]["set"].pop("start"))
    assert (made["group"], made["decider"], made["decide_at"]) == ("貴賓", DECIDER, f"{day}T15:30:00+08:00")
    assert (made["skip"], start) == ([CHANGEOVER_3], datetime.fromisoformat(f"{day}T16:20:00+08:00"))
    assert made["changes"] == [{"cue": ACT_3, "set": {"duration_s": 1800, "start_mode": "fixed"}}]
    expect(page.locator('[data-list="variant"] > li')).to_have_count(7)
