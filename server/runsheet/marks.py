"""Ops with which the crew answers for itself: ready, done, help is needed."""

from typing import Any

from server.core.access import TEAM, Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.ops import OpSet, RefusalError
from server.runsheet.args import WORDS, CueRef
from server.runsheet.calls import claim
from server.runsheet.hanging import Mark
from server.runsheet.models import Cue
from server.runsheet.rehearsing import refuse_rehearsed

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
    marks = [mark for mark in _own_marks(ctx, args.id).values() if mark and not mark.removed_at]
    if not marks:
        raise not_found(args.id)
    for mark in marks:
        was, mark.removed_at = mark.visible_to, ctx.received
        ctx.record(mark, {"cue": mark.cue}, was=was)
    ctx.undo = {"op": f"cue.{mark.kind}", "args": {"id": mark.cue}}


def _mark(ctx: Context, cue_id: str, kind: str) -> None:
    cue = ctx.visible(Cue, cue_id)
    refuse_rehearsed(ctx, cue)
    marks = _own_marks(ctx, cue_id)
    mark = list(marks.values())[-1]
    before = mark.kind if mark and not mark.removed_at else "unmark"
    at = ctx.fact_time(mark.at if mark else None)
    for (mark_id, audience), known in marks.items():
        _say(ctx, known or _new_mark(ctx, mark_id, cue), kind=kind, at=at, audience=audience)
    ctx.undo = {"op": f"cue.{before}", "args": {"id": cue.id}}


def _own_marks(ctx: Context, cue_id: str) -> dict[tuple[str, str], Mark | None]:
    """The viewer's mark on a row by id and audience, the one that they read last; also one that was taken back.

    Who needs help, and where, is for the team: not for clients, sponsors and vendors. A vendor says it to the team
    too, and of what they said themselves they have a mark of their own.
    """
    own = f"{cue_id}:{ctx.viewer.id}"
    if TEAM in ctx.viewer.audiences:
        wanted = [(own, TEAM)]
    else:
        wanted = [(f"{own}:{TEAM}", TEAM), (own, ctx.viewer.own_audience)]
    marks = {one: ctx.find(Mark, one[0]) for one in wanted}
    for mark in filter(None, marks.values()):
        if (mark.cue, mark.member) != (cue_id, ctx.viewer.id):
            raise RefusalError("exists", N_("The id “%(id)s” is in use already."), id=mark.id)
    return marks


def _new_mark(ctx: Context, mark_id: str, cue: Cue) -> Mark:
    """A mark of which nothing is known yet, so that it counts as removed."""
    mark = Mark(
        event_id=ctx.event_id, id=mark_id, cue=cue.id, member=ctx.viewer.id, kind="", at=0, removed_at=1
    )
    ctx.session.add(mark)
    return mark


def _say(ctx: Context, mark: Mark, **values: Any) -> None:  # noqa: ANN401 - columns of a mark
    was = mark.visible_to
    for name, value in values.items():
        setattr(mark, name, value)
    mark.removed_at = None
    about = {"cue": mark.cue, "kind": mark.kind} | claim(ctx, mark.at)
    ctx.record(mark, about, was=was, at=mark.at)
