"""Pages of the run sheet: one document for the phone, a table for the desktop."""

import re
from typing import Any

import brotli
from sqlmodel import Session
from starlette.responses import Response

from server.core.access import TEAM, Lens, Permission
from server.core.feed import Chain, chains
from server.core.models import Event
from server.core.ops import plain
from server.core.packed import PAGE_QUALITY, packed_answer, packed_page
from server.core.page import Ask, page
from server.people.queries import departments
from server.runsheet import export_pages, print_pages, repeat_pages, timer_pages, version_pages
from server.runsheet.first_screen import first_screen, own_row
from server.runsheet.names import Names
from server.runsheet.trash import AT_ONCE, LONGEST_SEARCH, visible_trash

# Where _phone_first.html goes, which is another for each person. No text can hold it: in texts < is escaped.
_FIRST = b"<!--first-->"
# Which kinds stand in the document as rows of their own lists.
_LISTS = (
    "cue",
    "mark",
    "note",
    "track",
    "contact",
    "attachment",
    "baseline",
    "act",
    "comment",
    "entry",
    "signal",
    "variant",
    "rehearsal",
    "sheet",
    "notice",
)


def phone(ask: Ask) -> Response:
    """Now, Sheet, Mine, Call, Host and More as one document, the same bytes for all of one lens.

    Whoever comes to it as to a page is told before all rows what runs now; what scripts fetch is to be kept.
    """
    return _document(ask, "", "runsheet/phone.html", has_first=_is_visit(ask))


def grid(ask: Ask) -> Response:
    """The sheet as a table that is edited by keyboard."""
    return _document(ask, "grid", "runsheet/grid.html")


def trash(ask: Ask) -> Response:
    """What was removed, as a fragment: `search` narrows it, and after `skip` rows it goes on."""
    search = plain(ask.request.query_params.get("search", ""))[:LONGEST_SEARCH].strip()
    told = ask.request.query_params.get("skip", "")
    skip = int(told) if re.fullmatch(r"\d{1,6}", told, re.ASCII) else 0
    with ask.services.db.read() as session:
        names = ask.services.feed.names(session, session.get_one(Event, ask.member.event_id))
        found = visible_trash(session, ask.member, search, skip)
    told_on = skip + AT_ONCE if len(found) > AT_ONCE else 0
    lens, rows = Names.through(names, ask.member.lens), found[:AT_ONCE]
    return ask.page("runsheet/_trash.html", lens=lens, found=rows, search=search, skip=skip, next=told_on)


def colours(ask: Ask) -> Response:
    """The departments' colours as a stylesheet, since no page carries styles of its own."""
    with ask.services.db.read() as session:
        rules = [
            f'[data-dept="{row.id}"]{{--dept:{row.colour}}}'
            for row in departments(session, ask.member.event_id)
            if row.colour
        ]
    return Response("\n".join(rules), media_type="text/css", headers={"Cache-Control": "private, max-age=60"})


def _is_visit(ask: Ask) -> bool:
    """Whether a person opens the page, and no script fetches it (Fetch Metadata Request Headers, 2.1)."""
    return ask.request.headers.get("sec-fetch-dest") == "document"


def _document(ask: Ask, view: str, template: str, *, has_first: bool = False) -> Response:
    chain, _ = chains(ask.member, view)
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        first = _first(ask, session, event, chain) if has_first else ""
        key = (event.id, event.epoch, event.head, chain, template, bool(first))
        packed = ask.services.documents.get(
            key, lambda: packed_page(_render(ask, session, event, chain, template, visit=bool(first)))
        )
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding, Cookie"}
    if first:
        packed = _with_first(packed, first)
    return packed_answer(ask.request, packed, "text/html", headers)


def _render(ask: Ask, session: Session, event: Event, chain: Chain, template: str, *, visit: bool) -> str:
    feed = ask.services.feed
    names = feed.names(session, event)
    values: dict[str, Any] = {
        "event": event,
        "lens": Names.through(names, chain.lens),
        "directory": names,
        "lens_key": chain.lens.key,
        "may": chain.lens.permissions,
        "is_team": chain.lens.sees(TEAM),
        "own": _own_departments(chain.lens),
        "hosts": "role:host" in chain.lens.audiences,
        "rows": {kind: feed.rows(session, event, chain, kind) for kind in _LISTS},
        "visit": visit,
        "first": None,
    }
    return ask.services.templates.render(template, chain.lens.locale, **values)


def _own_departments(lens: Lens) -> list[str]:
    """The departments whose columns one fills without editing the rest."""
    if Permission.EDIT_CELLS not in lens.permissions or Permission.EDIT_SHEET in lens.permissions:
        return []
    return sorted(name.removeprefix("dept:") for name in lens.audiences if name.startswith("dept:"))


def _first(ask: Ask, session: Session, event: Event, chain: Chain) -> str:
    """What stands before all rows for this person at this moment; an empty text where that is as for everybody."""
    found = first_screen(ask.services, session, ask.member)
    if found is None:
        return ""
    lens = Names.through(ask.services.feed.names(session, event), chain.lens)
    me = own_row(ask.services, session, event, ask.member)
    values = {"event": event, "lens": lens, "first": found, "me": me}
    return ask.services.templates.render("runsheet/_phone_first.html", chain.lens.locale, **values)


def _with_first(packed: bytes, first: str) -> bytes:
    """The document that many share, with what is for one person in its place.

    Up to there it is packed by itself, so that a browser can show it while the rest is on its way.
    """
    before, _, after = brotli.decompress(packed).partition(_FIRST)
    packer = brotli.Compressor(quality=PAGE_QUALITY)
    start = packer.process(before + first.encode()) + packer.flush()
    return bytes(start + packer.process(after) + packer.finish())


ROUTES = [
    page("/e/{event}", phone),
    page("/e/{event}/colours.css", colours),
    page("/e/{event}/grid", grid, may=Permission.EDIT_CELLS),
    page("/e/{event}/trash", trash, may=Permission.EDIT_SHEET),
    *timer_pages.ROUTES,
    *repeat_pages.ROUTES,
    *export_pages.ROUTES,
    *print_pages.ROUTES,
    *version_pages.ROUTES,
]
