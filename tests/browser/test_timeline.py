"""The sheet's second view: tracks side by side, time down the page, and a row dragged to another time."""

from datetime import datetime

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.desk import ACT_2, CHANGEOVER_3, COORDINATOR, OWNER, Desk
from tests.browser.show import EVENT, SOON, Show
from tests.support.browser import Devices, accessibility_problems

# 永續露營 and 小河 on the river stage start when the clock says; 山嵐列車 runs since 14:03:20.
CAMPING, FOLK, ACT_1, MARKET = "d1-24", "d1-27", "d1-21", "d1-11"


def block(desk: Desk, row: str) -> Locator:
    return desk.page.locator(f'[data-row="{row}"] > .tl-block')


def pixels(desk: Desk, minutes: float) -> float:
    return minutes * float(
        desk.page.locator("#timeline").evaluate("box => box.style.getPropertyValue('--ppm')")
    )


def top(desk: Desk, row: str) -> float:
    box = block(desk, row).bounding_box()
    assert box is not None
    return box["y"]


def stands_by_the_servers_times(desk: Desk, show: Show) -> None:
    """Each block begins and ends where the server says that the row does, counted from the first."""
    expect(desk.page.locator(".tl-row:not([data-size])")).to_have_count(0)
    laid: dict[str, list[float]] = desk.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".tl-row > .tl-block")]
            .map((block) => [block.parentElement.dataset.row, [block.offsetTop, block.offsetHeight]]))"""
    )
    cues = [cue for cue in show.ask(COORDINATOR, "state?kinds=cue")["entities"]["cue"] if cue["id"] in laid]
    first = min(cues, key=lambda cue: str(cue["projected_start"]))
    assert len(cues) == len(laid) > 30
    for cue in cues:
        begins, lasts = (
            minutes(first["projected_start"], cue["projected_start"]),
            minutes(cue["projected_start"], cue["projected_end"]),
        )
        assert laid[cue["id"]][0] - laid[first["id"]][0] == pytest.approx(pixels(desk, begins), abs=1), cue[
            "id"
        ]
        assert laid[cue["id"]][1] == pytest.approx(max(5, pixels(desk, lasts) - 1), abs=1), cue["id"]


def minutes(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 60


def drag(desk: Desk, row: str, by: float) -> None:
    """Take a row and move it by so many minutes, without letting go."""
    box = block(desk, row).bounding_box()
    assert box is not None
    x, y = box["x"] + 40, box["y"] + 12
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(x, y + pixels(desk, by / 2), steps=3)
    desk.page.mouse.move(x, y + pixels(desk, by), steps=3)


@pytest.fixture
def zhou(show: Show, devices: Devices) -> Desk:
    desk = Desk.of(show, devices, COORDINATOR)
    desk.page.get_by_role("button", name="時間軸").click()
    expect(block(desk, ACT_1)).to_be_focused()
    return desk


def test_what_one_drags_the_other_sees_at_its_new_time(zhou: Desk, show: Show, devices: Devices) -> None:
    show.ops(OWNER, ("member.locale", {"locale": "en"}))
    lin = Desk.of(show, devices, OWNER).open(f"/e/{EVENT}/grid?view=timeline")
    expect(block(lin, ACT_1)).to_have_accessible_name(
        "14:03–14:43, 121 Mistline Train, Live, Hard time, planned 14:00"
    )
    expect(block(zhou, CHANGEOVER_3)).to_have_accessible_name("15:40–16:00、126 換場 3、緩衝")
    stands_by_the_servers_times(zhou, show)

    before = top(lin, CAMPING)
    drag(zhou, CAMPING, 12)
    zhou.press("Escape")
    zhou.page.mouse.up()
    expect(block(zhou, CAMPING)).to_contain_text("14:45")
    drag(zhou, CAMPING, 12)
    expect(block(zhou, CAMPING)).to_contain_text("14:55")
    zhou.page.mouse.up()
    expect(block(lin, CAMPING)).to_contain_text("14:55", timeout=SOON)
    assert top(lin, CAMPING) - before == pytest.approx(pixels(lin, 10), abs=1)
    assert "T14:55:00" in show.cue(CAMPING)["start"]
    zhou.press("Control+z")
    expect(block(lin, CAMPING)).to_contain_text("14:45", timeout=SOON)

    drag(zhou, ACT_2, 20)
    zhou.page.mouse.up()
    zhou.hears("「125 晚自習樂團」接在前一列後面")
    expect(block(zhou, ACT_2)).to_contain_text("15:00")
    assert accessibility_problems(zhou.page) == []


def test_keys_go_from_block_to_block_and_into_the_panel_and_the_table(zhou: Desk) -> None:
    for key, row in (
        ("ArrowDown", "d1-23"), ("ArrowDown", ACT_2), ("ArrowRight", CAMPING), ("ArrowRight", MARKET),
        ("ArrowLeft", CAMPING), ("End", FOLK), ("ArrowLeft", CHANGEOVER_3), ("ArrowUp", ACT_2),
    ):  # fmt: skip
        zhou.press(key)
        expect(block(zhou, row)).to_be_focused()
    zhou.press("Enter")
    expect(zhou.page.locator("[data-out=clashes-part]")).to_contain_text("同時需要 趙士豪")
    zhou.press("ArrowRight", "Alt+ArrowDown")
    expect(block(zhou, CAMPING)).to_have_accessible_name("14:50–15:20、124 永續露營、衝突")
    zoom = zhou.page.locator("[data-out=tl-zoom]")
    zhou.press("-", "-", "-")
    expect(zoom).to_have_text("整天")
    zhou.press("+")
    expect(zoom).to_have_text("8 小時")
    zhou.press("F2")
    expect(zhou.row(CAMPING)).to_be_in_viewport()
    expect(zhou.at).to_have_id(f"cell-{CAMPING}-title")
    zhou.open()
    expect(zhou.page.locator("#timeline")).to_be_hidden()
