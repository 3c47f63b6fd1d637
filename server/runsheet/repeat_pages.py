"""The page on which an event is made the template of a new one."""

from http import HTTPStatus
from typing import Any

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from server.core.access import Permission
from server.core.feed import chains
from server.core.i18n import N_, translate
from server.core.ids import is_id, new_id
from server.core.job_rows import visible_jobs
from server.core.jobs import run_as
from server.core.models import Event
from server.core.ops import plain
from server.core.page import Ask, page
from server.people.making import event_errors, event_values
from server.runsheet.names import Names
from server.runsheet.queries import directory, published_cues
from server.runsheet.repeat_rows import Wish, count_files, first_day, is_kept, real_length, rows_in_rehearsal
from server.runsheet.repeating import ASK, may_repeat

VIEW = "repeat"
_PARTS = ("sheet", "notes", "plans", "people", "contacts")
_USUAL = ("sheet", "notes", "plans")
_SHOWN = 5
"""So many of one's own jobs, the newest first."""


def form(ask: Ask) -> Response:
    """What the new event is called and when it begins, and what comes along."""
    return _show(ask, {})


def repeat(ask: Ask) -> Response:
    """Leave the job that makes the event. Sent twice, the form makes one."""
    values = event_values(ask) | {"days": "1"}
    errors = event_errors(ask, values)
    job = ask.text("job") if is_id(ask.text("job")) else new_id()
    error = None if errors else _ask_for(ask, values, job)
    if error and error["code"] == "taken":
        errors["key"] = translate(ask.locale, error["text"])
    elif error and error["code"] != "exists":
        errors["all"] = translate(ask.locale, error["text"], error["params"])
    if errors:
        return _show(ask, errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    return RedirectResponse(f"/e/{ask.member.event_id}/{VIEW}#job-{job}", HTTPStatus.SEE_OTHER)


def _ask_for(ask: Ask, values: dict[str, str], job: str) -> dict[str, Any] | None:
    """Send the op; the error if it is refused."""
    told: dict[str, Any] = {name: values[name] for name in ("key", "name", "name_en", "venue", "first")}
    told |= {part: bool(ask.text(part)) for part in _PARTS}
    told["lengths"] = "ran" if ask.text("lengths") == "ran" else "planned"
    wish = Wish(id=job, account=ask.person.account_id or "none", **told)
    result = run_as(ask.services, ask.member.event_id, ask.member.id, ASK, wish)
    if result["status"] == "retry":
        return {"code": "busy", "text": N_("The server is busy. Please try again."), "params": {}}
    error: dict[str, Any] | None = result.get("error")
    return error


def _show(ask: Ask, errors: dict[str, str], status: int = HTTPStatus.OK) -> Response:
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        told = _around(ask, session, event) | _of_sheet(session, event)
    values = {name: plain(str(value)) for name, value in ask.form.items()}
    if not ask.form:
        usual = dict.fromkeys(_USUAL, "yes")
        values = {"name": event.name, "name_en": event.name_en, "venue": event.venue, **usual}
    return ask.page("runsheet/repeat.html", status, job=new_id(), values=values, errors=errors, **told)


def _around(ask: Ask, session: Session, event: Event) -> dict[str, Any]:
    """The event, whether this person may, and what they have made of it before."""
    names, own, feed = directory(session, event), chains(ask.member, VIEW)[1], ask.services.feed
    jobs = visible_jobs(session, ask.member, VIEW)[:_SHOWN]
    return {
        "event": event,
        "lens": Names.through(names, ask.member.lens),
        "may_repeat": may_repeat(session, event.id, ask.member.id, ask.person.account_id or ""),
        "jobs": [feed.row(feed.kinds["job"], job, names, own) for job in jobs],
    }


def _of_sheet(session: Session, event: Event) -> dict[str, Any]:
    """How much there is: rows, those whose real length is known, and files that stay."""
    cues = published_cues(session, event.id)
    first = first_day(event, cues)
    kept, rehearsed = [cue for cue in cues if is_kept(cue)], rows_in_rehearsal(session, event.id)
    return {
        "first_day": first,
        "first_named": next((day for day in event.days if day["date"] == first), None),
        "rows": len(kept),
        "ran": sum(real_length(cue) is not None for cue in kept if cue.id not in rehearsed),
        "files": count_files(session, event.id),
    }


ROUTES = [
    page("/e/{event}/repeat", form, may=Permission.CONFIGURE),
    page("/e/{event}/repeat", repeat, may=Permission.CONFIGURE, methods=("POST",)),
]
