"""Where the act of an item is: arrived, backstage, on stage, late. The team says it, and the team alone hears it."""

from typing import Any

from server.core.access import TEAM, Permission
from server.core.clock import to_iso
from server.core.context import Context
from server.core.i18n import N_
from server.core.ops import OpSet, RefusalError
from server.runsheet.args import WORDS, CueAct
from server.runsheet.hanging import Act
from server.runsheet.models import Cue
from server.runsheet.rehearsing import refuse_rehearsed

ops = OpSet(words=WORDS)


@ops.op("cue.act", may=Permission.MARK, of=Cue)
def say_where(ctx: Context, args: CueAct) -> None:
    """Say where the act of an item is; of one that is late also when it is expected. `none` takes it back.

    Who says last is right, unless the op names a `base_version` and somebody else has spoken since: then it is a
    conflict, so that a tap which was long on its way does not undo what is known by now.
    """
    cue = ctx.visible(Cue, args.id)
    _refuse_outsiders(ctx)
    refuse_rehearsed(ctx, cue)
    if cue.kind != "item":
        raise RefusalError("no_act", N_("Only an item of the programme has an act."))
    said = {"kind": "" if args.act == "none" else args.act, "eta": args.eta if args.act == "late" else None}
    act = ctx.find(Act, cue.id) or (_new_act(ctx, cue) if said["kind"] else None)
    if act is None:
        return
    before = ctx.amend(act, said | {"removed_at": None})
    if any(before[name] != said[name] for name in said):
        act.at, act.member = ctx.fact_time(act.at or None), ctx.viewer.id
    ctx.undo = {"op": "cue.act", "args": {"id": cue.id} | _as_args(ctx, before)}


def _refuse_outsiders(ctx: Context) -> None:
    if TEAM not in ctx.viewer.audiences:
        raise RefusalError("forbidden", N_("Only the team says where an act is."))


def _new_act(ctx: Context, cue: Cue) -> Act:
    """An act of which nothing is known yet, so that it counts as removed."""
    act = Act(event_id=ctx.event_id, id=cue.id, audience=TEAM, cue=cue.id, removed_at=1)
    ctx.session.add(act)
    ctx.session.flush()
    return act


def _as_args(ctx: Context, before: dict[str, Any]) -> dict[str, Any]:
    """What was said before, as arguments that say it again."""
    eta = {"eta": to_iso(before["eta"], ctx.event.timezone)} if before["eta"] is not None else {}
    return {"act": before["kind"] or "none"} | eta
