"""What a guest reads of the published sheet: of each row no more than their link was made to show."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from babel.dates import format_date
from sqlmodel import Session, col, select

from server.core.clock import operating_day
from server.core.models import ALL, Event
from server.guests.models import GuestLink
from server.runsheet.clock_text import clock, duration
from server.runsheet.editions import SHEET, Sheet
from server.runsheet.lines import Rehearsal
from server.runsheet.models import ON_AIR, ColumnDef, Cue, copy_of
from server.runsheet.names import Names
from server.runsheet.published import as_left_out
from server.runsheet.queries import board, directory, frozen_plan, published_cues
from server.runsheet.timing import Board, Times
from server.runsheet.upcoming import WAITING

KINDS = {"coarse": frozenset({"segment", "item"}), "fine": frozenset({"segment", "item", "buffer", "cue"})}
_UNTIMED = Times()


@dataclass(frozen=True)
class Line:
    """A row as it is read; what was not chosen is empty. `projected` stands where it differs from `planned`."""

    kind: str
    state: str
    number: str
    sort: str
    title: str
    planned: str = ""
    till: str = ""
    projected: str = ""
    length: str = ""
    place: str = ""
    people: str = ""
    note: str = ""
    cells: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_now(self) -> bool:
        return self.state in ON_AIR


@dataclass(frozen=True)
class Part:
    """The rows of one track on one day."""

    track: str
    lines: list[Line]


@dataclass(frozen=True)
class Standing:
    """What runs on a track, and what comes next; the day where that is not today's."""

    track: str
    now: Line | None
    ends: str
    next: Line | None
    next_day: str


@dataclass(frozen=True)
class Reading:
    """The whole page of a link at a moment."""

    days: list[tuple[str, list[Part]]]
    standings: list[Standing]
    today: int | None
    version: str
    published_at: str


class Reader:
    """Reads the sheet as one link shows it; `now` is epoch milliseconds."""

    def __init__(self, session: Session, event: Event, link: GuestLink, now: int) -> None:
        self._event, self._link, self._now = event, link, now
        known = directory(session, event)
        self._names = Names(known, link.locale)
        self._columns = list(_chosen(link, known.columns.values()))
        cues = _as_in_the_show(session, event.id, published_cues(session, event.id))
        self._board: Board = board(cues, event, now, frozen_plan(session, event.id))
        wanted = set(link.tracks or known.tracks)
        self._tracks = [track for track in known.tracks if track in wanted]
        cues = as_left_out(cues)
        self._all, self._cues = cues, [cue for cue in cues if self._shows(cue)]
        self._sheet = session.get(Sheet, (event.id, SHEET))
        self._today = operating_day(now, event.timezone, event.day_change_s).isoformat()

    def read(self) -> Reading:
        """What the link shows now."""
        days = sorted({cue.day for cue in self._cues})
        sheet = self._sheet
        return Reading(
            days=[(self._day(day), list(self._parts(day))) for day in days],
            standings=[found for track in self._tracks if (found := self._standing(track))],
            today=days.index(self._today) if self._today in days else None,
            version=sheet.label if sheet else "",
            published_at=self._moment(sheet.at) if sheet and sheet.at else "",
        )

    def _shows(self, cue: Cue) -> bool:
        is_chosen = cue.track in self._tracks and cue.kind in KINDS[self._link.level]
        return is_chosen and cue.visible_to == ALL

    def _parts(self, day: str) -> Iterator[Part]:
        here = [cue for cue in self._cues if cue.day == day]
        for track in self._tracks:
            lines = [self._line(cue) for cue in here if cue.track == track]
            if lines:
                yield Part(self._names.tracks[track], lines)

    def _standing(self, track: str) -> Standing | None:
        found, shown = self._board.tracks.get(track), {cue.id: cue for cue in self._cues}
        current = shown.get(found.current or "") if found else None
        following = self._following(track, found.next or "") if found else None
        if current is None and following is None:
            return None
        ends = self._board.times[current.id].projected_end if current else None
        is_later = following is not None and following.day != self._today
        return Standing(
            track=self._names.tracks[track],
            now=self._line(current) if current else None,
            ends=self._clock(ends, current.day) if current and "time" in self._link.shows else "",
            next=self._line(following) if following else None,
            next_day=self._day(following.day) if following and is_later else "",
        )

    def _following(self, track: str, next_id: str) -> Cue | None:
        """What is shown of what comes next: behind a changeover that isn't, the item after it."""
        day = next((cue.day for cue in self._all if cue.id == next_id), None)
        line = [cue for cue in self._all if (cue.track, cue.day) == (track, day)]
        begins = next((n for n, cue in enumerate(line) if cue.id == next_id), len(line))
        wanted = (cue for cue in line[begins:] if cue.kind in {"item", "buffer"} and cue.state in WAITING)
        return next((cue for cue in wanted if self._shows(cue)), None)

    def _line(self, cue: Cue) -> Line:
        t, shows = self._names.t, self._link.shows
        times = self._board.times.get(cue.id, _UNTIMED)
        told = self._times(cue, times) if "time" in shows else {}
        length = _length(times) if "length" in shows and cue.kind != "cue" else 0
        return Line(
            kind=cue.kind,
            state=cue.state,
            number=cue.number,
            sort=t(cue.title_kind, cue.title_kind_en),
            title=t(cue.title, cue.title_en),
            length=duration(length) if length else "",
            place=self._names.places.get(cue.place or "", "") if "place" in shows else "",
            people=self._people(cue) if "people" in shows else "",
            note=t(cue.note, cue.note_en) if "note" in shows else "",
            cells=list(self._cells(cue)),
            **told,
        )

    def _times(self, cue: Cue, times: Times) -> dict[str, str]:
        planned, projected = (
            self._clock(each, cue.day) for each in (times.planned_start, times.projected_start)
        )
        till = self._clock(times.planned_end, cue.day) if cue.kind == "segment" else ""
        return {
            "planned": planned,
            "till": till,
            "projected": projected if projected != planned and cue.kind != "segment" else "",
        }

    def _people(self, cue: Cue) -> str:
        return self._names.listed("people", [each for each in cue.people if each in self._names.people])

    def _cells(self, cue: Cue) -> Iterator[tuple[str, str]]:
        for column in self._columns:
            text = self._names.cell(cue.columns.get(column.id, {}))
            if text:
                yield self._names.t(column.name, column.name_en), text

    def _clock(self, moment: int | None, day: str) -> str:
        return clock(moment, self._event.timezone, day) if moment is not None else ""

    def _day(self, day: str) -> str:
        form = "M/d EEEEE" if self._link.locale == "zh-TW" else "EEE d MMM"
        return format_date(date.fromisoformat(day), form, self._link.locale.replace("-", "_"))

    def _moment(self, moment: int) -> str:
        day = operating_day(moment, self._event.timezone, self._event.day_change_s).isoformat()
        return f"{self._day(day)} {clock(moment, self._event.timezone, day)}"


def _chosen(link: GuestLink, columns: Iterable[ColumnDef]) -> Iterator[ColumnDef]:
    """The columns that a link shows: of those chosen as everybody's only what still is."""
    for column in columns:
        is_open = column.id in link.columns and column.audience == ALL
        if is_open or column.id in link.team_columns:
            yield column


def _as_in_the_show(session: Session, event_id: str, cues: list[Cue]) -> list[Cue]:
    """Rows that are just being rehearsed as they were before: a rehearsal is nothing that a guest comes for."""
    these = (
        Rehearsal.event_id == event_id,
        col(Rehearsal.ended_at).is_(None),
        col(Rehearsal.removed_at).is_(None),
    )
    found = session.exec(select(Rehearsal.before).where(*these))
    before = {cue: values for each in found for cue, values in each.items()}
    return [copy_of(cue, before[cue.id]) if cue.id in before else cue for cue in cues]


def _length(times: Times) -> int:
    start, end = times.planned_start, times.planned_end
    return end - start if start is not None and end is not None and end > start else 0


def segments(lines: Iterable[Line]) -> list[tuple[Line | None, list[Line]]]:
    """Rows under their segments, in order; those before the first one under none."""
    found: list[tuple[Line | None, list[Line]]] = []
    for line in lines:
        if line.kind == "segment":
            found.append((line, []))
            continue
        if not found:
            found.append((None, []))
        found[-1][1].append(line)
    return found
