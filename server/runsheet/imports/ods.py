"""Reading .ods, the spreadsheet of LibreOffice and Google: OpenDocument 1.3, part 3, sections 9 (tables) and 19.

A sheet declares its empty rows and columns by repetition, up to a million of them; only what holds something is kept.
"""

import math
import re
from collections.abc import Callable
from typing import IO

from server.runsheet.imports.archive import Archive, Handler
from server.runsheet.imports.book import MAX_COLUMN, MAX_ROW, Cell, Limits, Sheet, Workbook, refuse
from server.runsheet.imports.clean import clean
from server.runsheet.imports.filling import Filler

_CONTENT, _MANIFEST = "content.xml", "META-INF/manifest.xml"
_DURATION = re.compile(r"P(?:(\d{1,4})D)?T?(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,6})(?:[.,]\d{1,12})?S)?")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d).*)?")
_ZERO_DAY = "1899-12-30"
"""The day that a time without a date has in a cell of dates."""
_COUNT = re.compile("[0-9]{1,7}")
_PADDED = re.compile("0[0-9]{1,8}")
_ERROR = re.compile(r"#[A-Z/0]{2,7}[!?]?|Err:\d{3}")
_ASIDE = {"annotation", "shapes", "tracked-changes", "table-source", "desc", "title"}
_CELLS = {"table-cell", "covered-table-cell"}

Progress = Callable[[float], None]


def is_ods(head: bytes) -> bool:
    """An OpenDocument begins with its type, uncompressed (part 2, section 3.3)."""
    return b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet" in head


def read_ods(file: IO[bytes], limits: Limits, progress: Progress) -> Workbook:
    """All sheets; FileRefusedError if the file is broken, encrypted or a bomb."""
    total, done = 1, 0

    def count(size: int) -> None:
        nonlocal done
        done += size
        progress(min(1.0, done / total))

    archive = Archive(file, limits, count)
    if _MANIFEST in archive:
        archive.walk(_MANIFEST, _Manifest())
    if _CONTENT not in archive:
        refuse("file_broken", part=_CONTENT)
    total, done = max(1, archive.size(_CONTENT)), 0
    content = _Content(limits)
    archive.walk(_CONTENT, content)
    book = Workbook("ods", content.sheets)
    if hidden := [sheet.name for sheet in book.sheets if sheet.hidden]:
        book.findings.append(Sheet("").finding("hidden_sheets", names=hidden))
    if content.left_out:
        book.findings.append(Sheet("").finding("sheets_left_out", count=content.left_out))
    return book


class _Manifest(Handler):
    """META-INF/manifest.xml says which parts are encrypted (part 2, section 4.4)."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        if name == "encryption-data":
            refuse("file_encrypted")


class _Content(Handler):
    """content.xml: its tables, row by row."""

    def __init__(self, limits: Limits) -> None:
        self.sheets: list[Sheet] = []
        self.left_out = 0
        self._limits = limits
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._sheet: Sheet | None = None
        self._filler: Filler | None = None
        self._in_table = False
        self._aside = 0
        self._row = self._column = 1
        self._row_times = 1
        self._row_cells: list[tuple[int, int, Cell]] = []
        self._cell: dict[str, str] | None = None
        self._pieces: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._aside or name in _ASIDE or (self._in_table and name == "table"):
            self._aside += 1
        elif name in _CELLS:
            self._open_cell(name, _bare(attributes))
        elif name == "table-row":
            self._open_row(_bare(attributes))
        elif name == "table":
            self._open_table(_bare(attributes))
        elif self._cell is not None:
            self._open_text(name, attributes)
        elif name == "style":
            self._style = _bare(attributes).get("name", "")
        elif name == "table-properties" and _bare(attributes).get("display") == "false":
            self._hidden_styles.add(self._style)

    def end(self, name: str) -> None:
        if self._aside:
            self._aside -= 1
        elif name in _CELLS:
            self._close_cell()
        elif name == "table-row":
            self._close_row()
        elif name == "table":
            self._close_table()

    def text(self, data: str) -> None:
        if self._cell is not None and not self._aside and self._length <= self._limits.cell_chars:
            data = data[: self._limits.cell_chars + 1 - self._length]
            self._pieces.append(data)
            self._length += len(data)

    def _open_text(self, name: str, attributes: dict[str, str]) -> None:
        """Paragraphs, and what stands for white space (section 6.1)."""
        if (name == "p" and self._pieces) or name == "line-break":
            self.text("\n")
        elif name == "tab":
            self.text(" ")
        elif name == "s":
            self.text(" " * min(_times(_bare(attributes).get("c")), 40))

    def _open_table(self, attributes: dict[str, str]) -> None:
        self._in_table = True
        if len(self.sheets) >= self._limits.sheets:
            self.left_out += 1
            return
        hidden = attributes.get("style-name", "") in self._hidden_styles
        self._sheet = Sheet(clean(attributes.get("name", ""))[:100] or "?", hidden=hidden)
        self._filler = Filler(self._sheet, self._limits)
        self.sheets.append(self._sheet)
        self._row = 1

    def _close_table(self) -> None:
        if self._sheet:
            self._sheet.merges.sort()
        self._sheet, self._filler, self._in_table = None, None, False

    def _open_row(self, attributes: dict[str, str]) -> None:
        self._column, self._row_cells = 1, []
        self._row_times = min(_times(attributes.get("number-rows-repeated")), MAX_ROW)
        if self._sheet and attributes.get("visibility", "visible") != "visible":
            rows = range(self._row, self._row + min(self._row_times, self._limits.rows_read))
            self._sheet.hidden_rows.update(rows[: max(0, self._limits.rows - len(self._sheet.hidden_rows))])

    def _close_row(self) -> None:
        """A row that holds something may be repeated too; the limit of rows ends that."""
        for row in range(self._row, self._row + self._row_times) if self._row_cells else ():
            if self._filler is None or self._filler.is_over or row > MAX_ROW:
                break
            for first, times, cell in self._row_cells:
                for column in range(first, first + times):
                    self._filler.put(row, column, cell)
        self._row += self._row_times
        self._row_cells = []

    def _open_cell(self, name: str, attributes: dict[str, str]) -> None:
        self._cell = attributes | ({"covered": "1"} if name.startswith("covered") else {})
        self._pieces, self._length = [], 0

    def _close_cell(self) -> None:
        attributes, self._cell = self._cell or {}, None
        times = min(_times(attributes.get("number-columns-repeated")), MAX_COLUMN + 1 - self._column)
        if self._sheet and self._filler and "covered" not in attributes:
            self._merge(attributes)
            if cell := self._read(attributes, "".join(self._pieces)):
                self._row_cells.append((self._column, times, cell))
        self._column += times

    def _merge(self, attributes: dict[str, str]) -> None:
        down = min(_times(attributes.get("number-rows-spanned")), MAX_ROW)
        right = min(_times(attributes.get("number-columns-spanned")), MAX_COLUMN)
        if self._sheet and (down > 1 or right > 1) and len(self._sheet.merges) < self._limits.merges:
            self._sheet.merges.append(
                (self._row, self._column, self._row + down - 1, self._column + right - 1)
            )

    def _read(self, attributes: dict[str, str], shown: str) -> Cell | None:
        """The value of a cell (section 19.385 and the attributes beside it), or what it shows."""
        kind = attributes.get("value-type", "")
        if attributes.get("formula") and not kind and not shown:
            return Cell("formula", "")
        if attributes.get("formula") and _ERROR.fullmatch(shown.strip()):
            return Cell("error", clean(shown)[:20])
        cell = _typed(kind, attributes, shown.strip())
        if cell or self._filler is None:
            return cell
        return self._filler.text(self._row, self._column, shown or attributes.get("string-value", ""))


def _typed(kind: str, attributes: dict[str, str], shown: str) -> Cell | None:
    """A cell that holds more than text."""
    match kind:
        case "float" | "percentage" | "currency":
            return None if _PADDED.fullmatch(shown) else _number(attributes.get("value", ""))
        case "date":
            return _date(attributes.get("date-value", ""))
        case "time":
            return _clock(attributes.get("time-value", ""))
        case "boolean":
            return Cell("bool", value=attributes.get("boolean-value") == "true")
    return None


def _number(raw: str) -> Cell | None:
    try:
        number = float(raw)
    except ValueError:
        return None
    return Cell("number", number) if math.isfinite(number) else Cell("error", "#NUM!")


def _date(raw: str) -> Cell | None:
    found = _DATE.fullmatch(raw[:40])
    if not found:
        return None
    day, clock = found.groups()
    if clock and day == _ZERO_DAY:
        hours, minutes, seconds = map(int, clock.split(":"))
        return Cell("clock", hours * 3600 + minutes * 60 + seconds)
    return Cell("moment", f"{day}T{clock}") if clock and clock != "00:00:00" else Cell("date", day)


def _clock(raw: str) -> Cell | None:
    """PT13H30M00S is half past one; PT24H30M00S half past midnight."""
    found = _DURATION.fullmatch(raw[:40])
    if not found or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return Cell("clock", days * 86_400 + hours * 3600 + minutes * 60 + seconds)


def _times(raw: str | None) -> int:
    return max(1, int(raw)) if raw and _COUNT.fullmatch(raw) else 1


def _bare(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes without their prefix."""
    return {name.rpartition(":")[2]: value for name, value in attributes.items()}
