"""Ops that let a desk (Stream Deck, Companion) call one track by HTTP, and take that right away again."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlmodel import col, func, select

from server.core.access import DESK, TEAM, Permission
from server.core.context import Context
from server.core.i18n import N_
from server.core.models import Entity, Event, Token
from server.core.ops import Args, Id, OpSet, RefusalError
from server.people.actions import LinkHash, Name, record_faces, take_out
from server.people.models import Me, Member, detail_of
from server.runsheet.args import WORDS
from server.runsheet.around import require, require_equipping, unequip
from server.runsheet.models import Track

ops = OpSet(words=WORDS)

SCOPE = "desk"
MOST = 20
"""So many desks of an event work at once."""
DAYS_AFTER = 3
"""A desk works until so many days after the event's last; in an event without days, or after them, for a week."""
DAYS_WITHOUT = 7
_DAY_MS = 86_400_000


class DeskOpen(Args):
    """`hash` is the SHA-256 of the token, which is made in the browser and never comes here."""

    id: Id
    track: Id
    name: Name = Field(max_length=60)
    hash: LinkHash


class DeskRef(Args):
    id: Id


@ops.op("desk.open", may=Permission.MARK)
def open_desk(ctx: Context, args: DeskOpen) -> dict[str, Any]:
    """Let whoever has the token call one track over `/api/desk`, and read how it stands."""
    require(ctx, Track, args.track)
    require_equipping(ctx, args.track)
    _refuse_too_many(ctx)
    if ctx.session.get(Token, args.hash):
        raise RefusalError("exists", N_("This token was made before."))
    desk = Member(
        event_id=ctx.event_id,
        id=args.id,
        audience=TEAM,
        name=args.name,
        roles=sorted(DESK),
        tracks=[args.track],
        locale=ctx.viewer.locale,
    )
    ctx.add(desk, **detail_of(desk))
    record_faces(ctx, desk)
    expires = expires_at(ctx.event, ctx.received)
    ctx.session.add(
        Token(
            secret_hash=args.hash, event_id=ctx.event_id, member_id=desk.id, label=args.name, scope=SCOPE,
            made_by=ctx.viewer.id, created_at=ctx.received, expires_at=expires,
        )
    )  # fmt: skip
    ctx.undo = {"op": "desk.close", "args": {"id": desk.id}}
    return {"expires_at": expires}


@ops.op("desk.close", may=Permission.MARK)
def close_desk(ctx: Context, args: DeskRef) -> None:
    """End a desk's token at once."""
    unequip(ctx, args.id, DESK)


def expires_at(event: Event, now: int) -> int:
    """Until when a desk that is made now works, in epoch milliseconds."""
    last = max((day["date"] for day in event.days), default="")
    if last:
        day = datetime.fromisoformat(last).replace(tzinfo=ZoneInfo(event.timezone))
        end = round((day + timedelta(days=1 + DAYS_AFTER)).timestamp() * 1000)
        if end > now:
            return end
    return now + DAYS_WITHOUT * _DAY_MS


def leave_with_maker(ctx: Context, me: Entity, _kind: str) -> None:
    """A desk ends with its maker: removed, signed out everywhere, or no longer allowed to make it."""
    if not isinstance(me, Me):
        return
    viewer = me.member.viewer()
    for token, desk in _made_by(ctx, viewer.id):
        may = viewer.may_equip(desk.tracks[0])
        if me.member.removed_at or token.revoked_at or not may:
            take_out(ctx, desk)


def _made_by(ctx: Context, member_id: str) -> list[tuple[Token, Member]]:
    found = (
        select(Token, Member)
        .join(Member, (col(Member.event_id) == Token.event_id) & (col(Member.id) == Token.member_id))
        .where(Token.event_id == ctx.event_id, Token.made_by == member_id, Token.scope == SCOPE)
        .where(col(Member.removed_at).is_(None))
        .order_by(Member.id)
    )
    return [(token, desk) for token, desk in ctx.session.exec(found)]


def _refuse_too_many(ctx: Context) -> None:
    works = col(Token.revoked_at).is_(None), col(Token.expires_at) > ctx.received
    here = select(func.count()).where(Token.event_id == ctx.event_id, Token.scope == SCOPE, *works)
    if ctx.session.exec(here).one() >= MOST:
        raise RefusalError("too_many", N_("%(most)s desks work already. Take one away first."), most=MOST)
