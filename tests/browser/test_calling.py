"""Stories of those who call the show, on real phones."""

from functools import partial

from playwright.sync_api import Page, Route, expect

from tests.browser.show import SOON, Show, within_a_second
from tests.support.browser import NO_SERVER, Devices

# Longer than the button rests after each call.
REST_MS = 1100


def go(page: Page) -> None:
    page.wait_for_function("() => !document.querySelector('.dock [data-call=go]').disabled")
    page.locator(".dock [data-call=go]").tap()


def target(page: Page) -> str:
    return page.locator("[data-out=go-what]").inner_text()


def test_a_double_tap_calls_the_next_cue_once_and_offers_the_one_after(show: Show, devices: Devices) -> None:
    caller = show.phone(devices, "c06", "call")
    assert target(caller) == "121.5 剩 5 分提示"
    caller.locator(".dock [data-call=go]").dblclick()
    caller.wait_for_timeout(REST_MS)
    assert target(caller) == "121.6 謝幕"
    all_is_sent(caller)
    assert show.cue("d1-21-c5")["state"] == "done"
    assert show.cue("d1-21-c6")["state"] == "planned"


def test_five_minutes_more_are_taken_back_and_a_go_ends_the_item_before_on_every_phone_within_a_second(
    show: Show, devices: Devices
) -> None:
    crew, caller = show.phone(devices, "c13"), show.phone(devices, "c06", "call")
    ends = crew.locator("[data-slot=now] [data-out=ends]")
    expect(ends).to_have_text("14:43")
    caller.get_by_role("button", name="+5 分").tap()
    expect(ends).to_have_text("14:48", timeout=SOON)
    expect(crew.locator(".strip [data-out=offset]")).to_have_text("+8:20")
    caller.locator(".toast").get_by_role("button", name="復原").tap()
    expect(ends).to_have_text("14:43", timeout=SOON)
    show.ops("c06", ("cue.skip", {"id": "d1-21-c5"}), ("cue.skip", {"id": "d1-21-c6"}))
    expect(caller.locator("[data-out=go-what]")).to_have_text("123 換場 2 與司儀串場")
    runs = crew.locator("[data-slot=now] > .cue-title")
    within_a_second(
        (partial(go, caller), partial(expect(runs).to_contain_text, "換場 2 與司儀串場")),
        (partial(go, caller), partial(expect(runs).not_to_contain_text, "換場 2")),
    )
    assert show.cue("d1-21")["state"] == "done"


def test_a_tap_that_was_aimed_at_what_another_caller_has_just_called_does_nothing(
    show: Show, devices: Devices
) -> None:
    caller = show.phone(devices, "c06", "call")
    show.ops("c02", ("cue.go", {"id": "d1-21-c5", "current": "d1-21"}))
    expect(caller.locator("[data-out=go-what]")).to_have_text("121.6 謝幕")
    assert caller.locator(".dock [data-call=go]").is_disabled()


def test_of_two_callers_the_slower_is_told_who_was_first(show: Show, devices: Devices) -> None:
    first, second = show.phone(devices, "c06", "call"), show.phone(devices, "c02", "call")
    held: list[Route] = []
    second.route("**/ops?view=*", lambda route: held.append(route))  # noqa: PLW0108 - a builtin can't be wrapped
    go(second)
    go(first)
    expect(first.locator("[data-out=go-what]")).to_have_text("121.6 謝幕")
    all_is_sent(first)
    held[0].continue_()
    alert = second.locator("#toasts .op[data-state=refused]")
    expect(alert).to_contain_text("許庭瑋")
    expect(alert).to_contain_text("先喊了：121.5 剩 5 分提示")
    assert len(show.cue("d1-21-c5")["runs"]) == 1
    assert show.cue("d1-21-c6")["state"] == "planned"


def test_what_was_refused_stays_until_it_is_read(show: Show, devices: Devices) -> None:
    caller = devices.phone(show.url)
    caller.clock.install()
    show.sign_in(caller, "c06")
    show.open(caller, "call")
    caller.evaluate("""async () => {
        const { $js_op: { send } } = joined;
        await send("cue.finish", { id: "d1-25" }, { title: "結束 125" });
    }""")
    alert = caller.locator("#toasts .op")
    expect(alert).to_contain_text("結束 125")
    caller.clock.fast_forward(9000)
    caller.wait_for_timeout(500)
    expect(alert).to_contain_text("結束 125")
    alert.get_by_role("button", name="知道了").tap()
    expect(alert).to_have_count(0)


def test_pausing_wants_a_finger_that_stays(show: Show, devices: Devices) -> None:
    caller = show.phone(devices, "c06", "call")
    hold = caller.locator(".dock [data-call=pause]")
    hold.tap()
    caller.wait_for_timeout(1000)
    assert show.cue("d1-21")["state"] == "live"
    press(caller, ".dock [data-call=pause]", 900)
    expect(caller.locator(".dock [data-call=resume]")).to_be_visible()
    all_is_sent(caller)
    assert show.cue("d1-21")["state"] == "paused"
    caller.locator(".dock [data-call=resume]").tap()
    expect(hold).to_be_visible()


def all_is_sent(page: Page) -> None:
    """What a call makes of the rows shows before the server has it."""
    expect(page.locator("[data-out=unsent]").first).to_be_hidden(timeout=40_000)


def press(page: Page, selector: str, milliseconds: int) -> None:
    page.locator(selector).hover()  # what lies under the foot of the sheet is scrolled into sight
    box = page.locator(selector).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(milliseconds)
    page.mouse.up()


def test_a_caller_sees_at_once_who_is_ready_and_everybody_sees_the_standby_that_is_called_once(
    show: Show, devices: Devices
) -> None:
    crew, caller = show.phone(devices, "c10"), show.phone(devices, "c06", "call")
    asked = caller.locator(".ready > li", has_text="簡睿恩")
    expect(asked).to_contain_text("未回")
    crew.get_by_role("button", name="就緒").tap()
    expect(asked).to_contain_text("就緒", timeout=SOON)
    crew.get_by_role("button", name="需要協助").tap()
    expect(asked).to_contain_text("需要協助", timeout=SOON)
    expect(asked.locator("a")).to_have_attribute("href", "tel:0000-000-010")
    # Somebody of the market, whom the row doesn't name.
    show.ops("c24", ("cue.ready", {"id": "d1-21-c5"}))
    expect(caller.locator(".ready > [data-mark=ready]")).to_have_count(1, timeout=SOON)
    caller.locator(".dock [data-call=standby]").tap()
    expect(caller.locator(".dock [data-call=standby]")).to_have_text("已喊待命")
    assert caller.locator(".dock [data-call=standby]").is_disabled()
    expect(crew.locator("#cue-d1-21-c5")).to_have_attribute("data-state", "standby")


def test_crew_have_no_calling_screen_and_can_take_back_what_they_say(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10")
    assert crew.locator("button[data-call]").count() == 0
    assert crew.locator(".tab").count() == 4
    ready = crew.locator("[data-slot=turn] [data-op='cue.ready']")
    ready.tap()
    expect(ready).to_have_attribute("aria-pressed", "true")
    expect(crew.locator("#mark-d1-21-c5\\:c10")).to_have_count(1)
    ready.tap()
    expect(crew.locator("#mark-d1-21-c5\\:c10")).to_have_count(0)
    expect(ready).to_have_attribute("aria-pressed", "false")


def test_from_the_sheet_a_row_is_warmed_and_the_next_item_begins_past_the_cues_that_wait(
    show: Show, devices: Devices
) -> None:
    crew, caller = show.phone(devices, "c10"), show.phone(devices, "c06", "call")
    more = caller.locator(".dock [data-call=more]")
    more.tap()
    expect(caller.locator("[data-out=adjust-item]")).to_have_text("123 換場 2 與司儀串場")
    expect(caller.locator("[data-out=adjust-before]")).to_have_text("120 換場 1")
    ended = caller.locator("#adjust .part").filter(has=caller.locator("[data-call=finish]"))
    expect(ended.locator(".hint")).to_have_text("121 山嵐列車")
    caller.locator("#adjust [data-call=warm]").tap()
    expect(crew.locator("#cue-d1-21-c5 > .cue-word")).to_have_text("預備")
    more.tap()
    expect(caller.locator("#adjust [data-call=warm]")).to_be_disabled()
    caller.locator("#adjust [data-call=next]").tap()
    press(caller, "#adjust [data-call=next]", 900)
    expect(crew.locator("[data-slot=now] > .cue-title")).to_contain_text("換場 2", timeout=SOON)
    all_is_sent(caller)
    assert (show.cue("d1-21")["state"], show.cue("d1-21-c5")["state"]) == ("done", "warm")


def test_a_cue_on_a_spoken_line_shows_the_line_and_one_that_is_overdue_counts_up(
    show: Show, devices: Devices
) -> None:
    planned = show.cue("d1-21-c5")
    show.ops("c02", ("cue.edit", {"id": "d1-21-c5", "set": {"start_mode": "line", "line": "最後一首"}}))
    caller = show.phone(devices, "c06", "call")
    left = caller.locator("[data-slot=now] .cue-left")
    expect(caller.locator("[data-slot=next] .cue-line")).to_contain_text("最後一首")
    expect(left).to_contain_text("還有")
    overdue = {"start_mode": planned["start_mode"], "line": "", "offset_s": 1900}
    show.ops("c02", ("cue.edit", {"id": "d1-21-c5", "set": overdue}))
    expect(left).to_contain_text("已超過", timeout=SOON)


def test_a_caller_has_only_the_tracks_that_they_call_on_a_dark_screen_unless_they_chose_otherwise(
    show: Show, devices: Devices
) -> None:
    main, all_of_them = show.phone(devices, "c06", "call"), show.phone(devices, "c02", "call")
    expect(main.locator("[data-out=lanes]")).to_be_hidden()
    expect(all_of_them.locator("[name=lane] > option")).to_have_count(6)
    all_of_them.locator("[name=lane]").select_option("市集")
    expect(all_of_them.locator("[data-slot=now] > .cue-title")).to_contain_text("市集營業")
    assert main.evaluate("() => document.documentElement.dataset.theme") == "night"
    main.locator(".tab[data-screen=more]").tap()
    assert main.evaluate("() => document.documentElement.dataset.theme") is None
    main.get_by_role("button", name="烈日").tap()
    main.locator(".tab[data-screen=call]").tap()
    assert main.evaluate("() => document.documentElement.dataset.theme") == "sun"


def test_a_go_without_a_line_waits_on_the_phone_and_is_carried_out_once(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    caller = show.phone(devices, "c06", "call")
    show.kill()
    go(caller)
    expect(caller.locator("#cue-d1-21-c5")).to_have_attribute("data-pending", "")
    expect(caller.locator("[data-out=unsent]").first).to_have_text("1")
    assert caller.locator(".dock [data-call=go]").is_disabled()
    show.restart()
    all_is_sent(caller)
    expect(caller.locator("[data-out=go-what]")).to_have_text("121.6 謝幕")
    assert len(show.cue("d1-21-c5")["runs"]) == 1


def test_an_item_can_be_run_again_from_its_row(show: Show, devices: Devices) -> None:
    caller = show.phone(devices, "c06", "sheet")
    caller.locator("#cue-d1-20").tap()
    press(caller, "#detail [data-call=rewind]", 900)
    expect(caller.locator("#cue-d1-20")).to_have_attribute("data-state", "live")
    all_is_sent(caller)
    assert len(show.cue("d1-20")["runs"]) == 2
    assert show.cue("d1-21")["state"] == "done"


def test_a_show_that_is_stopped_without_signal_stands_there_at_once_and_then_on_every_phone(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    crew, caller = show.phone(devices, "c13"), show.phone(devices, "c02", "call")
    caller.locator(".dock [data-call=more]").tap()
    caller.locator("#adjust [data-call=hold-all]").tap()
    show.kill()
    press(caller, "#adjust [data-call=hold-all]", 900)
    expect(caller.locator("[data-slot=now]")).to_have_attribute("data-halted", "")
    expect(caller.locator(".dock [data-call=release]")).to_be_visible()
    expect(caller.locator(".dock [data-call=go]")).to_be_hidden()
    show.restart()
    expect(crew.locator(".strip [data-when=halted]")).to_have_text("停演", timeout=40_000)
    row = crew.locator("[data-slot=now]")
    expect(row).to_have_attribute("data-halted", "")
    left = row.locator("[data-out=left]").inner_text()
    crew.wait_for_timeout(1500)
    assert row.locator("[data-out=left]").inner_text() == left
    all_is_sent(caller)
    [refused] = show.ops("c06", ("cue.go", {"id": "d1-21-c5", "current": "d1-21"}))
    assert refused["error"]["code"] == "held"
    press(caller, ".dock [data-call=release]", 900)
    expect(crew.locator("[data-slot=now][data-state=live]")).to_be_visible(timeout=SOON)
    expect(crew.locator(".strip [data-when=halted]")).to_be_hidden()
    expect(caller.locator(".dock [data-call=go]")).to_be_visible()


def test_the_call_goes_from_one_caller_to_another_and_of_two_one_advances_the_show(
    show: Show, devices: Devices
) -> None:
    first, second = show.phone(devices, "c06", "call"), show.phone(devices, "c02", "call")
    who = "[data-out=call-who]"
    expect(first.locator(who)).to_be_hidden()
    first.locator(".dock [data-call=more]").tap()
    first.locator("[data-hand-to]").select_option("c02")
    first.locator("#adjust [data-call=hand]").tap()
    notice = second.locator("#toasts .toast")
    expect(notice).to_contain_text("許庭瑋", timeout=SOON)
    second.reload()
    expect(notice).to_contain_text("交給你喊")
    notice.get_by_role("button", name="知道了").tap()
    expect(notice).to_have_count(0)
    expect(second.locator(who)).to_contain_text("你喊 cue")
    take = first.locator(".dock [data-call=take]")
    expect(take).to_be_visible()
    expect(first.locator(".dock [data-call=go]")).to_be_hidden()
    go(second)
    expect(second.locator("[data-out=go-what]")).to_have_text("121.6 謝幕")
    press(first, ".dock [data-call=take]", 900)
    expect(second.locator(".dock [data-call=take]")).to_be_visible(timeout=SOON)
    go(first)
    all_is_sent(first)
    assert [len(show.cue(row)["runs"]) for row in ("d1-21-c5", "d1-21-c6")] == [1, 1]


def test_a_line_is_noted_down_from_the_callers_screen_also_without_a_line_to_the_server(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    crew, caller = show.phone(devices, "c37", "more"), show.phone(devices, "c06", "call")
    caller.get_by_role("button", name="記一筆").tap()
    expect(caller.locator("[data-out=log-empty]")).to_contain_text("無線電")
    caller.get_by_role("button", name="麥克風異常").tap()
    caller.locator("#log [name=text]").press_sequentially(" 主唱")
    caller.locator("#log [name=text]").press("Enter")
    mine = caller.locator("[data-list=entry] > .entry")
    expect(mine).to_contain_text("麥克風異常 主唱")
    expect(mine).to_contain_text("121 山嵐列車")
    crew.get_by_role("button", name="Site log").tap()
    expect(crew.locator("[data-list=entry] > .entry")).to_contain_text("麥克風異常 主唱", timeout=SOON)
    expect(crew.get_by_role("button", name="Take back")).to_have_count(0)
    show.kill()
    caller.locator("#log [name=text]").fill("天候")
    caller.locator("#log [name=text]").press("Enter")
    expect(caller.locator("[data-out=log-own] > .entry")).to_contain_text("待送")
    show.restart()
    expect(mine).to_have_count(2, timeout=40_000)
    expect(mine.first).to_contain_text("天候")
    mine.last.get_by_role("button", name="收回").tap()
    expect(crew.locator("[data-list=entry] > .entry")).to_have_count(1, timeout=SOON)
    expect(crew.locator("[data-list=entry] > .entry")).to_contain_text("天候")


def test_the_stage_manager_calls_by_keyboard_unless_a_sheet_is_open_or_it_is_switched_off(
    show: Show, devices: Devices
) -> None:
    desk = devices.desktop(show.origin)
    show.sign_in(desk, "c06")
    show.open(desk, "call")
    expect(desk.locator(".keys")).to_be_visible()
    next_up = desk.locator("[data-out=go-what]")
    desk.keyboard.press("w")
    expect(desk.locator("#cue-d1-21-c5")).to_have_attribute("data-state", "warm")
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    desk.keyboard.press("s")
    desk.keyboard.press("Escape")
    desk.keyboard.press("Shift+Equal")
    expect(desk.locator("#cue-d1-21")).to_have_attribute("data-added", "30")
    desk.keyboard.press("ArrowDown")
    expect(desk.locator("#cue-d1-21")).to_be_focused()
    assert desk.locator("#cue-d1-21-c5").get_attribute("data-state") == "warm"
    desk.keyboard.down("Space")
    for _ in range(40):
        desk.keyboard.down("Space")
    desk.wait_for_timeout(REST_MS)
    desk.keyboard.down("Space")
    desk.keyboard.up("Space")
    expect(next_up).to_have_text("121.6 謝幕")
    expect(desk.locator(".keys [data-call=next]")).to_be_enabled()
    desk.keyboard.press("n")
    desk.keyboard.down("n")
    expect(desk.locator("#cue-d1-23")).to_have_attribute("data-state", "live")
    desk.keyboard.up("n")
    all_is_sent(desk)
    assert (show.cue("d1-21-c6")["state"], show.cue("d1-23")["state"]) == ("planned", "live")
    desk.locator(".tab[data-screen=more]").click()
    desk.keyboard.press("s")
    desk.get_by_role("button", name="關閉", exact=True).click()
    desk.locator(".tab[data-screen=call]").click()
    expect(desk.locator(".keys")).to_be_hidden()
    desk.keyboard.press("s")
    all_is_sent(desk)
    assert not [
        cue for cue in show.ask("c02", "state?kinds=cue")["entities"]["cue"] if cue["state"] == "standby"
    ]
