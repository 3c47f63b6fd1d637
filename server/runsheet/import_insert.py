"""The two large writes of an import: all its rows in, and all of them out again. Each is one transaction.

Thousands of rows go through here while others wait for their ops. So the worker makes them ready for the driver, and
no object is made of each: SQLModel takes most of a second for a thousand.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, String, bindparam, cast, func, inspect, update
from sqlmodel import Session, SQLModel, col, select

from server.core.access import EDITORS, Permission
from server.core.context import Context, not_found
from server.core.i18n import N_
from server.core.jobs import OVER, Job
from server.core.models import ALL, Change, Entity
from server.core.ops import Args, Id, Op, RefusalError
from server.people.models import Department, Member
from server.runsheet.drafting import leave, mark_edited, publishes_at_once
from server.runsheet.import_names import prefix_after
from server.runsheet.models import ColumnDef, Cue, Place, Track

_Rows = list[dict[str, Any]]
_Found = tuple[str, str, list[Any]]
"""Id, audience and runs of a row."""
_NAMED: tuple[tuple[str, type[Entity]], ...] = (
    ("places", Place),
    ("departments", Department),
    ("tracks", Track),
    ("columns", ColumnDef),
)
COLUMNS = {name: place for place, name in enumerate(Cue.__table__.columns.keys())}  # type: ignore[attr-defined]  # SQLModel adds it
"""Where each column stands in a ready row."""
_PLACES = {"qmark": "?", "format": "%s", "pyformat": "%s"}


class Needed(Args):
    """What the worker hands to the writer: ready rows of the table of cues, and what rows hang on."""

    job: Id
    places: _Rows
    departments: _Rows
    tracks: _Rows
    columns: _Rows
    rows: list[list[Any]]


class Insert(Needed):
    """Rows that go behind all that stand there."""


class _Row:
    """As much of a row as the log needs."""

    entity_kind: ClassVar[str] = Cue.entity_kind

    def __init__(self, row_id: str, audience: str | None) -> None:
        self.id, self.visible_to = row_id, audience


def _insert(ctx: Context, args: Insert) -> dict[str, int]:
    """All rows or none; each is an entry of the log."""
    refuse_cancelled(ctx, args.job)
    need(ctx, args)
    last = ctx.session.exec(select(func.max(Cue.order_key)).where(Cue.event_id == ctx.event_id)).one()
    prefix = prefix_after(last or "")
    for row in args.rows:
        row[COLUMNS["order_key"]] = prefix + row[COLUMNS["order_key"]]
    put_in(ctx, args.job, args.rows)
    return {"rows": len(args.rows)}


def refuse_cancelled(ctx: Context, job_id: str) -> None:
    """What was called off meanwhile brings nothing in."""
    job = ctx.find(Job, job_id)
    if job is not None and job.state in OVER:
        raise RefusalError("cancelled", N_("This import was cancelled."))


def need(ctx: Context, args: Needed) -> None:
    """Let there be what rows quote."""
    for name, model in _NAMED:
        for entry in getattr(args, name):
            _need(ctx, model, entry, args.job)


def put_in(ctx: Context, job_id: str, rows: Iterable[list[Any]]) -> None:
    """Insert rows with their order keys; each is an entry of the log."""
    ready_rows = list(rows)
    audience = ALL if publishes_at_once(ctx) else EDITORS
    for row in ready_rows:
        row[COLUMNS["audience"]] = audience
        row[COLUMNS["version"]] = _record(ctx, _Row(row[COLUMNS["id"]], audience), None, job_id)
    ctx.session.flush()
    write(ctx.session, Cue, ready_rows)
    if audience == ALL:
        mark_edited(ctx)


INSERT = Op("import.insert", Permission.CONFIGURE, Insert, _insert, is_long=True)


def ready(event_id: str, rows: _Rows) -> list[list[Any]]:
    """Rows as the driver takes them, in the order of the table's columns, documents in them as texts."""
    plain = Cue(event_id=event_id, id="", track="", day="", order_key="").model_dump()
    documents = {name: json.dumps(value) for name, value in plain.items() if isinstance(value, dict | list)}
    defaults = plain | documents
    return [[row.get(name, defaults[name]) for name in COLUMNS] for row in rows]


def write(session: Session, model: type[SQLModel], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows as the driver takes them, in the order of the table's columns."""
    table, connection = model.__table__, session.connection()  # type: ignore[attr-defined]  # SQLModel adds it
    place = _PLACES[connection.dialect.paramstyle]
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    places = ", ".join([place] * len(table.columns))
    ready_rows = list(map(tuple, rows))
    if ready_rows:
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({places})'  # noqa: S608 - names of our own
        connection.exec_driver_sql(statement, ready_rows)


def take_out(ctx: Context, job_id: str) -> int:
    """Remove the rows of an import and what was put under them, and the names that it made and nobody uses."""
    rows = _rows_of(ctx.session, ctx.event_id, job_id)
    if not rows:
        raise not_found(job_id)
    if any(runs for _, _, runs in rows):
        raise RefusalError("called", N_("Rows of this import have been called already."))
    count = put_out(ctx, job_id, [row_id for row_id, _, _ in rows])
    remove_names(ctx, job_id)
    return count


def put_out(ctx: Context, job_id: str, ids: Sequence[str]) -> int:
    """Remove rows that an import brought in; returns how many there were. What is published waits to leave."""
    rows = _standing(ctx.session, ctx.event_id, col(Cue.id).in_(ids))
    staying = (
        [] if publishes_at_once(ctx) else [row_id for row_id, audience, _ in rows if audience != EDITORS]
    )
    _put_out(ctx, job_id, [row for row in rows if row[0] not in set(staying)])
    for cue in ctx.session.exec(select(Cue).where(Cue.event_id == ctx.event_id, col(Cue.id).in_(staying))):
        leave(ctx, cue)
    return len(rows)


def _put_out(ctx: Context, job_id: str, rows: Sequence[_Found]) -> None:
    values = [
        {"of": row_id, "seq": _record(ctx, _Row(row_id, None), audience, job_id)}
        for row_id, audience, _ in rows
    ]
    if values:
        _remove_rows(ctx, values)


def remove_names(ctx: Context, job_id: str) -> None:
    """Remove the names that an import made and nobody uses."""
    for model, entity_id in _made_by(ctx, job_id):
        _remove_unused(ctx, model, entity_id, job_id)


def _need(ctx: Context, model: type[Entity], entry: dict[str, Any], job_id: str) -> None:
    """Add something that rows quote, or bring it back: an import that was undone leaves its places behind, removed."""
    found = ctx.find(model, entry["id"])
    if found is None:
        found = model(event_id=ctx.event_id, **entry)
        ctx.session.add(found)
    elif not found.removed_at:
        return
    for name, value in (entry | {"removed_at": None}).items():
        setattr(found, name, value)
    found.version = _record(ctx, found, None, job_id)


def _record(ctx: Context, entity: Entity | _Row, was: str | None, job_id: str) -> int:
    """As `Context.record`, but nobody reacts: nothing quoted these rows before."""
    ctx.seq = ctx.log.append(
        entity,  # type: ignore[arg-type]  # a row of ours has all that is asked of it
        was,
        at=ctx.received,
        received=ctx.received,
        actor=ctx.viewer.id,
        op_id=ctx.op.id,
        kind=ctx.op.op.name,
        detail={"import": job_id},
    )
    return ctx.seq


def _rows_of(session: Session, event_id: str, job_id: str) -> list[_Found]:
    """(id, audience, runs) of an import's rows, and of whatever hangs under them by now; parents first."""
    own = col(Cue.id).startswith(f"{job_id}-", autoescape=True)
    found: dict[str, _Found] = {}
    level = _standing(session, event_id, own)
    while level:
        found |= {row[0]: row for row in level}
        below = _standing(session, event_id, col(Cue.parent).in_([row[0] for row in level]))
        level = [row for row in below if row[0] not in found]
    return list(found.values())


def _standing(session: Session, event_id: str, which: ColumnElement[bool]) -> list[_Found]:
    query = select(Cue.id, Cue.audience, Cue.runs).where(
        Cue.event_id == event_id, which, col(Cue.removed_at).is_(None)
    )
    return [(row[0], row[1], list(row[2])) for row in session.exec(query.order_by(Cue.order_key))]


def _remove_rows(ctx: Context, values: Sequence[dict[str, Any]]) -> None:
    table = Cue.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    gone = update(table).where(table.c.event_id == ctx.event_id, table.c.id == bindparam("of"))
    made = gone.values(removed_at=ctx.received, version=bindparam("seq"))
    ctx.session.connection().execute(made, values)
    for each in values:
        _forget(ctx, each["of"])


def _forget(ctx: Context, row_id: str) -> None:
    """What comes behind it in the same group may hold the row as it was: it is read anew."""
    held = ctx.session.identity_map.get(inspect(Cue).identity_key_from_primary_key((ctx.event_id, row_id)))
    if held is not None:
        ctx.session.expire(held)


def _made_by(ctx: Context, job_id: str) -> list[tuple[type[Entity], str]]:
    """What an import made beside its rows, those that quote others first."""
    kinds = {model.entity_kind: model for _, model in reversed(_NAMED)}
    made = ctx.session.exec(
        select(Change.entity_kind, Change.entity).where(
            Change.event_id == ctx.event_id,
            col(Change.op_id).in_([f"{job_id}:{name}" for name in (INSERT.name, "import.change")]),
            col(Change.entity_kind).in_(kinds),
        )
    )
    names = sorted(made, key=lambda found: list(kinds).index(found[0]))
    return [(kinds[kind], entity_id) for kind, entity_id in names]


def _remove_unused(ctx: Context, model: type[Entity], entity_id: str, job_id: str) -> None:
    """Whatever somebody has changed since, or uses, stays."""
    entity = ctx.find(model, entity_id)
    if entity is None or entity.removed_at or getattr(entity, "versions", None):
        return
    if _is_used(ctx.session, ctx.event_id, model, entity_id):
        return
    was, entity.removed_at = entity.visible_to, ctx.received
    entity.version = _record(ctx, entity, was, job_id)
    ctx.session.flush()


def _is_used(session: Session, event_id: str, model: type[Entity], entity_id: str) -> bool:
    """Whether a row, a member or a track quotes it."""
    quoted: dict[type[Entity], list[tuple[type[Entity], ColumnElement[bool]]]] = {
        Track: [(Cue, col(Cue.track) == entity_id), (Member, _lists(Member.tracks, entity_id))],
        Place: [(Cue, col(Cue.place) == entity_id), (Track, col(Track.place) == entity_id)],
        ColumnDef: [(Cue, _lists(Cue.columns, entity_id))],
        Department: [
            (Cue, _lists(Cue.departments, entity_id)),
            (Member, col(Member.department) == entity_id),
            (ColumnDef, col(ColumnDef.department) == entity_id),
        ],
    }
    return any(_is_any(session, event_id, by, which) for by, which in quoted[model])


def _is_any(session: Session, event_id: str, model: type[Entity], which: ColumnElement[bool]) -> bool:
    query = select(model.id).where(model.event_id == event_id, which, col(model.removed_at).is_(None))
    return session.exec(query.limit(1)).first() is not None


def _lists(column: Any, entity_id: str) -> ColumnElement[bool]:  # noqa: ANN401 - a column of documents
    """Whether the id stands in a document, on both databases."""
    return cast(column, String).contains(f'"{entity_id}"', autoescape=True)
