"""What needs the same at once is said where one plans: in the table, beside it, and on an editor's phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import ACT_2, COORDINATOR, Desk
from tests.browser.show import SOON, Show
from tests.support.browser import Devices

# 永續露營 on the river stage, from 14:45 to 15:15, with the sound engineer of 晚自習樂團, and 手麥 2.
CAMPING = "d1-24"


@pytest.fixture
def zhou(show: Show, devices: Devices) -> Desk:
    return Desk.of(show, devices, COORDINATOR)


def test_whom_and_what_two_rows_need_at_once_is_told_until_it_is_solved(
    zhou: Desk, show: Show, devices: Devices
) -> None:
    phone = show.phone(devices, COORDINATOR, "sheet")
    count, beside = zhou.page.locator("[data-next-clash]"), zhou.page.locator("[data-out=clashes-part]")
    expect(count).to_have_text("衝突 4")
    zhou.stand(ACT_2, "title").press("F8", "Shift+F8")
    expect(zhou.at).to_have_id(f"cell-{ACT_2}-title")
    expect(beside.locator("[data-clash-with]")).to_have_text("與 124 永續露營 15:00–15:15 同時需要 趙士豪")

    zhou.fill(ACT_2, "columns.sound", "樂團、手麥 2、3").stand(ACT_2, "title")
    expect(beside).to_contain_text("同時需要 趙士豪、手麥 2")
    phone.locator(f"#cue-{ACT_2}").tap()
    expect(phone.locator("[data-out=detail-clash]")).to_contain_text("手麥 2", timeout=SOON)

    beside.locator("[data-clash-with]").click()
    expect(zhou.at).to_have_id(f"cell-{CAMPING}-title")
    expect(beside.locator("[data-clash-with]")).to_contain_text("與 125 晚自習樂團 15:00–15:15")
    mark = zhou.row(CAMPING).locator("td[data-clashes='衝突']")
    expect(mark).to_have_count(1)
    zhou.fill(CAMPING, "start", "15:40-15:45")
    expect(mark).to_have_count(0)
    expect(count).to_have_text("衝突 3")
    expect(phone.locator("[data-out=detail-clash]")).to_be_hidden()
