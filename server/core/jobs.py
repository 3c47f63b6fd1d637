"""Background jobs: asked for by an op, done by a worker, their progress told on their owner's own chain.

A job is an entity, so its owner's pages follow it like any row. What a worker reports are ops as well,
of a kind that no client can send. On SQLite the serving process runs the worker; on PostgreSQL
`fieldcue worker` is a process of its own, and several of them share the work.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, col, select

from server.core.access import Permission
from server.core.context import Context
from server.core.ids import new_id
from server.core.models import Entity, json_column
from server.core.ops import Args, Op, Prepared, Result
from server.core.services import Services
from server.core.writer import Submission

log = logging.getLogger(__name__)

LEASE_MS = 120_000
MOST_TRIES = 3
IDLE_SECONDS = 1.0


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
    """A job as its handler sees it. `report(percent)` tells its owner how far it is."""

    services: Services
    event_id: str
    job_id: str
    member_id: str
    payload: dict[str, Any]
    report: Callable[[int], None]

    def run(self, op: Op, args: Args) -> Result:
        """Carry out an op as the job's owner, once however often the job is tried, and wait until it is durable."""
        return run_as(self.services, self.event_id, self.member_id, op, args, f"{self.job_id}:{op.name}")


class JobFailedError(Exception):
    """The job can't be done, and trying again would not help. `text` is a msgid with %(name)s places."""

    def __init__(self, code: str, text: str, **params: Any) -> None:  # noqa: ANN401 - numbers and texts
        super().__init__(code)
        self.result = {"error": {"code": code, "text": text, "params": params}}


Handler = Callable[[Task], dict[str, Any]]


def ask_for(ctx: Context, job_id: str, kind: str, payload: dict[str, Any]) -> Job:
    """Within an op: leave a job for a worker."""
    job = Job(
        event_id=ctx.event_id, id=job_id, kind=kind, member=ctx.viewer.id, payload=payload, audience=ctx.viewer.own_audience
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
    job = ctx.visible(Job, args.id)
    job.state, job.progress = args.state, args.progress
    if args.result:
        job.result = args.result
    ctx.record(job, {"state": args.state, "progress": args.progress}, was=job.visible_to)


REPORT = Op("job.report", Permission.VIEW, JobReport, _report)


def run_as(services: Services, event_id: str, member_id: str, op: Op, args: Args, op_id: str = "") -> Result:  # noqa: PLR0913
    """Carry out one op of ours as a member; returns its result when it is durable."""
    prepared = Prepared(op_id or new_id(), op, args, "", None, None, None)
    submission = Submission(event_id, member_id, [prepared], services.clock.now())
    return services.writers.submit(submission).result()[0]


class Worker:
    """Takes jobs one by one, in a thread of its own. A job whose worker died is taken again when its lease ends."""

    def __init__(self, services: Services, handlers: dict[str, Handler]) -> None:
        self._services, self._handlers = services, handlers
        self._stop, self._due = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There may be work."""
        self._due.set()

    def stop(self) -> None:
        """End after the job at hand."""
        self._stop.set()
        self._due.set()
        self._thread.join(timeout=30)

    def run_forever(self) -> None:
        """Work in the calling thread until stopped."""
        self._run()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                busy = self.step()
            except Exception:
                log.exception("the worker could not take a job")
                busy = False
            if not busy:
                self._due.wait(IDLE_SECONDS)
                self._due.clear()

    def step(self) -> bool:
        """Do one job; False if there is none."""
        with self._services.db.write() as session:
            job = self._take(session)
            if job is None:
                return False
            found = (job.event_id, job.id, job.kind, job.member, dict(job.payload), job.tries)
        self._do(*found)
        return True

    def _take(self, session: Session) -> Job | None:
        now = self._services.clock.now()
        job = session.exec(
            select(Job)
            .where(col(Job.state).in_(("waiting", "running")), Job.leased_until < now)
            .order_by(col(Job.version))
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if job:
            job.leased_until, job.tries = now + LEASE_MS, job.tries + 1
        return job

    def _do(self, event_id: str, job_id: str, kind: str, member: str, payload: dict[str, Any], tries: int) -> None:  # noqa: PLR0913 - the columns of a job
        def tell(state: str, progress: int, result: dict[str, Any]) -> None:
            args = JobReport(id=job_id, state=state, progress=progress, result=result)
            run_as(self._services, event_id, member, REPORT, args)

        task = Task(self._services, event_id, job_id, member, payload, lambda percent: tell("running", percent, {}))
        try:
            tell("done", 100, self._handlers[kind](task))
        except JobFailedError as failure:
            tell("failed", 100, failure.result)
        except Exception:
            log.exception("job %s failed", kind)
            if tries >= MOST_TRIES:
                tell("failed", 100, {"error": {"code": "failed", "text": FAILED, "params": {}}})


FAILED = "Something went wrong on the server. Nothing was changed."
