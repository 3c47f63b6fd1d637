"""Personal links by which a calendar follows the sheet, and what one sees through them."""

from typing import Any, ClassVar

from sqlmodel import Field, Session, col, select, update

from server.core.access import Viewer
from server.core.models import Entity, moment_column

READ_EVERY_MS = 5 * 60_000


class Calendar(Entity, table=True):
    """A link to a calendar of one member: their own rows (`mine`), `all` that they see, or one `track`.

    Of its secret only the SHA-256 is kept. `read_at` is when a calendar last asked, to within five minutes.
    """

    entity_kind: ClassVar[str] = "calendar"
    member: str
    secret_hash: str = Field(index=True, unique=True)
    scope: str
    track: str | None = None
    made_at: int = Field(sa_column=moment_column(nullable=False))
    read_at: int | None = Field(default=None, sa_column=moment_column())


def calendars_of(session: Session, viewer: Viewer) -> list[Calendar]:
    """The links of a member, the newest first."""
    mine = (
        Calendar.event_id == viewer.event_id,
        Calendar.member == viewer.id,
        col(Calendar.removed_at).is_(None),
    )
    return list(
        session.exec(select(Calendar).where(*mine).order_by(col(Calendar.made_at).desc(), Calendar.id))
    )


def find_calendar(session: Session, secret_hash: str) -> Calendar | None:
    """The link that a secret opens, also one that has ended."""
    return session.exec(select(Calendar).where(Calendar.secret_hash == secret_hash)).first()


def note_reading(session: Session, calendar: Calendar, now: int) -> None:
    """Keep when a calendar asked. It is no change of the event, so no entry of its log."""
    this: Any = (col(Calendar.event_id) == calendar.event_id, col(Calendar.id) == calendar.id)
    session.exec(update(Calendar).where(*this).values(read_at=now))
