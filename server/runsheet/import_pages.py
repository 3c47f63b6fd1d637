"""Pages of the import: send a file, see what it holds, say what its columns are, bring it in."""

from collections.abc import Callable
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

from sqlmodel import Session
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from server.core.access import Permission
from server.core.api import answer
from server.core.clock import operating_day
from server.core.feed import chains
from server.core.job_rows import visible_jobs
from server.core.models import Event
from server.core.page import Ask, page, slow
from server.core.security import hold_back
from server.runsheet import import_work
from server.runsheet.import_files import File, keep_upload, visible_book, visible_file
from server.runsheet.import_sheet import has_rows, sheet_rows
from server.runsheet.import_sources import kind_of, known_sources
from server.runsheet.import_view import view_of
from server.runsheet.importing import choice_for, is_imported, known_names
from server.runsheet.imports import FileRefusedError, Limits
from server.runsheet.names import Names
from server.runsheet.queries import directory

VIEW = "import"
_WORDS = {
    "tracks": ("auto", "one", "places"),
    "mode": ("", "add", "compare"),
    "scope": ("", "source", "cover"),
}
_FORM_BYTES = 64 * 1024
PREVIEWS = 2
"""So many are worked on at once."""


def import_page(ask: Ask) -> Response:
    """Where a file is sent, and its progress is seen."""
    with ask.services.db.read() as session:
        return ask.page("runsheet/import.html", is_gone=False, **_around(ask, session))


def upload(ask: Ask) -> Response:
    """Keep a file; the page then asks by an op to have it read."""
    name, content = _sent(ask)
    hold_back(ask.services.limits, "upload_member", ask.member)
    if len(content) > Limits().file_bytes:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    with ask.services.db.write() as session:
        upload_id = keep_upload(session, ask.member, name, content, ask.services.clock.now())
    return answer({"upload": upload_id})


def preview(ask: Ask) -> Response:
    """What a read file would become: by the guess, or as the form says it, which gets only the part that changes."""
    hold_back(ask.services.limits, "preview_member", ask.member)
    with ask.services.db.read() as session:
        around = _around(ask, session)
        file = visible_file(session, ask.member, ask.request.path_params["upload"])
        book = visible_book(session, ask.member, file.id) if file else None
        known = known_names(session, around["event"], ask.locale)
        known |= _known_of(ask, session, around["event"], file)
        sheet = _sheet(ask, session, known["kept"]) if book else b""
    if file is None or (book is None and ask.request.method == "POST"):
        return ask.page("runsheet/import.html", HTTPStatus.NOT_FOUND, is_gone=True, **around)
    seen = _look(ask, file, (book, sheet), around["event"], known) if book else {}
    if "mark" in seen:
        with ask.services.db.read() as session:
            seen["is_imported"] = is_imported(session, ask.member, file.id, seen["sheet"], seen["first_day"])
    template = (
        "runsheet/_import_preview.html" if ask.request.method == "POST" else "runsheet/import_file.html"
    )
    return ask.page(template, file=file, seen=seen, **around)


def _known_of(ask: Ask, session: Session, event: Event, file: File | None) -> dict[str, Any]:
    """What is known of files of such a shape, and of the sheet."""
    return {
        "kept": known_sources(session, event),
        "kind": kind_of(file.name if file else ""),
        "locale": ask.locale,
        "has_rows": has_rows(session, ask.member),
    }


def _sheet(ask: Ask, session: Session, kept: list[dict[str, Any]]) -> bytes:
    """The rows to compare with, where that is asked for, or such a file may have been brought in before."""
    mode = ask.text("mode")
    if mode == "compare" or (mode != "add" and any(one["own"] for one in kept)):
        return sheet_rows(session, ask.member)
    return b""


def _sent(ask: Ask) -> tuple[str, bytes]:
    """Name and content of the file in a form, no more of it than is kept."""
    files = [value for value in ask.form.values() if isinstance(value, UploadFile)]
    with ExitStack() as stack:
        for each in files:
            stack.enter_context(each.file)
        file = ask.form.get("file")
        if not isinstance(file, UploadFile):
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        return file.filename or "", file.file.read(Limits().file_bytes + 1)


def _around(ask: Ask, session: Session) -> dict[str, Any]:
    """The event, its names, and the viewer's own imports as rows."""
    event = session.get_one(Event, ask.member.event_id)
    names, own, feed = directory(session, event), chains(ask.member, VIEW)[1], ask.services.feed
    return {
        "event": event,
        "lens": Names.through(names, ask.member.lens),
        "jobs": [
            feed.row(feed.kinds["job"], job, names, own) for job in visible_jobs(session, ask.member, VIEW)
        ],
        "most": Limits(),
    }


def _look(
    ask: Ask, file: File, books: tuple[bytes, bytes], event: Event, known: dict[str, Any]
) -> dict[str, Any]:
    """The form, and what it makes of the file; or why nothing."""
    wish, choice = _wish(ask), _choice(ask, event)
    said: dict[str, Any] = {"choice": import_work.CHOICE | choice}
    try:
        import_work.run(import_work.look, said.update, books[0], wish, choice, known, books[1])
    except FileRefusedError as refusal:
        said["refused"] = refusal
    except (ValueError, TypeError) as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from error
    return view_of(ask, event, said) | {"apply": _apply(file, event.head, said)}


def _apply(file: File, base: int, said: dict[str, Any]) -> dict[str, Any]:
    """The arguments of the op that brings in what is seen; none if nothing is."""
    if "mapping" not in said:
        return {}
    choice: dict[str, Any] = said["choice"]
    compared = {"scope": said["again"]["scope"], "base": base} if said["again"]["mode"] == "compare" else {}
    return (
        choice
        | compared
        | {
            "upload": file.id,
            "mapping": said["mapping"],
            "first_day": said["first_day"],
        }
    )


def _wish(ask: Ask) -> dict[str, Any]:
    """What the form says of the columns."""
    # The name of a sheet may end in spaces, which are part of it.
    sheet, of = (value if isinstance(value := ask.form.get(name), str) else None for name in ("sheet", "of"))
    return {
        "sheet": sheet,
        "header": ask.text("header"),
        "of": of or "",
        "fields": _numbered(ask, "field-"),
        "units": _numbered(ask, "unit-"),
        "changed": ask.text("changed"),
        "start": ask.text("start"),
    }


def _numbered(ask: Ask, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): ask.text(name) for name in ask.form if name.startswith(prefix)}


def _choice(ask: Ask, event: Event) -> dict[str, Any]:
    """What the form says of days and tracks; what it doesn't is open."""
    told = {name: _CHOICES[name](ask.text(name)) for name in _CHOICES if name in ask.form}
    if any(told.get(name, words[0]) not in words for name, words in _WORDS.items()):
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    today = operating_day(ask.services.clock.now(), event.timezone, event.day_change_s).isoformat()
    return choice_for(event, days=[day["date"] for day in event.days] or [today], **told)


_CHOICES: dict[str, Callable[[str], Any]] = {
    "first_day": str,
    "mode": str,
    "scope": str,
    "shown": lambda text: min(int(text), Limits().rows) if text.isdecimal() else "",
    "shift": lambda text: text != "no",
    "tracks": lambda text: text or "auto",
    "track": lambda text: text[:80],
    "skip_hidden": lambda text: text == "yes",
}


ROUTES = [
    page("/e/{event}/import", import_page, may=Permission.CONFIGURE),
    page(
        "/e/{event}/import",
        upload,
        may=Permission.CONFIGURE,
        methods=("POST",),
        max_body=Limits().file_bytes + _FORM_BYTES,
    ),
    page(
        "/e/{event}/import/{upload}",
        slow(preview, PREVIEWS),
        may=Permission.CONFIGURE,
        methods=("GET", "POST"),
    ),
]
