"""What is kept of a person: the copy that they take, the one that is given to them, and its end."""

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.show import EVENT, SOON, Show
from tests.support.browser import Devices, accessibility_problems, shoot

# 周柏睿 coordinates; 簡睿恩 is a hand on the main stage.
COORDINATOR, HAND, NAME = "c02", "c10", "簡睿恩"
HELD_MS = 1000
TOUCH_PX = 48
LEFT_BEHIND = """() => caches.open("pages").then((pages) => pages.keys()).then((kept) => kept.length)"""


def saved(page: Page, link: Locator) -> dict[str, Any]:
    """What the browser puts down as a file."""
    box = link.bounding_box()
    assert box
    assert box["height"] >= TOUCH_PX
    with page.expect_download() as file:
        link.tap()
    assert file.value.suggested_filename == "fieldcue-personal.json"
    found: dict[str, Any] = json.loads(Path(file.value.path()).read_text())
    return found


def test_a_hand_takes_a_copy_and_is_given_one_and_nothing_of_them_is_left(
    show: Show, devices: Devices
) -> None:
    show.ops("c01", ("member.edit", {"id": COORDINATOR, "set": {"locale": "en"}}))
    hand, office = show.phone(devices, HAND), devices.phone(show.origin)
    hand.goto("/me")
    shoot(hand, "personal-me", full=True)
    own = saved(hand, hand.get_by_role("link", name="下載一份"))[EVENT]
    assert [row["name"] for row in own["member"]] == [NAME]
    show.open(hand, "mine")

    show.sign_in(office, COORDINATOR)
    office.goto(f"/e/{EVENT}/people/{HAND}")
    shoot(office, "personal-en", full=True)
    assert accessibility_problems(office) == []
    given = saved(office, office.get_by_role("link", name="A copy, to give them"))
    assert given["member"] == own["member"]
    office.get_by_role("button", name="Remove and erase").hover()
    office.mouse.down()
    office.wait_for_timeout(HELD_MS)
    office.mouse.up()
    office.wait_for_url(f"**/e/{EVENT}/people")
    expect(office.locator(".members")).to_be_visible()
    expect(office.get_by_text(NAME)).to_have_count(0)
    expect(hand).to_have_url(re.compile("/sign-in"), timeout=SOON)
    assert hand.evaluate(LEFT_BEHIND) == 0
    assert NAME not in json.dumps(show.ask(COORDINATOR, "changes?since=0&limit=1000"), ensure_ascii=False)
