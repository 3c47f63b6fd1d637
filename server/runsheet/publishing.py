"""Ops that publish the sheet, and that say whether edits wait for that."""

from collections.abc import Iterable
from typing import Any

from pydantic import Field
from sqlmodel import col, or_, select

from server.core.access import EDITORS, TEAM, Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.models import ALL, Change
from server.core.ops import Args, OpSet, RefusalError, Text
from server.runsheet import drafting
from server.runsheet.args import WORDS, CueRef
from server.runsheet.attachments import audience_of
from server.runsheet.calling import Uncall
from server.runsheet.editions import SHEET, Edition, Sheet
from server.runsheet.hanging import Attachment, Comment
from server.runsheet.models import Cue
from server.runsheet.notices import Notices
from server.runsheet.planned import cells_of, stood
from server.runsheet.published import ADDED, REMOVED, as_published, changes_between, is_new, pack, rows_of
from server.runsheet.queries import descendants, published_cues
from server.runsheet.taking import hangers, parent_removed, take_out

ops = OpSet(
    words=WORDS
    | {
        "on": N_("On"),
        "threshold_s": N_("Threshold"),
    }
)
MOST_NOTE = 500


class Publish(Args):
    """`note` is what their maker says of the changes."""

    note: Text = Field(default="", max_length=MOST_NOTE)


class Live(Args):
    on: bool


class Threshold(Args):
    threshold_s: int = Field(ge=60, le=3600)


@ops.op("sheet.publish", may=Permission.EDIT_SHEET, is_long=True)
def publish(ctx: Context, args: Publish) -> dict[str, Any]:
    """Show everybody what waits, as a new version, and ask those it touches to say 知道了."""
    sheet = ctx.once(drafting.sheet_of)
    rows = waiting_rows(ctx)
    if not rows and sheet.number and sheet.edited_at is None:
        raise RefusalError("nothing_new", N_("Nothing has changed since %(version)s."), version=sheet.label)
    number = sheet.number + 1
    tell = Notices(ctx, [SHEET, *(row.id for row in rows)], number)
    counts = _let_go(ctx, rows, tell) | _show(ctx, rows, tell)
    ctx.session.flush()
    cues = published_cues(ctx.session, ctx.event_id)
    if number == 1:
        counts["added"] = len(cues)
        tell.tell_all(cues)
    about: dict[str, Any] = {"number": number, "at": ctx.received, "by": ctx.viewer.id}
    ctx.session.add(
        Edition(event_id=ctx.event_id, **about, note=args.note, counts=counts, sheet=pack(rows_of(cues)))
    )
    _set(ctx, sheet, about | {"edited_at": None}, note=args.note)
    return {"number": number, **counts}


@ops.op("cue.revert", may=Permission.EDIT_SHEET, of=Cue)
def revert(ctx: Context, args: CueRef) -> None:
    """Throw away what waits of a row that others see: it is again as it is published."""
    cue = ctx.visible(Cue, args.id)
    if not cue.published:
        raise RefusalError("nothing_new", N_("Nothing of this row waits to be published."), status="conflict")
    _refuse_no_parent(ctx, cue.published)
    values = dict(cue.published)
    ctx.amend(cue, values, cells_of(cue, values), beside={"published": None}, told=EDITORS)
    ctx.undo = {"op": "cue.unrevert", "args": {"id": cue.id, "seq": ctx.seq}}


@ops.op("cue.unrevert", may=Permission.EDIT_SHEET, of=Cue)
def unrevert(ctx: Context, args: Uncall) -> None:
    """Let wait again what was thrown away, unless the row was edited since."""
    cue = ctx.visible(Cue, args.id)
    entry = ctx.session.get(Change, (ctx.event_id, args.seq))
    if entry is None or (entry.entity, entry.kind) != (cue.id, "cue.revert"):
        raise not_found(f"{cue.id}@{args.seq}")
    values, cells = stood(cue, entry.detail["was"])
    keys = (values.keys() - cells.keys()) | {f"columns.{name}" for name in cells.get("columns", ())}
    if any(cue.versions.get(key, 0) > args.seq for key in keys):
        text = N_("This row was edited since.")
        raise RefusalError("changed", text, status="conflict", **cue.labels)
    _refuse_no_parent(ctx, values)
    drafting.amend(ctx, cue, values, cells)
    ctx.undo = {"op": "cue.revert", "args": {"id": cue.id}}


@ops.op("sheet.live", may=Permission.EDIT_SHEET)
def go_live(ctx: Context, args: Live) -> None:
    """Put the event into 現場模式, where everybody's edits go out as they are made, or take it out."""
    sheet = ctx.once(drafting.sheet_of)
    live_at = (sheet.live_at or ctx.received) if args.on else None
    _set(ctx, sheet, {"live_at": live_at, "live_by": ctx.viewer.id if args.on else ""})
    ctx.undo = {"op": "sheet.live", "args": {"on": not args.on}}


@ops.op("sheet.mine", may=Permission.EDIT_SHEET)
def go_live_oneself(ctx: Context, args: Live) -> None:
    """Let one's own edits go out as they are made, or wait."""
    sheet = ctx.once(drafting.sheet_of)
    others = [each for each in sheet.editors if each != ctx.viewer.id]
    _set(ctx, sheet, {"editors": [*others, ctx.viewer.id] if args.on else others})
    ctx.undo = {"op": "sheet.mine", "args": {"on": not args.on}}


@ops.op("sheet.threshold", may=Permission.EDIT_SHEET)
def set_threshold(ctx: Context, args: Threshold) -> None:
    """Say from what shift of its start on a row's people are told."""
    sheet = ctx.once(drafting.sheet_of)
    before = sheet.threshold_s
    _set(ctx, sheet, {"threshold_s": args.threshold_s})
    ctx.undo = {"op": "sheet.threshold", "args": {"threshold_s": before}}


def _refuse_no_parent(ctx: Context, values: dict[str, Any]) -> None:
    """A row goes back under another only while that one is there."""
    above = ctx.find(Cue, values["parent"]) if values.get("parent") else None
    if above and above.removed_at:
        raise parent_removed()


def waiting_rows(ctx: Context) -> list[Cue]:
    """The rows of which something waits to be published."""
    waits = or_(Cue.audience == EDITORS, Cue.leaving, col(Cue.published).is_not(None))
    these = (Cue.event_id == ctx.event_id, col(Cue.removed_at).is_(None), waits)
    return list(ctx.session.exec(select(Cue).where(*these).order_by(Cue.order_key, Cue.id)))


def _set(ctx: Context, sheet: Sheet, values: dict[str, Any], **about: Any) -> None:  # noqa: ANN401 - a JSON document
    was = sheet.visible_to if sheet.version else None
    for name, value in values.items():
        setattr(sheet, name, value)
    ctx.session.add(sheet)
    seq = ctx.record(sheet, {"set": values} | about, was=was)
    sheet.versions = sheet.versions | dict.fromkeys(values, seq)


def _let_go(ctx: Context, rows: Iterable[Cue], tell: Notices) -> dict[str, int]:
    """Take out the rows that were to leave, and what has been put under them since: together what was removed so."""
    removed = 0
    leaving = [cue for cue in rows if cue.leaving]
    for cue in sorted(leaving, key=lambda cue: cue.versions.get("leaving", 0)):
        if cue.removed_at:
            continue
        gone = [cue, *descendants(ctx.session, cue)]
        if any(row.is_on_air for row in gone):
            text = N_("%(title)s was to be removed, and is running. Finish it first, or let it stay.")
            raise RefusalError("on_air", text, **cue.labels)
        for row in gone:
            if not is_new(row):
                removed += 1
                tell.tell(as_published(row), [REMOVED])
        take_out(ctx, gone)
        ctx.session.flush()
    return {"removed": removed}


def _show(ctx: Context, rows: Iterable[Cue], tell: Notices) -> dict[str, int]:
    """Let everybody see what is new, and what has changed."""
    counts = {"added": 0, "changed": 0}
    these = [cue for cue in rows if not cue.removed_at]
    new = list(filter(is_new, these))
    for cue in these:
        counts["added" if is_new(cue) else "changed"] += 1
        if is_new(cue):
            cue.audience = ALL
            ctx.record(cue, {}, was=EDITORS)
            tell.tell(cue, [ADDED])
        else:
            _replace(ctx, cue, tell)
    _show_hangers(ctx, new)
    return counts


def _show_hangers(ctx: Context, rows: list[Cue]) -> None:
    """Let everybody see what hangs on rows that only their editors knew."""
    cues = {cue.id: cue for cue in rows}
    for each in hangers(ctx, rows, None):
        if isinstance(each, Attachment | Comment) and each.audience == EDITORS:
            column = each.column if isinstance(each, Attachment) else None
            each.audience = TEAM if isinstance(each, Comment) else audience_of(ctx, cues[each.cue], column)
            ctx.record(each, {"cue": each.cue}, was=EDITORS)


def _replace(ctx: Context, cue: Cue, tell: Notices) -> None:
    before = cue.published or {}
    now = {name: getattr(cue, name) for name in before}
    also = before.get("people", [])
    cue.published = None
    ctx.record(cue, {"set": now, "was": before}, was=cue.visible_to)
    tell.tell(cue, changes_between(before, now), also)
