"""Ops on what hangs on the run sheet: private notes, and the tracks, places and columns that rows name."""

from typing import Any

from server.core.access import TEAM, Permission
from server.core.context import Context, forbidden, not_found
from server.core.i18n import N_
from server.core.models import ALL, Entity
from server.core.ops import RefusalError
from server.core.order import between
from server.people.actions import take_out
from server.people.models import Department, Member
from server.runsheet.args import ColumnPut, NotePut, PlacePut, TrackPut, ops
from server.runsheet.hanging import Note
from server.runsheet.models import ColumnDef, Cue, Place, Track
from server.runsheet.queries import last_key

AUDIENCES = {"team": TEAM, "all": ALL}
"""What an op calls those who read something: the team alone, or clients and vendors too."""


def shown_to(audience: str) -> str:
    """An audience as ops name it."""
    return next(name for name, known in AUDIENCES.items() if known == audience)


@ops.op("note.put", may=Permission.MARK)
def put_note(ctx: Context, args: NotePut) -> None:
    """Write a department's private note on a row; an empty text takes it away.

    A coordinator of another department may leave one, but never writes over what they can't read.
    """
    cue = ctx.visible(Cue, args.cue)
    require(ctx, Department, args.department)
    if args.department not in ctx.viewer.departments and not ctx.viewer.may(Permission.EDIT_SHEET):
        raise RefusalError("forbidden", N_("Only the department writes its own notes."))
    values = {"text": args.text, "text_en": args.text_en}
    is_gone = not (args.text or args.text_en)
    note = ctx.find(Note, f"{cue.id}:{args.department}")
    if note is None:
        if not is_gone:
            _add_note(ctx, args, values)
        return
    if (note.cue, note.department) != (cue.id, args.department):
        raise RefusalError("exists", N_("The id “%(id)s” is in use already."), id=note.id)
    was_gone = note.removed_at is not None
    if not was_gone and note.visible_to not in ctx.viewer.audiences:
        text = N_(
            "The department has a note on this row that you can't read. Ask somebody of the department to change it."
        )
        raise RefusalError("unreadable", text)
    removed_at = (note.removed_at or ctx.received) if is_gone else None
    before = ctx.amend(note, values | {"removed_at": removed_at})
    _undo_note(ctx, args, {"text": "", "text_en": ""} if was_gone else before)


@ops.op("track.put", may=Permission.CONFIGURE)
def put_track(ctx: Context, args: TrackPut) -> None:
    """Add a track, or change it; one that was removed comes back."""
    if args.place:
        require(ctx, Place, args.place)
    _put(ctx, Track, args.id, args.model_dump(exclude={"id"}))


@ops.op("place.put", may=Permission.CONFIGURE)
def put_place(ctx: Context, args: PlacePut) -> None:
    """Add a place, or change it; one that was removed comes back."""
    _put(ctx, Place, args.id, args.model_dump(exclude={"id"}))


@ops.op("column.put", may=Permission.CONFIGURE)
def put_column(ctx: Context, args: ColumnPut) -> None:
    """Add a column of the cue sheet, or change it; one that was removed comes back."""
    if args.department:
        require(ctx, Department, args.department)
    audience = {"audience": AUDIENCES[args.shown_to]} if args.shown_to else {}
    _put(ctx, ColumnDef, args.id, args.model_dump(exclude={"id", "shown_to"}) | audience)
    if ctx.undo and "audience" in ctx.undo["args"]:
        ctx.undo["args"]["shown_to"] = shown_to(ctx.undo["args"].pop("audience"))


def require(ctx: Context, model: type[Entity], entity_id: str) -> None:
    """Refuse unless the event has such a thing."""
    row = ctx.find(model, entity_id)
    if row is None or row.removed_at:
        raise not_found(entity_id)


def require_equipping(ctx: Context, track: str) -> None:
    """Refuse whoever may not give a track a monitor or a desk."""
    if not ctx.viewer.may_equip(track):
        raise forbidden()


def unequip(ctx: Context, machine: str, roles: frozenset[str]) -> None:
    """Take a track's monitor or desk away; not found if it is none of these roles."""
    member = ctx.visible(Member, machine)
    if frozenset(member.roles) != roles:
        raise not_found(machine)
    require_equipping(ctx, next(iter(member.tracks), ""))
    take_out(ctx, member)


def _add_note(ctx: Context, args: NotePut, values: dict[str, Any]) -> None:
    note = Note(
        event_id=ctx.event_id,
        id=f"{args.cue}:{args.department}",
        cue=args.cue,
        department=args.department,
        audience=f"dept:{args.department}",
        **values,
    )
    ctx.add(note, **values)
    # Who wrote at the same time, and knew of none, is told.
    note.versions = dict.fromkeys(values, ctx.seq)
    _undo_note(ctx, args, {"text": "", "text_en": ""})


def _undo_note(ctx: Context, args: NotePut, before: dict[str, Any]) -> None:
    """Only whoever reads the note gets back what stood there."""
    if args.department in ctx.viewer.departments:
        texts = {name: before[name] for name in ("text", "text_en")}
        ctx.undo = {"op": "note.put", "args": {"cue": args.cue, "department": args.department, **texts}}


def _put(
    ctx: Context, model: type[Track] | type[Place] | type[ColumnDef], entity_id: str, values: dict[str, Any]
) -> None:
    row = ctx.find(model, entity_id)
    if row is not None and row.removed_at:
        ctx.amend(row, values | {"removed_at": None})
        return
    if row is not None:
        before = ctx.amend(row, values)
        ctx.undo = {"op": ctx.op.op.name, "args": {"id": entity_id, **before}}
        return
    if issubclass(model, (Track, ColumnDef)):
        values["order_key"] = between(last_key(ctx.session, ctx.event_id, model), None)
    ctx.add(model(event_id=ctx.event_id, id=entity_id, **values), **values)
