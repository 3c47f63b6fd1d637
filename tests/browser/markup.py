"""The demo with markup in every text that people may set, and what of it came alive on a page."""

import re
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import update

from server.app import OPS
from server.core.db import Database
from server.core.ids import digest
from server.core.models import BrowserSession, Event
from tests.browser.desk import ACT_2, ACT_3, COORDINATOR
from tests.browser.show import Json, Show
from tests.support.examples import with_texts

# Each stands between « and », so that one sees where a page shows another text than was written; some are undone by
# being read once too often, or by being taken for a pattern of what to put in a place.
TEXTS = (
    *("«<img src=x onerror=tw()>»", '«"><script>tw()</script>»', "«'><svg/onload=tw()>»"),
    *(
        "«javascript:tw()»",
        "«</script></title><b tw>»",
        "«&lt;b tw&gt;&amp;lt;»",
        "«%3Cb tw%3E»",
        "«$&$'$`{n}»",
    ),
    *("«{{7*7}}${tw()}<%=7%>»", '«","x":tw(),"\\u0022»', "«]]>--><b tw>»", "«*/}*{x:url(/tw)}»"),
    "«'; tw()//»",
)
# For what takes no more than 12.
SHORT = ("«<b tw>»", "«'\"><b»", "«$&{n}»")
# What the server takes out of a text: an override of direction, with which one poses as another. And what ends a line
# in a script, though in no text.
TAKEN_OUT, LINE_END = "\u202e", "\u2028"
SECRET = "m" * 32
# What can be put anew as it is, but for its texts.
PUT = {"place": "place.put", "track": "track.put", "department": "department.put", "column": "column.put"}


class Pen:
    """Writes one text after another, each where it has room."""

    def __init__(self) -> None:
        self.long, self.short = cycle(TEXTS), cycle(SHORT)

    def op(self, name: str, **args: Any) -> tuple[str, Json]:  # noqa: ANN401 - whatever the op takes
        return name, with_texts(OPS.ops[name].args.model_json_schema(), args, self.write)

    def write(self, most: int | None) -> str:
        text = next(self.long) if most is None or most >= max(map(len, TEXTS)) else next(self.short)
        return (text[:2] + TAKEN_OUT + text[2:]).replace("; ", f";{LINE_END}")


def write_everywhere(show: Show) -> None:
    """Put it into all that stands in the demo, and add what it lacks; a version is out and an edit waits."""
    pen = Pen()
    state = show.ask(COORDINATOR, "state")["entities"]
    must(show, "c01", *_named(pen, state), *_rows(pen, state), *_added(pen))
    must(show, COORDINATOR, pen.op("sheet.publish"))
    must(show, "c10", pen.op("comment.add", id="said", cue=ACT_2))
    must(show, COORDINATOR, *_waiting(pen))
    _write_beside(show, pen)


def must(show: Show, member: str, *ops: tuple[str, Json]) -> None:
    results = [
        each for start in range(0, len(ops), 100) for each in show.ops(member, *ops[start : start + 100])
    ]
    assert [each for each in results if each["status"] != "applied"] == []


def _named(pen: Pen, state: Json) -> list[tuple[str, Json]]:
    """Who and what rows are for."""
    found = [pen.op("member.edit", id=each["id"], set={}) for each in state["member"]]
    for kind, op in PUT.items():
        fields = OPS.ops[op].args.model_fields.keys() - {"name", "name_en", "channel"}
        found += [pen.op(op, **{name: each[name] for name in fields & each.keys()}) for each in state[kind]]
    return found


def _rows(pen: Pen, state: Json) -> list[tuple[str, Json]]:
    """The sheet, and its other plans."""
    found = [_row(pen, each) for each in state["cue"]]
    for plan in state["variant"]:
        kept = {name: plan[name] for name in ("id", "day", "decide_at", "decider", "skip")}
        changes = [{"cue": each["cue"], "set": {}} for each in plan["changes"]]
        found.append(pen.op("variant.put", **kept, changes=changes))
    return found


def _row(pen: Pen, cue: Json) -> tuple[str, Json]:
    cells = {name: dict.fromkeys(("zh-TW", "en")) for name in cue["columns"]}
    return pen.op("cue.edit", id=cue["id"], set={"columns": cells} if cells else {})


def _added(pen: Pen) -> list[tuple[str, Json]]:
    return [
        pen.op("note.put", cue=ACT_2, department="stage"),
        pen.op("log.write", id="entry", track="main", cue=ACT_2),
        pen.op("cue.attach", id="file", cue=ACT_2, blob="f" * 64, media="application/pdf", size=9),
        pen.op("desk.open", id="desk", track="main", hash=digest("desk")),
        pen.op("webhook.add", id="hook", url="https://example.com/x", groups=["go"], secret=f"whsec_{'A' * 32}"),
        pen.op("guest.open", id="markup", hash=digest(SECRET), level="fine", columns=["light"],
               shows=["time", "place", "people"]),
    ]  # fmt: skip


def _waiting(pen: Pen) -> list[tuple[str, Json]]:
    return [_row(pen, {"id": each, "columns": ["light"]}) for each in (ACT_2, ACT_3)]


def _write_beside(show: Show, pen: Pen) -> None:
    """What no op writes: the event's own names, and what browsers call themselves."""
    names = {name: next(pen.long) for name in ("name", "name_en", "venue", "venue_en")}
    database = Database(f"sqlite:///{show.data / 'fieldcue.db'}")
    with database.write() as session:
        session.exec(update(Event).values(**names))
        session.exec(update(BrowserSession).values(agent=next(pen.long)))
    database.close()


# --- what became of it

# What opens something, on a phone and at the desk, one after the other; all stays open. A row is filled by then.
OPENERS = (
    *("#cue-d1-25", "[data-edit-act=edit]", "[data-log-open]", "[data-seen-open]", "[data-call=more]"),
    *(
        ".told h2 button",
        "[data-side]",
        "[data-talk]",
        "[data-plans]",
        "[data-trash]",
        "[data-publish]",
        "summary",
    ),
    *("[popovertarget=columns]", "[data-choose=layout] > [value=timeline]"),
)
# Elements that are not ours, and each text that can be read, seen or heard.
_LOOK = """async (openers) => {
    const leads = ["href", "src", "srcset", "action", "formaction", "style"];
    const heard = ["aria-label", "aria-description", "placeholder", "title", "alt", "label"];
    const [alive, texts, opened] = [[], [], []];
    const look = () => {
        texts.push(document.title);
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
        for (let node = walk.currentNode; node; node = walk.nextNode()) {
            if (node.nodeType === 3) {
                if (!node.parentElement.closest("script, style")) texts.push(node.data);
                continue;
            }
            if (typeof node.value === "string") texts.push(node.value);
            for (const { name, value } of node.attributes) {
                const isAlive = name === "tw" || name.startsWith("on") || /^\\s*javascript:/i.test(value)
                    || leads.includes(name) && value.includes("tw");
                if (isAlive) alive.push(node.outerHTML.slice(0, 120));
                if (heard.includes(name)) texts.push(value);
            }
        }
    };
    for (const selector of openers) {
        const opener = [...document.querySelectorAll(selector)].find((one) => one.checkVisibility() && !one.disabled);
        if (!opener) continue;
        opener.click();
        opened.push(selector);
        await new Promise((done) => setTimeout(done, 30));
    }
    look();
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    return { alive, texts, opened };
}"""


@dataclass(frozen=True)
class Seen:
    """What is wrong with a page, how many texts it shows, and what was opened on it."""

    wrong: list[str]
    shown: int
    opened: set[str]


def seen_on(page: Page) -> Seen:
    """Open what can be opened, and look."""
    found = page.evaluate(_LOOK, OPENERS)
    texts = "\n".join(found["texts"]).replace(LINE_END, " ")
    shown = re.findall("«[^»\n]*»?|[^«\n]*»", texts)
    wrong = [each for each in shown if each not in TEXTS + SHORT]
    return Seen([*found["alive"], *wrong], len(shown), set(found["opened"]))
