"""The guard before the feed: whoever's rights changed gets nothing more by a socket opened under the old ones."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from server.core.access import RENAMED
from server.core.auth import ended_sessions
from server.core.feed import Feed
from server.core.frames import Reading, Want
from server.core.models import Change
from server.core.services import Services

# Longer than an op that ended sessions can have waited for its commit.
OPS_WAIT_MS = 60_000
# Whose rights changed, and at which seq last.
_RIGHTS = (
    select(col(Change.entity), func.max(Change.seq))
    .where(col(Change.event_id) == bindparam("event"), Change.entity_kind == "me", Change.kind != RENAMED)
    .where(col(Change.seq) > bindparam("seen"), col(Change.seq) <= bindparam("head"))
    .group_by(col(Change.entity))
)


class GuardedReader:
    """The feed, and a guard: whoever's own rights changed is cut off before they are sent anything more.

    Rights are part of what a socket follows, so it must come back and be looked at anew. The order counts:
    first read, then look whose rights changed up to what was read, and only then is it delivered.
    """

    def __init__(self, services: Services) -> None:
        self._feed: Feed = services.feed
        self._db, self._clock = services.db, services.clock
        self._seen: dict[str, int] = {}
        self.revoke: Any = lambda *_: None

    def heads(self, events: Collection[str]) -> Mapping[str, int]:
        heads = self._feed.heads(events)
        for event, head in heads.items():
            self._seen.setdefault(event, head)
        return heads

    def read(self, event: str, wants: Collection[Want], *, live: bool) -> Reading:
        reading = self._feed.read(event, wants, live=live)
        self._guard(event, reading.head)
        return reading

    def _guard(self, event_id: str, head: int) -> None:
        seen = self._seen[event_id]
        if head <= seen:
            return
        with self._db.read() as session:
            asked = {"event": event_id, "seen": seen, "head": head}
            changed = dict(session.connection().execute(_RIGHTS, asked).all())
        if changed:  # the op may have ended an account's sessions, which look at other events too
            ended = ended_sessions(self._db, self._clock.now() - OPS_WAIT_MS)
            self.revoke(event_id, changed, ended)
        self._seen[event_id] = head
