"""How long files and prints of 1,000 and of 5,000 rows take, over HTTP, and what a GO waits meanwhile.

The rows are those of the demo's show with so many items more; what takes long is done by a process aside.
"""

import threading
import time
import urllib.request
from collections.abc import Iterator

from tests.bench.bench_phone import COORDINATOR, Figure, report, send
from tests.bench.phone import Stage
from tests.browser.show import EVENT, Show
from tests.browser.test_weight import items

OWNER = "c01"
ROWS, MANY, TURNS, SECOND = 1000, 5000, 3, 1000
FORMS = ("xlsx", "csv", "ontime", "json", "calendar.ics")
PRINTS = ("overview", "detail?day=all&track=main", "cues?track=main", "people")


def measure(stage: Stage) -> Iterator[Figure]:
    for rows, limit in ((ROWS, SECOND), (MANY, None)):
        show, _ = stage.serve(f"export-{rows}", ping_seconds="600")
        day = show.cue("d1-25")["day"]
        added = [(COORDINATOR, (op, args | {"track": "main", "day": day})) for op, args in items(rows)]
        for start in range(0, rows, ROWS):
            send(show, added[start : start + ROWS])
        for form in FORMS:
            took = [fetch(show, f"export/{form}") for _ in range(TURNS)]
            yield Figure(f"{form}, {rows:,} rows more", limit, took, by_median=True)
        for form in PRINTS:
            took = [fetch(show, f"print/{form}", OWNER) for _ in range(TURNS)]
            yield Figure(f"print {form.partition('?')[0]}, {rows:,} rows more", limit, took, by_median=True)
    yield Figure("an op while Excel of 5,000 rows is written again and again", None, beside(show))


def fetch(show: Show, path: str, member: str = COORDINATOR) -> float:
    """Ms until the last byte is here. Two members, since nobody may ask for so much in a minute."""
    show.ask(member, "state?kinds=track")
    bearer = {"Authorization": f"Bearer {show.tokens[member]}"}
    request = urllib.request.Request(f"{show.url}/e/{EVENT}/{path}", headers=bearer)  # noqa: S310 - our own loopback
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
        assert answer.read()
    return (time.perf_counter() - began) * 1000


def beside(show: Show) -> list[float]:
    """Ms of each op while files are being made."""
    writing = threading.Thread(target=lambda: [fetch(show, "export/xlsx", OWNER) for _ in range(2)])
    writing.start()
    took = []
    while writing.is_alive():
        began = time.perf_counter()
        show.ops(COORDINATOR, ("cue.edit", {"id": "d1-25", "set": {"note": str(began)}}))
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(0.05)
    writing.join()
    return took


if __name__ == "__main__":
    report(measure)
