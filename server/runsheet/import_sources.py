"""How the columns of a file were meant when it was last brought in, kept for the next file of that shape.

It is known by its headings, not by its name, and by all events of the organisation: next year's event gets its sheet
from the same client's template.
"""

from hashlib import blake2s
from pathlib import PurePath
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, col, select

from server.core.context import Context
from server.core.models import Event, json_column
from server.runsheet.import_recall import word_of
from server.runsheet.imports import Mapping
from server.runsheet.models import ColumnDef

_MOST = 100
"""Of an organisation that are looked through, the newest first."""
_MOST_JOBS = 50


class ImportSource(SQLModel, table=True):
    """A shape of file as it was brought in last: `id` follows from its headings, `jobs` are its imports by now."""

    __tablename__ = "import_source"
    event_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    kind: str
    name: str
    sheet: str
    header_rows: list[int] = Field(sa_column=json_column())
    sources: list[dict[str, Any]] = Field(sa_column=json_column())
    options: dict[str, Any] = Field(sa_column=json_column())
    jobs: list[str] = Field(sa_column=json_column())
    member: str
    used_at: int = Field(sa_type=BigInteger)


def kind_of(file_name: str) -> str:
    """The kind of a file by its name: .xlsx."""
    return PurePath(file_name).suffix.casefold()[:12]


def shape_of(mapping: Mapping) -> str:
    """The id of a file's shape: the same headings in another order are the same."""
    words = sorted(filter(None, map(word_of, mapping.sources)))
    return blake2s("\n".join(words).encode(), digest_size=12).hexdigest()


def remember(ctx: Context, job_id: str, file_name: str, mapping: Mapping, options: dict[str, Any]) -> None:
    """Within the op that brings a file in: keep how its columns are meant. Without headings nothing is kept."""
    if not any(map(word_of, mapping.sources)):
        return
    shape = shape_of(mapping)
    found = ctx.session.get(ImportSource, (ctx.event_id, shape))
    jobs = [*(found.jobs if found else []), job_id][-_MOST_JOBS:]
    kept = ImportSource(
        event_id=ctx.event_id,
        id=shape,
        kind=kind_of(file_name),
        name=file_name,
        sheet=mapping.sheet,
        header_rows=list(mapping.header_rows),
        sources=_sources(ctx, mapping),
        options=options,
        jobs=jobs,
        member=ctx.viewer.id,
        used_at=ctx.received,
    )
    ctx.session.merge(kept)


def _sources(ctx: Context, mapping: Mapping) -> list[dict[str, Any]]:
    """Without what stood in the cells; a column of the event by its name too, since another event has other ids."""
    columns = ctx.session.exec(select(ColumnDef).where(ColumnDef.event_id == ctx.event_id))
    names = {column.id: column.name for column in columns}
    return [
        {
            "word": word_of(source),
            "column": source.column,
            "field": source.field,
            "key": source.key,
            "name": names.get(source.key, source.heading) if source.key else "",
            "unit": source.unit,
        }
        for source in mapping.sources
    ]


def known_sources(session: Session, event: Event) -> list[dict[str, Any]]:
    """The shapes that the organisation knows, as `import_recall` takes them, the newest first.

    They tell a coordinator of another event what a file with the same headings was taken for, and nothing of its rows.
    """
    found = session.exec(
        select(ImportSource, Event.name, Event.name_en)
        .join(Event, col(Event.id) == col(ImportSource.event_id))
        .where(Event.organisation_id == event.organisation_id)
        .order_by(col(ImportSource.used_at).desc(), ImportSource.event_id, ImportSource.id)
        .limit(_MOST)
    )
    return [
        source.model_dump(exclude={"member", "event_id"})
        | {"own": source.event_id == event.id, "event": name, "event_en": name_en}
        for source, name, name_en in found
    ]
