"""From the rows of a sheet to a tree: sections, parents in merged cells, and cues within items."""

import re
from collections.abc import Iterator

from server.runsheet.imports.book import text_of
from server.runsheet.imports.clean import one_line
from server.runsheet.imports.days import Day, read_day
from server.runsheet.imports.drafts import Draft, Options, Report
from server.runsheet.imports.grid import Grid
from server.runsheet.imports.mapping import Mapping
from server.runsheet.imports.rowcells import RowReader, group_when
from server.runsheet.imports.times import When
from server.runsheet.imports.titles import ROW, TEXT, TITLE, shorten
from server.runsheet.imports.words import is_buffer, kind_of

_SECTION_BREADTH = 3
"""A row whose only content is merged over so many columns is a heading between rows."""
_SIGN = 3
"""Bytes of one Chinese character, or of an English day cut short."""
_PIECES = re.compile(r"[\s,，、|｜:：–—]+")


class Tree:
    """Puts rows under their parents while going down the sheet."""

    def __init__(self, grid: Grid, mapping: Mapping, options: Options, report: Report) -> None:
        self.drafts: list[Draft] = []
        self._grid, self._mapping, self._options, self._report = grid, mapping, options, report
        self._reader = RowReader(grid, mapping, report, options.zone)
        self._header = {tuple(_texts(grid, row)) for row in mapping.header_rows}
        self._header_sizes = {len(texts) for texts in self._header}
        self._section: Draft | None = None
        self._group: Draft | None = None
        self._group_key: tuple[str, str] = ("", "")
        self._day: Day | None = None

    def read(self) -> list[Draft]:
        """All drafts in tree order, parents before their children."""
        for row in self._rows():
            if not (self._is_repeated_header(row) or self._is_heading(row)):
                self._row(row)
        return _without_empty_groups(self.drafts)

    def _rows(self) -> Iterator[int]:
        skipped = self._grid.sheet.hidden_rows if self._options.skip_hidden else set()
        return (row for row in self._grid.rows if row >= self._mapping.first_row and row not in skipped)

    def _is_repeated_header(self, row: int) -> bool:
        """Printed sheets say their header again on every page."""
        repeated = (
            len(self._grid.sheet.rows[row]) in self._header_sizes
            and tuple(_texts(self._grid, row)) in self._header
        )
        if repeated:
            self._report.add("header_repeated", row)
        return repeated

    def _is_heading(self, row: int) -> bool:
        """A day (D2 · 4/11) or a section (下半場) between the rows."""
        breadth = self._grid.breadth(row)
        if not breadth:
            return False
        cell = next(iter(self._grid.sheet.rows[row].values()))
        text = one_line(text_of(cell))
        if day := _clear_day(text):
            self._open(None, day)
        elif breadth >= _SECTION_BREADTH and text:
            named = next((found for piece in _PIECES.split(text)[:6] if (found := _clear_day(piece))), None)
            self._open(Draft(row, "segment", {"title": shorten(text, TITLE)}, day=named or self._day), named)
        else:
            return False
        return True

    def _open(self, section: Draft | None, day: Day | None) -> None:
        self._section, self._group, self._group_key = section, None, ("", "")
        self._day = day or self._day
        if section:
            self.drafts.append(section)

    def _row(self, row: int) -> None:
        begins_group = self._enter_group(row)
        draft = self._reader.read(row)
        draft.day = draft.day or self._day
        if draft.kind == "ignore":
            self._ignore(draft)
        elif self._goes_on(row):
            self._join(draft)
        elif not draft.title and begins_group and self._group:
            self._fill_group(self._group, draft)
        elif self._has_title(draft):
            self._place(draft)

    def _ignore(self, draft: Draft) -> None:
        """Rows that only end a group, or are marked as not meant."""
        if "end" in draft.texts["kind"].casefold():
            self._section = None
        else:
            self._report.add("row_ignored", draft.row, value=draft.texts["kind"])

    def _enter_group(self, row: int) -> bool:
        """Open the parent that begins in this row, if one does."""
        name = one_line(self._reader.text(row, "segment"))
        if not name:
            return False
        key = (name, self._reader.text(row, "segment_start"))
        if key == self._group_key:
            return False
        self._group_key = key
        self._group = Draft(
            row,
            "segment",
            {"title": shorten(name, TITLE)},
            when=group_when(self._grid, self._mapping, row, self._options.zone),
        )
        self._group.parent = self._section
        self.drafts.append(self._group)
        return True

    def _fill_group(self, group: Draft, draft: Draft) -> None:
        """A row that names a parent and nothing below it speaks of the parent."""
        _give(group, draft)
        group.day, group.end, group.duration = draft.day, draft.end, draft.duration
        group.hard, group.skip = draft.hard, draft.skip
        if group.when == When():
            group.when = draft.when

    def _goes_on(self, row: int) -> bool:
        """Whether the row only adds to the one above: its title is merged or missing, and it has no time of its own."""
        reader = self._reader
        own = any(
            reader.text(row, name) for name in ("title", "start", "end", "duration", "number", "segment")
        )
        has_row_above = (
            bool(self.drafts) and self.drafts[-1].kind != "segment" and bool(self._mapping.columns("title"))
        )
        return not own and has_row_above

    def _join(self, draft: Draft) -> None:
        above = self.drafts[-1]
        _give(above, draft)
        if not self._reader.is_merged(draft.row, "title"):
            self._report.add("row_joined", draft.row, above=above.row)

    def _has_title(self, draft: Draft) -> bool:
        """Take another text where the title is missing; a row without any text is left out."""
        if draft.title:
            return True
        texts = [
            draft.texts.get("title_kind"),
            draft.texts.get("note"),
            *draft.columns.values(),
            draft.texts.get("meeting"),
        ]
        text = next((one_line(text.partition("\n")[0]) for text in texts if text), "")
        self._report.add("row_without_title", draft, skipped=not text)
        draft.texts["title"] = shorten(text, TITLE)
        return bool(text)

    def _place(self, draft: Draft) -> None:
        if draft.kind == "segment":
            self._open(draft, None)
            return
        draft.kind = draft.kind or ("buffer" if is_buffer(draft.title) else "item")
        draft.parent = self._group or self._section
        if draft.kind == "cue" or draft.when.offset is not None:
            self._hang(draft)
        self.drafts.append(draft)

    def _hang(self, draft: Draft) -> None:
        """A cue belongs to the item above it in the same section; without one it is an item that takes no time."""
        if draft.when.offset is not None and draft.parent and draft.parent.when.start is not None:
            draft.kind = "item"
            return
        item = next((other for other in reversed(self.drafts) if other.kind != "cue"), None)
        if item is not None and item.is_leaf and item.parent is draft.parent:
            draft.kind, draft.parent = "cue", item
        else:
            self._report_lost_offset(draft)
            draft.kind, draft.duration = "item", draft.duration or 0

    def _report_lost_offset(self, draft: Draft) -> None:
        if draft.when.offset is not None:
            self._report.add("time_unreadable", draft, value=self._reader.text(draft.row, "start"))
            draft.when = When()


def _clear_day(text: str) -> Day | None:
    """A day that a heading names; a lone weekday sign such as 日 or So says too little."""
    day = read_day(text)
    return None if day and day.kind == "weekday" and len(text.encode()) <= _SIGN else day


def _texts(grid: Grid, row: int) -> list[str]:
    return [one_line(text_of(cell)) for cell in grid.sheet.rows.get(row, {}).values()]


def _give(above: Draft, draft: Draft) -> None:
    """Add a row's texts and names to the one above."""
    for name in ("note", "meeting", "reading", "line", "place", "track"):
        _add_line(above, above.texts, name, draft.texts.get(name, ""))
    for key, text in draft.columns.items():
        _add_line(above, above.columns, key, text)
    above.people.extend(name for name in draft.people if name not in above.people)
    above.departments.extend(name for name in draft.departments if name not in above.departments)
    above.flags.extend(flag for flag in draft.flags if flag not in above.flags)


def _add_line(draft: Draft, texts: dict[str, str], name: str, text: str) -> None:
    held = texts.get(name, "")
    if text and f"\n{text}\n" not in f"\n{held}\n":
        joint = " / " if name in {"meeting", "reading", "line", "place", "track"} else "\n"
        limit = min(TITLE if joint == " / " else TEXT, max(ROW - draft.size + len(held), 1))
        texts[name] = shorten(f"{held}{joint}{text}" if held else text, limit)


def _without_empty_groups(drafts: list[Draft]) -> list[Draft]:
    """A parent in the parents' column that has no rows is an item of its own."""
    parents = {id(draft.parent) for draft in drafts}
    for draft in drafts:
        if draft.kind == "segment" and id(draft) not in parents and not kind_of(draft.texts.get("kind", "")):
            draft.kind = "buffer" if is_buffer(draft.title) else "item"
    return drafts
