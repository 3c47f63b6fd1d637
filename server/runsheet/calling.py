"""Ops that call the show: standby, GO, finish, and what the crew answers."""

from typing import Any

from pydantic import Field
from sqlmodel import col, select

from server.core.access import Permission
from server.core.clock import to_iso
from server.core.context import Context, forbidden, not_found
from server.core.i18n import N_
from server.core.ops import Args, Id, OpSet, RefusalError
from server.runsheet.args import WORDS, CueRef
from server.runsheet.models import CALLED, ON_AIR, Cue, Mark

ops = OpSet(words=WORDS)

MAX_NUDGE_S = 6 * 3600
_WAITING = frozenset({"planned", "warm", "standby"})


class Go(Args):
    id: Id
    current: Id | None


class Nudge(Args):
    id: Id
    seconds: int = Field(ge=-MAX_NUDGE_S, le=MAX_NUDGE_S)


@ops.op("cue.standby", may=Permission.CALL_SHOW, of=Cue)
def standby(ctx: Context, args: CueRef) -> None:
    """Call standby for a row."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, _WAITING)
    _call(ctx, cue, _time(ctx, cue), state="standby")


@ops.op("cue.go", may=Permission.CALL_SHOW, of=Cue)
def go(ctx: Context, args: Go) -> dict[str, Any]:
    """Start a row. An item ends the one that is live on its track, at the same instant; a cue ends nothing.

    `current` is the item that the caller saw live on the track. If that no longer holds, somebody else
    called first, and nothing changes.
    """
    cue = _callable(ctx, args.id)
    live = _live(ctx, cue.track)
    if (live.id if live else None) != args.current or cue.state in CALLED:
        raise _already_called(ctx, cue, live, args.current)
    _expect(ctx, cue, _WAITING)
    return _start(ctx, cue, live)


@ops.op("cue.finish", may=Permission.CALL_SHOW, of=Cue)
def finish(ctx: Context, args: CueRef) -> None:
    """End the live item."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, ON_AIR)
    _end(ctx, cue, _time(ctx, cue))


@ops.op("cue.skip", may=Permission.CALL_SHOW, of=Cue)
def skip(ctx: Context, args: CueRef) -> None:
    """Leave a row out. `cue.resume` brings it back."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, _WAITING)
    _call(ctx, cue, _time(ctx, cue), state="skipped")
    ctx.undo = {"op": "cue.resume", "args": {"id": cue.id}}


@ops.op("cue.pause", may=Permission.CALL_SHOW, of=Cue)
def pause(ctx: Context, args: CueRef) -> None:
    """Hold the live item: its clock stands."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, {"live"})
    at = _time(ctx, cue)
    _call(ctx, cue, at, state="paused", paused_at=at)
    ctx.undo = {"op": "cue.resume", "args": {"id": cue.id}}


@ops.op("cue.resume", may=Permission.CALL_SHOW, of=Cue)
def resume(ctx: Context, args: CueRef) -> None:
    """Go on with a held item, or take a skipped row back into the plan."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, {"paused", "skipped"})
    at = _time(ctx, cue)
    if cue.state == "skipped":
        _call(ctx, cue, at, state="planned")
        ctx.undo = {"op": "cue.skip", "args": {"id": cue.id}}
    else:
        _call(ctx, cue, at, state="live", **_unpaused(cue, at))
        ctx.undo = {"op": "cue.pause", "args": {"id": cue.id}}


@ops.op("cue.rewind", may=Permission.CALL_SHOW, of=Cue)
def rewind(ctx: Context, args: CueRef) -> dict[str, Any]:
    """Start a new run of a row that ran before; the live item ends. Every run is kept."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, {"done"})
    return _start(ctx, cue, _live(ctx, cue.track))


@ops.op("cue.nudge", may=Permission.CALL_SHOW, of=Cue)
def nudge(ctx: Context, args: Nudge) -> None:
    """Give the live item more time, or take some."""
    cue = _callable(ctx, args.id)
    _expect(ctx, cue, ON_AIR)
    added = cue.added_s + args.seconds
    if abs(added) > MAX_NUDGE_S:
        raise RefusalError("too_much", N_("That is more than six hours."))
    _set(ctx, cue, ctx.fact_time(cue.last_transition), added_s=added)
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
    mark = _own_mark(ctx, args.id)
    if mark is None or mark.removed_at:
        raise not_found(args.id)
    was, mark.removed_at = mark.visible_to, ctx.received
    ctx.record(mark, {"cue": mark.cue}, was=was)
    ctx.undo = {"op": f"cue.{mark.kind}", "args": {"id": mark.cue}}


def _callable(ctx: Context, cue_id: str) -> Cue:
    cue = ctx.visible(Cue, cue_id)
    if not ctx.viewer.may_call(cue.track):
        raise forbidden()
    if cue.kind in {"segment", "delay"}:
        raise RefusalError("not_callable", N_("This kind of row isn't called."))
    return cue


def _live(ctx: Context, track: str) -> Cue | None:
    """The item that is live or held on a track; cues run within it and don't count."""
    here = (
        Cue.event_id == ctx.event_id,
        Cue.track == track,
        Cue.kind != "cue",
        col(Cue.removed_at).is_(None),
    )
    return ctx.session.exec(select(Cue).where(*here, col(Cue.state).in_(ON_AIR))).first()


def _expect(ctx: Context, cue: Cue, states: frozenset[str] | set[str]) -> None:
    if cue.state in states:
        return
    who, when = _who_called(ctx, cue, "state")
    raise RefusalError(
        "wrong_state",
        N_("%(who)s called first, at %(when)s: %(title)s.") if who else N_("%(title)s is not in that state."),
        status="conflict",
        title=_title(cue),
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
        title=_title(shown),
        now={"current": live.id if live else None, "state": wanted.state},
    )


def _who_called(ctx: Context, cue: Cue, field: str) -> tuple[str, int | None]:
    """(member, when) of the call that last set a field."""
    return ctx.who_made(cue.versions.get(field, 0))


def _title(cue: Cue) -> str:
    return f"{cue.number} {cue.title}".strip()


def _start(ctx: Context, cue: Cue, live: Cue | None) -> dict[str, Any]:
    """Begin a row; an item takes over from the live one at one instant."""
    at = _time(ctx, cue, live)
    if cue.kind == "cue":
        _call(ctx, cue, at, state="done", runs=[*cue.runs, [at, at + cue.duration_s * 1000]])
    else:
        if live:
            _end(ctx, live, at)
        _call(
            ctx, cue, at, state="live", runs=[*cue.runs, [at, None]], added_s=0, paused_ms=0, paused_at=None
        )
    return {"at": to_iso(at, ctx.event.timezone)}


def _end(ctx: Context, cue: Cue, at: int) -> None:
    *earlier, (start, _) = cue.runs
    _call(ctx, cue, at, state="done", runs=[*earlier, [start, at]], **_unpaused(cue, at))


def _unpaused(cue: Cue, at: int) -> dict[str, Any]:
    if cue.paused_at is None:
        return {}
    return {"paused_at": None, "paused_ms": cue.paused_ms + max(0, at - cue.paused_at)}


def _time(ctx: Context, cue: Cue, live: Cue | None = None) -> int:
    """When the fact happened: the claimed time if nothing it follows on is later, else the receipt.

    That is what was last called of these rows, and on a track of items the end of the last one.
    """
    if ctx.op.at is None:
        return ctx.received
    moments = [row.last_transition or 0 for row in (cue, live) if row]
    if cue.kind != "cue":
        moments += _moments_of_track(ctx, cue.track)
    return ctx.fact_time(max(moments))


def _moments_of_track(ctx: Context, track: str) -> list[int]:
    """When items of a track began and ended."""
    here = (Cue.event_id == ctx.event_id, Cue.track == track, Cue.kind != "cue", col(Cue.state).in_(CALLED))
    found = ctx.session.exec(select(Cue.runs).where(*here))
    return [moment for runs in found for run in runs for moment in run if moment is not None]


def _call(ctx: Context, cue: Cue, at: int, **values: Any) -> None:  # noqa: ANN401 - columns of a cue
    """Set what a call changes, with who called and when."""
    cue.called_by, cue.called_at = ctx.viewer.id, at
    _set(ctx, cue, at, **values)


def _set(ctx: Context, cue: Cue, at: int, **values: Any) -> None:  # noqa: ANN401 - as above
    for name, value in values.items():
        setattr(cue, name, value)
    seq = ctx.record(cue, {"call": values, "at": at} | _claim(ctx, at), was=cue.visible_to)
    cue.versions = cue.versions | dict.fromkeys(values, seq)


def _claim(ctx: Context, at: int) -> dict[str, int]:
    """The claimed time, where it could not be taken."""
    return {"claimed": ctx.op.at} if ctx.op.at is not None and ctx.op.at != at else {}


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
    mark.kind, mark.at, mark.removed_at = kind, at, None
    ctx.record(mark, {"cue": cue.id, "kind": kind} | _claim(ctx, at), was=was)
    ctx.undo = {"op": f"cue.{before}", "args": {"id": cue.id}}
