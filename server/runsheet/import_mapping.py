"""What a coordinator's form says of the columns: the guess, with what was chosen otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from server.runsheet.import_recall import Kept, Recalled, new_column, recalled, recognise, without_rivals
from server.runsheet.imports import FIELDS, Mapping, Source, Workbook, guess
from server.runsheet.imports.book import MAX_ROW
from server.runsheet.imports.grid import Grid
from server.runsheet.imports.header import Header
from server.runsheet.imports.units import with_unit

_MOST_HEADER_ROWS = 3


@dataclass(frozen=True)
class Wish:
    """The form's fields about the columns.

    header: the rows of the headings as `1,2`, `none`, or nothing for the guess. of: the sheet and header that
    `fields` and `units` were chosen for (`mark_of`); on another sheet they mean nothing. changed: the column that was
    chosen last, which wins where two want the same. start: `guess` where a file that is known again is to be guessed.
    """

    sheet: str | None = None
    header: str = ""
    of: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    changed: str = ""
    start: str = ""


@dataclass(frozen=True)
class Meant:
    """A mapping, the kept one that the sheet is known by, whether it began with that, and the headings new since."""

    mapping: Mapping
    known_as: Recalled | None = None
    is_recalled: bool = False
    new: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """Tells one sheet and header, guessed or recalled, from another."""
        rows = ",".join(map(str, self.mapping.header_rows))
        return f"{'~' if self.is_recalled else ''}{rows}|{self.mapping.sheet}"


def mapping_of(
    book: Workbook, wish: Wish, known: Sequence[dict[str, str]], kept: Sequence[Kept] = (), kind: str = ""
) -> Meant:
    """The mapping that the form means. FileRefusedError if the sheet can't be used, ValueError for a bad form."""
    begun = _begun(book, wish, known, recognise_by(book, wish, kept, kind))
    if wish.of != begun.mark:
        return begun
    chosen = [_chosen(source, wish) for source in begun.mapping.sources]
    claims = sorted(chosen, key=lambda source: str(source.column) != wish.changed)
    sources = {source.column: source for source in without_rivals(claims)}
    made = replace(begun.mapping, sources=tuple(sources[source.column] for source in chosen))
    made = replace(made, sources=_with_units(book, made, wish))
    return replace(begun, mapping=Mapping.from_json(made.to_json()))


def recognise_by(book: Workbook, wish: Wish, kept: Sequence[Kept], kind: str) -> Recalled | None:
    """What the sheet that the form names, or any of the book, is known by."""
    return recognise(book, kept, sheet=wish.sheet, header_rows=_header_rows(wish.header), kind=kind)


def _begun(book: Workbook, wish: Wish, known: Sequence[dict[str, str]], found: Recalled | None) -> Meant:
    """Before anything is chosen: as it was the last time, else the guess."""
    if found is None or wish.start == "guess":
        return Meant(guess(book, wish.sheet, known=known, header_rows=_header_rows(wish.header)), found)
    guessed = guess(book, found.sheet, known=known, header_rows=found.header_rows)
    mapping, new = recalled(guessed, found.kept, known)
    return Meant(mapping, found, is_recalled=True, new=tuple(new))


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
    return replace(source, **own | (new_column(source) if name == "column" and not key else {}))


def _with_units(book: Workbook, mapping: Mapping, wish: Wish) -> tuple[Source, ...]:
    """Durations in the unit that the form says, or else in the one that fits."""
    grid, header = Grid(book.sheet(mapping.sheet)), Header(mapping.header_rows, mapping.first_row)
    fitting = {source.column: source.unit for source in with_unit(grid, header, mapping.sources)}
    units = {column: wish.units.get(str(column)) or unit for column, unit in fitting.items()}
    return tuple(
        replace(source, unit=units[source.column]) if source.field == "duration" else source
        for source in mapping.sources
    )
