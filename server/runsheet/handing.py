"""Ops by which the call of a track goes from one caller to another. It asks before a GO, and hinders none."""

from sqlmodel import col, select

from server.core.access import Permission
from server.core.context import Context, forbidden, not_found
from server.core.i18n import N_
from server.core.models import Entity
from server.core.ops import Args, Id, OpSet, RefusalError
from server.people.models import Member
from server.people.queries import find_viewer
from server.runsheet.args import WORDS
from server.runsheet.calls import put_down
from server.runsheet.models import Track

ops = OpSet(words=WORDS)


class HandOver(Args):
    track: Id
    to: Id


class Take(Args):
    """`current` is who had the call when it was taken, as the taker saw it."""

    track: Id
    current: Id | None


@ops.op("track.hand_over", may=Permission.CALL_SHOW)
def hand_over(ctx: Context, args: HandOver) -> None:
    """Give the call of a track to somebody who may call it. Only who has it gives it away; nobody's is everybody's."""
    track = _mine(ctx, args.track)
    if track.caller not in {"", ctx.viewer.id}:
        raise _has_it(track)
    to = find_viewer(ctx.session, ctx.event_id, args.to)
    if to is None:
        raise not_found(args.to)
    if not to.may_call(track.id):
        raise RefusalError("may_not_call", N_("%(name)s may not call this track."), name=to.name)
    _give(ctx, track, args.to)


@ops.op("track.take", may=Permission.CALL_SHOW)
def take(ctx: Context, args: Take) -> None:
    """Say: I call now. Of two who take it at once the second is told who was first."""
    track = _mine(ctx, args.track)
    if track.caller != (args.current or ""):
        raise _has_it(track)
    _give(ctx, track, ctx.viewer.id)


def follow_caller(ctx: Context, entity: Entity, _kind: str) -> None:
    """Who is removed, or may no longer call a track, has no call of it: it is nobody's."""
    if not isinstance(entity, Member):
        return
    theirs = select(Track).where(Track.event_id == ctx.event_id, Track.caller == entity.id)
    for track in ctx.session.exec(theirs.order_by(col(Track.id))):
        if entity.removed_at or not entity.viewer().may_call(track.id):
            track.caller, track.caller_since, track.handed_by = "", None, ""
            ctx.record(track, {}, was=track.visible_to, kind="track.lose")


def _mine(ctx: Context, track_id: str) -> Track:
    track = ctx.visible(Track, track_id)
    if not ctx.viewer.may_call(track.id):
        raise forbidden()
    return track


def _give(ctx: Context, track: Track, member: str) -> None:
    at = ctx.fact_time(track.caller_since)
    put_down(ctx, track, at, caller=member, caller_since=at, handed_by=ctx.viewer.id)
    ctx.undo = {"op": "track.uncall", "args": {"seq": ctx.seq}}


def _has_it(track: Track) -> RefusalError:
    text = (
        N_("%(who)s has the call of %(title)s since %(when)s.")
        if track.caller
        else N_("Nobody has the call of %(title)s any more.")
    )
    now = {"caller": track.caller or None}
    return RefusalError(
        "has_the_call",
        text,
        status="conflict",
        who=track.caller,
        when=track.caller_since,
        **track.labels,
        now=now,
    )
