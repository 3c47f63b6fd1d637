"""The live endpoint: who may follow an event, from where, and what the client may say."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache, partial
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import uvloop
from sqlalchemy import Row, Table, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from server.core import strict_json
from server.core.access import Viewer
from server.core.auth import Identity, Proof, ended_sessions, identities_of, proof_of
from server.core.bus import Bus
from server.core.clock import to_iso
from server.core.ear import Ear, cursor
from server.core.feed import FRAME_BYTES, chains
from server.core.frames import Pace
from server.core.gathering import Gathering
from server.core.guard import GuardedReader
from server.core.hub import REVOKED, Hub
from server.core.models import Event
from server.core.ops import MAX_BODY, MAX_OPS
from server.core.services import Services
from server.core.subscription import Holder, Subscription
from server.core.whole import Whole, among
from server.core.wire import EXTENSION, text_frame, wire_of

log = logging.getLogger(__name__)

PROTO, FOREIGN = 1, 4404
# Between the clocks of two processes, and between the start of a commit and its end.
CLOCKS_DIFFER_MS = 5_000
_EVENTS: Table = Event.__table__  # type: ignore[attr-defined]  # SQLModel's tables have no public type
_PLACES = Whole(
    select(*(_EVENTS.c[name] for name in ("id", "head", "epoch", "directory_seq"))).where(
        among(_EVENTS.c.id, "ids")
    )
)
LIMITS = {"frame": FRAME_BYTES, "body": MAX_BODY, "ops": MAX_OPS}


def require_uvloop() -> None:
    """RuntimeError unless uvloop runs: one busy thread slows the plain asyncio loop by hundreds of times."""
    if not isinstance(asyncio.get_running_loop(), uvloop.Loop):
        message = "Fieldcue needs uvloop as its event loop"
        raise RuntimeError(message)  # noqa: TRY004 - no argument is wrong, the set-up is


@asynccontextmanager
async def open_hub(services: Services) -> AsyncIterator[Hub]:
    """The hub, for as long as the program serves."""
    require_uvloop()
    pace = Pace(
        poll=services.settings.poll_seconds,
        heartbeat=services.settings.ping_seconds,
        silence=services.settings.silence_seconds,
    )
    reader = GuardedReader(services)
    async with Hub(reader, services.clock, pace) as hub:
        services.hub, services.doors = hub, Gathering(partial(look_up, services))
        reader.revoke = partial(
            asyncio.get_running_loop().call_soon_threadsafe, partial(_revoke, services, hub)
        )
        async with _open_bus(services, hub) as services.bus, _watched_sessions(services, hub):
            yield hub
    services.hub = services.doors = services.bus = None


@asynccontextmanager
async def _watched_sessions(services: Services, hub: Hub) -> AsyncIterator[None]:
    """Look for browsers that another process signed out, however its hints fare, and for tokens that expire."""
    watch = asyncio.create_task(_watch_sessions(services, hub))
    try:
        yield
    finally:
        watch.cancel()


async def _watch_sessions(services: Services, hub: Hub) -> None:
    while True:
        since = services.clock.now() - CLOCKS_DIFFER_MS
        await asyncio.sleep(services.settings.poll_seconds)
        try:
            ended = await run_in_threadpool(ended_sessions, services.db, since, services.clock.now())
        except SQLAlchemyError:
            log.exception("nobody could look for sessions that ended")
            continue
        if ended:
            services.identities.clear()
            hub.revoke(lambda sub: sub.holder.session in ended)  # noqa: B023 - it is asked at once


@asynccontextmanager
async def _open_bus(services: Services, hub: Hub) -> AsyncIterator[Bus | None]:
    """The bus to other processes, if there is one."""
    if not services.settings.redis_url:
        yield None
        return
    async with Bus(services.settings.redis_url, partial(_heard, services, hub)) as bus:
        yield bus


def _heard(services: Services, hub: Hub, hint: dict[str, Any]) -> None:
    if "session" in hint:
        services.identities.clear()
        services.viewers.clear()
        hub.revoke(lambda sub: sub.holder.session == hint["session"])
    elif "event" in hint:
        hub.wake(str(hint["event"]), int(hint["head"]))


def _revoke(
    services: Services, hub: Hub, event_id: str, changed: Mapping[str, int], ended: Collection[str]
) -> None:
    """Cut off members whose rights changed, but not the sockets that came after that, and sessions that ended."""
    services.viewers.clear()
    services.identities.clear()
    hub.revoke(lambda sub: sub.event == event_id and sub.holder.rights_at < changed.get(sub.holder.member, 0))
    hub.revoke(lambda sub: sub.holder.session in ended)


class Ahead:
    """Middleware that takes who comes to a socket's route straight there: thousands come back at once.

    Starlette's layers between, which only pages need, cost half as much again as the endpoint.
    """

    def __init__(self, app: ASGIApp, route: WebSocketRoute) -> None:
        self._app, self._route = app, route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._route.path_regex.match(scope["path"]) if scope["type"] == "websocket" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["path_params"] = found.groupdict()
        await self._route.endpoint(WebSocket(scope, receive, send))


class Seen(NamedTuple):
    """Who asks for a socket, and the event, as they stood at one moment."""

    session_id: str
    viewer: Viewer
    event: Row[Any]


async def live(socket: WebSocket) -> None:
    """`WS /api/events/{event}/live?since=&own=&epoch=&lens=&format=&view=`."""
    services: Services = socket.app.state.services
    ages = services.ages
    seen = await _look(services, socket)
    if isinstance(seen, int):
        await socket.close(seen)
    elif not services.limits.allow("socket_member", f"{seen.event.id}:{seen.viewer.id}"):
        await socket.close(1013)
    elif sub := await _greet(services, socket, seen):
        await _follow(services, socket, sub, seen, ages)


class Asked(NamedTuple):
    """Who opens a socket, by what they show, and to which event."""

    proof: Proof
    event_id: str


async def _look(services: Services, socket: WebSocket) -> Seen | int:
    """Who is there, never by what is remembered. The code with which to close if it is nobody, or not of this event."""
    try:
        proof = proof_of(services, socket)
    except HTTPException:
        return REVOKED
    if proof is None:
        return REVOKED
    asked = Asked(proof, socket.path_params["event"])
    seen: Seen | int
    if services.doors:
        seen = await services.doors.ask(asked)
    else:  # before it serves, or when that is over, nobody comes with others
        [seen] = await run_in_threadpool(look_up, services, [asked])
    return seen


def look_up(services: Services, asked: Sequence[Asked]) -> list[Seen | int]:
    """All who come at once, in one snapshot: their rights, and the event's head at the same moment."""
    with services.db.read() as session:
        wanted = {"ids": list({each.event_id for each in asked})}
        events = {event.id: event for event in _PLACES.rows(session, wanted)}
        known = identities_of(services, session, {each.proof for each in asked})
        here = [each for each in asked if each.proof in known]
        viewers = services.find_members(session, [(known[each.proof], each.event_id) for each in here])
    found = dict(zip(here, viewers, strict=True))
    return [_seen(known.get(each.proof), found.get(each), events.get(each.event_id)) for each in asked]


def _seen(identity: Identity | None, viewer: Viewer | None, event: Row[Any] | None) -> Seen | int:
    if identity is None:
        return REVOKED
    return Seen(identity.session_id, viewer, event) if viewer and event else FOREIGN


async def _greet(services: Services, socket: WebSocket, seen: Seen) -> Subscription | None:
    """Say hello; None if what the client asks for can't be followed."""
    viewer, event = seen.viewer, seen.event
    query = dict(parse_qsl(socket.scope["query_string"].decode("latin-1"), keep_blank_values=True))
    view, form = query.get("view", ""), query.get("format", "html")
    is_known = view in services.views and form in {"html", "json"}
    if not (is_known and services.may_look(viewer, view, form)):
        await socket.close(FOREIGN if is_known else 4400)
        return None
    hello = _hello(services, event)
    cursors = [cursor(query.get(name), event.head) for name in ("since", "own")]
    if query.get("epoch") not in {None, "", event.epoch} or max(cursors) > event.head:
        await _begin_anew(socket, hello, "epoch", 1000)
        return None
    # What was seen through another lens may be more than they may see now, or less.
    if query.get("lens") not in {None, "", viewer.lens.key}:
        await _begin_anew(socket, hello, "access", REVOKED)
        return None
    await _accept(socket, hello)
    wire, holder = wire_of(socket.scope), Holder(viewer.id, seen.session_id, event.head)
    return Subscription(event.id, wire, chains(viewer, view, form), cursors, holder)


async def _begin_anew(socket: WebSocket, hello: bytes, reason: str, code: int) -> None:
    await _accept(socket, hello, strict_json.dumps({"type": "reset", "reason": reason, "after_ms": 0}))
    await socket.close(code, reason)


async def _follow(
    services: Services, socket: WebSocket, sub: Subscription, seen: Seen, ages: tuple[int, int]
) -> None:
    """From here on the hub has the socket, and it needs no task of its own. `ages` are from before the first look."""
    hub = services.hub
    if hub is None:
        await socket.close(1012)
        return
    await hub.join(sub, partial(_look_again, services, socket, sub, seen, ages))
    sub.wire.hand_over(Ear(services, hub, sub, seen.viewer))


async def _look_again(
    services: Services, socket: WebSocket, sub: Subscription, seen: Seen, ages: tuple[int, int]
) -> None:
    """If anybody may have been revoked between the first look and the hub's list, look once more.

    What this process hears of later finds the socket in that list. Rights are changed in the log, where the guard
    sees them from the reading on with which the event was opened here; sessions that ended are looked for a while back.
    """
    is_guarded = sub.room is None or seen.event.head >= sub.room.began
    if is_guarded and services.ages == ages:
        return
    now = await _look(services, socket)
    if isinstance(now, int) or now.viewer != seen.viewer:
        sub.wire.close(REVOKED, "access")


def _hello(services: Services, event: Row[Any]) -> bytes:
    now = services.clock.now()
    standing = _standing(services.build, services.clock.shift, event)
    return b'%b,"now":"%b","ms":%d}' % (standing, str(to_iso(now)).encode(), now)


@lru_cache(64)
def _standing(build: str, shift: int, event: Row[Any]) -> bytes:
    """What a hello says to all who come at one head, but for its end."""
    return strict_json.dumps({
        "type": "hello", "proto": PROTO, "build": build, "shift": shift, "head": event.head, "epoch": event.epoch,
        "directory": event.directory_seq, "limits": LIMITS,
    })[:-1]  # fmt: skip


async def _accept(socket: WebSocket, *messages: bytes) -> None:
    """Accept a socket, and tell it these at once."""
    said = b"".join(map(text_frame, messages))
    await socket.send({"type": "websocket.accept", EXTENSION: said})
