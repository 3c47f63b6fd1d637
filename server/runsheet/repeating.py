"""An event as the template of a new one: made aside as a job, and there all at once, with a log of its own.

The new event is nobody's yet, so what is written here waits for no op of the old one, and none of those for it but on
SQLite, where all share one writer: so rows are made ready before the write begins.
"""

from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from server.core.access import Permission
from server.core.context import Context, forbidden
from server.core.i18n import N_
from server.core.jobs import Handler, JobFailedError, Task, ask_for
from server.core.models import Event
from server.core.ops import Op, RefusalError
from server.people.founding import Founder, found_event
from server.people.models import Account, Member
from server.runsheet.import_insert import write
from server.runsheet.models import Cue, Variant
from server.runsheet.repeat_load import Load, make_load
from server.runsheet.repeat_rows import Made, Values, Wish, count_files, make_rows

TAKEN = N_("This address is taken.")
_KIND = "repeat.event"
_READ, _READY = 40, 80
"""Percent that are done when all is read, and when the rows are ready."""


def _ask(ctx: Context, args: Wish) -> None:
    """Have this event repeated. Whoever asks has an account of the organisation whose event it is."""
    account = ctx.session.get(Account, args.account)
    if not _may(ctx.find(Member, ctx.viewer.id), account, ctx.event):
        raise forbidden()
    if ctx.session.get(Event, args.key):
        raise RefusalError("taken", TAKEN)
    ask_for(ctx, args.id, _KIND, args.model_dump(exclude={"id"}))


ASK = Op("event.repeat", Permission.CONFIGURE, Wish, _ask)
"""Sent by the page alone, which knows the account."""


def may_repeat(session: Session, event_id: str, member_id: str, account_id: str) -> bool:
    """Whether an account may make an event out of one in which it is a member."""
    member, account = session.get(Member, (event_id, member_id)), session.get(Account, account_id)
    return _may(member, account, session.get_one(Event, event_id))


def _may(member: Member | None, account: Account | None, event: Event) -> bool:
    return (
        member is not None
        and account is not None
        and not member.removed_at
        and member.viewer().may(Permission.CONFIGURE)
        and member.account_id == account.id
        and account.organisation_id == event.organisation_id
    )


def _repeat(task: Task) -> dict[str, Any]:
    """Read the event, make the rows, and write the new event in one transaction."""
    wish = Wish.model_validate(task.payload | {"id": task.job_id})
    with task.services.db.read() as session:
        source = session.get_one(Event, task.event_id)
        if not may_repeat(session, source.id, task.member_id, wish.account):
            raise JobFailedError("forbidden", str(forbidden().error["text"]))
        account = session.get_one(Account, wish.account)
        made, files = make_rows(session, source, wish, task.member_id), count_files(session, source.id)
    task.report(_READ)
    event = _event(task, source, wish, made)
    load = make_load(event, made, maker=task.member_id, op_id=task.job_id, kind=ASK.name)
    task.report(_READY)
    founder = Founder(account.id, account.organisation_id, account.name, account.locale)
    _write(task, event, founder, load, made.maker)
    counts = {
        "rows": made.count(Cue),
        "ran": made.ran,
        "plans": made.count(Variant),
        "people": len(made.members),
    }
    return {"to": wish.key, "files": files, **counts}


HANDLERS: dict[str, Handler] = {_KIND: _repeat}


def _event(task: Task, source: Event, wish: Wish, made: Made) -> Event:
    """The new event. Its epoch is the job, by which that knows its own work if it is tried again."""
    return Event(
        id=wish.key,
        organisation_id=source.organisation_id,
        name=wish.name,
        name_en=wish.name_en,
        venue=wish.venue,
        venue_en=source.venue_en if wish.venue == source.venue else "",
        timezone=source.timezone,
        day_change_s=source.day_change_s,
        days=made.days,
        epoch=task.job_id,
        created_at=task.services.clock.now(),
    )


def _write(task: Task, event: Event, founder: Founder, load: Load, maker: Values) -> None:
    """All of the new event or nothing of it; what an earlier try of this job has made stays."""
    try:
        with task.services.db.write() as session:
            there = session.get(Event, event.id)
            if there is None:
                _fill(session, event, founder, load, maker)
            elif there.epoch != task.job_id:
                raise JobFailedError("taken", TAKEN)
    except IntegrityError as error:
        raise JobFailedError("taken", TAKEN) from error


def _fill(session: Session, event: Event, founder: Founder, load: Load, maker: Values) -> None:
    owner = found_event(session, event, founder, load.maker, event.created_at)
    for name, value in maker.items():
        setattr(owner, name, value)
    session.flush()
    for model, rows in load.tables.items():
        write(session, model, rows)
    session.exec(update(Event).where(col(Event.id) == event.id).values(**load.heads))
