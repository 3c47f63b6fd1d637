"""Ops of rehearsals: a line is run on a copy of its times, and stands afterwards as before.

What is called meanwhile is called as in the show. `timing_rows` and its twin put the line's rows on today's clock; at
the end each called row gets back what it was, and how long it took is kept for the plan.
"""

from typing import Any, TypeVar

from sqlmodel import col, select

from server.core.access import Permission
from server.core.clock import operating_day
from server.core.context import Context, forbidden, not_found
from server.core.i18n import N_
from server.core.models import Change
from server.core.ops import OpSet, RefusalError
from server.runsheet import drafting
from server.runsheet.args import DAY_S, WORDS, RehearsalBegin, RehearsalEntry, RehearsalRef
from server.runsheet.calls import put_down, refuse_unpublished
from server.runsheet.hanging import Act, Mark
from server.runsheet.lines import Rehearsal, rehearsed_seconds
from server.runsheet.models import ON_AIR, Cue, Track, copy_of
from server.runsheet.published import as_published, day_shown
from server.runsheet.queries import published_cues, timing_rows
from server.runsheet.rehearsing import open_on, rehearsing
from server.runsheet.rolling import let_go
from server.runsheet.rules import broken_rules
from server.runsheet.timing import compute

ops = OpSet(words=WORDS)
Said = TypeVar("Said", Mark, Act)

# What stands for itself on a line; only these have a length that the plan could take over.
_TIMED = ("item", "buffer")


@ops.op("rehearsal.begin", may=Permission.CALL_SHOW)
def begin(ctx: Context, args: RehearsalBegin) -> None:
    """Rehearse the line of a track from a row on: that row is due now."""
    cue = _first(ctx, args)
    at = ctx.fact_time(None)
    planned = _planned_start(ctx, cue)
    about: dict[str, Any] = {
        "track": args.track,
        "day": args.day,
        "cue": cue.id,
        "on": operating_day(at, ctx.event.timezone, ctx.event.day_change_s).isoformat(),
        "shift_ms": 0 if planned is None else at - planned,
        "began_at": at,
        "member": ctx.viewer.id,
    }
    let_go(ctx, ctx.visible(Track, args.track))
    ctx.add(Rehearsal(event_id=ctx.event_id, id=args.id, **about), **about)


@ops.op("rehearsal.end", may=Permission.CALL_SHOW)
def end(ctx: Context, args: RehearsalRef) -> None:
    """End a rehearsal: how long its rows took is kept, and each of them stands again as before it."""
    found = ctx.visible(Rehearsal, args.id)
    if not ctx.viewer.may_call(found.track):
        raise forbidden()
    if found.ended_at is not None:
        who, when = ctx.who_made(found.version)
        text = N_("%(who)s has ended this rehearsal already, at %(when)s.")
        raise RefusalError("ended", text, status="conflict", who=who, when=when)
    rows = [row for row in (ctx.find(Cue, cue_id) for cue_id in found.before) if row]
    at = ctx.fact_time(max(found.began_at, *(row.last_transition or 0 for row in rows), 0))
    results = {row.id: _runs_of(row, found, at) for row in rows if row.kind in _TIMED}
    for row in rows:
        _give_back(ctx, row, found.before[row.id], at)
    _take_marks(ctx, found)
    _take_acts(ctx, found)
    found.ended_at, found.results = at, {row_id: runs[-1:] for row_id, runs in results.items() if runs}
    ctx.record(found, {"ended_at": at, "results": found.results}, was=found.visible_to, at=at)


@ops.op("rehearsal.adopt", may=Permission.EDIT_SHEET, is_long=True)
def adopt(ctx: Context, args: RehearsalRef) -> dict[str, int]:
    """Plan every row as long as it took in a rehearsal, in full seconds; those that can't be are `left`."""
    found = ctx.visible(Rehearsal, args.id)
    changed = left = 0
    for row_id, runs in found.results.items():
        row = ctx.find(Cue, row_id)
        if row is None or row.removed_at or row.audience not in ctx.viewer.audiences:
            continue
        values = {"duration_s": rehearsed_seconds(runs), "flagged": without_guess(row)}
        if not _can_take(ctx, row, values):
            left += 1
            continue
        changed += drafting.amend(ctx, row, values)["duration_s"] != values["duration_s"]
    if not changed:
        raise RefusalError("nothing_new", N_("The plan has these lengths already."))
    ctx.undo = {"op": "rehearsal.unadopt", "args": {"id": found.id, "seq": ctx.seq}}
    return {"rows": changed, "left": left}


@ops.op("rehearsal.unadopt", may=Permission.EDIT_SHEET, is_long=True)
def unadopt(ctx: Context, args: RehearsalEntry) -> None:
    """Plan the rows again as long as they were before, unless one was planned otherwise since."""
    found = ctx.visible(Rehearsal, args.id)
    for row, change in _adopted(ctx, found, args.seq):
        if row.versions.get("duration_s", 0) > args.seq:
            who, when = ctx.who_made(row.versions["duration_s"])
            text = N_("%(who)s changed this row first, at %(when)s.")
            raise RefusalError("stale", text, status="conflict", who=who, when=when, **row.labels)
        drafting.take_back(ctx, row, change.detail)
    ctx.undo = {"op": "rehearsal.adopt", "args": {"id": found.id}}


def _can_take(ctx: Context, row: Cue, values: dict[str, Any]) -> bool:
    """Whether a row may be planned so long: an editor may not set what breaks a rule either."""
    broken = broken_rules(copy_of(row, values), ctx.event)
    fits = 1 <= values["duration_s"] <= 7 * DAY_S
    return fits and not any("duration_s" in one.fields for one in broken)


def without_guess(row: Cue) -> list[str]:
    """What of a row is to be checked, once its length is known."""
    return [flag for flag in row.flagged if flag != "duration_guessed"]


def _adopted(ctx: Context, found: Rehearsal, seq: int) -> list[tuple[Cue, Change]]:
    """The rows that took over a length from a rehearsal, with what was entered into the log."""
    last = ctx.session.get(Change, (ctx.event_id, seq))
    if last is None or last.kind != "rehearsal.adopt":
        raise not_found(f"{found.id}@{seq}")
    these = Change.event_id == ctx.event_id, Change.op_id == last.op_id
    near = col(Change.seq).between(seq - len(found.results), seq)
    changes = ctx.session.exec(select(Change).where(*these, near)).all()
    rows = [(ctx.find(Cue, change.entity), change) for change in changes if change.entity in found.results]
    return [(row, change) for row, change in rows if row]


def _first(ctx: Context, args: RehearsalBegin) -> Cue:
    """The row to begin with, on a line that can be rehearsed now."""
    cue = ctx.visible(Cue, args.cue)
    if not ctx.viewer.may_call(args.track):
        raise forbidden()
    refuse_unpublished(cue)
    cue = as_published(cue)
    if (cue.track, cue.day) != (args.track, args.day) or cue.kind not in _TIMED or cue.state == "skipped":
        raise RefusalError("bad_row", N_("A rehearsal begins with an item of that day and track."))
    running = open_on(ctx, args.track)
    if running:
        raise rehearsing(running)
    here = Cue.event_id == ctx.event_id, Cue.track == args.track, col(Cue.removed_at).is_(None)
    rows = ctx.session.exec(select(Cue).where(*here)).all()
    if any(row.state in ON_AIR for row in rows):
        raise RefusalError("on_air", N_("This row is running. Finish it first."))
    if any(row.runs for row in rows if day_shown(row) == args.day):
        raise RefusalError("has_run", N_("The show has begun on this day, so it is not rehearsed any more."))
    return cue


def _planned_start(ctx: Context, cue: Cue) -> int | None:
    """When a row begins by the plan as it stands, or the last before it that is planned to."""
    cues = [row for row in published_cues(ctx.session, ctx.event_id) if row.track == cue.track]
    times = compute(timing_rows(cues), ctx.received).times
    line = [row.id for row in cues if row.day == cue.day and row.kind in _TIMED]
    until = line[: line.index(cue.id) + 1]
    return next((at for row in reversed(until) if (at := times[row].planned_start) is not None), None)


def _runs_of(row: Cue, found: Rehearsal, at: int) -> list[list[int]]:
    """What a row ran since the rehearsal began; a run that goes on ends with it."""
    new = row.runs[len(found.before[row.id]["runs"]) :]
    return [[start, at if stop is None else stop] for start, stop in new if start is not None]


def _give_back(ctx: Context, row: Cue, before: dict[str, Any], at: int) -> None:
    if any(getattr(row, name) != value for name, value in before.items()):
        put_down(ctx, row, at, **before)


def _take_marks(ctx: Context, found: Rehearsal) -> None:
    """Who was ready in the rehearsal is not, for that, in the show; but who needs help needs it still."""
    for mark in _said_since(ctx, found, Mark):
        if mark.kind != "help":
            _take(ctx, mark)


def _take_acts(ctx: Context, found: Rehearsal) -> None:
    """Where an act was known to be before the rehearsal, it is again; one that came for it is not there."""
    for act in _said_since(ctx, found, Act):
        before = _said_before(ctx, found, act)
        if before["removed_at"]:
            _take(ctx, act)
        else:
            _say_again(ctx, act, before)


def _say_again(ctx: Context, act: Act, said: dict[str, Any]) -> None:
    was = {name: getattr(act, name) for name in said}
    for name, value in said.items():
        setattr(act, name, value)
    seq = ctx.record(act, {"set": said, "was": was}, was=act.visible_to)
    act.versions = act.versions | dict.fromkeys(said, seq)


def _take(ctx: Context, said: Mark | Act) -> None:
    was, said.removed_at = said.visible_to, ctx.received
    ctx.record(said, {"cue": said.cue}, was=was)


def _said_before(ctx: Context, found: Rehearsal, act: Act) -> dict[str, Any]:
    """What was said of an act when the rehearsal began, by whom and when, from what the log has of it since."""
    these = Change.event_id == ctx.event_id, Change.entity_kind == Act.entity_kind, Change.entity == act.id
    began = Change.seq > found.version
    since = ctx.session.exec(select(Change).where(*these, began).order_by(col(Change.seq).desc())).all()
    before: dict[str, Any] = {name: getattr(act, name) for name in ("kind", "eta", "removed_at")}
    for change in since:
        before |= change.detail.get("was", {})
    if since:
        earlier = select(Change).where(*these, Change.seq < since[-1].seq).order_by(col(Change.seq).desc())
        last = ctx.session.exec(earlier.limit(1)).first()
        before |= {"at": last.at, "member": last.actor} if last else {}
    return before


def _said_since(ctx: Context, found: Rehearsal, model: type[Said]) -> list[Said]:
    """What was said of the line's rows since the rehearsal began, and stands."""
    rows = ctx.session.exec(select(Cue).where(Cue.event_id == ctx.event_id, Cue.track == found.track))
    line = [row.id for row in rows if day_shown(row) == found.day]
    since = model.at >= found.began_at, col(model.cue).in_(line)
    here = model.event_id == ctx.event_id, col(model.removed_at).is_(None)
    return list(ctx.session.exec(select(model).where(*here, *since).order_by(model.id)))
