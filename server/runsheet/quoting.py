"""Rows that quote a name: when it changes, what they show has changed too, so they are recorded with it."""

from collections.abc import Iterator
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, String, cast, inspect
from sqlmodel import col, or_, select

from server.core.context import Context
from server.core.models import Entity
from server.runsheet.attachments import follow_column
from server.runsheet.editions import Notice
from server.runsheet.hanging import Comment, Entry, Mark, Note
from server.runsheet.models import ColumnDef, Cue, Variant

Row = TypeVar("Row", bound=Entity)


def touch_rows(ctx: Context, entity: Entity, _kind: str) -> None:
    """Record the rows that show the name of what was renamed, or the cells of a column that others read now."""
    if not _is_shown_otherwise(entity):
        return
    if isinstance(entity, ColumnDef):
        follow_column(ctx, entity)
    for row in _quoting(ctx, entity):
        ctx.record(row, {}, was=row.visible_to, kind=f"{row.entity_kind}.touch")


def _is_shown_otherwise(entity: Entity) -> bool:
    """Whether this op changes its name, or who reads it. Nobody quotes what is new."""
    state = inspect(entity)
    names = ("name", "name_en", "audience")
    return state.persistent and any(state.attrs[name].history.has_changes() for name in names)


def _quoting(ctx: Context, entity: Entity) -> Iterator[Entity]:
    if entity.entity_kind == "department":
        yield from _standing(ctx, Note, Note.department == entity.id)
    elif entity.entity_kind == "place":
        yield from _standing(ctx, Cue, Cue.place == entity.id)
        waiting = _standing(ctx, Cue, _may_name(Cue.published, entity.id))
        yield from (cue for cue in waiting if cue.place != entity.id)
    elif entity.entity_kind == "column":
        yield from _listing(ctx, "columns", entity.id)
        yield from _standing(ctx, Notice, _may_name(Notice.changes, f"columns.{entity.id}"))
        yield from _standing(ctx, Variant, _may_name(Variant.changes, entity.id))
    else:
        yield from _listing(ctx, "people", entity.id)
        yield from _standing(ctx, Mark, Mark.member == entity.id)
        yield from _standing(ctx, Comment, Comment.member == entity.id)
        yield from _standing(ctx, Entry, Entry.member == entity.id)


def _listing(ctx: Context, name: str, entity_id: str) -> Iterator[Cue]:
    """The rows that list something, for their editors or for everybody else."""
    wanted = or_(*(_may_name(column, entity_id) for column in (getattr(Cue, name), Cue.published)))
    for cue in _standing(ctx, Cue, wanted):
        if entity_id in getattr(cue, name) or entity_id in (cue.published or {}).get(name, ()):
            yield cue


def _may_name(column: Any, entity_id: str) -> ColumnElement[bool]:  # noqa: ANN401 - a column of documents
    """Whether the id stands somewhere in a document, on both databases; a text in it may hold it too."""
    return cast(column, String).contains(f'"{entity_id}"', autoescape=True)


def _standing(ctx: Context, model: type[Row], *which: ColumnElement[bool] | bool) -> list[Row]:
    """The rows of a kind that are not removed, in the order of their ids."""
    rows = select(model).where(model.event_id == ctx.event_id, col(model.removed_at).is_(None), *which)
    return list(ctx.session.exec(rows.order_by(model.id)))
