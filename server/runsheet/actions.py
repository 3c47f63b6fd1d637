"""Ops that write the run sheet's rows: add, edit, move, remove and restore."""

from typing import Any

from server.core.access import Permission
from server.core.clock import to_iso
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.ops import RefusalError
from server.runsheet import drafting
from server.runsheet.args import CueAdd, CueEdit, CueMove, CueRef, Day, NotePut, ops
from server.runsheet.around import put_note, require
from server.runsheet.cells import refuse_foreign
from server.runsheet.models import Cue, Track
from server.runsheet.places import Sibling
from server.runsheet.planned import merged, take_day_along, values_of
from server.runsheet.queries import descendants, numbers, siblings
from server.runsheet.rehearsing import refuse_given_back
from server.runsheet.rules import ABOVE, day_of, refuse_bad_fields, refuse_bad_parent
from server.runsheet.taking import parent_removed, put_back, take_or_leave
from server.runsheet.tree import first_number, key_after, number_after, number_before, number_within

__all__ = ["CueRef", "Day", "ops"]

Neighbours = tuple[Sibling | None, Sibling | None]


@ops.op("cue.add", may=Permission.EDIT_SHEET)
def add(ctx: Context, args: CueAdd) -> dict[str, Any]:
    """Add a row: first among its siblings with `after: null`, last without `after`."""
    require(ctx, Track, args.track)
    parent = _parent(ctx, args.parent) if args.parent else None
    refuse_bad_parent(args.kind, parent, args.track)
    values = values_of(ctx, args, exclude={"id", "track", "kind", "parent", "after", "note_for"})
    rows = siblings(ctx.session, ctx.event_id, args.track, args.parent)
    before, behind = _neighbours(ctx, rows, args)
    cue = Cue(
        event_id=ctx.event_id,
        id=args.id,
        track=args.track,
        kind=args.kind,
        parent=args.parent,
        order_key=key_after(rows, before.id if before else None),
        **_defaults(ctx, args, values, parent, (before, behind)),
    )
    refuse_bad_fields(ctx, cue, args, values)
    drafting.add(ctx, cue)
    for department, text in args.note_for.items():
        put_note(ctx, NotePut(cue=cue.id, department=department, text=text))
    ctx.undo = {"op": "cue.remove", "args": {"id": cue.id}}
    return {"number": cue.number, "day": cue.day}


@ops.op("cue.edit", may=Permission.EDIT_CELLS, of=Cue)
def edit(ctx: Context, args: CueEdit) -> None:
    """Set fields of a row; the same field changed by somebody else since `base_version` is a conflict.

    Who leads a department sets cells of its columns, and nothing else.
    """
    cue = ctx.visible(Cue, args.id)
    refuse_foreign(ctx, args.set)
    values = values_of(ctx, args.set, cue)
    cells = set(args.set.columns) if "columns" in values else set()
    if cells:
        values["columns"] = merged(cue.columns, args.set.columns)
    if "duration_s" in values and "duration_guessed" in cue.flagged:
        values.setdefault("flagged", [flag for flag in cue.flagged if flag != "duration_guessed"])
    if values.get("kind", cue.kind) != cue.kind:
        _refuse_new_kind(ctx, cue, values["kind"])
    take_day_along(ctx, cue, values)
    before = drafting.amend(ctx, cue, values, {"columns": cells})
    refuse_bad_fields(ctx, cue, args.set, values)
    _bring_cues(ctx, cue, before.get("day", cue.day))
    ctx.undo = {"op": "cue.edit", "args": {"id": cue.id, "set": _as_args(before, cells)}}


@ops.op("cue.move", may=Permission.EDIT_SHEET, of=Cue)
def move(ctx: Context, args: CueMove) -> None:
    """Put a row, with what is under it, behind another, under another parent, or on another track."""
    cue = ctx.visible(Cue, args.id)
    parent_id = args.parent if "parent" in args.model_fields_set else cue.parent
    parent = _parent(ctx, parent_id) if parent_id else None
    track = args.track or (parent.track if parent else cue.track)
    require(ctx, Track, track)
    below = descendants(ctx.session, cue)
    _refuse_bad_move(cue, below, parent, track)
    if track != cue.track:
        refuse_given_back(ctx, [cue, *below])
    before = _where(ctx, cue)
    rows = [row for row in siblings(ctx.session, ctx.event_id, track, parent_id) if row.id != cue.id]
    neighbour, _ = _neighbours(ctx, rows, args)
    key = key_after(rows, args.after or (neighbour.id if neighbour else None))
    drafting.amend(ctx, cue, {"order_key": key, "parent": parent_id, "track": track})
    for row in below if track != before["track"] else ():
        drafting.amend(ctx, row, {"track": track})
    ctx.undo = {"op": "cue.move", "args": before}


@ops.op("cue.remove", may=Permission.EDIT_SHEET, of=Cue)
def remove(ctx: Context, args: CueRef) -> None:
    """Take a row and what is under it out of the sheet, with all that hangs on it. It can be restored."""
    cue = ctx.visible(Cue, args.id)
    rows = [cue, *descendants(ctx.session, cue)]
    if any(row.is_on_air for row in rows):
        raise RefusalError("on_air", N_("This row is running. Finish it first."))
    for row in rows:
        ctx.refuse_newer(row)
    take_or_leave(ctx, rows)
    if ctx.touched:
        ctx.undo = {"op": "cue.restore", "args": {"id": cue.id}}


@ops.op("cue.restore", may=Permission.EDIT_SHEET, of=Cue)
def restore(ctx: Context, args: CueRef) -> None:
    """Bring a removed row back, with what went with it, to where it was."""
    put_back(ctx, args.id)
    ctx.undo = {"op": "cue.remove", "args": {"id": args.id}}


def _bring_cues(ctx: Context, item: Cue, day: str) -> None:
    """An item that left a day brings the cues within it, but not those with a time of their own."""
    if item.day == day or item.kind in {"segment", "cue"}:
        return
    for cue in descendants(ctx.session, item):
        if cue.day == day and cue.start_mode != "fixed":
            drafting.amend(ctx, cue, {"day": item.day})


def _defaults(
    ctx: Context, args: CueAdd, values: dict[str, Any], parent: Cue | None, neighbours: Neighbours
) -> dict[str, Any]:
    """The fields of a new row: what is named, and what follows from where it stands."""
    found = {"day": _day_of(ctx, values, parent or neighbours[0] or neighbours[1])} | values
    if "number" not in found:
        found["number"] = _number(ctx, args.kind, parent, neighbours)
    if "start_mode" not in found:
        found["start_mode"] = _start_mode(args.kind, values)
    if "place" not in found:
        found["place"] = (
            parent.place if parent else ctx.session.get_one(Track, (ctx.event_id, args.track)).place
        )
    return found


def _neighbours(ctx: Context, rows: list[Sibling], args: CueAdd | CueMove) -> Neighbours:
    """The rows before and behind the place that is asked for. One that was removed still marks its place."""
    place = len(rows) if "after" not in args.model_fields_set else 0
    if args.after is not None:
        place = next((n + 1 for n, row in enumerate(rows) if row.id == args.after), 0)
        if not place:
            raise _no_neighbour(ctx, args.after)
    before = [row for row in rows[:place] if row.removed_at is None]
    behind = (row for row in rows[place:] if row.removed_at is None)
    return before[-1] if before else None, next(behind, None)


def _no_neighbour(ctx: Context, cue_id: str) -> RefusalError:
    """A row that stands elsewhere by now was somebody's doing, of which an undo can't know."""
    found = ctx.find(Cue, cue_id)
    if found is None or found.audience not in ctx.viewer.audiences or ctx.op.base_version is None:
        return not_found(cue_id)
    text = N_("The row that stood before it has been moved or removed since.")
    return RefusalError("changed", text, status="conflict")


def _parent(ctx: Context, cue_id: str) -> Cue:
    """The row to stand under, which must be there."""
    parent = ctx.find(Cue, cue_id)
    if parent and parent.removed_at and parent.audience in ctx.viewer.audiences:
        raise parent_removed()
    return ctx.visible(Cue, cue_id)


def _refuse_bad_move(cue: Cue, below: list[Cue], parent: Cue | None, track: str) -> None:
    if parent and parent.id in {cue.id, *(row.id for row in below)}:
        raise RefusalError("loop", N_("A row can't stand under itself."))
    refuse_bad_parent(cue.kind, parent, track)
    if track != cue.track and any(row.is_on_air for row in [cue, *below]):
        raise RefusalError("on_air", N_("This row is running. Finish it first."))


def _refuse_new_kind(ctx: Context, cue: Cue, kind: str) -> None:
    """Another kind must fit what is above the row, and what is under it; a row that runs keeps its kind."""
    if cue.is_on_air:
        raise RefusalError("on_air", N_("This row is running. Finish it first."))
    refuse_bad_parent(kind, ctx.find(Cue, cue.parent) if cue.parent else None, cue.track)
    if any(kind not in ABOVE[row.kind] for row in descendants(ctx.session, cue) if row.parent == cue.id):
        raise RefusalError("bad_parent", N_("What stands under this row can't stand under one of that kind."))


def _number(ctx: Context, kind: str, parent: Cue | None, neighbours: Neighbours) -> str:
    """A number between the neighbours that nobody has: 121.5."""
    taken = numbers(ctx.session, ctx.event_id)
    before, behind = neighbours
    if before:
        return number_after(before.number, behind.number if behind else "", taken)
    if behind:
        return number_before(behind.number, taken)
    if kind == "cue":
        return number_within(parent.number if parent else "", taken)
    return "" if kind == "segment" else first_number(taken)


def _day_of(ctx: Context, values: dict[str, Any], near: Cue | Sibling | None) -> str:
    """The operating day of a new row: of its start, else of its parent or neighbour, else today."""
    start = values.get("start")
    if start is None and near:
        return near.day
    return day_of(ctx.received if start is None else start, ctx.event)


def _start_mode(kind: str, values: dict[str, Any]) -> str:
    if values.get("start") is not None:
        return "fixed"
    if kind == "cue":
        return "line" if values.get("line") else "offset"
    return "linked"


def _as_args(before: dict[str, Any], columns: set[str]) -> dict[str, Any]:
    """Old values as arguments that set them again."""
    moments = {name: to_iso(before[name]) for name in ("start", "end") if name in before}
    cells = {"columns": {column: before["columns"].get(column, {}) for column in columns}} if columns else {}
    return before | moments | cells


def _where(ctx: Context, cue: Cue) -> dict[str, Any]:
    """Where a row stands now, as the arguments of the move that puts it back."""
    rows = [
        row for row in siblings(ctx.session, ctx.event_id, cue.track, cue.parent) if row.removed_at is None
    ]
    place = next(n for n, row in enumerate(rows) if row.id == cue.id)
    after = rows[place - 1].id if place else None
    return {"id": cue.id, "parent": cue.parent, "track": cue.track, "after": after}
