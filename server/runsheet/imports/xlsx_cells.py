"""The two large parts of a .xlsx: the strings that all cells share, and the cells of one sheet."""

import re

from server.runsheet.imports.archive import Handler
from server.runsheet.imports.book import Cell, Limits, Sheet, Span, position, refuse
from server.runsheet.imports.clean import clean
from server.runsheet.imports.filling import Filler
from server.runsheet.imports.formats import Formats, read_number

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ROW_NUMBER = re.compile("[0-9]{1,7}")
_MAX_STRINGS = 1_000_000


class _Text(Handler):
    """Gathers the text of one element, no more of it than a cell may hold and one character to tell."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[str] | None = None
        self._length = 0

    def open(self) -> None:
        self._pieces, self._length = [], 0

    def text(self, data: str) -> None:
        if self._pieces is not None and self._length <= self._limit:
            self._pieces.append(data[: self._limit + 1 - self._length])
            self._length += len(data)

    def close(self) -> str:
        pieces, self._pieces = self._pieces, None
        return "".join(pieces or ())


class Strings(_Text):
    """sharedStrings.xml. The reading aid of Japanese cells (rPh) is left out."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits.cell_chars)
        self.items: list[str] = []
        self._runs: list[str] = []
        self._aside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        if name == "si":
            self._runs = []
        elif name == "rPh":
            self._aside = True
        elif name == "t" and not self._aside:
            self.open()

    def end(self, name: str) -> None:
        if name == "t":
            self._runs.append(self.close())
        elif name == "rPh":
            self._aside = False
        elif name == "si":
            self._keep("".join(self._runs))

    def _keep(self, text: str) -> None:
        if len(self.items) >= _MAX_STRINGS:
            refuse("file_too_much_text")
        self.items.append(unescape(text))


class Rows(_Text):
    """One sheet's XML."""

    def __init__(
        self, sheet: Sheet, strings: list[str], formats: Formats, limits: Limits, *, since_1904: bool
    ) -> None:
        super().__init__(limits.cell_chars)
        self._sheet, self._strings, self._formats, self._limits = sheet, strings, formats, limits
        self._since_1904 = since_1904
        self._filler = Filler(sheet, limits)
        self._row = self._column = 0
        self._attributes: dict[str, str] = {}
        self._value = ""
        self._inline: list[str] = []
        self._formula = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._column += 1
            self._attributes = attributes
        elif name in {"v", "t"}:
            self.open()
        elif name == "row":
            self._open_row(attributes)
        elif name == "f":
            self._formula = True
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name == "c":
            # Most cells of a sheet hold nothing but a style, so those cost no more than this.
            if self._value or self._inline or self._formula:
                self._close_cell()
        elif name == "v":
            self._value = self.close()
        elif name == "t":
            self._inline.append(self.close())

    def _open_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        self._row = int(number) if _ROW_NUMBER.fullmatch(number) else self._row + 1
        self._column = 0
        if attributes.get("hidden") in {"1", "true"} and len(self._sheet.hidden_rows) <= self._limits.rows:
            self._sheet.hidden_rows.add(self._row)

    def _close_cell(self) -> None:
        if reference := self._attributes.get("r"):
            try:
                self._row, self._column = position(reference)
            except ValueError:
                refuse("file_broken")
        kind = self._attributes.get("t", "n")
        raw = "".join(self._inline) if kind == "inlineStr" else self._value
        cell = self._read(kind, raw) if raw else None
        if self._formula and not raw and kind != "str":
            cell = Cell("formula", "")
        if cell is not None:
            self._filler.put(self._row, self._column, cell)
        self._value, self._inline, self._formula = "", [], False

    def _read(self, kind: str, raw: str) -> Cell | None:
        match kind:
            case "s":
                return self._text(
                    self._strings[int(raw)] if raw.isdigit() and int(raw) < len(self._strings) else ""
                )
            case "str" | "inlineStr":
                return self._text(unescape(raw))
            case "b":
                return Cell("bool", value=raw == "1")
            case "e":
                return Cell("error", clean(raw)[:20])
            case "d":
                return Cell("moment" if "T" in raw else "date", clean(raw)[:19])
        return read_number(raw, self._formats.meaning(self._attributes.get("s")), since_1904=self._since_1904)

    def _text(self, raw: str) -> Cell | None:
        return self._filler.text(self._row, self._column, raw)

    def _merge(self, reference: str) -> None:
        if len(self._sheet.merges) < self._limits.merges and (span := _span(reference)):
            self._sheet.merges.append(span)


def unescape(text: str) -> str:
    """Excel writes characters that XML cannot hold as _x000D_."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _span(reference: str) -> Span | None:
    first, _, last = reference.partition(":")
    try:
        (top, left), (bottom, right) = position(first), position(last or first)
    except ValueError:
        return None
    return (
        (top, left, bottom, right)
        if top <= bottom and left <= right and (top, left) != (bottom, right)
        else None
    )
