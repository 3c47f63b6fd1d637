"""A rehearsal as its people see it: 【彩排】 on every screen, then the show untouched, its lengths beside the plan."""

from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.show import EVENT, Show
from tests.support.browser import Devices, accessibility_problems, shoot

CALLER, CREW, COORDINATOR = "c06", "c10", "c02"
FIRST, SECOND = "d2-12", "d2-13"


def hold(page: Page, selector: str) -> None:
    button = page.locator(selector)
    button.scroll_into_view_if_needed()
    button.hover()
    page.mouse.down()
    expect(button).to_be_hidden()
    page.mouse.up()


def begin(show: Show) -> str:
    """Rehearse the second day from its first act on; the rehearsal's id."""
    day = show.cue(FIRST)["day"]
    show.ops(COORDINATOR, ("cue.finish", {"id": "d1-21"}))
    args = {"id": "dress", "track": "main", "day": day, "cue": FIRST}
    [result] = show.ops(CALLER, ("rehearsal.begin", args))
    assert result["status"] == "applied", result
    return "dress"


def test_a_caller_rehearses_tomorrow_and_the_show_finds_everything_as_it_was(
    show: Show, devices: Devices
) -> None:
    before = show.cue(FIRST)
    show.ops(COORDINATOR, ("cue.finish", {"id": "d1-21"}))
    caller, crew = show.phone(devices, CALLER, "call"), show.phone(devices, CREW)
    expect(crew.get_by_text("【彩排】").first).to_be_hidden()
    caller.locator("[data-call=more]").tap()
    caller.get_by_label("從哪一項開始").select_option(label="D2 · 212 親子音樂時間")
    shoot(caller, "rehearsal-begin")
    hold(caller, "[data-rehearsal-act=begin]")
    for page in (caller, crew):
        expect(page.locator("[data-out=rehearsal]")).to_contain_text("主舞台 · D2 不是正式演出，許庭瑋")
    expect(caller.locator("[data-out=go-what]")).to_have_text("212 親子音樂時間")
    expect(caller.locator(".dock [data-call=go]")).to_be_enabled()
    caller.locator(".dock [data-call=go]").tap()
    expect(crew.locator("[data-slot=now] > .cue-title").first).to_contain_text("親子音樂時間")
    assert accessibility_problems(crew) == []
    for page, name in ((caller, "call"), (crew, "now")):
        shoot(page, f"rehearsal-{name}")
    caller.locator("[data-call=more]").tap()
    hold(caller, "[data-rehearsal-act=end]")
    expect(crew.locator("[data-out=rehearsal]")).to_be_hidden()
    after = show.cue(FIRST)
    assert after | {"version": 0} == before | {"version": 0}
    expect(caller.locator("[data-out=go-what]")).not_to_have_text("212 親子音樂時間")


def test_a_planner_sees_the_rehearsed_lengths_and_takes_them_over(show: Show, devices: Devices) -> None:
    rehearsal = begin(show)
    show.ops(COORDINATOR, ("member.locale", {"locale": "en"}))
    desk = Desk.of(show, devices)
    expect(desk.page.locator("[data-out=rehearsal]")).to_contain_text("D2: not the show. Begun by")
    shoot(desk.page, "rehearsal-desk-en")
    show.ops(CALLER, ("cue.go", {"id": FIRST, "current": None}), ("rehearsal.end", {"id": rehearsal}))
    expect(desk.page.locator("[data-out=rehearsal]")).to_be_hidden()
    planned = show.cue(FIRST)["duration_s"]
    desk.open(f"/e/{EVENT}/grid#{show.cue(FIRST)['day']}").page.get_by_role("button", name="Changes").click()
    side = desk.page.locator("#side")
    expect(side).to_contain_text("planned 40′")
    shoot(desk.page, "rehearsal-lengths-en")
    side.get_by_role("button", name="Take this length").click()
    desk.hears("Take this length")
    assert show.cue(FIRST)["duration_s"] < planned
    desk.settled().press("Control+z")
    expect(desk.cell(FIRST, "duration_s")).to_have_text("40′")
