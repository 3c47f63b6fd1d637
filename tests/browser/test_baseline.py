"""A frozen plan as its people see it: 原定 stays where it was, 預估 moves, until a coordinator freezes it anew."""

from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import ACT_2, ACT_3, CHANGEOVER_3, Desk
from tests.browser.show import EVENT, Show
from tests.support.browser import Devices, shoot

CREW = "c10"
# Planned, typed since, projected and length, as the table has them of a row.
SHOWN = """(id) => ["plan", "set", "proj", "dur"].map(
  (name) => document.getElementById(`cue-${id}`).querySelector(`.cue-${name}`)?.textContent ?? "")"""
# What the page's scripts know as frozen, for each row of the sheet.
FROZEN = """async () => {
  const { $js_baseline: { of } } = joined;
  const rows = [...document.querySelectorAll("[data-list=cue] > li")];
  return Object.fromEntries(rows.map(({ dataset: { id } }) => [id, of(id)]));
}"""


@pytest.fixture
def desk(show: Show, devices: Devices) -> Desk:
    return Desk.of(show, devices)


def hold(page: Page) -> None:
    button = page.locator("[data-take]")
    button.hover()
    page.mouse.down()
    expect(button).to_be_hidden()
    page.mouse.up()


def test_a_live_edit_moves_what_is_projected_until_the_plan_is_frozen_anew(
    desk: Desk, show: Show, devices: Devices
) -> None:
    phone = show.phone(devices, CREW, "sheet")
    desk.fill(ACT_2, "start", "15:05").settled().fill(ACT_2, "duration_s", "50").settled()
    assert desk.page.evaluate(SHOWN, ACT_2) == ["15:00", "15:05", "15:05", "50′"]
    assert desk.page.evaluate(SHOWN, CHANGEOVER_3) == ["15:40", "", "15:55", "20′"]
    row = phone.locator(f"#cue-{ACT_3}")
    row.scroll_into_view_if_needed()
    expect(row.locator(".cue-proj")).to_have_text("16:15")
    expect(row.locator(".cue-plan")).to_have_text("16:00")
    shoot(phone, "baseline-phone")
    desk.stand(ACT_2, "title").press("Shift+F10")
    desk.page.get_by_role("menuitem", name="更新原定時間…").click()
    asked = desk.page.get_by_role("dialog", name="更新原定時間 主舞台 · D1")
    expect(asked).to_contain_text("目前的原定時間由周柏睿在 09:01 定下。")
    shoot(desk.page, "baseline-desk")
    hold(desk.page)
    desk.hears("已更新原定時間：主舞台 · D1")
    expect(row.locator(".cue-plan")).to_have_text("16:15")
    expect(row.locator(".cue-proj")).to_be_empty()
    desk.settled().press("Control+z")
    expect(row.locator(".cue-plan")).to_have_text("16:00")
    expect(row.locator(".cue-proj")).to_have_text("16:15")
    # The step before it can still be taken back.
    desk.settled().press("Control+z")
    expect(row.locator(".cue-proj")).to_have_text("16:05")


def test_the_phone_reads_what_is_frozen_as_the_server_does(show: Show, devices: Devices) -> None:
    """Also of a row that was frozen twice, on one track and later on another, which stands first in the page."""
    day = show.cue(ACT_2)["day"]
    [moved] = [
        cue["id"] for cue in cues(show) if (cue["track"], cue["day"], cue["number"]) == ("river", day, "127")
    ]
    show.ops("c02", ("baseline.take", {"track": "river", "day": day}))
    show.ops("c02", ("cue.move", {"id": moved, "track": "main", "parent": "d1-main-s4"}))
    show.ops("c02", ("cue.edit", {"id": moved, "set": {"start": f"{day}T17:11:00.5+08:00"}}))
    show.ops("c02", ("baseline.take", {"track": "main", "day": day}))
    assert show.cue(moved)["baseline"]["start"] == f"{day}T17:11:00.500+08:00"
    phone = show.phone(devices, CREW, "sheet")
    assert phone.evaluate(FROZEN) == {cue["id"]: _span(cue["baseline"]) for cue in cues(show)}


def cues(show: Show) -> list[Any]:
    found: list[Any] = show.ask("c02", "state?kinds=cue")["entities"]["cue"]
    return found


def test_in_english_it_says_what_freezing_anew_does(show: Show, devices: Devices) -> None:
    show.ops("c02", ("member.locale", {"locale": "en"}))
    page = Desk.of(show, devices).open(f"/e/{EVENT}/grid").stand(ACT_2, "title").press("Shift+F10").page
    page.get_by_role("menuitem", name="Freeze the plan anew…").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("Frozen by Chou Po-Jui at 09:01.")
    expect(asked).to_contain_text("Everybody sees it; it can be undone.")
    shoot(page, "baseline-desk-en")


def _span(baseline: Any) -> list[int | None] | None:  # noqa: ANN401 - as JSON has it
    if baseline is None:
        return None
    return [_ms(baseline[name]) for name in ("start", "end")]


def _ms(text: str | None) -> int | None:
    return None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)
