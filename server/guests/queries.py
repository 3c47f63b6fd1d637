"""Loading guests' links: for those who edit the sheet, and by the secret for everybody who has it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select, update

from server.core.access import Permission, Viewer
from server.core.db import Database
from server.core.ids import digest
from server.core.models import Event
from server.guests.models import GuestLink
from server.runsheet.models import Cue

DAYS_AFTER = 7
"""So many days after the event's last one a link ends, unless something else is said."""
OPENED_EVERY_MS = 5 * 60_000


def visible_links(session: Session, viewer: Viewer) -> list[GuestLink]:
    """Every link of the event that is not revoked, the newest first, for whoever edits the sheet."""
    if not viewer.may(Permission.EDIT_SHEET):
        return []
    here = GuestLink.event_id == viewer.event_id, col(GuestLink.removed_at).is_(None)
    order = col(GuestLink.made_at).desc(), GuestLink.id
    return list(session.exec(select(GuestLink).where(*here).order_by(*order)))


def link_of(session: Session, secret: str, now: int) -> GuestLink | None:
    """The link of a secret, if it opens now."""
    found = session.exec(select(GuestLink).where(GuestLink.hash == digest(secret))).first()
    return found if found and found.is_open(now) else None


def usual_end(session: Session, event: Event) -> date:
    """The last day on which a link opens if nothing else is said."""
    named = [day["date"] for day in event.days]
    last = session.exec(
        select(func.max(Cue.day)).where(Cue.event_id == event.id, col(Cue.removed_at).is_(None))
    )
    made = datetime.fromtimestamp(event.created_at / 1000, UTC).date().isoformat()
    return date.fromisoformat(max([*named, last.one() or made])) + timedelta(days=DAYS_AFTER)


def end_of(day: date, event: Event) -> int:
    """When an operating day ends, in epoch milliseconds."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(event.timezone)) + timedelta(days=1)
    return round(midnight.timestamp() * 1000) + event.day_change_s * 1000


def was_opened(db: Database, link: GuestLink, now: int) -> None:
    """Put down that somebody reads it; once in five minutes, however many do. It is no change of the event."""
    if link.opened_at is not None and now - link.opened_at < OPENED_EVERY_MS:
        return
    before = col(GuestLink.opened_at)
    here = col(GuestLink.event_id) == link.event_id, col(GuestLink.id) == link.id
    with db.write() as session:
        is_old = before.is_(None) | (before < now - OPENED_EVERY_MS)
        session.exec(update(GuestLink).where(*here, is_old).values(opened_at=now))
