"""Looking for rows: by whatever way of writing, and by whose they are; on the phone and at the table."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import COORDINATOR, Desk
from tests.browser.show import Show
from tests.support.browser import Devices, shoot

HAND = "c10"


def in_sight(page: Page) -> list[str]:
    """The ids of the rows that a search leaves, without what they stand under."""
    rows = page.locator('[data-list="cue"] > .cue:not([data-off], [hidden], [data-kind="segment"])')
    found: list[str] = rows.evaluate_all("all => all.map(row => row.dataset.id)")
    return found


@pytest.mark.parametrize(("written", "typed"), [("舞台檢覈", "檢核"), ("舞臺檢核", "檢覈")])
def test_a_row_is_found_however_its_characters_are_written(
    show: Show, devices: Devices, written: str, typed: str
) -> None:
    show.ops(COORDINATOR, ("cue.edit", {"id": "d1-26", "set": {"title": written}}))
    phone, desk = show.phone(devices, HAND, "sheet"), Desk.of(show, devices).page
    phone.locator('.tools [name="find"]').fill(typed)
    desk.locator("#search").fill(f"台{typed}")
    for page in (phone, desk):
        expect(page.locator('[id="cue-d1-26"]')).to_be_visible()
        expect(page.locator('[id="cue-d1-25"]')).to_be_hidden()
    assert in_sight(phone) == ["d1-26"]
    shoot(phone, f"search-{typed}")


def test_the_sheet_of_one_person(show: Show, devices: Devices) -> None:
    phone, desk = show.phone(devices, COORDINATOR, "sheet"), Desk.of(show, devices).page
    for page in (phone, desk):
        page.locator('select[name="whose"]').select_option(HAND)
        expect(page.locator('[id="cue-d1-25"]')).to_be_visible()
        for row in in_sight(page):
            shown = page.locator(f'[id="cue-{row}"]')
            below = page.locator(f'[data-list="cue"] > [data-parent="{row}"]')
            own = HAND in (shown.get_attribute("data-people") or "").split()
            assert own or below.count(), row
    phone.locator('.tools [name="find"]').fill("no such row")
    expect(phone.locator("#empty")).to_be_visible()


def test_large_type_stays_and_nothing_is_cut(show: Show, devices: Devices) -> None:
    phone = show.phone(devices, HAND, "more", viewport={"width": 360, "height": 740})
    phone.locator('[data-choose="type"] > [value="huge"]').click()
    for screen in ("now", "sheet", "mine", "more"):
        show.open(phone, screen)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360, screen
        shoot(phone, f"huge-{screen}")
    phone.reload()
    assert phone.evaluate("getComputedStyle(document.documentElement).fontSize") == "23.2px"
