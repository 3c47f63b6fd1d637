"""The sheet as an Excel workbook.

One sheet with one row for each of ours, times as times, and nothing merged, so that it comes back whole.
"""

import io
from datetime import UTC, date, datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from server.runsheet.exports.cells import Row, Sheet, Value, clock, headings, length, values
from server.runsheet.sheet_columns import DERIVED, Heading

_DAY = 86_400
_LONGEST = 3 * _DAY
"""A length from here on is a text: an import would take the number for a date."""
_FORMATS = {
    "day": "yyyy-mm-dd",
    "clock": "[hh]:mm",
    "seconds": "[hh]:mm:ss",
    "length": "[h]:mm:ss",
    "text": "@",
}
_LOOKS: dict[str, dict[str, Any]] = {
    "": {},
    "segment": {"bold": True, "bg_color": "#E3E8E6"},
    "cue": {"font_color": "#4A5551"},
    "skipped": {"font_color": "#6B7672", "font_strikeout": True},
}
_FROZEN_COLUMNS = 11
"""Up to the title."""
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_A4 = 9


def write_xlsx(sheet: Sheet) -> bytes:
    """The workbook. Texts are texts, whatever they begin with: a sheet holds no formula."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = Workbook(out, options)
    book.set_properties(
        {"title": sheet["title"], "created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)}
    )
    page = book.add_worksheet(_name(sheet["title"]))
    _Writer(book, page, sheet).write()
    book.close()
    return out.getvalue()


def _name(title: str) -> str:
    """As much of a title as the name of a sheet may be."""
    return " ".join(title.translate(_FORBIDDEN).split())[:31].strip() or "Fieldcue"


class _Writer:
    """Writes one sheet; a format is made once for each kind of cell and look."""

    def __init__(self, book: Workbook, page: Worksheet, sheet: Sheet) -> None:
        self._book, self._page, self._sheet = book, page, sheet
        self._wanted = headings(sheet)
        self._formats: dict[tuple[str, str, bool], Any] = {}

    def write(self) -> None:
        self._head()
        for number, row in enumerate(self._sheet["rows"], 1):
            self._row(number, row)
        self._page.autofilter(0, 0, max(len(self._sheet["rows"]), 1), len(self._wanted) - 1)
        # 007 is a text and meant as one.
        self._page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        self._print()

    def _head(self) -> None:
        own = self._book.add_format(_HEAD)
        derived = self._book.add_format(_HEAD | {"italic": True, "font_color": "#5A6561"})
        for column, heading in enumerate(self._wanted):
            self._page.set_column(column, column, heading.width)
            look = derived if heading.field in DERIVED else own
            self._page.write_string(0, column, heading.name(self._sheet["locale"]), look)
        self._page.freeze_panes(1, _FROZEN_COLUMNS)

    def _row(self, number: int, row: Row) -> None:
        look = "skipped" if row["state"] == "skipped" else row["kind"] if row["kind"] in _LOOKS else ""
        for column, (heading, value) in enumerate(
            zip(self._wanted, values(row, self._wanted, self._sheet), strict=True)
        ):
            if value is not None:
                self._cell(number, column, value, (heading, look))
            elif look == "segment":
                self._page.write_blank(number, column, None, self._format("text", look))

    def _cell(self, number: int, column: int, value: Value, where: tuple[Heading, str]) -> None:
        heading, look = where
        is_derived = heading.field in DERIVED
        kind, told = value
        if kind == "day":
            days = (date.fromisoformat(str(told)) - date(1899, 12, 30)).days
            self._page.write_number(number, column, days, self._format("day", look))
        elif kind in {"clock", "length"} and 0 <= int(told) < _LONGEST:
            shown = "seconds" if kind == "clock" and int(told) % 60 else kind
            self._page.write_number(
                number, column, int(told) / _DAY, self._format(shown, look, is_derived=is_derived)
            )
        else:
            text = str(told) if kind == "text" else (clock if kind == "clock" else length)(int(told))
            self._page.write_string(number, column, text, self._format("text", look, is_derived=is_derived))

    def _format(self, kind: str, look: str, *, is_derived: bool = False) -> Any:  # noqa: ANN401 - untyped there
        key = (kind, look, is_derived)
        if key not in self._formats:
            grey = {"font_color": "#5A6561", "italic": True} if is_derived else {}
            wrap = {"text_wrap": True} if kind == "text" else {"align": "center"}
            about = {"valign": "top", "num_format": _FORMATS[kind]}
            self._formats[key] = self._book.add_format(about | wrap | _LOOKS[look] | grey)
        return self._formats[key]

    def _print(self) -> None:
        """As one would print it: landscape, all columns on the breadth of two pages, the heading on each."""
        self._page.set_landscape()
        self._page.set_paper(_A4)
        self._page.repeat_rows(0)
        self._page.fit_to_pages(2, 0)
        self._page.set_footer("&L&A&R&P / &N")


_HEAD = {"bold": True, "bg_color": "#D5DDDA", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
