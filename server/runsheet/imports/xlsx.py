"""Reading .xlsx as a stream, sheet by sheet, keeping only cells with content.

Written on expat and not on a library, because no one library gives all that a run sheet needs: merged ranges (the
parent of a 細流 row), hidden rows, formulas without a value, and memory that follows the content and not the declared
size (`docs/decisions.md`).
"""

import posixpath
from collections.abc import Callable
from typing import IO

from server.runsheet.imports.archive import Archive, Handler
from server.runsheet.imports.book import Limits, Sheet, Workbook, refuse
from server.runsheet.imports.clean import clean
from server.runsheet.imports.formats import Formats
from server.runsheet.imports.xlsx_cells import Rows, Strings

Progress = Callable[[float], None]


def read_xlsx(file: IO[bytes], limits: Limits, progress: Progress) -> Workbook:
    """All sheets of the workbook; FileRefusedError if it is broken, encrypted or a bomb."""
    meter = _Meter(progress)
    archive = Archive(file, limits, meter.add)
    contents = _contents(archive)
    strings, formats = Strings(limits), Formats()
    parts = [(entry, contents.target(entry)) for entry in contents.sheets]
    sheets = [
        (entry, part) for entry, part in parts if part in archive and "worksheet" in contents.kind(entry)
    ]
    meter.total = sum(
        archive.size(part) for part in [*contents.parts(), *(part for _, part in sheets)] if part in archive
    )
    for part, handler in ((contents.part("sharedStrings"), strings), (contents.part("styles"), formats)):
        if part in archive:
            archive.walk(part, handler)
    book = Workbook("xlsx", [])
    for entry, part in sheets[: limits.sheets]:
        sheet = Sheet(clean(entry["name"])[:100] or "?", hidden=entry.get("state", "visible") != "visible")
        archive.walk(part, Rows(sheet, strings.items, formats, limits, since_1904=contents.since_1904))
        sheet.merges.sort()
        book.sheets.append(sheet)
    if hidden := [sheet.name for sheet in book.sheets if sheet.hidden]:
        book.findings.append(Sheet("").finding("hidden_sheets", names=hidden))
    if len(sheets) > limits.sheets:
        book.findings.append(Sheet("").finding("sheets_left_out", count=len(sheets) - limits.sheets))
    return book


def _contents(archive: Archive) -> "_Contents":
    """The workbook part and its relations. A document of another program's zip format is no spreadsheet."""
    root = _Relations()
    if "_rels/.rels" not in archive:
        refuse("file_not_spreadsheet", format="zip")
    archive.walk("_rels/.rels", root)
    main = next((part for kind, part in root.by_id.values() if kind == "officeDocument"), "")
    if main not in archive or main.endswith((".bin", "document.xml", "presentation.xml")):
        refuse("file_not_spreadsheet", format="xlsb" if main.endswith(".bin") else "zip")
    contents = _Contents(posixpath.dirname(main))
    archive.walk(main, contents)
    relations = f"{posixpath.dirname(main)}/_rels/{posixpath.basename(main)}.rels"
    if relations in archive:
        archive.walk(relations, contents.relations)
    return contents


class _Meter:
    """Bytes inflated so far as a fraction, told in steps of a hundredth."""

    def __init__(self, progress: Progress) -> None:
        self.total = 0
        self._done = 0
        self._told = 0
        self._progress = progress

    def add(self, count: int) -> None:
        self._done += count
        hundredth = min(100, self._done * 100 // self.total) if self.total else 0
        if hundredth > self._told:
            self._told = hundredth
            self._progress(hundredth / 100)


class _Relations(Handler):
    """A .rels file: id → kind and target."""

    def __init__(self) -> None:
        self.by_id: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.by_id[attributes.get("Id", "")] = (kind, attributes.get("Target", "").lstrip("/"))


class _Contents(Handler):
    """workbook.xml: its sheets in order, and where the parts are."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.relations = _Relations()
        self.sheets: list[dict[str, str]] = []
        self.since_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and "name" in attributes:
            self.sheets.append({key.rpartition(":")[2]: value for key, value in attributes.items()})
        elif name == "workbookPr":
            self.since_1904 = attributes.get("date1904", "0") in {"1", "true"}

    def kind(self, entry: dict[str, str]) -> str:
        return self.relations.by_id.get(entry.get("id", ""), ("", ""))[0]

    def target(self, entry: dict[str, str]) -> str:
        return self._path(self.relations.by_id.get(entry.get("id", ""), ("", ""))[1])

    def part(self, kind: str) -> str:
        return next(
            (self._path(target) for found, target in self.relations.by_id.values() if found == kind), ""
        )

    def parts(self) -> list[str]:
        return [self.part("sharedStrings"), self.part("styles")]

    def _path(self, target: str) -> str:
        """Targets are relative to the workbook's folder, or written from the root."""
        inside = not self.folder or target.startswith(f"{self.folder}/")
        return target if inside else posixpath.normpath(f"{self.folder}/{target}")
