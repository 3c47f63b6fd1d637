"""The doctor's look at what is kept: folder, disk, clock, database, log, photos."""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from server.core.blob_store import key_of
from server.core.clock import to_iso
from server.core.db import Database
from server.keeping.archive import hash_of
from server.keeping.backup import Place, found_blobs, has_database
from server.keeping.files import megabytes
from server.keeping.findings import Finding, bad, fine, look
from server.keeping.soundness import (
    Fault,
    file_faults,
    heads,
    is_known,
    last_entry,
    log_faults,
    newest,
    orphans,
    revision,
    stored_files,
)

FEW_BYTES, LITTLE_BYTES = 200 << 20, 1 << 30
FEW_INODES, LITTLE_INODES = 1_000, 10_000
CLOCK_SECONDS = 60
SAMPLE = 50
Words = tuple[str, str]
# So many faults of one kind are shown; the rest is like them.
SHOWN = 5
_RESTORE = (
    "先備份現在的資料，再用 fieldcue restore 還原最近一份好的備份",
    "Back up what is there, then restore the last good backup",
)


_BRING_BACK = (
    "fieldcue restore 會補回備份裡有的照片和檔案",
    "fieldcue restore brings back those photos and files that a backup has",
)


def of_folder(folder: Path) -> Iterator[Finding]:
    """Whether files can be made where the data is, and how many and how much of them."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as probe:
            drift = Path(probe.name).stat().st_mtime - time.time()
    except OSError as error:
        todo = (
            "換一個資料夾（FIELDCUE_DATA_DIR），或給這個帳號權限",
            "Name another in FIELDCUE_DATA_DIR, or give this account the right",
        )
        yield bad(
            "folder",
            f"資料夾不能寫入：{folder}",
            f"The data folder can't be written: {folder}: {error.strerror}",
            todo,
        )
        return
    yield fine("folder", f"資料夾可以寫入：{folder.resolve()}", "The data folder can be written")
    yield _clock(abs(drift))
    yield _disk(shutil.disk_usage(folder).free)
    yield from _inodes(os.statvfs(folder))


def of_database(place: Place, now: int, *, deep: bool) -> Iterator[Finding]:
    """Whether the database answers and is sound. `now` in epoch milliseconds, on the server's clock."""
    if not has_database(place.database):
        yield look(
            "database",
            "還沒有資料庫",
            "There is no database yet",
            ("第一次啟動會建立", "The first start makes it"),
        )
        return
    db = Database(place.database)
    try:
        with db.readers.connect() as connection:
            yield from _of_connection(connection, now, deep=deep)
    except SQLAlchemyError as error:
        said = str(error.__cause__ or error).strip().splitlines()[0]
        todo = (
            "看 FIELDCUE_DATABASE_URL 對不對、資料庫有沒有開",
            "See whether FIELDCUE_DATABASE_URL is right and the database runs",
        )
        yield bad(
            "database", "資料庫沒有回應或壞了", f"The database does not answer, or is damaged: {said}", todo
        )
    finally:
        db.close()


def of_photos(place: Place, *, deep: bool) -> Iterator[Finding]:
    """Whether photos and files are where the database has them, and are what their names say: some of them, or all."""
    if place.bucket:
        yield fine(
            "photos",
            f"照片和檔案在 {place.bucket}",
            "Photos and files are in the bucket, which is not looked at",
        )
        return
    yield from _missing(place)
    blobs = [path for _, path in found_blobs(place.blobs)]
    if not blobs:
        return
    chosen = blobs if deep else random.sample(blobs, min(SAMPLE, len(blobs)))
    damaged = [path for path in chosen if hash_of(path) != path.name]
    if damaged:
        yield bad(
            "photos",
            f"{len(damaged)} 個照片和檔案壞了，例如 {damaged[0].name}",
            f"{len(damaged)} photos or files are damaged, such as {damaged[0].name}",
            _BRING_BACK,
        )
    else:
        yield fine(
            "photos",
            f"{len(blobs)} 個照片和檔案，驗過 {len(chosen)} 張",
            f"{len(blobs)} photos and files, {len(chosen)} of them checked",
        )


def _missing(place: Place) -> Iterator[Finding]:
    if not has_database(place.database):
        return
    db = Database(place.database)
    try:
        with db.readers.connect() as connection:
            wanted = stored_files(connection)
    except SQLAlchemyError:  # what is wrong with the database has been said
        return
    finally:
        db.close()
    gone = [name for name in wanted if not (place.blobs / key_of(name)).is_file()]
    if gone:
        said = (
            f"少了 {len(gone)} 個照片或檔案，例如 {gone[0]}",
            f"{len(gone)} photos or files are missing, such as {gone[0]}",
        )
        yield bad("photos", *said, _BRING_BACK)


def _clock(drift: float) -> Finding:
    if drift > CLOCK_SECONDS:
        todo = (
            "開啟校時（timedatectl set-ntp true）",
            "Turn time synchronisation on (timedatectl set-ntp true)",
        )
        return bad(
            "clock",
            f"時鐘跟磁碟的差了 {drift:.0f} 秒",
            f"The clock and the disk's differ by {drift:.0f} s",
            todo,
        )
    return fine("clock", "時鐘跟磁碟的一致", "The clock agrees with the disk's")


def _disk(free: int) -> Finding:
    said = (f"磁碟剩 {megabytes(free)}", f"{megabytes(free)} free on the disk")
    todo = ("清出空間，或把資料夾搬到別的磁碟", "Make room, or move the data folder to another disk")
    if free < FEW_BYTES:
        return bad("disk", *said, todo)
    return look("disk", *said, todo) if free < LITTLE_BYTES else fine("disk", *said)


def _inodes(found: os.statvfs_result) -> Iterator[Finding]:
    if not found.f_files:  # a file system that makes them as it needs them
        return
    said = (f"還能放 {found.f_favail} 個檔案", f"Room for {found.f_favail} more files")
    todo = ("刪掉不用的小檔案", "Remove small files that nobody needs")
    if found.f_favail < FEW_INODES:
        yield bad("inodes", *said, todo)
    elif found.f_favail < LITTLE_INODES:
        yield look("inodes", *said, todo)


def _of_connection(connection: Connection, now: int, *, deep: bool) -> Iterator[Finding]:
    at, wanted = revision(connection), newest(connection)
    if at and not is_known(connection, at):
        todo = ("更新這台伺服器的程式", "Update the program of this server")
        yield bad("schema", f"資料庫是較新版本的（{at}）", f"The database is of a newer version ({at})", todo)
        return
    if at != wanted:
        todo = ("下次啟動會自動更新；先備份", "The next start brings it up to date; back up first")
        yield look(
            "schema",
            f"資料庫的版本是 {at or '空的'}，程式要 {wanted}",
            f"The database is at {at or 'nothing'}, the program at {wanted}",
            todo,
        )
        return
    yield fine("schema", f"資料庫版本 {at}", f"The database is at version {at}")
    yield from _sound(
        "integrity", file_faults(connection, deep=deep), ("資料庫檔案完好", "The database is whole"), _RESTORE
    )
    yield from _log(connection)
    strays = (
        "不影響進行中的活動；備份後回報給開發者",
        "Harmless for a running event; back up, and report it",
    )
    yield from _sound(
        "orphans", orphans(connection), ("沒有無主的資料", "Every row belongs to something"), strays, look
    )
    yield _last(last_entry(connection), now)


def _log(connection: Connection) -> Iterator[Finding]:
    events = heads(connection)
    total = sum(event.head for event in events)
    well = (
        f"{len(events)} 場活動的紀錄完整，共 {total} 筆",
        f"The logs of {len(events)} events are whole, {total} entries",
    )
    yield from _sound("log", log_faults(connection), well, _RESTORE)


def _sound(
    name: str, faults: list[Fault], well: Words, todo: Words, say: Callable[..., Finding] = bad
) -> Iterator[Finding]:
    if not faults:
        yield fine(name, *well)
    for fault in islice(faults, SHOWN):
        yield say(name, fault.chinese, fault.english[:1].upper() + fault.english[1:], todo)


def _last(last: int, now: int) -> Finding:
    if last > now + CLOCK_SECONDS * 1000:
        todo = (
            "先把時鐘對好再開始：時間倒退會讓倒數全錯",
            "Set the clock before you begin: countdowns hang on it",
        )
        return bad(
            "last",
            f"最後一筆紀錄在未來：{to_iso(last)}",
            f"The last entry of the log is in the future: {to_iso(last)}",
            todo,
        )
    return fine("last", "時鐘在最後一筆紀錄之後", "The clock is past the last entry of the log")
