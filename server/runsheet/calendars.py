"""Personal links by which a calendar follows the sheet: made and ended by ops, read without signing in."""

from typing import Literal

from server.core.access import Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.models import Entity
from server.core.ops import Args, Id, OpSet, RefusalError
from server.people.actions import LinkHash
from server.people.models import Me
from server.runsheet.args import WORDS
from server.runsheet.around import require
from server.runsheet.calendar_links import Calendar, calendars_of, find_calendar
from server.runsheet.models import Track

Scope = Literal["mine", "all", "track"]
MOST = 20

ops = OpSet(words=WORDS | {"scope": N_("What it shows")})


class CalendarMake(Args):
    """`hash` is the SHA-256 of the link's secret, which never comes here."""

    id: Id
    hash: LinkHash
    scope: Scope = "mine"
    track: Id | None = None


class CalendarEnd(Args):
    id: Id


@ops.op("calendar.make", may=Permission.VIEW)
def make(ctx: Context, args: CalendarMake) -> None:
    """Make a link by which one's own calendar follows the sheet."""
    if args.scope == "track":
        require(ctx, Track, args.track or "")
    if len(calendars_of(ctx.session, ctx.viewer)) >= MOST:
        text = N_("You have %(most)s links already. End one of them first.")
        raise RefusalError("too_many", text, most=MOST)
    if find_calendar(ctx.session, args.hash):
        raise RefusalError("exists", N_("This link was made before."))
    track = args.track if args.scope == "track" else None
    calendar = Calendar(
        event_id=ctx.event_id,
        id=args.id,
        audience=ctx.viewer.own_audience,
        member=ctx.viewer.id,
        secret_hash=args.hash,
        scope=args.scope,
        track=track,
        made_at=ctx.received,
    )
    ctx.add(calendar, scope=args.scope, track=track)


@ops.op("calendar.end", may=Permission.VIEW)
def end(ctx: Context, args: CalendarEnd) -> None:
    """End one of one's own links. A calendar keeps what it has, and learns nothing more."""
    calendar = ctx.visible(Calendar, args.id)
    if calendar.member != ctx.viewer.id:
        raise not_found(args.id)
    _end(ctx, calendar, "")


def end_with_member(ctx: Context, me: Entity, kind: str) -> None:
    """Who is removed, or signed out of everything as when a phone is lost, has no links any more."""
    is_all = kind == "member.remove" or (
        kind == "member.sign_out" and not getattr(ctx.op.args, "session", "")
    )
    if not isinstance(me, Me) or not (is_all or me.member.removed_at):
        return
    for calendar in calendars_of(ctx.session, me.member.viewer()):
        _end(ctx, calendar, "calendar.end")


def _end(ctx: Context, calendar: Calendar, kind: str) -> None:
    was, calendar.removed_at = calendar.visible_to, ctx.received
    ctx.record(calendar, {}, was=was, kind=kind)
