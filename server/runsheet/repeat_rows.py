"""What comes along into a new event: rows for its tables, moved to its days, with nothing of what happened.

Ids stay as they are, since all that names them comes along too.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlmodel import Session, col, select

from server.core.clock import from_iso, to_iso
from server.core.models import Entity, Event
from server.core.ops import Args, Id, Line
from server.people.models import Department, Member
from server.runsheet.actions import Day
from server.runsheet.hanging import Attachment, Note
from server.runsheet.lines import Rehearsal
from server.runsheet.models import PLAN_FIELDS, ColumnDef, Cue, Place, Track, Variant
from server.runsheet.planned import merged
from server.runsheet.queries import published_cues
from server.runsheet.repeat_days import Move

LONGEST_S = 86_400
"""A row that ran longer than this was forgotten, and teaches nothing."""
_MINUTE_MS = 60_000
_FRAME: dict[type[Entity], tuple[str, ...]] = {
    Department: ("name", "name_en", "colour", "channel"),
    Place: ("name", "name_en"),
    Track: ("name", "name_en", "place", "order_key"),
    ColumnDef: ("name", "name_en", "department", "order_key"),
}
_CUE = ("id", "audience", "parent", "order_key", *PLAN_FIELDS)
_NOTE = ("id", "audience", "cue", "department", "text", "text_en")
_VARIANT = (
    *("id", "audience", "group", "group_en", "plan", "name", "name_en", "day", "decide_at", "decider"),
    *("skip", "changes", "announce", "announce_en"),
)
_MEMBER = (
    "id",
    "audience",
    "name",
    "name_en",
    "title",
    "title_en",
    "department",
    "roles",
    "tracks",
    "locale",
)
_CONTACT = ("phone", "channel", "call_sign")
_OF_MAKER = ("name_en", "title", "title_en", "department", *_CONTACT)

Values = dict[str, Any]


class Wish(Args):
    """The new event, and what comes along. `lengths` are as planned, or as rows really ran."""

    id: Id
    account: Id
    key: Id
    name: Line
    name_en: Line = ""
    venue: Line = ""
    first: Day
    sheet: bool = True
    notes: bool = True
    plans: bool = True
    people: bool = False
    contacts: bool = False
    lengths: Literal["planned", "ran"] = "planned"


@dataclass
class Made:
    """Rows by their tables; `maker` is what is known of whoever makes the event; `ran` counts real lengths."""

    rows: dict[type[Entity], list[Values]] = field(default_factory=dict)
    members: list[Values] = field(default_factory=list)
    maker: Values = field(default_factory=dict)
    days: list[Values] = field(default_factory=list)
    ran: int = 0

    def count(self, model: type[Entity]) -> int:
        return len(self.rows.get(model, []))

    def ids(self, model: type[Entity]) -> set[str]:
        return {row["id"] for row in self.rows.get(model, [])}


@dataclass(frozen=True)
class _Known:
    """What rows may name in the new event."""

    move: Move
    people: Collection[str]
    departments: Collection[str]
    places: Collection[str]
    columns: Collection[str]

    def fit(self, values: Values) -> Values:
        """What a row sets, moved, as far as what it names comes along."""
        fit: dict[str, Callable[[Any], Any]] = {
            "day": self.move.day,
            "people": lambda ids: [each for each in ids if each in self.people],
            "departments": lambda ids: [each for each in ids if each in self.departments],
            "place": lambda place: _one_of(place, self.places),
            "columns": lambda cells: {name: cells[name] for name in cells if name in self.columns},
        }
        return values | {name: fitted(values[name]) for name, fitted in fit.items() if name in values}


def make_rows(session: Session, event: Event, wish: Wish, maker: str) -> Made:
    """All that comes along out of an event, as its reader finds it now."""
    cues = published_cues(session, event.id)
    move = Move.between(event.timezone, first_day(event, cues) or wish.first, wish.first)
    made = Made(days=[day | {"date": move.day(day["date"])} for day in event.days])
    for model, names in _FRAME.items():
        rows = _standing(session, event.id, model)
        made.rows[model] = [_cut(row, ("id", "audience", *names)) for row in rows]
    if wish.people:
        _take_people(session, event.id, wish, maker, made)
    if wish.sheet:
        people = {maker, *(each["id"] for each in made.members)}
        known = _Known(move, people, *(made.ids(model) for model in (Department, Place, ColumnDef)))
        _take_sheet(session, event.id, cues, wish, made, known)
    return made


def first_day(event: Event, cues: Iterable[Cue]) -> str:
    """Day 1, as YYYY-MM-DD: as the event names it, else that of its first row; "" if there is neither."""
    named = [day["date"] for day in event.days] or [cue.day for cue in cues]
    return min(named, default="")


def real_length(cue: Cue) -> int | None:
    """Seconds that a row really ran, to the minute, if it ran once to its end; what it stood still is not in it."""
    if cue.end_mode != "duration" or cue.state != "done" or len(cue.runs) != 1:
        return None
    start, end = cue.runs[0]
    if start is None or end is None:
        return None
    length = (end - start - cue.paused_ms + _MINUTE_MS // 2) // _MINUTE_MS * 60
    return length if 0 < length <= LONGEST_S else None


def rows_in_rehearsal(session: Session, event_id: str) -> set[str]:
    """Rows that are called in a rehearsal which goes on: how they run now is no lesson, and is taken back."""
    going_on = (each for each in _standing(session, event_id, Rehearsal) if each.ended_at is None)
    return {row for each in going_on for row in each.before}


def is_kept(cue: Cue) -> bool:
    """Whether a row is of the plan. A delay says what fell late that day."""
    return cue.kind != "delay"


def count_files(session: Session, event_id: str) -> int:
    """How many photos and files hang on the rows; they stay where they are."""
    return len(_standing(session, event_id, Attachment))


def _take_people(session: Session, event_id: str, wish: Wish, maker: str, made: Made) -> None:
    """Everybody but screens, without a way in; of whoever makes the event, what else is known of them."""
    departments = made.ids(Department)
    for member in _standing(session, event_id, Member):
        told = _cut(member, (*_MEMBER, *(_CONTACT if wish.contacts else ())))
        told["department"] = _one_of(member.department, departments)
        if member.id == maker:
            made.maker = {name: told[name] for name in told if name in _OF_MAKER}
        elif not member.viewer().is_machine:
            made.members.append(told)


def _take_sheet(
    session: Session, event_id: str, cues: list[Cue], wish: Wish, made: Made, known: _Known
) -> None:
    variants, tracks = _standing(session, event_id, Variant), made.ids(Track)
    before = {cue: fields for each in variants for cue, fields in each.before.items()}
    rehearsed = rows_in_rehearsal(session, event_id)
    rows = made.rows[Cue] = []
    for cue in cues:
        if is_kept(cue) and cue.track in tracks:
            values = _as_before(_cut(cue, _CUE), cue, before.get(cue.id, {}))
            made.ran += wish.lengths == "ran" and cue.id not in rehearsed and _learn(values, cue)
            times = {name: known.move.moment(values[name]) for name in ("start", "end")}
            rows.append(known.fit(values | times))
    ids = made.ids(Cue)
    if wish.notes:
        notes = _standing(session, event_id, Note)
        made.rows[Note] = [
            _cut(note, _NOTE) for note in notes if note.cue in ids and note.department in known.departments
        ]
    if wish.plans:
        made.rows[Variant] = [_variant(each, known, ids) for each in variants]


def _as_before(values: Values, cue: Cue, before: dict[str, list[Any]]) -> Values:
    """A row as it was planned, where a plan that is on has put something else, and nobody has changed that since."""
    for key, (value, seq, *_) in before.items():
        name, _, part = key.partition(".")
        if name in values and cue.versions.get(key) == seq:
            values[name] = merged(values[name], {part: value}) if part else value
    return values


def _learn(values: Values, cue: Cue) -> bool:
    """Give a row the length that it really had."""
    length = real_length(cue)
    if length is None or values["end_mode"] != "duration":
        return False
    values["duration_s"] = length
    values["flagged"] = [flag for flag in values["flagged"] if flag != "duration_guessed"]
    if values["min_s"] is not None:
        values["min_s"] = min(values["min_s"], length)
    return True


def _variant(variant: Variant, known: _Known, ids: Collection[str]) -> Values:
    """A plan that is not on."""
    return _cut(variant, _VARIANT) | {
        "day": known.move.day(variant.day),
        "decide_at": known.move.moment(variant.decide_at),
        "decider": _one_of(variant.decider, known.people),
        "skip": [cue for cue in variant.skip if cue in ids],
        "changes": [
            change | {"set": _change(change["set"], known)}
            for change in variant.changes
            if change["cue"] in ids
        ],
    }


def _change(values: Values, known: _Known) -> Values:
    """What a plan sets in a row, in the form in which `cue.edit` takes it: moments in ISO 8601."""
    told = {name: values[name] for name in ("start", "end") if values.get(name)}
    move = known.move
    times = {name: to_iso(move.moment(from_iso(text)), move.zone) for name, text in told.items()}
    return known.fit(values | times)


def _one_of(wanted: str | None, known: Collection[str]) -> str | None:
    return wanted if wanted in known else None


def _cut(row: Entity, names: Iterable[str]) -> Values:
    return {name: getattr(row, name) for name in names}


def _standing(session: Session, event_id: str, model: type[Any]) -> list[Any]:
    query = select(model).where(model.event_id == event_id, col(model.removed_at).is_(None))
    return list(session.exec(query.order_by(model.id)))
