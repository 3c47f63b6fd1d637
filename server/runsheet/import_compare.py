"""A file beside the sheet as it stands: what came, changed, moved, is gone, and what is the same. Pure."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from server.runsheet.import_fields import Fields, Told, Values, columns_of
from server.runsheet.import_match import Row, match
from server.runsheet.import_names import folded
from server.runsheet.import_place import out_of_order
from server.runsheet.imports import Mapping as ColumnMapping

_LEVELS = {"segment": "segment", "cue": "cue"}
_ON_AIR, _CALLED = frozenset({"live", "paused"}), frozenset({"live", "paused", "done"})
Where = tuple[str, str | None]
"""The track and the parent of a row."""


@dataclass(frozen=True)
class Difference:
    """One field of a row that stands; or, as `track`, `parent` or `order`, where it stands.

    is_edited: somebody has set it by hand since it came in.
    """

    field: str
    old: Values
    new: Values
    is_edited: bool


@dataclass(frozen=True)
class Pair:
    """A row that stands, its place in the file, and how it differs."""

    there: Fields
    place: int
    changes: tuple[Difference, ...] = ()
    move: Difference | None = None

    @property
    def is_called(self) -> bool:
        return is_called(self.there)


@dataclass(frozen=True)
class Comparison:
    """added: places in the file. missing: rows that the file should hold and doesn't."""

    rows: Sequence[Fields]
    pairs: list[Pair]
    added: list[int]
    missing: list[Fields]
    order: dict[Where, list[str]] = field(default_factory=dict)
    """For each list of siblings the file's order of its rows, those that come among them, by their ids."""

    @property
    def changed(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.changes]

    @property
    def moved(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.move]

    @property
    def same(self) -> int:
        return sum(not (pair.changes or pair.move) for pair in self.pairs)


def is_called(there: Fields) -> bool:
    """Whether a row runs or ran."""
    return there["state"] in _CALLED or bool(there["runs"])


def is_on_air(there: Fields) -> bool:
    """Whether a row runs just now; it stays where it is."""
    return there["state"] in _ON_AIR


def compare(
    mapping: ColumnMapping,
    rows: Sequence[Fields],
    sheet: Sequence[Fields],
    imports: Sequence[str],
    scope: str,
) -> Comparison:
    """Compare rows of a file, in its order, with those of the sheet, siblings in their order.

    imports: the ids of earlier imports of such files. scope: what should be in the file, `source` for the rows of
    those, `cover` for all on the tracks and days of the file. `hand` are the fields of a row that people set.
    """
    covered = {(row["track"], row["day"]) for row in rows}
    pool = [there for there in sheet if _covers(covered, there) or comes_from(there, imports)]
    pool = [pool[place] for place in _in_tree_order(pool)]
    ordered = _in_tree_order(rows)
    has_tracks = _tells_track(mapping, rows)
    told, has_segments = Told(mapping, rows), _tells_parent(mapping, rows)
    likeness = _Likeness(told, has_tracks, has_segments)
    found = match(likeness.of([rows[place] for place in ordered]), likeness.of(pool))
    pairs_found = zip(ordered, found, strict=True)
    likes = {place: pool[like] for place, like in sorted(pairs_found) if like is not None}
    taken = {there["id"] for there in likes.values()}
    missing = [
        there
        for there in pool
        if there["id"] not in taken
        and (scope == "cover" or comes_from(there, imports))
        and there["kind"] != "delay"
        and not there.get("leaving")
        and (there["kind"] != "segment" or has_segments)
    ]
    added = [place for place in range(len(rows)) if place not in likes]
    moves = _Moves(mapping, rows, likes, pool)
    pairs = [
        Pair(there, place, _changes(told, rows[place], there), moves.of(place))
        for place, there in likes.items()
    ]
    return Comparison(rows, pairs, added, missing, moves.order)


def comes_from(there: Fields, imports: Sequence[str]) -> bool:
    """Whether one of these imports brought the row in."""
    return there["id"].rpartition("-")[0] in imports


def _covers(covered: AbstractSet[tuple[str, str]], there: Fields) -> bool:
    return (there["track"], there["day"]) in covered


def _in_tree_order(rows: Sequence[Fields]) -> list[int]:
    """Places of rows depth first, and of siblings track by track.

    A segment of a file may go on further down; and only those of one track stand in an order that a file can give.
    """
    names = {row["id"] for row in rows}
    children: dict[str | None, list[int]] = {}
    for place, row in sorted(enumerate(rows), key=lambda each: each[1]["track"]):
        parent = row["parent"] if row["parent"] in names else None
        children.setdefault(parent, []).append(place)
    ordered: list[int] = []
    waiting = children.get(None, [])[::-1]
    while waiting:
        place = waiting.pop()
        ordered.append(place)
        waiting += children.get(rows[place]["id"], [])[::-1]
    return ordered


@dataclass(frozen=True)
class _Likeness:
    """What rows are told apart by, as far as a file tells it: also the track, and the segment they stand in."""

    told: Told
    has_tracks: bool
    has_segments: bool

    def of(self, rows: Sequence[Fields]) -> list[Row]:
        titles = {row["id"]: folded(row["title"]) for row in rows}
        return [self._row(row, titles) for row in rows]

    def _row(self, row: Fields, titles: Mapping[str, str]) -> Row:
        start = row["start"] if row["start_mode"] == "fixed" else None
        level, track = _LEVELS.get(row["kind"], "item"), row["track"] if self.has_tracks else ""
        above = titles.get(row["parent"], "") if self.has_segments else ""
        content = above, *self.told.content(row)
        return Row(level, track, row["day"], start, titles[row["id"]], row["number"], content)


def _changes(told: Told, row: Fields, there: Fields) -> tuple[Difference, ...]:
    hand: AbstractSet[str] = there["hand"]
    return tuple(
        Difference(name, old, new, not hand.isdisjoint(columns_of(name)))
        for name, (old, new) in told.differences(row, there).items()
    )


class _Moves:
    """Where the rows that stand would stand by the file: on which track, under which row, behind which."""

    def __init__(
        self,
        mapping: ColumnMapping,
        rows: Sequence[Fields],
        likes: Mapping[int, Fields],
        pool: Sequence[Fields],
    ) -> None:
        self._rows, self._likes = rows, likes
        self._place_of = {row["id"]: place for place, row in enumerate(rows)}
        self._rank = {there["id"]: rank for rank, there in enumerate(pool)}
        self._tells_track = _tells_track(mapping, rows)
        self._tells_parent = _tells_parent(mapping, rows)
        self._where: dict[int, Where] = {}
        self.order: dict[Where, list[str]] = {}
        for place in range(len(rows)):
            where = self._where[place] = self._find(place)
            self.order.setdefault(where, []).append(self._id(place))
        self._standing = {there["id"]: (there["track"], there["parent"]) for there in likes.values()}
        self._late = {row_id for where in self.order for row_id in self._out_of_order(where)}

    def of(self, place: int) -> Difference | None:
        there, (track, parent) = self._likes[place], self._where[place]
        old = {"track": there["track"], "parent": there["parent"]}
        new = {"track": track, "parent": parent}
        if old == new and there["id"] not in self._late:
            return None
        name = next((each for each in ("parent", "track") if old[each] != new[each]), "order")
        return Difference(name, old, new, not there["hand"].isdisjoint({"track", "parent", "order_key"}))

    def _find(self, place: int) -> Where:
        """A row keeps its parent, and its track, where the file has none to tell."""
        row, there = self._rows[place], self._likes.get(place)
        track: str = there["track"] if there and not self._tells_track else row["track"]
        if row["parent"]:
            above = self._place_of[row["parent"]]
            follows = row["track"] == self._rows[above]["track"]
            return self._where[above][0] if follows else track, self._id(above)
        if there and there["track"] == track and (there["kind"] == "cue" or not self._tells_parent):
            return track, there["parent"]
        return track, None

    def _id(self, place: int) -> str:
        there = self._likes.get(place)
        return str((there or self._rows[place])["id"])

    def _out_of_order(self, where: Where) -> list[str]:
        """Of the rows that stand in this list already, those that stand elsewhere in it than in the file."""
        here = [row_id for row_id in self.order[where] if self._standing.get(row_id) == where]
        return [here[index] for index in out_of_order([self._rank[row_id] for row_id in here])]


def _tells_parent(mapping: ColumnMapping, rows: Sequence[Fields]) -> bool:
    """A file without segments says nothing of them, unless it has a column for their names."""
    return bool(mapping.columns("segment")) or any(row["kind"] == "segment" for row in rows)


def _tells_track(mapping: ColumnMapping, rows: Sequence[Fields]) -> bool:
    """A file of one track that no column names says nothing of tracks."""
    return bool(mapping.columns("track")) or len({row["track"] for row in rows}) > 1
