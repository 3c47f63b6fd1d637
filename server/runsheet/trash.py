"""The trash (垃圾桶): rows that were removed, and what stands in the way of bringing them back."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, or_, select

from server.core.access import Viewer
from server.core.models import Change
from server.runsheet.models import Cue

AT_ONCE = 30
LONGEST_SEARCH = 80


@dataclass(frozen=True)
class Removed:
    """A row that was taken out by itself: by whom, how many rows went with it, and which has to come back first."""

    cue: Cue
    by: str
    below: int
    first: Cue | None


def visible_trash(session: Session, viewer: Viewer, search: str = "", skip: int = 0) -> list[Removed]:
    """What was removed and a viewer may see, the newest first: so many at once, and one more if there are more.

    A search finds a row also by those that went with it.
    """
    above = aliased(Cue)
    apart = or_(
        col(above.id).is_(None),
        col(above.removed_at).is_(None),
        col(above.removed_at) != col(Cue.removed_at),
    )
    query = (
        select(Cue, col(Change.actor))
        .outerjoin(above, and_(col(above.event_id) == col(Cue.event_id), col(above.id) == col(Cue.parent)))
        .outerjoin(
            Change, and_(col(Change.event_id) == col(Cue.event_id), col(Change.seq) == col(Cue.version))
        )
        .where(*_seen(viewer), apart, *_fits(viewer, search))
        .order_by(col(Cue.removed_at).desc(), col(Cue.id))
        .offset(skip)
        .limit(AT_ONCE + 1)
    )
    found = session.exec(query).all()
    below = _below(session, viewer, [cue for cue, _ in found])
    return [Removed(cue, by or "", _count(below, cue), _first(session, viewer, cue)) for cue, by in found]


def _seen(viewer: Viewer) -> tuple[Any, ...]:
    return (
        Cue.event_id == viewer.event_id,
        col(Cue.removed_at).is_not(None),
        col(Cue.audience).in_(list(viewer.audiences)),
    )


def _fits(viewer: Viewer, search: str) -> list[Any]:
    if not search:
        return []
    texts = (Cue.title, Cue.title_en, Cue.number)
    fits = or_(*(col(text).icontains(search, autoescape=True) for text in texts))
    return [col(Cue.removed_at).in_(select(Cue.removed_at).where(*_seen(viewer), fits))]


def _below(session: Session, viewer: Viewer, cues: list[Cue]) -> dict[tuple[str, int], list[str]]:
    """The rows that went at one moment under each row."""
    moments = {cue.removed_at for cue in cues}
    rows = session.exec(
        select(Cue.id, Cue.parent, Cue.removed_at).where(*_seen(viewer), col(Cue.removed_at).in_(moments))
    )
    found = defaultdict(list)
    for row_id, parent, moment in rows:
        if parent and moment:
            found[parent, moment].append(row_id)
    return found


def _count(below: dict[tuple[str, int], list[str]], cue: Cue) -> int:
    moment = cue.removed_at or 0
    queue, count = [cue.id], 0
    while queue:
        children = below.get((queue.pop(), moment), [])
        count += len(children)
        queue += children
    return count


def _first(session: Session, viewer: Viewer, cue: Cue) -> Cue | None:
    """The highest row above that is removed as well: it has to be restored before this one."""
    found = None
    above = session.get(Cue, (cue.event_id, cue.parent)) if cue.parent else None
    while above and above.removed_at:
        found = above
        above = session.get(Cue, (cue.event_id, above.parent)) if above.parent else None
    return found if found and found.audience in viewer.audiences else None
