"""Finding the header of a sheet: below titles and instructions, over one row or several, with merged cells."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from server.runsheet.imports.book import Cell, text_of
from server.runsheet.imports.clean import one_line
from server.runsheet.imports.days import read_day
from server.runsheet.imports.grid import Grid
from server.runsheet.imports.times import read_when
from server.runsheet.imports.words import candidates

_SEARCHED = 80
"""Rows with content in which a header is looked for."""
_SURE = 0.75
_ENOUGH = 1.5
"""The score of two headings that are sure: one word alone may stand anywhere."""
_MOST_ROWS = 3
_LONGEST = 40
_FIGURE = re.compile(r"[#.]?[0-9]{1,3}[#.]?")
_DATE = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?")


@dataclass(frozen=True)
class Header:
    """Rows of the header from top to bottom (none if the sheet has none), and the first row below it."""

    rows: tuple[int, ...]
    first_row: int


def find_header(grid: Grid) -> Header:
    """The row that names the most fields, with the rows above and below that belong to it."""
    searched = grid.rows[:_SEARCHED]
    best = max(searched, key=lambda row: (_score(grid, row), -row), default=0)
    if _score(grid, best) < _ENOUGH:
        return Header((), grid.rows[0] if grid.rows else 1)
    return header_at(grid, _downward(grid, _upward(grid, [best])))


def header_at(grid: Grid, rows: Iterable[int]) -> Header:
    """The header that consists of these rows."""
    ordered = tuple(sorted(set(rows)))
    first = next(
        (row for row in grid.rows if row > (ordered[-1] if ordered else 0)), grid.rows[-1] if grid.rows else 1
    )
    return Header(ordered, first)


def heading(grid: Grid, rows: Sequence[int], column: int) -> str:
    """What stands above a column. A bare figure says nothing without what stands above it: Speakers 2."""
    parts = list(dict.fromkeys(text for row in rows if (text := _heading_cell(grid, row, column))))
    if not parts:
        return ""
    own = parts[-1]
    if not _is_figure(own):
        return own
    above = parts[-2] if len(parts) > 1 else _group_to_the_left(grid, rows, column)
    return f"{above} {own}".strip()


def day_above(grid: Grid, header: Header) -> str:
    """A date in the rows above the header, ISO, or nothing."""
    cells = (cell for row in grid.rows if row < header.first_row for cell in grid.sheet.rows[row].values())
    days = (day for cell in cells if (day := _dated(cell)))
    return next(days, "")


def _dated(cell: Cell) -> str:
    found = _DATE.search(unicodedata.normalize("NFKC", text_of(cell))[:200])
    day = read_day(cell) if cell.kind in {"date", "moment"} else read_day(found[0]) if found else None
    return day.value if day and day.kind == "date" else ""


def _fields(grid: Grid, row: int) -> dict[tuple[str, str], float]:
    """The distinct fields that the row's cells name, with the best confidence of each."""
    found: dict[tuple[str, str], float] = {}
    for cell in grid.sheet.rows.get(row, {}).values():
        if cell.kind == "text" and len(str(cell.value)) <= _LONGEST:
            for name, key, confidence in candidates(str(cell.value))[:1]:
                found[name, key] = max(found.get((name, key), 0.0), confidence)
    return found


def _score(grid: Grid, row: int) -> float:
    return sum(
        confidence if confidence >= _SURE else confidence / 3 for confidence in _fields(grid, row).values()
    )


def _upward(grid: Grid, rows: list[int]) -> list[int]:
    """Take rows above as long as they say what a column's own cell leaves open."""
    while len(rows) < _MOST_ROWS and rows[0] - 1 in grid.sheet.rows and _explains(grid, rows[0] - 1, rows[0]):
        rows = [rows[0] - 1, *rows]
    return rows


def _explains(grid: Grid, above: int, row: int) -> bool:
    return any(
        _is_open(grid, row, column) and not _spans_headings(grid, above, row, column)
        for column in grid.sheet.rows[above]
        if candidates(_heading_cell(grid, above, column))
    )


def _is_open(grid: Grid, row: int, column: int) -> bool:
    text = grid.text(row, column)
    return not text or _is_figure(text)


def _spans_headings(grid: Grid, above: int, row: int, column: int) -> bool:
    """A title over the whole sheet explains no single column."""
    span = grid.span(above, column)
    return span is not None and any(
        not _is_open(grid, row, other) for other in range(span[1], min(span[3], grid.width) + 1)
    )


def _downward(grid: Grid, rows: list[int]) -> list[int]:
    while (
        len(rows) < _MOST_ROWS
        and rows[-1] + 1 in grid.sheet.rows
        and _continues(grid, rows[-1], rows[-1] + 1)
    ):
        rows = [*rows, rows[-1] + 1]
    return rows


def _continues(grid: Grid, row: int, below: int) -> bool:
    """A second row of the header holds only short words, under merged cells or known ones."""
    cells = grid.sheet.rows[below]
    if any(
        cell.kind != "text" or len(str(cell.value)) > _LONGEST or _is_time(cell) for cell in cells.values()
    ):
        return False
    merged = any(grid.is_below_merge(below, column) for column in grid.sheet.rows[row])
    known = sum(confidence >= _SURE for confidence in _fields(grid, below).values())
    fills_gaps = sum(_is_open(grid, row, column) for column in cells) * 2 >= len(cells)
    return (merged and fills_gaps) or (known > 1 and known * 5 >= len(cells) * 3)


def _is_time(cell: Cell) -> bool:
    when = read_when(cell)
    return when is not None and when.start is not None


def _heading_cell(grid: Grid, row: int, column: int) -> str:
    return one_line(text_of(grid.across(row, column)))[:200]


def _group_to_the_left(grid: Grid, rows: Sequence[int], column: int) -> str:
    """A .csv has no merged cells: the group's name stands over the first of its numbered columns."""
    for upper, lower in pairwise(rows):
        for left in range(column - 1, 0, -1):
            if not _is_figure(grid.text(lower, left)):
                break
            if text := grid.text(upper, left):
                return one_line(text)[:200]
    return ""


def _is_figure(text: str) -> bool:
    return _FIGURE.fullmatch(text) is not None
