"""Stories of whole rows at the desk: added, moved, removed; days, columns and an event that has nothing yet."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import ACT_2, ACT_3, CHANGEOVER_3, DUSK, OWNER, Desk
from tests.browser.show import EVENT, Show
from tests.support.browser import Devices, accessibility_problems

# How long a key may keep a computer busy that is four times as slow, in ms; and twice that for the test, since a
# machine on which other tests run is slower by itself.
KEY_MS, SLOWDOWN = 50, 4


@pytest.fixture
def zhou(show: Show, devices: Devices) -> Desk:
    return Desk.of(show, devices)


@pytest.fixture
def lin(show: Show, devices: Devices) -> Desk:
    return Desk.of(show, devices, OWNER)


def test_a_column_that_one_adds_is_there_for_the_other(zhou: Desk, lin: Desk) -> None:
    zhou.page.get_by_role("button", name="欄位").click()
    zhou.page.get_by_role("button", name="加一欄").click()
    zhou.page.locator("#column-name").fill("服裝")
    zhou.press("Enter")
    head = zhou.page.get_by_role("columnheader", name="服裝")
    expect(head).to_be_attached()
    key = head.get_attribute("data-key") or ""
    zhou.fill(ACT_2, key, "白襯衫")
    expect(lin.cell(ACT_2, key)).to_have_text("白襯衫")
    expect(lin.page.get_by_role("columnheader", name="服裝")).to_be_attached()
    widths = "all => [...new Set(all.map(row => row.cells.length))].length"
    assert lin.page.locator(".grid tr").evaluate_all(widths) == 1
    zhou.open()
    expect(zhou.cell(ACT_2, key)).to_have_text("白襯衫")
    assert zhou.page.locator(".grid tr").evaluate_all(widths) == 1


def test_an_event_with_nothing_begins_with_one_button(show: Show, devices: Devices) -> None:
    page = devices.desktop(show.url)
    page.goto("/sign-in")
    page.locator("[name=email]").fill("c01@example.com")
    page.locator("[name=password]").fill("fieldcue-demo")
    page.locator("button[type=submit]").click()
    page.wait_for_url("**/")
    page.locator("summary").click()
    page.locator("[name=name]").fill("秋日市集")
    page.locator("[name=key]").fill("autumn")
    page.locator("form:has([name=key]) button[type=submit]").click()
    page.wait_for_url("**/e/autumn/grid")
    desk = Desk(page).open("/e/autumn/grid")
    expect(page.get_by_role("link", name="匯入檔案")).to_be_visible()
    page.get_by_role("button", name="新增第一列").click()
    expect(page.locator("#cell-editor")).to_have_attribute("data-mode", "edit")
    desk.type("開場").press("Enter").settled()
    expect(page.locator(".grid tbody th.title")).to_have_text("開場")
    expect(page.locator(".lane")).to_contain_text("主舞台")
    desk.press("Control+Enter")
    expect(page.locator(".grid tbody tr")).to_have_count(2)


def test_the_table_speaks_to_screen_readers(zhou: Desk) -> None:
    zhou.stand(ACT_2, "title")
    expect(zhou.editor).to_have_attribute("aria-activedescendant", f"cell-{ACT_2}-title")
    expect(zhou.editor).to_have_attribute("aria-controls", "grid")
    assert zhou.page.get_by_role("grid").get_by_role("rowheader", name="晚自習樂團").count() == 1
    assert accessibility_problems(zhou.page) == []
    zhou.press("F2")
    expect(zhou.editor).to_have_attribute("aria-label", "125 晚自習樂團 · 流程")
    zhou.press("Escape", "F6")
    expect(zhou.editor).not_to_be_focused()
    zhou.press("F6", "F6")
    expect(zhou.editor).to_be_focused()


def test_on_a_phone_it_leads_to_the_phone_view(show: Show, devices: Devices) -> None:
    page = devices.phone(show.url)
    show.sign_in(page, "c02")
    page.goto(f"/e/{EVENT}/grid")
    expect(page.locator(".desk-narrow").get_by_role("link")).to_have_attribute("href", f"/e/{EVENT}")
    expect(page.locator("table.grid")).to_be_hidden()


def test_typing_keeps_up_on_five_hundred_rows(show: Show, devices: Devices) -> None:
    """Measured as CPU of the page's main thread, since other tests may run beside this one."""
    add = {
        "kind": "item",
        "track": "main",
        "day": "2031-01-01",
        "duration_s": 60,
        "columns": {"light": {"zh-TW": "樂團"}},
    }
    for place in range(0, 500, 100):
        show.ops(
            "c02",
            *(("cue.add", {"id": f"m{place + n}", "title": f"第 {place + n} 列", **add}) for n in range(100)),
        )
    desk = Desk.of(show, devices).open(f"/e/{EVENT}/grid#2031-01-01")
    assert len(desk.rows()) == 500
    desk.stand("m20", "title").press("F2")
    meter = desk.page.context.new_cdp_session(desk.page)
    meter.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy() -> float:
        found = meter.send("Performance.getMetrics")["metrics"]
        return next(float(one["value"]) for one in found if one["name"] == "TaskDuration")

    before = busy()
    for letter in "abcdefghijklmnopqrstuvwxyz":
        desk.press(letter)
        desk.page.wait_for_timeout(30)
    assert (busy() - before) * 1000 / 26 * SLOWDOWN < 2 * KEY_MS


def test_rows_move_by_keyboard_and_a_removed_one_comes_back_from_the_toast(zhou: Desk, lin: Desk) -> None:
    zhou.stand(ACT_3, "title").press("Alt+ArrowUp").settled()
    assert zhou.order(ACT_3, CHANGEOVER_3, DUSK) == [ACT_3, CHANGEOVER_3, DUSK]
    zhou.press("Alt+ArrowDown").settled().press("Alt+ArrowDown").settled()
    expect(zhou.row(ACT_3)).to_have_attribute("data-parent", DUSK)
    expect(zhou.at).to_have_id(f"cell-{ACT_3}-title")
    expect(lin.row(ACT_3)).to_have_attribute("data-parent", DUSK)
    zhou.press("Control+z")
    expect(lin.row(ACT_3)).to_have_attribute("data-parent", "d1-main-s3")
    assert lin.order(ACT_3, CHANGEOVER_3, DUSK) == [CHANGEOVER_3, ACT_3, DUSK]
    zhou.settled()
    zhou.stand(ACT_2, "title").press("Control+Backspace")
    expect(zhou.row(ACT_2)).to_have_count(0)
    expect(lin.row(ACT_2)).to_have_count(0)
    expect(zhou.at).to_have_id(f"cell-{CHANGEOVER_3}-title")
    zhou.page.locator("#toasts").get_by_role("button", name="復原").click()
    expect(lin.row(ACT_2)).to_have_count(1)
    zhou.stand("d1-21", "title").press("Control+Backspace")
    zhou.hears("山嵐列車")
    expect(zhou.row("d1-21")).to_have_count(1)


def test_a_row_is_added_below_and_a_cue_in_its_item_from_the_menu(zhou: Desk, lin: Desk, show: Show) -> None:
    zhou.stand(CHANGEOVER_3, "title").press("Control+Enter")
    expect(zhou.page.locator("#cell-editor")).to_have_attribute("data-mode", "edit")
    zhou.type("臨時致詞").press("Tab").settled()
    [added] = [row for row in zhou.rows() if row.startswith("r")]
    assert zhou.order(CHANGEOVER_3, added, ACT_3) == [CHANGEOVER_3, added, ACT_3]
    expect(lin.cell(added, "title")).to_have_text("臨時致詞")
    expect(lin.cell(added, "number")).to_have_text("126.5")
    zhou.stand(ACT_2, "title").press("Shift+F10")
    zhou.page.get_by_role("menuitem", name="在這個項目加 cue").click()
    expect(zhou.page.locator("#cell-editor")).to_have_attribute("data-mode", "edit")
    zhou.type("燈光全暗").press("Enter").settled()
    [inside] = [row for row in zhou.rows() if row.startswith("r") and row != added]
    cue = show.cue(inside)
    assert (cue["kind"], cue["parent"], cue["title"]) == ("cue", ACT_2, "燈光全暗")
    zhou.press("Control+z", "Control+z")
    expect(zhou.row(inside)).to_have_count(0)


def test_a_hard_time_and_a_buffer_are_set_from_the_row_and_a_row_is_dragged(zhou: Desk, show: Show) -> None:
    zhou.stand(ACT_2, "title").press("Alt+h")
    expect(zhou.cell(ACT_2, "start").get_by_role("img", name="硬時間")).to_be_visible()
    zhou.settled().press("Shift+F10")
    expect(zhou.page.get_by_role("menuitemcheckbox")).to_have_attribute("aria-checked", "true")
    zhou.page.get_by_role("menuitemradio", name="緩衝").click()
    expect(zhou.row(ACT_2)).to_have_attribute("data-kind", "buffer")
    zhou.page.get_by_role("button", name="欄位").click()
    zhou.page.get_by_label("最短").check()
    zhou.press("Escape").fill(ACT_2, "min_s", "10").settled()
    assert show.cue(ACT_2)["min_s"] == 600
    a_row_is_dragged_by_its_handle(zhou)


def a_row_is_dragged_by_its_handle(zhou: Desk) -> None:
    zhou.cell(ACT_3, "number").hover()
    handle, place = zhou.page.locator(".grip").bounding_box(), zhou.cell(ACT_2, "number").bounding_box()
    assert handle is not None
    assert place is not None
    mouse = zhou.page.mouse
    mouse.move(handle["x"] + 6, handle["y"] + 12)
    mouse.down()
    mouse.move(place["x"] + 20, place["y"] + 20)
    mouse.move(place["x"] + 20, place["y"] + 6)
    expect(zhou.page.locator(".drop")).to_be_visible()
    mouse.up()
    zhou.settled()
    assert zhou.order(ACT_2, CHANGEOVER_3, ACT_3) == [ACT_3, ACT_2, CHANGEOVER_3]


def test_an_item_over_its_time_says_so_and_search_and_folding_say_what_is_in_sight(
    zhou: Desk, show: Show
) -> None:
    badge = zhou.row("d1-21").locator(".badge")
    expect(badge.locator("span:visible")).to_have_text("進行中")
    show.ops("c02", ("cue.edit", {"id": "d1-21", "set": {"duration_s": 600}}))
    expect(badge.locator("span:visible")).to_have_text("超時")
    assert badge.get_attribute("data-state") == "over"
    show.ops("c02", ("cue.edit", {"id": "d1-21", "set": {"duration_s": 3600}}))
    expect(badge.locator("span:visible")).to_have_text("進行中")
    zhou.stand(ACT_2, "title").press("/").type("換場 3")
    expect(zhou.row(ACT_2)).to_be_visible()
    expect(zhou.row("d1-20")).to_be_hidden()
    zhou.press("Enter")
    expect(zhou.row(CHANGEOVER_3)).to_be_visible()
    expect(zhou.editor).to_be_focused()
    zhou.press("/", "Escape")
    expect(zhou.row("d1-20")).to_be_visible()
    zhou.row("d1-main-s3").get_by_role("button").click()
    expect(zhou.row(ACT_2)).to_be_hidden()
    expect(zhou.row(DUSK)).to_be_visible()
    zhou.page.locator('select[name="track"]').select_option("river")
    assert {row[:8] for row in zhou.rows()} == {"d1-river", "d1-24", "d1-27"}
    zhou.page.locator(".days").get_by_text("D2").click()
    expect(zhou.row("d2-river-s1")).to_be_visible()
