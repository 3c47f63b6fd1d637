"""A delay written into the plan: what it moves gets its new time, and the delay row goes. One op, and one op back."""

from typing import Any

from server.core.access import Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.models import Change
from server.core.ops import Args, Id, OpSet, RefusalError, Seq
from server.runsheet import drafting
from server.runsheet.args import WORDS, CueRef
from server.runsheet.models import Cue
from server.runsheet.published import as_published
from server.runsheet.queries import published_cues, timing_rows
from server.runsheet.rules import broken_rules
from server.runsheet.taking import entries_of, put_back, take_out
from server.runsheet.timing import Row
from server.runsheet.timing_delay import has_begun, write_delay

ops = OpSet(words=WORDS)

__all__ = ["ops"]


class Unapply(Args):
    """`seq` is the last entry of the log that writing the delay made; its `undo` has it."""

    id: Id
    seq: Seq


@ops.op("cue.apply", may=Permission.EDIT_SHEET, of=Cue)
def apply_delay(ctx: Context, args: CueRef) -> None:
    """Write a delay into the plan, as phones project it, with those that stand beside it. The delay rows go."""
    delay = ctx.visible(Cue, args.id)
    if delay.kind != "delay":
        raise RefusalError("not_delay", N_("Only a delay can be written into the plan."))
    rows = timing_rows(published_cues(ctx.session, ctx.event_id))
    if has_begun(rows, delay.id):
        raise RefusalError("begun", N_("What follows has begun already. Remove the delay instead."))
    written = write_delay(rows, delay.id)
    if not written.gone:
        raise RefusalError("left_out", N_("This delay is left out. Take it back in first."))
    before = {row.id: row for row in rows}
    for row in written.rows:
        if row != before[row.id]:
            _rewrite(ctx, row)
    for gone in written.gone:
        take_out(ctx, [ctx.visible(Cue, gone)])
    ctx.undo = {"op": "cue.unapply", "args": {"id": delay.id, "seq": ctx.seq}}


@ops.op("cue.unapply", may=Permission.EDIT_SHEET, of=Cue)
def unapply(ctx: Context, args: Unapply) -> None:
    """Take a written delay out of the plan again: every time as before, unless somebody changed it since."""
    entries = _entries(ctx, args)
    for entry in entries:
        if "was" in entry.detail:
            drafting.take_back(ctx, ctx.visible(Cue, entry.entity), entry.detail, at_once=True)
    for entry in entries:
        if entry.detail.get("removed_with") == entry.entity:
            put_back(ctx, entry.entity)
    ctx.undo = {"op": "cue.apply", "args": {"id": args.id}}


def _rewrite(ctx: Context, row: Row) -> None:
    """Give a row the times that the engine found for it."""
    cue = ctx.visible(Cue, row.id)
    found: dict[str, Any] = {
        "start_mode": row.start_mode,
        "start": row.start,
        "end": row.end,
        "duration_s": round(row.duration / 1000),
        "offset_s": round(row.offset / 1000),
    }
    stands = as_published(cue)
    values = {name: value for name, value in found.items() if getattr(stands, name) != value}
    drafting.amend(ctx, cue, values, at_once=True)
    broken = next((one for one in broken_rules(cue, ctx.event) if found.keys() & set(one.fields)), None)
    if broken:
        raise RefusalError(broken.code, broken.text, **broken.params)


def _entries(ctx: Context, args: Unapply) -> list[Change]:
    """What writing the delay entered into the log, in order."""
    named = f"{args.id}@{args.seq}"
    found = entries_of(ctx, args.seq, "cue.apply", named)
    if args.id not in {entry.entity for entry in found if "removed_with" in entry.detail}:
        raise not_found(named)
    return found
