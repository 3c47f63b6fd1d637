"""`fieldcue`: serve, demo, migrate, worker, token."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

import uvicorn

from server.app import create_app, run_worker
from server.core.clock import Clock
from server.core.logs import set_up_logging
from server.core.migrate import migrate
from server.core.process import Owner, TakenError, ask_running
from server.core.wire import LiveProtocol
from server.demo.clock import DemoClock
from server.demo.seed import demo_folder, moment_of_day, prepare_demo
from server.people.tokens import issue_token
from server.settings import Settings

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse gives it no public name


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    parser = argparse.ArgumentParser("fieldcue", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "serve", serve, "serve the web and the sockets")
    demo = _add(commands, "demo", run_demo, "seed the demo event and serve it")
    demo.add_argument("--at", default="", type=_checked, help="HH:MM: as if the show had run until then")
    demo.add_argument("--fresh", action="store_true", help="throw the demo's data away first")
    _add(commands, "migrate", run_migrations, "bring the database's schema to this version")
    _add(commands, "worker", work, "run background work in a process of its own")
    token = _add(commands, "token", print_token, "print a bearer token")
    token.add_argument("--event", required=True, help="the event's key")
    token.add_argument("--as", dest="member", required=True, help="the member's id")
    options = parser.parse_args(arguments)
    settings = Settings()
    set_up_logging(settings.log_level, plain=settings.dev)
    try:
        return int(options.run(settings, options) or 0)
    except TakenError as error:
        sys.stderr.write(f"{error}; end that one first, or name another folder in FIELDCUE_DATA_DIR\n")
        return 1


def serve(settings: Settings, _options: argparse.Namespace) -> None:
    """Serve until a signal ends it. On SQLite this process owns the file, and does the background work too."""
    with Owner(settings.data_dir, settings.origin, exclusive=settings.database.startswith("sqlite")) as owner:
        _run(settings, owner)


def run_demo(settings: Settings, options: argparse.Namespace) -> None:
    """Seed the demo event if it isn't there for today, print who can sign in, and serve."""
    # The folder is ours before anything in it is thrown away: another demo may be on the air.
    with Owner(demo_folder(settings), settings.origin, exclusive=True) as owner:
        demo = prepare_demo(settings, at=options.at, fresh=options.fresh)
        sys.stdout.write(demo.welcome)
        sys.stdout.flush()
        _run(demo.settings, owner, DemoClock(demo.offset_ms))


def run_migrations(settings: Settings, _options: argparse.Namespace) -> None:
    """Migrate and end."""
    app = create_app(settings)
    migrate(app.state.services.db)


def work(settings: Settings, _options: argparse.Namespace) -> None:
    """Background work on PostgreSQL; on SQLite the serving process does it, and this one says so."""
    if settings.database.startswith("sqlite"):
        sys.stdout.write("On SQLite the serving process does the background work; nothing to do here.\n")
        return
    run_worker(settings)


def print_token(settings: Settings, options: argparse.Namespace) -> int:
    """Print a token that acts as a member: through the running server, or straight into the database."""
    found = ask_running(settings.data_dir, "token", {"event": options.event, "member": options.member})
    if found is None:
        app = create_app(settings)
        migrate(app.state.services.db)
        found = issue_token(app.state.services, options.event, options.member)
    if not found:
        sys.stderr.write(f"no member {options.member} in {options.event}\n")
        return 1
    sys.stdout.write(f"{found}\n")
    return 0


def _run(settings: Settings, owner: Owner, clock: Clock | None = None) -> None:
    """Serve in a folder that is ours, until a signal ends it."""
    # Otherwise uvicorn, once it is down, ends the process by the signal itself, and `run.json` stays behind.
    signal.signal(signal.SIGTERM, _end)
    app = create_app(settings, clock, owner_key=owner.key)
    migrate(app.state.services.db)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws=LiveProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        proxy_headers=bool(settings.forwarded_allow_ips),
        forwarded_allow_ips=settings.forwarded_allow_ips or None,
    )


def _end(_signal: int, _frame: object) -> NoReturn:
    sys.exit(0)


def _checked(text: str) -> str:
    """A time of day for --at, as it was written; none is none."""
    try:
        moment_of_day(text or "0:00")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _add(commands: "_Commands", name: str, run: Callable[..., object], text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text)
    parser.set_defaults(run=run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
