"""What a coordinator's form says of the columns: the guess, with what was chosen otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2s
from typing import Any

from server.runsheet.imports import FIELDS, Mapping, Source, Workbook, guess
from server.runsheet.imports.book import MAX_ROW, letters
from server.runsheet.imports.grid import Grid
from server.runsheet.imports.header import Header
from server.runsheet.imports.units import with_unit
from server.runsheet.imports.words import REPEATABLE, plain

_MOST_HEADER_ROWS = 3


@dataclass(frozen=True)
class Wish:
    """The form's fields about the columns.

    header: the rows of the headings as `1,2`, `none`, or nothing for the guess. of: the sheet and header that
    `fields` and `units` were chosen for (`mark_of`); on another sheet they mean nothing. changed: the column that was
    chosen last, which wins where two want the same.
    """

    sheet: str | None = None
    header: str = ""
    of: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    changed: str = ""


def mapping_of(book: Workbook, wish: Wish, known: Sequence[dict[str, str]]) -> Mapping:
    """The mapping that the form means. FileRefusedError if the sheet can't be used, ValueError for a bad form."""
    guessed = guess(book, wish.sheet, known=known, header_rows=_header_rows(wish.header))
    if wish.of != mark_of(guessed):
        return guessed
    chosen = [_chosen(source, wish) for source in guessed.sources]
    claims = sorted(chosen, key=lambda source: str(source.column) != wish.changed)
    kept = {source.column: source for source in _without_rivals(claims)}
    made = replace(guessed, sources=tuple(kept[source.column] for source in chosen))
    return Mapping.from_json(replace(made, sources=_with_units(book, made, wish)).to_json())


def mark_of(mapping: Mapping) -> str:
    """Tells one sheet and header from another."""
    return f"{','.join(map(str, mapping.header_rows))}|{mapping.sheet}"


def choice_of(source: Source) -> str:
    """What a column's select shows as chosen."""
    return f"column:{source.key}" if source.field == "column" and not source.new else source.field


def header_choices(book: Workbook, mapping: Mapping, most: int) -> list[dict[str, Any]]:
    """Rows that may be the header: the guess, and each of the first rows, alone and with the one below."""
    grid = Grid(book.sheet(mapping.sheet))
    first = grid.rows[:most]
    pairs = [(row, row + 1) for row in first if row + 1 in grid.sheet.rows]
    rows = dict.fromkeys([mapping.header_rows, *((row,) for row in first), *pairs])
    return [_header_choice(grid, choice) for choice in sorted(rows) if choice]


def _header_choice(grid: Grid, rows: tuple[int, ...]) -> dict[str, Any]:
    texts = [grid.text(rows[-1], column) for column in range(1, min(grid.width, 30) + 1)]
    about = "、".join(text.replace("\n", " ")[:12] for text in texts if text)
    return {"value": ",".join(map(str, rows)), "rows": list(rows), "about": about[:48]}


def _header_rows(text: str) -> list[int] | None:
    if not text:
        return None
    rows = [] if text == "none" else [int(row) for row in text.split(",")]
    if len(rows) > _MOST_HEADER_ROWS or any(not 1 <= row <= MAX_ROW for row in rows):
        raise ValueError(text)
    return rows


def _chosen(source: Source, wish: Wish) -> Source:
    """The column as the form has it; what was not changed stays as sure or unsure as it was guessed."""
    choice = wish.fields.get(str(source.column), choice_of(source))
    if choice == choice_of(source):
        return source
    name, _, key = choice.partition(":")
    if name not in FIELDS:
        raise ValueError(choice)
    own: dict[str, Any] = {"field": name, "key": key, "new": False, "unit": "", "confidence": 1.0}
    return replace(source, **own | (_new_column(source) if name == "column" and not key else {}))


def _new_column(source: Source) -> dict[str, Any]:
    heading = source.heading or letters(source.column)
    key = blake2s(plain(heading).encode(), digest_size=5).hexdigest()
    return {"key": f"col-{key}", "new": True, "heading": heading}


def _without_rivals(sources: Iterable[Source]) -> Iterable[Source]:
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


def _with_units(book: Workbook, mapping: Mapping, wish: Wish) -> tuple[Source, ...]:
    """Durations in the unit that the form says, or else in the one that fits."""
    grid, header = Grid(book.sheet(mapping.sheet)), Header(mapping.header_rows, mapping.first_row)
    fitting = {source.column: source.unit for source in with_unit(grid, header, mapping.sources)}
    units = {column: wish.units.get(str(column)) or unit for column, unit in fitting.items()}
    return tuple(
        replace(source, unit=units[source.column]) if source.field == "duration" else source
        for source in mapping.sources
    )
