"""Where the bytes of photos and files lie: a folder of this machine, or a bucket that several machines share.

What is put is durable when `put` returns. A key is never put twice with other bytes: it is the hash of what it holds,
or made up for one part of an upload.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from server.core.ids import new_id

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_KEY = re.compile(r"[a-z0-9]+/[a-z0-9]+")
_PIECE = 256 * 1024
_PARTS = "parts"


class BlobStore(Protocol):
    """Bytes by key. OSError if they can't be had: FileNotFoundError where a key holds nothing."""

    def put(self, key: str, content: bytes) -> None: ...

    def get(self, key: str) -> bytes: ...

    def pieces(self, key: str) -> Iterator[bytes]:
        """As `get`, little by little; what is wrong is raised before the first piece is asked for."""

    def delete(self, key: str) -> None:
        """Also where there is nothing."""

    def parts(self) -> list[tuple[str, int]]:
        """Keys of all parts of uploads, and when each was put, in epoch milliseconds."""


def key_of(content_hash: str) -> str:
    """The key of bytes that are known by their SHA-256: `ab/ab12…`."""
    return f"{content_hash[:2]}/{content_hash}"


def part_key() -> str:
    """A new key for a part of an upload."""
    return f"{_PARTS}/{new_id()}"


def open_store(url: str, folder: Path) -> BlobStore:
    """The bucket of an address `s3://bucket/prefix`; without an address, the folder.

    Where the bucket is and who we are there, `obstore` takes from the environment: `AWS_REGION`, `AWS_ENDPOINT`,
    `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and the other names that AWS's own tools know.
    """
    if not url:
        return FolderStore(folder)
    # Sixteen megabytes of machine code, which a server with a folder need not hold in memory.
    from obstore.store import from_url  # noqa: PLC0415 - as said above

    return BucketStore(from_url(url))


class FolderStore:
    """A file for each key, readable by this user alone. It appears under its name when it is whole and on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, content: bytes) -> None:
        path = self._path(key)
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sync(path.parent.parent)
        waiting = path.with_name(f".{new_id()}")
        try:
            _write(waiting, content)
            waiting.rename(path)
        finally:
            waiting.unlink(missing_ok=True)
        _sync(path.parent)

    def get(self, key: str) -> bytes:
        return self._path(key).read_bytes()

    def pieces(self, key: str) -> Iterator[bytes]:
        file = self._path(key).open("rb")

        def read() -> Iterator[bytes]:
            with file:
                while piece := file.read(_PIECE):
                    yield piece

        return read()

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def parts(self) -> list[tuple[str, int]]:
        found = self._folder.glob(f"{_PARTS}/[!.]*")
        return [(f"{_PARTS}/{path.name}", path.stat().st_mtime_ns // 1_000_000) for path in found]

    def _path(self, key: str) -> Path:
        return self._folder / _checked(key)


class BucketStore:
    """A bucket, by `obstore`."""

    def __init__(self, store: "ObjectStore") -> None:
        self._store = store

    def put(self, key: str, content: bytes) -> None:
        with _as_os_errors():
            self._store.put(_checked(key), content)

    def get(self, key: str) -> bytes:
        with _as_os_errors():
            return bytes(self._store.get(_checked(key)).bytes())

    def pieces(self, key: str) -> Iterator[bytes]:
        with _as_os_errors():
            found = self._store.get(_checked(key)).stream(min_chunk_size=_PIECE)

        def read() -> Iterator[bytes]:
            with _as_os_errors():
                for piece in found:
                    yield bytes(piece)

        return read()

    def delete(self, key: str) -> None:
        with _as_os_errors(), suppress(FileNotFoundError):
            self._store.delete(_checked(key))

    def parts(self) -> list[tuple[str, int]]:
        with _as_os_errors():
            found = [each for some in self._store.list(_PARTS) for each in some]
        return [(each["path"], int(each["last_modified"].timestamp() * 1000)) for each in found]


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """What a bucket's library raises, as what a disk would."""
    from obstore.exceptions import BaseError  # noqa: PLC0415 - loaded with the store

    try:
        yield
    except BaseError as error:
        raise OSError(str(error)) from error


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        message = f"not a key: {key!r}"
        raise ValueError(message)
    return key


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _sync(folder: Path) -> None:
    """Have the folder's own entries on the disk too, else a power cut takes a whole file with its name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
