"""How what is planned gets into a row: held back until it is published, or at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from server.core.access import EDITORS
from server.core.context import Context
from server.runsheet.editions import SHEET, Sheet
from server.runsheet.models import Cue, plan_of
from server.runsheet.notices import Notices
from server.runsheet.planned import stood
from server.runsheet.published import (
    ADDED,
    HELD,
    PLACED,
    REMOVED,
    Changes,
    as_published,
    changes_between,
    held_back,
    is_new,
    let_out,
)

Parts = Mapping[str, Iterable[str]]


def sheet_of(ctx: Context) -> Sheet:
    """The event's sheet, which is stored from the first time that somebody says something of it."""
    return ctx.find(Sheet, SHEET) or Sheet(event_id=ctx.event_id, id=SHEET)


def publishes_at_once(ctx: Context) -> bool:
    """Whether what this op's member edits goes out as it is made."""
    return ctx.once(sheet_of).is_live_for(ctx.viewer.id)


def goes_out(ctx: Context, cue: Cue) -> bool:
    """Whether what this op changes of a row goes out at once. A delay is live timing, and always does."""
    return cue.kind == "delay" or publishes_at_once(ctx)


def amend(
    ctx: Context, cue: Cue, values: dict[str, Any], parts: Parts | None = None, *, at_once: bool = False
) -> dict[str, Any]:
    """As `Context.amend`, for what is planned of a row; returns the old values, as those saw them who see the new ones.

    So whatever takes back what went out at once lets nothing out that has waited.
    """
    parts = parts or {}
    if "leaving" in values:
        leave(ctx, cue, leaving=values["leaving"])
        values = {name: value for name, value in values.items() if name != "leaving"}
    if is_new(cue):
        return ctx.amend(cue, values, parts)
    if at_once or (goes_out(ctx, cue) and not _is_unknown(ctx, values.get("parent"))):
        return _let_out(ctx, cue, values, parts)
    # Who goes to another track goes there with its place.
    held = set(HELD) - (PLACED if values.get("track", cue.track) != cue.track else set())
    now = {name: value for name, value in values.items() if name not in held}
    before = _let_out(ctx, cue, now, {}) if now else {}
    later = {name: value for name, value in values.items() if name in held}
    return before | _hold(ctx, cue, later, parts)


def take_back(ctx: Context, cue: Cue, detail: dict[str, Any], *, at_once: bool = False) -> None:
    """Let stand again what stood in a row by an entry of the log; what waited there then waits again."""
    amend(ctx, cue, *stood(cue, detail["was"]), at_once=at_once)
    if "draft" in detail and not is_new(cue):
        _hold(ctx, cue, *stood(cue, detail["draft"]))


def add(ctx: Context, cue: Cue, *, waits: bool = False) -> None:
    """Put a new row into the sheet. Under one that isn't published yet nobody could see it."""
    if waits or not goes_out(ctx, cue) or _is_unknown(ctx, cue.parent):
        cue.audience = EDITORS
    else:
        _went_out(ctx, cue, [ADDED])
    ctx.add(cue, **plan_of(cue), parent=cue.parent)


def _is_unknown(ctx: Context, parent: str | None) -> bool:
    """Whether what is put under this row would stand under one that only editors know."""
    above = ctx.find(Cue, parent) if parent else None
    return above is not None and is_new(above)


def took_out(ctx: Context, rows: Iterable[Cue]) -> None:
    """Tell of rows that were removed at once."""
    for row in rows:
        if not is_new(row):
            _went_out(ctx, as_published(row), [REMOVED])


def bring_back(ctx: Context, cue: Cue) -> None:
    """A removed row comes back for its editors alone, and for everybody when the sheet is published."""
    cue.leaving = False
    if not goes_out(ctx, cue):
        cue.audience, cue.published = EDITORS, None
    elif not is_new(cue):
        _went_out(ctx, cue, [ADDED])


def leave(ctx: Context, cue: Cue, *, leaving: bool = True) -> None:
    """Let a row go when the sheet is published, or stay after all."""
    ctx.amend(cue, {"leaving": leaving}, told=EDITORS)


def mark_edited(ctx: Context) -> None:
    """What is published isn't quite the last version any more: from now on it is called v7+."""
    sheet = ctx.once(sheet_of)
    if sheet.number and sheet.edited_at is None:
        ctx.amend(sheet, {"edited_at": ctx.received})


def _hold(ctx: Context, cue: Cue, values: dict[str, Any], parts: Parts) -> dict[str, Any]:
    return ctx.amend(cue, values, parts, beside={"published": held_back(cue, values)}, told=EDITORS)


def _let_out(ctx: Context, cue: Cue, values: dict[str, Any], parts: Parts) -> dict[str, Any]:
    shown = as_published(cue)
    was = {name: getattr(shown, name) for name in values}
    beside = {"published": let_out(cue, values, parts)} if cue.published else {}
    version = cue.version
    before = ctx.amend(cue, values, parts, beside=beside, seen=was if cue.published else None)
    if cue.version != version:
        shown = as_published(cue)
        changes = changes_between(was, {name: getattr(shown, name) for name in values})
        _went_out(ctx, cue, changes, was.get("people", []))
    return before


def switched(ctx: Context, cue: Cue, was: dict[str, Any]) -> None:
    """Tell of what a plan for other weather has changed, which goes out at once, of the rows that others see."""
    if is_new(cue):
        return
    shown = as_published(cue)
    changes = changes_between(was, {name: getattr(shown, name) for name in was})
    _went_out(ctx, cue, changes, was.get("people", []))


def _went_out(ctx: Context, cue: Cue, changes: Changes, also: Iterable[str] = ()) -> None:
    mark_edited(ctx)
    if changes:
        ctx.at_end(_tell, (cue, changes, also))


def _tell(ctx: Context, told: list[tuple[Cue, Changes, Iterable[str]]]) -> None:
    """Tell people what went out by itself; before the first version nobody goes by the sheet."""
    if not ctx.once(sheet_of).number:
        return
    notices = Notices(ctx, {cue.id for cue, _, _ in told})
    for cue, changes, also in told:
        notices.tell(cue, changes, also)
