"""What is old says of which day it is, in the bar of a phone, too."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.show import Show
from tests.browser.test_offline import installed, until
from tests.browser.test_outbox import COUNT_OPS, send
from tests.support.browser import NO_SERVER, Devices

# As if all that is kept, and all that waits, were so many ms older.
OLDER = """(ms) => new Promise((done) => {
  const request = indexedDB.open("fieldcue");
  request.onsuccess = () => {
    const work = request.result.transaction(["heads", "ops"], "readwrite");
    const older = (name, change) => {
      const store = work.objectStore(name);
      store.getAll().onsuccess = ({ target }) => target.result.forEach((one) => store.put({ ...one, ...change(one) }));
    };
    older("heads", ({ at }) => ({ at: at - ms }));
    older("ops", ({ since, tapped }) => ({ since: since - ms, tapped: tapped - ms }));
    work.oncomplete = () => { request.result.close(); done(); };
  };
})"""


@pytest.mark.parametrize(
    ("locale", "ages"),
    [
        ("zh-TW", {0: r"14:3\d", 1: r"昨天 14:3\d", 9: r"\d+/\d+ 14:3\d"}),
        ("en", {0: r"14:3\d", 1: r"yesterday 14:3\d", 9: r"\d+ [A-Z][a-z]{2} 14:3\d"}),
    ],
)
def test_what_is_not_of_today_says_of_which_day_it_is(
    locale: str, ages: dict[int, str], show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    show.ops("c02", ("member.locale", {"locale": locale}))
    caller = devices.phone(show.origin, viewport={"width": 360, "height": 740})
    caller.clock.install()
    show.sign_in(caller, "c02")
    show.open(caller, "now")
    installed(caller)
    show.stop()
    send(caller, "cue.nudge", {"id": "d1-21", "seconds": 60}, "+1")
    until(caller, COUNT_OPS, 1)
    before = 0
    for days, age in ages.items():
        caller.evaluate(OLDER, (days - before) * 86_400_000)
        before = days
        caller.reload()
        says_its_age(caller, age)


def says_its_age(caller: Page, age: str) -> None:
    link = caller.locator("[data-out=link]").first
    expect(link).to_have_attribute("data-is", "wait")
    caller.clock.fast_forward(4000)
    expect(link).to_have_attribute("data-is", "off")
    for told in (link, caller.locator("[data-out=age]"), caller.locator("#tray .op > time")):
        expect(told).to_contain_text(re.compile(age))
    for screen in ("now", "sheet", "mine", "call", "more"):
        caller.evaluate("(screen) => { location.hash = screen; }", screen)
        expect(caller.locator("body")).to_have_attribute("data-screen", screen)
        assert crowded(caller) == [], screen


def crowded(page: Page) -> list[str]:
    """What of the bar stands outside the screen, or over its neighbour."""
    found: list[str] = page.evaluate(
        """() => {
          const all = [...document.querySelectorAll(".top-day, .top-pick, .top-clock, .link")];
          const parts = all.filter((part) => part.getClientRects().length);
          const rects = parts.map((part) => part.getBoundingClientRect());
          const ends = [...rects.slice(1).map(({ left }) => left), innerWidth - 8];
          const isOver = (part, n) => rects[n].right > ends[n] || part.scrollWidth > part.clientWidth + 1;
          return parts.filter(isOver).map(({ className }) => className);
        }"""
    )
    return found
