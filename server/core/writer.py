"""The writer: gathers ops into groups (see group.py) and commits each group once.

A group ends at 50 ops or 20 ms. The writer takes turns between senders, and answers nobody before
the commit has returned.
"""

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from server.core.db import Database, is_busy
from server.core.group import Group, Rules, Submission, Taken
from server.core.metrics import ANSWERED, COMMIT, GROUP, OPS
from server.core.ops import Result
from server.core.outcome import failed, retry
from server.core.viewers import Viewers

__all__ = ["Rules", "Submission", "Writer", "Writers"]

GROUP_OPS = 50
# So many ops may wait for one writer; whoever comes then is asked to come again.
QUEUE_OPS = 20_000
# On PostgreSQL the writer of an event that nobody changes ends after so many seconds.
IDLE_SECONDS = 60.0
log = logging.getLogger(__name__)

Committed = Callable[[str, int], None]


class Writer:
    """One thread that writes. SQLite has one for the file; PostgreSQL one for each active event."""

    def __init__(self, db: Database, rules: Rules, committed: Committed, idle: float | None = None) -> None:
        self._db, self._rules, self._committed, self._idle = db, rules, committed, idle
        self._senders: OrderedDict[tuple[str, str], deque[Submission]] = OrderedDict()
        self._viewers = Viewers(rules.find_viewer)
        self._waiting = self._alone = 0
        self._wake = threading.Condition()
        self._closed = self.retired = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def offer(self, submission: Submission) -> bool:
        """Queue ops; their future resolves when they are durable, or refused. False if this writer has retired."""
        with self._wake:
            if self.retired:
                return False
            if self._closed or self._waiting + len(submission.ops) > QUEUE_OPS:
                submission.turn_away()
                return True
            self._waiting += len(submission.ops)
            self._senders.setdefault((submission.event_id, submission.member_id), deque()).append(submission)
            self._wake.notify()
            return True

    def close(self) -> None:
        """Finish what is queued, then stop."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        is_careful = False
        while self._wait():
            limit = 1 if self._alone else GROUP_OPS
            group = Group(self._db, self._rules, self._viewers, limit, is_careful=is_careful)
            self._carry_out(group)
            is_careful = group.has_failures

    def _carry_out(self, group: Group) -> None:
        """Commit a group and answer its ops. Nothing that goes wrong with them may end the thread."""
        self._alone = max(0, self._alone - 1)
        heads: dict[str, int] = {}
        begin = time.perf_counter()
        try:
            heads = group.commit(self._take)
            COMMIT.observe(time.perf_counter() - begin)
            GROUP.observe(group.size)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, every op of the group gets an answer
            self._give_up(group, error)
        for event_id, head in heads.items():
            self._tell(event_id, head)
        group.answer()

    def _give_up(self, group: Group, error: Exception) -> None:
        """Nothing of a group was committed.

        If the reason is not one that passes, an op in it is to blame: the next ones go alone, so that the
        culprit fails alone when it comes again, and its neighbours don't.
        """
        passes = is_busy(error)
        log.warning("a group of %s failed: %s", group.size, error, exc_info=None if passes else error)
        group.give_up(failed if group.size == 1 and not passes else retry)
        self._alone = 0 if passes else GROUP_OPS

    def _tell(self, event_id: str, head: int) -> None:
        try:
            self._committed(event_id, head)
        except Exception:
            log.exception("nobody could be told of %s at %s", event_id, head)

    def _wait(self) -> bool:
        """Wait for ops; False if there will be none."""
        with self._wake:
            self._wake.wait_for(lambda: self._senders or self._closed, self._idle)
            self.retired = not self._senders and not self._closed
            return bool(self._senders)

    def _take(self, before: int, most: int) -> list[Taken]:
        """The next ops of a group that has so many, senders taking turns; a long one has a group of its own."""
        with self._wake:
            taken: list[Taken] = []
            while len(taken) < most and self._senders and not ((before or taken) and self._is_long()):
                taken.append(self._next())
                if taken[-1][1].op.is_long:
                    break
            self._waiting -= len(taken)
            return taken

    def _is_long(self) -> bool:
        submission = next(iter(self._senders.values()))[0]
        return submission.ops[submission.taken].op.is_long

    def _next(self) -> Taken:
        sender, queue = self._senders.popitem(last=False)
        submission = queue[0]
        op = submission.ops[submission.taken]
        submission.taken += 1
        if submission.taken == len(submission.ops):
            queue.popleft()
        if queue:
            self._senders[sender] = queue
        return submission, op


class Writers:
    """The writers of a process: one for an SQLite file, one for each active event on PostgreSQL."""

    def __init__(self, db: Database, rules: Rules, committed: Committed) -> None:
        self._shared = db.is_sqlite
        idle = None if self._shared else IDLE_SECONDS
        self._make = partial(Writer, db, rules, committed, idle)
        self._writers: dict[str, Writer] = {}
        self._lock = threading.Lock()

    def submit(self, submission: Submission) -> Future[list[Result]]:
        """Queue ops with the writer that owns the event; the future resolves when they are durable, or refused."""
        # A request that is given up must not take the answers of its group with it.
        submission.done.set_running_or_notify_cancel()
        if not submission.ops:
            submission.done.set_result([])
            return submission.done
        submission.done.add_done_callback(partial(_count, time.perf_counter()))
        while not self._of(submission.event_id).offer(submission):
            continue
        return submission.done

    def close(self) -> None:
        """Finish what is queued, then stop every writer."""
        for writer in tuple(self._writers.values()):
            writer.close()

    def _of(self, event_id: str) -> Writer:
        key = "" if self._shared else event_id
        with self._lock:
            writer = self._writers.get(key)
            if writer is None or writer.retired:
                writer = self._writers[key] = self._make()
            return writer


def _count(begin: float, done: Future[list[Result]]) -> None:
    ANSWERED.observe(time.perf_counter() - begin)
    for result in done.result():
        OPS.labels(result["status"]).inc()
