"""How quick the program is on a phone, in Chromium at a fourth of this machine's speed; installed, kept pages and all.

Starts are a new browser's each time, from what the phone keeps. Each line holds its limit, or the run fails.
"""

import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from playwright.sync_api import Page

from tests.bench.phone import SLOW, Phone, Stage, staged
from tests.bench.phone_tasks import Tasks
from tests.browser.show import Show
from tests.browser.test_weight import items
from tests.support.proxy import Proxy

CREW, COORDINATOR, CALLER = "c10", "c02", "c06"
MARKING = ("c11", "c12", "c13")
ITEMS, EDITS, QUEUED, TAILED, BURST = 500, 500, 100, 2000, 20
STARTS, ROUNDS = 5, 3
TABS = ("sheet", "mine", "more", "now")
HEAD = "what | goal | median | worst"


@dataclass
class Figure:
    """Something measured several times, and the limit that the worst or the median of it holds; None: it is told."""

    what: str
    limit: float | None
    values: list[float]
    unit: str = "ms"
    by_median: bool = False

    @property
    def is_broken(self) -> bool:
        if self.limit is None:
            return False
        return (statistics.median(self.values) if self.by_median else max(self.values)) > self.limit

    def __str__(self) -> str:
        median, worst = (
            f"{value:,.{0 if self.unit else 3}f}"
            for value in (statistics.median(self.values), max(self.values))
        )
        unit = f" {self.unit}" if self.unit else ""
        goal = (
            "–" if self.limit is None else f"≤ {self.limit:,g}{unit}" + (", median" if self.by_median else "")
        )
        broken = " **broken**" if self.is_broken else ""
        return f"{self.what} | {goal}{broken} | {median}{unit} | {worst}{unit}"


def starts(phone: Phone, what: str, limit: float | None = 500) -> Figure:
    """A new browser each time, from the address to what runs now with its countdown."""
    seen = []
    for _ in range(STARTS):
        page = phone.open()
        seen.append(phone.start())
        assert page.evaluate(FROM_CACHE) == [], "something came over the network"
        phone.close()
    return Figure(f"{what} to a readable Now", limit, seen, by_median=True)


# What was not answered by the service worker; the colours are asked for anew whenever there is a server.
FROM_CACHE = """() => performance.getEntries()
    .filter((each) => ["navigation", "resource"].includes(each.entryType) && each.startTime < bench.readable)
    .filter(({ name, workerStart }) => workerStart === 0 && !/colours|manifest|icon/.test(name))
    .map(({ name }) => name)"""


def tabs(phone: Phone, what: str, rate: float) -> Figure:
    """From the tap on each tab until the next frame shows its screen; the first visits are among them."""
    page = phone.open(rate)
    phone.go()
    for _ in range(ROUNDS):
        for tab in TABS:
            page.locator(f".tab[data-screen={tab}]").tap()
            page.wait_for_function("(screen) => document.body.dataset.screen === screen", arg=tab)
            page.wait_for_timeout(300)
    seen = page.evaluate("() => bench.switches")
    assert len(seen) == ROUNDS * len(TABS)
    phone.close()
    return Figure(f"another tab, {what}, {named(rate)}", at_full_speed(100, rate), [ms for _, ms in seen])


def tail(phone: Phone, show: Show, proxy: Proxy) -> Iterator[Figure]:
    """Rows that came by the socket since the page was kept, put into it at a start without a line."""
    marks = [(member, f"w{number}") for member in MARKING for number in range(1, ITEMS + 1)]
    changes = [(COORDINATOR, edit(number, "甲")) for number in range(1, ITEMS + 1)]
    changes += [(member, ("cue.done", {"id": row})) for member, row in marks]
    assert len(changes) == TAILED
    for upto in (TAILED // 2, TAILED):
        send(show, changes[upto - TAILED // 2 : upto])
        page = phone.open(1)
        page.add_init_script(NO_NEWER_PAGE)
        phone.go()
        page.wait_for_function(TAIL_HOLDS, arg=upto + 1)  # and the row that says who I am
        # A browser that is closed at once may not have it on the disk yet.
        page.wait_for_timeout(1000)
        phone.close()
    proxy.cut(refuse=True)
    for rate in (1, SLOW):
        yield Figure(
            f"{TAILED:,} tailed rows stand after, {named(rate)}",
            at_full_speed(300, rate),
            [restored(phone, rate) for _ in range(ROUNDS)],
        )
    proxy.heal()


def restored(phone: Phone, rate: float) -> float:
    """Ms from asking the phone's storage for the tail until its rows stand in the page."""
    page = phone.open(rate)
    phone.start()
    assert page.evaluate(TAILED_ROWS) == TAILED
    begin, end = page.evaluate(
        "() => ['load', 'restored'].map((name) => performance.getEntriesByName(`fieldcue:${name}`)[0].startTime)"
    )
    phone.close()
    return float(end - begin)


# Long before so many, a newer page is kept in place of the old one.
NO_NEWER_PAGE = """{
    const real = fetch;
    const isPage = (asked) => new URL(asked.url ?? asked, location.href).pathname === location.pathname;
    globalThis.fetch = (asked, how) => (isPage(asked) ? Promise.reject(new TypeError("not now")) : real(asked, how));
}"""
TAILED_ROWS = """() => [...document.querySelectorAll("[data-list] > :is([id^=cue-], [id^=mark-])")]
    .filter(({ dataset }) => Number(dataset.v) > Number(document.body.dataset.head)).length"""
TAIL_HOLDS = """async (wanted) => {
    const database = await new Promise((done, fail) => {
        const opening = indexedDB.open("fieldcue");
        Object.assign(opening, { onsuccess: () => done(opening.result), onerror: () => fail(opening.error) });
    });
    const asked = database.transaction("tail").objectStore("tail").count();
    const held = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
    database.close();
    return held >= wanted;
}"""


def drained(phone: Phone, proxy: Proxy) -> Figure:
    """A queue that was filled without a line, from the line's return until nothing waits."""
    page, seen = phone.open(), []
    phone.go()
    for turn in range(ROUNDS):
        proxy.cut(refuse=True)
        page.evaluate(QUEUE, [QUEUED, "cue.ready" if turn % 2 else "cue.done"])
        page.wait_for_function("(most) => bench.waiting === most", arg=QUEUED)
        page.wait_for_timeout(1000)
        assert page.evaluate("() => bench.waiting") == QUEUED
        proxy.heal()
        page.evaluate("() => bench.online()")
        seen.append(phone.read("empty") - phone.read("online_at"))
    phone.close()
    return Figure(f"{QUEUED} queued ops are on the server after the line is back", 3000, seen)


QUEUE = """async ([most, op]) => {
    const { $js_op: { send } } = joined;
    for (let number = 1; number <= most; number += 1) send(op, { id: `w${number}` });
}"""


def woken(phone: Phone, show: Show, proxy: Proxy) -> Figure:
    """A page that heard nothing of so many changes, from its socket's opening until the last of them is painted."""
    page, seen = phone.open(), []
    phone.go("sheet")
    for turn in range(ROUNDS):
        proxy.cut(refuse=True)
        page.wait_for_function("() => document.querySelector('[data-out=link]:not([data-is=on])')")
        send(show, [(COORDINATOR, edit(number, "乙丙丁"[turn])) for number in range(1, EDITS + 1)])
        page.evaluate("(most) => { bench.rows.clear(); bench.most = most; }", EDITS)
        proxy.heal()
        page.evaluate("() => bench.online()")
        seen.append(phone.read("whole") - phone.read("opened"))
        assert (
            page.locator(f"#cue-w{EDITS} > .cue-title").text_content()
            == edit(EDITS, "乙丙丁"[turn])[1]["set"]["title"]
        )
    phone.close()
    return Figure(f"{EDITS} changes while it slept are on the screen after its socket opens", 2000, seen)


class Frames:
    """What others do, as it reaches a page on each of its screens."""

    def __init__(self, phone: Phone, show: Show) -> None:
        self.phone, self.show = phone, show
        self.numbers = count(1)
        self.tasks, self.shifts = dict[str, list[float]](), dict[str, list[float]]()

    def look(self) -> Iterator[Figure]:
        page = self.phone.open()
        for screen in ("now", "sheet", "mine"):
            self.phone.go(screen)
            page.wait_for_timeout(2000)
            for what, act in self.acts(page).items():
                for _ in range(ROUNDS):
                    self.one(page, f"{what} seen on {screen}", act)
        self.phone.close()
        for what, longest in self.tasks.items():
            yield Figure(f"longest task: {what}", 50, longest)
        for what, moved in self.shifts.items():
            # Now shows what runs, and Mine stands by time: there a GO moves rows because that is what it says.
            limit = None if what in {"a GO seen on now", "a GO seen on mine"} else 0
            yield Figure(f"shift of the layout: {what}", limit, moved, unit="")

    def acts(self, page: Page) -> dict[str, Callable[[], list[str]]]:
        """What may come; each act does it and names the rows by whose coming one knows that it has."""
        return {
            "an edit": lambda: self.edits(1),
            "a GO": lambda: self.go(page),
            "a mark": self.mark,
            f"{BURST} edits at once": lambda: self.edits(BURST),
        }

    def one(self, page: Page, what: str, act: Callable[[], list[str]]) -> None:
        page.evaluate("() => { bench.rows.clear(); bench.shifts.splice(0); }")
        with Tasks(page) as tasks:
            rows = act()
            # Whatever asks the page would run in it, and be measured too.
            page.wait_for_timeout(1500)
        assert page.evaluate("(rows) => rows.every((row) => bench.rows.has(row))", rows), (
            f"{what} did not come"
        )
        self.tasks.setdefault(what, []).append(tasks.longest)
        moved = page.evaluate("() => bench.shifts")
        self.shifts.setdefault(what, []).append(sum(value for value, _ in moved))

    def edits(self, most: int) -> list[str]:
        """Names as long as those before, on rows that can be seen and rows that can't."""
        sign = "戊己庚辛壬癸"[next(self.numbers) % 6]
        send(self.show, [(COORDINATOR, edit(number, sign)) for number in range(1, most + 1)])
        return [f"cue-w{number}" for number in range(1, most + 1)]

    def mark(self) -> list[str]:
        number = next(self.numbers)
        send(self.show, [(MARKING[1], ("cue.ready", {"id": f"w{number}"}))])
        return [f"mark-w{number}:{MARKING[1]}"]

    def go(self, page: Page) -> list[str]:
        current, following = page.evaluate(STANDING)
        send(self.show, [(CALLER, ("cue.go", {"id": following, "current": current}))])
        return [f"cue-{current}", f"cue-{following}"]


STANDING = """async () => {
    const { $js_sheet: { trackOf } } = joined;
    const { current, next } = trackOf("main");
    return [current, next];
}"""


def edit(number: int, sign: str) -> tuple[str, dict[str, Any]]:
    return ("cue.edit", {"id": f"w{number}", "set": {"title": f"{sign}節目 {number:04}"}})


def send(show: Show, changes: list[tuple[str, tuple[str, dict[str, Any]]]]) -> None:
    """Do what members do at their machines, a hundred ops a request; all of it must be applied."""
    for member in dict.fromkeys(member for member, _ in changes):
        ops = [op for one, op in changes if one == member]
        for first in range(0, len(ops), 100):
            results = show.ops(member, *ops[first : first + 100])
            assert {result["status"] for result in results} == {"applied"}, results


def at_full_speed(limit: float, rate: float) -> float | None:
    """The limit of what is promised of a phone as quick as this machine; of a slower one it is told."""
    return None if rate > 1 else limit


def named(rate: float) -> str:
    return f"{rate:g} × slower" if rate > 1 else "at full speed"


def measure(stage: Stage) -> Iterator[Figure]:
    show, _ = stage.serve("demo")
    with stage.phone(show, CREW) as phone:
        yield starts(phone, "the installed app opens")
        for rate in (1, SLOW):
            yield tabs(phone, "the demo's sheet", rate)
        show.stop()
        yield starts(phone, "… its server is down")
    show, proxy = stage.serve("large", ping_seconds="600")
    send(show, [(COORDINATOR, op) for op in items(ITEMS)])
    with stage.phone(show, CREW) as phone:
        yield starts(phone, f"… {ITEMS} more items", None)
        for rate in (1, SLOW):
            yield tabs(phone, f"{ITEMS} more items", rate)
        yield from Frames(phone, show).look()
        yield woken(phone, show, proxy)
        yield drained(phone, proxy)
    with stage.phone(show, CREW) as phone:
        yield from tail(phone, show, proxy)


def report(measured: Callable[[Stage], Iterator[Figure]]) -> None:
    """Print each figure as it comes, and end the program: with 1 if one misses its goal."""
    broken = False
    sys.stdout.write(f"{HEAD}\n{' | '.join(['---'] * (HEAD.count('|') + 1))}\n")
    with staged() as stage:
        for figure in measured(stage):
            sys.stdout.write(f"{figure}\n")
            sys.stdout.flush()
            broken |= figure.is_broken
    sys.exit(int(broken))


if __name__ == "__main__":
    report(measure)
