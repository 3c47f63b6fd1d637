"""The log as those may read it who have certain audiences."""

from collections.abc import Collection
from typing import Any

from sqlmodel import Session, col, select

from server.core.clock import to_iso
from server.core.feed import Feed
from server.core.models import Change, Event


def visible_changes(
    session: Session, event_id: str, audiences: Collection[str], since: int, limit: int
) -> list[Change]:
    """Entries after a cursor about what these audiences may read, or could before."""
    named = list(audiences)
    sees = col(Change.audience).in_(named) | col(Change.was).in_(named)
    query = select(Change).where(Change.event_id == event_id, Change.seq > since, sees)
    return list(session.exec(query.order_by(col(Change.seq)).limit(limit)))


def change_body(
    feed: Feed,
    change: Change,
    event: Event,
    audiences: Collection[str],
    names: Any,  # noqa: ANN401 - see Kind.detail
) -> dict[str, Any]:
    """An entry as machines read it: without detail of what these audiences may not read."""
    kind = feed.kinds.get(change.entity_kind)
    sees = kind is not None and change.audience in audiences
    return {
        "seq": change.seq,
        "at": to_iso(change.at, event.timezone),
        "received": to_iso(change.received, event.timezone),
        "actor": change.actor,
        "op_id": change.op_id,
        "kind": change.kind,
        "of": change.entity_kind,
        "entity": change.entity,
        "detail": kind.detail(change.detail, event, audiences, names) if kind and sees else {},
    }
