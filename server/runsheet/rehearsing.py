"""What calls and marks know of rehearsals: on which side of one a fact lies, and what a row was before it."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from server.core.context import Context
from server.core.i18n import N_
from server.core.ops import RefusalError
from server.runsheet.lines import Rehearsal
from server.runsheet.models import Cue
from server.runsheet.published import day_shown

# What a rehearsal changes of a row, and gives back at its end.
CALLED_FIELDS = ("state", "runs", "added_s", "paused_at", "paused_ms", "called_by", "called_at")


def open_rehearsals(ctx: Context) -> list[Rehearsal]:
    """Those that run, on each track one at most."""
    these = Rehearsal.event_id == ctx.event_id, col(Rehearsal.ended_at).is_(None)
    return list(ctx.session.exec(select(Rehearsal).where(*these)))


def open_on(ctx: Context, track: str) -> Rehearsal | None:
    """The rehearsal that runs on a track."""
    return next((found for found in open_rehearsals(ctx) if found.track == track), None)


def is_rehearsed(ctx: Context, cue: Cue) -> bool:
    """Whether a row's line is being rehearsed now."""
    found = open_on(ctx, cue.track)
    return found is not None and found.day == day_shown(cue)


def refuse_other_line(ctx: Context, cue: Cue) -> None:
    """While one line of a track is rehearsed, nothing else is called there, nor what was rehearsed and has left it."""
    for found in open_rehearsals(ctx):
        is_elsewhere = (found.track, found.day) != (cue.track, day_shown(cue))
        if is_elsewhere and (found.track == cue.track or cue.id in found.before):
            raise rehearsing(found)


def rehearsing(found: Rehearsal) -> RefusalError:
    """Somebody rehearses on that track: who, and since when."""
    text = N_("%(who)s has been rehearsing on this track since %(when)s. End that first.")
    about = {"who": found.member, "when": found.began_at}
    return RefusalError("rehearsing", text, status="conflict", **about)


def refuse_other_side(ctx: Context, cue: Cue) -> None:
    """What was called without signal counts where it was called: in the rehearsal, or in the show."""
    refuse_rehearsed(ctx, cue)
    found = open_on(ctx, cue.track)
    if found is not None and ctx.op.at is not None and ctx.op.at < found.began_at:
        raise rehearsing(found)


def refuse_rehearsed_rows(ctx: Context, rows: Iterable[Cue]) -> None:
    """What is rehearsed now gets back what it was at the end, and until then nothing else does that."""
    rows = list(rows)
    for found in open_rehearsals(ctx):
        line = found.track, found.day
        if any((row.track, day_shown(row)) == line or row.id in found.before for row in rows):
            raise rehearsing(found)


def refuse_given_back(ctx: Context, rows: Iterable[Cue]) -> None:
    """What was called in a rehearsal gets back what it was at the end, and stays on its track until then."""
    ids = {row.id for row in rows}
    for found in open_rehearsals(ctx):
        if ids & found.before.keys():
            raise rehearsing(found)


def refuse_rehearsed(ctx: Context, cue: Cue) -> None:
    """What was tapped without signal in a rehearsal that is over by now says nothing of the show."""
    _refuse_over(ctx, Rehearsal.track == cue.track, Rehearsal.day == day_shown(cue))


def refuse_rehearsed_track(ctx: Context, track: str) -> None:
    """As above, of what is tapped for a whole track."""
    _refuse_over(ctx, Rehearsal.track == track)


def _refuse_over(ctx: Context, *these: ColumnElement[bool] | bool) -> None:
    """Refuse what was tapped in one of these rehearsals."""
    if ctx.op.at is None:
        return
    then = col(Rehearsal.began_at) <= ctx.op.at, col(Rehearsal.ended_at) > ctx.op.at
    if ctx.session.exec(
        select(Rehearsal.id).where(Rehearsal.event_id == ctx.event_id, *these, *then)
    ).first():
        raise RefusalError("rehearsed", N_("This was tapped in the rehearsal, which is over by now."))


def refuse_since(ctx: Context, cue: Cue, seq: int) -> None:
    """What was called before a rehearsal, or in one that is over, is not taken back after its begin or end."""
    these = Rehearsal.event_id == ctx.event_id, Rehearsal.track == cue.track, col(Rehearsal.version) > seq
    found = ctx.session.exec(select(Rehearsal).where(*these)).first()
    if found is None:
        return
    who, when = ctx.who_made(found.version)
    text = N_("%(who)s began or ended a rehearsal after that, at %(when)s.")
    raise RefusalError("called_since", text, status="conflict", who=who, when=when)


def keep_before(ctx: Context, cue: Cue) -> None:
    """Keep what a row was before it is called for the first time in a rehearsal. Nobody is told of it."""
    found = open_on(ctx, cue.track)
    if found is not None and found.day == day_shown(cue) and cue.id not in found.before:
        found.before = found.before | {cue.id: {name: getattr(cue, name) for name in CALLED_FIELDS}}
