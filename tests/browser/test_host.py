"""The host on stage: their next lines in large type."""

import re

from playwright.sync_api import Page, expect

from tests.browser.show import Show
from tests.support.browser import Devices, accessibility_problems, shoot


def test_the_host_reads_their_next_three_lines_and_how_names_are_said(show: Show, devices: Devices) -> None:
    host = devices.phone(show.origin)
    show.sign_in(host, "h01")
    host.goto("/e/riverside2027")
    expect(host.locator("body")).to_have_attribute("data-screen", "host")
    lines = host.locator('.cue:is([data-slot="next"], [data-slot="later"])')
    expect(lines).to_have_count(3)
    expect(lines.first).to_contain_text("晚自習 ㄨㄢˇ ㄗˋ ㄒㄧˊ")
    expect(lines.first.locator(".cue-cells")).to_contain_text("謝謝山嵐列車！")
    assert accessibility_problems(host) == []
    shoot(host, "host-day")
    host.emulate_media(color_scheme="dark")
    shoot(host, "host-night")
    host.set_viewport_size({"width": 320, "height": 640})
    shoot(host, "host-small")
    emma = show.phone(devices, "c37", "host")
    expect(emma.locator('.cue[data-slot="next"]')).to_contain_text("Thank you, Mistline Train!")
    shoot(emma, "host-en")
    emma.goto("/e/riverside2027#more")
    shoot(emma, "more-en")


def test_caller_and_host_tell_each_other_things_without_a_word(show: Show, devices: Devices) -> None:
    show.ops("c02", ("member.edit", {"id": "c06", "set": {"locale": "en"}}))
    host, caller, crew = (
        show.phone(devices, "h01"),
        show.phone(devices, "c06", "call"),
        show.phone(devices, "c10"),
    )
    say(caller, "Stretch 3 min")
    shown = host.locator("#silent")
    expect(shown).to_contain_text("拉長 3 分")
    expect(shown).to_contain_text("許庭瑋")
    line = caller.locator(".dock [data-out=silent-line]")
    expect(line).to_contain_text("no answer yet")
    assert accessibility_problems(host) == []
    shoot(host, "silent-stretch-day")
    shoot(caller, "silent-sent-en")
    say(caller, "Wrap up")
    expect(shown).to_contain_text("收尾")
    host.emulate_media(color_scheme="dark")
    shoot(host, "silent-wrap-night")
    shown.get_by_role("button", name="人未到").tap()
    expect(shown).to_be_hidden()
    expect(line).to_contain_text("Wrap up · Xia He")
    expect(line).to_contain_text("Somebody is missing")
    shoot(caller, "silent-answered-en")
    expect(crew.locator("#signal-main")).to_be_attached()
    assert crew.locator("#silent").count() == 0, "of the others nobody's screen is taken"
    show.ops("c06", ("signal.send", {"track": "main", "kind": "wrap", "current": "d1-21"}))
    expect(shown).to_be_visible()
    show.ops("c06", ("cue.finish", {"id": "d1-21"}))
    expect(shown).to_be_hidden()


def say(caller: Page, word: str) -> None:
    """Send one of the signals behind 更多."""
    caller.locator('.dock [data-call="more"]').tap()
    shoot(caller, "adjust-en")
    caller.locator("#adjust").get_by_role("button", name=word).tap()


def test_a_monitor_shows_the_timer_of_one_track_until_its_screen_is_closed(
    show: Show, devices: Devices
) -> None:
    caller = show.phone(devices, "c06", "more")
    caller.locator('[data-screens="open"]').tap()
    caller.locator('[data-screens="make"]').tap()
    link = caller.locator("[data-out=screen-link]")
    expect(link).to_have_value(re.compile(r"/timer#[\w-]{32}$"))
    expect(caller.locator("[data-out=screen-qr] svg")).to_be_visible()
    expect(caller.locator('[data-screens="close"]')).to_be_visible()
    shoot(caller, "screens-day")
    monitor = devices.desktop(show.origin)
    monitor.set_viewport_size({"width": 1920, "height": 1080})
    monitor.goto(link.input_value())
    expect(monitor.locator("[data-out=title]")).to_have_text("山嵐列車")
    assert "#" not in monitor.url
    expect(monitor.locator("[data-out=left]")).to_have_text(re.compile(r"^06:[0-3]\d$"))
    expect(monitor.locator("[data-out=next-title]")).to_have_text("換場 2 與司儀串場")
    expect(monitor.locator("[data-out=link]")).to_have_attribute("data-is", "on")
    shoot(monitor, "timer-left")
    show.ops("c06", ("signal.send", {"track": "main", "kind": "wrap"}))
    expect(monitor.locator("[data-out=silent]")).to_have_text("收尾")
    show.ops("c06", ("cue.nudge", {"id": "d1-21", "seconds": -600}))
    expect(monitor.locator("main")).to_have_attribute("data-is", "over")
    monitor.set_viewport_size({"width": 1280, "height": 720})
    shoot(monitor, "timer-over-720")
    show.ops("c06", ("signal.clear", {"track": "main"}), ("cue.pause", {"id": "d1-21"}))
    expect(monitor.locator("main")).to_have_attribute("data-is", "held")
    shoot(monitor, "timer-held-720")
    caller.locator('[data-screens="close"]').tap()
    expect(monitor.get_by_role("heading")).to_have_text("這個螢幕已被關閉", timeout=3000)
    shoot(monitor, "timer-closed")
