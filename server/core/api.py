"""The contract for machines, and for our own pages: ops in, state, changes and live out."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

from sqlmodel import Session, select
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from server.core import strict_json
from server.core.access import Viewer
from server.core.auth import Identity, identify
from server.core.clock import to_iso
from server.core.feed import WINDOW_CHANGES, chains
from server.core.frames import Reset
from server.core.i18n import preferred, translate
from server.core.models import Change, Event
from server.core.ops import Prepared, Result, prepare, read_batch
from server.core.page import viewer_of
from server.core.services import Services
from server.core.writer import Submission

MAX_CHANGES = 1000


def answer(document: object, status: int = 200) -> Response:
    """A JSON answer that nobody may cache."""
    headers = {"Cache-Control": "no-store"}
    return Response(strict_json.dumps(document), status, headers, media_type="application/json")


def problem(status: int, title: str, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    """A problem document (RFC 9457)."""
    document = {"type": "about:blank", "title": title, "status": status} | ({"detail": detail} if detail else {})
    return Response(strict_json.dumps(document), status, headers, media_type="application/problem+json")


async def signed_in(connection: HTTPConnection) -> tuple[Services, Identity, Viewer]:
    """The member behind a machine's or a page's request; 401 without proof, 404 for an event that is not theirs."""
    services: Services = connection.app.state.services
    identity = await identify(services, connection)
    if identity is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED)
    event_id = connection.path_params["event"]
    key = ("viewer", f"{identity.session_id}:{event_id}")
    viewer = services.viewers.get(key, services.clock.now())
    if viewer is None:
        age = services.viewers.age
        viewer = await run_in_threadpool(viewer_of, services, identity, event_id)
        if viewer is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        services.viewers.put(key, viewer, services.clock.now(), age)
    return services, identity, viewer


async def post_ops(request: Request) -> Response:
    """`POST /api/events/{event}/ops`: a batch in, a result for each out."""
    services, _, viewer = await signed_in(request)
    results, head = await run_batch(services, viewer, await request.body())
    locale = preferred(asked) if (asked := request.headers.get("accept-language", "")) else viewer.locale
    return answer({"results": [told(result, locale) for result in results], "head": head})


async def post_page_ops(request: Request) -> Response:
    """`POST /e/{event}/ops?view=`: the same for a page, which also gets the rows that changed, as its socket would."""
    services, _, viewer = await signed_in(request)
    results, head = await run_batch(services, viewer, await request.body())
    changed = [result["seq"] for result in results if "seq" in result]
    html = ""
    if changed:
        view = request.query_params.get("view", "")
        html = await run_in_threadpool(_rows_since, services, viewer, view, min(changed) - 1)
    return answer({"results": [told(result, viewer.locale) for result in results], "head": head, "html": html})


async def run_batch(services: Services, viewer: Viewer, body: bytes) -> tuple[list[Result], int]:
    """Carry out the ops of a request body; their results in order, and the event's head after them."""
    try:
        batch = read_batch(body)
    except strict_json.BadJsonError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from error
    if not services.limits.allow("ops_member", f"{viewer.event_id}:{viewer.id}", max(1, len(batch))):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "5"})
    prepared = [prepare(services.ops, raw) for raw in batch]
    submission = Submission(
        viewer.event_id, viewer.id, [op for op in prepared if isinstance(op, Prepared)], services.clock.now()
    )
    if submission.ops:
        services.writers.submit(submission)
        await asyncio.wrap_future(submission.done)
        done = iter(submission.results)
        return [next(done) if isinstance(op, Prepared) else op for op in prepared], submission.head
    return [op for op in prepared if not isinstance(op, Prepared)], await _head(services, viewer.event_id)


async def get_state(request: Request) -> Response:
    """`GET /api/events/{event}/state?kinds=…`: what this viewer may see, with times as of `now`."""
    services, _, viewer = await signed_in(request)
    wanted = request.query_params.get("kinds", "")
    kinds = [name for name in (wanted.split(",") if wanted else services.feed.kinds) if name in services.feed.kinds]
    return answer(await run_in_threadpool(_state, services, viewer, kinds))


async def get_changes(request: Request) -> Response:
    """`GET /api/events/{event}/changes?since=&epoch=&limit=`: the log as this viewer may read it."""
    services, _, viewer = await signed_in(request)
    since, limit = _number(request, "since", 0), _number(request, "limit", MAX_CHANGES)
    epoch = request.query_params.get("epoch")
    return answer(await run_in_threadpool(_changes, services, viewer, since, min(limit, MAX_CHANGES), epoch))


def _rows_since(services: Services, viewer: Viewer, view: str, since: int) -> str:
    chain, _ = chains(viewer, view)
    found = services.feed.read(viewer.event_id, [(chain, since)], live=True).answers[chain, since]
    if isinstance(found, Reset):
        return ""
    return "".join(json.loads(frame.payload)["html"] for frame in found)


def told(result: Result, locale: str) -> Result:
    """A result with its error as a sentence in the reader's language; the msgid itself stays inside."""
    if "error" not in result:
        return result
    error = dict(result["error"])
    params = error.pop("params", {})
    error["message"] = translate(locale, error.pop("text"), _readable(params))
    return {**result, "error": error | {name: value for name, value in params.items() if name not in error}}


def _readable(params: dict[str, Any]) -> dict[str, Any]:
    return {name: "" if value is None else value for name, value in params.items()}


def _state(services: Services, viewer: Viewer, kinds: list[str]) -> dict[str, Any]:
    now = services.clock.now()
    with services.db.read() as session:
        event = session.get_one(Event, viewer.event_id)
        entities = {name: services.feed.bodies(session, event, viewer, name) for name in kinds}
        services.derive(session, entities, event, now)
        return {"now": to_iso(now, event.timezone), "head": event.head, "epoch": event.epoch, "entities": entities}


def _changes(services: Services, viewer: Viewer, since: int, limit: int, epoch: str | None) -> dict[str, Any]:
    with services.db.read() as session:
        event = session.get_one(Event, viewer.event_id)
        if epoch is not None and epoch != event.epoch:
            return {"reset": "epoch"}
        if event.head - since > WINDOW_CHANGES or since > event.head:
            return {"reset": "window"}
        found = _visible_changes(session, viewer, since, limit)
        return {"changes": [_change(change, event, viewer) for change in found], "head": event.head, "epoch": event.epoch}


def _visible_changes(session: Session, viewer: Viewer, since: int, limit: int) -> list[Change]:
    audiences = list(viewer.audiences)
    query = select(Change).where(Change.event_id == viewer.event_id, Change.seq > since)
    seen = query.where(Change.audience.in_(audiences) | Change.was.in_(audiences))  # type: ignore[union-attr]  # columns
    return list(session.exec(seen.order_by(Change.seq).limit(limit)))  # type: ignore[arg-type]  # a column


def _change(change: Change, event: Event, viewer: Viewer) -> dict[str, Any]:
    return {
        "seq": change.seq,
        "at": to_iso(change.at, event.timezone),
        "received": to_iso(change.received, event.timezone),
        "actor": change.actor,
        "op_id": change.op_id,
        "kind": change.kind,
        "of": change.entity_kind,
        "entity": change.entity,
        "detail": change.detail if change.audience in viewer.audiences else {},
    }


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if text and not text.isascii():
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"{name} is not a number")
    if text and not text.isdigit():
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"{name} is not a number")
    return int(text) if text else default


async def _head(services: Services, event_id: str) -> int:
    return await run_in_threadpool(services.feed.head, event_id)
