"""The host on stage: their next lines in large type."""

from playwright.sync_api import expect

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
