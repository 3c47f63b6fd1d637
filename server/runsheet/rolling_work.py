"""The clock that calls tracks: every process that serves an event looks, and each turn happens once.

A turn is an op with an id that follows from what it does, and is made only if the sheet still says so when it is
carried out. So it doesn't matter how many look, nor that nobody did for an hour: what was due is made up, back-dated.
"""

import hashlib
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from sqlmodel import col, select

from server.core.access import Permission
from server.core.context import Context, forbidden
from server.core.i18n import N_
from server.core.jobs import run_as
from server.core.looking import looking
from server.core.models import Entity, Event
from server.core.ops import Args, Op, RefusalError
from server.core.services import Services
from server.people.models import Me
from server.runsheet.calls import begin, end, last_of_track, live_on
from server.runsheet.models import Cue, Track
from server.runsheet.queries import published_cues, timing_rows
from server.runsheet.rolling import let_go
from server.runsheet.timing_turns import Step, next_moment, steps
from server.runsheet.timing_types import Row

LOOK_SECONDS = 0.5


class Turn(Args):
    """A step of the clock on a track that it calls `since` that moment."""

    track: str
    since: int
    id: str
    at: int
    ends: bool


def _turn(ctx: Context, args: Turn) -> None:
    """Begin or end a row at its planned moment, or when the track was last called if that was later."""
    track = ctx.find(Track, args.track)
    if not ctx.viewer.may_call(args.track):
        raise forbidden()
    if track is None or (track.rolling_by, track.rolling_at) != (ctx.viewer.id, args.since):
        raise _not_due()
    if track.held_at is not None:
        raise _not_due()
    rows = timing_rows(published_cues(ctx.session, ctx.event_id))
    if steps(rows, args.track, args.since, ctx.received)[:1] != [Step(args.id, args.at, args.ends)]:
        raise _not_due()
    cue = ctx.session.get_one(Cue, (ctx.event_id, args.id))
    at = max(args.at, last_of_track(ctx, args.track))
    if args.ends:
        end(ctx, cue, at)
    else:
        begin(ctx, cue, live_on(ctx, args.track), at)


def _not_due() -> RefusalError:
    return RefusalError("not_due", N_("The clock does not call this row now."), status="conflict")


def leave_with_rights(ctx: Context, me: Entity, _kind: str) -> None:
    """The clock calls in nobody's name who may no longer call the track."""
    if not isinstance(me, Me):
        return
    viewer = me.member.viewer()
    rolling = select(Track).where(Track.event_id == ctx.event_id, Track.rolling_by == viewer.id)
    for track in ctx.session.exec(rolling.order_by(Track.id)):
        if me.member.removed_at or not viewer.may_call(track.id):
            let_go(ctx, track)


TURN = Op("cue.turn", Permission.CALL_SHOW, Turn, _turn)


class Rolling(NamedTuple):
    """A track that the clock calls."""

    event_id: str
    track: str
    by: str
    since: int


class Sheet(NamedTuple):
    """The rows of an event, as they stood at that entry of its log."""

    head: int
    rows: list[Row]


class Rest(NamedTuple):
    """Nothing is due on a track while the log stands there, until that moment; for ever if there is none."""

    head: int
    until: int | None


class Roller:
    """Makes the turns that are due.

    A sheet is read again, and its plan worked out, only when its event has changed or a planned moment has come.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sheets: dict[str, Sheet] = {}
        self._rests: dict[Rolling, Rest] = {}

    def look(self) -> int:
        """Make every turn that is due by now; returns how many were made here."""
        found = self._rolling()
        events = {rolling.event_id for rolling in found}
        self._sheets = {event: sheet for event, sheet in self._sheets.items() if event in events}
        self._rests = {rolling: rest for rolling, rest in self._rests.items() if rolling in found}
        return sum(self._advance(rolling) for rolling in found)

    def _rolling(self) -> list[Rolling]:
        columns = select(Track.event_id, Track.id, Track.rolling_by, Track.rolling_at)
        with self._services.db.read() as session:
            found = session.exec(
                columns.where(col(Track.rolling_by).is_not(None), col(Track.removed_at).is_(None))
            )
            return [Rolling(*row) for row in found]

    def _advance(self, rolling: Rolling) -> int:
        sheet, now = self._sheet(rolling.event_id), self._services.clock.now()
        rest = self._rests.get(rolling)
        if rest and rest.head == sheet.head and (rest.until is None or now < rest.until):
            return 0
        due = steps(sheet.rows, rolling.track, rolling.since, now)
        if not due:
            self._rests[rolling] = Rest(sheet.head, next_moment(sheet.rows, rolling.track, now))
        for made, step in enumerate(due):
            if not self._make(rolling, step):
                return made
        return len(due)

    def _make(self, rolling: Rolling, step: Step) -> bool:
        args = Turn(track=rolling.track, since=rolling.since, **step._asdict())
        digest = hashlib.sha256(args.model_dump_json().encode()).hexdigest()
        result = run_as(self._services, rolling.event_id, rolling.by, TURN, args, f"turn-{digest[:40]}")
        return result["status"] in {"applied", "duplicate"}

    def _sheet(self, event_id: str) -> Sheet:
        """The sheet as the engine takes it."""
        with self._services.db.read() as session:
            head = session.exec(select(Event.head).where(Event.id == event_id)).one()
            known = self._sheets.get(event_id)
            if known is None or known.head != head:
                known = self._sheets[event_id] = Sheet(head, timing_rows(published_cues(session, event_id)))
        return known


def clock_calling(services: Services) -> AbstractAsyncContextManager[None]:
    """Let the clock call tracks in this process, for as long as the block lasts. It ends behind the turn at hand."""
    return looking(Roller(services).look, LOOK_SECONDS, "the clock could not call a track")
