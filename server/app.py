"""The program put together: routes, middleware, lifespan. The one module that knows every feature."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from http import HTTPStatus

from sqlmodel import Session
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

import server.connections.actions
import server.connections.pages
import server.guests.pages
import server.people.actions
import server.people.pages
import server.people.personal
import server.runsheet.attachments
import server.runsheet.desk_api
import server.runsheet.handing
import server.runsheet.import_pages
import server.runsheet.pages
import server.runsheet.registry
import server.runsheet.repeat_pages
from server.connections.addresses import Reach
from server.connections.courier import Courier
from server.core import blob_work, strict_json
from server.core.access import Permission, Viewer
from server.core.api import (
    SomebodyElseError,
    get_changes,
    get_state,
    post_ops,
    post_page_ops,
    problem,
    tell_somebody_else,
)
from server.core.auth import Identity, bearer
from server.core.blob_pages import get_blob, get_thumb
from server.core.blob_store import open_store
from server.core.blobs import BlobKind, follow_job, follow_member
from server.core.bus import bus_in_thread
from server.core.clock import Clock
from server.core.context import React
from server.core.db import Database
from server.core.feed import Feed
from server.core.health import get_alive, get_metrics, get_ready
from server.core.i18n import LOCALES, N_, preferred, translate
from server.core.ids import same_secret
from server.core.job_rows import JobKind
from server.core.jobs import Worker
from server.core.live import Ahead, live, open_hub
from server.core.metrics import watch_loop
from server.core.openapi import get_openapi
from server.core.ops import OpSet
from server.core.packed import packed_answer, packed_page
from server.core.page import ADVICE, ERRORS, Ask, Templates, page
from server.core.security import ForeignOriginError, Limits, SecurityMiddleware
from server.core.services import Services
from server.core.shell import Shell, get_worker
from server.core.static import ALSO_SHOWN, STATIC, StaticFiles
from server.core.upkeep import keep_up
from server.core.uploads import handle_upload
from server.core.writer import Rules, Writers
from server.people.commands import COMMANDS
from server.people.queries import find_viewer, locales_of, viewers_of, viewers_of_accounts
from server.runsheet.bodies import derive_state
from server.runsheet.calendar_pages import get_calendar
from server.runsheet.calendars import end_with_member
from server.runsheet.desks import leave_with_maker
from server.runsheet.queries import attached_files, directory
from server.runsheet.quoting import touch_rows
from server.runsheet.rolling_work import clock_calling, leave_with_rights
from server.runsheet.rows import kinds
from server.runsheet.shift_work import telling
from server.settings import Settings

OPS = OpSet().include(server.people.actions.ops, server.people.personal.ops, server.runsheet.registry.OPS)
OPS = OPS.include(server.connections.actions.ops, server.guests.pages.OPS)
JOBS = server.runsheet.registry.JOBS | blob_work.HANDLERS
REACTIONS: dict[str, list[React]] = {
    **{kind: [touch_rows] for kind in ("place", "department", "column")},
    "member": [touch_rows, follow_member, server.runsheet.handing.follow_caller],
    "me": [leave_with_rights, leave_with_maker, end_with_member],
    "job": [follow_job],
    "blob": [server.runsheet.attachments.follow_blob],
}
# What sockets show rows for, and what it takes: the same as the page on which they stand.
VIEWS = {
    "": Permission.VIEW,
    "grid": Permission.EDIT_CELLS,
    "people": Permission.MANAGE_PEOPLE,
    "timer": Permission.WATCH,
    server.runsheet.import_pages.VIEW: Permission.CONFIGURE,
    server.runsheet.repeat_pages.VIEW: Permission.CONFIGURE,
    server.connections.pages.VIEW: Permission.MARK,
}
LIVE = WebSocketRoute("/api/events/{event}/live", live)
PAGES = [
    *server.people.pages.ROUTES,
    *server.runsheet.pages.ROUTES,
    *server.runsheet.import_pages.ROUTES,
    *server.connections.pages.ROUTES,
    *server.guests.pages.ROUTES,
]


def create_app(settings: Settings, clock: Clock | None = None, *, owner_key: str = "") -> Starlette:
    """The whole program as an ASGI application."""
    static = StaticFiles(STATIC, *ALSO_SHOWN)
    app = Starlette(
        routes=_routes(settings, static, owner_key),
        middleware=[
            Middleware(
                SecurityMiddleware,
                origin=settings.origin,
                secure=settings.secure and not settings.tls,
                tell=_told,
                build=static.build,
            ),
            Middleware(Ahead, route=LIVE),
        ],
        exception_handlers={HTTPException: _told, SomebodyElseError: tell_somebody_else, 500: _told},
        lifespan=_lifespan,
    )
    # Starlette would lead from an address with a slash too many to whatever host the request names.
    app.router.redirect_slashes = False
    app.state.services = _services(settings, clock or Clock(), static)
    app.state.static = static
    return app


def run_worker(settings: Settings) -> None:
    """Background work in this process, until a signal ends it. The job at hand is left for the next worker."""
    ends = {signal.SIGTERM, signal.SIGINT}
    # Before there is any thread, so that only `sigwait` takes them.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    services = _services(settings, Clock(), StaticFiles())
    with ExitStack() as stack:
        stack.callback(services.db.close)
        stack.callback(services.writers.close)
        if settings.redis_url:
            services.bus = stack.enter_context(bus_in_thread(settings.redis_url))
        for worker in _workers(services):
            worker.start()
            stack.callback(worker.stop)
        signal.sigwait(ends)


def _workers(services: Services) -> list[Worker | Courier]:
    """What works in the background: it does jobs, and tells webhooks."""
    return [Worker(services, JOBS), Courier(services, Reach.of(services.settings.webhook_private))]


def _services(settings: Settings, clock: Clock, static: StaticFiles) -> Services:
    db = Database(settings.database, show_parameters=settings.dev)
    shell = Shell(static)
    templates = Templates(build=static.build, dev=settings.dev)
    jobs = JobKind(templates.render, {"import": "_job_row.html", "repeat": "_repeat_row.html"})
    services = Services(
        settings=settings,
        origin=settings.origin,
        secure=settings.secure,
        dev=settings.dev,
        build=static.build,
        shell=shell,
        clock=clock,
        db=db,
        ops=OPS,
        templates=templates,
        feed=Feed(db, [*kinds(templates.render), jobs, BlobKind()], directory, clock.now),
        # The services are what is being made here, so their method can be named only by then.
        writers=Writers(db, Rules(find_viewer, REACTIONS), lambda *news: services.committed(*news)),  # noqa: PLW0108
        limits=Limits(clock.now),
        find_members=_find_members,
        locales_of=locales_of,
        derive=derive_state,
        views=VIEWS,
        blobs=open_store(settings.blobs_url, settings.data_dir / "blobs"),
        holders=[attached_files],
    )
    return services


def _routes(settings: Settings, static: StaticFiles, owner_key: str) -> list[BaseRoute]:
    return [
        # `Ahead` takes it before any of these is tried.
        LIVE,
        *PAGES,
        Route("/e/{event}/ops", post_page_ops, methods=["POST"]),
        Route("/e/{event}/uploads/{blob}", handle_upload, methods=["HEAD", "PATCH"]),
        Route("/e/{event}/blobs/{blob}", get_blob),
        Route("/e/{event}/blobs/{blob}/thumb", get_thumb),
        Route("/api/events/{event}/ops", post_ops, methods=["POST"]),
        Route("/api/events/{event}/state", get_state),
        Route("/api/events/{event}/changes", get_changes),
        *server.runsheet.desk_api.ROUTES,
        Route("/ical/{secret}.ics", get_calendar),
        Route("/api/openapi.json", get_openapi),
        Route("/static/{build}/{name:path}", static.serve),
        Route("/sw.js", get_worker),
        page("/offline", _offline, public=True),
        Route("/healthz", get_alive),
        Route("/readyz", get_ready),
        Route("/metrics", get_metrics),
        *(
            [Route("/internal/{command}", partial(_command, owner_key), methods=["POST"])]
            if owner_key
            else []
        ),
        *([page("/styleguide", _styleguide, public=True)] if settings.dev else []),
    ]


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    services: Services = app.state.services
    workers = _workers(services) if services.db.is_sqlite else []
    async with open_hub(services), clock_calling(services), telling(services):
        for worker in workers:
            worker.start()
        tasks = [asyncio.create_task(work) for work in (keep_up(services), watch_loop())]
        yield
        for task in tasks:
            task.cancel()
        for worker in workers:
            await asyncio.to_thread(worker.stop)
    await asyncio.to_thread(services.writers.close)
    services.db.close()


def _find_members(session: Session, asked: Sequence[tuple[Identity, str]]) -> list[Viewer | None]:
    """The members that identities are in events: the account's, or the one that the link was made for."""
    by_account = {(event, one.account_id) for one, event in asked if one.account_id}
    by_link = {(one.event_id, one.member_id) for one, _ in asked if one.event_id and not one.account_id}
    of_accounts, of_links = viewers_of_accounts(session, by_account), viewers_of(session, by_link)

    def found(one: Identity, event: str) -> Viewer | None:
        if one.account_id:
            return of_accounts.get((event, one.account_id))
        return of_links.get((event, one.member_id)) if one.event_id == event else None

    return [found(one, event) for one, event in asked]


async def _told(request: Request, error: Exception) -> Response:
    """An error as a problem document for machines, as a page for people."""
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    locale = getattr(request.state, "locale", "") or preferred(request.headers.get("accept-language", ""))
    title = translate(locale, ERRORS.get(status, ERRORS[400 if status < 500 else 500]))  # noqa: PLR2004 - RFC 9110, 15
    detail, headers = _detail(error, locale), getattr(error, "headers", None)
    if request.url.path.startswith("/api/"):
        return problem(status, title, detail, headers)
    services: Services = request.app.state.services
    if not detail and status in ADVICE:
        detail = translate(locale, ADVICE[status])
    html = services.templates.render("error.html", locale, status=status, title=title, detail=detail)
    return Response(html, status, headers, media_type="text/html")


def _detail(error: Exception, locale: str) -> str:
    if isinstance(error, ForeignOriginError):
        text = N_("It did not come from a page of this server, %(origin)s.")
        return translate(locale, text, {"origin": error.origin})
    if not isinstance(error, HTTPException) or error.detail == HTTPStatus(error.status_code).phrase:
        return ""
    return error.detail


async def _command(owner_key: str, request: Request) -> Response:
    """For commands on this machine, which can read the key in `run.json`."""
    command = COMMANDS.get(request.path_params["command"])
    if not same_secret(bearer(request) or "", owner_key) or command is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    asked = strict_json.loads(await request.body())
    found = await asyncio.to_thread(partial(command, request.app.state.services, **asked))
    return JSONResponse(found or "")


def _offline(ask: Ask) -> Response:
    """What a phone keeps to show where there is no signal, in the language of `lang`."""
    wanted = ask.request.query_params.get("lang", "")
    locale = wanted if wanted in LOCALES else ask.locale
    packed = ask.services.documents.get(
        ("offline", locale), lambda: packed_page(ask.services.templates.render("offline.html", locale))
    )
    return packed_answer(ask.request, packed, "text/html", {"Vary": "Accept-Encoding"})


def _styleguide(ask: Ask) -> Response:
    return ask.page("styleguide.html")
