"""Days of a show in fast motion: 16 hours of calls, edits, marks, comments and phones that come and go, in a minute.

Before it all come in at once, and the same traffic runs for a while, so that what is made once is there. The memory's
slope is that of a straight line through its samples, by least squares, over two days, since it rises in steps; it may
rise by what is kept of rendered rows, which a day doesn't fill. At the end the server is asked what it holds and
foresees, and a program that has only the database is asked the same.
"""

import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import uvloop

from server.core import strict_json
from server.core.clock import from_iso
from server.core.ids import digest, new_id, new_secret
from server.core.models import Event
from server.runsheet.standing import stand
from tests.bench.children import Child, child
from tests.bench.http import Client
from tests.bench.returning import Crowd, Phone, within
from tests.bench.stage import DISK, head, many_files, promise, report
from tests.support.clock import FixedClock
from tests.support.show import Json, Show, opened

PHONES, ROWS, HOURS, DAYS = 400, 900, 16, 2
SECONDS, WARM, QUIET = 60.0, 25.0, 3.0  # of each day; before; behind
# A second between two of each, all phones together: 300 calls, 1,000 edits, 2,400 marks, 400 comments a day.
PACE = {"call": SECONDS / 300, "edit": SECONDS / 1000, "mark": SECONDS / 2400, "comment": SECONDS / 400}
# Seconds that a phone stays, and is away: half an hour to four hours, and up to an hour.
STAYS, AWAY = (2.0, 18.0), (0.2, 4.0)
# Comments that stand, pages at the opening of the doors, more than are kept, and how many at once.
COMMENTS, PAGES, AT_ONCE = 40, 320, 40
GROWN = 0.10
HEAD = "what | goal | seen"
_chance = random.Random(16)  # noqa: S311 - spreads load


@dataclass
class Day:
    """What goes on, until it is over; `done` counts it."""

    port: int
    event: str
    tokens: dict[str, str]
    phones: list[Phone]
    done: Counter[str] = field(default_factory=Counter)
    comments: deque[tuple[str, str]] = field(default_factory=deque)
    called: int = 0
    until: float = 0
    rss: list[tuple[float, float]] = field(default_factory=list)

    async def run(self, seconds: float, pid: int) -> None:
        """All of it for so long; then nobody is there."""
        self.until = time.monotonic() + seconds
        acts = {"call": self.call, "edit": self.edit, "mark": self.mark, "comment": self.comment}
        await asyncio.gather(
            *(self._keep(PACE[name], name, act) for name, act in acts.items()),
            self._keep(0.5, "desk's status", lambda: self.get("/api/desk/status", self.tokens["desk"])),
            self._keep(0.5, "look", lambda: self.look(pid)),
            *(self.come_and_go(phone) for phone in self.phones),
        )

    async def _keep(self, pause: float, name: str, act: Callable[[], Awaitable[object]]) -> None:
        """One after the other at this pace; what is late isn't made up for."""
        while time.monotonic() < self.until:
            due = time.monotonic() + pause
            await act()
            self.done[name] += 1
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def look(self, pid: int) -> None:
        self.rss.append((time.monotonic(), psutil.Process(pid).memory_info().rss / 1e6))

    # Who does what

    async def call(self) -> None:
        """GO on the next row of the track."""
        number, self.called = self.called, self.called + 1
        args = {"id": f"c{number}", "current": f"c{number - 1}" if number else None}
        await self.send("wei", "cue.go", args)

    async def edit(self) -> None:
        number = _chance.randrange(ROWS)
        values = {"note": f"改 {new_id()}", "duration_s": _chance.randrange(60, 600)}
        await self.send("rui", "cue.edit", {"id": f"c{number}", "set": values})

    async def mark(self) -> None:
        """Each answers for a row of its own, again and again."""
        number, op = (
            _chance.randrange(len(self.phones)),
            _chance.choice(("cue.ready", "cue.done", "cue.help")),
        )
        await self.send(self.phones[number].token, op, {"id": f"c{number}"})

    async def comment(self) -> None:
        """Of those that stand the oldest is struck, so that the sheet doesn't grow."""
        who, said = _chance.choice(self.phones).token, new_id()
        about = {"cue": f"c{_chance.randrange(ROWS)}", "text": "這裡再確認一次"}
        await self.send(who, "comment.add", {"id": said} | about)
        self.comments.append((who, said))
        if len(self.comments) > COMMENTS:
            who, said = self.comments.popleft()
            await self.send(who, "comment.strike", {"id": said})

    async def open_doors(self) -> None:
        """Many at once, each with another page: then what is kept of pages is full, and each thread has made one."""

        async def enter() -> None:
            for _ in range(PAGES // AT_ONCE):
                await self.edit()
                await self.page(_chance.choice(self.phones))

        await asyncio.gather(*(enter() for _ in range(AT_ONCE)))

    async def page(self, phone: Phone) -> None:
        await self.get(f"/e/{self.event}", phone.token)

    async def send(self, who: str, op: str, args: Json) -> None:
        """One op over a connection of its own, as phones have it after a pause."""
        client = Client(self.port, self.tokens.get(who, who))
        await client.connect()
        sent = {"id": new_id(), "op": op, "args": args}
        answer = await client.post(f"/api/events/{self.event}/ops", [sent])
        client.close()
        assert answer["results"][0]["status"] == "applied", answer

    async def come_and_go(self, phone: Phone) -> None:
        """Now and then with a page that is fetched anew; else by the cursors alone."""
        await asyncio.sleep(_chance.uniform(0, AWAY[1]))
        while time.monotonic() < self.until:
            if _chance.random() < 0.3:
                await self.page(phone)
                self.done["page"] += 1
            phone.is_over = False
            phone.open()
            self.done["socket"] += 1
            await self._until(_chance.uniform(*STAYS))
            phone.leave()
            phone.is_here = False
            await self._until(_chance.uniform(*AWAY))

    async def _until(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, min(seconds, self.until - time.monotonic())))

    async def get(self, path: str, token: str) -> bytes:
        client = Client(self.port, token)
        await client.connect()
        try:
            return await client.exchange(client.get(path))
        finally:
            client.close()


async def prepared(program: Child, count: int) -> Day:
    """The event with its rows, its desk and its phones."""
    program.say("requests")
    path, *tokens = json.loads(program.hear())
    event = path.split("/")[3]
    known = {}
    for name in ("rui", "wei"):
        program.say(f"token {name}")
        known[name] = program.hear().strip()
    day = Day(program.port, event, known, [Phone(program.port, path, token) for token in tokens[:count]])
    for number in range(ROWS):
        args = {"id": f"c{number}", "track": "main", "title": f"節目 {number}", "duration_s": 180}
        await day.send("rui", "cue.add", args)
    for number, phone in enumerate(day.phones):
        await day.send(phone.token, "cue.ready", {"id": f"c{number}"})
    known["desk"] = new_secret()
    await day.send(
        "wei", "desk.open", {"id": "desk", "track": "main", "name": "桌", "hash": digest(known["desk"])}
    )
    return day


async def measure(program: Child, count: int) -> bool:
    day, pid = await prepared(program, count), program.process.pid
    await day.open_doors()
    await day.run(QUIET, pid)
    await asyncio.sleep(QUIET)
    before = left(program)
    day.done.clear()
    await day.run(WARM + DAYS * SECONDS, pid)
    day.rss = [(at, size) for at, size in day.rss if at > day.until - DAYS * SECONDS]
    for phone in day.phones:
        phone.is_over = False
        phone.open()
    held = await level(day)
    drifted = await drift(program, day)
    for phone in day.phones:
        phone.leave()
    await asyncio.sleep(QUIET)
    return tell(day, before, left(program), held, drifted)


def left(program: Child) -> dict[str, int]:
    """What is there beside the work at hand."""
    process = psutil.Process(program.process.pid)
    program.say("left")
    subscriptions, tasks = json.loads(program.hear())
    return {
        "subscriptions": subscriptions,
        "tasks": tasks,
        "threads": process.num_threads(),
        "open files": process.num_fds(),
    }


async def level(day: Day) -> int:
    """Phones that were told something wrong in all the day, or hold another row than the newest."""
    state = json.loads(await day.get(f"/api/events/{day.event}/state?kinds=cue", day.tokens["rui"]))
    newest = {f"cue-{cue['id']}": cue["version"] for cue in state["entities"]["cue"]}
    await within(Crowd(day.phones).reach(day.phones, lambda phone: phone.is_level))
    return sum(
        bool(phone.faults or phone.resets)
        or any(newest[row] != version for row, version in phone.held.items() if row in newest)
        for phone in day.phones
    )


async def drift(program: Child, day: Day) -> list[str]:
    """What the server says otherwise than a program that knows nothing but the database, at the same moment."""
    path = f"/api/events/{day.event}/state?kinds=cue,track"
    state = json.loads(await day.get(path, day.tokens["rui"]))
    await asyncio.sleep(1.5)  # the desk's times are worked out once a second
    desk = json.loads(await day.get("/api/desk/status", day.tokens["desk"]))
    program.say("database")
    url = program.hear().strip()
    found = []
    if await asyncio.to_thread(fresh_state, url, day.event, state["now"]) != state["entities"]:
        found.append("times of the sheet")
    if await asyncio.to_thread(fresh_desk, url, day.event, desk["now"]) != desk:
        found.append("the desk's times")
    return found


def fresh_state(url: str, event_id: str, now: str) -> Any:  # noqa: ANN401 - JSON
    clock = FixedClock(from_iso(now))
    with opened(url, clock) as house:
        show, services = Show(house, event_id, ""), house.services
        with services.db.read() as session:
            event, viewer = session.get_one(Event, event_id), show.viewer("rui")
            entities = {kind: services.feed.bodies(session, event, viewer, kind) for kind in ("cue", "track")}
            services.derive(session, entities, event, clock.now())
        return json.loads(strict_json.dumps(entities))


def fresh_desk(url: str, event_id: str, now: str) -> Any:  # noqa: ANN401 - JSON
    with opened(url, FixedClock(from_iso(now))) as house:
        standing = stand(house.services, Show(house, event_id, "").viewer("desk"), "main")
        assert standing
        return json.loads(strict_json.dumps(standing.document("zh-TW")))


def tell(day: Day, before: dict[str, int], after: dict[str, int], wrong: int, drifted: list[str]) -> bool:
    times, sizes = zip(*day.rss, strict=True)
    grown = statistics.linear_regression(times, sizes).slope * SECONDS
    more = {name: after[name] - before[name] for name in after if after[name] > before[name]}
    done = ", ".join(f"{count:,} {name}" for name, count in day.done.items() if name != "look")
    report(
        f"done in {WARM + DAYS * SECONDS:.0f} s, {SECONDS:.0f} for {HOURS} h, {len(day.phones)} phones | – | {done}"
    )
    report(f"memory, first and last; most | – | {sizes[0]:.0f}, {sizes[-1]:.0f}; {max(sizes):.0f} MB")
    share = grown / sizes[0]
    report(f"slope of the memory a day | ≤ {GROWN:.0%} | {grown:+.1f} MB, {share:+.1%}")
    report(f"phones that missed, doubled or kept something old | 0 | {wrong}")
    report(f"what a fresh read says otherwise | nothing | {', '.join(drifted) or 'nothing'}")
    report(
        f"left over: {', '.join(after)} | none more | {', '.join(f'{n} {k}' for k, n in more.items()) or 'none'}"
    )
    is_kept = share <= GROWN and not wrong and not drifted and not more
    seen = f"{share:+.1%} a day; {'no drift' if not drifted and not wrong else 'drift'}; {more or 'nothing'} left over"
    goal = f"memory flat (≤ {GROWN:.0%} a day), no drift, nothing left over"
    return promise(f"a day's traffic ({HOURS} h) in fast motion", goal, seen, is_kept)


def main() -> int:
    many_files()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PHONES
    head(HEAD)
    with (
        tempfile.TemporaryDirectory(prefix=".bench-", dir=DISK) as folder,
        child("program", str(Path(folder)), str(count)) as program,
    ):
        return int(not uvloop.run(measure(program, count)))


if __name__ == "__main__":
    sys.exit(main())
