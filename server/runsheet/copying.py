"""A row once more, with all that stands under it: as one goes on with a plan that repeats itself."""

from typing import Any

from server.core.access import Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.ids import new_id
from server.core.ops import Args, Id, OpSet, RefusalError
from server.runsheet import drafting
from server.runsheet.args import DAY_S, WORDS
from server.runsheet.models import PLAN_FIELDS, Cue, copy_of
from server.runsheet.places import Sibling
from server.runsheet.published import PLACED, is_new
from server.runsheet.queries import descendants, numbers, siblings
from server.runsheet.tree import key_after, number_after, number_within

# With a row come at most so many others.
MOST_UNDER = 200

ops = OpSet(words=WORDS)


class CueCopy(Args):
    """`of` is the row to copy; `after` the sibling behind which its copy stands, by default the row itself."""

    id: Id
    of: Id
    after: Id | None = None
    alone: bool = False


@ops.op("cue.copy", may=Permission.EDIT_SHEET, is_long=True)
def copy(ctx: Context, args: CueCopy) -> dict[str, Any]:
    """Copy what is planned of a row, `alone` or with what stands under it; it begins when the row before it ends.

    What hangs on a row stays with it: private notes, photos, marks, and what was called.
    """
    original = ctx.visible(Cue, args.of)
    source = _as_it_goes_out(ctx, original)
    below = [] if args.alone else descendants(ctx.session, original)
    if not original.leaving:
        below = [row for row in below if not row.leaving]
    if len(below) > MOST_UNDER:
        raise RefusalError("too_much", N_("More than %(most)s rows stand under this one."), most=MOST_UNDER)
    rows = siblings(ctx.session, ctx.event_id, source.track, source.parent)
    after = args.after or source.id
    place = next((n for n, row in enumerate(rows) if row.id == after), None)
    if place is None:
        raise not_found(after)
    taken = numbers(ctx.session, ctx.event_id)
    number = number_after(rows[place].number, _following(rows[place + 1 :]), taken) if source.number else ""
    made = _put(
        ctx,
        source,
        args.id,
        order_key=key_after(rows, after),
        number=number,
        **_start(source, _above(ctx, source)),
    )
    known = {source.id: (source, made)}
    _copy_below(ctx, known, below, taken | {number})
    ctx.undo = {"op": "cue.remove", "args": {"id": made.id}}
    return {"number": number, "rows": len(known)}


def _as_it_goes_out(ctx: Context, row: Cue) -> Cue:
    """What everybody is to see at once has nothing in it that waits to be published."""
    held = {name: value for name, value in (row.published or {}).items() if name not in PLACED}
    return copy_of(row, held) if held and drafting.goes_out(ctx, row) else row


def _above(ctx: Context, row: Cue) -> Cue | None:
    return ctx.find(Cue, row.parent) if row.parent else None


def _following(rows: list[Sibling]) -> str:
    return next((row.number for row in rows if row.removed_at is None), "")


def _copy_below(ctx: Context, known: dict[str, tuple[Cue, Cue]], below: list[Cue], taken: set[str]) -> None:
    """Rows under a copied one, top down: each under the copy of what it stood under, if there is one."""
    for each in below:
        if each.parent not in known:
            continue
        row = _as_it_goes_out(ctx, each)
        source, parent = known[each.parent]
        number = _number(row, parent, taken)
        taken.add(number)
        made = _put(ctx, row, new_id(), parent=parent.id, number=number, **_start(row, source))
        known[row.id] = row, made


def _number(row: Cue, parent: Cue, taken: set[str]) -> str:
    """A cue counts within its item; an item counts on from the last that has no number behind it."""
    if row.kind == "cue":
        return number_within(parent.number, taken)
    return number_after(row.number, "", taken) if row.number else ""


def _start(row: Cue, above: Cue | None) -> dict[str, Any]:
    """How the copy starts and ends: a time on the clock comes only once, and nobody misses it twice."""
    length = {"end_mode": "duration", "end": None, "hard": False}
    if row.start_mode != "fixed":
        return length
    if row.kind != "cue":
        return length | {"start_mode": "linked", "start": None}
    since = (row.start or 0) - above.start if above and above.start_mode == "fixed" and above.start else 0
    offset = max(-DAY_S, min(DAY_S, since // 1000))
    return length | {"start_mode": "offset", "start": None, "offset_s": offset}


def _put(ctx: Context, row: Cue, cue_id: str, **values: Any) -> Cue:  # noqa: ANN401 - columns of a cue
    kept = {"parent": row.parent, "order_key": row.order_key}
    plan = {name: getattr(row, name) for name in PLAN_FIELDS if name != "flagged"}
    made = Cue(event_id=ctx.event_id, id=cue_id, **(kept | plan | values))
    drafting.add(ctx, made, waits=is_new(row))
    return made
