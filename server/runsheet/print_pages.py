"""Pages to be printed. The browser makes the PDF: what is on paper is what stands on the page."""

from http import HTTPStatus
from typing import Any

from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from server.core.access import Permission
from server.core.clock import to_iso
from server.core.i18n import LOCALES
from server.core.models import Event
from server.core.page import Ask, page, take_turn
from server.core.security import hold_back
from server.core.turns import Turns
from server.runsheet.editions import SHEET, Sheet
from server.runsheet.exporting import times_now
from server.runsheet.exports.rows import by_track
from server.runsheet.import_words import day_text
from server.runsheet.names import Names
from server.runsheet.print_people import present, sheets
from server.runsheet.printing import Choice, Edition, Writer, chosen_columns, days_of, meant, parts, usual
from server.runsheet.published import as_left_out, published, rows_of
from server.runsheet.queries import sheet_of, visible_cues
from server.runsheet.versions import differences, sheet_of_version

FORMS = ("detail", "cues", "people")
_TURNS = Turns(2)
_MOST_COLUMNS = 60


async def print_overview(ask: Ask) -> Response:
    """粗流, A4: a page a day, for whoever sees the sheet."""
    return await _print(ask, "overview")


async def print_form(ask: Ask) -> Response:
    """細流 (A4), the cue sheet of a track (A5), and one page a person."""
    form = ask.request.path_params["form"]
    if form not in FORMS:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return await _print(ask, form)


async def _print(ask: Ask, form: str) -> Response:
    hold_back(ask.services.limits, "export_member", ask.member)
    return await take_turn(_TURNS, ask, _page, _choice(ask, form))


def _choice(ask: Ask, form: str) -> Choice:
    asked = ask.request.query_params
    locale = asked.get("lang", "")
    columns = tuple(asked.getlist("column")[:_MOST_COLUMNS]) if "chosen" in asked else None
    return Choice(
        form=form,
        day=asked.get("day", ""),
        track=asked.get("track", ""),
        columns=columns,
        who=asked.get("who", ""),
        locale=locale if locale in LOCALES else ask.locale,
        is_large="large" in asked,
        with_actual="actual" in asked,
    )


def edition_of(session: Session, event: Event) -> Edition:
    """The version that is printed, and what is new in it since the one before."""
    sheet = session.get(Sheet, (event.id, SHEET))
    if sheet is None or not sheet.number:
        return Edition()
    before = sheet_of_version(session, event.id, sheet.number - 1)
    now = rows_of(published(sheet_of(session, event.id)))
    found = differences(before, now) if before is not None else []
    changed = {each.id: frozenset(str(change["field"]) for change in each.changes) for each in found}
    return Edition(sheet.label, changed)


def _page(ask: Ask, choice: Choice) -> Response:
    now = ask.services.clock.now()
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        names = Names(ask.services.feed.names(session, event), choice.locale, ask.member.lens.audiences)
        cues = by_track(as_left_out(visible_cues(session, ask.member)), names.tracks)
        choice = usual(choice, event, cues, now)
        edition = edition_of(session, event)
        writer = Writer(event, names, times_now(session, event, now), edition)
    about = (
        _people(ask, cues, names, writer, choice)
        if choice.form == "people"
        else _sheet(cues, names, writer, choice)
    )
    days = [(day, _day(event, day, choice.locale)) for day in days_of(event, cues)]
    stamp = (to_iso(now, event.timezone) or "")[:16].replace("T", " ")
    shared = {
        "event": event,
        "lens": names,
        "choice": choice,
        "edition": edition,
        "days": days,
        "printed": stamp,
    }
    may = {"may": ask.member.permissions}
    html = ask.services.templates.render(f"print/{choice.form}.html", choice.locale, **about, **shared, **may)
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


def _sheet(cues: list[Any], names: Names, writer: Writer, choice: Choice) -> dict[str, Any]:
    lines = [writer.line(cue) for cue in meant(cues, choice)]
    columns = chosen_columns(choice, names.columns, lines)
    above = {cue.id: cue.parent for cue in cues}
    return {"parts": parts(lines, above, is_large=choice.is_large), "columns": columns}


def _people(ask: Ask, cues: list[Any], names: Names, writer: Writer, choice: Choice) -> dict[str, Any]:
    kept = [cue for cue in cues if choice.day in {"", cue.day} and choice.track in {"", cue.track}]
    whom = [(f"dept:{key}", name) for key, name in names.departments.items()]
    whom += [(each.id, names.people[each.id]) for each in present(names)]
    return {"sheets": sheets(kept, ask.member, names, writer, choice.who), "columns": [], "whom": whom}


def _day(event: Event, day: str, locale: str) -> str:
    """D1 · 4月10日 週六, as the event names its days."""
    known = next((str(each.get("id", "")) for each in event.days if each["date"] == day), "")
    return " · ".join(filter(None, (known, day_text(day, locale))))


ROUTES = [
    page("/e/{event}/print/overview", print_overview),
    page("/e/{event}/print/{form}", print_form, may=Permission.EXPORT),
]
