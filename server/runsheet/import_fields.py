"""Which fields of a row a file tells, and what it says there beside what stands in the sheet. Pure.

A row of the file is as `import_names.Namer` makes it, with its documents as values; a row of the sheet is a mapping of
the same fields. A difference is in a *field*: a column of the table, a cell (`columns.light`), or `start` and `length`,
which are some columns each.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from server.runsheet.imports import Mapping as ColumnMapping

Values = dict[str, Any]
Fields = Mapping[str, Any]

START = ("day", "start_mode", "start", "offset_s")
LENGTH = ("end_mode", "end", "duration_s")
GROUPS: dict[str, tuple[str, ...]] = {"start": START, "length": LENGTH}
GUESSED = "duration_guessed"
_PLAIN = ("number", "title", "place", "meeting", "reading", "line", "hard", "colour")
_BESIDE = ("title_en", "title_kind")
"""What a title may also say; where it doesn't, nothing is meant."""
_TIMES = frozenset({"start", "end"})


def columns_of(field: str) -> tuple[str, ...]:
    """The columns of the table that a field is kept in, each as its version is named."""
    return GROUPS.get(field, (field,))


class Told:
    """What a file tells by its mapping and its rows."""

    def __init__(self, mapping: ColumnMapping, rows: Sequence[Fields]) -> None:
        fields = {source.field for source in mapping.sources}
        self._fields = fields
        self._plain = [name for name in _PLAIN if name in fields]
        self._beside = [name for name in _BESIDE if name in fields]
        self._cells = [source.key for source in mapping.sources if source.field == "column"]
        # A list of cues without a time is one of what, not of when.
        self._tells_cues = any(row["kind"] == "cue" and (row["start"] or row["offset_s"]) for row in rows)
        # Ontime's groups have no number, and it has no buffers.
        self._numbered = {row["kind"] for row in rows if row["number"]}
        self._has_buffers = any(row["kind"] == "buffer" for row in rows)
        self._tells_days = "day" in fields or len({row["day"] for row in rows}) > 1

    def differences(self, row: Fields, there: Fields) -> dict[str, tuple[Values, Values]]:
        """By field what stood there and what would: columns of the table, of `columns` only that cell."""
        told = self._texts(row) | self._times(row, there) | self._lists(row) | self._others(row, there)
        found = {field: (_there(there, values), values) for field, values in told.items()}
        return {
            field: (old, new)
            for field, (old, new) in (found | self._differing_cells(row, there)).items()
            if _plainly(old) != _plainly(new)
        }

    def content(self, row: Fields) -> tuple[str, ...]:
        """What a row says in words besides its title, of what the file tells."""
        texts = [str(row[name]) for name in self._plain if name not in {"title", "number"}]
        cells = [row["columns"].get(key, {}).get("zh-TW", "") for key in self._cells]
        return *texts, *cells, row["note"] if "note" in self._fields else ""

    def _texts(self, row: Fields) -> dict[str, Values]:
        beside = [name for name in _BESIDE if name in self._beside or row[name]]
        told = {name: {name: row[name]} for name in (*self._plain, *beside)}
        if row["kind"] == "segment" and "segment" not in self._numbered:
            told.pop("number", None)
        return told

    def _times(self, row: Fields, there: Fields) -> dict[str, Values]:
        """A length that is guessed says nothing where somebody knows better."""
        told: dict[str, Values] = {}
        if self._tells_start(row):
            told["start"] = {name: row[name] for name in START}
        elif self._tells_days and there["start_mode"] != "fixed":
            told["start"] = {"day": row["day"]}
        is_told = (row["duration_s"] or row["end"] is not None) and row["kind"] != "segment"
        if is_told and not _ends_alike(row, there) and (GUESSED not in row["flagged"] or _is_open(there)):
            told["length"] = {name: row[name] for name in LENGTH}
        return told

    def _tells_start(self, row: Fields) -> bool:
        if row["kind"] == "segment":
            return "segment_start" in self._fields or row["start"] is not None
        return bool(self._fields & _TIMES) and (row["kind"] != "cue" or self._tells_cues)

    def _lists(self, row: Fields) -> dict[str, Values]:
        return {name: {name: row[name]} for name in ("people", "departments") if name in self._fields}

    def _others(self, row: Fields, there: Fields) -> dict[str, Values]:
        told: dict[str, Values] = {}
        if "note" in self._fields:
            told["note"] = {"note": row["note"]}
        elif row["note"] and row["note"] not in there["note"]:
            told["note"] = {"note": f"{there['note']}\n{row['note']}".strip()}
        if "skip" in self._fields and there["state"] in {"planned", "skipped"}:
            told["state"] = {"state": row["state"]}
        if self._has_buffers and {row["kind"], there["kind"]} <= {"item", "buffer"}:
            told["kind"] = {"kind": row["kind"]}
        return told

    def _differing_cells(self, row: Fields, there: Fields) -> dict[str, tuple[Values, Values]]:
        return {f"columns.{key}": _cell(row, there, key) for key in self._cells}


def _cell(row: Fields, there: Fields, key: str) -> tuple[Values, Values]:
    """A file has cells in Chinese; what stands there in English stays."""
    old = there["columns"].get(key, {})
    text = row["columns"].get(key, {}).get("zh-TW", "")
    new = {locale: each for locale, each in (old | {"zh-TW": text}).items() if each}
    return {"columns": {key: old}}, {"columns": {key: new}}


def _ends_alike(row: Fields, there: Fields) -> bool:
    """Whether both end at the same moment, whatever length is kept beside that."""
    ends = ("end_mode", "end")
    return row["end_mode"] != "duration" and all(row[name] == there[name] for name in ends)


def _is_open(there: Fields) -> bool:
    """Whether nobody has said how long a row is."""
    return GUESSED in there["flagged"] or not (there["duration_s"] or there["end"])


def _there(there: Fields, values: Values) -> Values:
    return {name: there[name] for name in values}


def _plainly(values: Values) -> Values:
    """To be compared: names in any order."""
    return {name: sorted(value) if isinstance(value, list) else value for name, value in values.items()}
