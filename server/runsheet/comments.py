"""Ops on comments: what the team says to each other about a row."""

from typing import Annotated

from pydantic import Field

from server.core.access import EDITORS, TEAM, Permission
from server.core.context import Context
from server.core.i18n import N_
from server.core.ops import Args, Id, OpSet, RefusalError, Text
from server.runsheet.args import WORDS, CueRef
from server.runsheet.calls import claim
from server.runsheet.hanging import Comment
from server.runsheet.models import Cue
from server.runsheet.published import is_new

LONGEST = 500
ops = OpSet(words=WORDS)


class CommentAdd(Args):
    id: Id
    cue: Id
    text: Annotated[Text, Field(min_length=1, max_length=LONGEST)]


@ops.op("comment.add", may=Permission.MARK)
def add(ctx: Context, args: CommentAdd) -> None:
    """Comment on a row, for the team. One that was struck comes back by the same words."""
    _refuse_outsider(ctx)
    cue = ctx.visible(Cue, args.cue)
    said = {"cue": cue.id, "text": args.text}
    known = ctx.find(Comment, args.id)
    if known and known.removed_at and _may_strike(ctx, known) and _says(known) == said:
        known.removed_at, known.audience = None, _audience(cue)
        ctx.record(known, said, was=None, at=known.at)
    else:
        at = ctx.fact_time(None)
        ctx.add(_made(ctx, args, at, cue), **said, **claim(ctx, at))
    ctx.undo = {"op": "comment.strike", "args": {"id": args.id}}


@ops.op("comment.strike", may=Permission.MARK)
def strike(ctx: Context, args: CueRef) -> None:
    """Take one's own comment back; who edits the sheet, anybody's."""
    _refuse_outsider(ctx)
    comment = ctx.visible(Comment, args.id)
    if not _may_strike(ctx, comment):
        raise RefusalError("forbidden", N_("Only who wrote a comment takes it back, or show control."))
    was, comment.removed_at = comment.visible_to, ctx.received
    ctx.record(comment, {}, was=was)
    ctx.undo = {"op": "comment.add", "args": {"id": comment.id} | _says(comment)}


def _made(ctx: Context, args: CommentAdd, at: int, cue: Cue) -> Comment:
    return Comment(
        event_id=ctx.event_id,
        id=args.id,
        audience=_audience(cue),
        cue=cue.id,
        member=ctx.viewer.id,
        text=args.text,
        at=at,
    )


def _audience(cue: Cue) -> str:
    """Whom a comment on a row is for; of a row that nobody else knows yet its editors."""
    return EDITORS if is_new(cue) else TEAM


def _says(comment: Comment) -> dict[str, str]:
    return {"cue": comment.cue, "text": comment.text}


def _may_strike(ctx: Context, comment: Comment) -> bool:
    return comment.member == ctx.viewer.id or ctx.viewer.may(Permission.EDIT_SHEET)


def _refuse_outsider(ctx: Context) -> None:
    if TEAM not in ctx.viewer.audiences:
        raise RefusalError("forbidden", N_("Comments are the team's."))
