"""A version put back into the sheet: as edits like any other, which wait to be published."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field
from sqlmodel import select

from server.core.access import Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.models import Change
from server.core.ops import Args, Id, OpSet, RefusalError, Seq
from server.runsheet import drafting
from server.runsheet.args import WORDS
from server.runsheet.batch import MOST_ROWS
from server.runsheet.models import CALLED, Cue
from server.runsheet.planned import cells_of
from server.runsheet.published import PLACED, Values
from server.runsheet.rules import broken_rules
from server.runsheet.taking import entries_of, is_going, put_back, take_or_leave
from server.runsheet.versions import held_values, sheet_of_version

ops = OpSet(words=WORDS | {"version": N_("Version"), "rows": N_("Rows")})


class Restore(Args):
    """`rows` are the rows to put back; all of them without it."""

    version: Seq
    rows: Annotated[list[Id], Field(max_length=MOST_ROWS)] | None = None


class Unrestore(Args):
    """`seq` is the last entry of the log that putting back made; its `undo` has it."""

    seq: Seq


@ops.op("sheet.restore", may=Permission.EDIT_SHEET, is_long=True)
def restore(ctx: Context, args: Restore) -> dict[str, int]:
    """Let rows stand as in a version: what is gone comes back, what is new leaves. What was called stays as it is."""
    wanted = sheet_of_version(ctx.session, ctx.event_id, args.version)
    if wanted is None:
        raise not_found(f"v{args.version}")
    these = set(args.rows) if args.rows is not None else None
    cues = {cue.id: cue for cue in _rows(ctx) if these is None or cue.id in these}
    first = ctx.log.head
    left = 0
    for row_id, row in wanted.items():
        if row_id in cues:
            left += not _put(ctx, cues[row_id], row)
    left += _let_go(ctx, [cue for cue in cues.values() if cue.id not in wanted and not cue.removed_at])
    if ctx.log.head == first:
        raise RefusalError("nothing_new", N_("The sheet stands like this already."))
    if len({entity.id for entity in ctx.touched}) > MOST_ROWS:
        text = N_("That would change more than %(most)s rows at once. Do it in parts.")
        raise RefusalError("too_many", text, most=MOST_ROWS)
    ctx.undo = {"op": "sheet.unrestore", "args": {"seq": ctx.seq}}
    return {"left": left}


@ops.op("sheet.unrestore", may=Permission.EDIT_SHEET, is_long=True)
def unrestore(ctx: Context, args: Unrestore) -> None:
    """Take back that a version was put back, unless a row was edited since."""
    found = entries_of(ctx, args.seq, "sheet.restore", f"{args.seq}")
    entries = [entry for entry in found if entry.entity_kind == Cue.entity_kind]
    cues = {cue.id: cue for cue in _rows(ctx)}
    for entry in reversed(entries):
        cue = cues[entry.entity]
        if cue.version > args.seq:
            who, when = ctx.who_made(cue.version)
            text = N_("%(who)s changed this row first, at %(when)s.")
            raise RefusalError("stale", text, status="conflict", who=who, when=when, **cue.labels)
    for entry in reversed(entries):
        _take_back(ctx, cues[entry.entity], entry)


def _put(ctx: Context, cue: Cue, row: Values) -> bool:
    """Let a row stand as it stood; says whether it does."""
    if cue.state in CALLED or (cue.track, cue.kind) != (row["track"], row["kind"]):
        return all(getattr(cue, name) == value for name, value in held_values(row).items())
    values = held_values(row)
    above = ctx.find(Cue, values["parent"]) if values["parent"] else None
    if values["parent"] and (above is None or is_going(above) or above.track != cue.track):
        values = {name: value for name, value in values.items() if name not in PLACED}
        above = ctx.find(Cue, cue.parent) if cue.parent else None
    if is_going(cue):
        here = ctx.find(Cue, cue.parent) if cue.removed_at and cue.parent else above
        if here and is_going(here):
            return False
        if cue.removed_at:
            put_back(ctx, cue.id)
        else:
            drafting.leave(ctx, cue, leaving=False)
    drafting.amend(ctx, cue, values, cells_of(cue, values))
    if any(broken_rules(cue, ctx.event)):
        raise RefusalError("invalid", N_("%(title)s can't stand like that any more."), **cue.labels)
    return True


def _let_go(ctx: Context, cues: list[Cue]) -> int:
    """Let rows leave that a version does not have; those that were called stay. Gives how many of those there are."""
    called = [cue for cue in cues if cue.state in CALLED]
    for cue in cues:
        if cue not in called and not cue.removed_at and not cue.leaving:
            take_or_leave(ctx, [cue])
    return len(called)


def _take_back(ctx: Context, cue: Cue, entry: Change) -> None:
    detail = entry.detail
    if "was" in detail and "leaving" in detail["was"]:
        drafting.leave(ctx, cue, leaving=detail["was"]["leaving"])
    elif "was" in detail:
        drafting.take_back(ctx, cue, detail)
    elif "restored_with" in detail:
        take_or_leave(ctx, [cue])
    elif detail.get("removed_with") == cue.id:
        put_back(ctx, cue.id)


def _rows(ctx: Context) -> Iterable[Cue]:
    """Every row, removed ones too, parents first."""
    found = ctx.session.exec(select(Cue).where(Cue.event_id == ctx.event_id).order_by(Cue.order_key, Cue.id))
    return sorted(found, key=lambda cue: ("segment", "item", "buffer", "delay", "cue").index(cue.kind))
