"""Text as it is pasted from a shared pad, a document or a chat: lines that begin with a time, lists, Markdown tables.

Times, titles, lengths and names become columns; headings become rows over the whole width, as on a sheet.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from server.runsheet.imports.book import Limits, Sheet, Workbook, refuse
from server.runsheet.imports.filling import UNTITLED, Filler
from server.runsheet.imports.pad_lines import Line, add_details, fill, is_time, read_line
from server.runsheet.imports.words import candidates

_FIELDS = ("number", "start", "title", "duration", "people", "note")
_CHINESE = dict(zip(_FIELDS, ("項次", "時間", "流程", "時長", "負責人", "備註"), strict=True))
_ENGLISH = dict(zip(_FIELDS, ("No", "Time", "Title", "Duration", "People", "Note"), strict=True))
_HAN = re.compile("[一-鿿]")
_RULE = set("-=*_ ")
_SEPARATOR = set("|:- \t")
_FIRST = re.compile("[,;\t|]")
_CELLS = re.compile(r"(?<!\\)\|")
_SEEN = 300
"""Lines by which a text is told from a table with separators."""
_REGULAR, _SURE = 0.8, 0.7
_WIDE = 3
_INDENT, _MOST_CELLS = 2, 500
_LINES_A_ROW, _LONGEST_NOTE, _MOST_ABOVE = 10, 8_000, 40
_SPREAD = 3
"""Columns over which a heading is spread."""

Row = dict[str, str]


def is_pad(text: str) -> bool:
    """Whether lines say more by how they begin than by the separators in them."""
    lines = [line for line in text.split("\n") if line.strip()][:_SEEN]
    if not lines or any(_is_separator(line) for line in lines):
        return bool(lines)
    read = [read_line(line) for line in lines]
    timed = sum(bool(line.time) for line in read)
    bullets = sum(line.kind == "item" and not line.time for line in read)
    marked = timed + bullets + sum(line.kind == "heading" for line in read)
    alone = sum(
        is_time(_FIRST.split(line, maxsplit=1)[0].strip(' "')) for line in lines if _FIRST.search(line)
    )
    is_list = bullets * 2 >= len(lines)
    if (
        _has_headings(lines[0])
        or alone * 2 > timed
        or (not is_list and any(_is_regular(lines, sign) for sign in "\t,;|"))
    ):
        return False
    return (timed > 0 or is_list) and marked * _WIDE >= len(lines)


def _has_headings(line: str) -> bool:
    """Whether a line names columns."""
    cells = [cell for cell in _FIRST.split(line) if cell.strip()]
    named = {hit[0] for cell in cells for hit in candidates(cell)[:1] if hit[2] > _SURE}
    return len(named) > 1 and not read_line(line).time


def _is_regular(lines: Sequence[str], sign: str) -> bool:
    """A table: nearly all lines have as many separators, tabs at least one, others two."""
    counts = [line.count(sign) for line in lines]
    usual = max(set(counts), key=counts.count)
    return usual >= (1 if sign == "\t" else _WIDE - 1) and counts.count(usual) >= _REGULAR * len(counts)


def read_pad(text: str, limits: Limits) -> Workbook:
    """One sheet, and one more for each table that is none of a run sheet."""
    names = _CHINESE if _HAN.search(text) else _ENGLISH
    name = "文字" if names is _CHINESE else "Text"
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > _LINES_A_ROW * limits.rows_read:
        refuse("too_many_rows", sheet=name, limit=limits.rows)
    pad = _Pad(lines, names, limits.rows_read)
    sheets = [_sheet(name, pad.above, pad.entries, limits)]
    sheets += [_sheet(f"{name} {n}", [], other, limits) for n, other in enumerate(pad.others, 2)]
    return Workbook("text", sheets)


class _Pad:
    """Goes down the lines. An entry is a row by its headings, or the text of a heading."""

    def __init__(self, lines: list[str], names: Row, most: int) -> None:
        self.above: list[str] = []
        self.entries: list[Row | str] = []
        self.others: list[list[Row | str]] = []
        tables = [_cells(line) for line, below in pairwise(lines) if _is_separator(below) and "|" in line]
        self._columns = names | next((found for cells in tables if (found := _fields(cells))), {})
        self._table: list[str] = []
        self._into = self.entries
        self._line: Line | None = None
        self._row: Row = {}
        for line, below in pairwise([*lines, ""]):
            self._take(line, below)
            if len(self._into) > most:
                return

    def _take(self, line: str, below: str) -> None:
        if set(line.strip()) <= _RULE or line.lstrip().startswith("```") or _is_separator(line):
            return
        if "|" in line and _is_separator(below):
            self._open_table(_cells(line))
        elif self._table and "|" in line:
            self._into.append(
                {name: text for name, text in zip(self._table, _cells(line), strict=False) if text}
            )
            self._line = None
        else:
            self._table = []
            self._take_text(line)

    def _open_table(self, cells: list[str]) -> None:
        """Its rows come to those of the other tables, if it is one of a run sheet."""
        self._table = [cell or f"#{n}" for n, cell in enumerate(cells, 1)]
        self._into = self.entries
        if not _fields(cells):
            self._into = []
            self.others.append(self._into)

    def _take_text(self, raw: str) -> None:
        line = read_line(raw.lstrip("> ") if raw.lstrip().startswith(">") else raw)
        if line.kind == "heading":
            self._head(line)
        elif self._line and self._line.time and not self._line.title and line.kind == "plain":
            fill(self._line, line.title)
            self._row.update(self._named(self._line))
        elif self._goes_on(line, is_quote=raw.lstrip().startswith(">")):
            self._join(line)
        elif not self.entries and line.kind == "plain" and len(self.above) < _MOST_ABOVE:
            self.above.append(line.title)
        else:
            self._add(line)

    def _head(self, line: Line) -> None:
        """The first heading of all, if it is the title of the whole, stands above."""
        if line.level == 1 and not self.entries and len(self.above) < _MOST_ABOVE:
            self.above.append(line.title)
        elif line.title:
            self.entries.append(line.title)
        self._line = None

    def _goes_on(self, line: Line, *, is_quote: bool) -> bool:
        """Whether a line without a time speaks of the item above: it is set in, quoted, or names people."""
        if self._line is None or line.time or len(self._line.note) > _LONGEST_NOTE:
            return False
        is_detail = line.kind == "plain" and bool(
            re.match(r"[^\s:：\d]{1,8}\s*[:：]\s*\S|[(（※→]", line.title)
        )
        return is_quote or is_detail or line.indent >= self._line.indent + _INDENT

    def _join(self, line: Line) -> None:
        above = self._line or line
        add_details(above, [text for text in (line.title, line.length, line.people, line.note) if text])
        self._row.update(self._named(above))

    def _add(self, line: Line) -> None:
        if line.kind == "plain":
            fill(line, line.title)
        self._line, self._row = line, self._named(line)
        self.entries.append(self._row)

    def _named(self, line: Line) -> Row:
        """A time with nothing beside it is a row too."""
        return {self._columns["title"]: UNTITLED} | {
            self._columns[name]: text for name, text in line.texts.items()
        }


def _sheet(name: str, above: Sequence[str], entries: Sequence[Row | str], limits: Limits) -> Sheet:
    """Lines above, the headings of the columns, then a row for each entry."""
    sheet = Sheet(name)
    filler = Filler(sheet, limits)
    rows = [entry for entry in entries if isinstance(entry, dict)]
    held = dict.fromkeys(heading for row in rows for heading in row)
    known = [names[field] for field in _FIELDS for names in (_CHINESE, _ENGLISH)]
    order = [*(heading for heading in known if heading in held), *(h for h in held if h not in known)]
    columns = {heading: column for column, heading in enumerate(order, 1)}
    for number, text in enumerate(above, 1):
        filler.put(number, 1, text)
    first = len(above) + 1
    for heading, column in columns.items():
        filler.put(first, column, heading)
    for number, entry in enumerate(entries, first + 1):
        _put(sheet, filler, number, entry, columns)
        if filler.is_over:
            break
    return sheet


def _put(sheet: Sheet, filler: Filler, number: int, entry: Row | str, columns: dict[str, int]) -> None:
    if isinstance(entry, str):
        filler.put(number, 1, entry)
        sheet.merges.append((number, 1, number, max(_SPREAD, len(columns))))
        return
    for heading, text in sorted(entry.items(), key=lambda held: columns[held[0]]):
        filler.put(number, columns[heading], text)


def _is_separator(line: str) -> bool:
    """The line below the headings of a Markdown table."""
    return "|" in line and "-" in line and set(line) <= _SEPARATOR


def _cells(line: str) -> list[str]:
    parts = _CELLS.split(line.strip().removeprefix("|").removesuffix("|"), maxsplit=_MOST_CELLS)
    return [part.strip().replace("\\|", "|").replace("<br>", "\n").replace("**", "") for part in parts]


def _fields(cells: Sequence[str]) -> dict[str, str]:
    """What the headings of a run sheet's table are called; nothing if it is none."""
    found: dict[str, str] = {}
    for cell in cells:
        for field, _, _ in candidates(cell)[:1]:
            found.setdefault(field, cell)
    return (
        {name: found[name] for name in _FIELDS if name in found} if {"title", "start"} <= found.keys() else {}
    )
