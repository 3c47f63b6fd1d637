"""Bringing a run sheet in from Excel or CSV: read as a job, looked at and mapped by a person, applied in one op.

What takes long is done aside (`import_work.py`), what is written goes through `import_insert.py`.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field as Bound
from sqlalchemy import update
from sqlmodel import Session, col, select

from server.core.access import Permission, Viewer
from server.core.aside import Work
from server.core.context import Context, not_found
from server.core.i18n import N_, translate
from server.core.jobs import OPEN, OVER, Handler, Job, JobFailedError, Task, ask_for
from server.core.models import Event
from server.core.ops import Args, Id, Line, OpSet, RefusalError, Result
from server.runsheet import import_words, import_work
from server.runsheet.actions import Day
from server.runsheet.import_back import take_back
from server.runsheet.import_files import File, Upload, visible_file
from server.runsheet.import_insert import INSERT, Insert, ready, take_out
from server.runsheet.import_names import Known
from server.runsheet.import_sources import remember
from server.runsheet.imports import FileRefusedError, Mapping
from server.runsheet.models import ColumnDef, Track
from server.runsheet.queries import directory, last_key

ops = OpSet()


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


@ops.op("import.read", may=Permission.EDIT_SHEET)
def read(ctx: Context, args: Read) -> None:
    """Have an uploaded file read. Its progress and what is in it come on the asker's own chain."""
    file = _own_file(ctx, args.upload)
    mine = _jobs(ctx.session, ctx.viewer, "import.read", OVER)
    _clear_away(ctx, (job for job in mine if not _can_be_looked_at(ctx, job)))
    ask_for(ctx, args.id, "import.read", {"upload": file.id, "name": file.name})


@ops.op("import.apply", may=Permission.CONFIGURE)
def apply(ctx: Context, args: Apply) -> None:
    """Bring the rows of a read file into the sheet, all or none, while other ops go on."""
    file, mapping = read_file(ctx, args)
    if is_imported(ctx.session, ctx.viewer, args.upload, mapping.sheet, args.first_day):
        raise RefusalError(
            "imported", N_("This sheet is imported. To have it anew, take that import out first.")
        )
    ask_to_bring_in(ctx, args, file, mapping, "import.apply")


def read_file(ctx: Context, args: Apply) -> tuple[File, Mapping]:
    """The file that is meant, which has been read, and its mapping."""
    file = _own_file(ctx, args.upload)
    if not file.is_read:
        raise RefusalError("not_read", N_("This file has not been read yet."))
    try:
        return file, Mapping.from_json(args.mapping)
    except ValueError as error:
        raise RefusalError("invalid", N_("Check: %(names)s."), names="mapping") from error


def ask_to_bring_in(ctx: Context, args: Apply, file: File, mapping: Mapping, kind: str) -> None:
    """Leave the job, remember how the columns are meant, and clear away what it makes needless."""
    past = [
        *_jobs(ctx.session, ctx.viewer, "import.read", OVER),
        *_jobs(ctx.session, ctx.viewer, "import.apply", ("failed",)),
        *_jobs(ctx.session, ctx.viewer, "import.update", ("failed",)),
    ]
    _clear_away(ctx, (job for job in past if job.payload["upload"] == file.id))
    about = {"name": file.name, "sheet": mapping.sheet, "locale": ctx.viewer.locale}
    wanted = args.model_dump(exclude={"id", "mapping"}) | {"mapping": mapping.to_json()}
    remember(ctx, args.id, file.name, mapping, {name: wanted[name] for name in import_work.CHOICE})
    ask_for(ctx, args.id, kind, about | wanted)


@ops.op("import.undo", may=Permission.EDIT_SHEET, is_long=True)
def undo(ctx: Context, args: Undo) -> dict[str, Any]:
    """Take out again every row that an import brought in, unless one of them has been called since.

    Of a file that was compared, put back what stood there, but for rows that somebody has changed or called since.
    """
    job = ctx.find(Job, args.id)
    if job and job.kind == "import.update":
        done = take_back(ctx, job.id, _span_of(job))
    else:
        done = {"rows": take_out(ctx, args.id)}
    if job:
        job.result = job.result | {"undone_at": ctx.received, "undone": done}
        ctx.record(job, {"rows": done["rows"]}, was=job.visible_to)
    return done


def _span_of(job: Job) -> tuple[int, int]:
    """The entries of the log that a job made; none of a job that isn't done, or was undone."""
    if job.state != "done" or "undone_at" in job.result:
        raise not_found(job.id)
    first, last = job.result["span"]
    return first, last


def known_names(session: Session, event: Event, locale: str) -> Known:
    """The names of an event as the import looks them up. Neither removed people nor screens are looked for."""
    found = directory(session, event)
    return {
        "tracks": _named(found.tracks.values()),
        "places": _named(found.places.values()),
        "departments": _named(found.departments.values()),
        "columns": _named(found.columns.values()),
        "people": _named(
            each for each in found.people.values() if not (each.removed_at or each.viewer().is_machine)
        ),
        "last": {
            "tracks": last_key(session, event.id, Track),
            "columns": last_key(session, event.id, ColumnDef),
        },
        "responsible": translate(locale, N_("Responsible: %(names)s")),
    }


def is_imported(session: Session, viewer: Viewer, upload_id: str, sheet: str, first_day: str) -> bool:
    """Whether a sheet has come in from that day on, or is about to, and nobody has taken it out again."""
    same = {"upload": upload_id, "sheet": sheet, "first_day": first_day}
    jobs = _jobs(session, viewer, "import.apply", (*OPEN, "done"))
    return any("undone_at" not in job.result and same.items() <= job.payload.items() for job in jobs)


def choice_for(event: Event, **chosen: Any) -> dict[str, Any]:  # noqa: ANN401 - texts and yes or no
    """How the coordinator wants the sheet to come in, with what it needs to know of the event."""
    return {"zone": event.timezone, "day_change_s": event.day_change_s} | chosen


def _named(rows: Iterable[Any]) -> list[list[str]]:
    return [[row.id, row.name, row.name_en] for row in rows]


def _own_file(ctx: Context, upload_id: str) -> File:
    file = visible_file(ctx.session, ctx.viewer, upload_id)
    if file is None:
        raise not_found(upload_id)
    return file


def _jobs(session: Session, viewer: Viewer, kind: str, states: tuple[str, ...]) -> list[Job]:
    """The viewer's own jobs of a kind."""
    query = select(Job).where(Job.event_id == viewer.event_id, Job.member == viewer.id, Job.kind == kind)
    return list(session.exec(query.where(col(Job.state).in_(states), col(Job.removed_at).is_(None))))


def _can_be_looked_at(ctx: Context, job: Job) -> bool:
    return job.state == "done" and visible_file(ctx.session, ctx.viewer, job.payload["upload"]) is not None


def _clear_away(ctx: Context, jobs: Iterable[Job]) -> None:
    """Take jobs off their owner's list, whose outcome is of no more use."""
    for job in jobs:
        was, job.removed_at = job.visible_to, ctx.received
        ctx.record(job, {}, was=was, kind="job.clear")


class Heard:
    """Gathers what the work says, and passes its progress on."""

    def __init__(self, task: Task, least: int, most: int) -> None:
        self._task, self._least, self._most = task, least, most
        self.said: dict[str, Any] = {}
        self.rows: list[dict[str, Any]] = []
        self.packed = b""

    def __call__(self, part: Any) -> None:  # noqa: ANN401 - bytes or JSON
        if isinstance(part, bytes):
            self.packed = part
        elif "progress" in part:
            self._task.report(self._least + int(part["progress"] * (self._most - self._least)))
        elif "rows" in part:
            self.rows += part["rows"]
        else:
            self.said |= part


def run_work(task: Task, heard: Heard, work: Work, *parts: Any) -> None:  # noqa: ANN401 - bytes and JSON
    """Do the heavy half; a refusal is told in words."""
    task.report(1)
    try:
        import_work.run(work, heard, *parts)
    except FileRefusedError as refusal:
        text, params = import_words.refusal(refusal.code, refusal.params)
        raise JobFailedError(refusal.code, text, **params) from refusal


def _read(task: Task) -> dict[str, Any]:
    """Read the file, and keep what was in it instead of it."""
    content, book = bytes_of(task)
    if book:
        return task.payload
    heard = Heard(task, 0, 100)
    run_work(task, heard, import_work.read, content)
    with task.services.db.write() as session:
        this = (col(Upload.event_id) == task.event_id, col(Upload.id) == task.payload["upload"])
        session.exec(update(Upload).where(*this).values(book=heard.packed, content=b""))
    return task.payload | heard.said


def _apply(task: Task) -> dict[str, Any]:
    """Build the rows, give their names ids, and insert them in one op."""
    _, book = bytes_of(task)
    wanted = task.payload
    with task.services.db.read() as session:
        event = session.get_one(Event, task.event_id)
        known = known_names(session, event, wanted["locale"])
    choice = choice_for(event, **{name: wanted[name] for name in import_work.CHOICE})
    heard = Heard(task, 0, 70)
    run_work(task, heard, import_work.build, book, wanted["mapping"], choice, known, task.job_id)
    # Checked by the worker's own code, and too many to be looked through once more.
    insert = Insert.model_construct(
        job=task.job_id, rows=ready(task.event_id, heard.rows), **heard.said["new"]
    )
    result = task.run(INSERT, insert)
    refuse_failed(result)
    about = {name: wanted[name] for name in ("upload", "name", "sheet")}
    return about | {"rows": len(heard.rows), "counts": heard.said["counts"], "days": heard.said["days"]}


def refuse_failed(result: Result) -> None:
    """What the op refuses, the job can't do."""
    if "error" in result:
        raise JobFailedError(result["error"]["code"], result["error"]["text"], **result["error"]["params"])


def bytes_of(task: Task) -> tuple[bytes, bytes]:
    """The file, and what was read in it if it has been."""
    with task.services.db.read() as session:
        found = session.get(Upload, (task.event_id, task.payload["upload"]))
    if found is None or found.member != task.member_id:
        raise JobFailedError("not_found", N_("The file is gone. Please send it again."))
    return found.content, found.book or b""


HANDLERS: dict[str, Handler] = {"import.read": _read, "import.apply": _apply}
