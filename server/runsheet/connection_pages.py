"""The page of what is connected to an event: desks that call a track."""

from typing import Any

from sqlmodel import Session, col, select
from starlette.responses import Response

from server.core.access import Permission, Viewer
from server.core.models import Event, Token
from server.core.page import Ask, page
from server.people.agents import moment_text
from server.people.models import Member
from server.runsheet.desks import SCOPE
from server.runsheet.queries import directory
from server.runsheet.rows import Names

VIEW = "connections"


def connections(ask: Ask) -> Response:
    """Desks: make a token, see which there are, take one away."""
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        names = Names(directory(session, event), ask.locale)
        desks = [
            _desk(names, ask, event, *found)
            for found in visible_desks(session, ask.member, ask.services.clock.now())
        ]
    tracks = [(track, name) for track, name in names.tracks.items() if _may(ask.member, track)]
    return ask.page(
        "runsheet/connections.html",
        event=event,
        lens=names,
        tracks=tracks,
        desks=desks,
        origin=ask.services.origin,
    )


def visible_desks(session: Session, viewer: Viewer, now: int) -> list[tuple[Token, Member]]:
    """The desks that work and that a viewer may take away, the newest first."""
    works = col(Token.revoked_at).is_(None), col(Token.expires_at) > now, col(Member.removed_at).is_(None)
    found = session.exec(
        select(Token, Member)
        .join(Member, (col(Member.event_id) == Token.event_id) & (col(Member.id) == Token.member_id))
        .where(Token.event_id == viewer.event_id, Token.scope == SCOPE, *works)
        .order_by(col(Token.created_at).desc(), Member.id)
    )
    return [(token, desk) for token, desk in found if _may(viewer, desk.tracks[0])]


def _may(viewer: Viewer, track: str) -> bool:
    return viewer.may_call(track) or viewer.may(Permission.CONFIGURE)


def _desk(names: Names, ask: Ask, event: Event, token: Token, desk: Member) -> dict[str, Any]:
    moments = {"made": token.created_at, "used": token.used_at, "until": token.expires_at}
    return {
        "id": desk.id,
        "name": desk.name,
        "track": names.tracks.get(desk.tracks[0], desk.tracks[0]),
        "by": names.people.get(token.made_by, token.made_by),
        **{name: moment_text(at, event.timezone, ask.locale) if at else "" for name, at in moments.items()},
    }


ROUTES = [page(f"/e/{{event}}/{VIEW}", connections, may=Permission.MARK)]
