"""How a file differs from the sheet, in the coordinator's words."""

from typing import Any

from server.core.i18n import N_
from server.core.page import Ask
from server.runsheet import import_words

Said = dict[str, Any]

KINDS = {
    "added": N_("New in the file"),
    "changed": N_("Changed"),
    "moved": N_("Moved"),
    "missing": N_("Not in the file any more"),
}
"""The kinds of difference, as they are shown."""
WORDS = {
    "linked": N_("follows"),
    "manual": N_("on call"),
    "line": N_("On the spoken line"),
    "end": N_("until"),
    "yes": N_("yes"),
    "no": N_("no"),
    "planned": N_("not skipped"),
    "skipped": N_("skipped"),
    "item": N_("Item"),
    "buffer": N_("Buffer"),
    "order": N_("as in the file"),
}
"""What stands in a field that has no text."""
FIELDS = import_words.FIELDS | {
    "length": N_("Length"),
    "state": N_("Skipped"),
    "parent": N_("Segment"),
    "order": N_("Order"),
}


def again_of(ask: Ask, said: Said) -> Said:
    """The differences by their kinds, those that can be taken as keys, and where the file is compared."""
    again = said["again"]
    if again["mode"] != "compare":
        return dict(again)
    columns = {source["key"]: source["heading"] for source in said["mapping"]["sources"] if source["key"]}
    parts = [_part(ask, kind, again, columns) for kind in KINDS if again["counts"][kind]]
    keys = [
        ["|".join((kind, row or str(place), field)), place, *marks]
        for kind, row, place, field, *marks in again["keys"]
    ]
    return {**again, "parts": parts, "keys": keys, "taken": sum(key[2] for key in keys)}


def _part(ask: Ask, kind: str, again: Said, columns: dict[str, str]) -> Said:
    known = {
        key for each, row, place, field, *_ in again["keys"] for key in [(each, row or str(place), field)]
    }
    rows = [_row(ask, kind, row, columns, known) for row in again[kind]]
    return {
        "kind": kind,
        "word": ask.say(KINDS[kind]),
        "count": again["counts"][kind],
        "rows": rows,
        "rest": again["counts"][kind] - len(rows),
        "has_marked": any(each == kind and is_marked for each, *_, is_marked, _ in again["keys"]),
    }


def _row(ask: Ask, kind: str, row: Said, columns: dict[str, str], known: set[tuple[str, str, str]]) -> Said:
    cue = str(row.get("cue", row.get("place", "")))
    fields = [
        each
        | {
            "key": f"{kind}|{cue}|{each['field'] if kind == 'changed' else ''}",
            "label": _label(ask, each["field"], columns),
            "old": _text(ask, each["old"]),
            "new": _text(ask, each["new"]),
        }
        for each in row.get("fields", ())
    ]
    about = " · ".join(filter(None, (row["number"], row["when"], row["track"])))
    day = import_words.day_text(row["day"], ask.locale)
    return row | {
        "key": f"{kind}|{cue}|",
        "can": (kind, cue, "") in known,
        "about": about,
        "day_text": day,
        "fields": fields,
    }


def _label(ask: Ask, field: str, columns: dict[str, str]) -> str:
    name, _, key = field.partition(".")
    return columns.get(key, key) if name == "columns" else ask.say(FIELDS.get(field, field))


def _text(ask: Ask, told: tuple[str, str]) -> str:
    text, word = told
    return f"{ask.say(WORDS[word]) if word in WORDS else ''} {text}".strip()
