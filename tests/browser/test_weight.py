"""What a phone has to fetch over a slow line: counted on the wire, compressed."""

import random
import re
from itertools import count
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, Request

from server.demo.content import document, zh
from tests.browser.show import EVENT, Show
from tests.support.browser import Devices

FIRST_VISIT = 100_000
# The page of a link, before it: what it fetches that the sheet does not use.
JOINING = 5_000
SHEET_OF_500 = 60_000
KEY = f"/e/{EVENT}"
# An answer costs a way there and back, and what moves is tapped by mistake: a tenth of what Lighthouse allows.
ANSWERS, MOST_SHIFT = 10, 0.01
# What later.js brings once the page stands: on a busy machine it may come before the network is idle.
LATER = re.compile(r"/joined/(?!(?:phone|first)\.js$)[\w/]+\.js$")
SHIFT = """() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => { for (const { value } of list.getEntries()) sum += value; })
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 100);
})"""
# What an edit sends to everybody. In English the table's row holds the Chinese of its cells as well.
ROW, ROW_OF_BOTH = 2048, 2304


class Wire:
    """Counts what a page fetches, by address: compressed bodies in `bytes`, heads of answers in `heads`.

    Heads are told, but not weighed: HTTP/2, which every host speaks to phones, sends what repeats only once.
    """

    def __init__(self, page: Page) -> None:
        self.bytes: dict[str, int] = {}
        self.heads = 0
        self._done: list[Request] = []
        page.on("requestfinished", self._keep)

    def _keep(self, request: Request) -> None:
        if not LATER.search(request.url):
            self._done.append(request)

    def weigh(self, what: str) -> int:
        """The sum of what has been fetched until now; says what was most."""
        for request in self._done:
            sizes = request.sizes()
            name = request.url.rsplit("/", 1)[-1]
            # What comes from the cache on the second of two pages has no size.
            self.bytes[name] = max(sizes["responseBodySize"], self.bytes.get(name, 0))
            self.heads += sizes["responseHeadersSize"]
        total, largest = sum(self.bytes.values()), sorted(self.bytes.items(), key=lambda each: -each[1])[:4]
        named = ", ".join(f"{name} {size:,}" for name, size in largest)
        print(f"\n{what}: {total:,} bytes in {len(self.bytes)} answers, heads {self.heads:,}; most: {named}")  # noqa: T201 - the figures are asked for
        return total


@pytest.mark.parametrize("locale", ["zh-TW", "en"])
def test_the_fullest_row_is_2_kb(show: Show, devices: Devices, locale: str) -> None:
    show.ops("c02", ("member.locale", {"locale": locale}))
    page = devices.desktop(show.url)
    show.sign_in(page, "c02")
    for view, most in ((KEY, ROW), (f"{KEY}/grid", ROW if locale == "zh-TW" else ROW_OF_BOTH)):
        sizes = [len(row.encode()) for row in _ROW.findall(page.request.get(view).text())]
        print(f"\n{view} in {locale}: {len(sizes)} rows, the fullest {max(sizes):,} bytes")  # noqa: T201 - as above
        assert len(sizes) > 100
        assert max(sizes) <= most


_ROW = re.compile(r'<(?:li|tr) class="cue".*?(?=<(?:li|tr) class="cue"|</ol>|</tbody>)', re.DOTALL)


@pytest.mark.parametrize("member", ["c10", "c02"])
def test_a_first_visit_is_100_kb_with_everything(show: Show, devices: Devices, member: str) -> None:
    """Crew; and a coordinator, who has more in the document."""
    page = devices.phone(show.url)
    show.sign_in(page, member)
    wire = Wire(page)
    show.open(page, "now")
    page.wait_for_load_state("networkidle")
    assert wire.weigh(f"first visit of {member}") <= FIRST_VISIT, wire.bytes
    assert {EVENT, "base.css", "rest.css", "phone.js"} <= wire.bytes.keys()
    assert len(wire.bytes) <= ANSWERS, wire.bytes
    assert page.evaluate(SHIFT) <= MOST_SHIFT


def test_a_second_visit_fetches_the_document_alone(show: Show, devices: Devices) -> None:
    page = show.phone(devices, "c10")
    show.open(page, "now")
    page.goto("about:blank")
    show.open(page, "now")
    entries = "performance.getEntriesByType('resource')"
    fetched = page.evaluate(
        f"() => {entries}.filter((each) => each.transferSize > 0).map(({{ name }}) => name)"
    )
    assert [address for address in fetched if "/static/" in address] == []
    names = page.evaluate(f"() => {entries}.map(({{ name }}) => name)")
    assert any(name.endswith("/joined/phone.js") for name in names)


def test_from_a_link_to_the_sheet_is_no_heavier(show: Show, devices: Devices) -> None:
    """Whoever joins fetches that page first; most of it serves the next one too."""
    link = next(
        line.split("/join#")[1] for line in show.output.splitlines() if "工讀生" in line and "/join#" in line
    )
    page = devices.phone(show.url)
    wire = Wire(page)
    page.goto(f"/join#{link}")
    page.locator("[data-act=join]").tap()
    page.wait_for_url(f"**{KEY}")
    page.wait_for_load_state("networkidle")
    assert wire.weigh("from the link to the sheet") <= FIRST_VISIT + JOINING, wire.bytes


def test_a_sheet_of_500_items_is_60_kb(show: Show, devices: Devices) -> None:
    more = items(500)
    for place in range(0, len(more), 50):
        assert {result["status"] for result in show.ops("c02", *more[place : place + 50])} == {"applied"}
    page = devices.phone(show.url)
    show.sign_in(page, "c10")
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    with (
        httpx2.Client(
            base_url=show.url, cookies=cookies, headers={"accept-encoding": "br"}, timeout=20
        ) as client,
        client.stream("GET", KEY) as answer,
    ):
        size = len(b"".join(answer.iter_raw()))
    assert answer.headers["content-encoding"] == "br"
    print(f"\na sheet with 500 more items: {size:,} bytes")  # noqa: T201 - the figure is asked for
    assert size <= SHEET_OF_500


def items(most: int) -> list[tuple[str, dict[str, Any]]]:
    """Items with texts, people and cells in the proportions of the demo, no two alike."""
    chance, numbers = random.Random(5), count(1)  # noqa: S311 - texts of a test
    rows = [row for row in document()["run_sheet"] if row["kind"] in {"item", "cue"}]
    texts = [zh(row["title"]) for row in rows]
    cells = [(column, zh(cell)) for row in rows for column, cell in row.get("columns", {}).items()]

    def item() -> tuple[str, dict[str, Any]]:
        row, number = chance.choice(rows), next(numbers)
        chosen = dict(chance.sample(cells, k=len(row.get("columns", {}))))
        return "cue.add", {
            "id": f"w{number}",
            "number": str(1000 + number),
            "kind": "item",
            "title": "".join(chance.choice(texts)[: chance.randint(2, 8)] for _ in range(2)),
            "track": row["track"],
            "place": row.get("place"),
            "duration_s": chance.randint(1, 60) * 60,
            "people": chance.sample(
                row["responsible"]["people"], k=min(1, len(row["responsible"]["people"]))
            ),
            "departments": row["responsible"]["departments"],
            "columns": {column: {"zh-TW": text} for column, text in chosen.items()},
        }

    return [item() for _ in range(most)]
