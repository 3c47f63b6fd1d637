"""How the run sheet's entities look to people: one row each. What machines read is in `bodies.py`."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlmodel import Session

from server.core.access import EDITORS, Lens
from server.core.blob_words import why_refused
from server.core.i18n import N_, translate
from server.core.jobs import Job
from server.core.models import ALL, Entity, Event
from server.people.models import Contact, Me, Member
from server.people.queries import KIND_MODELS
from server.runsheet.args import WORDS
from server.runsheet.bodies import ABOUT, BODIES, FIELDS, VALUES, for_machines
from server.runsheet.editions import Ack, Notice, Sheet
from server.runsheet.hanging import Act, Attachment, Comment, Entry, Mark, Note, Signal
from server.runsheet.lines import Baseline, Rehearsal
from server.runsheet.models import FACTS, ColumnDef, Cue, Track, Variant
from server.runsheet.published import (
    Changes,
    as_published,
    as_unpublished,
    is_new,
    merged,
    waiting_changes,
    waits,
)
from server.runsheet.queries import (
    MODELS,
    Directory,
    TableKind,
    acks_for,
    marks_for,
)
from server.runsheet.reading import readable, reads_all, reads_change, without_cells
from server.runsheet.script import script_columns
from server.runsheet.timer_rows import TIMER, farewell, is_elsewhere

Render = Callable[..., str]
_WORDS = WORDS | {"projected": N_("Expected at")}
# What quotes cells: a lens that doesn't read all columns has rows of its own of these.
_WITH_CELLS = frozenset(model.entity_kind for model in (Cue, Notice, Variant, Attachment))


@dataclass(frozen=True)
class Names:
    """An event's directory in one language, as row templates use it.

    `audiences`: whose columns are shown. `edits`: what waits is told as well.
    """

    directory: Directory
    locale: str
    audiences: frozenset[str] = frozenset({ALL})
    edits: bool = False

    @classmethod
    def through(cls, directory: Directory, lens: Lens) -> "Names":
        """The names as one reads them through a lens."""
        return cls(directory, lens.locale, lens.audiences, lens.sees(EDITORS))

    def t(self, text: str, english: str) -> str:
        """The text of this language; Chinese where there is no English."""
        return english if self.locale == "en" and english else text

    def cell(self, cell: dict[str, str]) -> str:
        """A column's cell in this language."""
        return self.t(cell.get("zh-TW", "") or cell.get("en", ""), cell.get("en", ""))

    def cells(self, cue: Cue) -> dict[str, str]:
        """What stands in a row's cells, of the columns that are shown."""
        told = {name: self.cell(cue.columns.get(name, {})) for name in self._columns}
        return {name: text for name, text in told.items() if text}

    def column(self, column: str) -> str:
        """What a column is called."""
        found = self._columns.get(column)
        return self.t(found.name, found.name_en) if found else column

    def word(self, field: str) -> str:
        """What a field of a row is called."""
        if field.startswith("columns."):
            return self.column(field[8:])
        return translate(self.locale, _WORDS.get(field, field))

    @cached_property
    def facts(self) -> dict[str, str]:
        """What stands before each plain text of a row."""
        return {name: translate(self.locale, word) for name, word in FACTS.items()}

    def fact(self, cue: Cue, name: str) -> str:
        """A plain text of a row in this language."""
        return self.t(getattr(cue, name), getattr(cue, f"{name}_en"))

    def told(self, cue: Cue) -> list[tuple[str, str, str]]:
        """The plain texts that a row has: (field, what stands before it, text)."""
        return [(name, word, text) for name, word in self.facts.items() if (text := self.fact(cue, name))]

    def listed(self, field: str, ids: Iterable[str]) -> str:
        """The names of people or departments, one behind the other."""
        names: dict[str, str] = getattr(self, field)
        return ("、" if self.locale == "zh-TW" else ", ").join(names.get(each, each) for each in ids)

    def pairs(self, moments: Mapping[str, int]) -> str:
        """Who did something when, as pages carry it: `member:ms`."""
        return " ".join(f"{member}:{at}" for member, at in moments.items())

    def waits(self, cue: Cue) -> Changes:
        """What of a row waits to be published, for those who edit."""
        return merged(waiting_changes(cue)) if self.edits else []

    def merged(self, changes: Changes) -> Changes:
        """Changes as people read them: how a row starts is one thing, and what is not for them is none."""
        return merged([change for change in changes if reads_change(change, self._columns)])

    def readable(self, value: Any) -> Any:  # noqa: ANN401 - a JSON document about rows
        """What is left of it without the cells that are not for these readers."""
        return without_cells(value, self._columns)

    def why_refused(self, reason: str) -> str:
        """Why a file was not taken."""
        return why_refused(reason, self.locale)

    @cached_property
    def columns(self) -> list[ColumnDef]:
        return list(self._columns.values())

    @cached_property
    def _columns(self) -> dict[str, ColumnDef]:
        return readable(self.directory.columns, self.audiences)

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

    @cached_property
    def crew(self) -> list[tuple[str, str]]:
        """Everybody who is still there and is no monitor, by name."""
        here = (
            row for row in self.directory.people.values() if not row.removed_at and "screen" not in row.roles
        )
        return sorted(((row.id, self.people[row.id]) for row in here), key=lambda each: each[1])

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
