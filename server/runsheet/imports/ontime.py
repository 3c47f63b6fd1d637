"""Projects of Ontime (getontime.no), as `packages/types` of its repository describes them.

Since version 4 a project has `rundowns`, each with its `entries` by id and their `order`; before, it had one list,
`rundown` (in version 1 `events`), in which a block begins a section. Times are milliseconds from midnight.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from server.runsheet.clock_text import DAY
from server.runsheet.imports.book import Cell, Limits, Sheet, Workbook
from server.runsheet.imports.filling import UNTITLED, Table
from server.runsheet.imports.json_values import (
    length_text,
    list_in,
    number_in,
    object_in,
    objects_in,
    text_in,
)

Json = dict[str, Any]
Rundown = tuple[str, list[Json]]
"""Title, and the entries in order, with an entry where a group ends."""

_HEADINGS = (
    "Type", "Track", "Cue number", "Day", "Start", "End", "Duration", "Title", "Subtitle", "Presenter", "Note",
    "Colour", "Skip", "Count to end", "Flag", "Timer", "End action",
)  # fmt: skip
_TYPES = {"event", "block", "group", "milestone", "delay"}
_GROUP_END: Json = {"type": "group-end"}
_MOST, _MOST_ENTRIES, _LAST_DAY = 30, 30_000, 60
"""Rundowns, entries of all that are offered one by one, and days after the first."""
_NEAR_MS = 1_000
_DATED = re.compile(r"(.*?)\s*((?:19|20)\d\d-\d\d-\d\d)", re.DOTALL)
"""A rundown named by its track and its day, as ours are."""
_USUAL = {"timerType": {"countdown", "none"}, "endAction": {"none"}}


def is_ontime(data: Any) -> bool:  # noqa: ANN401 - any JSON
    return any(_type(entry) in _TYPES for _, entries in _rundowns(object_in(data)) for entry in entries)


def read_ontime(data: Json, limits: Limits) -> Workbook:
    """All rundowns in one sheet, a track for each; and each in a sheet of its own."""
    rundowns = _rundowns(data)
    about = object_in(data.get("project") or data.get("eventData") or data.get("event"))
    labels = _labels(data)
    whole = _sheet(text_in(about.get("title")) or "Ontime", rundowns, labels, limits)
    alone = (
        rundowns
        if len(rundowns) > 1 and sum(len(entries) for _, entries in rundowns) <= _MOST_ENTRIES
        else []
    )
    return Workbook("ontime", [whole, *(_sheet(each[0], [each], labels, limits) for each in alone)])


def _rundowns(data: Json) -> list[Rundown]:
    old = data.get("rundown") or data.get("events")
    if isinstance(old, list):
        return [("", objects_in(old))]
    found = object_in(data.get("rundowns")) or ({"": data} if "entries" in data else data)
    return [
        (text_in(each.get("title")) or str(name), list(_in_order(each)))
        for name, each in list(found.items())[:_MOST]
        if isinstance(each, dict) and isinstance(each.get("entries"), dict)
    ]


def _in_order(rundown: Json) -> Iterator[Json]:
    """Groups with what is in them; last whatever no order names, so that nothing is lost."""
    entries = object_in(rundown["entries"])
    left = dict.fromkeys(entries)
    for name in [*list_in(rundown.get("order")), *list_in(rundown.get("flatOrder")), *entries]:
        entry = _taken(entries, left, name)
        if not entry:
            continue
        yield entry
        if _type(entry) in {"group", "block"}:
            yield from filter(None, (_taken(entries, left, child) for child in list_in(entry.get("entries"))))
            yield _GROUP_END


def _taken(entries: Json, left: Json, name: Any) -> Json:  # noqa: ANN401 - any JSON
    """Each entry once."""
    if not isinstance(name, str) or name not in left:
        return {}
    del left[name]
    return object_in(entries[name])


def _sheet(name: str, rundowns: list[Rundown], labels: dict[str, str], limits: Limits) -> Sheet:
    table = Table(name, _HEADINGS, limits)
    has_days = any(number_in(entry.get("dayOffset")) for _, entries in rundowns for entry in entries)
    for title, entries in rundowns:
        track, first = _dated(title)
        before: Json = {}
        for entry in entries[: limits.rows_read + 1]:
            row = _row(entry, before, labels) | {"Track": track if first or len(rundowns) > 1 else ""}
            if first or (has_days and _type(entry) == "event"):
                row["Day"] = _day(entry, first)
            table.add(row)
            before = entry if _type(entry) == "event" and not entry.get("skip") else before
    return table.made()


def _dated(title: str) -> tuple[str, date | None]:
    """The track and the day that a rundown is called by: 主舞台 2027-04-10."""
    found = _DATED.fullmatch(title)
    try:
        return (found[1], date.fromisoformat(found[2])) if found and found[1] else (title, None)
    except ValueError:
        return title, None


def _day(entry: Json, first: date | None) -> str:
    after = min(max(int(number_in(entry.get("dayOffset")) or 0), 0), _LAST_DAY)
    return (first + timedelta(days=after)).isoformat() if first else f"D{after + 1}"


def _row(entry: Json, before: Json, labels: dict[str, str]) -> dict[str, str | Cell | None]:
    kind = _type(entry)
    title = "" if entry is _GROUP_END else text_in(entry.get("title")).strip() or UNTITLED
    row: dict[str, str | Cell | None] = {
        "Type": "group" if kind == "block" else kind,
        "Cue number": text_in(entry.get("cue")),
        "Title": "Delay" if kind == "delay" and title == UNTITLED else title,
        "Subtitle": text_in(entry.get("subtitle")),
        "Presenter": text_in(entry.get("presenter")),
        "Note": text_in(entry.get("note")),
        "Colour": text_in(entry.get("colour")),
        "Skip": "yes" if entry.get("skip") is True else "",
        "Flag": "⚑" if entry.get("flag") is True else "",
    }
    if kind == "event":
        row |= _times(entry, before) | _timer(entry)
    elif kind == "delay":
        row["Duration"] = length_text((number_in(entry.get("duration")) or 0) / 1000)
    return row | _custom(entry, labels)


def _times(entry: Json, before: Json) -> dict[str, str | Cell | None]:
    start, end, length = (number_in(entry.get(name)) for name in ("timeStart", "timeEnd", "duration"))
    keeps_end = entry.get("countToEnd") is True or _word(entry.get("timeStrategy")) == "lockend"
    return {
        "Start": "linked" if _is_linked(entry, start, before) else _clock(start),
        "End": _clock(end) if keeps_end else None,
        "Duration": "" if length is None else length_text(length / 1000),
        "Count to end": "yes" if entry.get("countToEnd") is True else "",
    }


def _is_linked(entry: Json, start: float | None, before: Json) -> bool:
    """Linked, and its start follows from the event before; a link to nothing would lose the time."""
    end = number_in(before.get("timeEnd"))
    linked = entry.get("linkStart")
    if not linked or start is None or end is None:
        return False
    return (start - end) % (DAY * 1000) < _NEAR_MS


def _timer(entry: Json) -> dict[str, str | Cell | None]:
    """How the timer behaves, where that is not as usual."""
    told = {"Timer": "timerType", "End action": "endAction"}
    return {
        heading: text
        for heading, name in told.items()
        if (text := text_in(entry.get(name))) and _word(text) not in _USUAL[name]
    }


def _custom(entry: Json, labels: dict[str, str]) -> dict[str, str | Cell | None]:
    """The project's own columns: by key since version 3, before as user0 to user9."""
    fields = object_in(entry.get("custom")) or {
        name: entry[name] for name in entry if name.startswith("user") and name[4:].isdecimal()
    }
    return {labels.get(name) or _label(name): text_in(value) for name, value in fields.items()}


def _labels(data: Json) -> dict[str, str]:
    """What the project calls its columns."""
    named = object_in(data.get("customFields")) | object_in(data.get("userFields"))
    return {name: _label(text_in(value) or name) for name, value in named.items()}


def _label(name: str) -> str:
    """In one word where it would be taken for one of Ontime's own columns."""
    label = " ".join(name.replace("_", " ").split())[:100] or "?"
    return f"Custom{label.replace(' ', '')}" if label in _HEADINGS else label


def _clock(milliseconds: float | None) -> Cell | None:
    return None if milliseconds is None else Cell("clock", round(milliseconds / 1000))


def _type(entry: Json) -> str:
    return _word(entry.get("type")) if entry is not _GROUP_END else "group-end"


def _word(value: Any) -> str:  # noqa: ANN401 - any JSON
    """`lock-end` and `LockEnd` are the same."""
    return value.replace("-", "").casefold() if isinstance(value, str) else ""
