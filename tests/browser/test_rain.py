"""Stories of the rain plan: who decides sees until when, looks at what it changes, switches, and every phone has it."""

from functools import partial

from playwright.sync_api import Page, expect

from tests.browser.show import SOON, Show, within_a_second
from tests.support.browser import NO_SERVER, Devices, accessibility_problems, shoot
from tests.support.proxy import Proxy

# 宋沛琪 decides on the first day, 周柏睿 coordinates; an operator, a volunteer who reads English, and the client.
DECIDER, COORDINATOR, CREW, ENGLISH, CLIENT = "c32", "c02", "c10", "c37", "cl01"
HELD_MS = 1000


def decide_by(show: Show, time: str) -> None:
    """Let the plans of the first day be decided on by another time."""
    day = show.cue("d1-27")["day"]
    plans = show.ask(COORDINATOR, "state?kinds=variant")["entities"]["variant"]
    names = (
        "group",
        "group_en",
        "plan",
        "name",
        "name_en",
        "decider",
        "skip",
        "changes",
        "announce",
        "announce_en",
    )
    puts = [
        {"id": plan["id"], "day": day, "decide_at": f"{day}T{time}+08:00"}
        | {name: plan[name] for name in names}
        for plan in plans
        if plan["day"] == day
    ]
    show.ops(COORDINATOR, *(("variant.put", put) for put in puts))


def open_plans(page: Page) -> None:
    """By the list under More."""
    page.get_by_role("link", name="更多").tap()
    page.locator("[data-variants-way] > .row").tap()


def hold(page: Page) -> None:
    """Hold the button of the open plan until its ring is full."""
    page.locator("[data-variant-act]").hover()
    page.mouse.down()
    page.wait_for_timeout(HELD_MS)
    page.mouse.up()


def test_the_decider_looks_at_plan_b_and_switches_and_the_crew_sees_what_is_cut(
    show: Show, devices: Devices
) -> None:
    decide_by(show, "15:50:00")
    decider, crew = show.phone(devices, DECIDER), show.phone(devices, CREW, "sheet", color_scheme="dark")
    client = show.phone(devices, CLIENT, "more")
    due = decider.locator(".plan-due")
    expect(due).to_contain_text("雨備 A/B/C")
    expect(due).to_contain_text("15:50 前決定")
    expect(due).to_contain_text("還有 1:1")
    expect(due).to_contain_text("宋沛琪 決定")
    shoot(decider, "rain-due")
    due.tap()
    plans = decider.locator("#variants")
    plans.get_by_role("button", name="雨備 B").first.tap()
    expect(plans.locator(".plan-sum")).to_have_text("取消 1 列 · 更動 11 列 · 時間移動 14 列")
    cut, shorter = (
        plans.locator(".plan-rows > li", has_text=title) for title in ("127 小河", "128 鐵皮屋合唱")
    )
    expect(cut).to_have_attribute("data-is", "cut")
    expect(shorter).to_contain_text("長度 45′ → 25′")
    expect(plans.locator(".plan-rows > li", has_text="121 山嵐列車")).to_contain_text("已開始，不動")
    assert accessibility_problems(decider) == []
    foreseen = shorter.locator(".plan-when > b").inner_text()
    shoot(decider, "rain-preview")
    row = crew.locator("#cue-d1-27")
    within_a_second((partial(hold, decider), partial(expect(row).to_have_attribute, "data-state", "skipped")))
    expect(row.locator(".cue-title")).to_have_css("text-decoration-line", "line-through")
    expect(crew.locator("#cue-d1-28 .cue-dur")).to_have_text("25′")
    expect(crew.locator("#cue-d1-28 .cue-time")).to_contain_text(foreseen)
    expect(crew.locator(".plan:visible")).to_have_text("雨備 B")
    expect(plans).to_contain_text("這些列維持不變")
    expect(due).to_be_hidden()
    crew.evaluate("() => scrollTo(0, 0)")
    shoot(crew, "rain-crew")
    assert client.locator(".plan, [data-variants-way]:visible").count() == 0


def test_what_is_switched_without_signal_waits_and_the_english_phone_reads_the_plan(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    coordinator, english = show.phone(devices, COORDINATOR), show.phone(devices, ENGLISH, "more")
    open_plans(coordinator)
    plans = coordinator.locator("#variants")
    plans.get_by_role("button", name="雨備 C").first.tap()
    proxy.cut(refuse=True)
    hold(coordinator)
    expect(plans.locator(".plan-about .badge")).to_have_text("待送")
    assert coordinator.locator("[data-variant-act]").is_disabled()
    shoot(coordinator, "rain-waits")
    proxy.heal()
    expect(english.locator(".plan[data-is-on]")).to_have_text("Rain plan C", timeout=3 * SOON)
    english.locator("[data-variants-way] > .row").tap()
    expect(english.locator("#variants")).to_contain_text("Because of the weather the show is stopped.")
    expect(english.locator("[data-variant-act]")).to_be_hidden()
    expect(english.locator("#variants .hint").first).to_contain_text("Only Sung Pei-Chi, show controllers")
    shoot(english, "rain-english")
