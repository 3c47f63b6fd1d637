"""One event's log inside one transaction: numbers changes, keeps receipts, and writes them in one go.

All of it goes by Core statements: through the ORM, this alone would cost more than the rest of an op.
"""

from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, Table, bindparam, delete, insert, select, update
from sqlmodel import Session

from server.core.db import Database
from server.core.models import Change, Entity, Event, Receipt

# What rows quote by name. A change to one of these makes caches of names look again.
DIRECTORY_KINDS = frozenset({"member", "department", "track", "place", "column"})
RECEIPT_DAYS = 45
_DAY_MS = 86_400_000
# So few at once that the ops between two deletions wait no longer than for each other.
_FORGET_AT_ONCE = 2000

_EVENTS: Table = Event.__table__  # type: ignore[attr-defined]  # SQLModel's tables have no public type
_CHANGES: Table = Change.__table__  # type: ignore[attr-defined]
_RECEIPTS: Table = Receipt.__table__  # type: ignore[attr-defined]
_LOCK = (
    select(_EVENTS.c.head, _EVENTS.c.directory_seq)
    .where(_EVENTS.c.id == bindparam("event"))
    .with_for_update()
)
_RECEIPT = select(_RECEIPTS.c.op_id, _RECEIPTS.c.member, _RECEIPTS.c.hash, _RECEIPTS.c.result).where(
    _RECEIPTS.c.event_id == bindparam("event"), _RECEIPTS.c.op_id.in_(bindparam("ops", expanding=True))
)
_CHANGE = select(_CHANGES.c.actor, _CHANGES.c.op_id, _CHANGES.c.at).where(
    _CHANGES.c.event_id == bindparam("event"), _CHANGES.c.seq == bindparam("seq")
)
_ADD_CHANGES, _ADD_RECEIPTS = insert(_CHANGES), insert(_RECEIPTS)


Rewrite = Callable[[dict[str, Any]], dict[str, Any]]


class Answer(NamedTuple):
    """What was answered to an op: to whom, for which arguments, and what."""

    member: str
    hash: str
    result: dict[str, Any]


class Mark(NamedTuple):
    """How far a log had come: its head, how many changes and answers wait to be written, and the directory's seq."""

    head: int
    changes: int
    receipts: int
    directory_seq: int | None


class Log:
    """The tail that a group of ops adds to an event's log.

    Making one locks the event's row, as the first statement on it, so that on PostgreSQL
    the order of commits is the order of `seq`, without gaps.
    """

    head: int
    directory_start: int

    def __init__(self, session: Session, event_id: str) -> None:
        self.session = session
        self.event_id = event_id
        self.head, self.directory_start = self._execute(_LOCK).one()
        self.start = self.head
        self.directory_seq: int | None = None
        self.found: dict[Any, Any] = {}
        self._changes: list[dict[str, Any]] = []
        self._receipts: dict[str, dict[str, Any]] = {}
        self._known: dict[str, Answer | None] = {}

    @cached_property
    def event(self) -> Event:
        """The event, loaded once for all ops of the group."""
        return self.session.get_one(Event, self.event_id)

    def expect(self, op_ids: Iterable[str]) -> None:
        """Look up the receipts of these ops at once."""
        wanted = [op_id for op_id in op_ids if op_id not in self._known]
        self._known |= dict.fromkeys(wanted)
        if wanted:
            for op_id, *answer in self._execute(_RECEIPT, ops=wanted):
                self._known[op_id] = Answer(*answer)

    def receipt(self, op_id: str) -> Answer | None:
        """The answer to an op that was answered before, in this group or earlier."""
        waiting = self._receipts.get(op_id)
        if waiting:
            return Answer(waiting["member"], waiting["hash"], waiting["result"])
        self.expect([op_id])
        return self._known[op_id]

    def append(self, entity: Entity, was: str | None, **change: Any) -> int:  # noqa: ANN401 - columns of Change
        """Number a change of an entity; returns its seq."""
        self.head += 1
        if entity.entity_kind in DIRECTORY_KINDS:
            self.directory_seq = self.head
        self._changes.append(
            {
                "event_id": self.event_id,
                "seq": self.head,
                "entity_kind": entity.entity_kind,
                "entity": entity.id,
                "audience": entity.visible_to,
                "was": was,
                **change,
            }
        )
        return self.head

    def rewrite(self, kinds: Collection[str], entity: str, anew: Rewrite) -> None:
        """Tell otherwise what the entries about an entity tell, also those that wait, and the answers to their ops."""
        about = _CHANGES.c.entity_kind.in_(kinds) & (_CHANGES.c.entity == entity)
        here = _CHANGES.c.event_id == self.event_id
        rows = self._execute(
            select(_CHANGES.c.seq, _CHANGES.c.op_id, _CHANGES.c.detail).where(here, about)
        ).all()
        for seq, _, detail in rows:
            self._execute(update(_CHANGES).where(here, _CHANGES.c.seq == seq).values(detail=anew(detail)))
        waiting = [row for row in self._changes if row["entity_kind"] in kinds and row["entity"] == entity]
        for row in waiting:
            row["detail"] = anew(row["detail"])
        ops = {op_id for _, op_id, _ in rows} | {row["op_id"] for row in waiting}
        self._rewrite_answers(_RECEIPTS.c.op_id.in_(ops), ops & self._receipts.keys(), anew)

    def rewrite_conflicts(self, anew: Rewrite) -> None:
        """Tell otherwise what was answered to those who came second: it says what stood there."""
        self._rewrite_answers(_RECEIPTS.c.result.cast(String).like('%"now"%'), self._receipts, anew)

    def _rewrite_answers(self, which: ColumnElement[bool], waiting: Iterable[str], anew: Rewrite) -> None:
        """`which` receipts are meant, and which of those that wait to be written."""
        here = _RECEIPTS.c.event_id == self.event_id
        for op_id, result in self._execute(
            select(_RECEIPTS.c.op_id, _RECEIPTS.c.result).where(here, which)
        ).all():
            again = anew(result)
            if again != result:
                self._execute(update(_RECEIPTS).where(here, _RECEIPTS.c.op_id == op_id).values(result=again))
        for op_id in waiting:
            self._receipts[op_id]["result"] = anew(self._receipts[op_id]["result"])

    def answer(self, op_id: str, member: str, args_hash: str, result: dict[str, Any], at: int) -> None:
        """Keep the first answer to an op."""
        self._receipts[op_id] = {
            "event_id": self.event_id,
            "op_id": op_id,
            "member": member,
            "hash": args_hash,
            "result": result,
            "at": at,
        }

    def mark(self) -> Mark:
        """A point to roll back to."""
        return Mark(self.head, len(self._changes), len(self._receipts), self.directory_seq)

    def roll_back(self, mark: Mark) -> None:
        """Forget changes and answers since a mark; and the event and what was found, no longer the session's."""
        self.__dict__.pop("event", None)
        self.found.clear()
        self.head, self.directory_seq = mark.head, mark.directory_seq
        del self._changes[mark.changes :]
        while len(self._receipts) > mark.receipts:
            self._receipts.popitem()

    def change(self, seq: int) -> tuple[str, str, int] | None:
        """(actor, op id, time) of a change in the log, whether written yet or not."""
        if seq > self.start:
            change = self._changes[seq - self.start - 1]
            return change["actor"], change["op_id"], change["at"]
        found = self._execute(_CHANGE, seq=seq).first() if seq else None
        return (found.actor, found.op_id, found.at) if found else None

    def write(self) -> None:
        """Insert what has gathered, and move the event's head."""
        connection = self.session.connection()
        if self._receipts:
            connection.execute(_ADD_RECEIPTS, list(self._receipts.values()))
        if self._changes:
            connection.execute(_ADD_CHANGES, self._changes)
            values = {"head": self.head} | (
                {"directory_seq": self.directory_seq} if self.directory_seq else {}
            )
            connection.execute(update(_EVENTS).where(_EVENTS.c.id == self.event_id).values(values))

    def _execute(self, statement: Any, **values: Any) -> Any:  # noqa: ANN401 - a statement and its result
        return self.session.connection().execute(statement, {"event": self.event_id, **values})


def forget_receipts(db: Database, now: int) -> int:
    """Forget the answers that are older than 45 days; returns how many those were.

    A phone parks an op after 40 days, so nobody asks for these again. For the serving process, at its start
    and once a day; it goes in small steps, so that ops don't wait.
    """
    forgotten, last = 0, _FORGET_AT_ONCE
    old = select(_RECEIPTS.c.event_id, _RECEIPTS.c.op_id).where(_RECEIPTS.c.at < now - RECEIPT_DAYS * _DAY_MS)
    while last == _FORGET_AT_ONCE:
        with db.write() as session:
            keys = session.connection().execute(old.limit(_FORGET_AT_ONCE)).all()
            last = len(keys)
            if keys:
                these = [{"event": event_id, "op": op_id} for event_id, op_id in keys]
                session.connection().execute(_FORGET, these)
        forgotten += last
    return forgotten


_FORGET = delete(_RECEIPTS).where(
    _RECEIPTS.c.event_id == bindparam("event"), _RECEIPTS.c.op_id == bindparam("op")
)
