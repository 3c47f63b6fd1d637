"""`make demo`: the demo event in a database of its own, and who can sign in."""

import json
import re
import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from server.app import create_app
from server.core.clock import Clock, operating_day
from server.core.db import Database
from server.core.ids import digest, new_id, new_secret
from server.core.migrate import migrate
from server.core.models import Event
from server.core.ops import Prepared, prepare
from server.core.services import Services
from server.core.writer import Submission
from server.demo.clock import SeedClock
from server.demo.content import Content, Json, en, zh
from server.demo.run import calls_of_actuals, next_call
from server.people.founding import Founder, found_event, found_organisation, open_account
from server.people.models import JoinLink, Member
from server.runsheet.models import ON_AIR, Cue
from server.runsheet.queries import all_cues
from server.settings import Settings

PASSWORD = "fieldcue-demo"  # noqa: S105 - printed on purpose, for an event in which everything is invented
ZONE, DAY_CHANGE_S = "Asia/Taipei", 21_600
LINK_DAYS_MS = 14 * 86_400_000
_BATCH = 100
# Whose sign-ins are printed: (member, what they show).
CAST = (
    ("c02", "coordinator 場控"),
    ("c06", "stage manager 舞監"),
    ("c17", "lead 組長"),
    ("c10", "crew 工讀生"),
    ("h01", "host 司儀"),
    ("cl01", "client 客戶"),
    ("c37", "crew, English"),
)


@dataclass(frozen=True)
class Demo:
    """A demo that is ready to be served."""

    settings: Settings
    offset_ms: int
    welcome: str
    links: list[tuple[str, str]]


def prepare_demo(settings: Settings, *, at: str = "", fresh: bool = False) -> Demo:
    """Seed the demo unless today's is there, and make new links for its cast. ValueError for a bad `at`."""
    folder = demo_folder(settings)
    # Whatever database the environment names is somebody's: the demo has a file of its own.
    settings = settings.model_copy(update={"data_dir": folder, "database_url": ""})
    wanted = _plan(at)
    if fresh or _kept(folder) != wanted["plan"]:
        _empty(folder)
    clock = Clock()
    kept = folder / "demo.json"
    if not kept.exists():
        offset = int(wanted["moment"]) - clock.now() if at else 0
        _seed(settings, date.fromisoformat(str(wanted["plan"]["day"])), clock.now() + offset, show=bool(at))
        kept.write_text(json.dumps({"plan": wanted["plan"], "offset_ms": offset}))
    offset = json.loads(kept.read_text())["offset_ms"]
    return Demo(settings, offset, *_welcome(settings, clock.now() + offset))


def what_goes(settings: Settings, *, at: str = "", fresh: bool = False) -> str:
    """A line that says which demo will be thrown away for a new one; nothing if none is."""
    kept = _kept(demo_folder(settings))
    if not isinstance(kept, dict) or (kept == _plan(at)["plan"] and not fresh):
        return ""
    which = f"{kept['day']} {kept['at']}".strip()
    return (
        f"原本 {which} 的示範連同改過的內容會刪掉，換成新的。"
        f"The demo of {which}, with all that was changed in it, is thrown away for a new one.\n"
    )


def demo_folder(settings: Settings) -> Path:
    """Where the demo keeps its data."""
    return settings.data_dir / "demo"


def moment_of_day(text: str) -> timedelta:
    """How long after midnight HH:MM or HH:MM:SS is, of an operating day; ValueError if it is neither."""
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?", text)
    if not found or int(found[1]) > 29:  # noqa: PLR2004 - an operating day ends at 29:59
        message = f"wants HH:MM, from 00:00 to 29:59, not {text!r}"
        raise ValueError(message)
    return timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=int(found[3] or 0))


def _plan(at: str) -> Json:
    """The demo's day and its moment, which tell one demo from another."""
    now = Clock().now()
    day = operating_day(now, ZONE, DAY_CHANGE_S)
    if not at:
        return {"plan": {"day": day.isoformat(), "at": ""}, "moment": now}
    midnight = datetime.combine(day, datetime.min.time(), ZoneInfo(ZONE))
    moment = midnight + moment_of_day(at)
    return {"plan": {"day": day.isoformat(), "at": at}, "moment": round(moment.timestamp() * 1000)}


def _empty(folder: Path) -> None:
    """Throw the data away, but neither what the process that has taken the folder wrote, nor what phones trust."""
    for path in folder.glob("*"):
        if path.is_dir() and path.name != "tls":
            shutil.rmtree(path)
        elif path.name not in {"lock", "run.json", "tls"}:
            path.unlink()


def _kept(folder: Path) -> object:
    """The plan of the demo that is there, if one is."""
    try:
        return json.loads((folder / "demo.json").read_text())["plan"]
    except (OSError, ValueError, KeyError):
        return None


def _seed(settings: Settings, day_1: date, moment: int, *, show: bool) -> None:
    content = Content(day_1)
    clock = SeedClock(min(moment, content.moment("2027-04-09T06:00:00+08:00")))
    app = create_app(settings, clock)
    services: Services = app.state.services
    migrate(services.db)
    try:
        key = _found(services, content, clock.at)
        _build(services, key, content)
        until = moment if show else min(moment, content.moment("2027-04-10T06:00:00+08:00"))
        _run_the_show(services, clock, key, content, until)
    finally:
        services.writers.close()
        services.db.close()


def _found(services: Services, content: Content, now: int) -> str:
    """The organisation, its accounts, and the event with its owner."""
    about = content.data["event"]
    with services.db.write() as session:
        organisation = found_organisation(session, zh(about["organiser"]), now)
        event = Event(
            id=about["key"], organisation_id=organisation, name=zh(about["name"]), name_en=en(about["name"]),
            venue=zh(about["venue"]), venue_en=en(about["venue"]), timezone=about["timezone"],
            day_change_s=DAY_CHANGE_S, days=content.days(), epoch=new_id(), created_at=now,
        )  # fmt: skip
        owner = next(person for person in content.data["crew"] if "owner" in person["roles"])
        who = {"name": zh(owner["name"]), "locale": "zh-TW"}
        account = open_account(session, organisation, owner["email"], PASSWORD, now, **who)
        founder = Founder(account.id, organisation, who["name"], who["locale"])
        found_event(session, event, founder, owner["key"], now)
    return str(about["key"])


def _build(services: Services, key: str, content: Content) -> None:
    owner = next(person["key"] for person in content.data["crew"] if "owner" in person["roles"])
    ops = [(op if args["id"] != owner else "member.edit", args) for op, args in content.ops()]
    ops = [(op, {"id": args.pop("id"), "set": args} if op == "member.edit" else args) for op, args in ops]
    for place in range(0, len(ops), _BATCH):
        _submit(services, key, owner, ops[place : place + _BATCH])
    _give_accounts(services, key, content)


def _give_accounts(services: Services, key: str, content: Content) -> None:
    """Those who sign in by e-mail get an account."""
    now = services.clock.now()
    with services.db.write() as session:
        organisation = session.get_one(Event, key).organisation_id
        for person in content.data["crew"]:
            member = session.get_one(Member, (key, person["key"]))
            if person["sign_in"] == "email" and member.account_id is None:
                who = {"name": member.name, "locale": member.locale}
                member.account_id = open_account(
                    session, organisation, person["email"], PASSWORD, now, **who
                ).id


def _run_the_show(services: Services, clock: SeedClock, key: str, content: Content, until: int) -> None:
    """Call what has been called until then: as the file says, then as the projection goes on."""
    last = content.moment(
        content.data["event"]["start"][:11] + content.data["meta"]["demo_moment"] + "+08:00"
    )
    rows = {cue.id: cue for cue in _cues(services, key)}
    with services.db.read() as session:
        event = session.get_one(Event, key)
    for at, op, args in calls_of_actuals(content, rows, min(until, last), partial(_live, services, key)):
        clock.at = at
        _submit(services, key, "c02", [(op, args)])
    while last < until and (call := next_call(_cues(services, key), event, last)) and call[0] <= until:
        last = clock.at = call[0]
        _submit(services, key, "c02", [call[1:]])
    clock.at = until


def _cues(services: Services, key: str) -> list[Cue]:
    with services.db.read() as session:
        return all_cues(session, key)


def _live(services: Services, key: str, track: str) -> str | None:
    live = select(Cue.id).where(
        Cue.event_id == key, Cue.track == track, col(Cue.state).in_(ON_AIR), Cue.kind != "cue"
    )
    with services.db.read() as session:
        return session.exec(live).first()


def _submit(services: Services, key: str, member: str, ops: list[tuple[str, Json]]) -> None:
    """Carry out ops as a member; the demo's data must not be refused."""
    prepared = [prepare(services.ops, {"id": new_id(), "op": op, "args": args}) for op, args in ops]
    refused = [one for one in prepared if not isinstance(one, Prepared)]
    submission = Submission(
        key, member, [one for one in prepared if isinstance(one, Prepared)], services.clock.now()
    )
    refused += [one for one in services.writers.submit(submission).result() if one["status"] != "applied"]
    if refused:
        message = f"the demo's data was refused: {refused[0]}"
        raise ValueError(message)


def _welcome(settings: Settings, now: int) -> tuple[str, list[tuple[str, str]]]:
    """Who can sign in, with links that are made anew at each start; and these links, pairs of (who, address)."""
    db = Database(settings.database)
    lines, links = [f"\nFieldcue demo · {settings.origin}\n"], []
    with db.write() as session:
        key = str(session.exec(Event.__table__.select()).first().id)  # type: ignore[attr-defined,union-attr]
        for member_id, what in CAST:
            member = session.get_one(Member, (key, member_id))
            link = new_secret()
            session.add(JoinLink(secret_hash=digest(link), event_id=key, member_id=member_id, made_by="demo",
                                 created_at=now, expires_at=now + LINK_DAYS_MS))  # fmt: skip
            links.append((f"{member.name} {what}", f"{settings.origin}/join#{link}"))
            lines.append(f"  {what:<22}{member.name:<14}{links[-1][1]}\n")
    db.close()
    emails = f"c01@example.com (owner), c02@example.com (coordinator) · password {PASSWORD}"
    lines.append(f"\n  by e-mail: {emails}\n")
    lines.append("  A link works once; open each in a browser profile of its own. Ctrl+C stops.\n\n")
    return "".join(lines), links
