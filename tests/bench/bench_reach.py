"""How soon Now can be read on a bad line: 256 kbit/s with 400 ms there and back, and Lighthouse's mobile one.

The line is Chromium's own emulation; of a first visit nothing is on the phone, and nobody else asks the server. What
the line alone would take for what Now needs stands beside it: the bytes of the page, its styles and its scripts, and
the way there and back twice, for the page and for what it names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.bench.bench_phone import Figure, report
from tests.bench.phone import SLOW, Phone, Stage
from tests.browser.show import Show

CREW = "c10"
ROUNDS = 3


@dataclass(frozen=True)
class Line:
    name: str
    kbits: int
    trip_ms: int

    def take(self, page: Page) -> None:
        session = page.context.new_cdp_session(page)
        speed = self.kbits * 1000 / 8
        told = {
            "offline": False,
            "latency": self.trip_ms,
            "downloadThroughput": speed,
            "uploadThroughput": speed,
        }
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", told)

    def least(self, size: int) -> float:
        """Ms in which so many bytes can be here: the page is asked for, then what it names."""
        return 2 * self.trip_ms + size * 8 / self.kbits


BAD = Line("256 kbit/s, 400 ms", 256, 400)
MOBILE = Line("1.6 Mbit/s, 150 ms", 1600, 150)
# Until it can be read: what came, and how much of it.
NEEDED = """() => performance.getEntries()
    .filter(({ entryType }) => /navigation|resource/.test(entryType))
    .filter(({ responseEnd }) => responseEnd && responseEnd <= bench.readable)
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"""
PAINTS = """() => new Promise((done) => {
    const found = { lcp: 0, cls: 0, fcp: 0 };
    const take = ({ entryType, name, startTime, value }) => {
        if (entryType === "layout-shift") found.cls += value;
        else if (entryType === "largest-contentful-paint") found.lcp = Math.max(found.lcp, startTime);
        else if (name === "first-contentful-paint") found.fcp = startTime;
    };
    for (const type of ["layout-shift", "largest-contentful-paint", "paint"]) {
        new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    }
    setTimeout(() => done(found), 1500);
})"""


def first_visits(stage: Stage, show: Show, line: Line, rate: float, limit: float | None) -> Iterator[Figure]:
    """A new phone each time."""
    seen: list[float] = []
    least: list[float] = []
    paints: list[dict[str, Any]] = []
    for _ in range(ROUNDS):
        phone = stage.new_phone(show, CREW)
        page = phone.open(rate)
        line.take(page)
        seen.append(phone.start())
        least.append(line.least(page.evaluate(NEEDED)))
        paints.append(page.evaluate(PAINTS))
        phone.close()
    name = f"first visit, {line.name}, {'at full speed' if rate == 1 else f'{rate:g} × slower'}"
    yield Figure(f"{name}: a readable Now", limit, seen, by_median=True)
    yield Figure("… what the line alone takes for it", None, least)
    yield Figure(
        "… first and largest paint", None, [each[what] for each in paints for what in ("fcp", "lcp")]
    )
    yield Figure("… shift of the layout", 0.02, [each["cls"] for each in paints], unit="")


def from_cache(phone: Phone, line: Line, rate: float) -> Figure:
    seen = []
    for _ in range(ROUNDS):
        page = phone.open(rate)
        line.take(page)
        seen.append(phone.start())
        phone.close()
    name = "at full speed" if rate == 1 else f"{rate:g} × slower"
    return Figure(f"from the cache, {line.name}, {name}: a readable Now", 500, seen, by_median=True)


def measure(stage: Stage) -> Iterator[Figure]:
    show, _ = stage.serve("demo")
    yield from first_visits(stage, show, BAD, 1, 2000)
    yield from first_visits(stage, show, BAD, SLOW, None)
    yield from first_visits(stage, show, MOBILE, SLOW, 2000)
    with stage.phone(show, CREW) as phone:
        for rate in (1, SLOW):
            yield from_cache(phone, BAD, rate)


if __name__ == "__main__":
    report(measure)
