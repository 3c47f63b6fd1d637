"""What is hours away still fits the screen."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.browser.show import SOON, Show
from tests.support.browser import Devices


def test_a_countdown_of_hours_is_no_wider_than_the_phone(show: Show, devices: Devices) -> None:
    rest = [cue for cue in show.ask("c02", "state?kinds=cue")["entities"]["cue"] if cue["track"] == "main"]
    ahead = [cue["id"] for cue in rest if cue["kind"] != "cue" and cue["state"] == "planned"]
    show.ops("c02", *(("cue.skip", {"id": cue}) for cue in ahead if cue != "d1-25"))
    show.ops("c02", ("cue.finish", {"id": "d1-21"}))
    crew = show.phone(devices, "c10", "now", viewport={"width": 360, "height": 740})
    left = crew.locator("[data-slot=now] [data-out=left]").first
    for hours in (1, 7, 14):
        start = {"start_mode": "fixed", "start": far(show, hours)}
        show.ops("c02", ("cue.edit", {"id": "d1-25", "set": start}))
        expect(left).to_have_text(re.compile(rf"^\W*{hours}:"), timeout=SOON)
        assert crew.evaluate("() => [innerWidth, document.documentElement.scrollWidth]") == [360, 360]
        box = left.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 360


def far(show: Show, hours: int) -> str:
    """So many hours and half a minute after the show's now."""
    clock = datetime.fromisoformat(show.cue("d1-21")["runs"][-1]["start"])
    return (clock.replace(hour=14, minute=38, second=0, microsecond=0) + timedelta(hours=hours)).isoformat()
