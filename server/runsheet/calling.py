"""Ops that call the show: standby, GO, finish, and what the crew answers."""

from typing import Any

from pydantic import Field
from sqlmodel import col, select

from server.core.access import Permission
from server.core.context import Context, forbidden
from server.core.i18n import N_
from server.core.ops import Args, Id, OpSet, RefusalError
from server.runsheet.actions import CueRef
from server.runsheet.models import CALLED, ON_AIR, Cue, Mark

ops = OpSet()

MAX_NUDGE_S = 6 * 3600
_WAITING = frozenset({"planned", "warm", "standby"})


class Go(Args):
    id: Id
    current: Id | None


class Nudge(Args):
    id: Id
    seconds: int = Field(ge=-MAX_NUDGE_S, le=MAX_NUDGE_S)


@ops.op("cue.standby", may=Permission.CALL_SHOW)
def standby(ctx: Context, args: CueRef) -> None:
    """Call standby for a row."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, _WAITING)
    _set(ctx, cue, _time(ctx, cue), state="standby")


@ops.op("cue.go", may=Permission.CALL_SHOW)
def go(ctx: Context, args: Go) -> dict[str, Any]:
    """Start a row. An item ends the one that is live on its track, at the same instant; a cue ends nothing.

    `current` is the item that the caller saw live on the track. If that no longer holds, somebody else
    called first, and nothing changes.
    """
    cue = _callable(ctx, args.id)
    live = _live(ctx, cue.track)
    if (live.id if live else None) != args.current or cue.state in CALLED:
        raise _already_called(cue if cue.state in CALLED else live, cue)
    at = _time(ctx, cue, live)
    if live and cue.kind != "cue":
        _end(ctx, live, at)
    _begin(ctx, cue, at)
    return {"at": at}


@ops.op("cue.finish", may=Permission.CALL_SHOW)
def finish(ctx: Context, args: CueRef) -> None:
    """End the live item."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, ON_AIR)
    _end(ctx, cue, _time(ctx, cue))


@ops.op("cue.skip", may=Permission.CALL_SHOW)
def skip(ctx: Context, args: CueRef) -> None:
    """Leave a row out. `cue.resume` brings it back."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, _WAITING)
    _set(ctx, cue, _time(ctx, cue), state="skipped")
    ctx.undo = {"op": "cue.resume", "args": {"id": cue.id}}


@ops.op("cue.pause", may=Permission.CALL_SHOW)
def pause(ctx: Context, args: CueRef) -> None:
    """Hold the live item: its clock stands."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, {"live"})
    at = _time(ctx, cue)
    _set(ctx, cue, at, state="paused", paused_at=at)
    ctx.undo = {"op": "cue.resume", "args": {"id": cue.id}}


@ops.op("cue.resume", may=Permission.CALL_SHOW)
def resume(ctx: Context, args: CueRef) -> None:
    """Go on with a held item, or take a skipped row back into the plan."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, {"paused", "skipped"})
    at = _time(ctx, cue)
    if cue.state == "skipped":
        _set(ctx, cue, at, state="planned")
    else:
        _set(ctx, cue, at, state="live", **_unpaused(cue, at))


@ops.op("cue.rewind", may=Permission.CALL_SHOW)
def rewind(ctx: Context, args: CueRef) -> dict[str, Any]:
    """Start a new run of a row that ran before; the live item ends. Every run is kept."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, {"done"})
    live = _live(ctx, cue.track)
    at = _time(ctx, cue, live)
    if live and cue.kind != "cue":
        _end(ctx, live, at)
    _begin(ctx, cue, at)
    return {"at": at}


@ops.op("cue.nudge", may=Permission.CALL_SHOW)
def nudge(ctx: Context, args: Nudge) -> None:
    """Give the live item more time, or take some."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, ON_AIR)
    added = cue.added_s + args.seconds
    if abs(added) > MAX_NUDGE_S:
        raise RefusalError("too_much", N_("That is more than six hours."))
    _set(ctx, cue, _time(ctx, cue), added_s=added)
    ctx.undo = {"op": "cue.nudge", "args": {"id": cue.id, "seconds": -args.seconds}}


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
    mark = ctx.visible(Mark, _mark_id(ctx, args.id))
    was, mark.removed_at = mark.visible_to, ctx.received
    ctx.record(mark, {"cue": mark.cue}, was=was)


def _callable(ctx: Context, cue_id: str) -> Cue:
    cue = ctx.visible(Cue, cue_id)
    if not ctx.viewer.may_call(cue.track):
        raise forbidden()
    if cue.kind in {"segment", "delay"}:
        raise RefusalError("not_callable", N_("This kind of row isn't called."))
    return cue


def _live(ctx: Context, track: str) -> Cue | None:
    """The item that is live or held on a track; cues run within it and don't count."""
    return ctx.session.exec(
        select(Cue).where(
            Cue.event_id == ctx.event_id,
            Cue.track == track,
            Cue.kind != "cue",
            col(Cue.state).in_(ON_AIR),
            col(Cue.removed_at).is_(None),
        )
    ).first()


def _expect(ctx: Context, cue: Cue, states: frozenset[str] | set[str]) -> None:
    if cue.state in states:
        return
    raise RefusalError(
        "wrong_state",
        N_("%(title)s is no longer in that state."),
        status="conflict",
        title=f"{cue.number} {cue.title}".strip(),
        who=cue.called_by,
        when=cue.called_at,
        now={"state": cue.state},
    )


def _already_called(called: Cue | None, wanted: Cue) -> RefusalError:
    shown = called or wanted
    return RefusalError(
        "already_called",
        N_("%(who)s called first: %(title)s."),
        status="conflict",
        who=shown.called_by,
        when=shown.called_at,
        title=f"{shown.number} {shown.title}".strip(),
        now={"current": called.id if called and called.is_on_air else None, "state": wanted.state},
    )


def _time(ctx: Context, *rows: Cue | None) -> int:
    """When the fact happened: the claimed time if nothing on these rows is later, else the receipt."""
    previous = max((row.last_transition or 0 for row in rows if row), default=0)
    return ctx.fact_time(previous)


def _begin(ctx: Context, cue: Cue, at: int) -> None:
    if cue.kind == "cue":
        _set(ctx, cue, at, state="done", runs=[*cue.runs, [at, at + cue.duration_s * 1000]])
    else:
        _set(ctx, cue, at, state="live", runs=[*cue.runs, [at, None]], added_s=0, paused_ms=0, paused_at=None)


def _end(ctx: Context, cue: Cue, at: int) -> None:
    *earlier, (start, _) = cue.runs
    _set(ctx, cue, at, state="done", runs=[*earlier, [start, at]], **_unpaused(cue, at))


def _unpaused(cue: Cue, at: int) -> dict[str, Any]:
    if cue.paused_at is None:
        return {}
    return {"paused_at": None, "paused_ms": cue.paused_ms + max(0, at - cue.paused_at)}


def _set(ctx: Context, cue: Cue, at: int, **values: Any) -> None:  # noqa: ANN401 - columns of a cue
    for name, value in {**values, "called_by": ctx.viewer.id, "called_at": at}.items():
        setattr(cue, name, value)
    detail = {"call": values, "at": at}
    if ctx.op.at is not None and ctx.op.at != at:
        detail["claimed"] = ctx.op.at
    ctx.record(cue, detail, was=cue.visible_to)


def _mark_id(ctx: Context, cue_id: str) -> str:
    return f"{cue_id}:{ctx.viewer.id}"


def _mark(ctx: Context, cue_id: str, kind: str) -> None:
    cue = ctx.visible(Cue, cue_id)
    mark = ctx.find(Mark, _mark_id(ctx, cue_id))
    was = mark.visible_to if mark else None
    if mark is None:
        mark = Mark(event_id=ctx.event_id, id=_mark_id(ctx, cue_id), cue=cue.id, member=ctx.viewer.id, kind=kind, at=0)
        ctx.session.add(mark)
    mark.kind, mark.at, mark.removed_at = kind, ctx.fact_time(None), None
    ctx.record(mark, {"cue": cue.id, "kind": kind}, was=was)
    ctx.undo = {"op": "cue.unmark", "args": {"id": cue.id}}
