"""From the cells of one row to a draft."""

from collections.abc import Iterator

from server.runsheet.imports.book import Cell, text_of
from server.runsheet.imports.clean import one_line, tidy
from server.runsheet.imports.days import read_day
from server.runsheet.imports.drafts import FLAGS, Draft, Report
from server.runsheet.imports.grid import Grid
from server.runsheet.imports.mapping import Mapping, Source
from server.runsheet.imports.names import MOST, names_in
from server.runsheet.imports.times import LONGEST_DURATION, When, read_duration, read_when
from server.runsheet.imports.titles import (
    LINE,
    NUMBER,
    ROW,
    TEXT,
    TITLE,
    shorten,
    split_kind,
    split_languages,
)
from server.runsheet.imports.words import kind_of

_YES = {"true", "yes", "y", "v", "x", "1", "✓", "✔", "○", "●", "是", "有", "硬", "hard", "★", "*"}
_LIMITS = {"number": NUMBER, "title": TITLE, "title_en": TITLE, "note": TEXT}
_ONE_LINE = (
    "number",
    "title_en",
    "title_kind",
    "place",
    "track",
    "meeting",
    "reading",
    "line",
    "kind",
    "segment",
    "colour",
)


class RowReader:
    """Reads rows of one sheet by its mapping."""

    def __init__(self, grid: Grid, mapping: Mapping, report: Report, zone: str) -> None:
        self._grid, self._mapping, self._report, self._zone = grid, mapping, report, zone
        self._truncated = {(f.row, f.column) for f in grid.sheet.findings if f.code == "value_truncated"}
        self._flags: dict[int, list[str]] = {}
        for found in grid.sheet.findings:
            if found.row and not found.column and found.code in FLAGS:
                self._flags.setdefault(found.row, []).append(found.code)

    def read(self, row: int) -> Draft:
        """The row by itself, with what vertical merges say for it."""
        draft = Draft(row, flags=list(self._flags.get(row, ())))
        for source, cell in self._cells(row, draft):
            self._take(draft, source, cell)
        self._finish_title(draft)
        return draft

    def text(self, row: int, name: str) -> str:
        """A field's own text in the row, without merges."""
        return next(
            (text for source in self._mapping.columns(name) if (text := self._grid.text(row, source.column))),
            "",
        )

    def is_merged(self, row: int, name: str) -> bool:
        """Whether the field's cell only goes on with one above it."""
        return any(self._grid.is_below_merge(row, source.column) for source in self._mapping.columns(name))

    def _cells(self, row: int, draft: Draft) -> Iterator[tuple[Source, Cell]]:
        for source in self._mapping.sources:
            cell = None if source.field == "ignore" else self._grid.down(row, source.column)
            if cell is None:
                continue
            if cell.kind in {"formula", "error"}:
                code = "formula_without_value" if cell.kind == "formula" else "cell_error"
                self._report.add(code, draft, source.column, value=str(cell.value))
                continue
            if (row, source.column) in self._truncated:
                self._report.add("value_truncated", draft, source.column, field=source.field)
            yield source, cell

    def _take(self, draft: Draft, source: Source, cell: Cell) -> None:
        match source.field:
            case "start" | "end":
                self._take_when(draft, source, cell)
            case "duration":
                self._take_duration(draft, source, cell)
            case "day":
                self._take_day(draft, source, cell)
            case "people" | "departments":
                names: list[str] = getattr(draft, source.field)
                names.extend(
                    name for name in names_in(tidy(text_of(cell)), split=source.split) if name not in names
                )
                del names[MOST:]
            case "hard" | "skip" | "count_to_end":
                setattr(draft, source.field, text_of(cell).casefold() in _YES)
            case "column":
                draft.columns[source.key] = self._bounded(draft, source, tidy(text_of(cell)), TEXT)
            case "segment_start":
                pass
            case _:
                self._take_text(draft, source, cell)

    def _take_text(self, draft: Draft, source: Source, cell: Cell) -> None:
        text = text_of(cell)
        text = one_line(text) if source.field in _ONE_LINE else tidy(text)
        if source.field == "note" and draft.texts.get("note"):
            text = f"{draft.texts['note']}\n{text}"
        if source.field == "title":
            text, english = split_languages(text)
            if english:
                draft.texts.setdefault("title_en", self._bounded(draft, source, english, TITLE))
        draft.texts[source.field] = self._bounded(draft, source, text, _LIMITS.get(source.field, LINE))

    def _bounded(self, draft: Draft, source: Source, text: str, limit: int) -> str:
        """As much of a text as its field and the row can take; what is left out is told."""
        limit = min(limit, max(ROW - draft.size, 1))
        if len(text) > limit:
            code = "title_truncated" if source.field == "title" else "value_truncated"
            self._report.add(code, draft, source.column, field=source.field, limit=limit)
        return shorten(text, limit)

    def _take_when(self, draft: Draft, source: Source, cell: Cell) -> None:
        when = read_when(cell, self._zone) or _day_alone(source, cell)
        if when is None:
            self._report.add(
                "time_unreadable", draft, source.column, value=shorten(one_line(text_of(cell)), 60)
            )
        elif source.field == "end":
            draft.end = when
        else:
            draft.when = when

    def _take_duration(self, draft: Draft, source: Source, cell: Cell) -> None:
        seconds = read_duration(cell, source.unit or "min")
        text = shorten(one_line(text_of(cell)), 60)
        if seconds is None:
            if (when := read_when(cell)) is None or when.start is not None:
                self._report.add("time_unreadable", draft, source.column, value=text)
        elif seconds < 0:
            self._report.add("negative_duration", draft, source.column, value=text)
        elif seconds > LONGEST_DURATION:
            self._report.add("duration_out_of_range", draft, source.column, value=text)
        else:
            draft.duration = seconds

    def _take_day(self, draft: Draft, source: Source, cell: Cell) -> None:
        draft.day = read_day(cell)
        if draft.day is None:
            self._report.add(
                "day_unreadable", draft, source.column, value=shorten(one_line(text_of(cell)), 60)
            )

    def _finish_title(self, draft: Draft) -> None:
        if not draft.texts.get("title_kind") and draft.title:
            draft.texts["title_kind"], draft.texts["title"] = split_kind(draft.title)
        draft.kind = kind_of(draft.texts.get("kind", "")) or ""


def _day_alone(source: Source, cell: Cell) -> When | None:
    """D-1 in the column of starts: a day without a time yet."""
    text = str(cell.value)
    is_moment = text[10:11] == "T"
    day = read_day(text) if source.field == "start" and cell.kind == "text" and not is_moment else None
    return When(day=day) if day else None


def group_when(grid: Grid, mapping: Mapping, row: int, zone: str) -> When:
    """The time of the parent that begins in this row."""
    for source in mapping.columns("segment_start"):
        cell = grid.sheet.cell(row, source.column)
        if cell and (when := read_when(cell, zone)):
            return when
    return When()
