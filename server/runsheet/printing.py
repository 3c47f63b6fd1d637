"""What stands on paper: the lines of a print, with their times and names as texts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from server.core.clock import operating_day
from server.core.models import Event
from server.runsheet.clock_text import clock, duration
from server.runsheet.exports.rows import told_times
from server.runsheet.models import ColumnDef, Cue
from server.runsheet.names import Names
from server.runsheet.timing import Board

_LEADS, _LARGE_LEADS = 6, 2
"""Rows under one parent that stay together on a page, below the parent's name, which is said again for the next."""
_DEFAULT_COLUMNS = {"detail": 3, "cues": 5}
_LARGE_COLUMNS = {"cues": 2}
_SECOND_MS, _MINUTE_MS = 1000, 60_000


@dataclass(frozen=True)
class Edition:
    """Which published version this is (v7), and of each row the fields that are others than in the one before.

    A field is one of `PLAN_FIELDS`; of a cell `columns.light`. Both are empty until something is published.
    """

    version: str = ""
    changed: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """What is printed. `day` and `track` may be "" for all; `columns` are those of the event, None for the usual."""

    form: str
    day: str = ""
    track: str = ""
    columns: tuple[str, ...] | None = None
    who: str = ""
    locale: str = "zh-TW"
    is_large: bool = False
    with_actual: bool = False


@dataclass(frozen=True)
class Line:
    """A row as texts."""

    id: str
    kind: str
    number: str
    title: str
    sort: str
    start: str
    end: str
    length: str
    actual: str
    expected: str
    place: str
    people: str
    departments: str
    meeting: str
    note: str
    reading: str
    line: str
    cells: Mapping[str, str]
    hard: bool
    state: str
    day: str
    track: str
    changed: frozenset[str]


@dataclass(frozen=True)
class Group:
    """Rows that stay together, below a parent; `is_more` if it goes on with one that stands above."""

    parent: Line | None
    lines: list[Line]
    is_more: bool = False


@dataclass(frozen=True)
class Part:
    """A track's rows on one day."""

    day: str
    track: str
    groups: list[Group]


class Writer:
    """Puts rows into the words of a language."""

    def __init__(self, event: Event, names: Names, board: Board, edition: Edition) -> None:
        self._event, self._names, self._board, self._edition = event, names, board, edition

    def line(self, cue: Cue) -> Line:
        names, times = self._names, told_times(cue, self._board)
        start, end = times["planned_start"], times["planned_end"]
        return Line(
            id=cue.id,
            kind=cue.kind,
            number=cue.number,
            title=names.t(cue.title or cue.title_en, cue.title_en),
            sort=names.t(cue.title_kind, cue.title_kind_en),
            start=self._clock(start, cue),
            end=self._clock(end, cue),
            length=self._length(cue, start, end),
            actual=self._span(times.get("actual_start"), times.get("actual_end"), cue),
            expected=self._expected(times, cue),
            place=names.places.get(cue.place or "", ""),
            people="、".join(names.people[each] for each in cue.people if each in names.people),
            departments="、".join(
                names.departments[each] for each in cue.departments if each in names.departments
            ),
            meeting=names.t(cue.meeting, cue.meeting_en),
            note=names.t(cue.note, cue.note_en),
            reading=names.t(cue.reading, cue.reading_en),
            line=names.t(cue.line, cue.line_en),
            cells=names.cells(cue),
            hard=cue.hard,
            state=cue.state,
            day=cue.day,
            track=cue.track,
            changed=self._edition.changed.get(cue.id, frozenset()),
        )

    def _clock(self, at: int | None, cue: Cue) -> str:
        if at is None:
            return ""
        return clock(at, self._event.timezone, cue.day, seconds=bool(at // _SECOND_MS % 60))

    def _length(self, cue: Cue, start: int | None, end: int | None) -> str:
        if cue.kind == "segment" or cue.end_mode != "duration":
            return duration(end - start) if start is not None and end is not None else ""
        return duration(cue.duration_s * 1000) if cue.duration_s else ""

    def _span(self, start: int | None, end: int | None, cue: Cue) -> str:
        return f"{self._clock(start, cue)}–{self._clock(end, cue)}" if start is not None else ""

    def _expected(self, times: Mapping[str, int | None], cue: Cue) -> str:
        """When it is expected to begin, if that is another minute than planned and it hasn't begun."""
        planned, projected = times["planned_start"], times["projected_start"]
        if cue.runs or planned is None or projected is None or abs(projected - planned) < _MINUTE_MS:
            return ""
        return self._clock(projected, cue)


def days_of(event: Event, cues: Iterable[Cue]) -> list[str]:
    """The event's days, and those on which there are rows besides."""
    return sorted({str(day["date"]) for day in event.days} | {cue.day for cue in cues})


def usual(choice: Choice, event: Event, cues: list[Cue], now: int) -> Choice:
    """The choice made good: a cue sheet is of one track, it and the detail of one day, if nothing else is said."""
    days, tracks = days_of(event, cues), list(dict.fromkeys(cue.track for cue in cues))
    day = choice.day if choice.day in days else ""
    track = choice.track if choice.track in tracks else ""
    today = operating_day(now, event.timezone, event.day_change_s).isoformat()
    if choice.form in {"detail", "cues"} and choice.day != "all":
        used = [each for each in days if any(cue.day == each for cue in cues)]
        day = day or (today if today in used else next(iter(used), ""))
    if choice.form == "cues":
        track = track or next((cue.track for cue in cues if cue.day == day), next(iter(tracks), ""))
    return replace(choice, day=day, track=track)


def chosen_columns(choice: Choice, columns: Iterable[ColumnDef], lines: list[Line]) -> list[ColumnDef]:
    """The columns that were asked for; else the first ones in which something stands."""
    if choice.columns is not None:
        return [column for column in columns if column.id in choice.columns]
    used = {key for line in lines for key in line.cells}
    most = (_LARGE_COLUMNS if choice.is_large else _DEFAULT_COLUMNS).get(choice.form, 0)
    return [column for column in columns if column.id in used][:most]


def meant(cues: Iterable[Cue], choice: Choice) -> list[Cue]:
    """The rows that a print of the sheet holds: the overview has what stands at the top, the detail no cues."""
    kept = (cue for cue in cues if choice.day in {"", cue.day} and choice.track in {"", cue.track})
    if choice.form == "overview":
        return [cue for cue in kept if cue.kind in {"segment", "item"} and cue.parent is None]
    return [cue for cue in kept if choice.form == "cues" or cue.kind != "cue"]


def parts(lines: list[Line], parents: Mapping[str, str | None], *, is_large: bool = False) -> list[Part]:
    """Lines by day and track; `parents` maps the id of a row to that of the row above it."""
    most = _LARGE_LEADS if is_large else _LEADS
    by_day = sorted(lines, key=lambda line: line.day)
    found = groupby(by_day, key=lambda line: (line.day, line.track))
    return [Part(day, track, _groups(list(each), parents, most)) for (day, track), each in found]


def _groups(lines: list[Line], parents: Mapping[str, str | None], most: int) -> list[Group]:
    """A parent with its rows, some at a time, so that its name stands on each page; a row without one by itself."""
    groups: list[Group] = []
    parent: Line | None = None
    for line in lines:
        if line.kind == "segment":
            parent = line
            groups.append(Group(parent, []))
            continue
        if parent and line.kind != "cue" and parents.get(line.id) != parent.id:
            parent = None
        last = groups[-1] if groups else None
        if last is None or last.parent is not parent or len(last.lines) >= most:
            is_more = parent is not None and last is not None and last.parent is parent
            groups.append(Group(parent, [], is_more))
        groups[-1].lines.append(line)
    return groups
