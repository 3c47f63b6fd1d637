"""Ops that share one commit, of which a fault in one undoes only that one.

A handful goes within one savepoint. If one of them fails, the handful is undone, and goes again with a savepoint for
each: to PostgreSQL a savepoint is a way there and back, a fifth of an op, and nearly no handful needs more than one.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlmodel import Session, col, select

from server.core.access import Viewer
from server.core.context import Context, React, forbidden
from server.core.db import Database, is_busy
from server.core.log import Log
from server.core.models import Entity
from server.core.ops import Prepared, Result
from server.core.outcome import after_refused, again, applied, as_refusal, refusal, retry
from server.core.put_off import forget_put_off, write_put_off
from server.core.viewers import FindViewer, Viewers

GROUP_SECONDS = 0.02
# Ops are taken by the handful: what a handful needs is looked up at once.
HANDFUL = 25
# Who may not, may later; what failed by our fault may work tomorrow; and what is not due yet will be.
NOT_STORED = frozenset({"forbidden", "failed", "not_due"})
DONE = frozenset({"applied", "duplicate"})

# The `base` and the `fallen` of a submission.
Standing = tuple[int | None, frozenset[str]]


@dataclass
class Submission:
    """The ops of one request, by one member of one event. `done` gets their results in order.

    `head` is then the seq of the event's last change, 0 if the database never told; `base` is what it was
    before the first op of these that changed anything, None if none did. `fallen` are ids of this request's ops
    that were refused: the receipt of one that was not stored can't tell what builds on it.
    """

    event_id: str
    member_id: str
    ops: list[Prepared]
    received: int
    done: Future[list[Result]] = field(default_factory=Future)
    results: list[Result] = field(default_factory=list)
    taken: int = 0
    broken: bool = False
    head: int = 0
    base: int | None = None
    fallen: set[str] = field(default_factory=set)

    def keep(self, place: int, result: Result) -> None:
        """What an op came to."""
        self.results[place] = result
        if result["status"] not in DONE:
            self.fallen.add(self.ops[place].id)

    def mark(self) -> Standing:
        """A point to roll back to."""
        return self.base, frozenset(self.fallen)

    def roll_back(self, mark: Standing) -> None:
        """Forget what ops since a mark came to: they are carried out anew, and may come to something else."""
        self.base, self.fallen = mark[0], set(mark[1])

    def turn_away(self) -> None:
        """Answer that nothing was done, and all of it may be sent again."""
        self.results = [retry(op) for op in self.ops]
        self.done.set_result(self.results)


Taken = tuple[Submission, Prepared]
# Of how many that are taken by now, and how many more at the most, come the next.
Take = Callable[[int, int], Sequence[Taken]]
Placed = tuple[Submission, int, Prepared]
Run = Callable[[Context], Result]


@dataclass(frozen=True)
class Rules:
    """What the writer needs to know of the features: who members are, and who reacts to what."""

    find_viewer: FindViewer
    reactions: dict[str, list[React]]


class Group:
    """Ops of one transaction: `commit` them, or `give_up`; then `answer`.

    One that `is_careful` tries no handful as a whole; so should the next be if this one `has_failures`.
    """

    def __init__(
        self, db: Database, rules: Rules, viewers: Viewers, limit: int, *, is_careful: bool = False
    ) -> None:
        self._db, self._rules, self._viewers, self._limit = db, rules, viewers, limit
        self._logs: dict[str, Log] = {}
        self._taken: list[Placed] = []
        self._held: list[Entity] = []
        self._is_careful, self.has_failures = is_careful, False

    @property
    def size(self) -> int:
        return len(self._taken)

    @property
    def _room(self) -> int:
        return min(HANDFUL, self._limit - self.size)

    def commit(self, take: Take) -> dict[str, int]:
        """Carry out ops until the group is full, commit, and return the new heads of the events."""
        deadline = time.monotonic() + GROUP_SECONDS
        with self._db.write() as session:
            while time.monotonic() < deadline and (handful := take(self.size, self._room)):
                self._carry_out(session, [self._place(*taken) for taken in handful])
                if handful[-1][1].op.is_long:
                    break
            for log in self._logs.values():
                log.write()
        return {event_id: log.head for event_id, log in self._logs.items() if log.head > log.start}

    def give_up(self, why: Callable[[Prepared], Result]) -> None:
        """Nothing was committed; ops that come behind these must not be applied either: they may build on them."""
        for submission, place, op in self._taken:
            submission.results[place] = why(op)
            submission.broken = True
        for log in self._logs.values():
            log.head = log.start

    def answer(self) -> None:
        """Answer the submissions whose last op was in this group."""
        for submission, place, _ in self._taken:
            if place + 1 == len(submission.ops):
                log = self._logs.get(submission.event_id)
                submission.head = log.head if log else 0
                submission.done.set_result(submission.results)

    def _place(self, submission: Submission, op: Prepared) -> Placed:
        placed = submission, len(submission.results), op
        self._taken.append(placed)
        submission.results.append(retry(op))
        return placed

    def _carry_out(self, session: Session, handful: Sequence[Placed]) -> None:
        handful = [placed for placed in handful if not placed[0].broken]
        self._look_up(session, handful)
        if len(handful) > 1 and not self._is_careful:
            marks = [(submission, submission.mark()) for submission, _, _ in handful]
            try:
                with self._undoable(session):
                    self._apply_all(session, handful, _run)
            except Exception as error:
                if is_busy(error):
                    raise
                for submission, mark in marks:
                    submission.roll_back(mark)
                self._begin_anew(session, handful)
            else:
                return
        self._apply_all(session, handful, self._try)

    def _begin_anew(self, session: Session, handful: Sequence[Placed]) -> None:
        """One of a handful has failed, and all of it was undone. Where one fails, more may: no further one is tried."""
        self._is_careful = True
        self._held.clear()
        self._look_up(session, handful)

    def _apply_all(self, session: Session, handful: Sequence[Placed], run: Run) -> None:
        for submission, place, op in handful:
            submission.keep(place, self._apply(session, submission, op, run))

    def _look_up(self, session: Session, handful: Sequence[Placed]) -> None:
        """Fetch receipts and rows for a handful by one statement for each event and kind."""
        for event_id in {submission.event_id for submission, _, _ in handful}:
            ops = [op for submission, _, op in handful if submission.event_id == event_id]
            log = self._logs.get(event_id) or self._open(session, event_id)
            log.expect(name for op in ops for name in (op.id, op.after_op) if name)
            if len(ops) > 1:
                self._fetch(session, event_id, ops)

    def _fetch(self, session: Session, event_id: str, ops: list[Prepared]) -> None:
        wanted: dict[type[Entity], list[str]] = {}
        for op in ops:
            if op.op.of:
                wanted.setdefault(op.op.of, []).append(op.args.id)  # type: ignore[attr-defined]  # `of` says so
        for model, ids in wanted.items():
            self._held += session.exec(_rows(model), params={"event": event_id, "ids": ids})

    def _apply(self, session: Session, submission: Submission, op: Prepared, run: Run) -> Result:
        log = self._logs[submission.event_id]
        known = log.receipt(op.id)
        if known:
            return again(op, known, submission.member_id)
        viewer = self._viewers.get(session, log, submission.member_id)
        if viewer is None or not viewer.may(op.op.may):
            return refusal(op, forbidden())
        if _was_refused(log, op, viewer):
            result = after_refused(op)
            log.answer(op.id, viewer.id, op.hash, result, submission.received)
            return result
        if op.after_op in submission.fallen:
            return after_refused(op)
        ctx = Context(session, log, viewer, op, submission.received, self._rules.reactions)
        before = log.head
        result = run(ctx)
        if submission.base is None and log.head > before:
            submission.base = before
        if result.get("error", {}).get("code") not in NOT_STORED:
            log.answer(op.id, viewer.id, op.hash, result, submission.received)
        return result

    def _try(self, ctx: Context) -> Result:
        """Run the action; a refusal leaves no trace."""
        try:
            with self._undoable(ctx.session):
                return _run(ctx)
        except Exception as error:  # noqa: BLE001 - one op's fault must not undo its neighbours' work
            self.has_failures = True
            return refusal(ctx.op, as_refusal(ctx.op, error))

    @contextmanager
    def _undoable(self, session: Session) -> Iterator[None]:
        """A savepoint: what raises within leaves no trace."""
        marks = [(log, log.mark()) for log in self._logs.values()]
        connection = session.connection()
        write_put_off(connection)
        # Straight to the driver: through SQLAlchemy, these statements are a fifth of an op's time.
        cursor = connection.connection.cursor()
        cursor.execute("SAVEPOINT op")
        try:
            yield
            write_put_off(connection)
        except Exception as error:
            if is_busy(error):
                raise
            forget_put_off(connection)
            cursor.execute("ROLLBACK TO SAVEPOINT op")
            self._release(cursor)
            for log, mark in marks:
                log.roll_back(mark)
            session.expunge_all()
            raise
        self._release(cursor)

    def _release(self, cursor: DBAPICursor) -> None:
        """Let go of a savepoint, where that costs nothing.

        On PostgreSQL the next savepoint of the name stands above it, as many as a group has ops, and the commit
        ends all.
        """
        if self._db.is_sqlite:
            cursor.execute("RELEASE SAVEPOINT op")

    def _open(self, session: Session, event_id: str) -> Log:
        self._logs[event_id] = Log(session, event_id)
        return self._logs[event_id]


_statements: dict[type[Entity], Any] = {}


def _rows(model: type[Entity]) -> Any:  # noqa: ANN401 - a statement
    if model not in _statements:
        these = col(model.id).in_(bindparam("ids", expanding=True))
        _statements[model] = select(model).where(model.event_id == bindparam("event"), these)
    return _statements[model]


def _run(ctx: Context) -> Result:
    """Have the action done, up to what the database says to it."""
    value = ctx.op.op.run(ctx, ctx.op.args)
    ctx.finish()
    ctx.session.flush()
    return applied(ctx, value)


def _was_refused(log: Log, op: Prepared, viewer: Viewer) -> bool:
    """Whether the op's predecessor, by the same member, was refused: what was queued behind it must not go ahead."""
    before = log.receipt(op.after_op) if op.after_op else None
    return before is not None and before.member == viewer.id and before.result["status"] != "applied"
