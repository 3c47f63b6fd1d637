"""Faults that an outbox meets: refusals in the middle of a queue, other tabs, odd clocks, a full phone."""

from playwright.sync_api import expect

from tests.browser.show import EVENT, Show
from tests.browser.test_offline import NO_SERVER, installed, until
from tests.support.browser import Devices


def test_the_page_without_signal_lists_pages_and_nothing_without_a_name(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    planner = devices.desktop(show.url)
    show.sign_in(planner, "c02")
    show.open(planner, "now")
    installed(planner)
    for _ in range(2):  # the second time by the worker
        planner.goto(f"/e/{EVENT}/grid")
        installed(planner)
    until(planner, IN_PAGES, wanted=True)
    show.stop()
    planner.goto("/e/another")
    lines = planner.locator("[data-out=kept] li")
    expect(lines).to_have_count(2)
    assert {line.get_attribute("href") for line in lines.locator("a").all()} == {
        f"/e/{EVENT}",
        f"/e/{EVENT}/grid",
    }


# Whether the table's colours lie beside the pages.
IN_PAGES = """async () => {
  const requests = await (await caches.open("pages")).keys();
  return requests.some(({ url }) => url.endsWith("/colours.css"));
}"""
