"""Whether a database is sound: its pages, its schema, the log of each event, and what rows hang on."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Table,
    and_,
    cast,
    func,
    inspect,
    not_,
    or_,
    select,
)
from sqlmodel import SQLModel, col

from server.core.blobs import Blob
from server.core.migrate import configured
from server.core.models import Change, Event, Receipt
from server.keeping.archive import EventHead


class Fault(NamedTuple):
    """What is wrong, in both languages."""

    chinese: str
    english: str


def heads(connection: Connection) -> list[EventHead]:
    """Every event, and how far its log goes."""
    found = connection.execute(
        select(col(Event.id), col(Event.name), col(Event.head)).order_by(col(Event.id))
    )
    return [EventHead(id=key, name=name, head=head) for key, name, head in found]


def revision(connection: Connection) -> str:
    """The migration that the database is at; "" if it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def is_known(connection: Connection, wanted: str) -> bool:
    """Whether this program has a migration."""
    return wanted in {script.revision for script in _scripts(connection).walk_revisions()}


def newest(connection: Connection) -> str:
    """The migration that this program works with."""
    return _scripts(connection).get_current_head() or ""


def file_faults(connection: Connection, *, deep: bool = True) -> list[Fault]:
    """What SQLite finds wrong with its own pages and with foreign keys; PostgreSQL looks after its own."""
    if connection.dialect.name != "sqlite":
        return []
    check = "integrity_check" if deep else "quick_check"
    found = connection.exec_driver_sql(f"PRAGMA {check}(5)").scalars().all()
    faults = [
        Fault(f"資料庫檔案壞了：{text}", f"the database file is damaged: {text}")
        for text in found
        if text != "ok"
    ]
    strays = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if strays:
        faults.append(
            Fault(f"{len(strays)} 列指向不存在的資料", f"{len(strays)} rows point to what isn't there")
        )
    return faults


def log_faults(connection: Connection) -> list[Fault]:
    """Where an event's log has a gap, another head than its last entry, or a receipt for an entry that isn't there."""
    return [*_gaps(connection), *_receipts(connection)]


def orphans(connection: Connection) -> list[Fault]:
    """Rows of events, accounts and members that don't exist."""
    tables = SQLModel.metadata.tables
    existing = set(inspect(connection).get_table_names())
    faults = []
    for name in sorted(existing & tables.keys()):
        table = tables[name]
        hangs = [
            not_(_has(table.c[key], tables[of].c.id)) for key, of in _HANGS if key in table.c and name != of
        ]
        if {"event_id", "member_id"} <= set(table.c.keys()):
            hangs.append(not_(_has_member(table)))
        if hangs and (count := connection.scalar(select(func.count()).select_from(table).where(or_(*hangs)))):
            faults.append(Fault(f"{name} 有 {count} 列沒有歸屬", f"{name}: {count} rows belong to nothing"))
    return faults


def stored_files(connection: Connection) -> set[str]:
    """Hashes of all photos and files that are ready, and of their small pictures."""
    ready = select(col(Blob.stored), col(Blob.thumb)).where(col(Blob.state) == "ready")
    return {name for row in connection.execute(ready) for name in row if name}


def last_entry(connection: Connection) -> int:
    """When the newest entry of any log was received, in epoch milliseconds; 0 without one."""
    return connection.scalar(select(func.max(col(Change.received)))) or 0


_HANGS = (("event_id", "event"), ("organisation_id", "organisation"), ("account_id", "account"))


def _gaps(connection: Connection) -> Iterator[Fault]:
    seq = col(Change.seq)
    counted = select(col(Event.id), col(Event.head), func.count(seq), func.min(seq), func.max(seq))
    joined = counted.outerjoin(Change, col(Change.event_id) == col(Event.id)).group_by(
        col(Event.id), col(Event.head)
    )
    for key, head, count, first, last in connection.execute(joined):
        if (count, first or 1, last or 0) != (last or 0, 1, last or 0):
            yield Fault(
                f"{key} 的紀錄有缺號：{count} 筆，到 {last}",
                f"the log of {key} has gaps: {count} entries up to {last}",
            )
        if head != (last or 0):
            yield Fault(
                f"{key} 的紀錄到 {last or 0}，卻記成 {head}",
                f"the log of {key} ends at {last or 0}, not at {head}",
            )


def _receipts(connection: Connection) -> Iterator[Fault]:
    seq = col(Receipt.result)["seq"].as_integer()
    there = select(1).where(
        col(Change.event_id) == col(Receipt.event_id), col(Change.seq) == cast(seq, Integer)
    )
    # An op that changed nothing on an event without any change is answered at 0.
    lost = select(func.count()).select_from(Receipt).where(seq > 0, not_(there.exists()))
    if count := connection.scalar(lost):
        yield Fault(
            f"{count} 張回條指向不存在的紀錄", f"{count} receipts point to entries that aren't in the log"
        )


def _has(column: Column[Any], key: Column[Any]) -> ColumnElement[bool]:
    return or_(column.is_(None), column == "", select(1).where(key == column).exists())


def _has_member(table: Table) -> ColumnElement[bool]:
    member = SQLModel.metadata.tables["member"]
    same = and_(member.c.event_id == table.c.event_id, member.c.id == table.c.member_id)
    return or_(table.c.member_id.is_(None), select(1).where(same).exists())


def _scripts(connection: Connection) -> ScriptDirectory:
    return ScriptDirectory.from_config(configured(connection))
