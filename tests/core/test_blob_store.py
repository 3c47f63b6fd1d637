"""Both kinds of store keep what they are given, whole or not at all."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.exceptions import GenericError
from obstore.store import LocalStore, MemoryStore, S3Store

from server.core.blob_store import BlobStore, BucketStore, FolderStore, key_of, open_store, part_key

PHOTO = bytes(range(256)) * 4096
HASH = hashlib.sha256(PHOTO).hexdigest()

STORES: dict[str, Callable[[Path], BlobStore]] = {
    "folder": FolderStore,
    "bucket in memory": lambda _: BucketStore(MemoryStore()),
    "bucket on a disk": lambda folder: BucketStore(LocalStore(folder)),
}


@pytest.fixture(params=list(STORES.values()), ids=list(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    made: BlobStore = request.param(tmp_path)
    return made


def test_what_is_put_comes_back(store: BlobStore) -> None:
    store.put(key_of(HASH), PHOTO)
    assert store.get(key_of(HASH)) == PHOTO
    assert b"".join(store.pieces(key_of(HASH))) == PHOTO


def test_the_same_may_be_put_twice(store: BlobStore) -> None:
    store.put(key_of(HASH), PHOTO)
    store.put(key_of(HASH), PHOTO)
    assert store.get(key_of(HASH)) == PHOTO


def test_what_is_not_there_is_told_before_a_piece_is_read(store: BlobStore) -> None:
    with pytest.raises(FileNotFoundError):
        store.get(key_of(HASH))
    with pytest.raises(FileNotFoundError):
        store.pieces(key_of(HASH))


def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: BlobStore) -> None:
    key = part_key()
    store.put(key, b"part")
    store.delete(key)
    store.delete(key)
    with pytest.raises(FileNotFoundError):
        store.get(key)


def test_parts_are_listed_with_their_age(store: BlobStore) -> None:
    key, now = part_key(), time.time() * 1000
    store.put(key, b"part")
    store.put(key_of(HASH), PHOTO)
    [(found, put_at)] = store.parts()
    assert found == key
    assert abs(put_at - now) < 60_000


@pytest.mark.parametrize(
    "key", ["", "..", "../../etc/passwd", "/etc/passwd", "ab/../cd", "ab/c d", "AB/cd", "ab/cd/e"]
)
def test_a_key_leads_nowhere_else(store: BlobStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        store.put(key, b"x")
    with pytest.raises(ValueError, match="not a key"):
        store.get(key)


def test_files_are_for_the_server_alone(tmp_path: Path) -> None:
    FolderStore(tmp_path / "blobs").put(key_of(HASH), PHOTO)
    file = tmp_path / "blobs" / HASH[:2] / HASH
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    store = FolderStore(tmp_path)
    store.put(key_of(HASH), PHOTO)
    monkeypatch.setattr("server.core.blob_store.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put(part_key(), b"part")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [HASH]


def test_what_a_bucket_raises_is_an_error_of_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def put(self, _key: str, _content: bytes) -> None:
            raise GenericError("no route to host")

    with pytest.raises(OSError, match="no route"):
        BucketStore(Broken()).put(part_key(), b"x")  # type: ignore[arg-type]  # as much of a store as is asked


def test_an_address_names_a_bucket_and_none_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    bucket = open_store("s3://photos/fieldcue", tmp_path)
    assert isinstance(bucket, BucketStore)
    assert isinstance(bucket._store, S3Store)  # noqa: SLF001 - what was made of the address
    assert (bucket._store.config["bucket"], bucket._store.prefix) == ("photos", "fieldcue")  # noqa: SLF001 - as above
    assert isinstance(open_store("", tmp_path), FolderStore)
