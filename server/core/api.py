"""The contract for machines, and for our own pages: ops in, state, changes and live out."""

import asyncio
from http import HTTPStatus
from typing import Any, NamedTuple, cast

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from server.core import strict_json
from server.core.access import Permission, Viewer
from server.core.auth import Identity, identify
from server.core.changes import change_body, visible_changes
from server.core.clock import to_iso
from server.core.feed import WINDOW_CHANGES, chains
from server.core.i18n import N_, preferred, translate
from server.core.models import Event
from server.core.ops import MAX_BODY, Prepared, Result, prepare, read_batch
from server.core.page import viewer_of
from server.core.security import hold_back
from server.core.services import Services
from server.core.telling import Teller, why
from server.core.writer import Submission

MAX_CHANGES = 1000
# A body that is larger is read in a thread, so that the loop goes on writing to sockets meanwhile.
LARGE_BODY = 32 * 1024
_MAX_DIGITS = 18


def answer(document: object, status: int = 200) -> Response:
    """A JSON answer that nobody may cache."""
    return _answer(strict_json.dumps(document), status)


def _answer(body: bytes, status: int = 200) -> Response:
    return Response(body, status, {"Cache-Control": "no-store"}, media_type="application/json")


def problem(
    status: int, title: str, detail: str = "", headers: dict[str, str] | None = None, **more: object
) -> Response:
    """A problem document (RFC 9457); `more` are its extension members."""
    document = {"type": "about:blank", "title": title, "status": status, **more} | (
        {"detail": detail} if detail else {}
    )
    return Response(strict_json.dumps(document), status, headers, media_type="application/problem+json")


class SomebodyElseError(HTTPException):
    """What is sent was made by another person than who asks."""


async def tell_somebody_else(_: Request, error: Exception) -> Response:
    """To scripts, which send what was made without signal; also beneath a page's address."""
    told = cast("SomebodyElseError", error)
    return problem(told.status_code, told.detail)


async def signed_in(
    connection: HTTPConnection, *, may: Permission | None = Permission.VIEW
) -> tuple[Services, Viewer]:
    """The member behind a machine's or a page's request; 401 without proof, 404 for an event that is not theirs.

    403 without the permission that it needs; None where that is looked at for each op. `Fieldcue-Who` says who made
    what is sent (`Identity.who`), 401 if that is somebody else: what one person did without signal is never sent as
    another, who has signed in on the same phone since.
    """
    services: Services = connection.app.state.services
    identity = await identify(services, connection)
    if identity is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED)
    if connection.headers.get("fieldcue-who", identity.who) != identity.who:
        text = N_("These changes were made by somebody else, who has to sign in to send them.")
        raise SomebodyElseError(HTTPStatus.UNAUTHORIZED, translate(identity.locale, text))
    viewer = await _member(services, identity, connection.path_params["event"])
    if may and not viewer.may(may):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    return services, viewer


async def _member(services: Services, identity: Identity, event_id: str) -> Viewer:
    """The member that somebody is, remembered for a moment."""
    key = ("viewer", f"{identity.session_id}:{event_id}")
    viewer = services.viewers.get(key, services.clock.now())
    if viewer is None:
        age = services.viewers.age
        viewer = await run_in_threadpool(viewer_of, services, identity, event_id)
        if viewer is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        services.viewers.put(key, viewer, services.clock.now(), age)
    return viewer


async def post_ops(request: Request) -> Response:
    """`POST /api/events/{event}/ops?epoch=`: a batch in, a result for each out; 409 if the log is another by now."""
    services, viewer = await signed_in(request, may=None)
    asked = request.headers.get("accept-language", "")
    locale = preferred(asked) if asked else viewer.locale
    if other := await _other_log(request, services, viewer):
        title = translate(
            locale, N_("The log began anew, as after a backup was put back. Read the sheet again first.")
        )
        return problem(HTTPStatus.CONFLICT, title, epoch=other)
    done = await run_batch(services, viewer, await _body(request), locale)
    return answer({"results": done.results, "head": done.head})


async def post_page_ops(request: Request) -> Response:
    """`POST /e/{event}/ops?view=`: the same for a page, which also gets the rows that changed, as its socket would.

    `epoch` says of which log the ops' versions are; 409 with the log's own if it is another, as after a restore.
    """
    services, viewer = await signed_in(request, may=None)
    if other := await _other_log(request, services, viewer):
        return answer({"epoch": other}, HTTPStatus.CONFLICT)
    done = await run_batch(services, viewer, await _body(request), viewer.locale)
    html = ""
    if done.base is not None:
        view = request.query_params.get("view", "")
        identity = await identify(services, request)
        if identity is not None:
            html = await run_in_threadpool(_rows_since, services, identity, viewer, view, done.base)
    return answer({"results": done.results, "head": done.head, "html": html})


async def _other_log(request: Request, services: Services, viewer: Viewer) -> str:
    """The log's epoch, if the sender names another one: the versions in their ops are of a log that is no more.

    Looked up before anything of the batch is read, so that not one op of it gets into the other log.
    """
    if "epoch" not in request.query_params:
        return ""
    epoch = await run_in_threadpool(_epoch, services, viewer.event_id)
    return "" if epoch == request.query_params["epoch"] else epoch


class Done(NamedTuple):
    """Results of ops in order, the event's head after them, and the cursor from which on what they changed shows."""

    results: list[Result]
    head: int
    base: int | None


async def run_batch(services: Services, viewer: Viewer, body: bytes, locale: str) -> Done:
    """Carry out the ops of a request body."""
    try:
        batch = await _in_thread_if_large(body, read_batch, body)
    except strict_json.BadJsonError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, why(error, locale)) from error
    if not services.limits.allow("ops_member", f"{viewer.event_id}:{viewer.id}", max(1, len(batch))):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "5"})
    prepared = await _in_thread_if_large(body, _prepare, services, batch)
    ops = [op for op in prepared if isinstance(op, Prepared)]
    submission = Submission(viewer.event_id, viewer.id, ops, services.clock.now())
    submission.fallen |= {op["id"] for op in prepared if not isinstance(op, Prepared)}
    await asyncio.wrap_future(services.writers.submit(submission))
    done = iter(submission.results)
    results = [next(done) if isinstance(op, Prepared) else op for op in prepared]
    if submission.head and not any("error" in result for result in results):
        return Done(results, submission.head, submission.base)
    return Done(*await run_in_threadpool(told, services, viewer, locale, results), submission.base)


async def get_state(request: Request) -> Response:
    """`GET /api/events/{event}/state?kinds=…`: what this viewer may see, with times as of `now`."""
    services, viewer = await signed_in(request)
    hold_back(services.limits, "read_member", viewer)
    wanted = request.query_params.get("kinds", "")
    kinds = [
        name for name in (wanted.split(",") if wanted else services.feed.kinds) if name in services.feed.kinds
    ]
    return await run_in_threadpool(_state, services, viewer, list(dict.fromkeys(kinds)))


async def get_changes(request: Request) -> Response:
    """`GET /api/events/{event}/changes?since=&epoch=&limit=`: the log as this viewer may read it.

    `last` is how far it was read: the next `since`. At `head` there is no more.
    """
    services, viewer = await signed_in(request)
    hold_back(services.limits, "read_member", viewer)
    since, limit = _number(request, "since", 0), min(_number(request, "limit", MAX_CHANGES), MAX_CHANGES)
    epoch = request.query_params.get("epoch") or None
    return await run_in_threadpool(_changes, services, viewer, (since, limit), epoch)


async def _body(request: Request) -> bytes:
    """The body, or 413 as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return bytes(body)


def _prepare(services: Services, batch: list[Any]) -> list[Prepared | Result]:
    return [prepare(services.ops, raw) for raw in batch]


async def _in_thread_if_large(body: bytes, work: Any, *args: Any) -> Any:  # noqa: ANN401 - passed on
    return await run_in_threadpool(work, *args) if len(body) > LARGE_BODY else work(*args)


def _epoch(services: Services, event_id: str) -> str:
    with services.db.read() as session:
        return session.get_one(Event, event_id).epoch


def _rows_since(services: Services, identity: Identity, viewer: Viewer, view: str, since: int) -> str:
    """First read, then look: whose rights changed while their ops waited gets no row by the old ones."""
    if not services.may_look(viewer, view):
        return ""
    chain, _ = chains(viewer, view)
    html = services.feed.html(viewer.event_id, chain, since)
    now = viewer_of(services, identity, viewer.event_id)
    return html if now is not None and now.lens == viewer.lens else ""


def told(services: Services, viewer: Viewer, locale: str, results: list[Result]) -> tuple[list[Result], int]:
    """Results as this reader is told them, and the event's head."""
    with services.db.read() as session:
        event = session.get_one(Event, viewer.event_id)
        people = services.feed.names(session, event).people
        teller = Teller(locale, event.timezone, people, services.clock.now())
        return [teller.tell(result) for result in results], event.head


def _state(services: Services, viewer: Viewer, kinds: list[str]) -> Response:
    now = services.clock.now()
    with services.db.read() as session:
        event = session.get_one(Event, viewer.event_id)
        entities = {name: services.feed.bodies(session, event, viewer, name) for name in kinds}
        services.derive(session, entities, event, now)
    document = {
        "now": to_iso(now, event.timezone),
        "head": event.head,
        "epoch": event.epoch,
        "entities": entities,
    }
    return _answer(strict_json.dumps_long(document))


def _changes(services: Services, viewer: Viewer, window: tuple[int, int], epoch: str | None) -> Response:
    since, limit = window
    with services.db.read() as session:
        event = session.get_one(Event, viewer.event_id)
        if epoch is not None and epoch != event.epoch:
            return answer({"reset": "epoch"})
        if event.head - since > WINDOW_CHANGES or since > event.head:
            return answer({"reset": "window"})
        names = services.feed.names(session, event)
        found = visible_changes(session, event.id, viewer.audiences, since, limit)
        changes = [change_body(services.feed, change, event, viewer.audiences, names) for change in found]
    read = found[-1].seq if found else since
    last = read if len(found) == limit else event.head
    return answer({"changes": changes, "last": last, "head": event.head, "epoch": event.epoch})


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"{name}: 0, 1, 2 …")
    return int(text)
