"""From a workbook and a mapping to rows that are ready to be inserted."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from server.runsheet.clock_text import moment
from server.runsheet.imports.book import Finding, Sheet, Workbook, refuse
from server.runsheet.imports.days import Calendar
from server.runsheet.imports.drafts import Draft, Options, Report
from server.runsheet.imports.grid import Grid
from server.runsheet.imports.mapping import Mapping
from server.runsheet.imports.own import own_rows, read_own
from server.runsheet.imports.schedule import fill_durations, schedule, set_tracks, since
from server.runsheet.imports.structure import Tree

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_MOST_NAMES = 1_000


@dataclass
class Result:
    """What the import would do.

    rows: the fields of a row of the sheet (`Cue`), but with names where ids belong: `track` and `place` (None where
    the file says none), `people`, `departments`; `parent` is the index of an earlier row; `source` says which row of
    the file it was. names: the distinct names of tracks, places, people and departments with how often each stands.
    columns: the event's columns that must be made first. days: the sheet's dates and what they became.
    """

    rows: list[dict[str, Any]]
    findings: list[Finding]
    counts: dict[str, int]
    names: dict[str, dict[str, int]]
    columns: list[dict[str, str]]
    days: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self, head: int | None = None) -> dict[str, Any]:
        """As JSON, only the first rows for a preview."""
        return {
            "rows": self.rows[:head],
            "total": len(self.rows),
            "findings": [finding.to_json() for finding in self.findings],
            "counts": self.counts,
            "names": self.names,
            "columns": self.columns,
            "days": self.days,
        }


def build_rows(book: Workbook, mapping: Mapping, options: Options) -> Result:
    """The rows of the mapped sheet. FileRefusedError if the sheet is not there or too long."""
    sheet = book.sheet(mapping.sheet)
    grid = Grid(sheet)
    _check_length(grid, mapping, options)
    report = Report(sheet.name)
    report.take(book.findings)
    _about(sheet, mapping, report)
    if mapping.columns("level"):
        drafts, found = read_own(sheet, mapping, options, report, is_quoted=book.format == "csv")
        rows = own_rows(drafts, sheet.name)
    else:
        drafts, found = _read_foreign(grid, mapping, options, report)
        index = {id(draft): place for place, draft in enumerate(drafts)}
        rows = [_row(draft, index, options, sheet.name) for draft in drafts]
    return Result(
        rows,
        report.findings,
        dict(report.counts),
        _names(drafts),
        _new_columns(mapping, drafts),
        _days(drafts, found),
    )


def _read_foreign(
    grid: Grid, mapping: Mapping, options: Options, report: Report
) -> tuple[list[Draft], Calendar]:
    drafts = Tree(grid, mapping, options, report).read()
    found = schedule(drafts, options, mapping.day_hint, report)
    set_tracks(drafts, options, report)
    fill_durations(drafts, report)
    _duplicates(drafts, report)
    return drafts, found


def _check_length(grid: Grid, mapping: Mapping, options: Options) -> None:
    if grid.sheet.problem:
        refuse(grid.sheet.problem.code, sheet=grid.sheet.name, **grid.sheet.problem.params)
    if sum(row >= mapping.first_row for row in grid.rows) > options.rows:
        refuse("too_many_rows", sheet=grid.sheet.name, limit=options.rows)


def _about(sheet: Sheet, mapping: Mapping, report: Report) -> None:
    """What the sheet and its mapping lack as a whole."""
    fields = {source.field for source in mapping.sources}
    if not mapping.header_rows:
        report.add("no_header")
    if "title" not in fields:
        report.add("no_title_column")
    if not fields & {"start", "end", "duration", "segment_start"}:
        report.add("no_time_column")
    if hidden := sum(row in sheet.hidden_rows for row in sheet.rows if row >= mapping.first_row):
        report.add("hidden_rows", count=hidden)
    mapped = {source.column for source in mapping.sources}
    if unmapped := {column for cells in sheet.rows.values() for column in cells} - mapped:
        report.add("columns_left_out", count=len(unmapped))
    report.take(finding for finding in sheet.findings if finding.code != "value_truncated")


def _duplicates(drafts: Sequence[Draft], report: Report) -> None:
    """Numbers that stand twice. Words such as Standby in a column of numbers may do so."""
    first: dict[str, int] = {}
    for draft in drafts:
        number = draft.texts.get("number", "")
        if number in first:
            report.add("duplicate_number", draft, number=number, other=first[number])
        elif any(figure.isdecimal() for figure in number):
            first[number] = draft.row


def _row(draft: Draft, index: dict[int, int], options: Options, sheet: str) -> dict[str, Any]:
    texts, mode = draft.texts, draft.mode
    end_mode = _end_mode(draft)
    colour = texts.get("colour", "").lower()
    return {
        "parent": index[id(draft.parent)] if draft.parent else None,
        "kind": draft.kind,
        "number": texts.get("number", ""),
        "title": draft.title,
        "title_en": texts.get("title_en", ""),
        "title_kind": texts.get("title_kind", ""),
        "track": draft.track or None,
        "place": texts.get("place") or None,
        "meeting": texts.get("meeting", ""),
        "day": draft.operating_day.isoformat(),
        "start_mode": mode,
        "start": _moment(draft, draft.start, options),
        "offset_s": draft.when.offset or 0 if mode == "offset" else 0,
        "reading": texts.get("reading", ""),
        "line": texts.get("line", ""),
        "end_mode": end_mode,
        "end": None if end_mode == "duration" else _moment(draft, draft.finish, options),
        "duration_s": draft.duration or 0,
        "hard": draft.hard,
        "colour": colour if _COLOUR.fullmatch(colour) else "",
        "columns": {key: {"zh-TW": text} for key, text in draft.columns.items() if text},
        "people": draft.people,
        "departments": draft.departments,
        "note": texts.get("note", ""),
        "state": "skipped" if draft.skip else "planned",
        "flagged": draft.flags,
        "source": {"sheet": sheet, "row": draft.row},
    }


def _end_mode(draft: Draft) -> str:
    """A row that counts to its end, or that says when it ends but not when it starts, keeps the end itself."""
    if draft.finish is None or draft.kind in {"segment", "cue"}:
        return "duration"
    if draft.count_to_end:
        return "count_to_end"
    return "end" if draft.mode == "linked" else "duration"


def _moment(draft: Draft, clock: int | None, options: Options) -> int | None:
    """Epoch milliseconds of a clock that may pass midnight: 25:10 is ten past one of the next day."""
    if clock is None:
        return None
    return moment(draft.operating_day.isoformat(), since(clock, draft), options.zone, options.day_change_s)


def _names(drafts: Sequence[Draft]) -> dict[str, dict[str, int]]:
    return {
        "tracks": _counted(draft.track for draft in drafts),
        "places": _counted(draft.texts.get("place", "") for draft in drafts),
        "people": _counted(name for draft in drafts for name in draft.people),
        "departments": _counted(name for draft in drafts for name in draft.departments),
    }


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(name for name in names if name).most_common(_MOST_NAMES))


def _new_columns(mapping: Mapping, drafts: Sequence[Draft]) -> list[dict[str, str]]:
    """Only columns that hold something are made."""
    used = {key for draft in drafts for key, text in draft.columns.items() if text}
    return [
        {"id": source.key, "name": source.heading}
        for source in mapping.columns("column")
        if source.new and source.key in used
    ]


def _days(drafts: Sequence[Draft], found: Calendar) -> list[dict[str, Any]]:
    """For each operating day how many rows it has; `was` is the date on the sheet, if that was another."""
    counts = Counter(draft.operating_day for draft in drafts)
    return [
        {
            "day": day.isoformat(),
            "was": (day - timedelta(days=found.shift)).isoformat() if found.shift else None,
            "rows": count,
        }
        for day, count in sorted(counts.items())
    ]
