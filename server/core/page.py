"""Pages: templates in a language, and routes that are signed-in unless they say otherwise."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial, wraps
from http import HTTPStatus
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, TypeVar, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive

from server.core.access import Permission, Viewer
from server.core.auth import Identity, identify, keep_signed_in
from server.core.i18n import LOCALES, N_, preferred, translate, translations
from server.core.ops import MAX_BODY, plain
from server.core.security import hold_back
from server.core.services import Services
from server.core.strict_json import dumps
from server.core.turns import OvertakenError, Turns

TEMPLATES = Path(__file__).parents[2] / "templates"


class Templates:
    """One Jinja environment a language, since a template is compiled with its words."""

    def __init__(self, **shared: Any) -> None:  # noqa: ANN401 - globals of any kind
        self._environments = {locale: _environment(locale, shared) for locale in LOCALES}

    def render(self, name: str, locale: str, **values: Any) -> str:  # noqa: ANN401 - whatever the template shows
        """Render a template in a language."""
        return self._environments[locale].get_template(name).render(values)


def _environment(locale: str, shared: dict[str, Any]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=bool(
            shared.get("dev")
        ),  # else each rendering asks the disk whether its templates are the same
    )
    catalogue = translations(locale)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension adds it
        catalogue.ugettext, catalogue.ungettext, newstyle=True
    )
    environment.globals.update(shared, locale=locale)
    environment.filters["json"] = lambda value: dumps(value).decode()
    return environment


@dataclass
class Ask:
    """One request as a page handler sees it. `body` and `form` have been read already."""

    request: Request
    services: Services
    identity: Identity | None
    viewer: Viewer | None
    body: bytes = b""
    form: FormData = field(default_factory=FormData)

    @property
    def locale(self) -> str:
        """The person's language; before we know them, their browser's."""
        known = self.viewer or self.identity
        return known.locale if known else preferred(self.request.headers.get("accept-language", ""))

    @property
    def member(self) -> Viewer:
        """The viewer of an event's page, where there always is one."""
        if self.viewer is None:
            raise HTTPException(HTTPStatus.FORBIDDEN)
        return self.viewer

    @property
    def person(self) -> Identity:
        """Who is signed in, on pages that need it."""
        if self.identity is None:
            raise HTTPException(HTTPStatus.UNAUTHORIZED)
        return self.identity

    def text(self, name: str) -> str:
        """A text field of the form, without what no text may hold."""
        value = self.form.get(name, "")
        return plain(value) if isinstance(value, str) else ""

    def say(self, text: str, **params: Any) -> str:  # noqa: ANN401 - numbers and texts
        """A msgid in the person's language."""
        return translate(self.locale, text, params)

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - as Templates
        """A rendered page."""
        values = {"viewer": self.viewer, "identity": self.identity, "path": self.request.url.path} | values
        html = self.services.templates.render(template, self.locale, **values)
        return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


Value = TypeVar("Value")
Handler = Callable[[Ask], Response]
AsyncHandler = Callable[[Ask], Awaitable[Response]]


def page(
    path: str,
    handler: Handler | AsyncHandler,
    *,
    may: Permission | None = None,
    public: bool = False,
    methods: tuple[str, ...] = ("GET",),
    max_body: int = MAX_BODY,
) -> Route:
    """A route of a page. With `{event}` in its path it needs a member of that event who has `may`."""

    async def endpoint(request: Request) -> Response:
        services: Services = request.app.state.services
        identity = await identify(services, request)
        if identity is None and not public:
            return _to_sign_in(request)
        viewer = await _viewer(services, request, identity)
        if "event" in request.path_params and not public:
            if viewer is None or not viewer.may(may or Permission.VIEW):
                raise HTTPException(HTTPStatus.NOT_FOUND if viewer is None else HTTPStatus.FORBIDDEN)
            hold_back(services.limits, "read_member", viewer)
        ask = Ask(request, services, identity, viewer)
        await _read(ask, max_body)
        answer = await _answer(handler, ask)
        if identity:
            keep_signed_in(answer, services, request, identity)
        return answer

    route = Route(path, endpoint, methods=list(methods))
    route.needs = None if public else may or Permission.VIEW  # type: ignore[attr-defined]  # read by the access matrix
    return route


def slow(handler: Handler, most: int) -> AsyncHandler:
    """A page of an event that takes seconds, `most` of them at once: so it takes no thread from quick requests."""
    turns = Turns(most)

    @wraps(handler)
    async def in_turn(ask: Ask) -> Response:
        return await take_turn(turns, ask, handler)

    return in_turn


async def take_turn(
    turns: Turns, ask: Ask, work: Callable[..., Value], *args: object, about: str = ""
) -> Value:
    """Do `work(ask, …)` in its person's turn, of which they have one for each thing that it is `about`.

    409 if they have asked anew by then; 403 or 404 if their rights have changed meanwhile: it is for them no more.
    """
    try:
        who = f"{ask.member.event_id}:{ask.member.id}:{about}"
        return await turns.run(who, partial(_by_rights_of_now, ask, work, *args))
    except OvertakenError as error:
        raise HTTPException(HTTPStatus.CONFLICT) from error


def _by_rights_of_now(ask: Ask, work: Callable[..., Value], *args: object) -> Value:
    viewer = viewer_of(ask.services, ask.person, ask.member.event_id)
    if viewer is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    if viewer.lens != ask.member.lens:
        raise HTTPException(HTTPStatus.FORBIDDEN)
    return work(ask, *args)


async def _answer(handler: Handler | AsyncHandler, ask: Ask) -> Response:
    if iscoroutinefunction(handler):
        return await cast("AsyncHandler", handler)(ask)
    return await run_in_threadpool(cast("Handler", handler), ask)


async def _viewer(services: Services, request: Request, identity: Identity | None) -> Viewer | None:
    """The member that somebody is in the event of the path. From now on errors are told in their language."""
    if identity is None:
        return None
    event_id = request.path_params.get("event")
    viewer = await run_in_threadpool(viewer_of, services, identity, event_id) if event_id else None
    request.state.locale = (viewer or identity).locale
    return viewer


def viewer_of(services: Services, identity: Identity, event_id: str) -> Viewer | None:
    """The member of an event that an identity is, if any."""
    with services.db.read() as session:
        return services.find_member(session, identity, event_id)


async def _read(ask: Ask, max_body: int) -> None:
    """Read the body, as a form if it is one."""
    request = Request(ask.request.scope, _no_more_than(max_body, ask.request.receive))
    if request.headers.get("content-type", "").startswith(
        ("multipart/", "application/x-www-form-urlencoded")
    ):
        try:
            ask.form = await request.form(max_files=1, max_fields=300, max_part_size=64 * 1024)
        except HTTPException as error:
            raise HTTPException(_refused_form(error)) from error
    elif request.method != "GET":
        ask.body = await request.body()


def _refused_form(error: HTTPException) -> int:
    """Without Starlette's English reason. A field or a part of it that is too large says so."""
    if "exceeded" in error.detail:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return error.status_code


def _no_more_than(most: int, receive: Receive) -> Receive:
    """A body up to its limit; then 413 as any error is told. Starlette's own limit answers in plain English."""
    size = 0

    async def received() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return received


def _to_sign_in(request: Request) -> Response:
    if request.method != "GET":
        raise HTTPException(HTTPStatus.UNAUTHORIZED)
    return RedirectResponse(f"/sign-in?to={request.url.path}", HTTPStatus.SEE_OTHER)


ERRORS = {
    400: N_("The request can't be read."),
    401: N_("Please sign in."),
    403: N_("You may not do this."),
    404: N_("There is nothing here for you."),
    405: N_("The request can't be read."),
    409: N_("You have asked for something newer meanwhile."),
    413: N_("That is too large."),
    429: N_("Too many tries. Wait a minute, then try again."),
    500: N_("Something went wrong on the server. Nothing was changed."),
}
# What to do next, on a page; machines have the status.
ADVICE = {
    403: N_("Your role does not include this. Ask your show controller if you need it."),
    404: N_("You are not in this event, or the address is wrong. Open your own link, or ask to be added."),
}
