"""Bringing a run sheet in from Excel or CSV: read as a job, looked at and mapped by a person, applied in one op."""

import hashlib
import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field as Bound
from sqlalchemy import BigInteger, Column, LargeBinary, insert, update
from sqlmodel import Field, Session, SQLModel, col, select

from server.core.access import Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.ids import new_id
from server.core.jobs import Handler, Job, JobFailedError, Task, ask_for
from server.core.models import Event
from server.core.ops import Args, Id, Line, Op, OpSet, RefusalError
from server.core.order import between, spread
from server.people.models import Department
from server.runsheet.actions import Day
from server.runsheet.imports.book import FileRefusedError, Workbook
from server.runsheet.imports.drafts import Options
from server.runsheet.imports.mapping import Mapping
from server.runsheet.imports.rows import Result, build_rows
from server.runsheet.imports.sandbox import parse_file
from server.runsheet.models import ColumnDef, Cue, Place, Track
from server.runsheet.queries import directory, last_key

ops = OpSet()

KEEP_MS = 86_400_000
"""A file that was not brought in is forgotten after a day."""
_FIRST_TRACK = "主流程"


class Upload(SQLModel, table=True):
    """A file that somebody sent, and what was read in it. Not part of the event until it is brought in."""

    event_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    member: str
    name: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    book: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    created_at: int = Field(sa_type=BigInteger)


class Read(Args):
    id: Id
    upload: Id


class Apply(Args):
    """`mapping` is what the preview showed, as the coordinator corrected it."""

    id: Id
    upload: Id
    mapping: dict[str, Any]
    first_day: Day
    shift: bool = True
    tracks: Literal["auto", "one", "places"] = "auto"
    track: Annotated[Line, Bound(max_length=80)] = ""
    skip_hidden: bool = False


class Undo(Args):
    id: Id


class Insert(Args):
    """What the worker hands to the writer: ready rows, and what they hang on."""

    job: Id
    tracks: list[dict[str, Any]]
    places: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    departments: list[dict[str, Any]]
    rows: list[dict[str, Any]]


@ops.op("import.read", may=Permission.EDIT_SHEET)
def read(ctx: Context, args: Read) -> None:
    """Have an uploaded file read. Its progress and what is in it come on the asker's own chain."""
    _own_upload(ctx, args.upload)
    ask_for(ctx, args.id, "import.read", {"upload": args.upload})


@ops.op("import.apply", may=Permission.CONFIGURE)
def apply(ctx: Context, args: Apply) -> None:
    """Bring the rows of a read file into the sheet, all or none, while other ops go on."""
    upload = _own_upload(ctx, args.upload)
    if upload.book is None:
        raise RefusalError("not_read", N_("This file has not been read yet."))
    try:
        Mapping.from_json(args.mapping)
    except ValueError as error:
        raise RefusalError("invalid", N_("Check: %(names)s."), names="mapping") from error
    ask_for(ctx, args.id, "import.apply", args.model_dump(exclude={"id"}))


@ops.op("import.undo", may=Permission.EDIT_SHEET)
def undo(ctx: Context, args: Undo) -> dict[str, int]:
    """Take out again every row that an import brought in, unless one of them has been called since."""
    rows = ctx.session.exec(
        select(Cue).where(
            Cue.event_id == ctx.event_id, col(Cue.id).startswith(f"{args.id}-", autoescape=True), col(Cue.removed_at).is_(None)
        )
    ).all()
    if not rows:
        raise not_found(args.id)
    if any(row.runs for row in rows):
        raise RefusalError("called", N_("Rows of this import have been called already."))
    for row in rows:
        was, row.removed_at = row.visible_to, ctx.received
        ctx.record(row, {"import": args.id}, was=was)
    return {"rows": len(rows)}


def options_of(event: Event, choice: Apply) -> Options:
    """How the coordinator wants the sheet to come in, as the import takes it."""
    return Options(
        first_day=date.fromisoformat(choice.first_day),
        shift=choice.shift,
        zone=event.timezone,
        day_change_s=event.day_change_s,
        tracks=choice.tracks,
        skip_hidden=choice.skip_hidden,
    )


def keep_upload(session: Session, event_id: str, member: str, name: str, content: bytes, now: int) -> str:
    """Keep a file for a while; returns its id. Files of yesterday go."""
    for old in session.exec(select(Upload).where(Upload.created_at < now - KEEP_MS)):
        session.delete(old)
    upload = Upload(event_id=event_id, id=new_id(), member=member, name=name[:120], content=content, created_at=now)
    session.add(upload)
    return upload.id


def visible_upload(session: Session, event_id: str, member: str, upload_id: str) -> Upload | None:
    """An upload for the one who sent it."""
    upload = session.get(Upload, (event_id, upload_id))
    return upload if upload and upload.member == member else None


def book_of(upload: Upload) -> Workbook:
    """What was read in an uploaded file."""
    return Workbook.from_json(json.loads(upload.book or b"{}"))


def _own_upload(ctx: Context, upload_id: str) -> Upload:
    upload = visible_upload(ctx.session, ctx.event_id, ctx.viewer.id, upload_id)
    if upload is None:
        raise not_found(upload_id)
    return upload


def _read(task: Task) -> dict[str, Any]:
    """Parse the file in a child process, and keep what was read beside it."""
    upload = _upload(task)
    with tempfile.NamedTemporaryFile(prefix="fieldcue-") as file:
        file.write(upload.content)
        file.flush()
        try:
            book = parse_file(Path(file.name), progress=lambda fraction: task.report(int(fraction * 100)))
        except FileRefusedError as refusal:
            raise JobFailedError(refusal.code, refusal.code, **refusal.params) from refusal
    packed = json.dumps(book.to_json(), ensure_ascii=False).encode()
    with task.services.db.write() as session:
        session.exec(
            update(Upload)
            .where(col(Upload.event_id) == task.event_id, col(Upload.id) == upload.id)
            .values(book=packed)
        )
    return {"upload": upload.id, "name": upload.name, "sheets": [sheet.name for sheet in book.usable]}


def _apply(task: Task) -> dict[str, Any]:
    """Build the rows, give their names ids, and insert them in one op."""
    choice = Apply.model_validate({"id": task.job_id, **task.payload})
    upload = _upload(task)
    with task.services.db.read() as session:
        event = session.get_one(Event, task.event_id)
        try:
            found = build_rows(book_of(upload), Mapping.from_json(choice.mapping), options_of(event, choice))
        except FileRefusedError as refusal:
            raise JobFailedError(refusal.code, refusal.code, **refusal.params) from refusal
        task.report(40)
        ready = _Namer(session, event, task.job_id, choice.track).insertion(found)
    task.report(70)
    result = task.run(INSERT, ready)
    if "error" in result:
        raise JobFailedError(result["error"]["code"], result["error"]["text"], **result["error"]["params"])
    return {"rows": len(ready.rows), "counts": found.counts, "days": found.days}


def _upload(task: Task) -> Upload:
    with task.services.db.read() as session:
        upload = visible_upload(session, task.event_id, task.member_id, task.payload["upload"])
    if upload is None:
        raise JobFailedError("not_found", N_("The file is gone. Please send it again."))
    return upload


class _Namer:
    """Gives the names of a file ids: those that the event has, and new ones for the rest.

    People whom the event does not know are not made members by a file; their names go into the row's note.
    """

    def __init__(self, session: Session, event: Event, job_id: str, track: str) -> None:
        known = directory(session, event)
        self._job_id, self._columns = job_id, known.columns
        self._last = {model: last_key(session, event.id, model) for model in (Track, ColumnDef)}
        self._tracks, self._places = _by_name(known.tracks), _by_name(known.places)
        self._departments, self._people = _by_name(known.departments), _by_name(known.people)
        self._new: dict[str, dict[str, dict[str, Any]]] = {"tracks": {}, "places": {}, "departments": {}}
        self._default = track or next(iter(known.tracks.values())).name if track or known.tracks else _FIRST_TRACK
        self._last_row_key = session.exec(
            select(Cue.order_key).where(Cue.event_id == event.id).order_by(col(Cue.order_key).desc()).limit(1)
        ).first()

    def insertion(self, found: Result) -> Insert:
        ids = [f"{self._job_id}-{place}" for place in range(len(found.rows))]
        keys = self._keys(len(ids))
        rows = [self._row(row, ids, place, keys[place]) for place, row in enumerate(found.rows)]
        missing = [{**column, "name_en": ""} for column in found.columns if column["id"] not in self._columns]
        columns = self._in_order(ColumnDef, missing)
        new = {section: list(entries.values()) for section, entries in self._new.items()}
        new["tracks"] = self._in_order(Track, new["tracks"])
        return Insert(job=self._job_id, columns=columns, rows=rows, **new)

    def _row(self, row: dict[str, Any], ids: list[str], place: int, key: str) -> dict[str, Any]:
        parent = row.pop("parent")
        row.pop("source")
        unknown = [name for name in row["people"] if name.casefold() not in self._people]
        note = "、".join(unknown)
        return row | {
            "id": ids[place],
            "parent": None if parent is None else ids[parent],
            "order_key": key,
            "track": self._id("tracks", self._tracks, row["track"] or self._default),
            "place": self._id("places", self._places, row["place"]) if row["place"] else None,
            "departments": [self._id("departments", self._departments, name) for name in row["departments"]],
            "people": [self._people[name.casefold()] for name in row["people"] if name.casefold() in self._people],
            "note": "\n".join(part for part in (row["note"], f"負責：{note}" if note else "") if part),
        }

    def _id(self, section: str, known: dict[str, str], name: str) -> str:
        found = known.get(name.casefold())
        if found is None:
            found = known[name.casefold()] = f"{section[0]}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"
            self._new[section][found] = {"id": found, "name": name, "name_en": ""}
        return found

    def _keys(self, count: int) -> list[str]:
        """Order keys behind everything that is there; a row's siblings are in the order of the file."""
        prefix = between(self._last_row_key, None) if self._last_row_key else ""
        return [prefix + key for key in spread(count)]

    def _in_order(self, model: type[Track] | type[ColumnDef], entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        key = self._last[model]
        for entry in entries:
            key = entry["order_key"] = between(key, None)
        return entries


def _by_name(rows: dict[str, Any]) -> dict[str, str]:
    """Names in either language, and ids, to ids."""
    found = {row.id.casefold(): row.id for row in rows.values()}
    for row in rows.values():
        found |= {name.casefold(): row.id for name in (row.name_en, row.name) if name}
    return found


def _insert(ctx: Context, args: Insert) -> dict[str, int]:
    """All rows in one transaction, by executemany; each is an entry of the log."""
    made = ((Place, args.places), (Department, args.departments), (Track, args.tracks), (ColumnDef, args.columns), (Cue, args.rows))
    for model, entries in made:
        if not entries:
            continue
        rows = [model(event_id=ctx.event_id, **entry) for entry in entries]
        for row in rows:
            ctx.record(row, {"import": args.job}, was=None, kind="import.insert")
        ctx.session.exec(insert(model), params=[row.model_dump() for row in rows])
    ctx.touched.clear()
    return {"rows": len(args.rows)}


INSERT = Op("import.insert", Permission.CONFIGURE, Insert, _insert)
HANDLERS: dict[str, Handler] = {"import.read": _read, "import.apply": _apply}

