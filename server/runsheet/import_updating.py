"""Comparing a file with the sheet, and taking over what differs: asked for in one op, done as a job, written in one op.

Also calling off an import that is on its way.
"""

from typing import Annotated, Any, Literal

from pydantic import Field as Bound

from server.core.access import Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.jobs import OPEN, Handler, Job, Task
from server.core.models import Event
from server.core.ops import MOST_SEQ, Args, Id, OpSet, RefusalError
from server.people.queries import find_viewer
from server.runsheet import import_work
from server.runsheet.import_change import CHANGE, Change
from server.runsheet.import_insert import INSERT, ready
from server.runsheet.import_sheet import sheet_rows
from server.runsheet.import_sources import known_sources
from server.runsheet.importing import (
    Apply,
    Heard,
    Undo,
    ask_to_bring_in,
    bytes_of,
    choice_for,
    known_names,
    read_file,
    refuse_failed,
    run_work,
)
from server.runsheet.imports import Limits

MOST = 3 * Limits().rows
"""Rows that one comparison may be about: a sheet may hold more than a file."""
Place = Annotated[int, Bound(ge=0, lt=Limits().rows * 2)]
FieldName = Annotated[str, Bound(pattern=r"^(columns\.)?[A-Za-z0-9_.:\-]{1,64}$")]
Cues = Annotated[list[Id], Bound(max_length=MOST)]

ops = OpSet()


class Taken(Args):
    """The differences that are taken.

    rows: the rows of the file that come, by their place in it. pairs: of each row that stands, and is named below, the
    place of the one in the file that it was compared with. fields: what changes, by row. places: rows that move. gone:
    rows that are removed. called: those of them that were seen to run or to have run, and are taken all the same.
    """

    rows: Annotated[list[Place], Bound(max_length=MOST)] = Bound(default=[])
    pairs: Annotated[dict[Id, Place], Bound(max_length=MOST)] = Bound(default={})
    fields: Annotated[dict[Id, Annotated[list[FieldName], Bound(max_length=100)]], Bound(max_length=MOST)] = (
        Bound(default={})
    )
    places: Cues = Bound(default=[])
    gone: Cues = Bound(default=[])
    called: Cues = Bound(default=[])


class Update(Apply):
    """`base` is the head of the log at which the file was compared, `scope` with which rows."""

    base: int = Bound(ge=0, le=MOST_SEQ)
    scope: Literal["source", "cover"]
    taken: Taken


@ops.op("import.update", may=Permission.CONFIGURE)
def update(ctx: Context, args: Update) -> None:
    """Take over differences between a read file and the sheet, in one step, while other ops go on.

    Rows that were changed or called since they were compared stay as they are, and the outcome names them.
    """
    file, mapping = read_file(ctx, args)
    ask_to_bring_in(ctx, args, file, mapping, "import.update")


@ops.op("import.cancel", may=Permission.CONFIGURE)
def cancel(ctx: Context, args: Undo) -> None:
    """Call off one's own import before it has written anything. It stays on the list, as cancelled."""
    job = ctx.visible(Job, args.id)
    if not job.kind.startswith("import."):
        raise not_found(args.id)
    written = any(ctx.log.receipt(f"{job.id}:{op.name}") for op in (INSERT, CHANGE))
    if job.state not in OPEN or written:
        raise RefusalError("too_late", N_("It is done already. You can take it back."), status="conflict")
    job.state, job.result = "failed", {"cancelled_at": ctx.received}
    ctx.record(job, {"state": job.state}, was=job.visible_to)


def _update(task: Task) -> dict[str, Any]:
    """Compare once more with the sheet as it is, and write what is taken in one op."""
    _, book = bytes_of(task)
    wanted = task.payload
    with task.services.db.read() as session:
        event = session.get_one(Event, task.event_id)
        viewer = find_viewer(session, task.event_id, task.member_id)
        known = known_names(session, event, wanted["locale"]) | {"kept": known_sources(session, event)}
        sheet = sheet_rows(session, viewer) if viewer else b""
    choice = choice_for(event, **{name: wanted[name] for name in import_work.CHOICE})
    about = {name: wanted[name] for name in ("mapping", "scope", "taken")} | {"choice": choice}
    heard = Heard(task, 0, 70)
    run_work(task, heard, import_work.update, book, about, known, sheet, task.job_id)
    result = task.run(CHANGE, _change_of(task, heard))
    refuse_failed(result)
    done: dict[str, Any] = result["result"]
    left = [*heard.said["left"], *done["left"]]
    named = {name: wanted[name] for name in ("upload", "name", "sheet")}
    return named | done | {"left": left[:_NAMED], "kept": done["kept"] + len(heard.said["left"])}


_NAMED = 20


def _change_of(task: Task, heard: Heard) -> Change:
    """Checked by the worker's own code, and too much to be looked through once more."""
    said = heard.said
    return Change.model_construct(
        job=task.job_id,
        base=task.payload["base"],
        rows=ready(task.event_id, heard.rows),
        **said["new"],
        **said["steps"],
    )


HANDLERS: dict[str, Handler] = {"import.update": _update}
