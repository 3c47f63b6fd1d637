"""Background jobs: asked for by an op, done by a worker, their progress told on their owner's own chain.

A job is an entity, so its owner's pages follow it like any row. What a worker reports are ops as well,
of a kind that no client can send. On SQLite the serving process runs the worker; on PostgreSQL
`fieldcue worker` is a process of its own, and several of them share the work.

A worker takes a job for as long as its lease, and renews it whenever it reports. If the worker dies, the job is taken
again when the lease ends, so a handler does what counts in ops of fixed ids (`Task.run`), which have one effect.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ColumnElement, update
from sqlmodel import Field, col, select

from server.core.access import Permission
from server.core.context import Context
from server.core.i18n import N_
from server.core.ids import new_id
from server.core.models import Entity, json_column
from server.core.ops import Args, Op, Prepared, Result
from server.core.services import Services
from server.core.turns import short_turns
from server.core.writer import Submission

log = logging.getLogger(__name__)

LEASE_MS = 120_000
MOST_TRIES = 3
PAUSE_MS = 5_000
"""Before a job that failed by a fault of ours is tried again."""
IDLE_SECONDS = 0.25
TELL_SECONDS = 0.4
"""Between two reports of progress: each is an op."""
BUSY_SECONDS = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Waits before an op that the server was too busy for is sent again."""
FAILED = N_("Something went wrong on the server. Nothing was changed.")
OPEN, OVER = ("waiting", "running"), ("done", "failed")


class Job(Entity, table=True):
    """A piece of background work. Its audience is who asked for it."""

    entity_kind: ClassVar[str] = "job"
    kind: str
    member: str
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    state: str = Field(default="waiting", index=True)
    progress: int = 0
    result: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    tries: int = 0
    leased_until: int = Field(default=0, sa_type=BigInteger)


@dataclass(frozen=True)
class Task:
    """A job as its handler sees it. `report(percent)` tells its owner how far it is, and renews the lease."""

    services: Services
    event_id: str
    job_id: str
    kind: str
    member_id: str
    payload: dict[str, Any]
    tries: int
    report: Callable[[int], None] = field(default=lambda _: None)

    def run(self, op: Op, args: Args) -> Result:
        """Carry out an op as the job's owner, once however often the job is tried, and wait until it is durable."""
        result = run_as(self.services, self.event_id, self.member_id, op, args, f"{self.job_id}:{op.name}")
        if result["status"] == "retry":
            message = "the server is busy"
            raise TimeoutError(message)
        return result


class JobFailedError(Exception):
    """The job can't be done, and trying again would not help. `text` is a msgid with %(name)s places."""

    def __init__(self, code: str, text: str, **params: Any) -> None:  # noqa: ANN401 - numbers and texts
        super().__init__(code)
        self.result = {"error": {"code": code, "text": text, "params": params}}


class StoppedError(Exception):
    """The worker is to end; the job is left for the next one."""


Handler = Callable[[Task], dict[str, Any]]


def ask_for(ctx: Context, job_id: str, kind: str, payload: dict[str, Any]) -> Job:
    """Within an op: leave a job for a worker. `asked_at` joins its payload, in epoch milliseconds."""
    job = Job(
        event_id=ctx.event_id,
        id=job_id,
        kind=kind,
        member=ctx.viewer.id,
        payload=payload | {"asked_at": ctx.received},
        audience=ctx.viewer.own_audience,
    )
    ctx.add(job, kind=kind)
    return job


class JobReport(Args):
    """What a worker says of a job."""

    id: str
    state: str
    progress: int
    result: dict[str, Any]


def _report(ctx: Context, args: JobReport) -> None:
    """What a worker says after another has finished the job, having lost its lease, is too late."""
    job = ctx.visible(Job, args.id)
    if job.state in OVER:
        return
    job.state, job.progress, job.leased_until = args.state, args.progress, ctx.received + LEASE_MS
    if args.result:
        job.result = args.result
    ctx.record(job, {"state": args.state, "progress": args.progress}, was=job.visible_to)


REPORT = Op("job.report", Permission.VIEW, JobReport, _report)


def run_as(services: Services, event_id: str, member_id: str, op: Op, args: Args, op_id: str = "") -> Result:
    """Carry out one op of ours as a member; returns its result when it is durable."""
    prepared = Prepared(op_id or new_id(), op, args, "", None, None, None)
    for wait in (*BUSY_SECONDS, 0.0):
        submission = Submission(event_id, member_id, [prepared], services.clock.now())
        result = services.writers.submit(submission).result()[0]
        if result["status"] != "retry":
            break
        time.sleep(wait)
    return result


class Worker:
    """Takes jobs one by one, in a thread of its own."""

    def __init__(self, services: Services, handlers: dict[str, Handler]) -> None:
        self._services, self._handlers = services, handlers
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.run_forever, name="worker", daemon=True)

    def start(self) -> None:
        """Work in a thread of this process. On SQLite there is no other, so whoever had a lease is dead."""
        if self._services.db.is_sqlite:
            with self._services.db.write() as session:
                session.exec(update(Job).where(col(Job.state).in_(OPEN)).values(leased_until=0))
        self._thread.start()

    def stop(self) -> None:
        """End at the next report of the job at hand, which is left for the next worker."""
        self._stop.set()
        self._thread.join(timeout=30)

    def run_forever(self) -> None:
        """Work in the calling thread until stopped."""
        while not self._stop.is_set():
            try:
                busy = self.step()
            except Exception:
                log.exception("the worker could not take a job")
                busy = False
            if not busy:
                self._stop.wait(IDLE_SECONDS)

    def step(self) -> bool:
        """Do one job; False if there is none."""
        task = self._take() if self._is_any_due() else None
        if task is None:
            return False
        self._do(task)
        return True

    def _is_any_due(self) -> bool:
        """A look that takes no lock, since it comes four times a second."""
        with self._services.db.read() as session:
            return session.exec(select(Job.id).where(*self._due_now()).limit(1)).first() is not None

    def _take(self) -> Task | None:
        """Lease a job, the untried first; on PostgreSQL past those that another worker is taking just now."""
        order = (col(Job.leased_until), col(Job.version))
        with self._services.db.write() as session:
            job = session.exec(
                select(Job)
                .where(*self._due_now())
                .order_by(*order)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).first()
            if job is None:
                return None
            job.leased_until, job.tries = self._services.clock.now() + LEASE_MS, job.tries + 1
            payload = {name: value for name, value in job.payload.items() if name != "asked_at"}
            return Task(self._services, job.event_id, job.id, job.kind, job.member, payload, job.tries)

    def _due_now(self) -> tuple[ColumnElement[bool], ...]:
        return col(Job.state).in_(OPEN), col(Job.leased_until) < self._services.clock.now()

    def _do(self, task: Task) -> None:
        if task.tries > MOST_TRIES:  # so often did a worker die of it
            self._fail(task, JobFailedError("failed", FAILED))
            return
        reporter = _Reporter(self, task)
        try:
            with short_turns():
                result = self._handlers[task.kind](replace(task, report=reporter))
            self.tell(task, "done", 100, result)
        except JobFailedError as failure:
            self._fail(task, failure)
        except StoppedError:
            self._leave(task, tries=task.tries - 1, leased_until=0)
        except Exception:
            log.exception("job %s failed", task.kind)
            if task.tries >= MOST_TRIES:
                self._fail(task, JobFailedError("failed", FAILED))
            else:
                self._leave(task, leased_until=self._services.clock.now() + PAUSE_MS)

    def tell(self, task: Task, state: str, progress: int, result: dict[str, Any]) -> None:
        """Report. A job whose owner has gone ends without a word."""
        args = JobReport(id=task.job_id, state=state, progress=progress, result=result)
        answer = run_as(self._services, task.event_id, task.member_id, REPORT, args)
        if answer["status"] == "rejected":
            self._leave(task, state="failed")

    def go_on(self) -> None:
        """StoppedError if the worker is to end."""
        if self._stop.is_set():
            raise StoppedError

    def _fail(self, task: Task, failure: JobFailedError) -> None:
        self.tell(task, "failed", 100, failure.result)

    def _leave(self, task: Task, **values: Any) -> None:  # noqa: ANN401 - columns of Job
        """Set what only workers look at, which is no change of the event."""
        with self._services.db.write() as session:
            session.exec(
                update(Job)
                .where(col(Job.event_id) == task.event_id, col(Job.id) == task.job_id)
                .values(**values)
            )


class _Reporter:
    """Tells progress no more often than anybody can see it."""

    def __init__(self, worker: Worker, task: Task) -> None:
        self._worker, self._task = worker, task
        self._told = 0.0

    def __call__(self, percent: int) -> None:
        self._worker.go_on()
        if time.monotonic() - self._told >= TELL_SECONDS:
            self._told = time.monotonic()
            self._worker.tell(self._task, "running", percent, {})
