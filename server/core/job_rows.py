"""Jobs as their owner sees them: always their own, on their own chain."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlmodel import Session, col, select

from server.core.access import Lens, Viewer
from server.core.jobs import Job
from server.core.models import Entity, Event


def visible_jobs(session: Session, viewer: Viewer, view: str) -> list[Job]:
    """A member's own jobs that a view shows, the newest first."""
    jobs = [job for job in _jobs_of(session, viewer.event_id, viewer.id) if job.kind.startswith(f"{view}.")]
    return sorted(jobs, key=lambda job: job.payload["asked_at"], reverse=True)


def _jobs_of(session: Session, event_id: str, member: str) -> list[Job]:
    query = select(Job).where(Job.event_id == event_id, Job.member == member, col(Job.removed_at).is_(None))
    return list(session.exec(query))


class JobKind:
    """Jobs as the feed shows them: as JSON, and in views that list them as a row of a template."""

    name = Job.entity_kind

    def __init__(self, render: Callable[..., str], templates: dict[str, str]) -> None:
        self._render, self._templates = render, templates

    def load(self, session: Session, event_id: str, ids: Iterable[str]) -> dict[str, Entity]:
        jobs = session.exec(select(Job).where(Job.event_id == event_id, col(Job.id).in_(list(ids))))
        return {job.id: job for job in jobs}

    def all(self, session: Session, event_id: str) -> list[Entity]:
        jobs = session.exec(select(Job).where(Job.event_id == event_id, col(Job.removed_at).is_(None)))
        return list(jobs)

    def personal(self, session: Session, event_id: str, member: str) -> list[Entity]:
        return list(_jobs_of(session, event_id, member))

    def body(self, entity: Entity, _event: Event, _lens: Lens, _names: object) -> dict[str, Any]:
        return {name: getattr(entity, name) for name in ("kind", "state", "progress", "result")}

    def detail(
        self, detail: dict[str, Any], _event: Event, _audiences: object, _names: object
    ) -> dict[str, Any]:
        return {name: value for name, value in detail.items() if name in {"kind", "state", "progress"}}

    def shows(self, view: str) -> bool:
        return view in self._templates

    def shape(self, _names: object, _lens: Lens, _view: str) -> str:
        return ""

    def html(self, entity: Entity, _names: object, lens: Lens, view: str) -> str:
        # A view has the jobs of its own name: `import.read` stands in the view of the import.
        is_here = isinstance(entity, Job) and entity.kind.startswith(f"{view}.")
        template = self._templates.get(view) if is_here else None
        return self._render(template, lens.locale, job=entity).strip() if template else ""
