"""`/api/desk`: a Stream Deck, Companion or a script calls one track, and reads how it stands.

Buttons send a plain POST with a header and mostly nothing else: no body, and no id of their own. So the server finds
the row that a press means, and a press that comes twice at once counts once; who can send `Idempotency-Key` gets the
same answer for the same key, however often.
"""

import asyncio
import re
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from sqlmodel import col, update
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.core import strict_json
from server.core.access import Viewer
from server.core.api import problem, told
from server.core.auth import Identity, bearer, is_good, token_session
from server.core.i18n import LOCALES, N_, either, preferred, translate
from server.core.ids import digest, new_id
from server.core.models import Token
from server.core.ops import Prepared, Result
from server.core.page import ERRORS
from server.core.services import Services
from server.core.writer import Submission
from server.runsheet.desk_calls import BUTTONS, MOST_SECONDS, Button, Press
from server.runsheet.desk_text import one_line
from server.runsheet.desks import SCOPE
from server.runsheet.models import Cue
from server.runsheet.standing import Stand, stand

USED_EVERY_MS = 60_000
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_SECONDS = re.compile(r"[+-]?\d{1,4}", re.ASCII)
_STATUS = {
    "forbidden": HTTPStatus.UNAUTHORIZED,
    "invalid": HTTPStatus.BAD_REQUEST,
    "op_reuse": HTTPStatus.UNPROCESSABLE_ENTITY,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "failed": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""What is not here is a conflict with how the track stands."""
_TITLE = N_("This could not be called.")


@dataclass(frozen=True)
class Desk:
    """A desk that asks: as whom, and in which language."""

    services: Services
    viewer: Viewer
    locale: str
    seen: BackgroundTask | None = None

    @property
    def track(self) -> str:
        return next(iter(self.viewer.tracks), "")

    def stand(self) -> Stand:
        found = stand(self.services, self.viewer, self.track)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return found


async def post_call(request: Request) -> Response:
    """`POST /api/desk/{verb}`: go, next, standby, plus, pause or resume on the desk's track."""
    button = BUTTONS.get(request.path_params["verb"])
    if button is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    desk = await _desk(request)
    answer = await _press(request, desk, button)
    answer.background = desk.seen
    return answer


async def _press(request: Request, desk: Desk, button: Button) -> Response:
    op_id, seconds, row = _key(request, desk), _seconds(request, desk), request.query_params.get("row", "")
    found = await run_in_threadpool(desk.stand)
    meant = button.aims(found.aim)
    if row and not _is_meant(found.cue(meant), row):
        return _refuse(
            desk, HTTPStatus.CONFLICT, "other_row", desk_say(desk, _OTHER, title=_title(desk, found, meant))
        )
    press = Press(
        id=meant, current=found.aim.current, seconds=seconds, keyed="idempotency-key" in request.headers
    )
    result = await _carry_out(desk, button, press, op_id, _hash(request))
    return await run_in_threadpool(_answer, desk, result)


async def get_status(request: Request) -> Response:
    """`GET /api/desk/status`: how the desk's track stands; as one line of text with `format=text`.

    `show=live` or `show=next` leaves the line at that. The tag covers all but `now`, so that what stands still costs
    a 304, and a countdown one answer a second.
    """
    desk = await _desk(request)
    answer = _shown(request, desk, (await run_in_threadpool(desk.stand)).document(desk.locale))
    answer.background = desk.seen
    return answer


def _shown(request: Request, desk: Desk, document: dict[str, Any]) -> Response:
    if request.query_params.get("format") == "text":
        text = one_line(document, desk.locale, request.query_params.get("show", ""))
        return _tagged(request, text, text.encode(), "text/plain; charset=utf-8")
    facts = {name: value for name, value in document.items() if name != "now"}
    return _tagged(request, facts, strict_json.dumps(document), "application/json")


def _tagged(request: Request, facts: object, body: bytes, media: str) -> Response:
    """An answer, or 304 for whoever has it already (RFC 9110, 13.1.2)."""
    tag = f'W/"{sha256(strict_json.dumps(facts)).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}
    known = {each.strip() for each in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, headers=headers, media_type=media)


# Who asks


async def _desk(request: Request) -> Desk:
    """The desk behind a request; 401 without a token of one, 429 if it asks too often."""
    services: Services = request.app.state.services
    secret = bearer(request)
    secret_hash = digest(secret or "")
    viewer, is_due = await _known(services, secret_hash) if secret is not None else (None, False)
    asked = request.headers.get("accept-language", "")
    # Libraries that nobody has told a language say "*".
    locale = preferred(asked) if asked.strip(" *") else viewer.locale if viewer else LOCALES[0]
    request.state.locale = locale
    if viewer is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    if not services.limits.allow("desk", f"{viewer.event_id}:{viewer.id}"):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "1"})
    # Put down when the answer is out, so that no button waits for the disk.
    return Desk(services, viewer, locale, BackgroundTask(_touch, services, secret_hash) if is_due else None)


async def _known(services: Services, secret_hash: str) -> tuple[Viewer | None, bool]:
    """Who that is, and whether it is to be put down that they were here."""
    key = (SCOPE, secret_hash)
    remembered = services.viewers.get(key, services.clock.now())
    if remembered is not None:
        return remembered, False
    age = services.viewers.age
    found, is_due = await run_in_threadpool(_look_up, services, secret_hash)
    if found:
        services.viewers.put(key, found, services.clock.now(), age)
    return found, is_due


def _look_up(services: Services, secret_hash: str) -> tuple[Viewer | None, bool]:
    now = services.clock.now()
    with services.db.read() as session:
        token = session.get(Token, secret_hash)
        if token is None or token.scope != SCOPE or not is_good(token, now):
            return None, False
        name = token_session(secret_hash)
        identity = Identity(name, None, token.event_id, token.member_id, "", by_cookie=False)
        viewer = services.find_member(session, identity, token.event_id)
    return viewer, viewer is not None and (token.used_at or 0) < now - USED_EVERY_MS


def _touch(services: Services, secret_hash: str) -> None:
    used = update(Token).where(col(Token.secret_hash) == secret_hash).values(used_at=services.clock.now())
    with services.db.write() as session:
        session.exec(used)


# What is asked


def _key(request: Request, desk: Desk) -> str:
    """The op's id: the same for the same key of this desk, else a new one."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return new_id()
    if not _KEY.fullmatch(key):
        raise HTTPException(
            HTTPStatus.BAD_REQUEST, desk_say(desk, N_("Idempotency-Key: 1 to 200 plain characters"))
        )
    return digest(f"desk:{desk.viewer.event_id}:{desk.viewer.id}:{key}")


def _seconds(request: Request, desk: Desk) -> int:
    text = request.query_params.get("seconds", "60").strip()
    if not _SECONDS.fullmatch(text) or abs(int(text)) > MOST_SECONDS:
        detail = desk_say(desk, N_("seconds: a whole number from −%(most)s to %(most)s"), most=MOST_SECONDS)
        raise HTTPException(HTTPStatus.BAD_REQUEST, detail)
    return int(text)


def _hash(request: Request) -> str:
    """What was asked for, whatever row it means by now: a repeated key has to ask for the same."""
    return digest(f"{request.path_params['verb']}?{request.query_params}")


def _is_meant(cue: Cue | None, row: str) -> bool:
    return cue is not None and row in {cue.id, cue.number}


# What comes of it


async def _carry_out(desk: Desk, button: Button, press: Press, op_id: str, asked: str) -> Result:
    op = Prepared(op_id, button.op, press, asked, None, None, None)
    submission = Submission(desk.viewer.event_id, desk.viewer.id, [op], desk.services.clock.now())
    results = await asyncio.wrap_future(desk.services.writers.submit(submission))
    return results[0]


def _answer(desk: Desk, result: Result) -> Response:
    """200 with the row that was called, or a problem; the echo of a press is told what it is."""
    code = result.get("error", {}).get("code")
    if code == "twice":
        return _json({"status": "duplicate"})
    if code is None:
        done = {name: value for name, value in result.get("result", {}).items() if name in {"row", "at"}}
        if "row" in done:
            done["row"] = _in_language(done["row"], desk.locale)
        return _json({"status": result["status"], "seq": result.get("seq"), **done})
    [said], _ = told(desk.services, desk.viewer, desk.locale, [result])
    return _refuse(desk, _STATUS.get(code, HTTPStatus.CONFLICT), code, said["error"]["message"])


def _in_language(row: dict[str, str], locale: str) -> dict[str, str]:
    title, title_en = row["title"], row["title_en"]
    named = either(locale, title, title_en)
    return {"id": row["id"], "number": row["number"], "title": named}


def _refuse(desk: Desk, status: int, code: str, detail: str) -> Response:
    headers = {"Cache-Control": "no-store"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "1"
    title = translate(desk.locale, ERRORS.get(status, _TITLE) if status != HTTPStatus.CONFLICT else _TITLE)
    return problem(status, title, detail, headers, code=code)


def _json(document: dict[str, Any]) -> Response:
    return Response(
        strict_json.dumps(document), headers={"Cache-Control": "no-store"}, media_type="application/json"
    )


_OTHER = N_("Next is another row: %(title)s.")


def _title(desk: Desk, found: Stand, cue_id: str | None) -> str:
    cue = found.cue(cue_id)
    if cue is None:
        return "–"
    return cue.labels.get("title_en", cue.labels["title"]) if desk.locale == "en" else cue.labels["title"]


def desk_say(desk: Desk, text: str, **params: Any) -> str:  # noqa: ANN401 - numbers and texts
    return translate(desk.locale, text, params)


ROUTES = [
    Route("/api/desk/status", get_status),
    Route("/api/desk/{verb}", post_call, methods=["POST"]),
]
