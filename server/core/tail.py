"""The end of an event's log, read once for all chains that want something of it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, KeysView, Sequence
from heapq import merge
from typing import NamedTuple

from sqlalchemy import Table, bindparam, select
from sqlmodel import Session

from server.core.models import Change, Event

_CHANGES: Table = Change.__table__  # type: ignore[attr-defined]  # SQLModel's tables have no public type
_COLUMNS = (
    _CHANGES.c.seq,
    _CHANGES.c.received,
    _CHANGES.c.entity_kind,
    _CHANGES.c.entity,
    _CHANGES.c.audience,
    _CHANGES.c.was,
)


# Made once: for the few rows of most changes, putting the statement together would take longer than the rest.
_TAIL = (
    select(*_COLUMNS)
    .where(_CHANGES.c.event_id == bindparam("event"), _CHANGES.c.seq > bindparam("since"))
    .order_by(_CHANGES.c.seq)
)


class Entry(NamedTuple):
    """What the feed needs to know of a change."""

    seq: int
    received: int
    kind: str
    entity: str
    audience: str | None
    was: str | None


class Touched(NamedTuple):
    """An entity that has changed, and the seq of its last change that a chain may know of."""

    kind: str
    id: str
    seq: int


class Tail:
    """The changes of an event after some cursor, sorted by who may know of them."""

    def __init__(self, entries: Sequence[Entry], head: int, kinds: Collection[str] = ()) -> None:
        self._entries, self._head = entries, head
        self._first = entries[0].seq if entries else head + 1
        self._by_audience: dict[str | None, list[Entry]] = defaultdict(list)
        for entry in entries:
            if entry.kind in kinds:
                for audience in {entry.audience, entry.was}:
                    self._by_audience[audience].append(entry)

    @classmethod
    def load(cls, session: Session, event: Event, since: int, kinds: Collection[str]) -> "Tail":
        """Read the changes after `since`, of these kinds of entities."""
        found = session.connection().execute(_TAIL, {"event": event.id, "since": since})
        return cls([Entry(*row) for row in found], event.head, kinds)

    def is_past(self, since: int, oldest: int) -> bool:
        """Whether the change after a cursor is not here, or was received before `oldest`."""
        if since >= self._head:
            return False
        place = since + 1 - self._first
        return place < 0 or self._entries[place].received < oldest

    @property
    def audiences(self) -> KeysView[str | None]:
        """All who may know of any of the changes."""
        return self._by_audience.keys()

    def touched(self, audiences: Iterable[str], since: int) -> list[Touched]:
        """The entities changed after a cursor that these audiences see or saw, in order of their last seq."""
        lists = [found for name in audiences if (found := self._by_audience.get(name))]
        last: dict[tuple[str, str], int] = {}
        for entry in merge(*(_after(entries, since) for entries in lists)):
            last.pop((entry.kind, entry.entity), None)
            last[entry.kind, entry.entity] = entry.seq
        return [Touched(kind, entity, seq) for (kind, entity), seq in last.items()]


def _after(entries: list[Entry], since: int) -> list[Entry]:
    return entries[bisect_right(entries, since, key=lambda entry: entry.seq) :]
