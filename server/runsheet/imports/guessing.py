"""Guessing what each column of a sheet is, by its heading and by what stands in it."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from hashlib import blake2s

from server.runsheet.imports.book import Cell, Limits, Sheet, Workbook, refuse, text_of
from server.runsheet.imports.clean import one_line
from server.runsheet.imports.days import read_day
from server.runsheet.imports.grid import Grid
from server.runsheet.imports.header import Header, day_above, find_header, header_at, heading
from server.runsheet.imports.mapping import Mapping, Source
from server.runsheet.imports.own import as_own
from server.runsheet.imports.times import read_duration, read_when
from server.runsheet.imports.units import unit_in, with_unit
from server.runsheet.imports.words import REPEATABLE, candidates, kind_of, plain

_SAMPLED = 60
_TRUSTED = 0.7
"""Confidence from which on a heading is a known word and not only holds one."""
_NEW_HEADING = 24
"""A longer heading is a remark and makes no column."""

_ONCE = {
    "number",
    "start",
    "end",
    "duration",
    "day",
    "segment_start",
    "colour",
    "hard",
    "skip",
    "count_to_end",
}
"""A second column of these says nothing new, while a second place or kind is kept as a column of the event."""
_OFTEN, _MOSTLY, _NEARLY_ALL = 0.4, 0.6, 0.8
"""Shares of a column's distinct values."""
_SHORT = 12
"""Characters of a number such as D0-M12.5."""

Candidate = tuple[str, str, float]
Known = Sequence[AnyMapping[str, str]]


def guess(
    book: Workbook,
    sheet: str | None = None,
    *,
    known: Known = (),
    header_rows: Iterable[int] | None = None,
    limits: Limits | None = None,
) -> Mapping:
    """How a sheet is probably meant; by default the most likely sheet of the file.

    `known` are the event's own columns as `{"id", "name", "name_en"}`. `header_rows` overrules the header that would
    be found. FileRefusedError if the sheet cannot be used.
    """
    chosen = book.sheet(sheet) if sheet is not None else likeliest_sheet(book)
    if chosen.problem:
        refuse(chosen.problem.code, sheet=chosen.name, **chosen.problem.params)
    grid = Grid(chosen)
    header = find_header(grid) if header_rows is None else header_at(grid, header_rows)
    columns = _columns(grid, header, (limits or Limits()).columns, known)
    ids = {entry["id"] for entry in known}
    sources = with_unit(grid, header, _assign(columns, ids) if header.rows else _by_content(columns))
    hint = "" if any(source.field == "day" for source in sources) else day_above(grid, header)
    guessed = Mapping(chosen.name, header.rows, header.first_row, tuple(_promoted(sources)), hint)
    return as_own(guessed, known)


def likeliest_sheet(book: Workbook) -> Sheet:
    """The visible sheet whose header names most; the first of equals. FileRefusedError if there is none."""
    sheets = list(book.usable)
    if not sheets:
        refuse("file_empty")
    return max(sheets, key=lambda sheet: (not sheet.hidden, *_worth(Grid(sheet)), -sheets.index(sheet)))


def _worth(grid: Grid) -> tuple[int, int]:
    """Sheets are told apart by a title and times; a longer one is not a better one."""
    header = find_header(grid)
    fields = {
        hit[0]
        for column in range(1, min(grid.width, 60) + 1)
        for hit in candidates(heading(grid, header.rows, column))[:1]
    }
    return len(fields & {"title", "segment"}), len(fields & {"start", "end", "duration", "segment_start"}) > 0


@dataclass(frozen=True)
class _Column:
    """A column of the file with what speaks for its meaning."""

    number: int
    heading: str
    cells: tuple[Cell, ...]
    hits: tuple[Candidate, ...]

    def source(self, hit: Candidate | None, *, new: bool = False) -> Source:
        samples = tuple(dict.fromkeys(one_line(text_of(cell))[:80] for cell in self.cells))
        name, key, confidence = hit or ("ignore", "", 0.3)
        return Source(
            self.number, self.heading, name, key, new, min(1.0, confidence), split=not self._is_numbered,
            samples=tuple(sample for sample in samples if sample)[:3],
        )  # fmt: skip

    @property
    def _is_numbered(self) -> bool:
        """Speakers 1, Speakers 2: each cell is one person, whatever commas are in it."""
        return self.heading[-1:].isdecimal() and len(self.heading.split()) > 1


def _columns(grid: Grid, header: Header, most: int, known: Known) -> list[_Column]:
    body = [row for row in grid.rows if row >= header.first_row]
    used = sorted({column for row in [*header.rows, *body] for column in grid.sheet.rows.get(row, {})})
    return [_column(grid, header, body, number, known) for number in used[:most]]


def _column(grid: Grid, header: Header, body: list[int], number: int, known: Known) -> _Column:
    cells: list[Cell] = []
    for row in body:
        if (cell := grid.sheet.cell(row, number)) and len(cells) < _SAMPLED:
            cells.append(cell)
    title = heading(grid, header.rows, number)
    hits = [
        *_own_columns(title, known),
        *candidates(title.rstrip("0123456789 ") or title),
        *_second_thoughts(title),
    ]
    fitting = tuple(fit for hit in hits if (fit := _fit(hit, title, cells)))
    return _Column(number, title, tuple(cells), tuple(_with_keys(fitting, known)))


def _own_columns(title: str, known: Known) -> list[Candidate]:
    """The event's own columns go by their names."""
    word = plain(title)
    names = [(entry, plain(entry.get(name) or "")) for entry in known for name in ("id", "name", "name_en")]
    return [("column", entry["id"], 1.0) for entry, name in names if word and name == word][:1]


def _with_keys(hits: Sequence[Candidate], known: Known) -> list[Candidate]:
    """Where the event calls its light column otherwise, 燈光 still goes there."""
    ids = {entry["id"] for entry in known}
    alias: dict[str, str] = {}
    for entry in known:
        for name, key, confidence in candidates(entry.get("name") or "") + candidates(
            entry.get("name_en") or ""
        ):
            if name == "column" and confidence > _TRUSTED:
                alias.setdefault(key, entry["id"])
    return [(name, key if key in ids else alias.get(key, key), confidence) for name, key, confidence in hits]


def _second_thoughts(title: str) -> list[Candidate]:
    """What a column is when another has a better claim to its first meaning: beside 流程, 內容 is a note."""
    return [
        ("note", "", 0.5)
        for name, _, confidence in candidates(title)[:1]
        if name == "title" and confidence > _TRUSTED
    ]


# What stands in a column decides whether its heading may be believed.


def _fit(hit: Candidate, title: str, cells: Sequence[Cell]) -> Candidate | None:
    name, key, confidence = hit
    if name in {"start", "segment_start"} and unit_in(title):
        name = "duration"
    if name == "title" and _share(cells, _is_number) > _NEARLY_ALL:
        return "number", "", confidence * 0.8
    if name == "kind" and _share(cells, _is_kind) < _MOSTLY:
        return "title_kind", "", confidence * 0.8
    if name == "number" and _share(cells, _is_short) < _MOSTLY:
        return "line", "", confidence * 0.6
    test = {
        "start": _is_when,
        "segment_start": _is_when,
        "end": _is_when,
        "duration": _is_duration,
        "day": _is_day,
    }.get(name)
    return (name, key, confidence) if test is None or not cells or _share(cells, test) >= _OFTEN else None


def _share(cells: Sequence[Cell], test: Callable[[Cell], bool]) -> float:
    """Over the distinct values: D repeated on every row says no more than once."""
    distinct = set(cells)
    return sum(map(test, distinct)) / len(distinct) if distinct else 1.0


def _is_number(cell: Cell) -> bool:
    return cell.kind == "number" or text_of(cell).replace(".", "", 1).isdecimal()


def _is_kind(cell: Cell) -> bool:
    return kind_of(text_of(cell)) is not None


def _is_short(cell: Cell) -> bool:
    return len(text_of(cell)) <= _SHORT


def _is_when(cell: Cell) -> bool:
    return cell.kind == "formula" or read_when(cell) is not None


def _is_duration(cell: Cell) -> bool:
    return cell.kind == "formula" or read_duration(cell) is not None


def _is_day(cell: Cell) -> bool:
    return cell.kind == "formula" or read_day(cell) is not None


# Assigning


def _assign(columns: Sequence[_Column], ids: set[str]) -> list[Source]:
    """The surest claims first; each field once, but for those that several columns may fill."""
    claims = [(-hit[2], column.number, index) for column in columns for index, hit in enumerate(column.hits)]
    by_number = {column.number: column for column in columns}
    taken: set[tuple[str, str]] = set()
    made: dict[int, Source] = {}
    for _, number, index in sorted(claims):
        column = by_number[number]
        hit = column.hits[index]
        field = hit[:2]
        if number in made or (hit[0] not in REPEATABLE and field in taken):
            continue
        taken.add(field)
        made[number] = column.source(hit, new=hit[0] == "column" and hit[1] not in ids)
    headings = {plain(source.heading) for source in made.values()}
    return [made.get(column.number) or _left_over(column, headings) for column in columns]


def _left_over(column: _Column, headings: set[str]) -> Source:
    """A column that we know nothing of becomes one of the event's. One that only counts the rows says nothing.

    A heading that stands twice is the second half of a merged one.
    """
    word = plain(column.heading)
    is_told = word in headings or any(hit[0] in _ONCE and hit[2] > _TRUSTED for hit in column.hits)
    if (
        is_told
        or not column.cells
        or _is_counted(column.cells)
        or not word
        or len(column.heading) > _NEW_HEADING
    ):
        return column.source(None)
    headings.add(word)
    key = f"col-{blake2s(word.encode(), digest_size=5).hexdigest()}"
    return column.source(("column", key, 0.3), new=True)


def _is_counted(cells: Sequence[Cell]) -> bool:
    """1, 2, 3 and so on."""
    return len(cells) > 1 and [text_of(cell) for cell in cells] == [str(n + 1) for n in range(len(cells))]


def _by_content(columns: Sequence[_Column]) -> list[Source]:
    """Without a header: times are start and end, and the column with most different texts is the title."""
    times = [column for column in columns if column.cells and _share(column.cells, _is_when) > _TRUSTED][:2]
    texts = [column for column in columns if column not in times]
    title = max(
        texts, key=lambda column: len({cell for cell in column.cells if cell.kind == "text"}), default=None
    )
    fields = dict(zip((column.number for column in times), ("start", "end"), strict=False))
    fields |= {column.number: _content(column) for column in texts}
    if title:
        fields[title.number] = "title"
    lengths = [number for number, field in fields.items() if field == "duration"]
    fields |= dict.fromkeys(lengths[1:], "note")
    return [column.source((fields[column.number], "", 0.4)) for column in columns]


def _content(column: _Column) -> str:
    """What is neither time nor title: a length that says its unit, else a note, so that it is not lost."""
    texts = [cell for cell in column.cells if cell.kind == "text" and not _is_number(cell)]
    if texts and _share(texts, _is_duration) > _TRUSTED:
        return "duration"
    return "note" if texts else "ignore"


def _promoted(sources: Sequence[Source]) -> list[Source]:
    """A sheet that has parents only has items: 大活動名稱 without 事項 is the title."""
    fields = {source.field for source in sources}
    if "title" in fields:
        return list(sources)
    up = {"segment": "title"} | ({"segment_start": "start"} if "start" not in fields else {})
    return [replace(source, field=up.get(source.field, source.field)) for source in sources]
