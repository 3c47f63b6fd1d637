"""A sheet with its merged ranges understood."""

from collections.abc import Iterator

from server.runsheet.imports.book import Cell, Sheet, Span, text_of

_MOST_MERGED = 500_000


class Grid:
    """Looks cells up in a sheet, also those that a merged range covers."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.rows = sorted(sheet.rows)
        self.width = sheet.width
        self._covers: dict[tuple[int, int], Span] = {}
        self._left = _MOST_MERGED
        for span in sheet.merges:
            self._cover(span)

    def _cover(self, span: Span) -> None:
        """Only rows with content matter, so a range over a million empty ones costs nothing.

        Ranges that overlap, as no program makes them, are counted each time.
        """
        if not self._left:
            return
        top, left, bottom, right = span
        for row in self._rows_within(top, bottom):
            for column in range(left, min(right, self.width) + 1):
                self._covers[row, column] = span
                self._left -= 1
                if not self._left:
                    return

    def _rows_within(self, top: int, bottom: int) -> Iterator[int]:
        if bottom - top < len(self.rows):
            return (row for row in range(top, bottom + 1) if row in self.sheet.rows)
        return (row for row in self.rows if top <= row <= bottom)

    def span(self, row: int, column: int) -> Span | None:
        """The merged range that covers this cell."""
        return self._covers.get((row, column))

    def down(self, row: int, column: int) -> Cell | None:
        """The cell, or what a merge from above in the same column says for it."""
        cell = self.sheet.cell(row, column)
        span = self.span(row, column)
        return self.sheet.cell(span[0], span[1]) if span and cell is None and span[1] == column else cell

    def across(self, row: int, column: int) -> Cell | None:
        """The cell, or what a merge from above or from the left says for it: for headers."""
        span = self.span(row, column)
        return self.sheet.cell(span[0], span[1]) if span else self.sheet.cell(row, column)

    def is_below_merge(self, row: int, column: int) -> bool:
        """Whether the cell only goes on with one above it."""
        span = self.span(row, column)
        return span is not None and span[1] == column and span[0] < row

    def breadth(self, row: int) -> int:
        """How many columns the row's one and only content covers; 0 if it has several."""
        cells = self.sheet.rows.get(row, {})
        if len(cells) != 1:
            return 0
        span = self.span(row, next(iter(cells)))
        return span[3] - span[1] + 1 if span else 1

    def text(self, row: int, column: int) -> str:
        return text_of(self.sheet.cell(row, column))
