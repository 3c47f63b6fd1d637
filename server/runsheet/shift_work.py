"""The clock that tells people when their rows are to start otherwise than they know, though nobody changed anything.

Every process that serves looks; a notice is made by an op that finds for itself what is due, so each is told once.
"""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import NamedTuple

from sqlmodel import Session, col, select

from server.core.access import Permission
from server.core.clock import operating_day
from server.core.context import Context
from server.core.jobs import run_as
from server.core.looking import looking
from server.core.models import Event
from server.core.ops import Args, Op
from server.core.services import Services
from server.people.models import Member
from server.runsheet.drafting import sheet_of
from server.runsheet.editions import SHEET, Notice, Sheet
from server.runsheet.lines import Rehearsal
from server.runsheet.models import Cue
from server.runsheet.notices import Notices
from server.runsheet.queries import published_cues, timing_rows
from server.runsheet.timing import compute
from server.runsheet.timing_shift import AHEAD_MS, Shift, Told, shifts
from server.runsheet.timing_types import Row

LOOK_SECONDS = 5.0
# Which events have a day today changes once a day, and when somebody publishes.
_EVENTS_EVERY_MS = 60_000


class Tell(Args):
    """No more than that somebody should look: what is due is found in the transaction."""


def _tell(ctx: Context, _args: Tell) -> dict[str, int]:
    sheet = ctx.once(sheet_of)
    if not sheet.number:
        return {"rows": 0}
    rows = _rows(ctx.session, ctx.event_id)
    told = _told(ctx.session, ctx.event_id)
    due = _due(rows, told, ctx.received, sheet.threshold_s * 1000, ctx.event)
    notices = Notices(ctx, [shift.id for shift in due], by_clock=True)
    these = (Cue.event_id == ctx.event_id, col(Cue.id).in_([shift.id for shift in due]))
    cues = {cue.id: cue for cue in ctx.session.exec(select(Cue).where(*these))}
    for shift in due:
        notices.shift(cues[shift.id], shift)
    return {"rows": len(due)}


TELL = Op("notice.shift", Permission.VIEW, Tell, _tell)


def _rows(session: Session, event_id: str) -> list[Row]:
    """The rows of an event as they are published, without those of a track that is rehearsed."""
    running = select(Rehearsal.track).where(Rehearsal.event_id == event_id, col(Rehearsal.ended_at).is_(None))
    rehearsed = set(session.exec(running.where(col(Rehearsal.removed_at).is_(None))))
    return [row for row in timing_rows(published_cues(session, event_id)) if row.track not in rehearsed]


def _told(session: Session, event_id: str) -> dict[str, Told]:
    found = session.exec(select(Notice.cue, Notice.told).where(Notice.event_id == event_id))
    return {cue: Told(*told) for cue, told in found if told}


def _due(rows: list[Row], told: dict[str, Told], now: int, threshold: int, event: Event) -> list[Shift]:
    """Who has to be told. What was forgotten running overnight moves what was planned for yesterday till morning."""
    today = _day(event, now)
    due = shifts(rows, compute(rows, now).times, told, now, threshold)
    return [shift for shift in due if _day(event, shift.plan + AHEAD_MS) >= today]


def _day(event: Event, moment: int) -> date:
    return operating_day(moment, event.timezone, event.day_change_s)


class Sheets(NamedTuple):
    """An event as it stood when it was read. `by` is the member in whose name is told."""

    event: Event
    rows: list[Row]
    told: dict[str, Told]
    threshold: int
    by: str


class Teller:
    """Looks for starts that have moved. A sheet is read again only when its event has changed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: dict[str, Sheets] = {}
        # What was said to nobody, since a row has no people, is not said again and again.
        self._said: dict[tuple[str, str], Told] = {}
        self._events: list[str] = []
        self._asked = 0

    def look(self) -> list[str]:
        """Tell what is due by now; returns the events of which something was."""
        now = self._services.clock.now()
        if now - self._asked >= _EVENTS_EVERY_MS or now < self._asked:
            self._events, self._asked = self._today(now), now
            self._known = {event: known for event, known in self._known.items() if event in self._events}
            self._said = {key: told for key, told in self._said.items() if key[0] in self._events}
        return [event for event in self._events if self._tell(event, now)]

    def _today(self, now: int) -> list[str]:
        """The events that have published something, and are on today."""
        query = select(Event).where(col(Event.id).in_(select(Sheet.event_id).where(Sheet.number > 0)))
        with self._services.db.read() as session:
            return [event.id for event in session.exec(query.order_by(Event.id)) if _is_on(event, now)]

    def _tell(self, event_id: str, now: int) -> bool:
        sheet = self._sheet(event_id)
        said = {row: told for (event, row), told in self._said.items() if event == event_id}
        due = _due(sheet.rows, said | sheet.told, now, sheet.threshold, sheet.event)
        if not due or not sheet.by:
            return False
        if run_as(self._services, event_id, sheet.by, TELL, Tell())["status"] == "retry":
            return False
        self._said |= {(event_id, shift.id): Told(shift.new, shift.plan, now) for shift in due}
        return True

    def _sheet(self, event_id: str) -> Sheets:
        with self._services.db.read() as session:
            head = session.exec(select(Event.head).where(Event.id == event_id)).one()
            known = self._known.get(event_id)
            if known is None or known.event.head != head:
                sheet = session.get_one(Sheet, (event_id, SHEET))
                about = sheet.threshold_s * 1000, _somebody(session, event_id, sheet.by)
                event = session.get_one(Event, event_id)
                known = Sheets(event, _rows(session, event_id), _told(session, event_id), *about)
                self._known[event_id] = known
        return known


def _is_on(event: Event, now: int) -> bool:
    today = _day(event, now).isoformat()
    return not event.days or today in {day.get("date") for day in event.days}


def _somebody(session: Session, event_id: str, wanted: str) -> str:
    """Who published the sheet, or else somebody who could."""
    here = select(Member).where(Member.event_id == event_id, col(Member.removed_at).is_(None))
    found: Iterable[Member] = session.exec(here.order_by(Member.id))
    editors = [each.id for each in found if each.viewer().may(Permission.EDIT_SHEET)]
    return wanted if wanted in editors else next(iter(editors), "")


def telling(services: Services) -> AbstractAsyncContextManager[None]:
    """Tell people of starts that move, for as long as the block lasts."""
    return looking(
        Teller(services).look, LOOK_SECONDS, "nobody could be told of starts that have moved", at_once=False
    )
