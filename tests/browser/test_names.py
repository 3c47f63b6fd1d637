"""Tracks and people that came after a phone had opened its document."""

from playwright.sync_api import expect

from tests.browser.show import Show
from tests.browser.test_offline import installed, signal_is_back
from tests.support.browser import NO_SERVER, Devices
from tests.support.proxy import Proxy


def test_a_new_track_is_offered_on_phones_that_are_open(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c13")
    show.ops(
        "c02",
        ("track.put", {"id": "pier", "name": "碼頭舞台"}),
        (
            "cue.add",
            {"id": "pier-1", "kind": "item", "title": "水上開場", "track": "pier", "duration_s": 600},
        ),
    )
    crew.locator("[name=lane]").select_option("碼頭舞台")
    expect(crew.locator("[data-slot=now] > .cue-title")).to_contain_text("水上開場")


def test_whoever_was_added_just_now_is_asked_by_name(show: Show, devices: Devices) -> None:
    caller = show.phone(devices, "c06", "call")
    show.ops(
        "c02",
        ("member.add", {"id": "late", "name": "晚來的阿弟", "roles": ["crew"]}),
        ("cue.edit", {"id": "d1-21-c5", "set": {"people": ["late"]}}),
    )
    expect(caller.locator(".ready > li")).to_have_count(1)
    expect(caller.locator(".ready > li")).to_contain_text("晚來的阿弟")


def test_a_page_that_is_long_open_gets_newer_names_when_its_person_asks(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    crew = devices.phone(proxy.url)
    crew.clock.install()
    show.sign_in(crew, "c13")
    show.open(crew, "sheet")
    installed(crew)
    crew.clock.fast_forward(5000)
    show.cue("d1-25")  # so that there is a token: it is given by the address that is cut now
    proxy.cut(refuse=True)
    proxy.heal()
    show.ops("c02", ("member.add", {"id": "late", "name": "晚來的阿弟", "roles": ["crew"]}))
    proxy.cut()
    signal_is_back(crew)
    crew.locator(".toast[data-lasting]").get_by_role("button").tap(timeout=40_000)
    crew.wait_for_function(
        "() => document.getElementById('names').textContent.includes('晚來的阿弟')", timeout=40_000
    )
