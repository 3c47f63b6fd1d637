"""Stories of several rows at the desk: chosen, shifted, split, joined, copied, pasted, and changed by two at once."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import ACT_2, ACT_3, CHANGEOVER_3, OWNER, Desk
from tests.browser.show import Json, Show
from tests.support.browser import Devices, accessibility_problems

THREE = [ACT_2, CHANGEOVER_3, ACT_3]


@pytest.fixture
def zhou(show: Show, devices: Devices) -> Desk:
    return Desk.of(show, devices)


@pytest.fixture
def lin(show: Show, devices: Devices) -> Desk:
    return Desk.of(show, devices, OWNER)


def chosen(desk: Desk) -> list[str]:
    rows: list[str] = desk.page.locator('.grid tr[aria-selected="true"]').evaluate_all(
        "all => all.map(row => row.dataset.id)"
    )
    return rows


def plan(show: Show) -> list[tuple[str, Json]]:
    """The rows of the track, with what is planned of them."""
    cues = show.ask("c02", "state?kinds=cue")["entities"]["cue"]
    kept = ("title", "duration_s", "start", "start_mode", "parent", "people", "columns", "offset_s")
    return [(cue["id"], {name: cue.get(name) for name in kept}) for cue in cues if cue["track"] == "main"]


def test_rows_are_chosen_and_shifted_together_while_others_edit(zhou: Desk, lin: Desk, show: Show) -> None:
    day = show.cue(ACT_2)["day"]
    at_three = {"start_mode": "fixed", "start": f"{day}T15:00:00+08:00"}
    show.ops("c02", ("cue.edit", {"id": ACT_2, "set": at_three}))
    expect(zhou.row(ACT_2)).to_have_attribute("data-mode", "fixed")
    zhou.stand(ACT_2, "title").press("Shift+ArrowDown", "Shift+ArrowDown")
    bar = zhou.page.locator(".picked")
    expect(bar.locator("b")).to_have_text("已選 3 列 · 1:45:00")
    lin.fill(CHANGEOVER_3, "title", "換場三")
    expect(zhou.cell(CHANGEOVER_3, "title")).to_have_text("換場三")
    assert chosen(zhou) == THREE
    assert accessibility_problems(zhou.page) == []
    zhou.press("Alt+t").type("+10:30").press("Enter").settled()
    expect(lin.cell(ACT_2, "start")).to_contain_text("15:10")
    assert show.cue(ACT_2)["start"] == f"{day}T15:10:30+08:00"
    # The row one stands on stays in sight.
    zhou.page.locator("#search").fill("換場")
    expect(bar.locator("b")).to_have_text("已選 2 列 · 1:05:00")
    zhou.page.locator("#search").fill("")
    expect(bar.locator("b")).to_have_text("已選 3 列 · 1:45:00")
    zhou.cell(ACT_3, "number").click(modifiers=["Control"])
    assert chosen(zhou) == [ACT_2, CHANGEOVER_3]
    zhou.press("Escape")
    expect(bar).to_be_hidden()
    zhou.press("Control+z")
    expect(lin.cell(ACT_2, "start")).to_have_text("15:00")


def test_rows_are_split_joined_copied_and_moved_and_each_is_one_step(zhou: Desk, show: Show) -> None:
    start = plan(show)
    zhou.stand(ACT_2, "title").press("Alt+s").type("15").press("Enter").settled()
    expect(zhou.cell(ACT_2, "duration_s")).to_have_text("15′")
    [half] = [row for row in zhou.rows() if row.startswith("r")]
    expect(zhou.cell(half, "duration_s")).to_have_text("25′")
    zhou.press("Control+d").settled()
    expect(zhou.page.locator('.grid tr[id^="cue-r"]')).to_have_count(2)
    zhou.stand(ACT_2, "title").press("Shift+ArrowDown", "Alt+j").settled()
    expect(zhou.cell(ACT_2, "duration_s")).to_have_text("40′")
    expect(zhou.row(half)).to_have_count(0)
    zhou.stand(CHANGEOVER_3, "title").press("Shift+ArrowDown", "Alt+ArrowUp").settled()
    assert zhou.order(*THREE) == [ACT_2, CHANGEOVER_3, ACT_3]
    end = plan(show)
    assert end != start
    for _ in range(4):
        zhou.press("Control+z").settled()
    expect(zhou.page.locator("[data-undo]")).to_be_disabled()
    assert plan(show) == start
    for _ in range(4):
        zhou.press("Control+Shift+z").settled()
    expect(zhou.page.locator("[data-redo]")).to_be_disabled()
    assert plan(show) == end


def test_whoever_works_for_one_department_begins_with_its_columns(show: Show, devices: Devices) -> None:
    desk = Desk.of(show, devices)
    light, front = (desk.page.locator(f'.grid th[data-key="columns.{key}"]') for key in ("light", "front"))
    expect(light).to_be_visible()
    desk.page.evaluate(
        """() => {
          const me = document.querySelector("[data-list=me] > li");
          Object.assign(me.dataset, { dept: "front", may: "view edit_sheet" });
          document.dispatchEvent(new CustomEvent("fieldcue:rows", { detail: { changed: [me.id], gone: [] } }));
        }"""
    )
    expect(light).to_be_hidden()
    expect(front).to_be_visible()
    desk.page.get_by_role("button", name="欄位").click()
    desk.page.get_by_role("button", name="全部欄位").click()
    expect(light).to_be_visible()
    desk.open()
    expect(light).to_be_visible()


def test_a_table_from_excel_fills_rows_and_what_is_typed_for_all_waits_where_somebody_was_faster(
    zhou: Desk, lin: Desk, show: Show
) -> None:
    last = zhou.rows()[-1]
    zhou.stand(last, "title").press("Control+ArrowUp")
    zhou.stand(last, "title_kind").paste('收尾\t最後一列\t\n檢討\t"當日檢討\n全員"\t\n').settled()
    expect(zhou.cell(last, "title")).to_have_text("最後一列")
    [added] = [row for row in zhou.rows() if row.startswith("r")]
    expect(lin.cell(added, "title")).to_have_text("當日檢討 全員")
    expect(lin.cell(added, "title_kind")).to_have_text("檢討")
    zhou.press("Control+z")
    expect(lin.row(added)).to_have_count(0)
    expect(lin.cell(last, "title")).not_to_have_text("最後一列")
    zhou.stand(ACT_2, "columns.video").press("Shift+ArrowDown", "Shift+ArrowDown").type("VJ")
    expect(lin.cell(ACT_3, "title")).to_have_attribute("data-peer", "周柏睿")
    lin.fill(CHANGEOVER_3, "columns.video", "贊助輪播")
    expect(zhou.cell(CHANGEOVER_3, "columns.video")).to_have_text("贊助輪播")
    zhou.press("Control+Enter")
    expect(zhou.clash).to_contain_text("林以晴")
    expect(zhou.clash.locator("li")).to_have_text("126 換場 3")
    assert show.cue(ACT_2)["columns"].get("video") != {"zh-TW": "VJ"}
    zhou.clash.get_by_role("button", name="跳過這幾列，其他照做").click()
    expect(lin.cell(ACT_2, "columns.video")).to_have_text("VJ")
    expect(lin.cell(ACT_3, "columns.video")).to_have_text("VJ")
    expect(lin.cell(CHANGEOVER_3, "columns.video")).to_have_text("贊助輪播")
