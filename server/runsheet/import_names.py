"""Gives the names of a file ids: those that the event has, and new ones for the rest.

Works on plain values, since it runs aside. People whom the event does not know, or knows twice, are not made members by
a file and not guessed; their names go into the row's note.
"""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any

from server.core.order import between, spread
from server.runsheet.imports import Result
from server.runsheet.imports.titles import TEXT, shorten

Named = list[str]
"""id, name and English name of something that the event has."""
Known = dict[str, Any]
"""The event's `tracks`, `places`, `departments`, `people` and `columns`, each a list of Named; `last`, the last order
keys of tracks and columns; `responsible`, the words before names in a note, with %(names)s."""

FIRST_TRACK = "主流程"
_PREFIX = 4
_KINDS = ("tracks", "places", "departments", "people")
_JSON = ("columns", "people", "departments", "flagged")


def folded(name: str) -> str:
    """A name without case, width and spare spaces: Ａ區 is A區."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def default_track(known: Known, wanted: str) -> str:
    """The track of rows that name none."""
    return wanted or next((name for _, name, _ in known["tracks"]), FIRST_TRACK)


def new_names(found: Result, known: Known, track: str) -> dict[str, list[str]]:
    """What the event does not have yet, by kind; of people those who will stand in the note."""
    names, ids = {kind: list(found.names[kind]) for kind in _KINDS}, _ids(known)
    if any(row["track"] is None for row in found.rows):
        names["tracks"].append(default_track(known, track))
    new = {kind: [name for name in each if folded(name) not in ids[kind]] for kind, each in names.items()}
    have = {column_id for column_id, _, _ in known["columns"]}
    return new | {"columns": [column["name"] for column in found.columns if column["id"] not in have]}


def ids_by_name(entries: Iterable[Named], *, sole: bool = False) -> dict[str, str]:
    """Names in either language, and ids, to ids. Of two with one name it is the first; with `sole`, neither."""
    pairs = list(dict.fromkeys((folded(name), each[0]) for each in entries for name in each if name))
    times = Counter(name for name, _ in pairs)
    return {name: entity_id for name, entity_id in reversed(pairs) if not sole or times[name] == 1}


def _ids(known: Known) -> dict[str, dict[str, str]]:
    return {kind: ids_by_name(known[kind], sole=kind == "people") for kind in _KINDS}


class Namer:
    """Makes the rows of one import, and what must be there before them."""

    def __init__(self, known: Known, job_id: str, track: str) -> None:
        self._known, self._job_id = known, job_id
        self._track = default_track(known, track)
        self._ids = _ids(known)
        self._new: dict[str, list[dict[str, Any]]] = {"tracks": [], "places": [], "departments": []}

    def rows(self, found: Result) -> list[dict[str, Any]]:
        """Rows of the table of cues, documents in them as JSON texts."""
        ids = [f"{self._job_id}-{place}" for place in range(len(found.rows))]
        keys = spread(len(ids))
        return [self._row(row, ids, ids[place], keys[place]) for place, row in enumerate(found.rows)]

    def new(self, found: Result) -> dict[str, list[dict[str, Any]]]:
        """Tracks, places, departments and columns that the rows need. Ask for the rows first."""
        have = {column_id for column_id, _, _ in self._known["columns"]}
        columns = [{**column, "name_en": ""} for column in found.columns if column["id"] not in have]
        last = self._known["last"]
        return self._new | {
            "tracks": _in_order(self._new["tracks"], last["tracks"]),
            "columns": _in_order(columns, last["columns"]),
        }

    def made(self, kind: str) -> dict[str, str]:
        """Names that the event doesn't have, by their ids. Ask for the rows first."""
        return {entry["id"]: entry["name"] for entry in self._new[kind]}

    def _row(self, row: dict[str, Any], ids: list[str], row_id: str, key: str) -> dict[str, Any]:
        people = {name: self._ids["people"].get(folded(name)) for name in row["people"]}
        made = {name: value for name, value in row.items() if name != "source"} | {
            "id": row_id,
            "parent": None if row["parent"] is None else ids[row["parent"]],
            "order_key": key,
            "track": self._id("tracks", row["track"] or self._track),
            "place": self._id("places", row["place"]) if row["place"] else None,
            "departments": _once(self._id("departments", name) for name in row["departments"]),
            "people": _once(member for member in people.values() if member),
            "note": self._note(row["note"], [name for name, member in people.items() if not member]),
        }
        return made | {name: json.dumps(made[name], ensure_ascii=False) for name in _JSON}

    def _note(self, note: str, unknown: list[str]) -> str:
        if not unknown:
            return note
        line = shorten(self._known["responsible"] % {"names": "、".join(unknown)}, TEXT // 2)
        return f"{shorten(note, TEXT - len(line) - 1)}\n{line}" if note else line

    def _id(self, kind: str, name: str) -> str:
        """The same name gives the same id in every import, so that two of them make one place."""
        word = folded(name)
        found = self._ids[kind].get(word)
        if found is None:
            found = self._ids[kind][word] = f"{kind[0]}-{hashlib.sha256(word.encode()).hexdigest()[:10]}"
            self._new[kind].append({"id": found, "name": name, "name_en": ""})
        return found


def prefix_after(last: str) -> str:
    """What order keys must begin with to stand behind a last one: short, however many imports there were."""
    wanted = (between(last[:width], None) for width in (_PREFIX, len(last)))
    return next(key for key in wanted if key > last) if last else ""


def _in_order(entries: list[dict[str, Any]], key: str | None) -> list[dict[str, Any]]:
    ordered = []
    for entry in entries:
        key = between(key, None)
        ordered.append({**entry, "order_key": key})
    return ordered


def _once(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))
