"""What is to be done to the sheet so that the differences that a coordinator takes are gone. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from server.runsheet.import_compare import Comparison, Pair
from server.runsheet.import_fields import GUESSED, Fields, Values

DOCUMENTS = ("columns", "people", "departments", "flagged")


def plain_rows(rows: Sequence[Fields]) -> list[Values]:
    """Rows as the namer makes them, their documents as values."""
    return [{**row, **{name: json.loads(row[name]) for name in DOCUMENTS}} for row in rows]


class Plan:
    """The taken differences as steps.

    taken: `rows`, places in the file of rows that come; `pairs`, the place of each row that stands as it was seen;
    `fields`, names by row; `places`, rows that move; `gone`; `called`, those of them that were called. What is not
    found any more is in `left`.
    """

    def __init__(self, found: Comparison, taken: Mapping[str, Any]) -> None:
        self.left: list[Values] = []
        self.called: list[str] = taken["called"]
        self._found, self._taken = found, taken
        self._place_of = {row["id"]: place for place, row in enumerate(found.rows)}
        self._pairs = {pair.there["id"]: pair for pair in found.pairs}
        self._coming = self._come()
        self._where = {row_id: where for where, ids in found.order.items() for row_id in ids}
        self.edits = {pair.there["id"]: self._edit(pair, names) for pair, names in self._changing()}
        self.moves = self._move()
        self.gone = self._go()

    def coming(self, rows: Sequence[Fields]) -> list[Values]:
        """The rows that come, each under the row that stands for its parent."""
        return [{**rows[place], **self._goal(row_id)} for row_id, place in self._coming.items()]

    @property
    def staying(self) -> list[str]:
        """Rows that the file has under one that moves, and that don't move with it."""
        under = (pair.there for pair in self._found.pairs if pair.there["parent"] in self.moves)
        return [there["id"] for there in under if there["id"] not in self.moves]

    @property
    def order(self) -> list[tuple[str, str | None, list[tuple[str, bool]]]]:
        """The lists in which something is put."""
        lists: dict[tuple[str, str | None], list[tuple[str, bool]]] = {}
        for ids in self._found.order.values():
            for row_id in ids:
                is_put = row_id in self._coming or row_id in self.moves
                if is_put or row_id in self._pairs:
                    lists.setdefault(self._place(row_id), []).append((row_id, is_put))
        return [(*where, wanted) for where, wanted in lists.items() if any(put for _, put in wanted)]

    def _place(self, row_id: str) -> tuple[str, str | None]:
        """Where a row goes: at the top where what it should stand under doesn't come."""
        track, parent = self._where[row_id]
        is_there = parent not in self._place_of or parent in self._coming
        return track, parent if is_there else None

    def _come(self) -> dict[str, int]:
        added = set(self._found.added)
        for place in self._taken["rows"]:
            if place not in added:
                self._leave(self._found.rows[place] if place < len(self._found.rows) else None)
        return {
            str(self._found.rows[place]["id"]): place for place in sorted(added & set(self._taken["rows"]))
        }

    def _changing(self) -> list[tuple[Pair, set[str]]]:
        found = [(cue, set(names)) for cue, names in self._taken["fields"].items()]
        return [
            (pair, names) for cue, names in found if (pair := self._pair(cue)) and self._differ(pair, names)
        ]

    def _differ(self, pair: Pair, names: set[str]) -> bool:
        """Whether all that is taken still differs; else somebody has done something about it."""
        differing = {change.field for change in pair.changes}
        if not names <= differing:
            self._leave(pair.there)
        return bool(names & differing)

    def _pair(self, cue: str) -> Pair | None:
        """The row with its place in the file, if that is still the one that was seen."""
        pair = self._pairs.get(cue)
        if pair is None or pair.place != self._taken["pairs"].get(cue):
            self._leave(pair.there if pair else None)
            return None
        return pair

    def _edit(self, pair: Pair, names: set[str]) -> Values:
        values: Values = {}
        for change in pair.changes:
            if change.field in names:
                cells = values.get("columns", {}) | change.new.get("columns", {})
                values |= change.new | ({"columns": cells} if cells else {})
        if "length" in names:
            values |= _flags(pair.there, self._found.rows[pair.place])
        return values

    def _move(self) -> dict[str, Values]:
        pairs = [pair for cue in self._taken["places"] if (pair := self._pair(cue))]
        for pair in pairs:
            if pair.move is None:
                self._leave(pair.there)
        moving = sorted((pair for pair in pairs if pair.move), key=lambda pair: pair.place)
        return {pair.there["id"]: self._goal(pair.there["id"]) for pair in moving}

    def _goal(self, row_id: str) -> Values:
        """Where a row goes; on which track, only where that isn't simply its parent's."""
        track, parent = self._place(row_id)
        return {"track": "" if parent and self._follows(row_id) else track, "parent": parent}

    def _follows(self, row_id: str) -> bool:
        """Whether the file has a row on the track of what it stands under."""
        place = self._pairs[row_id].place if row_id in self._pairs else self._coming[row_id]
        row = self._found.rows[place]
        return not row["parent"] or row["track"] == self._found.rows[self._place_of[row["parent"]]]["track"]

    def _go(self) -> list[str]:
        missing = {there["id"] for there in self._found.missing}
        for cue in self._taken["gone"]:
            if cue not in missing:
                self._leave(self._pairs[cue].there if cue in self._pairs else None)
        going = missing & set(self._taken["gone"])
        return [there["id"] for there in self._found.missing if there["id"] in going]

    def _leave(self, row: Fields | None) -> None:
        self.left.append({"title": row["title"] if row else "", "why": "stale" if row else "gone"})


def needed(new: Mapping[str, list[Values]], plan: Plan, coming: Sequence[Fields]) -> dict[str, list[Values]]:
    """Of the names that the file would make those that something taken quotes."""
    used: set[str] = set()
    for values in (*coming, *plan.edits.values(), *plan.moves.values()):
        used |= {str(values[name]) for name in ("track", "place") if values.get(name)}
        used |= {*values.get("departments", ()), *values.get("columns", ())}
    return {kind: [entry for entry in entries if entry["id"] in used] for kind, entries in new.items()}


def _flags(there: Fields, row: Fields) -> Values:
    """A length that the file gives is not guessed any more, and the other way round."""
    guessed = [GUESSED] if GUESSED in row["flagged"] else []
    flags = [flag for flag in there["flagged"] if flag != GUESSED] + guessed
    return {"flagged": flags} if flags != there["flagged"] else {}
