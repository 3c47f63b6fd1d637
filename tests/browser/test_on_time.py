"""Stories of the hour: the clock calls, time is saved before a hard start, a delay is written into the plan."""

from datetime import datetime, timedelta

from playwright.sync_api import Page, Route, expect

from tests.browser.desk import ACT_2, CHANGEOVER_3, Desk
from tests.browser.show import SOON, Show
from tests.support.browser import Devices, accessibility_problems, shoot

# What of the page comes a little after the rest.
LATER = 8_000


def adjust(caller: Page, button: str) -> None:
    caller.locator(".dock [data-call=more]").tap()
    caller.locator("#adjust").get_by_role("button", name=button).tap(timeout=LATER)


def test_the_clock_calls_until_a_hand_does(show: Show, devices: Devices) -> None:
    show.ops("c10", ("member.locale", {"locale": "en"}))
    crew, caller = show.phone(devices, "c10", "sheet"), show.phone(devices, "c06", "call")
    adjust(caller, "依時間執行")
    band = caller.locator("[data-out=roll]")
    expect(band).to_contain_text("依時間執行中 · 許庭瑋 14:3", timeout=LATER)
    expect(crew.locator("[data-out=roll]")).to_contain_text("Runs by the clock", timeout=LATER)
    expect(crew.locator("[data-out=roll] button")).to_have_count(0)
    shoot(caller, "roll-call")
    shoot(crew, "roll-sheet-en")
    assert accessibility_problems(caller) == []
    caller.get_by_role("button", name="+5 分").tap()
    expect(band).to_contain_text("主舞台 改由手動喊", timeout=SOON)
    expect(band.locator("button")).to_be_hidden()
    expect(crew.locator("[data-out=roll]")).to_be_hidden()


def test_what_must_be_saved_says_where_and_saves_it(show: Show, devices: Devices) -> None:
    caller = show.phone(devices, "c06", "call")
    show.ops("c06", ("cue.nudge", {"id": "d1-21", "seconds": 3600}))
    band = caller.locator(".cuts-band")
    expect(band).to_contain_text("須省", timeout=LATER)
    shoot(caller, "cuts-band")
    band.tap()
    cuts = caller.locator("#cuts")
    expect(cuts.locator("[data-out=cuts-what]")).to_contain_text("之前要省")
    shoot(caller, "cuts")
    assert accessibility_problems(caller) == []
    before = cuts.locator("[data-out=cuts-what]").inner_text()
    cuts.locator("li").first.get_by_role("button", name="−1 分").tap()
    expect(cuts.locator("[data-out=cuts-what]")).not_to_have_text(before, timeout=SOON)
    cuts.locator("li").nth(1).get_by_role("button", name="跳過").tap()
    expect(cuts.locator("[data-out=cuts-what]")).to_have_text("時間夠了，不用再省。", timeout=SOON)


def test_a_delay_is_made_seen_and_written_into_the_plan(show: Show, devices: Devices) -> None:
    """The plan of a day that has begun is frozen: what shows is when the row will begin, also without the delay."""
    crew, coordinator = show.phone(devices, "c13", "sheet"), show.phone(devices, "c02", "sheet")
    plan, begins = (crew.locator(f"#cue-{CHANGEOVER_3} .cue-{which}") for which in ("plan", "proj"))
    later = datetime.strptime(plan.inner_text(), "%H:%M") + timedelta(minutes=10)  # noqa: DTZ007 - a time of day
    held: list[Route] = []
    coordinator.route("**/ops?view=*", lambda route: held.append(route))  # noqa: PLW0108 - a builtin can't be wrapped
    for _ in range(2):  # the second before anybody has answered the first
        coordinator.locator(f"#cue-{CHANGEOVER_3}").tap()
        coordinator.get_by_role("button", name="從這裡起延後 +5 分").tap(timeout=LATER)
    expect(coordinator.locator("[data-out=unsent]").first).to_have_text("2")
    coordinator.unroute("**/ops?view=*")  # lets go what was held
    delay = coordinator.locator('.cue[data-kind="delay"]')
    expect(delay).to_have_attribute("data-dur", "600", timeout=SOON)
    expect(begins).to_have_text(f"{later:%H:%M}", timeout=SOON)
    delay.tap()
    shoot(coordinator, "delay-detail")
    coordinator.get_by_role("button", name="寫入流程").tap()
    expect(delay).to_have_count(0, timeout=SOON)
    expect(crew.locator('.cue[data-kind="delay"]')).to_have_count(0, timeout=SOON)
    expect(begins).to_have_text(f"{later:%H:%M}")
    coordinator.locator(".toast").get_by_role("button", name="復原").tap()
    expect(delay).to_have_attribute("data-dur", "600", timeout=SOON)
    expect(begins).to_have_text(f"{later:%H:%M}")


def test_the_table_shows_a_gap_and_an_overlap_and_puts_off_what_follows(show: Show, devices: Devices) -> None:
    planned = datetime.fromisoformat(show.cue(ACT_2)["planned_start"])
    desk = Desk.of(show, devices)
    gap = desk.cell(ACT_2, "start").locator(".cue-gap")
    for minutes, text in ((5, "空檔 5 分"), (-3, "重疊 3 分")):
        start = (planned + timedelta(minutes=minutes)).isoformat()
        [moved] = show.ops("c02", ("cue.edit", {"id": ACT_2, "set": {"start_mode": "fixed", "start": start}}))
        assert moved["status"] == "applied"
        expect(gap).to_have_text(text, timeout=SOON)
    desk.cell(ACT_2, "title").click(button="right")
    desk.page.get_by_role("menuitem", name="從這裡起延後 +5 分").click()
    expect(desk.page.locator('.cue[data-kind="delay"]')).to_have_attribute("data-dur", "300", timeout=SOON)
    shoot(desk.page, "gap-grid")
