"""How the run sheet's entities look: to machines as JSON, to people as one row."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlmodel import Session

from server.core.blob_words import why_refused
from server.core.clock import to_iso
from server.core.jobs import Job
from server.core.models import Entity, Event
from server.people.models import Contact, Department, Me, Member
from server.people.queries import KIND_MODELS
from server.runsheet.models import (
    PLAN_FIELDS,
    Act,
    Attachment,
    Baseline,
    ColumnDef,
    Cue,
    Entry,
    Mark,
    Note,
    Place,
    Signal,
    Track,
    Variant,
)
from server.runsheet.queries import MODELS, Directory, TableKind, board, frozen_plan, marks_for, sheet_of
from server.runsheet.script import script_columns
from server.runsheet.timer_rows import TIMER, farewell, is_elsewhere

Render = Callable[..., str]
# What machines read of each kind of entity, and so what the log may tell of it.
_FIELDS: dict[str, tuple[str, ...]] = {
    Cue.entity_kind: (
        *PLAN_FIELDS,
        *("state", "runs", "added_s", "paused_at", "paused_ms", "called_by", "called_at"),
        *("parent", "order_key"),
    ),
    Mark.entity_kind: ("cue", "member", "kind", "at"),
    Note.entity_kind: ("cue", "department", "text", "text_en"),
    Act.entity_kind: ("cue", "kind", "eta", "at", "member"),
    Signal.entity_kind: (
        *("kind", "minutes", "cue", "by", "at", "sent"),
        *("reply", "replied_by", "replied_at"),
    ),
    Attachment.entity_kind: (
        *("cue", "column", "name", "media", "size", "blob", "member"),
        *("state", "width", "height", "reason", "added_at"),
    ),
    Baseline.entity_kind: ("track", "day", "frozen_at", "frozen_by", "rows"),
    Entry.entity_kind: ("text", "track", "cue", "member", "at"),
    Variant.entity_kind: (
        *("group", "group_en", "plan", "name", "name_en", "day", "decide_at", "decider", "skip", "changes"),
        *("announce", "announce_en", "audience", "state", "switched_at", "switched_by"),
    ),
    Track.entity_kind: (
        "name",
        "name_en",
        "place",
        "order_key",
        "held_at",
        "held_by",
        "caller",
        "caller_since",
        "handed_by",
        "rolling_by",
        "rolling_at",
    ),
    Place.entity_kind: ("name", "name_en"),
    ColumnDef.entity_kind: ("name", "name_en", "department", "order_key"),
    Department.entity_kind: ("name", "name_en", "colour"),
    Member.entity_kind: ("name", "name_en", "title", "title_en", "department"),
    Contact.entity_kind: ("phone", "channel", "call_sign", "roles", "tracks", "pass_no"),
    Me.entity_kind: ("name", "roles", "department", "tracks", "locale"),
}
_MOMENTS = frozenset(
    {
        "start",
        "end",
        "paused_at",
        "called_at",
        "at",
        "added_at",
        "replied_at",
        "claimed",
        "expires",
        "frozen_at",
        "eta",
        "held_at",
        "caller_since",
        "rolling_at",
        "decide_at",
        "switched_at",
    }
)
# Parts of a log entry's detail: fields and their values, and what is said about the change itself.
_VALUES = frozenset({"set", "was", "call"})
_ABOUT = _VALUES | {
    "at",
    "claimed",
    "cue",
    "kind",
    "removed_with",
    "restored_with",
    "quotes",
    "import",
    "expires",
    "variant",
}


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
        known = {name: value for name, value in detail.items() if name in self.fields | _ABOUT}
        return {name: self._told(name, value, event) for name, value in known.items()}

    def _told(self, name: str, value: Any, event: Event) -> Any:  # noqa: ANN401 - a field may hold anything
        if name in _VALUES and isinstance(value, dict):
            fields = {field: inner for field, inner in value.items() if field in self.fields}
            return {field: _for_machines(field, inner, event.timezone) for field, inner in fields.items()}
        return _for_machines(name, value, event.timezone)

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
        Kind(
            table, _BODIES[table.name], frozenset(_FIELDS[table.name]), _TEMPLATES.get(table.name, {}), render
        )
        for table in tables
    ]


def derive_state(session: Session, entities: dict[str, list[dict[str, Any]]], event: Event, now: int) -> None:
    """Add to the bodies of cues their times as of `now`, and to those of tracks their offset in seconds."""
    if not {"cue", "track"} & entities.keys():
        return
    frozen = frozen_plan(session, event.id)
    found = board(sheet_of(session, event.id), event, now, frozen)
    for body in entities.get("cue", []):
        times = found.times[body["id"]]
        body["baseline"] = _span(frozen[body["id"]], event.timezone) if body["id"] in frozen else None
        for name in ("planned_start", "planned_end", "projected_start", "projected_end"):
            body[name] = to_iso(getattr(times, name), event.timezone)
    for body in entities.get("track", []):
        track = found.tracks.get(body["id"])
        body["offset"] = track.offset / 1000 if track and track.offset is not None else None
        body["current"], body["next"] = (track.current, track.next) if track else (None, None)


def cue_body(cue: Cue, event: Event) -> dict[str, Any]:
    """A row as machines see it: times ISO 8601 with offset, durations in seconds."""
    body = _body(Cue.entity_kind)(cue, event)
    return body | {"order": body.pop("order_key"), "skipped": cue.state == "skipped"}


def _body(kind: str) -> Callable[[Any, Event], dict[str, Any]]:
    return lambda entity, event: {
        name: _for_machines(name, getattr(entity, name), event.timezone) for name in _FIELDS[kind]
    }


def _for_machines(name: str, value: Any, zone: str) -> Any:  # noqa: ANN401 - a field may hold anything
    """A stored value with its moments in ISO 8601."""
    if name == "runs":
        return [_span(run, zone) for run in value]
    if name == "rows":
        return {row_id: _span(run, zone) for row_id, run in value.items()}
    return to_iso(value, zone) if name in _MOMENTS else value


def _span(run: Sequence[int | None], zone: str) -> dict[str, str | None]:
    start, end = run
    return {"start": to_iso(start, zone), "end": to_iso(end, zone)}


def _contact_body(contact: Contact, _event: Event) -> dict[str, Any]:
    """With the channel on which they are heard, their department's where they have none of their own."""
    body = {name: getattr(contact.member, name) for name in _FIELDS[Contact.entity_kind]}
    return body | {"channel": contact.channel}


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
    **{model.entity_kind: _body(model.entity_kind) for model in (*MODELS, Department, Member)},
    Cue.entity_kind: cue_body,
    Contact.entity_kind: _contact_body,
    Me.entity_kind: _me_body,
}

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
    Entry.entity_kind: {"": "_entry_row.html"},
    Variant.entity_kind: {"": "_variant_row.html", "grid": "_variant_row.html"},
    Track.entity_kind: {"": "_track_row.html", "grid": "_track_row.html", TIMER: "_track_row.html"},
    Member.entity_kind: {"people": "_member_row.html"},
    Contact.entity_kind: {"": "_contact_row.html"},
    Job.entity_kind: {"import": "_job_row.html"},
    Me.entity_kind: {"": "_me_row.html", "grid": "_me_row.html", "people": "_me_row.html"},
}
