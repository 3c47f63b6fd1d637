"""The file that a backup is: a zip with a manifest, the database and the photos.

Nothing is ever unpacked by the names in it: the manifest says what must be there, names have one of five shapes, and
each part is read up to the size that the manifest gives, with its hash.
"""

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.keeping.troubles import KeepingError

VERSION = 1
MANIFEST = "manifest.json"
SQLITE_PART, POSTGRESQL_PART = "database.db", "database.dump"
BLOB = re.compile(r"blobs/([0-9a-f]{2})/(\1[0-9a-f]{62})")
# A part of an upload that has not ended yet: its name says nothing of what is in it.
UPLOAD = re.compile(r"blobs/parts/[0-9a-z]{1,40}")
CHUNK = 1 << 20
MOST_MANIFEST = 64 << 20
MOST_PARTS = 2_000_000
# A database seldom packs to a twentieth. What unpacks to more than this is no backup, but a trap for the disk.
MOST_RATIO, RATIO_FREE = 100, 64 << 20

_Size = Annotated[int, Field(ge=0, le=1 << 50)]
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Part(_Strict):
    """A file of the archive: bytes, and their SHA-256."""

    size: _Size
    sha256: _Hash


class EventHead(_Strict):
    """An event, and how far its log went."""

    id: Annotated[str, Field(max_length=64)]
    name: Annotated[str, Field(max_length=500)] = ""
    head: Annotated[int, Field(ge=0)]


class Manifest(_Strict):
    """What the archive says of itself. `schema` is the database's migration, `made_at` ISO 8601 in UTC."""

    format: Literal["fieldcue-backup"] = "fieldcue-backup"
    version: Annotated[int, Field(ge=1)] = VERSION
    program: Annotated[str, Field(max_length=60)]
    revision: Annotated[str, Field(max_length=60)]
    made_at: Annotated[str, Field(max_length=40)]
    database: Literal["sqlite", "postgresql"]
    events: list[EventHead]
    parts: dict[str, Part]

    @property
    def database_part(self) -> str:
        return SQLITE_PART if self.database == "sqlite" else POSTGRESQL_PART

    @property
    def blobs(self) -> list[str]:
        return [name for name in self.parts if name != self.database_part]

    @property
    def size(self) -> int:
        """Bytes of all parts, unpacked."""
        return sum(part.size for part in self.parts.values())


class Packer:
    """Writes an archive, part by part; `close` writes the manifest, last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", allowZip64=True)
        self.parts: dict[str, Part] = {}

    def add(self, name: str, path: Path, *, packed: bool) -> Part:
        """Take a file in; OSError if it can't be read, before anything of it is written."""
        method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with path.open("rb") as source:
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = method, 0o600 << 16
            with self._zip.open(info, "w", force_zip64=True) as target:
                self.parts[name] = _copy(source, target)
        return self.parts[name]

    def close(self, manifest: Manifest) -> None:
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=1), zipfile.ZIP_DEFLATED)
        self._zip.close()


class Archive:
    """An archive that is read: `manifest` has been checked against what is there; the parts not yet."""

    def __init__(self, found: zipfile.ZipFile, size: int) -> None:
        self._zip = found
        self.manifest = self._manifest()
        self._compare(size)

    def check(self) -> None:
        """Read every part, and compare its size and hash; KeepingError at the first that differs."""
        for name in self.manifest.parts:
            self._read(name, None)

    def unpack(self, name: str, target: Path) -> None:
        """Write a part to a new file of one's own, onto the disk."""
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            self._read(name, file)
            file.flush()
            os.fsync(file.fileno())

    def _read(self, name: str, target: IO[bytes] | None) -> None:
        wanted = self.manifest.parts[name]
        try:
            with self._zip.open(name) as source:
                found = _copy(source, target, wanted.size)
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
            raise damaged(f"{name}: {error}") from error
        except OSError as error:
            raise _unreadable(error) from error
        if found != wanted:
            raise damaged(name)

    def _manifest(self) -> Manifest:
        infos = {info.filename: info for info in self._zip.infolist()}
        info = infos.get(MANIFEST)
        if info is None or info.file_size > MOST_MANIFEST:
            raise _foreign()
        try:
            raw = json.loads(self._zip.read(info))
            if isinstance(raw, dict) and isinstance(raw.get("version"), int) and raw["version"] > VERSION:
                raise newer(str(raw.get("program"))[:60])
            return Manifest.model_validate(raw)
        except (
            ValidationError,
            ValueError,
            zipfile.BadZipFile,
            NotImplementedError,
            RuntimeError,
            EOFError,
        ) as error:
            raise _foreign() from error

    def _compare(self, size: int) -> None:
        """That the archive holds exactly what its manifest names, once each, as plain files of honest size."""
        infos, manifest = self._zip.infolist(), self.manifest
        names = [info.filename for info in infos]
        allowed = {manifest.database_part, MANIFEST}
        kept = (BLOB, UPLOAD)
        odd = next(
            (name for name in names if name not in allowed and not any(k.fullmatch(name) for k in kept)), None
        )
        if odd is not None:
            raise KeepingError(
                f"這個檔案裡有不該有的東西：{odd[:80]!r}。什麼都沒有改動。",
                f"The file holds what no backup holds: {odd[:80]!r}. Nothing was changed.",
            )
        if len(names) > MOST_PARTS or sorted(names) != sorted({*manifest.parts, MANIFEST}):
            raise damaged("manifest.json")
        for info in infos:
            self._compare_part(info)
        if manifest.size > RATIO_FREE + MOST_RATIO * size:
            raise KeepingError(
                f"{size} 位元組的檔案說解開有 {manifest.size} 位元組：這不是備份。什麼都沒有改動。",
                f"A file of {size} bytes says it unpacks to {manifest.size}: no backup does. Nothing was changed.",
            )

    def _compare_part(self, info: zipfile.ZipInfo) -> None:
        kind = info.external_attr >> 16 & 0o170000
        if kind not in {0, 0o100000} or info.flag_bits & 1:
            raise damaged(info.filename)
        if info.filename == MANIFEST:
            return
        part, blob = self.manifest.parts[info.filename], BLOB.fullmatch(info.filename)
        if part.size != info.file_size or (blob and blob[2] != part.sha256):
            raise damaged(info.filename)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """An archive; KeepingError if it is none, or not whole."""
    try:
        size = path.stat().st_size
        found = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise _foreign() from error
    except OSError as error:
        raise _unreadable(error) from error
    with found:
        yield Archive(found, size)


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def newer(program: str) -> KeepingError:
    return KeepingError(
        f"這份備份來自比較新的版本（{program}）。請先更新這台伺服器。什麼都沒有改動。",
        f"This backup comes from a newer version ({program}): update this server first. Nothing was changed.",
    )


def damaged(what: str) -> KeepingError:
    return KeepingError(
        f"備份檔壞了：{what[:200]}。請換另一份。什麼都沒有改動。",
        f"The backup is damaged: {what[:200]}. Take another one. Nothing was changed.",
    )


def _foreign() -> KeepingError:
    return KeepingError(
        "這不是 Fieldcue 的備份檔，或是沒有完整複製過來。什麼都沒有改動。",
        "This is no backup of Fieldcue, or only a part of one. Nothing was changed.",
    )


def _unreadable(error: OSError) -> KeepingError:
    return KeepingError(
        f"讀不到備份檔：{error.strerror}。什麼都沒有改動。",
        f"The backup can't be read: {error.strerror}. Nothing was changed.",
    )


def _copy(source: IO[bytes], target: IO[bytes] | None, most: int | None = None) -> Part:
    """Copy to the end, or just past `most` bytes; what was read."""
    size, found = 0, hashlib.sha256()
    while (most is None or size <= most) and (chunk := source.read(CHUNK)):
        size += len(chunk)
        found.update(chunk)
        if target:
            target.write(chunk)
    return Part(size=size, sha256=found.hexdigest())
