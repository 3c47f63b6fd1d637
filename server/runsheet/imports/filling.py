"""Putting cells into a sheet, no more of them than the limits allow."""

from collections.abc import Mapping, Sequence

from server.runsheet.imports.book import MAX_COLUMN, MAX_ROW, Cell, Finding, Limits, Sheet
from server.runsheet.imports.clean import clean

UNTITLED = "–"
"""The title of what has none, so that it is not left out."""
_MOST_COLUMNS = 1_000
"""Far more than are read of a sheet; what lies beyond is told as left out."""


class Filler:
    """Keeps count of what a sheet holds. A sheet that is over a limit keeps nothing, and says which limit."""

    def __init__(self, sheet: Sheet, limits: Limits) -> None:
        self._sheet, self._limits = sheet, limits
        self._cells = self._chars = 0

    @property
    def is_over(self) -> bool:
        return self._sheet.problem is not None

    def text(self, row: int, column: int, raw: str) -> Cell | None:
        """The cell of a text, which is cut and told if it is too long; None if nothing can be seen of it."""
        text = clean(raw[: self._limits.cell_chars])
        if len(raw) > self._limits.cell_chars:
            self._sheet.findings.append(
                self._sheet.finding("value_truncated", row, column, limit=self._limits.cell_chars)
            )
        return Cell("text", text) if text else None

    def put(self, row: int, column: int, value: str | Cell | None) -> None:
        """Keep a cell where there is room for it."""
        if self.is_over or not (1 <= row <= MAX_ROW and 1 <= column <= MAX_COLUMN):
            return
        cell = self.text(row, column, value) if isinstance(value, str) else value
        if cell is None:
            return
        self._cells += 1
        self._chars += len(cell.value) if isinstance(cell.value, str) else 1
        self._sheet.rows.setdefault(row, {})[column] = cell
        self._check()

    def _check(self) -> None:
        """Another sheet of the file may still be fine."""
        sheet, limits = self._sheet, self._limits
        if len(sheet.rows) > limits.rows_read:
            sheet.problem = sheet.finding("too_many_rows", limit=limits.rows)
        elif self._cells > limits.cells:
            sheet.problem = sheet.finding("too_many_cells", limit=limits.cells)
        elif self._chars > limits.sheet_chars:
            sheet.problem = sheet.finding("too_much_text", limit=limits.sheet_chars)
        if sheet.problem:
            sheet.rows.clear()


class Table:
    """A sheet of our own making, for files that are no tables: headings in row 1, a row for each thing in the file.

    Only columns that hold something are there, first those that were named, then others in the order in which they
    come up.
    """

    def __init__(self, name: str, headings: Sequence[str], limits: Limits) -> None:
        self.sheet = Sheet(clean(name[:200]).replace("\n", " ")[:100])
        self._filler = Filler(self.sheet, limits)
        self._named, self._limits = tuple(headings), limits
        self._rows: list[dict[str, str | Cell]] = []

    def add(self, values: Mapping[str, str | Cell | None]) -> int:
        """Keep a row by its headings; returns where it stands."""
        if not self.is_full:
            self._rows.append({heading: value for heading, value in values.items() if value})
        return len(self._rows) + 1

    @property
    def is_full(self) -> bool:
        """Whether it has more rows than can be taken, so that no further one matters."""
        return len(self._rows) > self._limits.rows_read

    def tell(self, code: str, row: int | None = None, **params: object) -> None:
        """Something that the coordinator should know."""
        self.sheet.findings.append(Finding(code, self.sheet.name, row, None, params))

    def made(self) -> Sheet:
        """The sheet, once every row is in."""
        held = dict.fromkeys(heading for row in self._rows for heading in row)
        order = [*(name for name in self._named if name in held), *(h for h in held if h not in self._named)]
        columns = {heading: column for column, heading in enumerate(order[:_MOST_COLUMNS], 1)}
        for heading, column in columns.items():
            self._filler.put(1, column, heading[:200])
        for number, row in enumerate(self._rows, 2):
            for heading, value in sorted(row.items(), key=lambda held: columns.get(held[0], 0)):
                if heading in columns:
                    self._filler.put(number, columns[heading], value)
            if self._filler.is_over:
                break
        return self.sheet
