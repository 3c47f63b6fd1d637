"""The writer: gathers ops into groups and commits each group once.

A group ends at 50 ops or 20 ms. It takes turns between senders, has a savepoint for each op,
and answers nobody before its commit has returned.
"""

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from server.core.access import Viewer
from server.core.clock import Clock
from server.core.context import Context, React, forbidden
from server.core.db import Database, is_busy
from server.core.log import Log
from server.core.ops import Prepared, RefusalError, Result

GROUP_OPS = 50
GROUP_SECONDS = 0.02
NOT_STORED = {"forbidden", "failed"}
_log = logging.getLogger(__name__)

FindViewer = Callable[[Session, str, str], Viewer | None]


@dataclass
class Submission:
    """The ops of one request, by one member of one event. `done` gets their results in order."""

    event_id: str
    member_id: str
    ops: list[Prepared]
    received: int
    done: Future[list[Result]] = field(default_factory=Future)
    results: list[Result] = field(default_factory=list)
    broken: bool = False
    head: int = 0

    @property
    def next_op(self) -> Prepared:
        return self.ops[len(self.results)]


@dataclass(frozen=True)
class Rules:
    """What the writer needs to know of the features: who members are, and who reacts to what."""

    find_viewer: FindViewer
    reactions: dict[str, list[React]]


class Writer:
    """One thread that writes. SQLite has one for the file; PostgreSQL one for each active event."""

    def __init__(self, db: Database, clock: Clock, rules: Rules, committed: Callable[[str, int], None]) -> None:
        self._db, self._clock, self._rules, self._committed = db, clock, rules, committed
        self._senders: OrderedDict[tuple[str, str], deque[Submission]] = OrderedDict()
        self._wake = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, submission: Submission) -> Future[list[Result]]:
        """Queue ops; the future resolves when they are durable (or refused)."""
        with self._wake:
            if self._closed:
                submission.done.set_result([_retry(op) for op in submission.ops])
            else:
                sender = (submission.event_id, submission.member_id)
                self._senders.setdefault(sender, deque()).append(submission)
                self._wake.notify()
        return submission.done

    def close(self) -> None:
        """Finish what is queued, then stop."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while self._wait():
            group = _Group(self._db, self._clock, self._rules)
            try:
                heads = group.commit(self._next)
            except Exception as error:  # noqa: BLE001 - whatever went wrong, every op of the group may be sent again
                _log.warning("group failed: %s", error, exc_info=not isinstance(error, DBAPIError))
                heads = {}
                group.give_up()
            for event_id, head in heads.items():
                self._committed(event_id, head)
            group.resolve()

    def _wait(self) -> bool:
        with self._wake:
            self._wake.wait_for(lambda: self._senders or self._closed)
            return bool(self._senders)

    def _next(self) -> tuple[Submission, Prepared] | None:
        """The next op, senders taking turns."""
        with self._wake:
            if not self._senders:
                return None
            sender, queue = self._senders.popitem(last=False)
            submission = queue[0]
            op = submission.next_op
            if len(submission.results) + 1 == len(submission.ops):
                queue.popleft()
            if queue:
                self._senders[sender] = queue
            return submission, op


class _Group:
    """Ops that share one commit."""

    def __init__(self, db: Database, clock: Clock, rules: Rules) -> None:
        self._db, self._clock, self._rules = db, clock, rules
        self._logs: dict[str, Log] = {}
        self._viewers: dict[tuple[str, str], Viewer | None] = {}
        self._taken: list[tuple[Submission, int, Prepared]] = []

    def commit(self, take: Callable[[], tuple[Submission, Prepared] | None]) -> dict[str, int]:
        """Carry out ops until the group is full, commit, and return the events' new heads."""
        deadline = time.monotonic() + GROUP_SECONDS
        with self._db.write() as session:
            while len(self._taken) < GROUP_OPS and time.monotonic() < deadline and (next_one := take()):
                submission, op = next_one
                self._taken.append((submission, len(submission.results), op))
                submission.results.append(_retry(op))
                if not submission.broken:
                    submission.results[-1] = self._apply(session, submission, op)
            for log in self._logs.values():
                log.write()
        return {event_id: log.head for event_id, log in self._logs.items()}

    def give_up(self) -> None:
        """Nothing was committed: the group's ops are to be sent again, and those behind them, since they may build on them."""
        for submission, place, op in self._taken:
            submission.results[place] = _retry(op)
            submission.broken = True

    def resolve(self) -> None:
        """Answer the submissions whose last op was in this group."""
        for submission, place, _ in self._taken:
            if place + 1 == len(submission.ops):
                log = self._logs.get(submission.event_id)
                submission.head = log.head if log else 0
                submission.done.set_result(submission.results)

    def _apply(self, session: Session, submission: Submission, op: Prepared) -> Result:
        log = self._logs.get(submission.event_id) or self._open(session, submission.event_id)
        known = log.receipt(op.id)
        if known:
            return _again(op, known, submission.member_id)
        viewer = self._viewer(session, submission)
        if viewer is None or not viewer.may(op.op.may):
            return _refusal(op, forbidden())
        ctx = Context(session, log, viewer, op, submission.received, self._rules.reactions)
        result = self._try(ctx)
        if result.get("error", {}).get("code") not in NOT_STORED:
            log.answer(op.id, viewer.id, op.hash, result, submission.received)
        if any(entity.entity_kind == "member" for entity in ctx.touched):
            self._viewers.clear()
        return result

    def _try(self, ctx: Context) -> Result:
        """Run the action within a savepoint; a refusal leaves no trace.

        The savepoint is the session's own: with one that it knows nothing of, a flush that fails (an id in use)
        would end the whole transaction, and every op of the group would be sent again without end.
        """
        mark = ctx.log.mark()
        savepoint = ctx.session.begin_nested()
        try:
            value = ctx.op.op.run(ctx, ctx.op.args)
            ctx.session.flush()
        except Exception as error:  # noqa: BLE001 - one op's fault must not undo its neighbours' work
            refusal = _as_refusal(ctx.op, error)
            savepoint.rollback()
            ctx.log.roll_back(mark)
            ctx.session.expunge_all()
            return _refusal(ctx.op, refusal)
        savepoint.commit()
        return _applied(ctx, value)

    def _open(self, session: Session, event_id: str) -> Log:
        self._logs[event_id] = Log(session, event_id)
        return self._logs[event_id]

    def _viewer(self, session: Session, submission: Submission) -> Viewer | None:
        key = (submission.event_id, submission.member_id)
        if key not in self._viewers:
            self._viewers[key] = self._rules.find_viewer(session, *key)
        return self._viewers[key]


def _applied(ctx: Context, value: dict[str, object] | None) -> Result:
    result: Result = {"id": ctx.op.id, "status": "applied", "seq": ctx.seq or ctx.log.head}
    extra = dict(value or {})
    if ctx.undo:
        extra["undo"] = ctx.undo | {"base_version": ctx.seq}
    return result | ({"result": extra} if extra else {})


def _refusal(op: Prepared, refusal: RefusalError) -> Result:
    return {"id": op.id, "status": refusal.status, "error": refusal.error}


def _again(op: Prepared, known: tuple[str, str, Result], member_id: str) -> Result:
    """The stored answer, to the same member with the same arguments; anybody else reuses an id."""
    member, args_hash, result = known
    if member != member_id or args_hash != op.hash:
        return _refusal(op, RefusalError("op_reuse", "This op id was used before."))
    return {**result, "status": "duplicate", "first": result["status"]}


def _retry(op: Prepared) -> Result:
    error = {"code": "busy", "text": "The server is busy. It will be sent again.", "params": {}}
    return {"id": op.id, "status": "retry", "error": error}


def _as_refusal(op: Prepared, error: Exception) -> RefusalError:
    """What an action raised, as an answer; a database that is busy or gone fails the whole group instead."""
    if isinstance(error, RefusalError):
        return error
    if is_busy(error):
        raise error
    if isinstance(error, IntegrityError):
        return RefusalError("exists", "This id is in use already.")
    _log.error("op %s failed", op.op.name, exc_info=error)
    return RefusalError("failed", "Something went wrong on the server. Nothing was changed.")


class Writers:
    """The writers of a process: one for an SQLite file, one for each active event on PostgreSQL."""

    def __init__(self, db: Database, clock: Clock, rules: Rules, committed: Callable[[str, int], None]) -> None:
        self._make = lambda: Writer(db, clock, rules, committed)
        self._shared = db.is_sqlite
        self._writers: dict[str, Writer] = {}
        self._lock = threading.Lock()

    def submit(self, submission: Submission) -> Future[list[Result]]:
        """Queue ops with the writer that owns the event."""
        return self._of(submission.event_id).submit(submission)

    def close(self) -> None:
        """Finish what is queued, then stop every writer."""
        for writer in self._writers.values():
            writer.close()

    def _of(self, event_id: str) -> Writer:
        key = "" if self._shared else event_id
        with self._lock:
            if key not in self._writers:
                self._writers[key] = self._make()
            return self._writers[key]
