"""How one track stands now, for a desk: what runs, what is next, how late it is. Facts and numbers, no markup."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from server.core.access import Viewer
from server.core.clock import to_iso
from server.core.i18n import either
from server.core.models import Event
from server.core.services import Services
from server.runsheet.kept_sheet import KeptSheet, Sheet
from server.runsheet.models import Cue
from server.runsheet.timing import Board, compute
from server.runsheet.upcoming import upcoming

_SECOND_MS = 1000


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
            "track": {"id": track.id, "name": either(locale, track.name, track.name_en)},
            "live": self._live(aim.current, locale),
            "next": self._coming(aim.next, locale),
            "next_item": self._coming(aim.item, locale),
            "offset_s": round((standing.offset if standing else 0) / _SECOND_MS),
            "held": track.held_at is not None,
            "held_since": to_iso(track.held_at, zone),
            "rehearsal": self.track in self.sheet.rehearsed,
            "by_the_clock": bool(track.rolling_by),
            "caller": either(locale, caller.name, caller.name_en) if caller else None,
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
        "title": either(locale, cue.title, cue.title_en),
        "kind": cue.kind,
        "state": cue.state,
    }


def stand(services: Services, viewer: Viewer, track: str) -> Stand | None:
    """How a track stands now; None if there is no such track any more."""
    with services.db.read() as session:
        sheet, board, now = read_board(services, session, viewer.event_id, viewer.lens.audiences)
    return Stand(sheet, board, track, now) if track in sheet.tracks else None


def read_board(
    services: Services, session: Session, event_id: str, audiences: frozenset[str]
) -> tuple[Sheet, Board, int]:
    """The sheet as those see it who share these audiences, its times, and the moment of which they are.

    The sheet is kept, and what changes is read into it; its times are worked out once a second, however many ask.
    """
    now = services.clock.now()
    asked = select(Event.epoch, Event.head).where(Event.id == event_id)
    epoch, head = session.exec(asked).one()
    key = (event_id, epoch, audiences)
    sheet = services.sheets.get(key, lambda: KeptSheet(event_id, audiences)).at(session, head)
    second = now - now % _SECOND_MS
    board = services.boards.get((*key, sheet.event.head, second), lambda: compute(sheet.rows, now))
    return sheet, board, now
