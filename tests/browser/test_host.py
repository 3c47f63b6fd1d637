"""The host on stage: their next lines in large type."""

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


def test_a_signal_goes_from_the_hosts_screen_when_what_ran_has_ended(show: Show, devices: Devices) -> None:
    host = show.phone(devices, "h01")
    show.ops("c06", ("signal.send", {"track": "main", "kind": "wrap", "current": "d1-21"}))
    expect(host.locator("#silent")).to_be_visible()
    show.ops("c06", ("cue.finish", {"id": "d1-21"}))
    expect(host.locator("#silent")).to_be_hidden()


def say(caller: Page, word: str) -> None:
    """Send one of the signals behind 更多."""
    caller.locator('.dock [data-call="more"]').tap()
    shoot(caller, "adjust-en")
    caller.locator("#adjust").get_by_role("button", name=word).tap()
