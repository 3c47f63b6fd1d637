"""Rows on their way from cells to the run sheet, and the findings that are made on the way."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from server.runsheet.imports.book import Finding
from server.runsheet.imports.days import Day
from server.runsheet.imports.times import When

FLAGS = {
    "duration_guessed",
    "duration_differs",
    "duration_out_of_range",
    "negative_duration",
    "time_unreadable",
    "day_unreadable",
    "date_out_of_range",
    "overlap",
    "duplicate_number",
    "row_without_title",
    "title_truncated",
    "value_truncated",
    "formula_without_value",
    "cell_error",
    "event_cancelled",
    "all_day",
    "repeats_by_rule",
}
"""Findings that stay on the row until somebody has looked at it."""
_MOST_OF_A_KIND = 200
"""Findings of one code that are listed; the rest is only counted."""


@dataclass(frozen=True)
class Options:
    """How the coordinator wants the sheet to come in.

    first_day: the event's first operating day. shift: move all days of the sheet so that its first is `first_day`.
    zone: the event's time zone. day_change_s: when the operating day changes, seconds after midnight.
    tracks: every place a track of its own (`places`), all rows on one (`one`), or as the sheet looks (`auto`).
    """

    first_day: date
    shift: bool = False
    zone: str = "Asia/Taipei"
    day_change_s: int = 6 * 3600
    tracks: Literal["auto", "one", "places"] = "auto"
    skip_hidden: bool = False
    rows: int = 5_000


@dataclass(eq=False)
class Draft:
    """A row as it comes to be."""

    row: int
    """Where it stands on the sheet."""
    kind: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    departments: list[str] = field(default_factory=list)
    when: When = field(default_factory=When)
    end: When = field(default_factory=When)
    day: Day | None = None
    hard: bool = False
    skip: bool = False
    count_to_end: bool = False
    parent: "Draft | None" = None
    flags: list[str] = field(default_factory=list)

    # What the schedule finds; clocks are seconds since midnight of the date `on`.
    on: date = date.min
    start: int | None = None
    finish: int | None = None
    duration: int | None = None
    operating_day: date = date.min
    track: str = ""

    @property
    def size(self) -> int:
        """Characters of text so far."""
        return sum(map(len, self.texts.values())) + sum(map(len, self.columns.values()))

    @property
    def title(self) -> str:
        return self.texts.get("title", "")

    @property
    def is_leaf(self) -> bool:
        """Whether the row takes up time on its track: neither a segment nor a cue."""
        return self.kind in {"item", "buffer"}

    @property
    def mode(self) -> str:
        """fixed, linked, offset, manual or line."""
        if self.start is not None:
            return "fixed"
        if self.when.offset is not None:
            return "offset"
        if self.when.mode:
            return self.when.mode
        if self.texts.get("line"):
            return "line"
        return "manual" if self.kind == "cue" else "linked"


class Report:
    """Gathers findings; those that matter later also flag their row."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self.findings: list[Finding] = []
        self.counts: Counter[str] = Counter()

    def add(
        self, code: str, draft: Draft | int | None = None, column: int | None = None, **params: object
    ) -> None:
        if isinstance(draft, Draft) and code in FLAGS and code not in draft.flags:
            draft.flags.append(code)
        self.counts[code] += 1
        if self.counts[code] <= _MOST_OF_A_KIND:
            row = draft.row if isinstance(draft, Draft) else draft
            self.findings.append(Finding(code, self.sheet, row, column, params))

    def take(self, findings: Iterable[Finding]) -> None:
        """Findings that others made."""
        for finding in findings:
            self.counts[finding.code] += 1
            self.findings.append(finding)
