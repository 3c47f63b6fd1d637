"""`fieldcue restore`: everything as it was when a backup was made, with new epochs, so that phones start anew.

A phone that comes back finds an epoch that it doesn't know: it drops what it holds, fetches, and sends what it has
not had an answer to. What the backup still has a receipt for is a duplicate; the rest is simply applied again.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, column, table, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from server.core.db import Database
from server.core.ids import new_id
from server.core.migrate import migrate
from server.core.models import Event
from server.core.process import held
from server.keeping import postgres
from server.keeping.archive import Archive, Manifest, damaged, hash_of, newer, opened
from server.keeping.backup import Place
from server.keeping.files import megabytes, sync_folder, workshop
from server.keeping.soundness import Fault, file_faults, is_known, log_faults, revision
from server.keeping.troubles import KeepingError

# What a restore leaves free on the disk.
SPARE = 64 << 20
_TRACK = table("track", column("rolling_by"), column("rolling_at"))
_OWN_KINDS = {"table", "index"}


Tell = Callable[[str], object]


class Restored(NamedTuple):
    """What a restore did. `aside` is where the data from before went, if there was any."""

    manifest: Manifest
    aside: str | None
    photos: int
    faults: list[Fault]


def restore(place: Place, source: Path, tell: Tell = str) -> Restored:
    """Put a backup in the place of what is there. With a KeepingError or TakenError nothing was changed.

    `tell` hears where the data of before is, as soon as it is elsewhere: in case that the power fails just then.
    """
    with opened(source) as archive, held(place.data_dir):
        manifest = archive.manifest
        put = _put_sqlite if place.database.startswith("sqlite") else _put_postgresql
        if manifest.database != ("sqlite" if put is _put_sqlite else "postgresql"):
            raise _other_database(manifest.database)
        _make_room(place, manifest)
        archive.check()
        try:
            aside, faults = put(place, archive, tell)
            return Restored(manifest, aside, _put_photos(archive, place.blobs), faults)
        except (OSError, sqlite3.Error, SQLAlchemyError) as error:
            raise KeepingError("還原沒有成功。", f"It could not be restored: {error}") from error


def prepare(db: Database, program: str) -> list[Fault]:
    """Look whether a restored database is sound, bring it to this version's schema, and give each event a new epoch.

    The clock calls no track in it: it would make up at once all that was planned since the backup was made.
    """
    with db.readers.connect() as connection:
        if not is_known(connection, revision(connection)):
            raise newer(program)
        if faults := file_faults(connection):
            raise damaged(faults[0].english)
    migrate(db)
    with db.writer.begin() as connection:
        connection.execute(update(_TRACK).values(rolling_by=None, rolling_at=None))
        for key in connection.execute(select(Event.id)).scalars().all():
            connection.execute(update(Event).where(col(Event.id) == key).values(epoch=new_id()))
        return log_faults(connection)


# SQLite


def _put_sqlite(place: Place, archive: Archive, tell: Tell) -> tuple[str | None, list[Fault]]:
    path = Path(str(make_url(place.database).database))
    path.parent.mkdir(parents=True, exist_ok=True)
    with workshop(path.parent) as folder:
        staged = folder / path.name
        archive.unpack(archive.manifest.database_part, staged)
        _refuse_programs(staged)
        faults = _prepared(f"sqlite:///{staged}", archive.manifest.program)
        aside = _put_aside(path)
        tell(_kept_in(aside) if aside else "")
        staged.replace(path)
        sync_folder(path.parent)
    return aside, faults


def _refuse_programs(path: Path) -> None:
    """Triggers and views run as programs when the file is used; ours has none."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            kinds = {kind for (kind,) in connection.execute("SELECT type FROM sqlite_master")}
    except sqlite3.DatabaseError as error:
        raise damaged(str(error)) from error
    if not kinds or kinds - _OWN_KINDS:
        raise damaged(_odd(kinds))


def _odd(kinds: set[str]) -> str:
    return "database.db: " + (", ".join(sorted(kinds - _OWN_KINDS)) or "empty")


def _prepared(url: str, program: str) -> list[Fault]:
    db = Database(url)
    try:
        return prepare(db, program)
    finally:
        db.close()


def _put_aside(path: Path) -> str | None:
    """Keep the present file under another name. Until the new one takes its place, it stays where it is too.

    Its log is merged in first, since a log beside another database would be read into it. A file too damaged for
    that is moved away with its log.
    """
    if not (path.exists() or _logs(path)):
        return None
    aside = path.with_name(f"{path.stem}.before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    aside.mkdir(mode=0o700)
    if path.exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    logs = _logs(path)
    if not logs:
        _keep(path, aside / path.name)
    for each in (path, *logs) if logs else ():
        if each.exists():
            each.rename(aside / each.name)
    sync_folder(aside)
    return str(aside)


def _logs(path: Path) -> list[Path]:
    return [log for ending in ("-wal", "-shm") if (log := path.with_name(path.name + ending)).exists()]


def _keep(path: Path, other: Path) -> None:
    """A second name for a file; a copy where the file system has no links."""
    try:
        other.hardlink_to(path)
    except OSError:
        shutil.copy2(path, other)


# PostgreSQL


def _put_postgresql(place: Place, archive: Archive, tell: Tell) -> tuple[str | None, list[Fault]]:
    db = Database(place.database)
    try:
        place.data_dir.mkdir(parents=True, exist_ok=True)
        with workshop(place.data_dir) as folder:
            dumped = folder / archive.manifest.database_part
            archive.unpack(dumped.name, dumped)
            postgres.look(dumped)
            with db.writer.begin() as connection:
                _refuse_company(connection)
                aside = _rename_schema(connection)
            tell(_kept_in(f"schema {aside}"))
            return _filled(db, aside, lambda: postgres.fill(db.url, dumped, folder), archive.manifest.program)
    finally:
        db.close()


def _refuse_company(connection: Connection) -> None:
    if others := postgres.others(connection):
        raise KeepingError(
            f"還有 {others} 個連線在用這個資料庫：請先停掉所有伺服器和 worker。什麼都沒有改動。",
            f"{others} others are connected to this database: end every server and worker first. Nothing was changed.",
        )


def _rename_schema(connection: Connection) -> str:
    aside = f"before_restore_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    connection.exec_driver_sql(f"ALTER SCHEMA {postgres.SCHEMA} RENAME TO {aside}")
    connection.exec_driver_sql(f"CREATE SCHEMA {postgres.SCHEMA}")
    return aside


def _filled(
    db: Database, aside: str, fill: Callable[[], None], program: str
) -> tuple[str | None, list[Fault]]:
    """Fill the new schema and look at it; if anything is wrong with it, the old one comes back."""
    try:
        fill()
        return f"schema {aside}", prepare(db, program)
    except BaseException:
        with db.writer.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {postgres.SCHEMA} CASCADE")
            connection.exec_driver_sql(f"ALTER SCHEMA {aside} RENAME TO {postgres.SCHEMA}")
        raise


# Photos


def _put_photos(archive: Archive, folder: Path) -> int:
    """Add the files that are missing or damaged; returns how many. Those of today stay, since phones may name them."""
    added = 0
    for name in archive.manifest.blobs:
        path = folder.parent / name
        if path.is_file() and hash_of(path) == archive.manifest.parts[name].sha256:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with workshop(path.parent) as own:
            archive.unpack(name, own / path.name)
            (own / path.name).replace(path)
        sync_folder(path.parent)
        added += 1
    return added


def _make_room(place: Place, manifest: Manifest) -> None:
    folder = place.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    needed, free = manifest.size + SPARE, shutil.disk_usage(folder).free
    if needed > free:
        raise KeepingError(
            f"磁碟空間不夠：要 {megabytes(needed)}，只剩 {megabytes(free)}。什麼都沒有改動。",
            f"The disk has {megabytes(free)} free, and this needs {megabytes(needed)}. Nothing was changed.",
        )


def _kept_in(where: str) -> str:
    return f"原本的資料留在 {where}\nWhat was there before is kept in {where}"


def _other_database(kind: str) -> KeepingError:
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[kind]
    return KeepingError(
        f"這份備份是 {name} 的，這台伺服器用的是另一種資料庫。什麼都沒有改動。",
        f"This is a backup of {name}, and this server has another kind of database. Nothing was changed.",
    )
