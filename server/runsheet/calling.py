"""Ops that call the show: warm, standby, GO, finish, and taking a call back. What the crew answers is in `marks.py`."""

from typing import Any

from pydantic import Field

from server.core.access import Permission
from server.core.clock import to_iso
from server.core.context import Context, forbidden
from server.core.i18n import N_
from server.core.ops import Args, Id, RefusalError, Seq
from server.runsheet.args import CueRef
from server.runsheet.calls import (
    begin,
    call,
    end,
    last_of_track,
    live_on,
    put_down,
    refuse_called_since,
    refuse_unpublished,
    take_back,
    unpaused,
)
from server.runsheet.holding import refuse_held
from server.runsheet.marks import ops
from server.runsheet.models import CALLED, ON_AIR, Cue
from server.runsheet.published import as_published
from server.runsheet.queries import descendants
from server.runsheet.rehearsing import refuse_other_line, refuse_other_side
from server.runsheet.rolling import by_hand

__all__ = ["ops"]

MAX_NUDGE_S = 6 * 3600
_WAITING = frozenset({"planned", "warm", "standby"})
# What stands between rows is not started; it can be left out.
_UNCALLED = frozenset({"segment", "delay"})


class Go(Args):
    id: Id
    current: Id | None


class Nudge(Args):
    id: Id
    seconds: int = Field(ge=-MAX_NUDGE_S, le=MAX_NUDGE_S)


class Uncall(Args):
    """`seq` is the entry of the log with which the call was put down; the call's `undo` has it."""

    id: Id
    seq: Seq


@ops.op("cue.warm", may=Permission.CALL_SHOW, of=Cue)
def warm(ctx: Context, args: CueRef) -> None:
    """Call 預備 for a row, some minutes before its standby; once standby is called it is too late for that."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, {"planned", "warm"})
    _refuse_outside(ctx, cue, ON_AIR | _WAITING)
    call(ctx, cue, _time(ctx, cue), state="warm")


@ops.op("cue.standby", may=Permission.CALL_SHOW, of=Cue)
def standby(ctx: Context, args: CueRef) -> None:
    """Call standby for a row; for a cue also before its item runs, but not when that is over."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, _WAITING)
    _refuse_outside(ctx, cue, ON_AIR | _WAITING)
    call(ctx, cue, _time(ctx, cue), state="standby")


@ops.op("cue.go", may=Permission.CALL_SHOW, of=Cue)
def go(ctx: Context, args: Go) -> dict[str, Any]:
    """Start a row. An item ends the one that is live on its track, at the same instant; a cue ends nothing.

    A cue is called within its item, and before it only if its offset says so.

    `current` is the item that the caller saw live on the track. If that no longer holds, somebody else
    called first, and nothing changes.
    """
    cue = _callable(ctx, args.id)
    refuse_held(ctx, cue.track)
    live = live_on(ctx, cue.track)
    if (live.id if live else None) != args.current or cue.state in CALLED:
        raise _already_called(ctx, cue, live, args.current)
    _expect(ctx, cue, _WAITING)
    return _start(ctx, cue, live)


@ops.op("cue.finish", may=Permission.CALL_SHOW, of=Cue)
def finish(ctx: Context, args: CueRef) -> None:
    """End the live item."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, ON_AIR)
    by_hand(ctx, cue)
    end(ctx, cue, _time(ctx, cue))


@ops.op("cue.skip", may=Permission.CALL_SHOW, of=Cue)
def skip(ctx: Context, args: CueRef) -> None:
    """Leave a row out; of a segment everything in it. `cue.resume` brings it back."""
    cue = _on_my_track(ctx, args.id)
    _expect(ctx, cue, _WAITING)
    if cue.kind == "segment" and any(row.is_on_air for row in descendants(ctx.session, cue)):
        raise RefusalError("on_air", N_("This row is running. Finish it first."))
    call(ctx, cue, _time(ctx, cue), state="skipped")


@ops.op("cue.pause", may=Permission.CALL_SHOW, of=Cue)
def pause(ctx: Context, args: CueRef) -> None:
    """Hold the live item: its clock stands."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, {"live"})
    by_hand(ctx, cue)
    at = _time(ctx, cue)
    call(ctx, cue, at, state="paused", paused_at=at)


@ops.op("cue.resume", may=Permission.CALL_SHOW, of=Cue)
def resume(ctx: Context, args: CueRef) -> None:
    """Go on with a held item, or take a skipped row back into the plan."""
    cue = _on_my_track(ctx, args.id)
    _expect(ctx, cue, {"paused", "skipped"})
    at = _time(ctx, cue)
    if cue.state == "skipped":
        call(ctx, cue, at, state="planned")
    else:
        refuse_held(ctx, cue.track)
        by_hand(ctx, cue)
        call(ctx, cue, at, state="live", **unpaused(cue, at))


@ops.op("cue.rewind", may=Permission.CALL_SHOW, of=Cue)
def rewind(ctx: Context, args: CueRef) -> dict[str, Any]:
    """Start a new run of a row that ran before; the live item ends. Every run is kept."""
    cue = _callable(ctx, args.id)
    refuse_held(ctx, cue.track)
    _expect(ctx, cue, {"done"})
    return _start(ctx, cue, live_on(ctx, cue.track))


@ops.op("cue.nudge", may=Permission.CALL_SHOW, of=Cue)
def nudge(ctx: Context, args: Nudge) -> None:
    """Give the live item more time, or take some. The undo of one is of no use to a later run."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, ON_AIR)
    if cue.versions.get("runs", 0) > (ctx.op.base_version or ctx.log.head):
        refuse_called_since(ctx, cue, ctx.op.base_version or 0)
    added = cue.added_s + args.seconds
    if abs(added) > MAX_NUDGE_S:
        raise RefusalError("too_much", N_("That is more than six hours."))
    by_hand(ctx, cue)
    put_down(ctx, cue, ctx.fact_time(cue.last_transition), added_s=added)
    ctx.undo = {"op": "cue.nudge", "args": {"id": cue.id, "seconds": -args.seconds}}


@ops.op("cue.uncall", may=Permission.CALL_SHOW, of=Cue)
def uncall(ctx: Context, args: Uncall) -> None:
    """Take a call back, if nothing was called on its track since; the log keeps that it was made."""
    cue = _on_my_track(ctx, args.id)
    refuse_held(ctx, cue.track)
    by_hand(ctx, cue)
    take_back(ctx, cue, args.seq)


def _callable(ctx: Context, cue_id: str) -> Cue:
    cue = _on_my_track(ctx, cue_id)
    if cue.kind in _UNCALLED:
        raise RefusalError("not_callable", N_("This kind of row isn't called."))
    return cue


def _on_my_track(ctx: Context, cue_id: str) -> Cue:
    """A row of a track that the viewer may call."""
    cue = ctx.visible(Cue, cue_id)
    if not ctx.viewer.may_call(cue.track):
        raise forbidden()
    refuse_unpublished(cue)
    refuse_other_line(ctx, cue)
    refuse_other_side(ctx, cue)
    return cue


def _refuse_outside(ctx: Context, cue: Cue, states: frozenset[str]) -> None:
    """A conflict unless the item in which a cue stands is in one of these states, and nothing above is left out."""
    parent = as_published(cue).parent
    above = ctx.find(Cue, parent) if parent else None
    if above is None or above.removed_at:
        return
    if above.state == "skipped":
        raise _not_live(above, N_("%(title)s is left out, and so is what stands in it."))
    if cue.kind == "cue" and above.state not in states:
        raise _not_live(above, N_("%(title)s is not running, so nothing in it can be called."))
    if above.parent:
        _refuse_outside(ctx, above, states)


def _not_live(above: Cue, text: str) -> RefusalError:
    return RefusalError(
        "not_live",
        text,
        status="conflict",
        **as_published(above).labels,
        parent=above.id,
        now={"state": above.state},
    )


def _expect(ctx: Context, cue: Cue, states: frozenset[str] | set[str]) -> None:
    if cue.state in states:
        return
    who, when = _who_called(ctx, cue, "state")
    raise RefusalError(
        "wrong_state",
        N_("%(who)s called first, at %(when)s: %(title)s.") if who else N_("%(title)s is not in that state."),
        status="conflict",
        **as_published(cue).labels,
        who=who,
        when=when,
        now={"state": cue.state},
    )


def _already_called(ctx: Context, wanted: Cue, live: Cue | None, expected: str | None) -> RefusalError:
    """The row was called, or another is live than the caller saw, or none any more: who did that, and when."""
    ended = ctx.find(Cue, expected) if expected else None
    shown = wanted if wanted.state in CALLED else live or ended or wanted
    who, when = _who_called(ctx, shown, "runs")
    return RefusalError(
        "already_called",
        N_("%(who)s called first, at %(when)s: %(title)s.") if who else N_("%(title)s is not live."),
        status="conflict",
        who=who,
        when=when,
        **as_published(shown).labels,
        now={"current": live.id if live else None, "state": wanted.state},
    )


def _who_called(ctx: Context, cue: Cue, field: str) -> tuple[str, int | None]:
    """(member, when) of the call that last set a field."""
    return ctx.who_made(cue.versions.get(field, 0))


def _start(ctx: Context, cue: Cue, live: Cue | None) -> dict[str, Any]:
    """Begin a row; an item takes over from the live one at one instant."""
    shown = as_published(cue)
    is_ahead = shown.start_mode == "offset" and shown.offset_s < 0
    _refuse_outside(ctx, cue, ON_AIR | _WAITING if is_ahead else ON_AIR)
    at = _time(ctx, cue, live)
    if cue.kind == "cue":
        call(ctx, cue, at, state="done", runs=[*cue.runs, [at, at + shown.duration_s * 1000]])
    else:
        by_hand(ctx, cue)
        begin(ctx, cue, live, at)
    return {"at": to_iso(at, ctx.event.timezone)}


def _time(ctx: Context, cue: Cue, live: Cue | None = None) -> int:
    """When the fact happened: the claimed time if nothing it follows on is later, else the receipt.

    That is what was last called of these rows, and on a track of items the end of the last one.
    """
    if ctx.op.at is None:
        return ctx.received
    moments = [row.last_transition or 0 for row in (cue, live) if row]
    if cue.kind != "cue":
        moments.append(last_of_track(ctx, cue.track))
    return ctx.fact_time(max(moments))
