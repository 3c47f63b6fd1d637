"""Stories of those who plan at the desk: cells edited by keyboard, by two people at once."""

from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.desk import ACT_2, ACT_3, CHANGEOVER_3, COORDINATOR, DUSK, OWNER, Desk
from tests.browser.show import Show, within_a_second
from tests.support.browser import Devices


@pytest.fixture
def zhou(show: Show, devices: Devices) -> Desk:
    return Desk.of(show, devices, COORDINATOR)


@pytest.fixture
def lin(show: Show, devices: Devices) -> Desk:
    return Desk.of(show, devices, OWNER)


def test_what_one_types_is_on_the_others_desk_within_a_second_and_who_types_is_shown(
    zhou: Desk, lin: Desk
) -> None:
    within_a_second(
        *(
            (
                partial(zhou.fill, ACT_2, "columns.video", text),
                partial(expect(lin.cell(ACT_2, "columns.video")).to_have_text, text),
            )
            for text in ("現場畫面、VJ", "現場畫面")
        )
    )
    expect(zhou.at).to_have_id(f"cell-{CHANGEOVER_3}-columns.video")
    expect(zhou.page.locator('[data-out="saved-line"]')).to_contain_text("14:3")
    # Of two who edit one row both are kept.
    zhou.stand(ACT_2, "title").press("F2").type("（加長）")
    lin.fill(ACT_2, "columns.sound", "手麥 2 支")
    expect(zhou.cell(ACT_2, "columns.sound")).to_have_text("手麥 2 支")
    zhou.press("Enter")
    expect(lin.cell(ACT_2, "title")).to_have_text("晚自習樂團（加長）")
    expect(zhou.clash).to_have_count(0)
    zhou.settled()
    zhou.stand(ACT_2, "columns.light").press("F2")
    expect(lin.cell(ACT_2, "title")).to_have_attribute("data-peer", "周柏睿")
    expect(lin.page.locator("[data-theirs]")).to_have_count(1)
    expect(lin.cell(ACT_2, "columns.light")).to_have_attribute("data-theirs", "")
    expect(zhou.page.locator("[data-peer]")).to_have_count(0)
    zhou.press("Escape")
    zhou.stand(ACT_3, "columns.light").press("F2")
    expect(lin.cell(ACT_2, "title")).not_to_have_attribute("data-peer", "周柏睿")
    expect(lin.cell(ACT_3, "title")).to_have_attribute("data-peer", "周柏睿")
    expect(lin.cell(ACT_2, "columns.light")).not_to_have_attribute("data-theirs", "")


def both_type(zhou: Desk, lin: Desk, row: str) -> None:
    zhou.stand(row, "title").press("F2").type(" 周")
    lin.fill(row, "title", "林的")
    expect(zhou.cell(row, "title")).to_have_text("林的")
    zhou.press("Enter")


def test_whoever_comes_second_is_asked_whose_text_stays(zhou: Desk, lin: Desk, show: Show) -> None:
    both_type(zhou, lin, ACT_2)
    expect(zhou.clash).to_contain_text("林以晴")
    expect(zhou.clash).to_contain_text("晚自習樂團 → 林的")
    expect(zhou.clash).to_contain_text("晚自習樂團 周")
    zhou.clash.get_by_role("button", name="用我的").click()
    expect(lin.cell(ACT_2, "title")).to_have_text("晚自習樂團 周")
    expect(zhou.clash).to_have_count(0)
    expect(zhou.editor).to_be_focused()
    zhou.press("Escape")
    both_type(zhou, lin, ACT_3)
    zhou.clash.get_by_role("button", name="用他的").click()
    expect(zhou.clash).to_have_count(0)
    expect(zhou.cell(ACT_3, "title")).to_have_text("林的")
    assert show.cue(ACT_3)["title"] == "林的"


def test_nobody_undoes_what_somebody_else_has_changed_since_and_a_row_that_goes_leaves_what_is_typed(
    zhou: Desk, lin: Desk
) -> None:
    zhou.fill(CHANGEOVER_3, "title", "周的").settled()
    lin.fill(CHANGEOVER_3, "title", "林的").settled()
    expect(zhou.cell(CHANGEOVER_3, "title")).to_have_text("林的")
    zhou.press("Control+z")
    zhou.hears("不能復原")
    expect(zhou.cell(CHANGEOVER_3, "title")).to_have_text("林的")
    # Somebody removes the row in which one types.
    zhou.stand(ACT_2, "note").type("別忘了鼓組")
    lin.stand(ACT_2, "title").press("Control+Backspace")
    expect(zhou.clash).to_contain_text("別忘了鼓組")
    expect(zhou.clash).to_contain_text("晚自習樂團")
    expect(zhou.at).to_have_id(f"cell-{CHANGEOVER_3}-note")


def test_keys_go_from_cell_to_cell_and_what_they_did_goes_back_step_by_step(zhou: Desk, show: Show) -> None:
    zhou.stand(ACT_2, "number")
    for key, place in (
        ("ArrowRight", f"{ACT_2}-start"), ("Tab", f"{ACT_2}-projected"), ("ArrowDown", f"{CHANGEOVER_3}-projected"),
        ("Shift+Tab", f"{CHANGEOVER_3}-start"), ("Home", f"{CHANGEOVER_3}-state"), ("ArrowUp", f"{ACT_2}-state"),
        ("ArrowLeft", f"{ACT_2}-state"), ("Control+ArrowDown", f"{DUSK}-state"),
    ):  # fmt: skip
        zhou.press(key)
        expect(zhou.at).to_have_id(f"cell-{place}")
    for key, text in (("columns.light", "樂團"), ("people", "許庭瑋、趙士豪、馬立群、何采蓁、簡睿恩")):
        zhou.stand(ACT_2, key).press("Delete")
        expect(zhou.cell(ACT_2, key)).to_have_text("")
        zhou.settled().press("Control+z")
        expect(zhou.cell(ACT_2, key)).to_have_text(text)
    steps_go_back_one_by_one_and_forward_again(zhou)


def steps_go_back_one_by_one_and_forward_again(zhou: Desk) -> None:
    title = zhou.cell(ACT_2, "title")
    zhou.fill(ACT_2, "title", "一").fill(ACT_2, "title", "二").fill(ACT_3, "title", "三").settled()
    zhou.press("Control+z", "Control+z", "Control+z")
    expect(title).to_have_text("晚自習樂團")
    expect(zhou.cell(ACT_3, "title")).to_have_text("鐵皮屋合唱")
    zhou.press("Control+Shift+z", "Control+Shift+z")
    expect(title).to_have_text("二")
    expect(zhou.at).to_have_id(f"cell-{ACT_2}-title")


def test_enter_edits_what_stands_there_and_quick_edits_of_my_own_never_clash(zhou: Desk, show: Show) -> None:
    zhou.stand(ACT_2, "title").press("Enter")
    expect(zhou.editor).to_have_value("晚自習樂團")
    zhou.type("！").press("Escape")
    expect(zhou.cell(ACT_2, "title")).to_have_text("晚自習樂團")
    zhou.press("F2", "Enter").settled()
    assert show.cue(ACT_2)["title"] == "晚自習樂團"
    zhou.stand(ACT_2, "title").press("F2").type("＋").press("Tab")
    expect(zhou.cell(ACT_2, "title")).to_have_text("晚自習樂團＋")
    zhou.settled()
    for text in ("一", "二", "三", "四"):
        zhou.stand(ACT_2, "title").type(text).press("Enter")
    zhou.settled()
    expect(zhou.clash).to_have_count(0)
    assert show.cue(ACT_2)["title"] == "四"


def test_a_start_is_typed_as_people_write_it(zhou: Desk) -> None:
    for typed, shown, mode in (
        ("15:10", "15:10", "fixed"),
        ("1515", "15:15", "fixed"),
        ("24:30", "24:30", "fixed"),
        ("下午3點半", "15:30", "fixed"),
        ("接續", "15:00", "linked"),
        ("視現場", "視現場", "manual"),
        ("「謝謝大家」", "謝謝大家", "line"),
    ):
        zhou.fill(ACT_2, "start", typed)
        expect(zhou.row(ACT_2)).to_have_attribute("data-mode", mode)
        expect(zhou.cell(ACT_2, "start")).to_contain_text(shown)
    # Back to what the rows before it say.
    zhou.settled()
    zhou.fill(ACT_2, "start", "15:20")
    projected = zhou.row(CHANGEOVER_3).locator(".cue-proj")
    expect(projected).to_have_text("16:00")
    zhou.settled().stand(ACT_2, "start").press("Delete")
    expect(zhou.cell(ACT_2, "start")).to_have_text("15:00")
    expect(projected).to_be_empty()
    zhou.fill("d1-21-c5", "start", "-2:30")
    expect(zhou.row("d1-21-c5")).to_have_attribute("data-offset", "-150")
    expect(zhou.cell("d1-21-c5", "start")).to_contain_text("13:57")


def test_a_length_is_typed_as_people_write_it_and_a_range_sets_start_and_length(zhou: Desk) -> None:
    for typed, shown in (
        ("15", "15′"),
        ("20分", "20′"),
        ("1'30\"", "1′30″"),
        ("0:30", "30′"),
        ("半小時", "30′"),
        ("45秒", "45″"),
    ):
        zhou.fill(ACT_2, "duration_s", typed)
        expect(zhou.cell(ACT_2, "duration_s")).to_have_text(shown)
        zhou.settled()
    zhou.fill(ACT_2, "start", "15:10-15:35")
    expect(zhou.cell(ACT_2, "duration_s")).to_have_text("25′")
    expect(zhou.cell(ACT_2, "start")).to_contain_text("15:10")
