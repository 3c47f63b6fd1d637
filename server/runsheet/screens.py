"""Ops that put a track's timer on a monitor at the edge of the stage, and take it away again."""

from typing import Any, Literal

from pydantic import Field

from server.core.access import SCREEN, TEAM, Permission
from server.core.context import Context
from server.core.ops import Args, Id, OpSet
from server.people.actions import LINK_DAYS, LinkHash, add_link, record_faces
from server.people.models import Member, detail_of
from server.runsheet.args import WORDS
from server.runsheet.around import require, require_equipping, unequip
from server.runsheet.models import Track

ops = OpSet(words=WORDS)


class ScreenOpen(Args):
    """`hash` is the SHA-256 of the link's secret, which never comes here; the link can be used for `days`, once."""

    id: Id
    track: Id
    hash: LinkHash
    days: int = Field(default=LINK_DAYS, ge=1, le=60)
    locale: Literal["zh-TW", "en"] | None = None


class ScreenRef(Args):
    id: Id


@ops.op("screen.open", may=Permission.MARK)
def open_screen(ctx: Context, args: ScreenOpen) -> dict[str, Any]:
    """Make a link by which a monitor shows a track's timer, and sees nothing else."""
    require(ctx, Track, args.track)
    require_equipping(ctx, args.track)
    track = ctx.session.get_one(Track, (ctx.event_id, args.track))
    screen = Member(
        event_id=ctx.event_id,
        id=args.id,
        audience=TEAM,
        name=track.name,
        name_en=track.name_en,
        roles=sorted(SCREEN),
        tracks=[args.track],
        locale=args.locale or ctx.viewer.locale,
    )
    ctx.add(screen, **detail_of(screen))
    screen.versions = {"locale": screen.version}
    record_faces(ctx, screen)
    expires = add_link(ctx, screen, args.hash, args.days)
    ctx.undo = {"op": "screen.close", "args": {"id": screen.id}}
    return {"expires_at": expires}


@ops.op("screen.close", may=Permission.MARK)
def close_screen(ctx: Context, args: ScreenRef) -> None:
    """Take a monitor's timer away: it goes dark at once, and its link opens nothing any more."""
    unequip(ctx, args.id, SCREEN)
