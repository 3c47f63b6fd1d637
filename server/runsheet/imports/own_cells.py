"""The cells of a sheet of our own, one row at a time."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from server.runsheet.imports.book import Cell, Sheet, text_of
from server.runsheet.imports.clean import one_line
from server.runsheet.imports.days import read_day
from server.runsheet.imports.drafts import Draft, Report
from server.runsheet.imports.mapping import Mapping, Source
from server.runsheet.imports.names import MOST
from server.runsheet.imports.titles import LINE, NUMBER, TEXT, shorten
from server.runsheet.imports.words import kind_of
from server.runsheet.sheet_columns import KINDS, SEPARATORS, YES, key_of, languages, unquoted

ROW = 12_000
"""Characters of a whole row, as ops take them."""
_TRUE = {*YES, "true", "y", "v", "x", "1", "✓", "✔"}
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_CHECK = re.compile(r"[a-z_]{1,40}")
_CALLS = {"warm", "standby", "go"}
_MOST_CHECKS = 20


@dataclass(eq=False)
class OwnDraft(Draft):
    """A row as it comes to be, with all that only our own sheets say of it."""

    level: int | None = None
    cells: dict[str, dict[str, str]] = field(default_factory=dict)
    times: dict[str, Cell] = field(default_factory=dict)
    """The cells of start, end, duration, min and end_mode, which make sense only together."""
    columns_of: dict[str, int] = field(default_factory=dict)
    """In which column of the file each of these stands."""
    fields: dict[str, Any] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)
    text_size: int = 0


class OwnReader:
    """Reads rows by the mapping of a sheet of ours."""

    _TIMES: ClassVar[frozenset[str]] = frozenset({"start", "end", "duration", "min", "end_mode"})

    def __init__(self, sheet: Sheet, mapping: Mapping, report: Report, *, is_quoted: bool) -> None:
        self._sheet, self._mapping, self._report, self._is_quoted = sheet, mapping, report, is_quoted
        self._takers: dict[str, Callable[[OwnDraft, Source, Cell], None]] = {
            "people": self._take_names,
            "departments": self._take_names,
            "column": self._take_cell,
            "day": self._take_day,
            "kind": self._take_kind,
            "flagged": self._take_checks,
        }

    def read(self, row: int) -> OwnDraft:
        """The row by itself."""
        draft = OwnDraft(row, "item", fields={"colour": "", "call": ""})
        for source, cell in self._cells(row, draft):
            if source.field in self._TIMES:
                draft.times[source.field], draft.columns_of[source.field] = cell, source.column
            else:
                self._takers.get(source.field, self._take)(draft, source, cell)
        return draft

    def _cells(self, row: int, draft: OwnDraft) -> Iterator[tuple[Source, Cell]]:
        for source in self._mapping.sources:
            cell = None if source.field == "ignore" else self._sheet.cell(row, source.column)
            if cell is None:
                continue
            if cell.kind in {"formula", "error"}:
                code = "formula_without_value" if cell.kind == "formula" else "cell_error"
                self._report.add(code, draft, source.column, value=str(cell.value))
            elif cell.kind == "text" and self._is_quoted:
                yield source, Cell("text", unquoted(str(cell.value)))
            else:
                yield source, cell

    def _take(self, draft: OwnDraft, source: Source, cell: Cell) -> None:
        text = text_of(cell)
        match source.field:
            case "hard" | "skip":
                setattr(draft, source.field, text.casefold() in _TRUE)
            case "level":
                draft.level = int(text) if text in {"1", "2", "3"} else None
            case "colour":
                draft.fields["colour"] = text.lower() if _COLOUR.fullmatch(text.lower()) else ""
            case "call":
                draft.fields["call"] = text.lower() if text.lower() in _CALLS else ""
            case "note" | "note_en":
                draft.texts[source.field] = self._bounded(draft, source, text, TEXT)
            case name:
                limit = NUMBER if name == "number" else LINE
                draft.texts[name] = self._bounded(draft, source, one_line(text), limit)

    def _bounded(self, draft: OwnDraft, source: Source, text: str, limit: int) -> str:
        limit = max(min(limit, ROW - draft.text_size), 0)
        if len(text) > limit:
            code = "title_truncated" if source.field == "title" else "value_truncated"
            self._report.add(code, draft, source.column, field=source.field, limit=limit)
            text = shorten(text, limit) if limit else ""
        draft.text_size += len(text) if source.field not in {"track", "place"} else 0
        return text

    def _take_cell(self, draft: OwnDraft, source: Source, cell: Cell) -> None:
        """A cell of the event's own column, with its English on a line of its own."""
        told = languages(text_of(cell))
        kept = {locale: self._bounded(draft, source, text, TEXT) for locale, text in told.items()}
        draft.cells[source.key], draft.columns[source.key] = kept, "".join(kept.values())

    def _take_names(self, draft: OwnDraft, source: Source, cell: Cell) -> None:
        names = (one_line(piece) for piece in SEPARATORS.split(text_of(cell)))
        setattr(draft, source.field, list(dict.fromkeys(filter(None, names)))[:MOST])

    def _take_day(self, draft: OwnDraft, source: Source, cell: Cell) -> None:
        draft.day = read_day(cell)
        if draft.day is None:
            self._report.add("day_unreadable", draft, source.column, value=one_line(text_of(cell))[:60])

    def _take_kind(self, draft: OwnDraft, _source: Source, cell: Cell) -> None:
        draft.kind = key_of(KINDS, text_of(cell)) or kind_of(text_of(cell)) or "item"
        draft.kind = "item" if draft.kind == "ignore" else draft.kind

    def _take_checks(self, draft: OwnDraft, _source: Source, cell: Cell) -> None:
        codes = (code.strip() for code in SEPARATORS.split(text_of(cell)))
        draft.checks = [code for code in codes if _CHECK.fullmatch(code)][:_MOST_CHECKS]
