"""A spreadsheet as plain cells: what the parsing child hands over, and all that the rest of the import reads.

Everything here can be turned into JSON and back, since it crosses a process and is kept between preview and import.
Rows and columns count from 1, as on the sheet.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, NoReturn, Self

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
"""As many as a sheet can have."""

Span = tuple[int, int, int, int]
"""A merged range: first row, first column, last row, last column."""


class FileRefusedError(Exception):
    """The file is not taken; `code` is stable and translated elsewhere, `params` fill its text."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def refuse(code: str, **params: object) -> NoReturn:
    """Take the file no further."""
    raise FileRefusedError(code, **params)


def quiet(_: float) -> None:
    """Tell nobody how far it is."""


class Cell(NamedTuple):
    """One value.

    kind is text, number, bool, date (ISO date), clock (seconds since midnight, may pass 24 h), moment (ISO date and
    time without zone), error (#REF! …) or formula (a formula whose value was never stored).
    """

    kind: str
    value: str | float | bool


@dataclass(frozen=True)
class Limits:
    """What one file may cost. Rows and columns count only where there is content."""

    file_bytes: int = 10 * 1024 * 1024
    rows: int = 5_000
    columns: int = 200
    cells: int = 300_000
    cell_chars: int = 10_000
    sheet_chars: int = 12_000_000
    sheets: int = 40
    merges: int = 20_000
    inflated_bytes: int = 256 * 1024 * 1024
    ratio: int = 150
    entries: int = 3_000
    memory_bytes: int = 768 * 1024 * 1024
    cpu_s: int = 20
    wall_s: float = 40.0

    @property
    def rows_read(self) -> int:
        """Some rows more than may be imported: titles and instructions above the header are not run sheet rows."""
        return self.rows + 200


@dataclass(frozen=True)
class Finding:
    """Something that the coordinator should know about a file, a row or a cell."""

    code: str
    sheet: str = ""
    row: int | None = None
    column: int | None = None
    params: dict[str, object] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        """The reference as Excel writes it: C12, or 12 for a whole row."""
        return f"{letters(self.column) if self.column else ''}{self.row or ''}"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "cell": self.cell}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(**{name: data[name] for name in ("code", "sheet", "row", "column", "params")})


@dataclass
class Sheet:
    """One sheet, holding only cells with content."""

    name: str
    hidden: bool = False
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merges: list[Span] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    problem: Finding | None = None
    """Why this sheet cannot be chosen (too many rows, too much text), while another of the file may be."""

    @property
    def width(self) -> int:
        return max((max(cells) for cells in self.rows.values() if cells), default=0)

    def cell(self, row: int, column: int) -> Cell | None:
        return self.rows.get(row, {}).get(column)

    def finding(
        self, code: str, row: int | None = None, column: int | None = None, **params: object
    ) -> Finding:
        return Finding(code, self.name, row, column, params)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "hidden": self.hidden,
            "rows": [
                [row, [[column, *cell] for column, cell in cells.items()]] for row, cells in self.rows.items()
            ],
            "merges": self.merges,
            "hidden_rows": sorted(self.hidden_rows),
            "findings": [finding.to_json() for finding in self.findings],
            "problem": self.problem and self.problem.to_json(),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        rows = {
            row: {column: Cell(kind, value) for column, kind, value in cells} for row, cells in data["rows"]
        }
        return cls(
            data["name"],
            data["hidden"],
            rows,
            [tuple(span) for span in data["merges"]],
            set(data["hidden_rows"]),
            [Finding.from_json(finding) for finding in data["findings"]],
            data["problem"] and Finding.from_json(data["problem"]),
        )


@dataclass
class Workbook:
    """A file as it was read."""

    format: str
    sheets: list[Sheet]
    findings: list[Finding] = field(default_factory=list)

    def sheet(self, name: str) -> Sheet:
        """The sheet of that name, or FileRefusedError `sheet_unknown`."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        refuse("sheet_unknown", sheet=name[:100])

    @property
    def usable(self) -> Iterator[Sheet]:
        return (sheet for sheet in self.sheets if sheet.rows and not sheet.problem)

    def to_json(self) -> dict[str, Any]:
        return {
            "format": self.format,
            "sheets": [sheet.to_json() for sheet in self.sheets],
            "findings": [finding.to_json() for finding in self.findings],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        sheets = [Sheet.from_json(sheet) for sheet in data["sheets"]]
        return cls(data["format"], sheets, [Finding.from_json(finding) for finding in data["findings"]])


def letters(column: int) -> str:
    """The column's letters: 1 is A, 27 is AA."""
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def position(reference: str) -> tuple[int, int]:
    """Row and column of a reference such as `AB12`; ValueError if it is none."""
    found = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", reference)
    if not found:
        raise ValueError(reference)
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


def text_of(cell: Cell | None) -> str:
    """The cell as a person reads it; empty for an error and for a formula without a value."""
    if cell is None or cell.kind in {"error", "formula"}:
        return ""
    if cell.kind == "number":
        return f"{cell.value:.15g}"
    if cell.kind == "clock":
        return clock_text(float(cell.value))
    return str(cell.value).replace("T", " ") if cell.kind == "moment" else str(cell.value)


def clock_text(seconds: float) -> str:
    """Seconds since midnight as 13:30, or 13:30:15 where there are seconds."""
    minutes, second = divmod(round(seconds), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{second:02d}" if second else "")
