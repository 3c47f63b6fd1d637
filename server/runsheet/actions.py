"""Ops that write the run sheet: rows, private notes, and what rows hang on."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from server.core.access import Permission
from server.core.clock import from_iso, operating_day, to_iso
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.models import Entity
from server.core.ops import Args, Id, Line, OpSet, RefusalError, Text
from server.core.order import between
from server.people.models import Department, Member
from server.runsheet.models import ColumnDef, Cue, EndMode, Kind, Note, Place, StartMode, Track, plan_of
from server.runsheet.queries import descendants, last_key, numbers, siblings
from server.runsheet.tree import key_after, number_after

ops = OpSet()

DAY_S = 86_400
_EARLIEST, _LATEST = from_iso("1990-01-01T00:00:00+00:00"), from_iso("2200-01-01T00:00:00+00:00")


def _moment(value: object) -> object:
    """ISO 8601 with an offset to epoch milliseconds, within the years in which there are events."""
    if value is None:
        return None
    moment = from_iso(value) if isinstance(value, str) else None
    if moment is None or not _EARLIEST <= moment < _LATEST:
        message = "not a time between 1990 and 2200"
        raise ValueError(message)
    return moment


def _cells(columns: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {column: filled for column, cell in columns.items() if (filled := {k: v for k, v in cell.items() if v})}


Moment = Annotated[int | None, BeforeValidator(_moment)]
Seconds = Annotated[int, Field(ge=0, le=7 * DAY_S)]
Signed = Annotated[int, Field(ge=-DAY_S, le=DAY_S)]
Day = Annotated[str, Field(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
Cell = Annotated[dict[Literal["zh-TW", "en"], Text], Field(max_length=2)]
Cells = Annotated[dict[Id, Cell], Field(max_length=60), AfterValidator(_cells)]
Ids = Annotated[list[Id], Field(max_length=60)]
Number = Annotated[Line, Field(max_length=24)]


class CueFields(Args):
    """The planned fields of a row. Texts may be empty; what is not named stays as it is."""

    number: Number | None = None
    kind: Kind | None = None
    title: Line | None = None
    title_en: Line | None = None
    title_kind: Line | None = None
    title_kind_en: Line | None = None
    place: Id | None = None
    meeting: Line | None = None
    meeting_en: Line | None = None
    day: Day | None = None
    start_mode: StartMode | None = None
    start: Moment = None
    offset_s: Signed | None = None
    line: Line | None = None
    line_en: Line | None = None
    end_mode: EndMode | None = None
    end: Moment = None
    duration_s: Seconds | None = None
    min_s: Seconds | None = None
    hard: bool | None = None
    colour: Annotated[str, Field(pattern=r"^(#[0-9a-f]{6})?$")] | None = None
    columns: Cells | None = None
    people: Ids | None = None
    departments: Ids | None = None
    note: Text | None = None
    note_en: Text | None = None
    call: Literal["", "warm", "standby", "go"] | None = None


class CueAdd(CueFields):
    id: Id
    track: Id
    kind: Kind = "item"
    parent: Id | None = None
    after: Id | None = None
    note_for: Annotated[dict[Id, Text], Field(max_length=20)] = {}


class CueEdit(Args):
    id: Id
    set: CueFields


class CueMove(Args):
    id: Id
    after: Id | None = None
    parent: Id | None = None
    track: Id | None = None


class CueRef(Args):
    id: Id


class NotePut(Args):
    cue: Id
    department: Id
    text: Text
    text_en: Text = ""


class TrackPut(Args):
    id: Id
    name: Annotated[Line, Field(min_length=1)]
    name_en: Line = ""
    place: Id | None = None


class PlacePut(Args):
    id: Id
    name: Annotated[Line, Field(min_length=1)]
    name_en: Line = ""


class ColumnPut(Args):
    id: Id
    name: Annotated[Line, Field(min_length=1)]
    name_en: Line = ""
    department: Id | None = None


# Fields that may be emptied; for every other one, null is no value.
_NULLABLE = {"place", "start", "end", "min_s"}


@ops.op("cue.add", may=Permission.EDIT_SHEET)
def add(ctx: Context, args: CueAdd) -> dict[str, Any]:
    """Add a row: first among its siblings with `after: null`, last without `after`."""
    _require(ctx, Track, args.track)
    parent = ctx.visible(Cue, args.parent) if args.parent else None
    _refuse_bad_parent(args.kind, parent, args.track)
    values = _values(ctx, args, exclude={"id", "track", "kind", "parent", "after", "note_for"})
    rows = siblings(ctx.session, ctx.event_id, args.track, args.parent)
    after = args.after if "after" in args.model_fields_set else (rows[-1].id if rows else None)
    order_key = _key_after(rows, after)
    if "day" not in values:
        values["day"] = _day_of(ctx, values, parent, rows, after)
    if "number" not in values:
        values["number"] = _number(ctx, parent, rows, after)
    if "place" not in values:
        values["place"] = (parent or ctx.session.get_one(Track, (ctx.event_id, args.track))).place
    values.setdefault("start_mode", _start_mode(args.kind, values))
    cue = Cue(event_id=ctx.event_id, id=args.id, track=args.track, kind=args.kind, parent=args.parent,
              order_key=order_key, **values)  # fmt: skip
    ctx.add(cue, **plan_of(cue), parent=cue.parent)
    for department, text in args.note_for.items():
        put_note(ctx, NotePut(cue=cue.id, department=department, text=text))
    ctx.undo = {"op": "cue.remove", "args": {"id": cue.id}}
    return {"number": cue.number, "day": cue.day}


@ops.op("cue.edit", may=Permission.EDIT_SHEET)
def edit(ctx: Context, args: CueEdit) -> dict[str, Any] | None:
    """Set fields of a row; the same field changed by somebody else since `base_version` is a conflict."""
    cue = ctx.visible(Cue, args.id)
    values = _values(ctx, args.set)
    if "columns" in values:
        values["columns"] = _merged(cue.columns, args.set.columns or {})
    if values.get("kind", cue.kind) != cue.kind:
        _refuse_bad_parent(values["kind"], _parent(ctx, cue), cue.track)
    if "duration_s" in values and "duration_guessed" in cue.flagged:
        values["flagged"] = [flag for flag in cue.flagged if flag != "duration_guessed"]
    changed = set(args.set.columns or {})
    before = ctx.amend(cue, values, {"columns": changed})
    before.pop("flagged", None)
    ctx.undo = {"op": "cue.edit", "args": {"id": cue.id, "set": _as_args(before, changed)}}
    return None


@ops.op("cue.move", may=Permission.EDIT_SHEET)
def move(ctx: Context, args: CueMove) -> None:
    """Put a row, with what is under it, behind another, under another parent, or on another track."""
    cue = ctx.visible(Cue, args.id)
    named = args.model_fields_set
    parent_id = args.parent if "parent" in named else cue.parent
    parent = ctx.visible(Cue, parent_id) if parent_id else None
    track = args.track or (parent.track if parent else cue.track)
    _require(ctx, Track, track)
    below = descendants(ctx.session, cue)
    if parent and parent.id in {cue.id, *(row.id for row in below)}:
        raise RefusalError("loop", N_("A row can't stand under itself."))
    _refuse_bad_parent(cue.kind, parent, track)
    before = _where(ctx, cue)
    rows = [row for row in siblings(ctx.session, ctx.event_id, track, parent_id) if row.id != cue.id]
    after = args.after if "after" in named else (rows[-1].id if rows else None)
    ctx.amend(cue, {"order_key": _key_after(rows, after), "parent": parent_id, "track": track})
    for row in below if track != before["track"] else ():
        ctx.amend(row, {"track": track})
    ctx.undo = {"op": "cue.move", "args": before}


@ops.op("cue.remove", may=Permission.EDIT_SHEET)
def remove(ctx: Context, args: CueRef) -> None:
    """Take a row and what is under it out of the sheet. It can be restored."""
    cue = ctx.visible(Cue, args.id)
    below = descendants(ctx.session, cue)
    if any(row.is_on_air for row in [cue, *below]):
        raise RefusalError("on_air", N_("This row is running. Finish it first."))
    for row in [*reversed(below), cue]:
        was, row.removed_at = row.visible_to, ctx.received
        ctx.record(row, {"removed_with": cue.id}, was=was)
    ctx.undo = {"op": "cue.restore", "args": {"id": cue.id}}


@ops.op("cue.restore", may=Permission.EDIT_SHEET)
def restore(ctx: Context, args: CueRef) -> None:
    """Bring a removed row back, with the rows that went with it."""
    cue = ctx.find(Cue, args.id)
    if cue is None or cue.audience not in ctx.viewer.audiences or not cue.removed_at:
        raise not_found(args.id)
    parent = ctx.find(Cue, cue.parent) if cue.parent else None
    if parent and parent.removed_at:
        raise RefusalError("parent_removed", N_("Restore the row above it first."))
    together = cue.removed_at
    for row in [cue, *descendants(ctx.session, cue, removed_at=together)]:
        row.removed_at = None
        ctx.record(row, {}, was=None)
    ctx.undo = {"op": "cue.remove", "args": {"id": cue.id}}


@ops.op("note.put", may=Permission.MARK)
def put_note(ctx: Context, args: NotePut) -> None:
    """Write a department's private note on a row; an empty text takes it away."""
    cue = ctx.visible(Cue, args.cue)
    _require(ctx, Department, args.department)
    if args.department not in ctx.viewer.departments and not ctx.viewer.may(Permission.EDIT_SHEET):
        raise RefusalError("forbidden", N_("Only the department writes its own notes."))
    note_id = f"{cue.id}:{args.department}"
    values = {"text": args.text, "text_en": args.text_en, "removed_at": None if args.text else ctx.received}
    note = ctx.find(Note, note_id)
    if note is None:
        ctx.add(Note(event_id=ctx.event_id, id=note_id, cue=cue.id, department=args.department,
                     audience=f"dept:{args.department}", **values), text=args.text)  # fmt: skip
    else:
        ctx.amend(note, values)


@ops.op("track.put", may=Permission.CONFIGURE)
def put_track(ctx: Context, args: TrackPut) -> None:
    """Add a track, or change it."""
    if args.place:
        _require(ctx, Place, args.place)
    _put(ctx, Track, args)


@ops.op("place.put", may=Permission.CONFIGURE)
def put_place(ctx: Context, args: PlacePut) -> None:
    """Add a place, or change it."""
    _put(ctx, Place, args)


@ops.op("column.put", may=Permission.CONFIGURE)
def put_column(ctx: Context, args: ColumnPut) -> None:
    """Add a column of the cue sheet, or change it."""
    if args.department:
        _require(ctx, Department, args.department)
    _put(ctx, ColumnDef, args)


def _values(ctx: Context, args: CueFields, exclude: set[str] | None = None) -> dict[str, Any]:
    """The named fields, checked against what the event has."""
    values = args.model_dump(exclude_unset=True, exclude=exclude)
    for name, value in values.items():
        if value is None and name not in _NULLABLE:
            raise RefusalError("invalid", N_("Check: %(names)s."), names=name)
    if values.get("place"):
        _require(ctx, Place, values["place"])
    for model, name in ((Member, "people"), (Department, "departments"), (ColumnDef, "columns")):
        for entity_id in values.get(name, ()):
            _require(ctx, model, entity_id)
    return values


def _require(ctx: Context, model: type[Entity], entity_id: str) -> None:
    row = ctx.find(model, entity_id)
    if row is None or row.removed_at:
        raise not_found(entity_id)


def _refuse_bad_parent(kind: str, parent: Cue | None, track: str) -> None:
    """A segment stands at the top, an item in a segment or at the top, a cue within an item."""
    allowed = {"segment": (None,), "cue": ("item", "buffer"), "delay": (None, "segment")}.get(kind, (None, "segment"))
    if (parent.kind if parent else None) not in allowed:
        raise RefusalError("bad_parent", N_("This kind of row can't stand there."))
    if parent and parent.track != track:
        raise RefusalError("bad_parent", N_("A row stands on its parent's track."))


def _key_after(rows: list[Cue], after: str | None) -> str:
    if after is not None and after not in {row.id for row in rows}:
        raise not_found(after)
    return key_after(rows, after)


def _number(ctx: Context, parent: Cue | None, rows: list[Cue], after: str | None) -> str:
    """A number between the neighbours that nobody has: 121.5."""
    place = next((n + 1 for n, row in enumerate(rows) if row.id == after), 0)
    following = rows[place].number if place < len(rows) else ""
    if place:
        return number_after(rows[place - 1].number, following, numbers(ctx.session, ctx.event_id))
    if parent and parent.kind != "segment" and not following:
        return f"{parent.number}.1"
    return ""


def _day_of(ctx: Context, values: dict[str, Any], parent: Cue | None, rows: list[Cue], after: str | None) -> str:
    """The operating day of a new row: of its start, its parent, its neighbour, or today."""
    neighbour = next((row for row in rows if row.id == after), rows[0] if rows else None)
    event = ctx.event
    moment = values.get("start")
    if moment is None and (parent or neighbour):
        return (parent or neighbour).day  # type: ignore[union-attr]  # one of them is there
    return operating_day(moment or ctx.received, event.timezone, event.day_change_s).isoformat()


def _start_mode(kind: str, values: dict[str, Any]) -> str:
    if values.get("start") is not None:
        return "fixed"
    if kind == "cue":
        return "line" if values.get("line") else "offset"
    return "linked"


def _merged(cells: dict[str, dict[str, str]], changed: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The row's cells with the named ones replaced; an empty one goes."""
    return {column: cell for column, cell in (cells | changed).items() if cell}


def _as_args(before: dict[str, Any], columns: set[str]) -> dict[str, Any]:
    """Old values as arguments that set them again."""
    values = dict(before)
    for name in ("start", "end"):
        if values.get(name) is not None:
            values[name] = to_iso(values[name])
    if "columns" in values:
        values["columns"] = {column: values["columns"].get(column, {}) for column in columns}
    return values


def _parent(ctx: Context, cue: Cue) -> Cue | None:
    return ctx.find(Cue, cue.parent) if cue.parent else None


def _where(ctx: Context, cue: Cue) -> dict[str, Any]:
    """Where a row stands now, as the arguments of the move that puts it back."""
    rows = siblings(ctx.session, ctx.event_id, cue.track, cue.parent)
    place = next(n for n, row in enumerate(rows) if row.id == cue.id)
    return {
        "id": cue.id,
        "parent": cue.parent,
        "track": cue.track,
        "after": rows[place - 1].id if place else None,
    }


def _put(ctx: Context, model: type[Track] | type[Place] | type[ColumnDef], args: Args) -> None:
    values = args.model_dump(exclude={"id"})
    entity_id = args.id  # type: ignore[attr-defined]  # every put names its entity
    row = ctx.find(model, entity_id)
    if row is not None:
        ctx.amend(row, values)
        return
    if model is not Place:
        values["order_key"] = between(last_key(ctx.session, ctx.event_id, model), None)
    ctx.add(model(event_id=ctx.event_id, id=entity_id, **values), **values)
