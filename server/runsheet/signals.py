"""Ops by which the caller and a track's host tell each other things in silence: 拉長, 收尾, 繼續, and 收到."""

from typing import Any, Literal

from pydantic import Field
from sqlmodel import col, select

from server.core.access import TEAM, Permission
from server.core.context import Context, forbidden, not_found
from server.core.i18n import N_
from server.core.ops import Args, Id, OpSet, RefusalError, Seq
from server.runsheet.args import WORDS
from server.runsheet.around import require
from server.runsheet.calls import claim
from server.runsheet.hanging import Signal
from server.runsheet.models import ON_AIR, Cue, Track
from server.runsheet.published import as_published

MOST_MINUTES = 60

ops = OpSet(words=WORDS)


class SignalSend(Args):
    """`minutes` says by how much to stretch; `current` is the item that the caller saw live, null for none."""

    track: Id
    kind: Literal["stretch", "wrap", "resume"]
    minutes: int | None = Field(default=None, ge=1, le=MOST_MINUTES)
    current: Id | None = None


class SignalRef(Args):
    """`seq` is the entry of the log that put the signal down, as its row has it in `sent`."""

    track: Id
    seq: Seq | None = None


class SignalAnswer(Args):
    track: Id
    seq: Seq
    reply: Literal["got", "missing", "mic"]


@ops.op("signal.send", may=Permission.CALL_SHOW)
def send(ctx: Context, args: SignalSend) -> dict[str, Any]:
    """Tell the host of a track something. What was told before is replaced, answered or not."""
    _require_caller(ctx, args.track)
    live = _live(ctx, args.track)
    if "current" in args.model_fields_set and args.current != (live.id if live else None):
        raise _too_late(ctx, args.current)
    signal = ctx.find(Signal, args.track) or _new(ctx, args.track)
    was, signal.removed_at = signal.visible_to, None
    signal.kind, signal.minutes = args.kind, args.minutes if args.kind == "stretch" else None
    signal.cue, signal.by, signal.at = live.id if live else None, ctx.viewer.id, ctx.fact_time(None)
    signal.reply, signal.replied_by, signal.replied_at = "", "", None
    told = {"kind": signal.kind, "minutes": signal.minutes, "cue": signal.cue} | claim(ctx, signal.at)
    signal.sent = ctx.record(signal, told, was=was, at=signal.at)
    ctx.undo = {"op": "signal.clear", "args": {"track": args.track, "seq": signal.sent}}
    return {"seq": signal.sent}


@ops.op("signal.clear", may=Permission.CALL_SHOW)
def clear(ctx: Context, args: SignalRef) -> None:
    """Take a signal back, as if it had not been sent; the log keeps that it was."""
    _require_caller(ctx, args.track)
    signal = _standing(ctx, args.track, args.seq)
    was, signal.removed_at = signal.visible_to, ctx.received
    ctx.record(signal, {"kind": signal.kind}, was=was)


@ops.op("signal.answer", may=Permission.MARK)
def answer(ctx: Context, args: SignalAnswer) -> None:
    """Say 收到, 人未到 or 麥克風, as a host alone may: an answer takes the signal off every host's screen.

    Whoever answered may say something else; another is told who was first.
    """
    signal = _standing(ctx, args.track, args.seq)
    if "host" not in ctx.viewer.roles:
        raise forbidden()
    if signal.replied_by not in {"", ctx.viewer.id}:
        text = N_("%(who)s answered first, at %(when)s.")
        raise _conflict("answered", text, signal.replied_by, signal.replied_at, reply=signal.reply)
    signal.reply, signal.replied_by = args.reply, ctx.viewer.id
    signal.replied_at = ctx.fact_time(signal.replied_at or signal.at)
    told = {"reply": args.reply} | claim(ctx, signal.replied_at)
    ctx.record(signal, told, was=signal.visible_to, at=signal.replied_at)


def _require_caller(ctx: Context, track: str) -> None:
    require(ctx, Track, track)
    if not ctx.viewer.may_call(track):
        raise forbidden()


def _live(ctx: Context, track: str) -> Cue | None:
    """The item that runs or is held on a track."""
    here = (Cue.event_id == ctx.event_id, Cue.track == track, Cue.kind != "cue")
    runs = (col(Cue.state).in_(ON_AIR), col(Cue.removed_at).is_(None))
    return ctx.session.exec(select(Cue).where(*here, *runs)).first()


def _new(ctx: Context, track: str) -> Signal:
    """A track's signal of which nothing is known yet, so that it counts as removed."""
    signal = Signal(
        event_id=ctx.event_id, id=track, audience=TEAM, kind="", by="", at=0, sent=0, removed_at=1
    )
    ctx.session.add(signal)
    return signal


def _standing(ctx: Context, track: str, seq: int | None) -> Signal:
    """The signal that is meant, if it stands and nothing newer does."""
    signal = ctx.find(Signal, track)
    if signal is None or signal.audience not in ctx.viewer.audiences:
        raise not_found(track)
    if signal.removed_at:
        raise _conflict("taken_back", N_("%(who)s took it back, at %(when)s."), *ctx.who_made(signal.version))
    if seq not in {None, signal.sent}:
        now = {"kind": signal.kind, "minutes": signal.minutes, "seq": signal.sent}
        raise _conflict(
            "newer", N_("%(who)s sent something newer, at %(when)s."), signal.by, signal.at, **now
        )
    return signal


def _too_late(ctx: Context, current: str | None) -> RefusalError:
    """What the caller saw running runs no more: a signal of before would only confuse."""
    ended = ctx.find(Cue, current) if current else None
    text = N_("%(title)s has ended, so the host was told nothing.")
    other = N_("Something else runs by now, so the host was told nothing.")
    return RefusalError(
        "too_late",
        text if ended else other,
        status="conflict",
        **(as_published(ended).labels if ended else {}),
    )


def _conflict(code: str, text: str, who: str, when: int | None, **now: Any) -> RefusalError:  # noqa: ANN401 - facts
    return RefusalError(code, text, status="conflict", who=who, when=when, now=now)
