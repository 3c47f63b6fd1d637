"""Whatever people write is text on every page of theirs, and harms nobody's."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.browser.desk import ACT_2, COORDINATOR
from tests.browser.markup import OPENERS, SHORT, TEXTS, must, seen_on, write_everywhere
from tests.browser.places import Place, tour
from tests.browser.show import Show
from tests.browser.test_import import Counter
from tests.runsheet.imports.files import csv_bytes
from tests.support.browser import Devices

HAND, ENGLISH = "c10", "c37"
# An edit of what somebody else has changed in the meantime.
TOO_LATE = """async ([id, title]) => {
  const { $js_op: { send } } = joined;
  send("cue.edit", { id, set: { title } }, { title, base: 1 });
}"""


def test_markup_in_every_text_is_text_wherever_it_is_shown(show: Show, devices: Devices) -> None:
    write_everywhere(show)
    opened: set[str] = set()
    for where, page in pages(show, devices):
        seen = seen_on(page)
        assert seen.wrong == [], where
        assert seen.shown, f"nothing of it is on {where}"
        opened |= seen.opened
    assert opened == set(OPENERS)
    assert devices.left() == []
    would_be_noticed(page, devices)


def pages(show: Show, devices: Devices) -> Iterator[tuple[str, Page]]:
    for where, page in tour(show, devices, "zh-TW", is_written_on):
        yield where, page
        if where.endswith("/import"):
            yield from imported(Counter(page))
    yield from told(show, devices)


def is_written_on(place: Place) -> bool:
    """On ways in, and on what stands for a page that isn't there, is nobody's text."""
    return "#" in place.address or (place.member is not None and place.address != "/e/none")


def imported(counter: Counter) -> Iterator[tuple[str, Page]]:
    """The preview of a file; where it names rows by how they begin it cuts what is longer than 12."""
    rows = [("時間", "流程", "地點", SHORT[0]), ("23:00-23:10", *SHORT)]
    counter.choose(csv_bytes(rows), f"{SHORT[0].replace('/', '')}.csv")
    yield "preview", counter.page


def told(show: Show, devices: Devices) -> Iterator[tuple[str, Page]]:
    """What phones are told: of a version that is out, in either language, and of an edit that came too late."""
    hand, english = show.phone(devices, HAND), show.phone(devices, ENGLISH, "sheet")
    must(show, COORDINATOR, ("sheet.publish", {"note": TEXTS[0]}))
    expect(hand.locator(".told")).to_be_visible()
    yield "told", hand
    yield "English", english
    late = show.phone(devices, COORDINATOR, "call")
    late.evaluate(TOO_LATE, [ACT_2, TEXTS[0]])
    expect(late.locator("#toasts .op[data-state=refused]")).to_be_visible()
    for screen, buttons in (("call", ("seen-open", "log-open")), ("more", ("log-open", "trash"))):
        show.open(late, screen)
        for button in buttons:  # which come with what is loaded later
            expect(late.locator(f"[data-{button}]:visible").first).to_be_visible()
        yield screen, late


def would_be_noticed(page: Page, devices: Devices) -> None:
    """That all of this looks is shown by a page that forgets to escape."""
    before = len(devices.problems)
    page.evaluate("(html) => { document.body.innerHTML = html; }", "".join(TEXTS))
    assert len(seen_on(page).wrong) > 3
    page.wait_for_timeout(50)
    assert "Content Security Policy" in "".join(devices.problems[before:])
    del devices.problems[before:]
