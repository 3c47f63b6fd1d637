"""A sheet that is kept between requests: of 1,000 rows only those are read again that have changed."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from server.core.models import Event
from server.people.models import Member
from server.runsheet.models import Cue, Track
from server.runsheet.published import as_published
from server.runsheet.queries import frozen_plan, rehearsing, timing_rows
from server.runsheet.timing import Row
from server.runsheet.timing_rehearsed import Rehearsing, rehearse
from server.runsheet.tree import in_tree_order


@dataclass(frozen=True)
class Sheet:
    """An event's sheet at one entry of its log, as those see it who share a set of audiences.

    `cues` are in tree order; `plain` are their facts of time, and `rows` the same with the plan as it was frozen, and
    as they are rehearsed.
    """

    event: Event
    cues: dict[str, Cue]
    plain: dict[str, Row]
    rows: list[Row]
    tracks: dict[str, Track]
    callers: dict[str, Member]
    rehearsed: frozenset[str]


class KeptSheet:
    """The newest that was read of one event, for one set of audiences. From any thread."""

    def __init__(self, event_id: str, audiences: frozenset[str]) -> None:
        self._event_id, self._audiences = event_id, audiences
        self._lock = threading.Lock()
        self._sheet: Sheet | None = None

    def at(self, session: Session, head: int) -> Sheet:
        """The sheet as of that entry of the log, or a newer one that somebody else has read already."""
        with self._lock:
            if self._sheet is None or self._sheet.event.head < head:
                self._sheet = self._read(session, session.get_one(Event, self._event_id))
            return self._sheet

    def _read(self, session: Session, event: Event) -> Sheet:
        cues, plain = self._cues(session, event)
        running = rehearsing(session, event.id)
        tracks = {track.id: track for track in _tracks(session, event.id)}
        frozen = frozen_plan(session, event.id)
        rows = [replace(row, baseline=frozen[row.id]) if row.id in frozen else row for row in plain.values()]
        return Sheet(
            event=event,
            cues=cues,
            plain=plain,
            rows=rehearse(rows, running) if running else rows,
            tracks=tracks,
            callers=_callers(session, event.id, tracks.values()),
            rehearsed=frozenset(_tracks_of(running)),
        )

    def _cues(self, session: Session, event: Event) -> tuple[dict[str, Cue], dict[str, Row]]:
        """All rows in tree order: what has changed since the last reading, and the rest as it was."""
        before = self._sheet
        known, since = (before.cues, before.event.head) if before else ({}, -1)
        newer = session.exec(select(Cue).where(Cue.event_id == event.id, col(Cue.version) > since)).all()
        fresh = {cue.id: as_published(cue) for cue in newer if cue.visible_to in self._audiences}
        gone = {cue.id for cue in newer} - fresh.keys()
        cues = {cue_id: cue for cue_id, cue in (known | fresh).items() if cue_id not in gone}
        if gone or any(_place(known.get(cue.id)) != _place(cue) for cue in fresh.values()):
            cues = {cue.id: cue for cue in in_tree_order(cues.values())}
        plain = (before.plain if before else {}) | {row.id: row for row in timing_rows(fresh.values())}
        return cues, {cue_id: plain[cue_id] for cue_id in cues}


def _place(cue: Cue | None) -> tuple[str | None, str] | None:
    return (cue.parent, cue.order_key) if cue else None


def _tracks(session: Session, event_id: str) -> Iterable[Track]:
    return session.exec(select(Track).where(Track.event_id == event_id, col(Track.removed_at).is_(None)))


def _callers(session: Session, event_id: str, tracks: Iterable[Track]) -> dict[str, Member]:
    """Who has the call of a track, by id."""
    wanted = {track.caller for track in tracks if track.caller}
    if not wanted:
        return {}
    found = session.exec(select(Member).where(Member.event_id == event_id, col(Member.id).in_(wanted)))
    return {member.id: member for member in found}


def _tracks_of(running: Iterable[Rehearsing]) -> Iterable[str]:
    return (each.track for each in running)
