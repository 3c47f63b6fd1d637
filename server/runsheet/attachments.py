"""Photos and files on rows: named by an op while they are still on a phone, shown when they have arrived."""

from typing import Any

from sqlmodel import col, func, select

from server.core.access import Permission
from server.core.blobs import Blob, expect
from server.core.context import Context
from server.core.i18n import N_
from server.core.models import ALL, Entity
from server.core.ops import OpSet, RefusalError
from server.runsheet.args import WORDS, CueAttach, CueRef
from server.runsheet.around import require
from server.runsheet.hanging import Attachment
from server.runsheet.models import ColumnDef, Cue

MOST_ON_A_ROW = 40
_FOLLOWED = ("state", "width", "height", "reason")

ops = OpSet(words=WORDS)


@ops.op("cue.attach", may=Permission.EDIT_SHEET)
def attach(ctx: Context, args: CueAttach) -> None:
    """Hang a photo or a file on a row. One that was taken off comes back."""
    cue = ctx.visible(Cue, args.cue)
    if cue.kind == "segment":
        raise RefusalError("bad_row", N_("A segment takes no photos and files. Put them on a row in it."))
    if args.column:
        require(ctx, ColumnDef, args.column)
    known = ctx.find(Attachment, args.id)
    _refuse_too_many(ctx, cue)
    if known and known.removed_at and (known.cue, known.blob) == (cue.id, args.blob):
        known.removed_at, known.audience = None, audience_of(ctx, cue, known.column)
        ctx.record(known, {"cue": cue.id}, was=None)
    else:
        _hang(ctx, cue, args)
    ctx.undo = {"op": "cue.detach", "args": {"id": args.id}}


@ops.op("cue.detach", may=Permission.EDIT_SHEET)
def detach(ctx: Context, args: CueRef) -> None:
    """Take a photo or a file off its row."""
    attachment = ctx.visible(Attachment, args.id)
    was, attachment.removed_at = attachment.visible_to, ctx.received
    ctx.record(attachment, {"cue": attachment.cue}, was=was)
    again = CueAttach.model_validate(attachment.model_dump(include=set(CueAttach.model_fields)))
    ctx.undo = {"op": "cue.attach", "args": again.model_dump()}


def follow_blob(ctx: Context, blob: Entity, _kind: str) -> None:
    """What became of a file shows on every row on which it hangs; also once one that was taken off comes back."""
    if not isinstance(blob, Blob):
        return
    hanging = select(Attachment).where(
        Attachment.event_id == ctx.event_id, Attachment.blob == blob.hash, Attachment.member == blob.member
    )
    for attachment in ctx.session.exec(hanging.order_by(Attachment.id)):
        values = _state_of(blob)
        if all(getattr(attachment, name) == value for name, value in values.items()):
            continue
        for name, value in values.items():
            setattr(attachment, name, value)
        if not attachment.removed_at:
            about = {"set": values, "cue": attachment.cue}
            ctx.record(attachment, about, was=attachment.visible_to, kind="cue.attachment")


def _hang(ctx: Context, cue: Cue, args: CueAttach) -> None:
    blob = expect(ctx, args.blob, args.media, args.size)
    values = args.model_dump(exclude={"id"}) | _state_of(blob)
    attachment = Attachment(
        event_id=ctx.event_id,
        id=args.id,
        audience=audience_of(ctx, cue, args.column),
        member=ctx.viewer.id,
        added_at=ctx.received,
        **values,
    )
    ctx.add(attachment, **values)


def audience_of(ctx: Context, cue: Cue, column_id: str | None) -> str:
    """Who sees what hangs on a row: those who see the row, and in a cell those who read its column."""
    column = ctx.find(ColumnDef, column_id) if column_id else None
    return column.audience if column and cue.audience == ALL else cue.audience


def follow_column(ctx: Context, column: ColumnDef) -> None:
    """What hangs in a column's cells is for those who read the column."""
    hanging = select(Attachment).where(Attachment.event_id == ctx.event_id, Attachment.column == column.id)
    for attachment in ctx.session.exec(hanging.order_by(Attachment.id)):
        cue, was = ctx.find(Cue, attachment.cue), attachment.visible_to
        audience = audience_of(ctx, cue, column.id) if cue else attachment.audience
        if audience == attachment.audience:
            continue
        attachment.audience = audience
        if not attachment.removed_at:
            ctx.record(attachment, {"cue": attachment.cue}, was=was, kind="cue.attachment")


def _state_of(blob: Blob) -> dict[str, Any]:
    """What an attachment shows of its file. That it is being cleaned is nobody's concern."""
    state = "awaited" if blob.state == "cleaning" else blob.state
    media = blob.stored_media if state == "ready" else blob.media
    return {"state": state, "media": media, **{name: getattr(blob, name) for name in _FOLLOWED[1:]}}


def _refuse_too_many(ctx: Context, cue: Cue) -> None:
    here = select(func.count()).where(
        Attachment.event_id == ctx.event_id, Attachment.cue == cue.id, col(Attachment.removed_at).is_(None)
    )
    if ctx.session.exec(here).one() >= MOST_ON_A_ROW:
        text = N_("A row holds at most %(most)s photos and files.")
        raise RefusalError("too_many", text, most=MOST_ON_A_ROW)
