"""Ops with which the crew answers for itself: ready, done, help is needed."""

from server.core.access import TEAM, Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.ops import OpSet, RefusalError
from server.runsheet.args import WORDS, CueRef
from server.runsheet.calls import claim
from server.runsheet.models import Cue, Mark

ops = OpSet(words=WORDS)


@ops.op("cue.ready", may=Permission.MARK)
def ready(ctx: Context, args: CueRef) -> None:
    """Say 已就緒: I stand where I should."""
    _mark(ctx, args.id, "ready")


@ops.op("cue.done", may=Permission.MARK)
def done(ctx: Context, args: CueRef) -> None:
    """Say 完成: my part of the row is done."""
    _mark(ctx, args.id, "done")


@ops.op("cue.help", may=Permission.MARK)
def ask_for_help(ctx: Context, args: CueRef) -> None:
    """Say 需要協助: somebody must come."""
    _mark(ctx, args.id, "help")


@ops.op("cue.unmark", may=Permission.MARK)
def unmark(ctx: Context, args: CueRef) -> None:
    """Take one's own mark back."""
    mark = _own_mark(ctx, args.id)
    if mark is None or mark.removed_at:
        raise not_found(args.id)
    was, mark.removed_at = mark.visible_to, ctx.received
    ctx.record(mark, {"cue": mark.cue}, was=was)
    ctx.undo = {"op": f"cue.{mark.kind}", "args": {"id": mark.cue}}


def _own_mark(ctx: Context, cue_id: str) -> Mark | None:
    """The viewer's mark on a row, also one that was taken back."""
    mark = ctx.find(Mark, f"{cue_id}:{ctx.viewer.id}")
    if mark and (mark.cue, mark.member) != (cue_id, ctx.viewer.id):
        raise RefusalError("exists", N_("The id “%(id)s” is in use already."), id=mark.id)
    return mark


def _mark(ctx: Context, cue_id: str, kind: str) -> None:
    cue = ctx.visible(Cue, cue_id)
    mark = _own_mark(ctx, cue_id)
    was = mark.visible_to if mark else None
    before = mark.kind if mark and was else "unmark"
    at = ctx.fact_time(mark.at if mark else None)
    if mark is None:
        mark = Mark(
            event_id=ctx.event_id,
            id=f"{cue.id}:{ctx.viewer.id}",
            cue=cue.id,
            member=ctx.viewer.id,
            kind=kind,
            at=at,
        )
        ctx.session.add(mark)
    # Who needs help, and where, is for the team: not for clients, sponsors and vendors.
    mark.kind, mark.at, mark.removed_at, mark.audience = kind, at, None, TEAM
    ctx.record(mark, {"cue": cue.id, "kind": kind} | claim(ctx, at), was=was, at=at)
    ctx.undo = {"op": f"cue.{before}", "args": {"id": cue.id}}
