"""The heavy half of showing how a file differs from the sheet, done aside: its differences as they are read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.runsheet import clock_text
from server.runsheet.import_compare import Comparison, Difference, comes_from, compare, is_called, is_on_air
from server.runsheet.import_fields import Fields, Values
from server.runsheet.import_names import Known, Namer
from server.runsheet.import_plan import plain_rows
from server.runsheet.import_recall import imports_of
from server.runsheet.import_rows import read_rows
from server.runsheet.imports import Mapping as ColumnMapping
from server.runsheet.imports import Result

SHOWN = 60
"""So many differences of a kind are shown at first."""
_TEXT = 240
_NAMES = {"place": "places", "people": "people", "departments": "departments", "track": "tracks"}

Text = tuple[str, str]
"""A text, and the key of a word that stands before it; either may be empty."""


def again(
    result: Result, mapping: ColumnMapping, choice: Mapping[str, Any], known: Known, sheet: bytes
) -> dict[str, Any]:
    """How the file compares with the sheet: if that is asked for, or if such a file was brought in before."""
    rows = read_rows(sheet)
    imports = imports_of(known.get("kept", ()), mapping)
    own = sum(comes_from(row, imports) for row in rows)
    mode = choice.get("mode") or ("compare" if own else "add")
    scope = choice.get("scope") or ("source" if own else "cover")
    about = {
        "can": bool(rows or known.get("has_rows")),
        "own": own,
        "mode": mode if rows else "add",
        "scope": scope,
    }
    if about["mode"] == "add":
        return about
    namer = Namer(known, "new", choice["track"])
    found = compare(mapping, plain_rows(namer.rows(result)), rows, imports, scope)
    words = _Words(known, namer, choice["zone"], {row["id"]: row for row in rows})
    return about | _told(found, words, int(choice.get("shown") or SHOWN))


def _told(found: Comparison, words: "_Words", shown: int) -> dict[str, Any]:
    changed, moved = found.changed, found.moved
    return {
        "counts": {
            "added": len(found.added), "changed": len(changed), "moved": len(moved), "missing": len(found.missing),
            "same": found.same,
        },
        "keys": list(_keys(found)),
        "shown": shown,
        "added": [words.row(found.rows[place]) | {"place": place} for place in found.added[:shown]],
        "changed": [_changed(pair.there, pair.changes, words) for pair in changed[:shown]],
        "moved": [_moved(pair.there, pair.move, words) for pair in moved[:shown] if pair.move],
        "missing": [_mark(there) | words.row(there) for there in found.missing[:shown]],
    }  # fmt: skip


def _keys(found: Comparison) -> Iterable[list[Any]]:
    """All that can be taken: [kind, row, place in the file, field, whether by default, whether marked, called]."""
    for place in found.added:
        yield ["added", "", place, "", True, False, False]
    for pair in found.changed:
        for change in pair.changes:
            is_marked = change.is_edited or pair.is_called
            if not _is_fixed(pair.there, change.field):
                yield [
                    "changed",
                    pair.there["id"],
                    pair.place,
                    change.field,
                    not is_marked,
                    is_marked,
                    pair.is_called,
                ]
    for pair in found.moved:
        if pair.move and not _is_fixed(pair.there, pair.move.field):
            is_marked = pair.move.is_edited or pair.is_called
            yield ["moved", pair.there["id"], pair.place, "", not is_marked, is_marked, pair.is_called]
    for there in found.missing:
        if not is_on_air(there):
            is_marked = is_called(there) or bool(there["hand"])
            yield ["missing", there["id"], -1, "", False, is_marked, is_called(there)]


def _is_fixed(there: Fields, field: str) -> bool:
    """While a row runs it stays where it is, and what it is."""
    return is_on_air(there) and field in {"kind", "track"}


def _mark(there: Fields) -> Values:
    return {
        "cue": there["id"],
        "is_called": is_called(there),
        "is_on_air": is_on_air(there),
        "is_edited": bool(there["hand"]),
    }


def _changed(there: Fields, changes: Sequence[Difference], words: "_Words") -> Values:
    fields = [
        {
            "field": change.field,
            "old": words.value(change.field, change.old, change.new),
            "new": words.value(change.field, change.new, change.old),
            "is_edited": change.is_edited,
            "is_fixed": _is_fixed(there, change.field),
        }
        for change in changes
    ]
    return words.row(there) | _mark(there) | {"fields": fields}


def _moved(there: Fields, move: Difference, words: "_Words") -> Values:
    place = {
        "field": move.field,
        "old": words.where(move.old),
        "new": words.where(move.new) if move.field != "order" else ("", "order"),
        "is_edited": move.is_edited,
        "is_fixed": _is_fixed(there, move.field),
    }
    return words.row(there) | _mark(there) | {"fields": [place]}


class _Words:
    """Rows and their fields as they are read."""

    def __init__(self, known: Known, namer: Namer, zone: str, sheet: Mapping[str, Fields]) -> None:
        self._zone, self._sheet = zone, sheet
        self._names = {
            kind: _names(known, kind) | namer.made(kind) for kind in ("tracks", "places", "departments")
        }
        self._names["people"] = _names(known, "people")

    def row(self, row: Fields) -> Values:
        """What a row is told by."""
        return {
            "title": row["title"][:_TEXT],
            "number": row["number"],
            "kind": row["kind"],
            "when": self._start(row, row)[0],
            "day": row["day"],
            "track": self._name("tracks", row["track"]),
        }

    def where(self, place: Values) -> Text:
        """A track, and the segment on it."""
        above = self._sheet.get(place["parent"] or "")
        title = above["title"] if above else ""
        return " · ".join(filter(None, (self._name("tracks", place["track"]), title))), ""

    def value(self, field: str, values: Values, beside: Values) -> Text:
        """A field's value; of a start the day only where that differs as well."""
        match field.partition(".")[0]:
            case "start":
                return self._start(values, beside)
            case "length":
                return self._length(values)
            case "hard":
                return "", "yes" if values["hard"] else "no"
            case "state" | "kind":
                return "", values[field]
        return self._text(field, values)[:_TEXT], ""

    def _text(self, field: str, values: Values) -> str:
        if field in _NAMES:
            return self._named(field, values[field])
        if field in values:
            return str(values[field])
        cell = next(iter(values["columns"].values()))
        return str(cell.get("zh-TW") or cell.get("en") or "")

    def _start(self, values: Fields, beside: Fields) -> Text:
        day = values["day"] if values["day"] != beside["day"] else ""
        mode, start = values.get("start_mode", ""), values.get("start")
        if mode == "fixed" and start is not None:
            return f"{day} {clock_text.clock(start, self._zone, values['day'])}".strip(), ""
        if mode == "offset":
            return f"{day} {values['offset_s'] // 60:+}′".strip(), ""
        return day or ("" if mode else values["day"]), mode

    def _length(self, values: Values) -> Text:
        if values["end"] is not None and values["end_mode"] != "duration":
            return clock_text.clock(values["end"], self._zone, ""), "end"
        return clock_text.duration(values["duration_s"] * 1000), ""

    def _named(self, field: str, value: Any) -> str:  # noqa: ANN401 - an id, several or none
        ids = value if isinstance(value, list) else [value] if value else []
        return "、".join(self._name(_NAMES[field], each) for each in ids)

    def _name(self, kind: str, entity_id: str) -> str:
        return self._names[kind].get(entity_id, entity_id)


def _names(known: Known, kind: str) -> dict[str, str]:
    is_english = known.get("locale") == "en"
    return {each[0]: (each[2] if is_english and each[2] else each[1]) for each in known[kind]}
