"""How a call is put down on a row, who was first, and how it is taken back."""

from typing import Any

from sqlmodel import col, select

from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.models import Change
from server.core.ops import RefusalError
from server.runsheet.baselines import freeze_first, lift
from server.runsheet.models import CALLED, ON_AIR, Cue, Track
from server.runsheet.published import as_published, is_new
from server.runsheet.rehearsing import is_rehearsed, keep_before, refuse_since

# What calls set, and nothing else does.
CALL_FIELDS = ("state", "runs", "added_s", "paused_at", "paused_ms")
# The ops that `cue.uncall` takes back; a nudge is taken back by one the other way.
_TAKEN_BACK = frozenset(
    {
        f"cue.{call}"
        for call in ("warm", "standby", "go", "finish", "skip", "pause", "resume", "rewind", "turn", "uncall")
    }
)


def call(ctx: Context, cue: Cue, at: int, **values: Any) -> None:  # noqa: ANN401 - columns of a cue
    """Set what a call changes, with who called and when; it can be taken back."""
    seq = put_down(ctx, cue, at, called_by=ctx.viewer.id, called_at=at, **values)
    ctx.undo = {"op": "cue.uncall", "args": {"id": cue.id, "seq": seq}}


def put_down(ctx: Context, cue: Cue | Track, at: int, **values: Any) -> int:  # noqa: ANN401 - as above
    """Set columns of a called row. The log keeps what stood there, so that the call can be taken back."""
    if isinstance(cue, Cue):
        keep_before(ctx, cue)
    before = {name: getattr(cue, name) for name in values}
    for name, value in values.items():
        setattr(cue, name, value)
    detail = {"call": values, "was": before, "at": at} | claim(ctx, at)
    seq = ctx.record(cue, detail, was=cue.visible_to, at=at)
    cue.versions = cue.versions | dict.fromkeys(values, seq)
    return seq


def claim(ctx: Context, at: int) -> dict[str, int]:
    """The claimed time, where it could not be taken."""
    return {"claimed": ctx.op.at} if ctx.op.at is not None and ctx.op.at != at else {}


def live_on(ctx: Context, track: str) -> Cue | None:
    """The item that is live or held on a track; cues run within it and don't count."""
    here = (
        Cue.event_id == ctx.event_id,
        Cue.track == track,
        Cue.kind != "cue",
        col(Cue.removed_at).is_(None),
    )
    return ctx.session.exec(select(Cue).where(*here, col(Cue.state).in_(ON_AIR))).first()


def refuse_unpublished(cue: Cue) -> None:
    """What only its editors know is not called."""
    if is_new(cue):
        raise RefusalError("unpublished", N_("Publish this row first: nobody else sees it yet."))


def begin(ctx: Context, cue: Cue, live: Cue | None, at: int) -> None:
    """Start an item; it takes over from the live one at that instant."""
    if not is_rehearsed(ctx, cue):
        freeze_first(ctx, cue)
    if live:
        end(ctx, live, at)
    call(ctx, cue, at, state="live", runs=[*cue.runs, [at, None]], added_s=0, paused_ms=0, paused_at=None)


def end(ctx: Context, cue: Cue, at: int) -> None:
    """End the run of an item."""
    *earlier, (start, _) = cue.runs
    call(ctx, cue, at, state="done", runs=[*earlier, [start, at]], **unpaused(cue, at))


def unpaused(cue: Cue, at: int) -> dict[str, Any]:
    """What changes on a row whose pause is over at that moment; nothing if it isn't held."""
    if cue.paused_at is None:
        return {}
    return {"paused_at": None, "paused_ms": cue.paused_ms + max(0, at - cue.paused_at)}


def held(track: Track) -> RefusalError:
    """A conflict with who has stopped a track, and since when."""
    text = N_("%(who)s has stopped %(title)s since %(when)s.")
    now = {"held": True}
    return RefusalError(
        "held", text, status="conflict", who=track.held_by, when=track.held_at, **track.labels, now=now
    )


def last_of_track(ctx: Context, track: str) -> int:
    """When an item of a track was last called that runs or ran."""
    last = last_called(ctx, track)
    return (last.called_at or 0) if last else 0


def last_called(ctx: Context, track: str) -> Cue | None:
    """The item of a track that was called last, of those that run or ran."""
    here = (Cue.event_id == ctx.event_id, Cue.track == track, Cue.kind != "cue", col(Cue.state).in_(CALLED))
    newest = select(Cue).where(*here, col(Cue.called_at).is_not(None)).order_by(col(Cue.called_at).desc())
    return ctx.session.exec(newest.limit(1)).first()


def take_back(ctx: Context, cue: Cue, seq: int) -> None:
    """Let the rows of a call stand as before it, unless something was called on the track since.

    A run that was begun is gone from the row's runs; the log keeps that it was.
    """
    entries = _entries(ctx, cue, seq)
    refuse_since(ctx, cue, seq)
    refuse_called_since(ctx, cue, seq)
    rows = [_still_there(ctx, cue, entry) for entry in entries]
    _take_along(ctx, cue, entries[-1])
    for row, entry in zip(rows, entries, strict=True):
        put_down(ctx, row, ctx.received, **entry.detail["was"])
    ctx.undo = {"op": "cue.uncall", "args": {"id": cue.id, "seq": ctx.seq}}


def _take_along(ctx: Context, cue: Cue, entry: Change) -> None:
    """The plan was frozen by the first GO: without it, it isn't; taken back in its turn, it is frozen anew."""
    runs = entry.detail["was"].get("runs")
    if runs is None or cue.kind == "cue" or is_rehearsed(ctx, cue):
        return
    if runs:
        freeze_first(ctx, cue)
    else:
        lift(ctx, cue, entry.op_id)


def refuse_called_since(ctx: Context, cue: Cue, seq: int) -> None:
    """A conflict with who and when, if anything of the row's track was called since that entry of the log."""
    here = (Cue.event_id == ctx.event_id, Cue.track == cue.track, col(Cue.version) > seq)
    found = [
        (row.versions.get(name, 0), row)
        for row in ctx.session.exec(select(Cue).where(*here))
        for name in CALL_FIELDS
    ]
    newest, row = max(found, key=lambda one: one[0], default=(0, cue))
    if newest <= seq:
        return
    who, when = ctx.who_made(newest)
    raise RefusalError(
        "called_since",
        N_("%(who)s called after that, at %(when)s: %(title)s."),
        status="conflict",
        who=who,
        when=when,
        **as_published(row).labels,
        now={"state": cue.state},
    )


def _entries(ctx: Context, cue: Cue, seq: int) -> list[Change]:
    """What a call entered into the log: the row that it ended, if it ended one, and the row itself."""
    these = (
        Change.event_id == ctx.event_id,
        col(Change.seq).in_((seq - 1, seq)),
        Change.entity_kind == "cue",
    )
    found = list(ctx.session.exec(select(Change).where(*these).order_by(col(Change.seq))))
    last = found[-1] if found else None
    if last is None or (last.seq, last.entity) != (seq, cue.id) or last.kind not in _TAKEN_BACK:
        raise not_found(f"{cue.id}@{seq}")
    return [entry for entry in found if entry.op_id == last.op_id]


def _still_there(ctx: Context, cue: Cue, entry: Change) -> Cue:
    row = cue if entry.entity == cue.id else ctx.find(Cue, entry.entity)
    if row is None or row.removed_at or row.track != cue.track:
        raise RefusalError("changed", N_("What ran before that is no longer there."), status="conflict")
    return row
