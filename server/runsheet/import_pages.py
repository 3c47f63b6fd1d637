"""Pages of the import: send a file, see what it holds, say what its columns are, bring it in."""

from http import HTTPStatus
from typing import Any

from sqlmodel import Session
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from server.core import strict_json
from server.core.access import Permission
from server.core.api import answer
from server.core.clock import operating_day
from server.core.models import Event
from server.core.page import Ask, page
from server.runsheet.importing import Apply, Upload, book_of, keep_upload, options_of, visible_upload
from server.runsheet.imports.book import FileRefusedError, Limits
from server.runsheet.imports.guessing import guess
from server.runsheet.imports.mapping import Mapping
from server.runsheet.imports.rows import build_rows
from server.runsheet.queries import directory
from server.runsheet.rows import Names

PREVIEW_ROWS = 40


def import_page(ask: Ask) -> Response:
    """Where a file is sent, and its progress is seen."""
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
    return ask.page("runsheet/import.html", event=event)


def upload(ask: Ask) -> Response:
    """Keep a file; the page then asks by an op to have it read."""
    if not ask.services.limits.allow("upload_member", f"{ask.member.event_id}:{ask.member.id}"):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS)
    file = ask.form.get("file")
    if not isinstance(file, UploadFile):
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    content = file.file.read(Limits().file_bytes + 1)
    if len(content) > Limits().file_bytes:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    with ask.services.db.write() as session:
        now = ask.services.clock.now()
        upload_id = keep_upload(session, ask.member.event_id, ask.member.id, file.filename or "", content, now)
    return answer({"upload": upload_id})


def preview(ask: Ask) -> Response:
    """What a read file would become, with the mapping that is guessed, or that the form says."""
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        found = _own(ask, session)
        if found.book is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        names = Names(directory(session, event), ask.locale)
    return ask.page("runsheet/_import_preview.html", **_look(ask, event, found, names))


def _look(ask: Ask, event: Event, found: Upload, names: Names) -> dict[str, Any]:
    """Mapping, options and first rows, or why there are none."""
    book = book_of(found)
    form = {name: ask.text(name) for name in ("sheet", "mapping", "first_day", "tracks", "track")}
    today = operating_day(ask.services.clock.now(), event.timezone, event.day_change_s).isoformat()
    day = form["first_day"] or (event.days[0]["date"] if event.days else today)
    known = [{"id": column.id, "name": column.name, "name_en": column.name_en} for column in names.columns]
    values: dict[str, Any] = {"event": event, "upload": found, "book": book, "names": names, "first_day": day, "error": None}
    try:
        mapping = _mapping(form["mapping"]) or guess(book, form["sheet"] or None, known=known)
        choice = Apply(id="preview", upload=found.id, mapping=mapping.to_json(), first_day=day,
                       shift=ask.text("shift") != "no", tracks=form["tracks"] or "auto", track=form["track"])  # type: ignore[arg-type] # fmt: skip
        result = build_rows(book, mapping, options_of(event, choice))
    except FileRefusedError as refusal:
        return values | {"error": refusal, "mapping": None, "result": None, "choice": None}
    except ValueError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from error
    return values | {"mapping": mapping, "result": result, "choice": choice, "most": PREVIEW_ROWS}


def _mapping(text: str) -> Mapping | None:
    return Mapping.from_json(strict_json.loads(text.encode())) if text else None


def _own(ask: Ask, session: Session) -> Upload:
    found = visible_upload(session, ask.member.event_id, ask.member.id, ask.request.path_params["upload"])
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return found


ROUTES = [
    page("/e/{event}/import", import_page, may=Permission.CONFIGURE),
    page("/e/{event}/import", upload, may=Permission.CONFIGURE, methods=("POST",), max_body=Limits().file_bytes + 65_536),
    page("/e/{event}/import/{upload}", preview, may=Permission.CONFIGURE, methods=("GET", "POST")),
]
