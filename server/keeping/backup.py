"""`fieldcue backup`: one file with everything, also while the server takes ops."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from server.core.db import Database
from server.keeping import postgres
from server.keeping.archive import (
    BLOB,
    POSTGRESQL_PART,
    SQLITE_PART,
    UPLOAD,
    EventHead,
    Manifest,
    Packer,
    hash_of,
)
from server.keeping.files import put_new, sync_file, workshop
from server.keeping.soundness import Fault, file_faults, heads, log_faults, revision
from server.keeping.troubles import KeepingError

BLOBS = "blobs"


class Place(NamedTuple):
    """What is backed up: a data folder, and the database that belongs to it (SQLAlchemy's URL).

    With a bucket, photos and files are there, and the bucket's own versions are their backup.
    """

    data_dir: Path
    database: str
    bucket: str = ""

    @property
    def blobs(self) -> Path:
        return self.data_dir / BLOBS


class Made(NamedTuple):
    """A backup that was made. `faults` is what it found wrong with what it holds, `left_out` damaged photos."""

    path: Path
    size: int
    manifest: Manifest
    faults: list[Fault]
    left_out: list[str]


class Snapshot(NamedTuple):
    """A copy of the database at one moment."""

    path: Path
    part: str
    revision: str
    events: list[EventHead]
    faults: list[Fault]


def default_name(now: datetime) -> str:
    return f"fieldcue-{now:%Y%m%d-%H%M%S}.zip"


def back_up(place: Place, target: Path) -> Made:
    """Write a backup to a new file that only its owner reads.

    It is one moment of the database; photos are taken after it, so none that it names is missing. KeepingError if
    it can't be done; then there is no file.
    """
    if target.exists() or target.is_symlink():
        raise _taken(target)
    try:
        with workshop(target.parent) as folder:
            snapshot = _snapshot(place.database, folder)
            draft = folder / "draft"
            manifest, left_out = _pack(draft, snapshot, place.blobs)
            sync_file(draft)
            put_new(draft, target)
    except FileExistsError as error:
        raise _taken(target) from error
    except (OSError, sqlite3.Error, SQLAlchemyError, zlib.error) as error:
        raise KeepingError("備份沒有成功。", f"No backup was made: {error}") from error
    return Made(target, target.stat().st_size, manifest, snapshot.faults, left_out)


def program_version() -> str:
    try:
        return version("fieldcue")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"


def _snapshot(url: str, folder: Path) -> Snapshot:
    db = Database(url) if has_database(url) else None
    if db is None:
        raise KeepingError("這裡還沒有資料庫。", "There is no database here yet.")
    try:
        return _of_sqlite(db, folder) if db.is_sqlite else _of_postgresql(db, folder)
    finally:
        db.close()


def has_database(url: str) -> bool:
    """Whether there is a database to back up; looking for SQLite's by opening it would make one."""
    found = make_url(url)
    return found.get_backend_name() != "sqlite" or Path(str(found.database)).is_file()


def _of_sqlite(db: Database, folder: Path) -> Snapshot:
    """SQLite's own online copy, in one step of one snapshot. Its reader never checkpoints (see core/db.py)."""
    path = folder / SQLITE_PART
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as copy, db.readers.connect() as connection:
        source = connection.connection.driver_connection
        if not isinstance(source, sqlite3.Connection):
            message = "the driver of SQLite is sqlite3"
            raise TypeError(message)
        source.backup(copy)
    sound = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with sound.connect() as connection:
        return Snapshot(path, SQLITE_PART, revision(connection), heads(connection), _faults(connection))


def _of_postgresql(db: Database, folder: Path) -> Snapshot:
    """pg_dump, in the snapshot in which we look."""
    path = folder / POSTGRESQL_PART
    with db.readers.connect() as connection:
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        postgres.dump(db.url, path, folder, snapshot)
        return Snapshot(path, POSTGRESQL_PART, revision(connection), heads(connection), _faults(connection))


def _faults(connection: Connection) -> list[Fault]:
    return [*file_faults(connection), *log_faults(connection)]


def _pack(draft: Path, snapshot: Snapshot, blobs: Path) -> tuple[Manifest, list[str]]:
    draft.touch(mode=0o600)
    left_out = []
    with draft.open("wb") as file:
        packer = Packer(file)
        packer.add(snapshot.part, snapshot.path, packed=snapshot.part == SQLITE_PART)
        for name, path in (*found_blobs(blobs), *found_uploads(blobs)):
            if not _take(packer, name, path):
                left_out.append(name)
        manifest = Manifest(
            program=program_version(), revision=snapshot.revision, events=snapshot.events, parts=packer.parts,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            database="sqlite" if snapshot.part == SQLITE_PART else "postgresql",
        )  # fmt: skip
        packer.close(manifest)
    return manifest, left_out


def found_blobs(folder: Path) -> Iterator[tuple[str, Path]]:
    """Photos by their names in an archive; what else lies in the folder is none."""
    for path in sorted(folder.glob("??/*")):
        name = f"{BLOBS}/{path.parent.name}/{path.name}"
        if BLOB.fullmatch(name) and path.is_file() and not path.is_symlink():
            yield name, path


def found_uploads(folder: Path) -> Iterator[tuple[str, Path]]:
    """Parts of uploads that have not ended, by their names in an archive."""
    for path in sorted(folder.glob("parts/*")):
        name = f"{BLOBS}/parts/{path.name}"
        if UPLOAD.fullmatch(name) and path.is_file() and not path.is_symlink():
            yield name, path


def _take(packer: Packer, name: str, path: Path) -> bool:
    """Pack a file; False if it is not what its name says. One that was removed just now is no loss."""
    try:
        if BLOB.fullmatch(name) and hash_of(path) != path.name:
            return False
        packer.add(name, path, packed=False)
    except FileNotFoundError:
        return True
    return True


def _taken(target: Path) -> KeepingError:
    return KeepingError(
        f"{target} 已經存在，不會蓋掉它。請換一個名字。",
        f"{target} exists, and is left as it is: name another file.",
    )
