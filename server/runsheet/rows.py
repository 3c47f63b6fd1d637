"""How the run sheet's entities look: to machines as JSON, to people as one row."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlmodel import Session

from server.core.clock import to_iso
from server.core.jobs import Job
from server.core.models import Entity, Event
from server.people.models import Contact, Department, Me, Member
from server.people.queries import KIND_MODELS
from server.runsheet.models import PLAN_FIELDS, ColumnDef, Cue, Mark, Note, Place, Track
from server.runsheet.queries import MODELS, Directory, TableKind, all_cues, board

Render = Callable[..., str]
_CALLED_FIELDS = ("state", "added_s", "paused_ms", "called_by", "baseline")
_MOMENTS = ("start", "end", "paused_at", "called_at")


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

    @cached_property
    def columns(self) -> list[ColumnDef]:
        return list(self.directory.columns.values())

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
    templates: dict[str, str]
    render: Render

    @property
    def name(self) -> str:
        return str(self.table.name)

    def load(self, *args: Any) -> dict[str, Entity]:  # noqa: ANN401 - passed on to the table
        return self.table.load(*args)

    def all(self, *args: Any) -> list[Entity]:  # noqa: ANN401 - as above
        return self.table.all(*args)

    def body(self, entity: Entity, event: Event) -> dict[str, Any]:
        return self.to_body(entity, event)

    def html(self, entity: Entity, names: Directory, locale: str, view: str) -> str:
        template = self.templates.get(view)
        if template is None:
            return ""
        return self.render(template, locale, **{self.name: entity}, lens=Names(names, locale)).strip()


def kinds(render: Render) -> list[Kind]:
    """Every kind of entity that the feed shows, rendered by `render(template, locale, **values)`."""
    tables = {table.name: table for table in (*KIND_MODELS, *map(TableKind, (*MODELS, Job)))}
    return [Kind(table, _BODIES[name], _TEMPLATES.get(name, {}), render) for name, table in tables.items()]


def derive_state(session: Session, entities: dict[str, list[dict[str, Any]]], event: Event, now: int) -> None:
    """Add to the bodies of cues their times as of `now`, and to those of tracks their offset in seconds."""
    found = board(all_cues(session, event.id), event, now)
    for body in entities.get("cue", []):
        times = found.times[body["id"]]
        for name in ("planned_start", "planned_end", "projected_start", "projected_end"):
            body[name] = to_iso(getattr(times, name), event.timezone)
    for body in entities.get("track", []):
        track = found.tracks.get(body["id"])
        body["offset"] = track.offset / 1000 if track and track.offset is not None else None
        body["current"], body["next"] = (track.current, track.next) if track else (None, None)


def cue_body(cue: Cue, event: Event) -> dict[str, Any]:
    """A row as machines see it: times ISO 8601 with offset, durations in seconds."""
    body = {name: getattr(cue, name) for name in (*PLAN_FIELDS, *_CALLED_FIELDS)}
    body |= {name: to_iso(getattr(cue, name), event.timezone) for name in _MOMENTS}
    runs = [{"start": to_iso(run[0], event.timezone), "end": to_iso(run[1], event.timezone)} for run in cue.runs]
    return body | {"parent": cue.parent, "order": cue.order_key, "skipped": cue.state == "skipped", "runs": runs}


def _fields(*names: str) -> Callable[[Any, Event], dict[str, Any]]:
    return lambda entity, _event: {name: getattr(entity, name) for name in names}


def _mark_body(mark: Mark, event: Event) -> dict[str, Any]:
    return {"cue": mark.cue, "member": mark.member, "kind": mark.kind, "at": to_iso(mark.at, event.timezone)}


def _contact_body(contact: Contact, _event: Event) -> dict[str, Any]:
    return {"phone": contact.member.phone}


def _me_body(me: Me, _event: Event) -> dict[str, Any]:
    member = me.member
    viewer = member.viewer()
    return {
        "name": member.name,
        "roles": member.roles,
        "department": member.department,
        "tracks": member.tracks,
        "locale": member.locale,
        "permissions": sorted(viewer.permissions),
    }


_BODIES: dict[str, Callable[[Any, Event], dict[str, Any]]] = {
    Cue.entity_kind: cue_body,
    Mark.entity_kind: _mark_body,
    Note.entity_kind: _fields("cue", "department", "text", "text_en"),
    Track.entity_kind: _fields("name", "name_en", "place", "order_key"),
    Place.entity_kind: _fields("name", "name_en"),
    ColumnDef.entity_kind: _fields("name", "name_en", "department", "order_key"),
    Department.entity_kind: _fields("name", "name_en", "colour"),
    Member.entity_kind: _fields("name", "name_en", "title", "title_en", "department", "roles", "tracks", "pass_no"),
    Contact.entity_kind: _contact_body,
    Me.entity_kind: _me_body,
    Job.entity_kind: _fields("kind", "state", "progress", "result"),
}

# The phone's one document is the view "", the desktop's table "grid", the list of people "people".
_TEMPLATES: dict[str, dict[str, str]] = {
    Cue.entity_kind: {"": "_cue_row.html", "grid": "_grid_row.html"},
    Mark.entity_kind: {"": "_mark_row.html", "grid": "_mark_row.html"},
    Note.entity_kind: {"": "_note_row.html", "grid": "_note_row.html"},
    Track.entity_kind: {"": "_track_row.html", "grid": "_track_row.html"},
    Member.entity_kind: {"people": "_member_row.html"},
    Contact.entity_kind: {"": "_contact_row.html"},
    Job.entity_kind: {"import": "_job_row.html"},
    Me.entity_kind: {"": "_me_row.html", "grid": "_me_row.html", "people": "_me_row.html"},
}
