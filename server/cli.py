"""`fieldcue`: serve, demo, migrate, worker, token, person, backup, restore, doctor."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import uvicorn

from server.app import create_app, run_worker
from server.core.clock import Clock, to_iso
from server.core.heads import PatientProtocol
from server.core.live_protocol import LiveProtocol
from server.core.logs import set_up_logging
from server.core.memory import keep_heaps_small, settle
from server.core.migrate import migrate
from server.core.process import Owner, TakenError, ask_running
from server.core.services import Services
from server.demo.clock import DemoClock
from server.demo.seed import demo_folder, moment_of_day, prepare_demo, what_goes
from server.keeping import commands as keeping
from server.people.commands import erase_person, tell_person
from server.people.founding import is_empty
from server.people.tokens import DAYS, id_of, issue_token, list_tokens, revoke_tokens
from server.settings import Settings
from server.venue.opening import VenueError, at_venue, doorstep, own_url

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse gives it no public name

# Thousands of phones come back at once after a restart; whoever finds the queue full tries again seconds later. The
# kernel has a limit of its own (net.core.somaxconn), to which it cuts this.
MOST_AT_THE_DOOR = 65_535


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    keep_heaps_small()
    parser = argparse.ArgumentParser("fieldcue", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "serve", serve, "serve the web and the sockets")
    demo = _add(commands, "demo", run_demo, "seed the demo event and serve it")
    demo.add_argument("--at", default="", type=_checked, help="HH:MM: as if the show had run until then")
    demo.add_argument("--fresh", action="store_true", help="throw the demo's data away first")
    _add(commands, "migrate", run_migrations, "bring the database's schema to this version")
    _add(commands, "worker", work, "run background work in a process of its own")
    token = _add(commands, "token", tokens, "print, list or end bearer tokens")
    token.add_argument("--event", required=True, help="the event's key")
    which = token.add_mutually_exclusive_group(required=True)
    which.add_argument("--as", dest="member", help="print a new token that acts as this member, by their id")
    which.add_argument("--list", action="store_true", help="list the tokens that work")
    which.add_argument("--revoke", metavar="ID", help="end a token by its id, or all of a member by theirs")
    token.add_argument(
        "--days",
        type=int,
        choices=range(1, 3651),
        metavar="1-3650",
        default=DAYS,
        help=f"how long it works ({DAYS})",
    )
    person = _add(commands, "person", run_person, "print what is kept of a person, or erase it")
    person.add_argument("--event", required=True, help="the event's key")
    person.add_argument("--member", required=True, help="their id in it")
    person.add_argument("--erase", action="store_true", help="erase it; what they did stays, as nobody's")
    keeping.add_backup(
        _add(commands, "backup", keeping.run_backup, "write everything to one file, also while it serves")
    )
    keeping.add_restore(
        _add(commands, "restore", keeping.run_restore, "go back to a backup; what is there is kept aside")
    )
    keeping.add_doctor(
        _add(commands, "doctor", keeping.run_doctor, "look whether all is well before doors open")
    )
    options = parser.parse_args(arguments)
    settings = Settings()
    set_up_logging(settings.log_level, plain=settings.dev)
    try:
        return int(options.run(settings, options) or 0)
    except VenueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except TakenError as error:
        sys.stderr.write(f"{error}; end that one first, or name another folder in FIELDCUE_DATA_DIR\n")
        return 1


def serve(settings: Settings, _options: argparse.Namespace) -> None:
    """Serve until a signal ends it. On SQLite this process owns the file, and does the background work too."""
    settings = at_venue(settings)
    alone, url = settings.database.startswith("sqlite"), own_url(settings)
    with Owner(settings.data_dir, settings.origin, exclusive=alone, url=url) as owner:
        _run(settings, owner, welcome=True)


def run_demo(settings: Settings, options: argparse.Namespace) -> None:
    """Seed the demo event if it isn't there for today, print who can sign in, and serve.

    A demo of another day or moment is thrown away, and that is said first.
    """
    settings = at_venue(settings)
    # The folder is ours before anything in it is thrown away: another demo may be on the air.
    with Owner(demo_folder(settings), settings.origin, exclusive=True, url=own_url(settings)) as owner:
        _tell(what_goes(settings, at=options.at, fresh=options.fresh))
        demo = prepare_demo(settings, at=options.at, fresh=options.fresh)
        _tell(demo.welcome)
        _run(demo.settings, owner, DemoClock(demo.offset_ms), links=demo.links)


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


def tokens(settings: Settings, options: argparse.Namespace) -> int:
    """Make a token, list those that work, or end some."""
    if options.list:
        return _list_tokens(settings, options.event)
    if options.revoke:
        ended = _ask(settings, "token-revoke", revoke_tokens, event=options.event, named=options.revoke)
        return _say(
            f"ended: {ended}", is_well=bool(ended), otherwise=f"no token {options.revoke} in {options.event}"
        )
    who = {"event": options.event, "member": options.member}
    secret = _ask(settings, "token", issue_token, **who, days=options.days)
    if secret:
        sys.stderr.write(f"id {id_of(secret)}, works for {options.days} days\n")
    return _say(secret, is_well=bool(secret), otherwise=f"no member {options.member} in {options.event}")


def run_person(settings: Settings, options: argparse.Namespace) -> int:
    """What is kept of a person as JSON, or its end."""
    who = {"event": options.event, "member": options.member}
    nobody = f"no member {options.member} in {options.event}"
    if options.erase:
        trouble = _ask(settings, "person-erase", erase_person, **who)
        return _say("erased", is_well=not trouble, otherwise=nobody if trouble == "not_found" else trouble)
    kept = _ask(settings, "person", tell_person, **who)
    return _say(json.dumps(kept, ensure_ascii=False, indent=2), is_well=bool(kept), otherwise=nobody)


def _list_tokens(settings: Settings, event: str) -> int:
    for each in _ask(settings, "tokens", list_tokens, event=event) or []:
        until = str(to_iso(each["expires_at"]) or "-")[:10]
        sys.stdout.write(f"{each['id']}  {each['member']}  until {until}\n")
    return 0


def _say(text: str, *, is_well: bool, otherwise: str) -> int:
    if is_well:
        sys.stdout.write(f"{text}\n")
        return 0
    sys.stderr.write(f"{otherwise}\n")
    return 1


def _ask(settings: Settings, command: str, do: Callable[..., object], **asked: Any) -> Any:  # noqa: ANN401 - JSON
    """What the running server answers to a command; without one, what the database says."""
    found = ask_running(settings.data_dir, command, asked)
    if found is not None:
        return found
    app = create_app(settings)
    migrate(app.state.services.db)
    return do(app.state.services, **asked)


def _run(
    settings: Settings,
    owner: Owner,
    clock: Clock | None = None,
    *,
    welcome: bool = False,
    links: Sequence[tuple[str, str]] = (),
) -> None:
    """Serve in a folder that is ours, until a signal ends it."""
    # Otherwise uvicorn, once it is down, ends the process by the signal itself, and `run.json` stays behind.
    signal.signal(signal.SIGTERM, _end)
    app = create_app(settings, clock, owner_key=owner.key)
    migrate(app.state.services.db)
    if welcome:
        _tell(_welcome(app.state.services))
    with doorstep(settings, app.state.static, links) as secured:
        _settle()
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http=PatientProtocol,
            ws=LiveProtocol,
            backlog=MOST_AT_THE_DOOR,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            proxy_headers=bool(settings.forwarded_allow_ips),
            forwarded_allow_ips=settings.forwarded_allow_ips or None,
            **secured,
        )


def _settle() -> None:
    """A signal waits meanwhile: what its handler raises within the collector's own callbacks would be lost."""
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    settle()
    signal.signal(signal.SIGTERM, _end)
    if asked:
        sys.exit(0)


def _welcome(services: Services) -> str:
    """Where it is served, and what to do first."""
    with services.db.read() as session:
        is_new = is_empty(session)
    first = (
        "  還沒有人用過：打開這個網址，設定你的組織和帳號。\n"
        "  Nobody has been here yet: open this address, and set up your organisation and account.\n"
        if is_new
        else "  打開這個網址登入。Open this address to sign in.\n"
    )
    return f"\nFieldcue 場控 · {services.origin}\n{first}  Ctrl+C 結束。Ctrl+C stops.\n\n"


def _tell(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


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
