"""依時間執行: a track that the clock calls, in the name of who switched that on. `rolling_work.py` makes the turns."""

from typing import Any

from server.core.access import Permission
from server.core.clock import to_iso
from server.core.context import Context, forbidden, not_found
from server.core.ops import Args, Id, OpSet
from server.runsheet.args import WORDS
from server.runsheet.models import Cue, Track
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
    running = open_on(ctx, track.id) if args.on else None
    if running:
        raise rehearsing(running)
    if args.on != bool(track.rolling_by):
        _set(ctx, track, ctx.viewer.id if args.on else None)
        ctx.undo = {"op": "track.roll", "args": {"track": track.id, "on": not args.on}}
    return {"at": to_iso(track.rolling_at, ctx.event.timezone)} if track.rolling_at else None


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
