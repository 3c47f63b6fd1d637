"""Twenty phones, a thousand ops, lines that fail at random, a server that is killed twice: nothing lost or doubled."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.show import EVENT, Show
from tests.browser.test_offline import installed, signal_is_back, until
from tests.support.browser import NO_SERVER, Devices
from tests.support.line import Line

Json = dict[str, Any]
ROUNDS, BURST = 5, 10
KILLED_AFTER, RELOADED_AFTER = {1, 3}, {2, 4}
# Rows of the main stage that nobody has called yet. Editors share all of them, and fight for the titles of three.
ROWS = ("d1-31", "d1-34", "d1-35a", "d1-36", "d1-36a", "d1-37", "d2-05", "d2-06", "d2-12", "d2-14")
FOUGHT_FOR = ROWS[-3:]
# What runs on the river stage, and nobody ends: every second that somebody added must be there once.
RIVER = "d1-24"
FIELDS = ("meeting", "note", "line", "min_s", "meeting_en")

# Who follows on a whole page, and on which screen; who opens it from the service worker.
FOLLOWING = {
    "c01": "sheet",
    "c02": "call",
    "c03": "sheet",
    "c06": "call",
    "c07": "call",
    "c10": "now",
    "c12": "now",
    "f01": "now",
}
KEEPING = ("c01", "c06", "c10")
# A page without any list, which only sends.
SENDING = ("c04", "c05", "c08", "c09", "c11", "c13", "c14", "c15", "c16", "e1", "e2", "e3")
EDITORS = ("c01", "c03", "e1", "e2", "e3")
CALLERS = ("c06", "c07")
NUDGERS = ("c02", "c08")

# What each page was told to send, and what it was told of it; outlives a reload.
RECORD = """{
  const put = (name, id, value) => {
    const all = JSON.parse(sessionStorage.getItem(name) ?? "{}");
    sessionStorage.setItem(name, JSON.stringify({ ...all, [id]: value }));
  };
  const said = new Set();
  document.addEventListener("fieldcue:outbox", ({ detail }) => {
    for (const { op } of detail.waiting.filter(({ op }) => !said.has(op.id))) {
      said.add(op.id);
      put("said", op.id, op);
    }
  });
  document.addEventListener("fieldcue:answered", ({ detail }) => put("told", detail.result.id, detail.result.status));
}"""

RECORDED = "(name) => JSON.parse(sessionStorage.getItem(name) ?? '{}')"

ONLY_SEND = """async ({ event, build }) => {
  Object.assign(document.body.dataset, { event, build });
  const { start } = await import(`/static/${build}/js/op.js`);
  await start();
}"""

# A GO starts what comes next on the main stage, as this phone sees it; an edit says which version it was made from.
SEND = """async (ops) => {
  const files = `/static/${document.body.dataset.build}`;
  const { send } = globalThis.joined?.$js_op ?? await import(`${files}/js/op.js`);
  let kept = 0;
  const others = new BroadcastChannel("fieldcue-outbox");
  others.addEventListener("message", ({ data }) => (kept += data.is === "added"));
  for (const { op, args, base } of ops) {
    const called = "[data-list=cue] > [data-track=main]:not([data-kind=cue], [data-kind=segment])";
    const rows = [...document.querySelectorAll(called)];
    const known = document.getElementById(`cue-${args.id}`)?.dataset.v ?? base;
    if (op === "cue.go") {
      const live = rows.find((row) => ["live", "paused"].includes(row.dataset.state));
      const next = rows.find((row) => row.dataset.state === "planned");
      send(op, { id: next.dataset.id, current: live?.dataset.id ?? null });
    } else {
      send(op, args, { base: base === undefined ? undefined : known });
    }
  }
  while (kept < ops.length) await new Promise((done) => setTimeout(done, 10));
  others.close();
}"""

OUTBOX = """() => new Promise((done) => {
  const request = indexedDB.open("fieldcue");
  request.onsuccess = () => {
    const all = request.result.transaction("ops").objectStore("ops").getAll();
    all.onsuccess = () => { request.result.close(); done(all.result); };
  };
})"""
WAITS = OUTBOX.replace(
    "done(all.result)", "done(all.result.filter(({ state }) => state === 'waiting').length)"
)

# Facts and words of each row and each mark. Scripts paint the times; the rest is the server's.
ROWS_OF = """
  const OURS = new Set("slot over mine changed pending refused off edit peer foreseen folded soon halted".split(" "));
  function rowsOf(root, isPainted) {
    const facts = (row) => Object.entries(row.dataset).filter(([name]) => !OURS.has(name)).sort();
    const words = (row) => {
      const copy = row.cloneNode(true);
      for (const part of copy.querySelectorAll("[data-list], [data-kept]")) part.remove();
      if (!isPainted) for (const part of copy.querySelectorAll(".cue-time, .cue-dur, .cue-who")) part.remove();
      return copy.textContent;
    };
    const rows = [...root.querySelectorAll("[data-list=cue] > *, .mark")];
    return Object.fromEntries(rows.map((row) => [row.id, [facts(row), words(row)]]));
  }"""
ROWS_HERE = f"(isPainted) => {{ {ROWS_OF} return rowsOf(document, isPainted); }}"
ROWS_FRESH = f"""async () => {{ {ROWS_OF}
  const answer = await fetch(location.pathname, {{ cache: "no-store" }});
  return rowsOf(new DOMParser().parseFromString(await answer.text(), "text/html"), false);
}}"""
ORDER = '() => [...document.querySelector("[data-list=cue]").children].map(({ id }) => id)'


@dataclass
class Phone:
    """A member with a browser and a line of their own."""

    member: str
    page: Page
    line: Line
    dice: random.Random
    sent: int = 0
    said: dict[str, Json] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Json] = field(default_factory=dict)

    def send(self, versions: dict[str, int]) -> None:
        self.page.evaluate(SEND, [self._op(versions) for _ in range(BURST)])

    def fare(self) -> None:
        """What becomes of the line until the next round."""
        if self.dice.random() < 0.5:
            self.line.heal()
        troubles = [self.line.cut, lambda: self.line.cut(refuse=True), self.line.hang, self.line.mute]
        troubles.append(lambda: self.line.delay(self.dice.uniform(0.05, 0.6)))
        if self.dice.random() < 0.4:
            self.dice.choice(troubles)()

    def _op(self, versions: dict[str, int]) -> Json:
        self.sent += 1
        if self.member in EDITORS:
            return self._edit(versions)
        if self.member in CALLERS and self.sent % 5 == 1:
            return {"op": "cue.go", "args": {}}
        if self.member in NUDGERS:
            return {"op": "cue.nudge", "args": {"id": RIVER, "seconds": self.dice.choice((-7, 11, 30))}}
        said = self.dice.choice(("ready", "ready", "done", "help", "unmark"))
        return {"op": f"cue.{said}", "args": {"id": self.dice.choice(ROWS)}}

    def _edit(self, versions: dict[str, int]) -> Json:
        kind = self.dice.choice(("mine", "mine", "title", "title", "add"))
        text = f"{self.member} {self.sent}"
        if kind == "add":
            added: Json = {
                "id": f"new-{self.member}-{self.sent}",
                "track": "site",
                "kind": "item",
                "after": "d1-30",
            }
            return {"op": "cue.add", "args": added | {"title": text}}
        name = "title" if kind == "title" else FIELDS[EDITORS.index(self.member)]
        row = self.dice.choice(FOUGHT_FOR if kind == "title" else ROWS)
        args: Json = {"id": row, "set": {name: self.sent if name == "min_s" else text}}
        return {"op": "cue.edit", "args": args, "base": versions[row]}

    def settle(self) -> None:
        """See that everything was answered, and remember what was."""
        until(self.page, WAITS, 0, seconds=60)
        self.said = self.page.evaluate(RECORDED, "said")
        self.told = self.page.evaluate(RECORDED, "told")
        self.refused = {entry["op"]["id"]: entry for entry in self.page.evaluate(OUTBOX)}


@pytest.fixture
def lines(show: Show) -> Iterator[Callable[[], Line]]:
    made: list[Line] = []

    def make() -> Line:
        made.append(Line(show.port))
        return made[-1]

    yield make
    for line in made:
        line.close()


@pytest.mark.timeout(300)
def test_twenty_phones_lose_nothing_and_do_nothing_twice(
    show: Show, devices: Devices, lines: Callable[[], Line]
) -> None:
    devices.tolerate(NO_SERVER)
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - to play a failure again
    dice = random.Random(seed)  # noqa: S311 - to play it again
    set_up(show)
    began = time.monotonic()
    before = state(show, "c02")
    phones = opened(show, devices, lines, seed)
    print(f"open after {time.monotonic() - began:.0f} s")  # noqa: T201 - the figures are asked for
    play(show, phones, {row["id"]: row["version"] for row in before["cue"]}, dice)
    print(f"played after {time.monotonic() - began:.0f} s")  # noqa: T201 - as above
    heal(phones)
    print(f"settled after {time.monotonic() - began:.0f} s")  # noqa: T201 - as above
    everything_was_done_once(show, phones, before)
    all_show_what_stands(show, devices, phones)
    print(f"done after {time.monotonic() - began:.0f} s")  # noqa: T201 - as above


def set_up(show: Show) -> None:
    people = [
        ("member.add", {"id": f"e{n}", "name": f"編輯 {n}", "roles": ["coordinator"]}) for n in (1, 2, 3)
    ]
    results = [*show.ops("c01", *people), *show.ops("c08", ("cue.go", {"id": RIVER, "current": None}))]
    assert {result["status"] for result in results} == {"applied"}


def state(show: Show, member: str) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = show.ask(member, "state?kinds=cue,mark")["entities"]
    return found


def opened(show: Show, devices: Devices, lines: Callable[[], Line], seed: int) -> list[Phone]:
    phones = []
    for member in (*FOLLOWING, *SENDING):
        line = lines()
        worker = "allow" if member in KEEPING else "block"
        page = devices.phone(show.url, proxy=line.settings, service_workers=worker)
        page.add_init_script(RECORD)
        show.sign_in(page, member)
        address = f"/e/{EVENT}#{FOLLOWING[member]}" if member in FOLLOWING else "/healthz"
        page.goto(address, wait_until="commit")
        phones.append(Phone(member, page, line, random.Random(f"{seed} {member}")))  # noqa: S311 - a failing line is no secret
    for phone in phones:
        if phone.member in FOLLOWING:
            phone.page.wait_for_function("() => document.querySelector('[data-list=me] > li')")
            phone.page.wait_for_function("() => document.querySelector('[data-out=link][data-is=on]')")
        if phone.member in KEEPING:
            installed(phone.page)
    build = phones[0].page.evaluate("() => document.body.dataset.build")
    for phone in phones:
        if phone.member in SENDING:
            phone.page.evaluate(ONLY_SEND, {"event": EVENT, "build": build})
    return phones


def play(show: Show, phones: list[Phone], versions: dict[str, int], dice: random.Random) -> None:
    for number in range(ROUNDS):
        for phone in phones:
            phone.send(versions)
        for phone in phones:
            phone.fare()
        if number in KILLED_AFTER:
            show.kill()
            phones[0].page.wait_for_timeout(dice.uniform(200, 1500))
            show.restart()
        if number in RELOADED_AFTER:
            keeper = dice.choice([phone for phone in phones if phone.member in KEEPING])
            keeper.page.reload(wait_until="commit", timeout=20_000)
            keeper.page.wait_for_function(
                "() => document.querySelector('[data-list=me] > li')", timeout=20_000
            )
        phones[0].page.wait_for_timeout(dice.uniform(100, 700))


def heal(phones: list[Phone]) -> None:
    for phone in phones:
        phone.line.heal()
    for phone in phones:
        signal_is_back(phone.page)
    for phone in phones:
        phone.settle()


def everything_was_done_once(show: Show, phones: list[Phone], before: dict[str, list[Json]]) -> None:
    said = {op: args for phone in phones for op, args in phone.said.items()}
    told = {op: status for phone in phones for op, status in phone.told.items()}
    refused = {op: entry for phone in phones for op, entry in phone.refused.items()}
    assert len(said) == len(phones) * ROUNDS * BURST == 1000
    assert {entry["state"] for entry in refused.values()} <= {"refused"}
    errors = [entry["error"] for entry in refused.values()]
    # What the phone itself holds back has its words from the phone.
    assert all(error["message"] or error["code"] == "after_refused" for error in errors)
    done = {op: changes for op, changes in log(show).items() if op in said}
    assert {op for op, status in told.items() if status == "applied"} <= done.keys()
    assert {op for op, status in told.items() if status != "applied"} == refused.keys() & told.keys()
    assert done.keys() == said.keys() - refused.keys()
    assert {op: changes for op, changes in done.items() if not was_done_once(changes)} == {}
    added = sum(said[op]["args"]["seconds"] for op in done if said[op]["op"] == "cue.nudge")
    assert row_of(state(show, "c02"), RIVER)["added_s"] - row_of(before, RIVER)["added_s"] == added
    # It was no quiet evening: people were refused, and told of what they had not heard the answer to.
    assert {"stale", "already_called"} <= {error["code"] for error in errors}


def log(show: Show) -> dict[str, list[Json]]:
    """The changes of each op, by its id."""
    found: dict[str, list[Json]] = {}
    since, head = 0, 1
    while since < head:
        part = show.ask("c02", f"changes?since={since}&limit=1000")
        since, head = part["last"], part["head"]
        for change in part["changes"]:
            found.setdefault(change["op_id"], []).append(change)
    return found


def was_done_once(changes: list[Json]) -> bool:
    """One transaction's changes: numbers without a gap, and each entity once."""
    first = changes[0]["seq"]
    entities = {(change["kind"], change["entity"]) for change in changes}
    return [change["seq"] for change in changes] == list(range(first, first + len(changes))) and len(
        entities
    ) == len(changes)


def row_of(entities: dict[str, list[Json]], cue_id: str) -> Json:
    return next(row for row in entities["cue"] if row["id"] == cue_id)


def all_show_what_stands(show: Show, devices: Devices, phones: list[Phone]) -> None:
    for phone in phones[: len(FOLLOWING)]:
        stands = state(show, phone.member)
        versions = {f"{kind}-{row['id']}": row["version"] for kind, rows in stands.items() for row in rows}
        agree(partial(shown_versions, phone.page), partial(dict, versions))
        # What is for one person alone is in no document.
        if phone.member != "f01":
            fresh = phone.page.evaluate(ROWS_FRESH)
            assert phone.page.evaluate(ROWS_HERE, arg=False) == fresh, phone.member
    # A coordinator's, a caller's and a vendor's beside ones that come only now, with the times that scripts paint.
    for phone in (phones[0], phones[3], phones[7]):
        other = show.phone(devices, phone.member, FOLLOWING[phone.member])
        agree(*(partial(page.evaluate, ROWS_HERE, arg=True) for page in (phone.page, other)))
        assert phone.page.evaluate(ORDER) == other.evaluate(ORDER)


def shown_versions(page: Page) -> Json:
    return {row: int(dict(facts)["v"]) for row, (facts, _) in page.evaluate(ROWS_HERE, arg=False).items()}


def agree(one: Callable[[], Json], other: Callable[[], Json]) -> None:
    """Both show the same within some seconds, in which a minute may pass."""
    deadline = time.monotonic() + 30
    while (shown := one()) != (wanted := other()):
        different = {row: (shown.get(row), wanted.get(row)) for row in shown.keys() | wanted.keys()}
        unequal = [f"{row}: {pair}" for row, pair in different.items() if pair[0] != pair[1]]
        assert time.monotonic() < deadline, "\n".join(unequal)
        time.sleep(0.2)
