"""How the run sheet's entities look to people: one row each. What machines read is in `bodies.py`."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from server.core.access import EDITORS, Lens
from server.core.jobs import Job
from server.core.models import Entity, Event
from server.people.models import Contact, Me, Member
from server.people.queries import KIND_MODELS
from server.runsheet.bodies import ABOUT, BODIES, FIELDS, VALUES, for_machines
from server.runsheet.editions import Ack, Notice, Sheet
from server.runsheet.hanging import Act, Attachment, Comment, Entry, Mark, Note, Signal
from server.runsheet.lines import Baseline, Rehearsal
from server.runsheet.models import Cue, Track, Variant
from server.runsheet.names import Names
from server.runsheet.published import (
    as_published,
    as_unpublished,
    is_new,
    waits,
)
from server.runsheet.queries import (
    MODELS,
    Directory,
    TableKind,
    acks_for,
    marks_for,
)
from server.runsheet.reading import readable, reads_all, without_cells
from server.runsheet.timer_rows import TIMER, farewell, is_elsewhere

Render = Callable[..., str]
# What quotes cells: a lens that doesn't read all columns has rows of its own of these.
_WITH_CELLS = frozenset(model.entity_kind for model in (Cue, Notice, Variant, Attachment))


@dataclass(frozen=True)
class Kind:
    """One kind of entity: loaded by `table`, shown by a template for each view that has a list of it."""

    table: Any
    to_body: Callable[[Any, Event], dict[str, Any]]
    fields: frozenset[str]
    templates: dict[str, str]
    render: Render

    @property
    def name(self) -> str:
        return str(self.table.name)

    def load(self, session: Session, event_id: str, ids: Iterable[str]) -> dict[str, Entity]:
        found: dict[str, Entity] = self.table.load(session, event_id, ids)
        return found

    def all(self, session: Session, event_id: str) -> list[Entity]:
        found: list[Entity] = self.table.all(session, event_id)
        return found

    def personal(self, session: Session, event_id: str, member: str) -> list[Entity]:
        """What a member's own phone knows of them; and of somebody from outside, what they answered."""
        if self.name == Mark.entity_kind:
            return marks_for(session, event_id, member)
        if self.name == Ack.entity_kind:
            return acks_for(session, event_id, member)
        return list(self.load(session, event_id, [member]).values()) if self.name == Me.entity_kind else []

    def body(self, entity: Entity, event: Event, lens: Lens, names: Directory) -> dict[str, Any]:
        body = self._body(entity, event, lens)
        if self.name not in _WITH_CELLS or reads_all(names.columns, lens.audiences):
            return body
        told: dict[str, Any] = without_cells(body, readable(names.columns, lens.audiences))
        return told

    def _body(self, entity: Entity, event: Event, lens: Lens) -> dict[str, Any]:
        if not isinstance(entity, Cue) or not waits(entity):
            return self.to_body(entity, event)
        shown = as_published(entity)
        told = {name: for_machines(name, value, event.timezone) for name, value in shown.drafted.items()}
        return self.to_body(shown, event) | ({"draft": told} if lens.sees(EDITORS) else {})

    def detail(
        self, detail: dict[str, Any], event: Event, audiences: Collection[str], names: Directory
    ) -> dict[str, Any]:
        if not reads_all(names.columns, audiences):
            detail = without_cells(detail, readable(names.columns, audiences))
        known = {name: value for name, value in detail.items() if name in self.fields | ABOUT}
        return {name: self._told(name, value, event) for name, value in known.items()}

    def _told(self, name: str, value: Any, event: Event) -> Any:  # noqa: ANN401 - a field may hold anything
        if name in VALUES and isinstance(value, dict):
            fields = {field: inner for field, inner in value.items() if field in self.fields}
            return {field: for_machines(field, inner, event.timezone) for field, inner in fields.items()}
        return for_machines(name, value, event.timezone)

    def shows(self, view: str) -> bool:
        return view.partition(":")[0] in self.templates

    def shape(self, names: Directory, lens: Lens, view: str) -> str:
        if view == "grid" and self.name == Cue.entity_kind:
            return " ".join(readable(names.columns, lens.audiences))
        drafts = EDITORS if self.name == Cue.entity_kind and lens.sees(EDITORS) else ""
        if self.name not in _WITH_CELLS or reads_all(names.columns, lens.audiences):
            return drafts
        return " ".join([drafts, *readable(names.columns, lens.audiences)])

    def html(self, entity: Entity, names: Directory, lens: Lens, view: str) -> str:
        template = self.templates.get(view.partition(":")[0])
        if template is None:
            return ""
        if is_elsewhere(entity, view):
            return farewell(entity)
        if isinstance(entity, Cue) and view != "grid":
            # The table is where the sheet is edited; everything else shows it as it is published.
            if is_new(entity) and not lens.sees(EDITORS):
                return ""
            entity = as_unpublished(entity) if is_new(entity) else as_published(entity)
        told = Names.through(names, lens)
        if isinstance(entity, Notice) and not told.merged(entity.changes):
            return farewell(entity)
        values = {self.name: entity, "lens": told}
        return self.render(template, lens.locale, **values).strip()


def kinds(render: Render) -> list[Kind]:
    """Every kind of entity that the feed shows, rendered by `render(template, locale, **values)`."""
    tables: list[Any] = [*KIND_MODELS, *map(TableKind, MODELS)]
    return [
        Kind(table, BODIES[table.name], frozenset(FIELDS[table.name]), _TEMPLATES.get(table.name, {}), render)
        for table in tables
    ]


# The phone's one document is the view "", the desktop's table "grid", the list of people "people",
# the monitor at a stage "timer:" with its track.
_TEMPLATES: dict[str, dict[str, str]] = {
    Cue.entity_kind: {"": "_cue_row.html", "grid": "_grid_row.html", TIMER: "_timer_row.html"},
    Mark.entity_kind: {"": "_mark_row.html", "grid": "_mark_row.html"},
    Note.entity_kind: {"": "_note_row.html", "grid": "_note_row.html"},
    Act.entity_kind: {"": "_act_row.html", "grid": "_act_row.html"},
    Signal.entity_kind: {"": "_signal_row.html", TIMER: "_signal_row.html"},
    Attachment.entity_kind: {"": "_attachment_row.html", "grid": "_attachment_row.html"},
    Baseline.entity_kind: {"": "_baseline_row.html", "grid": "_baseline_row.html"},
    Comment.entity_kind: {"": "_comment_row.html", "grid": "_comment_row.html"},
    Entry.entity_kind: {"": "_entry_row.html"},
    Variant.entity_kind: {"": "_variant_row.html", "grid": "_variant_row.html"},
    Rehearsal.entity_kind: {"": "_rehearsal_row.html", "grid": "_rehearsal_row.html"},
    Sheet.entity_kind: {"": "_sheet_row.html", "grid": "_sheet_row.html"},
    Ack.entity_kind: {"": "_ack_row.html"},
    Notice.entity_kind: {"": "_notice_row.html", "grid": "_notice_row.html"},
    Track.entity_kind: {"": "_track_row.html", "grid": "_track_row.html", TIMER: "_track_row.html"},
    Member.entity_kind: {"people": "_member_row.html"},
    Contact.entity_kind: {"": "_contact_row.html", "grid": "_contact_row.html"},
    Job.entity_kind: {"import": "_job_row.html", "repeat": "_repeat_row.html"},
    Me.entity_kind: {"": "_me_row.html", "grid": "_me_row.html", "people": "_me_row.html"},
}
