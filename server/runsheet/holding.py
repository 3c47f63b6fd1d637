"""Ops that stop whole tracks (停演) and let them go on: for an evacuation, a thunderstorm, a singer who has fallen."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from sqlmodel import col, select

from server.core.access import Permission
from server.core.context import Context, forbidden, not_found
from server.core.i18n import N_
from server.core.models import Change
from server.core.ops import Args, Id, OpSet, RefusalError, Seq
from server.runsheet.args import WORDS
from server.runsheet.calls import held, live_on, put_down, refuse_called_since, unpaused
from server.runsheet.models import Cue, Track
from server.runsheet.published import as_published
from server.runsheet.rehearsing import refuse_rehearsed_track
from server.runsheet.rolling import let_go

ops = OpSet(words=WORDS)

MOST_TRACKS = 50
# A hold that waited on a phone for longer doesn't stop what others have called in the meantime.
STALE_MS = 60_000
_TAKEN_BACK = frozenset(f"track.{name}" for name in ("hold", "release", "hand_over", "take", "uncall"))


def _once(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(ids))


class Tracks(Args):
    tracks: Annotated[list[Id], Field(min_length=1, max_length=MOST_TRACKS), AfterValidator(_once)]


class TrackUncall(Args):
    """`seq` is the entry of the log with which it was done; the op's `undo` has it."""

    seq: Seq


@ops.op("track.hold", may=Permission.CALL_SHOW)
def hold(ctx: Context, args: Tracks) -> None:
    """Stop tracks: what runs there is paused, and no GO starts anything until they are released.

    Those that are stopped already stay as they are; if all are, the first one's word stands.
    """
    tracks = _tapped(ctx, args.tracks)
    standing = [track for track in tracks if track.held_at is None]
    if not standing:
        raise held(tracks[0])
    for track in standing:
        live = live_on(ctx, track.id)
        _refuse_stale(ctx, live)
        at = ctx.fact_time(_latest(track, live))
        let_go(ctx, track)
        if live and live.state == "live":
            put_down(ctx, live, at, state="paused", paused_at=at, called_by=ctx.viewer.id, called_at=at)
        put_down(ctx, track, at, held_at=at, held_by=ctx.viewer.id)
    ctx.undo = {"op": "track.uncall", "args": {"seq": ctx.seq}}


@ops.op("track.release", may=Permission.CALL_SHOW)
def release(ctx: Context, args: Tracks) -> None:
    """Let tracks go on: what was paused when they were stopped runs again. Those that run stay as they are."""
    tracks = _tapped(ctx, args.tracks)
    stopped = [track for track in tracks if track.held_at is not None]
    if not stopped:
        raise _not_held(ctx, tracks[0])
    _refuse_held_since(ctx, stopped)
    for track in stopped:
        live = live_on(ctx, track.id)
        at = ctx.fact_time(_latest(track, live))
        # What stood still before is somebody else's pause, and stays one.
        if live and live.paused_at is not None and live.paused_at >= (track.held_at or 0):
            put_down(ctx, live, at, state="live", called_by=ctx.viewer.id, called_at=at, **unpaused(live, at))
        put_down(ctx, track, at, held_at=None, held_by="")
    ctx.undo = {"op": "track.uncall", "args": {"seq": ctx.seq}}


@ops.op("track.uncall", may=Permission.CALL_SHOW)
def uncall(ctx: Context, args: TrackUncall) -> None:
    """Take back what was done to tracks: all stands as before it, unless the same was done, or called, since."""
    entries = _entries(ctx, args.seq)
    rows = [_row(ctx, entry) for entry in entries]
    _mine(ctx, [row.id for row in rows if isinstance(row, Track)])
    for row, entry in zip(rows, entries, strict=True):
        if isinstance(row, Cue):
            refuse_called_since(ctx, row, args.seq)
        else:
            _refuse_changed_since(ctx, row, set(entry.detail["was"]), args.seq)
    for row, entry in zip(rows, entries, strict=True):
        put_down(ctx, row, ctx.received, **entry.detail["was"])
    ctx.undo = {"op": "track.uncall", "args": {"seq": ctx.seq}}


def refuse_held(ctx: Context, track_id: str) -> None:
    """A conflict with who and since when, while a track is stopped."""
    track = ctx.find(Track, track_id)
    if track and track.held_at is not None:
        raise held(track)


def _mine(ctx: Context, ids: list[str]) -> list[Track]:
    """These tracks, each of which the viewer has to be allowed to call."""
    tracks = [ctx.visible(Track, track_id) for track_id in ids]
    if not all(ctx.viewer.may_call(track.id) for track in tracks):
        raise forbidden()
    return tracks


def _tapped(ctx: Context, ids: list[str]) -> list[Track]:
    """As above, unless it was tapped in a rehearsal that is over by now."""
    tracks = _mine(ctx, ids)
    for track in tracks:
        refuse_rehearsed_track(ctx, track.id)
    return tracks


def _latest(track: Track, live: Cue | None) -> int:
    """When anything was last called that this follows on."""
    return max(track.held_at or 0, (live.last_transition or 0) if live else 0)


def _refuse_stale(ctx: Context, live: Cue | None) -> None:
    claimed = ctx.op.at
    if live is None or claimed is None or ctx.received - claimed <= STALE_MS:
        return
    if claimed < (live.last_transition or 0):
        who, when = live.called_by, live.called_at
        text = N_("%(who)s called after that, at %(when)s: %(title)s.")
        now = {"state": live.state}
        raise RefusalError(
            "called_since", text, status="conflict", who=who, when=when, **as_published(live).labels, now=now
        )


def _refuse_held_since(ctx: Context, tracks: list[Track]) -> None:
    """A release that waited on a phone frees nothing that was stopped after it was tapped."""
    claimed = ctx.op.at
    for track in tracks:
        if claimed is not None and claimed < (track.held_at or 0):
            raise held(track)


def _not_held(ctx: Context, track: Track) -> RefusalError:
    who, when = ctx.who_made(track.versions.get("held_at", 0))
    text = N_("%(who)s let %(title)s go on, at %(when)s.") if who else N_("%(title)s is not stopped.")
    return RefusalError(
        "not_held", text, status="conflict", who=who, when=when, **track.labels, now={"held": False}
    )


def _entries(ctx: Context, seq: int) -> list[Change]:
    """All that the op entered into the log which made this entry, if it is one of a track's.

    The clock that it made leave a track is not called back: nobody knows whether its plan still holds.
    """
    here = Change.event_id == ctx.event_id
    last = ctx.session.exec(select(Change).where(here, Change.seq == seq)).first()
    if last is None or last.entity_kind != Track.entity_kind or last.kind not in _TAKEN_BACK:
        raise not_found(str(seq))
    # The log has no index by op: one enters three things of each track at most.
    near = col(Change.seq).between(seq - 3 * MOST_TRACKS, seq)
    these = select(Change).where(here, near, Change.op_id == last.op_id, Change.kind != "track.roll")
    return list(ctx.session.exec(these.order_by(col(Change.seq))))


def _row(ctx: Context, entry: Change) -> Cue | Track:
    model: type[Cue | Track] = Track if entry.entity_kind == Track.entity_kind else Cue
    row: Any = ctx.find(model, entry.entity)
    if row is None or row.removed_at:
        raise RefusalError("changed", N_("What ran before that is no longer there."), status="conflict")
    found: Cue | Track = row
    return found


def _refuse_changed_since(ctx: Context, track: Track, names: set[str], seq: int) -> None:
    newest = max(track.versions.get(name, 0) for name in names)
    if newest <= seq:
        return
    who, when = ctx.who_made(newest)
    text = N_("%(who)s called after that, at %(when)s: %(title)s.")
    raise RefusalError("called_since", text, status="conflict", who=who, when=when, **track.labels)
