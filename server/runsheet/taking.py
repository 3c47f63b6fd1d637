"""Rows taken out of the sheet and brought back, with all that hangs on them."""

from sqlmodel import col, select

from server.core.access import EDITORS
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.models import Change, Entity
from server.core.ops import RefusalError
from server.runsheet import drafting
from server.runsheet.hanging import Act, Attachment, Comment, Mark, Note
from server.runsheet.models import Cue
from server.runsheet.published import is_new
from server.runsheet.queries import descendants
from server.runsheet.rules import refuse_bad_parent

# No sheet has more rows than one op could change.
_MOST_ENTRIES = 5_000


def take_or_leave(ctx: Context, rows: list[Cue]) -> None:
    """Remove a row and those under it, or let them leave when the sheet is published."""
    if drafting.goes_out(ctx, rows[0]) or all(map(is_new, rows)):
        take_out(ctx, rows)
        drafting.took_out(ctx, rows)
        return
    for row in rows:
        drafting.leave(ctx, row)


def take_out(ctx: Context, rows: list[Cue]) -> None:
    """Remove a row and those under it, with all that hangs on them."""
    at = _moment_of_removal(ctx)
    for entity in [*hangers(ctx, rows, None), *reversed(rows)]:
        was, entity.removed_at = entity.visible_to, at
        ctx.record(entity, {"removed_with": rows[0].id}, was=was)


def put_back(ctx: Context, cue_id: str) -> None:
    """Bring a removed row back, with what went with it; or let one stay that was to leave, with what was to with it."""
    cue = ctx.find(Cue, cue_id)
    if cue is None or cue.audience not in ctx.viewer.audiences or not is_going(cue):
        raise not_found(cue_id)
    parent = ctx.find(Cue, cue.parent) if cue.parent else None
    if parent and is_going(parent):
        raise parent_removed()
    if not cue.removed_at:
        _let_stay(ctx, cue)
        return
    track = parent.track if parent else cue.track
    refuse_bad_parent(cue.kind, parent, track)
    rows = [cue, *descendants(ctx.session, cue, removed_at=cue.removed_at)]
    hidden = {row.id for row in rows if not drafting.goes_out(ctx, row) or is_new(row)}
    for entity in [*rows, *hangers(ctx, rows, cue.removed_at)]:
        entity.removed_at = None
        if isinstance(entity, Attachment | Comment) and entity.cue in hidden:
            entity.audience = EDITORS
        if isinstance(entity, Cue):
            entity.track, entity.leaving = track, False
            drafting.bring_back(ctx, entity)
        ctx.record(entity, {"restored_with": cue.id}, was=None)


def is_going(cue: Cue) -> bool:
    """Whether a row is removed, or will be when the sheet is published."""
    return bool(cue.removed_at) or cue.leaving


def _let_stay(ctx: Context, cue: Cue) -> None:
    """What somebody removed by itself before that goes all the same."""
    since = cue.versions.get("leaving", 0)
    for row in [cue, *descendants(ctx.session, cue)]:
        if row.versions.get("leaving", 0) >= since:
            drafting.leave(ctx, row, leaving=False)


def parent_removed() -> RefusalError:
    """What is under a row can't come back before it."""
    return RefusalError("parent_removed", N_("Restore the row above it first."))


def entries_of(ctx: Context, seq: int, kind: str, named: str) -> list[Change]:
    """What the op of that kind entered into the log whose last entry is `seq`, in order; refused as not `named`."""
    last = ctx.session.get(Change, (ctx.event_id, seq))
    if last is None or last.kind != kind:
        raise not_found(named)
    within = col(Change.seq).between(seq - _MOST_ENTRIES, seq)
    these = (Change.event_id == ctx.event_id, within, Change.op_id == last.op_id)
    return list(ctx.session.exec(select(Change).where(*these).order_by(col(Change.seq))))


def _moment_of_removal(ctx: Context) -> int:
    """When a row goes: a moment at which no other went, since the moment tells what comes back together.

    What was struck or taken off by itself in the same request went as it was received, and stays gone.
    """
    earlier = select(Cue.removed_at).where(Cue.event_id == ctx.event_id, col(Cue.removed_at) > ctx.received)
    return 1 + max([ctx.received, *filter(None, ctx.session.exec(earlier))])


def hangers(ctx: Context, rows: list[Cue], removed_at: int | None) -> list[Entity]:
    """The notes, marks, acts and attachments of rows, which went at that moment; None for those that are there."""
    ids = [row.id for row in rows]
    found: list[Entity] = []
    for model in (Note, Mark, Act, Attachment, Comment):
        these = (model.event_id == ctx.event_id, col(model.cue).in_(ids), model.removed_at == removed_at)
        found += ctx.session.exec(select(model).where(*these).order_by(model.id))
    return found
