"""What others see of a row while edits of it wait to be published: plain values in, plain values out.

A row's columns hold the plan as its editors have it. Where that is not published yet, `Cue.published` holds what
everybody else sees instead, by field; so a field that is put back to what it was leaves nothing behind.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from server.core.access import EDITORS
from server.runsheet.models import CALLED, FACTS, PLAN_FIELDS, Cue, copy_of
from server.runsheet.tree import in_tree_order

Values = dict[str, Any]

# A row is called by its track and its kind, so these can't be one thing for its editors and another for its caller.
AT_ONCE = frozenset({"kind", "track"})
HELD = (*(name for name in PLAN_FIELDS if name not in AT_ONCE), "parent", "order_key")
KEPT = (*HELD, *sorted(AT_ONCE))
# What a change of is news for those who work by the row.
TOLD = (
    *("title", "track", "day", "start", "start_mode", "offset_s", "line", "end", "duration_s", "hard"),
    *("place", "people", "departments", "columns", "note", "reading", "call", *FACTS),
)
PLACED = frozenset({"parent", "order_key"})
_LONGEST, _BEFORE = 160, 24

Changes = list[dict[str, Any]]
ADDED, REMOVED, MOVED = (
    {"field": field, "old": False, "new": True} for field in ("added", "removed", "moved")
)


def is_new(cue: Cue) -> bool:
    """Whether a row was never published."""
    return cue.audience == EDITORS


def waits(cue: Cue) -> bool:
    """Whether anything of a row waits to be published."""
    return is_new(cue) or cue.leaving or bool(cue.published)


def as_published(cue: Cue) -> Cue:
    """A row as everybody else sees it, with what waits as `drafted`."""
    if not cue.published and not cue.leaving:
        return cue
    shown = copy_of(cue, {**(cue.published or {}), "published": None, "leaving": False})
    waiting = {name: getattr(cue, name) for name in cue.published or ()}
    object.__setattr__(shown, "drafted", waiting | ({"leaving": True} if cue.leaving else {}))
    return shown


def day_shown(cue: Cue) -> str:
    """The operating day on which everybody sees a row, and on which it is called."""
    day: str = (cue.published or {}).get("day", cue.day)
    return day


def as_unpublished(cue: Cue) -> Cue:
    """A row that only its editors know, where others' times are shown: it takes none of them."""
    return copy_of(cue, {"state": "skipped"})


def as_left_out(cues: Iterable[Cue]) -> list[Cue]:
    """Rows in tree order for those who read no further: what stands under one that is left out is left out as well."""
    found: list[Cue] = []
    left_out: set[str | None] = set()
    for cue in cues:
        if cue.state == "skipped" or cue.parent in left_out:
            left_out.add(cue.id)
        is_told = cue.id in left_out and cue.state not in CALLED
        found.append(copy_of(cue, {"state": "skipped"}) if is_told else cue)
    return found


def published(cues: Iterable[Cue]) -> list[Cue]:
    """The rows of a sheet as everybody sees them, in tree order."""
    rows = list(cues)
    if not any(map(waits, rows)):
        return rows
    return in_tree_order([as_published(cue) for cue in rows if not is_new(cue)])


def held_back(cue: Cue, values: Mapping[str, Any]) -> Values | None:
    """`Cue.published` after an edit that waits."""
    before = {name: getattr(cue, name) for name in values} | (cue.published or {})
    return _differing(before, cue, values)


def held_instead(cue: Cue, shown: Cue) -> Values | None:
    """`Cue.published` of a row that others see as `shown`."""
    return {name: getattr(shown, name) for name in HELD if getattr(shown, name) != getattr(cue, name)} or None


def let_out(cue: Cue, values: Mapping[str, Any], parts: Mapping[str, Iterable[str]]) -> Values | None:
    """`Cue.published` after an edit that goes out at once; of a field in `parts` only these parts do."""
    kept = dict(cue.published or {})
    for name in kept.keys() & values.keys():
        if name not in parts:
            del kept[name]
            continue
        told = {part: values[name].get(part) for part in parts[name]}
        kept[name] = {part: value for part, value in (kept[name] | told).items() if value}
    return _differing(kept, cue, values)


def rows_of(cues: Iterable[Cue]) -> dict[str, Values]:
    """Rows as a version keeps them, by id."""
    return {cue.id: {name: getattr(cue, name) for name in KEPT} for cue in cues if not cue.leaving}


def pack(rows: Mapping[str, Values]) -> bytes:
    """What stands in a version, to be kept."""
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpack(sheet: bytes) -> dict[str, Values]:
    """The rows of a version, by id, in the order in which they were packed."""
    rows: dict[str, Values] = json.loads(zlib.decompress(sheet))
    return rows


def waiting_changes(cue: Cue) -> Changes:
    """All that waits of a row, whether it is as its editors have it or as others see it."""
    if is_new(cue):
        return [ADDED]
    if cue.leaving or cue.drafted.get("leaving"):
        return [REMOVED]
    before, after = cue.published or {}, cue.drafted
    before = before or {name: getattr(cue, name) for name in after}
    after = after or {name: getattr(cue, name) for name in before}
    moved = [MOVED] if PLACED & before.keys() else []
    return moved + changes_between(before, after, [name for name in HELD if name not in PLACED])


def merged(changes: Changes) -> Changes:
    """Changes as people read them: how a row starts is one of them, in a time if it has one."""
    fields = {change["field"] for change in changes}
    hidden = {"start_mode"} if "start" in fields else set()
    hidden |= {"end_mode"} if "end" in fields else set()
    return [change for change in changes if change["field"] not in hidden]


def changes_between(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Iterable[str] = TOLD
) -> Changes:
    """What is news between two states of a row, each {field: value}; of cells, each that differs."""
    found: Changes = []
    for name in names:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if name == "columns":
            cells = sorted({*(old or {}), *(new or {})})
            found += [
                _change(f"columns.{each}", (old or {}).get(each), (new or {}).get(each)) for each in cells
            ]
        else:
            found.append(_change(name, old, new))
    return [change for change in found if change["old"] != change["new"]]


def _change(field: str, old: Any, new: Any) -> dict[str, Any]:  # noqa: ANN401 - a field may hold anything
    """One change, as a notice quotes it; of cells the first language in which they differ."""
    if isinstance(old, dict) or isinstance(new, dict):
        language = "zh-TW" if _text(old, "zh-TW") != _text(new, "zh-TW") else "en"
        old, new = _text(old, language), _text(new, language)
    if isinstance(old, str | None) and isinstance(new, str | None):
        old, new = _quoted(old, new)
    return {"field": field, "old": old, "new": new}


def _text(cell: dict[str, str] | None, language: str) -> str | None:
    return (cell.get(language) or None) if cell else None


def _quoted(old: str | None, new: str | None) -> tuple[str | None, str | None]:
    """Two texts, cut where they are long: both from shortly before the place where they begin to differ."""
    if max(len(old or ""), len(new or "")) <= _LONGEST:
        return old, new
    old, new = old or "", new or ""
    apart = (at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other)
    start = max(next(apart, min(len(old), len(new))) - _BEFORE, 0)
    return _cut(old, start), _cut(new, start)


def _cut(text: str, start: int) -> str:
    end = start + _LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"


def _differing(kept: Values, cue: Cue, values: Mapping[str, Any]) -> Values | None:
    found = {name: old for name, old in kept.items() if old != values.get(name, getattr(cue, name))}
    return found or None
