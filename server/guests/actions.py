"""Ops on guests' links: make one, revoke it, and take that back."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlmodel import col, func, select

from server.core.access import TEAM, Permission
from server.core.clock import to_iso
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.ops import Args, Id, OpSet, RefusalError
from server.guests.models import PARTS, GuestLink
from server.guests.queries import end_of, usual_end
from server.people.actions import LinkHash, Locale, Name
from server.runsheet.args import Day, Ids
from server.runsheet.around import require
from server.runsheet.models import ColumnDef, Track

ops = OpSet(
    words={
        "id": N_("Id"),
        "hash": N_("Link"),
        "level": N_("Detail"),
        "shows": N_("Fields"),
        "locale": N_("Language"),
        "name": N_("Whose link it is"),
        "until": N_("Until"),
        "tracks": N_("Tracks"),
        "columns": N_("Cell"),
        "team_columns": N_("Cell"),
    }
)

MOST = 50
"""So many links an event has at most."""
LONGEST_MS = 2 * 366 * 86_400_000
# Nobody's: what the log says of a link is told to no one.
AUDIENCE = "guest"
Part = Literal[PARTS]  # type: ignore[valid-type]  # pydantic reads the tuple


class GuestOpen(Args):
    """`hash` is the SHA-256 of the secret, which never comes here. Without `until` it ends a week after the event.

    `columns` are shown as long as they are for everybody; who names one of `team_columns` shows what is the team's.
    """

    id: Id
    name: Name = Field(max_length=60)
    hash: LinkHash
    level: Literal["coarse", "fine"] = "coarse"
    tracks: Ids = Field(default=[])
    shows: Annotated[list[Part], Field(max_length=len(PARTS))] = Field(default=["time", "place"])
    columns: Ids = Field(default=[])
    team_columns: Ids = Field(default=[])
    locale: Locale = "zh-TW"
    until: Day | None = None


class GuestRef(Args):
    id: Id


@ops.op("guest.open", may=Permission.EDIT_SHEET)
def open_link(ctx: Context, args: GuestOpen) -> dict[str, Any]:
    """Let whoever has the link read of the published sheet what is chosen here, and nothing else."""
    _refuse_too_many(ctx)
    _refuse_bad_choices(ctx, args)
    if ctx.session.exec(select(GuestLink.id).where(GuestLink.hash == args.hash)).first():
        raise RefusalError("exists", N_("This link was made before."))
    values = args.model_dump(exclude={"until"})
    link = GuestLink(
        event_id=ctx.event_id, audience=AUDIENCE, expires_at=_end(ctx, args.until), made_by=ctx.viewer.id,
        made_at=ctx.received, **values,
    )  # fmt: skip
    ctx.add(link, name=link.name)
    ctx.undo = {"op": "guest.close", "args": {"id": link.id}}
    return {"expires_at": to_iso(link.expires_at, ctx.event.timezone)}


@ops.op("guest.close", may=Permission.EDIT_SHEET)
def close_link(ctx: Context, args: GuestRef) -> None:
    """Revoke a link: from now on it shows nothing any more."""
    link = _link(ctx, args.id)
    if link.removed_at is None:
        was, link.removed_at = link.visible_to, ctx.received
        ctx.record(link, {}, was=was)
    ctx.undo = {"op": "guest.reopen", "args": {"id": link.id}}


@ops.op("guest.reopen", may=Permission.EDIT_SHEET)
def reopen_link(ctx: Context, args: GuestRef) -> None:
    """Take back that a link was revoked: it opens again for those who have it."""
    link = _link(ctx, args.id)
    if link.removed_at is not None:
        _refuse_too_many(ctx)
        link.removed_at = None
        ctx.record(link, {}, was=None)
    ctx.undo = {"op": "guest.close", "args": {"id": link.id}}


def _link(ctx: Context, link_id: str) -> GuestLink:
    link = ctx.find(GuestLink, link_id)
    if link is None:
        raise not_found(link_id)
    return link


def _refuse_bad_choices(ctx: Context, args: GuestOpen) -> None:
    for track in args.tracks:
        require(ctx, Track, track)
    for column_id in (*args.columns, *args.team_columns):
        require(ctx, ColumnDef, column_id)
    for column_id in args.columns:
        column = ctx.session.get_one(ColumnDef, (ctx.event_id, column_id))
        if column.audience == TEAM:
            text = N_("The column “%(name)s” is for the team alone. Tick it among those of the team.")
            raise RefusalError("team_column", text, name=column.name)


def _end(ctx: Context, until: str | None) -> int:
    day = date.fromisoformat(until) if until else usual_end(ctx.session, ctx.event)
    end = end_of(day, ctx.event)
    if until and not ctx.received < end < ctx.received + LONGEST_MS:
        raise RefusalError("bad_end", N_("Choose a day from today on, within two years."))
    return end


def _refuse_too_many(ctx: Context) -> None:
    here = GuestLink.event_id == ctx.event_id, col(GuestLink.removed_at).is_(None)
    if ctx.session.exec(select(func.count()).select_from(GuestLink).where(*here)).one() >= MOST:
        raise RefusalError("too_many", N_("An event has at most %(most)s links for guests."), most=MOST)
