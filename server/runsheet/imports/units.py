"""In what unit a duration column is meant: 3 or 180, and whether 3:30 is minutes and seconds or hours and minutes."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from server.runsheet.imports.book import Cell, text_of
from server.runsheet.imports.grid import Grid
from server.runsheet.imports.header import Header
from server.runsheet.imports.mapping import Source
from server.runsheet.imports.times import read_duration, read_when

_SECONDS = re.compile(
    r"[(（\[]\s*(?:秒鐘?|s|sec|secs|seconds|sek)\s*[)）\]]|秒數|^(?:sec|secs|seconds)$", re.IGNORECASE
)
_MINUTES = re.compile(
    r"[(（\[]\s*(?:分鐘?|mins?|minutes|minuten)\s*[)）\]]|分鐘|^mins?$|minutes", re.IGNORECASE
)
_HOURS = re.compile(r"[(（\[]\s*(?:小時|時|h|hrs?|hours|std)\s*[)）\]]|小時|hours", re.IGNORECASE)
_LONG = 5400
"""Half of all rows longer than an hour and a half: no run sheet; minutes and seconds are meant."""
_NEAR = 60


def unit_in(heading: str) -> str:
    """The unit that a heading of a duration says: 長度(秒) is s."""
    return "s" if _SECONDS.search(heading) else "min" if _MINUTES.search(heading) else ""


def with_unit(grid: Grid, header: Header, sources: Sequence[Source]) -> list[Source]:
    """The sources, the duration column with its unit."""
    start = next((source.column for source in sources if source.field == "start"), 0)
    return [
        replace(source, unit=_unit(grid, header, source, start)) if source.field == "duration" else source
        for source in sources
    ]


def _unit(grid: Grid, header: Header, source: Source, start: int) -> str:
    """As the heading says, else as it fits between the starts, else what is usual."""
    rows = [row for row in grid.rows if row >= header.first_row]
    cells = {row: cell for row in rows if (cell := grid.sheet.cell(row, source.column))}
    colons = sum(cell.kind == "clock" or ":" in text_of(cell) for cell in cells.values()) * 2 > len(cells)
    named = unit_in(source.heading) or ("h" if _HOURS.search(source.heading) else "")
    if named and not colons:
        return named
    choices = ("h:mm", "m:ss") if colons else ("min", "s")
    if named == "s":
        return "m:ss"
    gaps = _gaps(grid, rows, start)
    worth = [_fits(cells, gaps, unit) for unit in choices]
    if worth[0] == worth[1]:
        return _usual(cells, choices)
    return choices[worth.index(max(worth))]


def _gaps(grid: Grid, rows: Sequence[int], start: int) -> dict[int, int]:
    """Seconds from each row's start to the next one's."""
    starts = [
        (row, when.start)
        for row in rows
        if (cell := grid.sheet.cell(row, start)) and (when := read_when(cell))
    ]
    known = [(row, clock) for row, clock in starts if clock is not None]
    return {row: then - clock for (row, clock), (_, then) in pairwise(known) if then > clock}


def _fits(cells: dict[int, Cell], gaps: dict[int, int], unit: str) -> tuple[int, int]:
    """How many durations fill the gap to the next start, and how many at least go into it."""
    pairs = [
        (duration, gaps[row])
        for row, cell in cells.items()
        if row in gaps and (duration := read_duration(cell, unit))
    ]
    return sum(abs(duration - gap) <= _NEAR for duration, gap in pairs), sum(
        0 < duration <= gap for duration, gap in pairs
    )


def _usual(cells: dict[int, Cell], choices: tuple[str, str]) -> str:
    durations = [duration for cell in cells.values() if (duration := read_duration(cell, choices[0]))]
    return choices[1] if durations and choices[0] == "h:mm" and median(durations) > _LONG else choices[0]
