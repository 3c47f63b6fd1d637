"""The plan as it was frozen: by the first GO of an item on a line, or by a coordinator on purpose.

A line is one track on one operating day. Rows show what was planned for them then, whatever is edited, skipped or
moved; projections follow the plan as it stands. A row that is added afterwards has no baseline.
"""

from typing import Any

from sqlmodel import col, select

from server.core.access import Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.models import Change
from server.core.ops import OpSet, RefusalError
from server.runsheet.args import WORDS, BaselineRef, LineRef
from server.runsheet.around import require
from server.runsheet.lines import Baseline
from server.runsheet.models import Cue, Track
from server.runsheet.published import day_shown
from server.runsheet.queries import published_cues, timing_rows
from server.runsheet.rehearsing import open_on, rehearsing
from server.runsheet.timing import compute

# So many rows, with the longest ids there may be, fit into one frame as HTML and as JSON.
ROWS_IN_PART = 400

ops = OpSet(words=WORDS)


@ops.op("baseline.take", may=Permission.EDIT_SHEET, is_long=True)
def take(ctx: Context, args: LineRef) -> None:
    """Make a line's plan of now the one that is shown as planned, in place of what was frozen before."""
    require(ctx, Track, args.track)
    running = open_on(ctx, args.track)
    if running and running.day == args.day:
        raise rehearsing(running)
    if not freeze(ctx, args.track, args.day):
        raise RefusalError("no_rows", N_("There are no rows on this track on that day."))
    _undo(ctx, args)


@ops.op("baseline.untake", may=Permission.EDIT_SHEET)
def untake(ctx: Context, args: BaselineRef) -> None:
    """Show again as planned what was shown before a baseline was taken, unless it was taken anew since."""
    entry = ctx.session.get(Change, (ctx.event_id, args.seq))
    line = {"track": args.track, "day": args.day}
    if entry is None or entry.entity_kind != Baseline.entity_kind or not line.items() <= entry.detail.items():
        raise not_found(f"{args.track}@{args.seq}")
    parts = _as_left_by(ctx, args.track, entry.op_id)
    if not parts:
        raise _taken_since(ctx, args)
    for part, change in parts:
        _put(ctx, part, change.detail["was"])
    _undo(ctx, args)


def freeze_first(ctx: Context, cue: Cue) -> None:
    """Freeze the line of an item that is about to begin, if nothing on it has run and nobody has frozen it."""
    day = day_shown(cue)
    if not _is_frozen(ctx, cue.track, day) and not _has_run(ctx, cue.track, day):
        freeze(ctx, cue.track, day)


def lift(ctx: Context, cue: Cue, op_id: str) -> None:
    """Take back what the first GO of a line froze, as that GO is taken back; but not once something else has run.

    `cue` is the item that was begun then, and still stands as begun.
    """
    for part, change in _as_left_by(ctx, cue.track, op_id):
        if not _has_run(ctx, part.track, part.day, but=cue.id):
            _put(ctx, part, change.detail["was"])


def freeze(ctx: Context, track: str, day: str) -> bool:
    """Keep the times that are planned for a line now; false if it has no rows."""
    planned = _plan_of(ctx, track, day)
    known = {part.id: part for part in _parts_of(ctx, track) if part.day == day}
    by_whom = {"frozen_at": ctx.received, "frozen_by": ctx.viewer.id}
    for place in range(0, len(planned), ROWS_IN_PART):
        part_id = f"{track}.{day}.{place // ROWS_IN_PART + 1}"
        part = known.pop(part_id, None) or _new(ctx, part_id, track, day)
        _put(ctx, part, {"rows": dict(planned[place : place + ROWS_IN_PART]), **by_whom})
    for part in known.values():
        if not part.removed_at:
            _put(ctx, part, None)
    return bool(planned)


def _new(ctx: Context, part_id: str, track: str, day: str) -> Baseline:
    """A part that is as good as removed until rows are put into it."""
    part = Baseline(event_id=ctx.event_id, id=part_id, track=track, day=day, removed_at=ctx.received, rows={})
    ctx.session.add(part)
    return part


def _put(ctx: Context, part: Baseline, values: dict[str, Any] | None) -> None:
    """Let these be the part's rows, or none at all. The log keeps what stood there."""
    was, before = part.visible_to, None
    if not part.removed_at:
        before = {"rows": part.rows, "frozen_at": part.frozen_at, "frozen_by": part.frozen_by}
    part.removed_at = ctx.received if values is None else None
    for name, value in (values or {}).items():
        setattr(part, name, value)
    ctx.record(part, {"track": part.track, "day": part.day, "set": values, "was": before}, was=was)
    ctx.session.flush()


def _taken_since(ctx: Context, args: LineRef) -> RefusalError:
    here = [part.version for part in _parts_of(ctx, args.track) if part.day == args.day]
    who, when = ctx.who_made(max(here, default=0))
    text = N_("%(who)s changed what counts as planned after that, at %(when)s.")
    return RefusalError("changed", text, status="conflict", who=who, when=when)


def _undo(ctx: Context, args: LineRef) -> None:
    ctx.undo = {"op": "baseline.untake", "args": {"track": args.track, "day": args.day, "seq": ctx.seq}}


def _plan_of(ctx: Context, track: str, day: str) -> list[tuple[str, list[int | None]]]:
    """(id, planned [start, end]) of every row of a line by the plan as it stands, in tree order."""
    cues = published_cues(ctx.session, ctx.event_id)
    times = compute(timing_rows(cues), ctx.received).times
    here = [(cue.id, times[cue.id]) for cue in cues if (cue.track, cue.day) == (track, day)]
    return [(cue_id, [each.planned_start, each.planned_end]) for cue_id, each in here]


def _parts_of(ctx: Context, track: str) -> list[Baseline]:
    these = Baseline.event_id == ctx.event_id, Baseline.track == track
    return list(ctx.session.exec(select(Baseline).where(*these)))


def _as_left_by(ctx: Context, track: str, op_id: str) -> list[tuple[Baseline, Change]]:
    """The parts of a track's baselines that an op set, and nothing since, with what it entered into the log."""
    parts = {part.version: part for part in _parts_of(ctx, track)}
    these = Change.event_id == ctx.event_id, col(Change.seq).in_(parts), Change.op_id == op_id
    return [(parts[change.seq], change) for change in ctx.session.exec(select(Change).where(*these))]


def _is_frozen(ctx: Context, track: str, day: str) -> bool:
    these = Baseline.event_id == ctx.event_id, Baseline.track == track, Baseline.day == day
    found = ctx.session.exec(select(Baseline.id).where(*these, col(Baseline.removed_at).is_(None)))
    return found.first() is not None


def _has_run(ctx: Context, track: str, day: str, but: str = "") -> bool:
    """Whether an item of a line has begun; a cue may be called ahead of the show."""
    these = Cue.event_id == ctx.event_id, Cue.track == track, Cue.kind != "cue", Cue.id != but
    rows = ctx.session.exec(select(Cue).where(*these, col(Cue.removed_at).is_(None)))
    return any(row.runs for row in rows if day_shown(row) == day)
