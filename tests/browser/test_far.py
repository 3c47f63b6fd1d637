"""What is hours away still fits the screen."""

import pytest
from playwright.sync_api import expect

from tests.browser.show import Show
from tests.support.browser import Devices


@pytest.mark.parametrize("hours", [1, 7, 14])
def test_a_countdown_of_hours_is_no_wider_than_the_phone(show: Show, devices: Devices, hours: int) -> None:
    rest = [cue for cue in show.ask("c02", "state?kinds=cue")["entities"]["cue"] if cue["track"] == "main"]
    ahead = [cue["id"] for cue in rest if cue["kind"] != "cue" and cue["state"] == "planned"]
    show.ops("c02", *(("cue.skip", {"id": cue}) for cue in ahead if cue != "d1-25"))
    show.ops("c02", ("cue.edit", {"id": "d1-25", "set": {"start_mode": "fixed", "start": far(show, hours)}}))
    show.ops("c02", ("cue.finish", {"id": "d1-21"}))
    crew = show.phone(devices, "c10", "now", viewport={"width": 360, "height": 740})
    expect(crew.locator("[data-slot=now] [data-out=left]").first).to_contain_text(f"{hours}:")
    assert crew.evaluate("() => [innerWidth, document.documentElement.scrollWidth]") == [360, 360]
    box = crew.locator("[data-slot=now] [data-out=left]").first.bounding_box()
    assert box
    assert box["x"] + box["width"] <= 360


def far(show: Show, hours: int) -> str:
    """So many hours and half a minute after the show's now."""
    clock = show.cue("d1-21")["runs"][-1]["start"]
    day, zone = clock[:10], clock[-6:]
    minutes = 14 * 60 + 38 + hours * 60
    days, minutes = divmod(minutes, 24 * 60)
    date = f"{day[:8]}{int(day[8:]) + days:02}"
    return f"{date}T{minutes // 60:02}:{minutes % 60:02}:00{zone}"
