"""Which row of a file is which row of the sheet: by track, time and title, since a file knows no ids. Pure.

What is surest is paired first, and each row once. Rows that are equal to that are paired in their order, so nothing
depends on ids; each step sorts rows into buckets, so five thousand take no longer than their number asks.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

SIMILAR = 0.6
_LOOKED_AT = 12
"""Of rows at the same time on the same track, or between the same two; the first ones."""


class Row(NamedTuple):
    """A row as it is told apart: `level` is segment, item or cue; `start` epoch milliseconds; `title` is folded."""

    level: str
    track: str
    day: str
    start: int | None
    title: str
    number: str = ""
    content: tuple[str, ...] = ()
    """What it says besides; of rows that are called alike, those that say the same belong together."""


Key = Callable[["_Side", int], Hashable]


class _Side:
    """Rows in their order, each with the one before it on its track, and what is still without its like."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.left = dict.fromkeys(range(len(rows)))
        self.before = _before(rows)

    def title_before(self, place: int) -> str:
        before = self.before[place]
        return "" if before is None else self.rows[before].title

    def buckets(self, key: Key) -> dict[Hashable, list[int]]:
        """What is left by a key; rows without one are left out."""
        found: dict[Hashable, list[int]] = {}
        for place in self.left:
            if (word := key(self, place)) is not None:
                found.setdefault(word, []).append(place)
        return found


def _before(rows: Sequence[Row]) -> list[int | None]:
    last: dict[tuple[str, str], int] = {}
    found: list[int | None] = []
    for place, row in enumerate(rows):
        found.append(last.get((row.level, row.track)))
        last[row.level, row.track] = place
    return found


def match(file: Sequence[Row], sheet: Sequence[Row]) -> list[int | None]:
    """For each row of the file the place of its like among the sheet's rows, which stand in their order; or None."""
    pairs = _Pairs(_Side(file), _Side(sheet))
    for key in (_saying_the_same(_at_its_time), _at_its_time):
        pairs.take_equal(key)
    by_title = (_without_a_time, _after_the_same, _title_that_day)
    for key in (*map(_saying_the_same, by_title), *by_title, _moment):
        pairs.take_equal(key)
    for key in (_title_on_track, _title_on_day, _title):
        pairs.take_sole(key)
    pairs.take_similar(_time, _time)
    pairs.take_similar(pairs.behind_the_like, _behind)
    return pairs.found


@dataclass
class _Pairs:
    file: _Side
    sheet: _Side

    def __post_init__(self) -> None:
        self.found: list[int | None] = [None] * len(self.file.rows)

    def take_equal(self, key: Key) -> None:
        """Rows of one key in their order."""
        there = self.sheet.buckets(key)
        for word, places in self.file.buckets(key).items():
            for place, like in zip(places, there.get(word, ()), strict=False):
                self._pair(place, like)

    def take_sole(self, key: Key) -> None:
        """Rows of which there is one on either side."""
        there = self.sheet.buckets(key)
        for word, places in self.file.buckets(key).items():
            if len(places) == len(there.get(word, ())) == 1:
                self._pair(places[0], there[word][0])

    def take_similar(self, key: Key, key_there: Key) -> None:
        """Rows of one key whose titles are similar, or whose numbers are the same; the most similar first."""
        there = self.sheet.buckets(key_there)
        for word, places in self.file.buckets(key).items():
            for place, like in self._similar(places[:_LOOKED_AT], there.get(word, [])[:_LOOKED_AT]):
                self._pair(place, like)

    def _similar(self, places: Iterable[int], others: Sequence[int]) -> list[tuple[int, int]]:
        rows, there = self.file.rows, self.sheet.rows
        near = [(-likeness(rows[one], there[other]), one, other) for one in places for other in others]
        taken: set[int] = set()
        pairs: dict[int, int] = {}
        for worth, one, other in sorted(near):
            if -worth >= SIMILAR and one not in pairs and other not in taken:
                pairs[one] = other
                taken.add(other)
        return list(pairs.items())

    def behind_the_like(self, side: _Side, place: int) -> Hashable:
        """As `_behind`, of a row of the file: the row of the sheet that its predecessor is."""
        before, row = side.before[place], side.rows[place]
        like = -1 if before is None else self.found[before]
        return None if like is None else (row.level, row.track, row.day, like)

    def _pair(self, place: int, like: int) -> None:
        self.found[place] = like
        del self.file.left[place], self.sheet.left[like]


def likeness(one: Row, other: Row) -> float:
    """From 0 to 1. A title that holds the other is similar, and so is any other under the same number."""
    if one.number and one.number == other.number:
        return 1.0
    short, long = sorted((one.title, other.title), key=len)
    if len(short) > 1 and short in long:
        return max(SIMILAR, len(short) / len(long))
    return SequenceMatcher(None, one.title, other.title, autojunk=False).ratio() if short else 0.0


def _saying_the_same(key: Key) -> Key:
    def both(side: _Side, place: int) -> Hashable:
        word = key(side, place)
        return None if word is None else (word, side.rows[place].content)

    return both


def _at_its_time(side: _Side, place: int) -> Hashable:
    row = side.rows[place]
    return row[:5] if row.start is not None else None


def _without_a_time(side: _Side, place: int) -> Hashable:
    row = side.rows[place]
    return (*row[:5], side.title_before(place)) if row.start is None else None


def _after_the_same(side: _Side, place: int) -> Hashable:
    """Of ten changeovers on one day each is behind another act."""
    row = side.rows[place]
    return (*row[:3], row.title, side.title_before(place)) if row.title else None


def _title_that_day(side: _Side, place: int) -> Hashable:
    row = side.rows[place]
    return (*row[:3], row.title) if row.title else None


def _moment(side: _Side, place: int) -> Hashable:
    """The same at the same time on another track."""
    row = side.rows[place]
    return (row.level, row.start, row.title) if row.title and row.start is not None else None


def _title_on_track(side: _Side, place: int) -> Hashable:
    row = side.rows[place]
    return (row.level, row.track, row.title) if row.title else None


def _title_on_day(side: _Side, place: int) -> Hashable:
    row = side.rows[place]
    return (row.level, row.day, row.title) if row.title else None


def _title(side: _Side, place: int) -> Hashable:
    row = side.rows[place]
    return (row.level, row.title) if row.title else None


def _time(side: _Side, place: int) -> Hashable:
    row = side.rows[place]
    return (row.level, row.track, row.start) if row.start is not None else None


def _behind(side: _Side, place: int) -> Hashable:
    before, row = side.before[place], side.rows[place]
    return row.level, row.track, row.day, -1 if before is None else before
