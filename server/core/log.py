"""One event's log inside one transaction: numbers changes, keeps receipts, and writes them in one go."""

from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from server.core.models import Change, Entity, Event, Receipt

# What rows quote by name. A change to one of these makes caches of names look again.
DIRECTORY_KINDS = frozenset({"member", "department", "track", "place", "column"})


class Log:
    """The tail that a group of ops adds to an event's log.

    Making one locks the event's row, as the first statement on it, so that on PostgreSQL
    the order of commits is the order of `seq`, without gaps.
    """

    def __init__(self, session: Session, event_id: str) -> None:
        self.session = session
        self.event_id = event_id
        self.head = session.exec(select(Event.head).where(Event.id == event_id).with_for_update()).one()
        self._start = self.head
        self._changes: list[dict[str, Any]] = []
        self._receipts: dict[str, dict[str, Any]] = {}
        self._directory_seq = 0

    def receipt(self, op_id: str) -> tuple[str, str, dict[str, Any]] | None:
        """(member, hash of args, result) of an op that was answered before, in this group or earlier."""
        waiting = self._receipts.get(op_id)
        if waiting:
            return waiting["member"], waiting["hash"], waiting["result"]
        found = self.session.exec(
            select(Receipt.member, Receipt.hash, Receipt.result).where(
                Receipt.event_id == self.event_id, Receipt.op_id == op_id
            )
        ).first()
        return tuple(found) if found else None

    def append(self, entity: Entity, was: str | None, **change: Any) -> int:  # noqa: ANN401 - columns of Change
        """Number a change of an entity; returns its seq."""
        self.head += 1
        if entity.entity_kind in DIRECTORY_KINDS:
            self._directory_seq = self.head
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

    def mark(self) -> tuple[int, int, int]:
        """A point to roll back to."""
        return self.head, len(self._changes), self._directory_seq

    def roll_back(self, mark: tuple[int, int, int]) -> None:
        """Forget the changes since a mark."""
        self.head, length, self._directory_seq = mark
        del self._changes[length:]

    def change(self, seq: int) -> tuple[str, str, int] | None:
        """(actor, op id, time) of a change in the log, whether written yet or not."""
        if seq > self._start:
            change = self._changes[seq - self._start - 1]
            return change["actor"], change["op_id"], change["at"]
        found = self.session.exec(
            select(Change.actor, Change.op_id, Change.at).where(Change.event_id == self.event_id, Change.seq == seq)
        ).first()
        return tuple(found) if found else None

    def write(self) -> None:
        """Insert what has gathered, and move the event's head."""
        if self._receipts:
            self.session.exec(insert(Receipt), params=list(self._receipts.values()))
        if self._changes:
            self.session.exec(insert(Change), params=self._changes)
            values = {"head": self.head} | ({"directory_seq": self._directory_seq} if self._directory_seq else {})
            self.session.exec(update(Event).where(col(Event.id) == self.event_id).values(**values))
