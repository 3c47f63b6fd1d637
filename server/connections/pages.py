"""The page of what is connected to an event: desks that call a track, addresses that are told what changes."""

from typing import Any

from sqlmodel import Session, col, select
from starlette.responses import Response

from server.connections.groups import GROUPS
from server.connections.models import Delivery, Webhook
from server.connections.queries import last_deliveries, visible_webhooks
from server.core.access import Permission, Viewer
from server.core.models import Event, Token
from server.core.page import Ask, page
from server.people.agents import moment_text
from server.people.models import Member
from server.runsheet.desks import SCOPE
from server.runsheet.names import Names
from server.runsheet.queries import directory

VIEW = "connections"


def connections(ask: Ask) -> Response:
    """Desks and webhooks: make one, see which there are and how they fare, take one away."""
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        names = Names.through(directory(session, event), ask.member.lens)
        found = visible_desks(session, ask.member, ask.services.clock.now())
        desks = [_desk(names, ask, event, *each) for each in found]
        hooks = _hooks(ask, session, event)
    tracks = [(track, name) for track, name in names.tracks.items() if _may(ask.member, track)]
    values: dict[str, Any] = {
        "tracks": tracks,
        "desks": desks,
        "hooks": hooks,
        "groups": GROUPS,
        "origin": ask.services.origin,
    }
    return ask.page("connections/connections.html", event=event, lens=names, **values)


def _hooks(ask: Ask, session: Session, event: Event) -> list[dict[str, Any]]:
    """Webhooks with their last deliveries, for whoever sets the event up."""
    hooks = visible_webhooks(session, ask.member)
    deliveries = last_deliveries(session, event.id) if hooks else {}
    return [_hook(ask, event, hook, deliveries.get(hook.id, [])) for hook in hooks]


def _hook(ask: Ask, event: Event, hook: Webhook, deliveries: list[Delivery]) -> dict[str, Any]:
    return {
        "hook": hook,
        "state": _state(hook, deliveries),
        "deliveries": [_delivery(ask, event, each) for each in deliveries],
    }


def _state(hook: Webhook, deliveries: list[Delivery]) -> str:
    """How a webhook fares: its own state, and while it is on what became of the last that was sent."""
    if hook.state != "on":
        return hook.state
    if any(each.kind != "test" and each.state == "waiting" and each.tries for each in deliveries):
        return "late"
    last = next((each for each in deliveries if each.state != "waiting"), None)
    if last is None:
        return "unsent"
    return "on" if last.state == "done" else "missed"


def _delivery(ask: Ask, event: Event, delivery: Delivery) -> dict[str, Any]:
    moments = {"made": delivery.made_at, "tried": delivery.tried_at, "next": delivery.next_at}
    return {"row": delivery} | {
        name: moment_text(at, event.timezone, ask.locale) if at else "" for name, at in moments.items()
    }


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
    return viewer.may_equip(track)


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
