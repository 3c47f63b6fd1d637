"""依時間執行: a track that the clock calls, in the name of who switched that on. `rolling_work.py` makes the turns."""

from typing import Any

from server.core.access import Permission
from server.core.clock import to_iso
from server.core.context import Context, forbidden, not_found
from server.core.i18n import N_
from server.core.ops import Args, Id, OpSet, RefusalError
from server.runsheet.args import WORDS
from server.runsheet.calls import held, last_called
from server.runsheet.models import Cue, Track
from server.runsheet.published import as_published
from server.runsheet.rehearsing import open_on, rehearsing

ops = OpSet(words=WORDS)


class Roll(Args):
    track: Id
    on: bool


@ops.op("track.roll", may=Permission.CALL_SHOW)
def switch(ctx: Context, args: Roll) -> dict[str, Any] | None:
    """Let the clock call a track from now on, or no longer. To switch it on again changes nothing."""
    track = ctx.visible(Track, args.track)
    if track.removed_at:
        raise not_found(args.track)
    if not ctx.viewer.may_call(track.id):
        raise forbidden()
    if args.on:
        _refuse_off(ctx, track)
    if args.on != bool(track.rolling_by):
        _set(ctx, track, ctx.viewer.id if args.on else None)
        ctx.undo = {"op": "track.roll", "args": {"track": track.id, "on": not args.on}}
    return {"at": to_iso(track.rolling_at, ctx.event.timezone)} if track.rolling_at else None


def _refuse_off(ctx: Context, track: Track) -> None:
    """The clock calls nothing on a track that is stopped or rehearsed."""
    if track.held_at is not None:
        raise held(track)
    running = open_on(ctx, track.id)
    if running:
        raise rehearsing(running)
    _refuse_called_since(ctx, track)


def _refuse_called_since(ctx: Context, track: Track) -> None:
    """Who called after it was tapped, without signal, has the track in hand."""
    last = last_called(ctx, track.id)
    if last and ctx.op.at is not None and ctx.op.at < (last.called_at or 0):
        who, when = last.called_by, last.called_at
        text = N_("%(who)s called after that, at %(when)s: %(title)s.")
        raise RefusalError(
            "called_since", text, status="conflict", who=who, when=when, **as_published(last).labels
        )


def by_hand(ctx: Context, cue: Cue) -> None:
    """Somebody calls what the clock would call: the hand wins, and the clock leaves the track. Cues are none of its."""
    track = ctx.find(Track, cue.track)
    if track and cue.kind != "cue":
        let_go(ctx, track)


def let_go(ctx: Context, track: Track) -> None:
    """Let the clock leave a track."""
    if track.rolling_by:
        _set(ctx, track, None)


def _set(ctx: Context, track: Track, by: str | None) -> None:
    """Switch the clock on in somebody's name, or off. Recorded as itself, whatever op it comes with."""
    values = {"rolling_by": by, "rolling_at": ctx.received if by else None}
    detail = {"set": values, "was": {name: getattr(track, name) for name in values}}
    for name, value in values.items():
        setattr(track, name, value)
    ctx.record(track, detail, was=track.visible_to, kind="track.roll")
