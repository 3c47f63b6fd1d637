"""How one track stands now, for a desk: what runs, what is next, how late it is. Facts and numbers, no markup."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from server.core.access import Viewer
from server.core.clock import to_iso
from server.core.models import Event
from server.core.services import Services
from server.people.models import Member
from server.runsheet.models import Cue, Track
from server.runsheet.queries import rehearsing, timing_rows, visible_cues
from server.runsheet.timing import Board, Row, compute
from server.runsheet.upcoming import upcoming

_SECOND_MS = 1000


@dataclass(frozen=True)
class Sheet:
    """An event's sheet at one entry of its log, as those who share a set of audiences see it."""

    event: Event
    rows: list[Row]
    cues: dict[str, Cue]
    tracks: dict[str, Track]
    callers: dict[str, Member]
    rehearsed: frozenset[str]


@dataclass(frozen=True)
class Aim:
    """What a track's calls concern: the item that runs, the row that is next, and the next item past its cues."""

    current: str | None
    next: str | None
    item: str | None


@dataclass(frozen=True)
class Stand:
    """A track as of a moment."""

    sheet: Sheet
    board: Board
    track: str
    now: int

    @property
    def aim(self) -> Aim:
        standing = self.board.tracks.get(self.track)
        if standing is None:
            return Aim(None, None, None)
        coming = upcoming(self.sheet.rows, self.board, self.track)
        return Aim(standing.current, coming[0] if coming else None, standing.next)

    def cue(self, cue_id: str | None) -> Cue | None:
        return self.sheet.cues.get(cue_id or "")

    def document(self, locale: str) -> dict[str, Any]:
        """What machines read: instants ISO 8601, lengths in whole seconds."""
        aim, zone = self.aim, self.sheet.event.timezone
        track, standing = self.sheet.tracks[self.track], self.board.tracks.get(self.track)
        caller = self.sheet.callers.get(track.caller)
        return {
            "now": to_iso(self.now, zone),
            "head": self.sheet.event.head,
            "track": {"id": track.id, "name": _named(locale, track.name, track.name_en)},
            "live": self._live(aim.current, locale),
            "next": self._coming(aim.next, locale),
            "next_item": self._coming(aim.item, locale),
            "offset_s": round((standing.offset if standing else 0) / _SECOND_MS),
            "held": track.held_at is not None,
            "held_since": to_iso(track.held_at, zone),
            "rehearsal": self.track in self.sheet.rehearsed,
            "by_the_clock": bool(track.rolling_by),
            "caller": _named(locale, caller.name, caller.name_en) if caller else None,
        }

    def _live(self, cue_id: str | None, locale: str) -> dict[str, Any] | None:
        cue = self.cue(cue_id)
        if cue is None:
            return None
        over, end = self.board.tracks[self.track].over, self.board.times[cue.id].projected_end
        left = None if end is None else max(0, round((end - self.now) / _SECOND_MS))
        return _row(cue, locale) | {
            "started_at": to_iso(cue.runs[-1][0], self.sheet.event.timezone),
            "ends_at": to_iso(end, self.sheet.event.timezone),
            "remaining_s": 0 if over > 0 else left,
            "over_s": max(0, round(over / _SECOND_MS)),
        }

    def _coming(self, cue_id: str | None, locale: str) -> dict[str, Any] | None:
        cue = self.cue(cue_id)
        if cue is None:
            return None
        start = self.board.times[cue.id].projected_start
        return _row(cue, locale) | {
            "starts_at": to_iso(start, self.sheet.event.timezone),
            "in_s": None if start is None else round((start - self.now) / _SECOND_MS),
        }


def _row(cue: Cue, locale: str) -> dict[str, Any]:
    return {
        "id": cue.id,
        "number": cue.number,
        "title": _named(locale, cue.title, cue.title_en),
        "kind": cue.kind,
        "state": cue.state,
    }


def _named(locale: str, name: str, name_en: str) -> str:
    return (name_en or name) if locale == "en" else (name or name_en)


def stand(services: Services, viewer: Viewer, track: str) -> Stand | None:
    """How a track stands now; None if there is no such track any more.

    The sheet is read once for each entry of the log, and its times are worked out once a second, however many ask.
    """
    now = services.clock.now()
    with services.db.read() as session:
        event = session.get_one(Event, viewer.event_id)
        key = (event.id, event.epoch, event.head, viewer.audiences - {viewer.own_audience})
        sheet = services.sheets.get(key, lambda: _read(session, event, viewer))
    second = now - now % _SECOND_MS
    board = services.boards.get((*key, second), lambda: compute(sheet.rows, now))
    return Stand(sheet, board, track, now) if track in sheet.tracks else None


def _read(session: Session, event: Event, viewer: Viewer) -> Sheet:
    cues, running = visible_cues(session, viewer), rehearsing(session, event.id)
    tracks = session.exec(select(Track).where(Track.event_id == event.id)).all()
    callers = session.exec(select(Member).where(Member.event_id == event.id)).all()
    return Sheet(
        event=event,
        rows=timing_rows(cues, None, running),
        cues={cue.id: cue for cue in cues},
        tracks={track.id: track for track in tracks if not track.removed_at},
        callers={member.id: member for member in callers},
        rehearsed=frozenset(each.track for each in running),
    )
