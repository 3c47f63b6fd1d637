"""How quick the desktop's table is with 1,000 rows, and how soon what is done to 200 of them is on all screens.

All screens are the table of whoever does it, a second table, and a phone on its sheet, side by side on this machine.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from playwright.sync_api import Page

from tests.bench.bench_phone import COORDINATOR, CREW, Figure, report, send
from tests.bench.phone import SLOW, Stage
from tests.bench.phone_tasks import Tasks
from tests.browser.show import EVENT, Show
from tests.browser.test_weight import items
from tests.support.browser import FLAGS, chromium_path

OWNER = "c01"
ROWS, MANY, ROUNDS, LETTERS = 1000, 200, 3, "abcdefghijklmnopqrst"
SECOND, KEY_MS = 1000, 50

READY = "() => document.body.dataset.ready === '' && document.querySelector('[data-list=me] > li')"
# In the phone's list a title stands with its kind, in the table it stands alone.
SHOWS = """([row, text]) =>
    document.querySelector(`#cue-${row} :is(.cue-title, th.title)`)?.textContent.includes(text)"""
PASTE = """(text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    const init = { clipboardData, bubbles: true, cancelable: true };
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", init));
}"""
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Desks:
    """The screens on which one looks."""

    def __init__(self, stage: Stage, show: Show) -> None:
        self.stage, self.show, self.turns = stage, show, count(1)
        self.mine, self.other = self.page(COORDINATOR), self.page(OWNER)
        self.phone = self.page(CREW, "Pixel 7")

    def page(self, member: str, device: str = "") -> Page:
        """A browser of its own, signed in."""
        browser = self.stage.playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        self.stage.stack.callback(browser.close)
        known: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
        known |= self.stage.playwright.devices[device] if device else {}
        known.pop("default_browser_type", None)
        page = browser.new_context(base_url=self.show.origin, **known).new_page()
        page.set_default_timeout(30_000)
        self.show.sign_in(page, member)
        return page

    def open(self, page: Page) -> float:
        """Open the table; ms until it stands there with its times, and one can type."""
        page.goto("about:blank")
        began = time.perf_counter()
        page.goto(f"/e/{EVENT}/grid", wait_until="commit")
        page.wait_for_function("() => document.body?.dataset.ready === ''")
        page.evaluate(NEXT_FRAME)
        took = (time.perf_counter() - began) * 1000
        page.wait_for_function(READY)
        return took

    def all_after(self, act: Callable[[str], None], rows: tuple[str, ...]) -> float:
        """Ms from something until the last of these rows says so on every screen."""
        text = f"改{next(self.turns)}版"
        began = time.perf_counter()
        act(text)
        for page in (self.mine, self.other, self.phone):
            for row in rows:
                page.wait_for_function(SHOWS, arg=[row, text])
        took = (time.perf_counter() - began) * 1000
        self.mine.wait_for_timeout(1500)
        return took


@contextmanager
def slowed(page: Page) -> Iterator[None]:
    """The page runs four times slower than this machine."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW})
    yield
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})


def chosen(page: Page) -> float:
    """Ms until all rows are chosen on the screen."""
    page.keyboard.press("Escape")
    began = time.perf_counter()
    page.keyboard.press("Control+a")
    page.wait_for_selector(".picked:not([hidden])")
    page.evaluate(NEXT_FRAME)
    return (time.perf_counter() - began) * 1000


def typed(page: Page) -> float:
    """The longest task while one types a text into a cell."""
    page.locator("#cue-w20 th.title").click()
    page.keyboard.press("F2")
    page.wait_for_timeout(1000)
    with slowed(page), Tasks(page) as tasks:
        for letter in LETTERS:
            page.keyboard.press(letter)
            page.wait_for_timeout(60)
    page.keyboard.press("Escape")
    return tasks.longest


def stretch(page: Page) -> list[str]:
    """Stand on the first of so many rows that follow each other in sight, and name them."""
    rows: list[str] = page.locator(".grid tbody tr:not([hidden])").evaluate_all(
        "all => all.map((row) => row.dataset.id)"
    )
    first = next(n for n, row in enumerate(rows) if all(each.startswith("w") for each in rows[n : n + MANY]))
    page.keyboard.press("Escape")
    page.locator(f"#cue-{rows[first]} th.title").click()
    return rows[first : first + MANY]


def pasted(desks: Desks) -> float:
    rows = stretch(desks.mine)

    def paste(text: str) -> None:
        desks.mine.evaluate(PASTE, "\n".join(f"{text} {n:03}" for n in range(MANY)))

    return desks.all_after(paste, (rows[0], rows[-1]))


def filled(desks: Desks) -> float:
    """One title for the rows that are chosen, typed once."""
    rows = stretch(desks.mine)
    desks.mine.locator(f"#cue-{rows[-1]} th.title").click(modifiers=["Shift"])
    desks.mine.keyboard.press("F2")

    def fill(text: str) -> None:
        desks.mine.keyboard.press("Control+a")
        desks.mine.keyboard.insert_text(text)
        desks.mine.keyboard.press("Control+Enter")

    return desks.all_after(fill, (rows[0], rows[-1]))


def measure(stage: Stage) -> Iterator[Figure]:
    show, _ = stage.serve("grid", ping_seconds="600")
    day = show.cue("d1-25")["day"]
    send(show, [(COORDINATOR, (op, args | {"track": "main", "day": day})) for op, args in items(ROWS)])
    desks = Desks(stage, show)
    yield Figure(
        f"grid opens with {ROWS:,} rows",
        SECOND,
        [desks.open(desks.mine) for _ in range(ROUNDS)],
        by_median=True,
    )
    desks.open(desks.other)
    desks.phone.goto(f"/e/{EVENT}#sheet")
    desks.phone.wait_for_function("() => document.querySelector('[data-list=me] > li')")
    desks.phone.wait_for_timeout(3000)
    yield Figure(f"all {ROWS:,} rows chosen", SECOND, [chosen(desks.mine) for _ in range(ROUNDS)])
    yield Figure(
        f"paste of {MANY} rows, on all screens",
        SECOND,
        [pasted(desks) for _ in range(ROUNDS)],
        by_median=True,
    )
    yield Figure(
        f"one value for {MANY} rows, on all screens",
        SECOND,
        [filled(desks) for _ in range(ROUNDS)],
        by_median=True,
    )
    what = f"typing in the grid at {SLOW} × slower: longest task"
    yield Figure(what, KEY_MS, [typed(desks.mine) for _ in range(ROUNDS)], by_median=True)


if __name__ == "__main__":
    report(measure)
