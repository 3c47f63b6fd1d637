"""Knowing a file again by its headings, and meaning its columns as they were meant the last time. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import Any

from server.runsheet.import_names import folded
from server.runsheet.imports import Mapping as ColumnMapping
from server.runsheet.imports import Source, Workbook
from server.runsheet.imports.book import MAX_COLUMN, letters
from server.runsheet.imports.grid import Grid
from server.runsheet.imports.header import find_header, heading
from server.runsheet.imports.words import REPEATABLE, plain

ALIKE = 0.6
"""The share of all headings, then and now, that both have."""
_FEWEST = 2
_WIDEST = 200

Kept = Mapping[str, Any]
"""A row of `import_source` as JSON; `own` says whether it is of this event."""
Known = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Recalled:
    """What a sheet was known again as, and the rows of its headings now."""

    kept: Kept
    sheet: str
    header_rows: tuple[int, ...]


def word_of(source: Source) -> str:
    """By what a column is known again; nothing for one without a heading."""
    return "" if source.heading == letters(source.column) else plain(source.heading)


def recognise(
    book: Workbook, kept: Sequence[Kept], *, sheet: str | None, header_rows: Iterable[int] | None, kind: str
) -> Recalled | None:
    """The kept shape that is most like a sheet of the book, or the given one; None if none is like it."""
    if not kept:
        return None
    best: tuple[tuple[Any, ...], Recalled] | None = None
    for each in book.usable:
        if sheet is not None and each.name != sheet:
            continue
        looked = _Looked(Grid(each), header_rows)
        for place, one in enumerate(kept):
            rows, alike = looked.likeness(one)
            worth = (
                alike,
                not each.hidden,
                one["sheet"] == each.name,
                one["own"],
                one["kind"] == kind,
                -place,
            )
            if alike >= ALIKE and (best is None or worth > best[0]):
                best = worth, Recalled(one, each.name, rows)
    return best[1] if best else None


class _Looked:
    """A sheet's headings, by the rows in which they are looked for."""

    def __init__(self, grid: Grid, header_rows: Iterable[int] | None) -> None:
        self._grid = grid
        self._asked = None if header_rows is None else tuple(sorted(header_rows))
        self._guessed = find_header(grid).rows if self._asked is None else ()
        self._words: dict[tuple[int, ...], Counter[str]] = {}

    def likeness(self, kept: Kept) -> tuple[tuple[int, ...], float]:
        """The rows where the headings are most like the kept ones, and how much, from 0 to 1."""
        then = _words(kept)
        places = [self._asked] if self._asked is not None else [self._guessed, tuple(kept["header_rows"])]
        found = [(rows, _alike(then, self._at(rows))) for rows in places]
        return max(found, key=lambda each: each[1])

    def _at(self, rows: tuple[int, ...]) -> Counter[str]:
        if rows not in self._words:
            columns = range(1, min(self._grid.width, _WIDEST, MAX_COLUMN) + 1)
            words = (plain(heading(self._grid, rows, column)) for column in columns)
            self._words[rows] = Counter(filter(None, words))
        return self._words[rows]


def _alike(one: Counter[str], other: Counter[str]) -> float:
    both, either = (one & other).total(), (one | other).total()
    return both / either if both >= _FEWEST else 0.0


def imports_of(kept: Sequence[Kept], mapping: ColumnMapping) -> list[str]:
    """The imports into this event of files with such headings, also of those with some that are new or gone since."""
    now = Counter(filter(None, map(word_of, mapping.sources)))
    alike = (one for one in kept if one["own"] and _alike(_words(one), now) >= ALIKE)
    return [job for one in alike for job in one["jobs"]]


def _words(kept: Kept) -> Counter[str]:
    return Counter(source["word"] for source in kept["sources"] if source["word"])


def recalled(guessed: ColumnMapping, kept: Kept, known: Known) -> tuple[ColumnMapping, list[str]]:
    """The mapping as it was kept, and the headings that are new since: those stay as they are guessed."""
    then = dict(_counted((source["word"] or source["column"], source) for source in kept["sources"]))
    now = list(_counted((word_of(source) or source.column, source) for source in guessed.sources))
    made = {key: _as_kept(source, then[key], known) for key, source in now if key in then}
    claims = [*made.values(), *(source for key, source in now if key not in made)]
    chosen = {source.column: source for source in without_rivals(claims)}
    new = [source.heading for key, source in now if key not in made and source.heading]
    return replace(guessed, sources=tuple(chosen[source.column] for source in guessed.sources)), new


def _counted(pairs: Iterable[tuple[Any, Any]]) -> Iterator[tuple[tuple[Any, int], Any]]:
    """Of headings that stand several times, each with its turn."""
    times: Counter[Any] = Counter()
    for key, value in pairs:
        times[key] += 1
        yield (key, times[key]), value


def _as_kept(source: Source, kept: Kept, known: Known) -> Source:
    own: dict[str, Any] = {"field": kept["field"], "key": "", "new": False, "confidence": 1.0}
    if kept["field"] == "column":
        own |= _column_as_kept(source, kept, known)
    return replace(source, **own, unit=kept["unit"] if kept["field"] == "duration" else "")


def _column_as_kept(source: Source, kept: Kept, known: Known) -> dict[str, Any]:
    """The event's column of that id, else of that name, else a new one."""
    if any(column["id"] == kept["key"] for column in known):
        return {"key": kept["key"]}
    name = folded(kept["name"])
    same = (
        column["id"] for column in known if name and name in map(folded, (column["name"], column["name_en"]))
    )
    found = next(same, None)
    return {"key": found} if found else new_column(source)


def new_column(source: Source) -> dict[str, Any]:
    """What makes a column of the file a new one of the event."""
    name = source.heading or letters(source.column)
    key = blake2s(plain(name).encode(), digest_size=5).hexdigest()
    return {"key": f"col-{key}", "new": True, "heading": name}


def without_rivals(sources: Iterable[Source]) -> Iterable[Source]:
    """Each field once, but for those that several columns may fill; the first claim counts."""
    taken: set[tuple[str, str]] = set()
    for source in sources:
        claim = (source.field, source.key)
        if claim not in taken or source.field in REPEATABLE | {"ignore"}:
            taken.add(claim)
            yield source
        elif source.field == "column" and source.new:
            yield replace(source, key=f"{source.key}-{source.column}")
        else:
            yield replace(source, field="ignore", key="", new=False)
