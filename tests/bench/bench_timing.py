"""How long it takes to work out the planned and projected times of 1,000 items while the show runs behind.

The same rows in both engines: the server's in Python, and its twin in Chromium at this machine's speed.
"""

import time
from collections.abc import Iterator

from server.core.db import Database
from server.core.models import Event
from server.runsheet.queries import all_cues, frozen_plan, timing_rows
from server.runsheet.timing import Row, compute
from tests.bench.bench_phone import COORDINATOR, CREW, Figure, report, send
from tests.bench.phone import Stage
from tests.browser.show import EVENT, Show
from tests.browser.test_weight import items
from tests.support.browser import FLAGS, chromium_path

ROWS, TURNS = 1000, 50

IN_THE_PAGE = """async (turns) => {
    const { $js_timing: { compute }, $js_sheet: { entries }, $js_clock: { now } } = joined;
    const rows = entries().map(({ row }) => row);
    const took = () => { const begin = performance.now(); compute(rows, now()); return performance.now() - begin; };
    return [rows.length, Array.from({ length: turns }, took)];
}"""


def measure(stage: Stage) -> Iterator[Figure]:
    show, _ = stage.serve("timing", ping_seconds="600")
    day = show.cue("d1-25")["day"]
    send(show, [(COORDINATOR, (op, args | {"track": "main", "day": day})) for op, args in items(ROWS)])
    rows = read(show)
    assert len(rows) >= ROWS
    yield Figure(f"Python, {len(rows):,} rows", 10, [in_python(rows) for _ in range(TURNS)], by_median=True)
    many, took = in_a_page(stage, show)
    assert many >= ROWS
    yield Figure(f"JavaScript, {many:,} rows", 5, took, by_median=True)


def read(show: Show) -> list[Row]:
    """The rows as the server has them."""
    database = Database(f"sqlite:///{show.data / 'fieldcue.db'}")
    with database.read() as session:
        event = session.get_one(Event, EVENT)
        rows = timing_rows(all_cues(session, event.id), frozen_plan(session, event.id))
    database.close()
    return rows


def in_python(rows: list[Row]) -> float:
    """Ms, as of three minutes after the last start."""
    moment = max(run[0] or 0 for row in rows for run in row.runs) + 180_000
    begin = time.perf_counter()
    compute(rows, moment)
    return (time.perf_counter() - begin) * 1000


def in_a_page(stage: Stage, show: Show) -> tuple[int, list[float]]:
    """How many rows a phone holds, and ms for each turn."""
    browser = stage.playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
    page = browser.new_context(base_url=show.origin).new_page()
    show.sign_in(page, CREW)
    show.open(page, "sheet")
    found: tuple[int, list[float]] = tuple(page.evaluate(IN_THE_PAGE, TURNS))
    browser.close()
    return found


if __name__ == "__main__":
    report(measure)
