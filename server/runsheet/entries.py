"""Ops on the site's log: what was said on the radio and changes something is written down, too."""

from typing import Annotated

from pydantic import Field

from server.core.access import TEAM, Permission
from server.core.context import Context
from server.core.i18n import N_
from server.core.ops import Args, Id, Line, OpSet, RefusalError
from server.runsheet.args import WORDS, CueRef
from server.runsheet.around import require
from server.runsheet.calls import claim
from server.runsheet.hanging import Entry
from server.runsheet.models import Cue, Track

ops = OpSet(words=WORDS)


class LogWrite(Args):
    """`cue` is what was live, `track` where it was."""

    id: Id
    text: Annotated[Line, Field(min_length=1)]
    track: Id | None = None
    cue: Id | None = None


@ops.op("log.write", may=Permission.MARK)
def write(ctx: Context, args: LogWrite) -> None:
    """Write one line, for the team. One's own line that was struck comes back by the same words."""
    _refuse_outsider(ctx)
    if args.track:
        require(ctx, Track, args.track)
    if args.cue:
        ctx.visible(Cue, args.cue)
    known = ctx.find(Entry, args.id)
    said = args.model_dump(exclude={"id"})
    if (
        known
        and known.removed_at
        and known.member == ctx.viewer.id
        and said.items() <= known.model_dump().items()
    ):
        was, known.removed_at = None, None
        ctx.record(known, said, was=was, at=known.at)
    else:
        at = ctx.fact_time(None)
        entry = Entry(event_id=ctx.event_id, id=args.id, audience=TEAM, member=ctx.viewer.id, at=at, **said)
        ctx.add(entry, **said, **claim(ctx, at))
    ctx.undo = {"op": "log.strike", "args": {"id": args.id}}


@ops.op("log.strike", may=Permission.MARK)
def strike(ctx: Context, args: CueRef) -> None:
    """Take one's own line back. The event's log keeps that it stood there."""
    _refuse_outsider(ctx)
    entry = ctx.visible(Entry, args.id)
    if entry.member != ctx.viewer.id:
        raise RefusalError("forbidden", N_("Only who wrote a line takes it back."))
    was, entry.removed_at = entry.visible_to, ctx.received
    ctx.record(entry, {}, was=was)
    said = entry.model_dump(include=set(LogWrite.model_fields))
    ctx.undo = {"op": "log.write", "args": said}


def _refuse_outsider(ctx: Context) -> None:
    if TEAM not in ctx.viewer.audiences:
        raise RefusalError("forbidden", N_("The log is the team's."))
