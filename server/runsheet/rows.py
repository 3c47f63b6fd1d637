"""How the run sheet's entities look to people: one row each. What machines read is in `bodies.py`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlmodel import Session

from server.core.blob_words import why_refused
from server.core.clock import to_iso
from server.core.jobs import Job
from server.core.models import Entity, Event
from server.people.models import Contact, Me, Member
from server.people.queries import KIND_MODELS
from server.runsheet.bodies import ABOUT, BODIES, FIELDS, VALUES, for_machines, span
from server.runsheet.hanging import Act, Attachment, Comment, Entry, Mark, Note, Signal
from server.runsheet.lines import Baseline, Rehearsal
from server.runsheet.models import ColumnDef, Cue, Track, Variant
from server.runsheet.queries import (
    MODELS,
    Directory,
    TableKind,
    board,
    frozen_plan,
    marks_for,
    rehearsing,
    sheet_of,
)
from server.runsheet.script import script_columns
from server.runsheet.timer_rows import TIMER, farewell, is_elsewhere

Render = Callable[..., str]


@dataclass(frozen=True)
class Names:
    """An event's directory in one language, as row templates use it."""

    directory: Directory
    locale: str

    def t(self, text: str, english: str) -> str:
        """The text of this language; Chinese where there is no English."""
        return english if self.locale == "en" and english else text

    def cell(self, cell: dict[str, str]) -> str:
        """A column's cell in this language."""
        return self.t(cell.get("zh-TW", "") or cell.get("en", ""), cell.get("en", ""))

    def listed(self, names: dict[str, str], ids: Iterable[str]) -> str:
        """Some of the event's names in one text, as this language lists them."""
        return (", " if self.locale == "en" else "、").join(names[each] for each in ids if each in names)

    def why_refused(self, reason: str) -> str:
        """Why a file was not taken."""
        return why_refused(reason, self.locale)

    @cached_property
    def columns(self) -> list[ColumnDef]:
        return list(self.directory.columns.values())

    @cached_property
    def scripts(self) -> frozenset[str]:
        """The columns that hold what the host says."""
        return script_columns(self.columns)

    @cached_property
    def people(self) -> dict[str, str]:
        return self._names(self.directory.people)

    @cached_property
    def places(self) -> dict[str, str]:
        return self._names(self.directory.places)

    @cached_property
    def departments(self) -> dict[str, str]:
        return self._names(self.directory.departments)

    @cached_property
    def tracks(self) -> dict[str, str]:
        return self._names(self.directory.tracks)

    def _names(self, rows: dict[str, Any]) -> dict[str, str]:
        return {row.id: self.t(row.name, row.name_en) for row in rows.values()}


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
        return list(self.load(session, event_id, [member]).values()) if self.name == Me.entity_kind else []

    def body(self, entity: Entity, event: Event) -> dict[str, Any]:
        return self.to_body(entity, event)

    def detail(self, detail: dict[str, Any], event: Event) -> dict[str, Any]:
        known = {name: value for name, value in detail.items() if name in self.fields | ABOUT}
        return {name: self._told(name, value, event) for name, value in known.items()}

    def _told(self, name: str, value: Any, event: Event) -> Any:  # noqa: ANN401 - a field may hold anything
        if name in VALUES and isinstance(value, dict):
            fields = {field: inner for field, inner in value.items() if field in self.fields}
            return {field: for_machines(field, inner, event.timezone) for field, inner in fields.items()}
        return for_machines(name, value, event.timezone)

    def shows(self, view: str) -> bool:
        return view.partition(":")[0] in self.templates

    def shape(self, names: Directory, view: str) -> str:
        return " ".join(names.columns) if view == "grid" and self.name == Cue.entity_kind else ""

    def html(self, entity: Entity, names: Directory, locale: str, view: str) -> str:
        template = self.templates.get(view.partition(":")[0])
        if template is None:
            return ""
        if is_elsewhere(entity, view):
            return farewell(entity)
        return self.render(template, locale, **{self.name: entity}, lens=Names(names, locale)).strip()


def kinds(render: Render) -> list[Kind]:
    """Every kind of entity that the feed shows, rendered by `render(template, locale, **values)`."""
    tables: list[Any] = [*KIND_MODELS, *map(TableKind, MODELS)]
    return [
        Kind(table, BODIES[table.name], frozenset(FIELDS[table.name]), _TEMPLATES.get(table.name, {}), render)
        for table in tables
    ]


def derive_state(session: Session, entities: dict[str, list[dict[str, Any]]], event: Event, now: int) -> None:
    """Add to the bodies of cues their times as of `now`, and to those of tracks their offset in seconds."""
    if not {"cue", "track"} & entities.keys():
        return
    frozen = frozen_plan(session, event.id)
    found = board(sheet_of(session, event.id), event, now, frozen, rehearsing(session, event.id))
    for body in entities.get("cue", []):
        times = found.times[body["id"]]
        body["baseline"] = span(frozen[body["id"]], event.timezone) if body["id"] in frozen else None
        for name in ("planned_start", "planned_end", "projected_start", "projected_end"):
            body[name] = to_iso(getattr(times, name), event.timezone)
    for body in entities.get("track", []):
        track = found.tracks.get(body["id"])
        body["offset"] = track.offset / 1000 if track and track.offset is not None else None
        body["current"], body["next"] = (track.current, track.next) if track else (None, None)


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
    Track.entity_kind: {"": "_track_row.html", "grid": "_track_row.html", TIMER: "_track_row.html"},
    Member.entity_kind: {"people": "_member_row.html"},
    Contact.entity_kind: {"": "_contact_row.html"},
    Job.entity_kind: {"import": "_job_row.html", "repeat": "_repeat_row.html"},
    Me.entity_kind: {"": "_me_row.html", "grid": "_me_row.html", "people": "_me_row.html"},
}
