"""Backup and restore around a real server, and a phone that comes back afterwards."""

import errno
import hashlib
import json
import os
import sqlite3
import stat
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect

from server.core.db import Database
from server.core.migrate import configured
from server.keeping import archive, postgres
from server.keeping.archive import opened
from server.keeping.restore import prepare
from server.keeping.soundness import newest, revision
from server.runsheet.queries import all_cues
from tests.keeping.conftest import Done, Kept, heard
from tests.support.databases import Databases
from tests.support.postgres import PostgresServer
from tests.support.show import Json
from tests.support.show import opened as opened_house

Quiet = tuple[Path, Callable[[], Done]]
ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
PHOTO = b"\xff\xd8 the stage at dusk"


@pytest.fixture
def tools(backend: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's tools of the server's own version come first."""
    if backend == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        monkeypatch.setenv("PATH", str(server._reachable_binaries()), prepend=":")  # noqa: SLF001 - where its tools are


def put_photo(folder: Path, content: bytes = PHOTO) -> Path:
    name = hashlib.sha256(content).hexdigest()
    path = folder / "blobs" / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def cue(kept: Kept, cue_id: str) -> Json:
    found: Json = next(row for row in kept.state("mei")["entities"]["cue"] if row["id"] == cue_id)
    return found


@pytest.mark.usefixtures("tools")
def test_a_restored_server_tells_phones_to_begin_anew_and_takes_what_was_lost_once(
    kept: Kept, tmp_path: Path
) -> None:
    backup, photo = tmp_path / "venue.zip", put_photo(kept.data)
    upload = kept.data / "blobs" / "parts" / "0h1f"
    upload.parent.mkdir()
    upload.write_bytes(b"half of another")
    assert kept.send("wei", "go-1", "cue.go", id="opening", current=None)["status"] == "applied"
    made = kept.fieldcue("backup", str(backup))
    assert (made.status, made.err) == (0, "")
    assert f"{kept.event}  河岸音樂祭  #{kept.state('mei')['head']}" in made.out
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    title = {"id": "drums", "set": {"title": "鼓隊進場"}}
    assert kept.send("rui", "edit-1", "cue.edit", **title)["status"] == "applied"
    before = kept.state("mei")
    with kept.live("mei", epoch=before["epoch"]) as socket:
        assert heard(socket, "hello")["epoch"] == before["epoch"]
    kept.server.stop()
    photo.unlink()
    upload.unlink()
    newer = put_photo(kept.data, b"taken after the backup")

    restored = kept.fieldcue("restore", str(backup))
    assert (restored.status, restored.err) == (0, "")
    assert "補回 2 個照片和檔案" in restored.out
    assert (photo.read_bytes(), upload.read_bytes()) == (PHOTO, b"half of another")
    assert newer.exists()
    kept.server.restart()
    with kept.live("mei", since=before["head"], own=0, epoch=before["epoch"]) as socket:
        assert heard(socket, "hello")["epoch"] != before["epoch"]
        assert heard(socket, "reset")["reason"] == "epoch"
    after = kept.state("mei")
    assert (after["head"], cue(kept, "drums")["title"]) == (before["head"] - 1, "drums")
    with kept.live("mei", epoch=after["epoch"]) as socket:
        assert heard(socket, "hello")["head"] == after["head"]
        assert kept.send("wei", "go-1", "cue.go", id="opening", current=None)["status"] == "duplicate"
        assert kept.send("rui", "edit-1", "cue.edit", **title)["status"] == "applied"
        assert heard(socket, "frame")["items"][0]["body"]["title"] == "鼓隊進場"
    assert kept.send("rui", "edit-1", "cue.edit", **title)["status"] == "duplicate"
    made_by = [change["op_id"] for change in kept.log("mei") if change["of"] == "cue"]
    assert (made_by.count("go-1"), made_by.count("edit-1")) == (1, 1)
    assert cue(kept, "drums")["title"] == "鼓隊進場"


@ON_SQLITE
def test_a_backup_among_ops_is_one_moment_and_loses_none_of_it(kept: Kept, tmp_path: Path) -> None:
    sent = list[Json]()

    def send() -> None:
        for number in range(120):
            sent.append(
                kept.send("rui", f"more-{number}", "cue.edit", id="drums", set={"title": f"t{number}"})
            )

    sender = threading.Thread(target=send)
    sender.start()
    for number in range(4):
        assert kept.fieldcue("backup", str(tmp_path / f"{number}.zip")).status == 0
    sender.join()
    assert {result["status"] for result in sent} == {"applied"}
    for number in range(4):
        with opened(tmp_path / f"{number}.zip") as found:
            found.check()
            path = tmp_path / f"{number}.db"
            found.unpack("database.db", path)
            [event] = [each for each in found.manifest.events if each.id == kept.event]
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            log = connection.execute("SELECT count(*), max(seq) FROM change WHERE event_id = ?", [kept.event])
            assert log.fetchone() == (event.head, event.head)


@ON_SQLITE
def test_a_restore_beside_a_running_server_is_refused(kept: Kept, tmp_path: Path) -> None:
    kept.fieldcue("backup", str(tmp_path / "a.zip"))
    done = kept.fieldcue("restore", str(tmp_path / "a.zip"))
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"another process serves {kept.data};")
    assert kept.send("wei", "go-1", "cue.go", id="opening", current=None)["status"] == "applied"


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("tools")
def test_a_restore_is_refused_while_anybody_is_connected(kept: Kept, tmp_path: Path) -> None:
    kept.state("mei")
    assert kept.fieldcue("backup", str(tmp_path / "a.zip")).status == 0
    done = kept.fieldcue("restore", str(tmp_path / "a.zip"))
    assert done.status == 1
    assert "are connected to this database" in done.err
    assert kept.send("wei", "go-1", "cue.go", id="opening", current=None)["status"] == "applied"


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("tools")
def test_what_cannot_be_filled_in_leaves_the_schema_as_it_was(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.fieldcue("backup", str(tmp_path / "a.zip"))
    before = kept.state("mei")
    kept.server.stop()
    real = postgres._run  # noqa: SLF001 - the tool fails as it would on a full disk

    def fails(name: str, *arguments: str) -> None:
        real(name, *arguments) if "--list" in arguments or name == "pg_dump" else real(name, "--nonsense")

    monkeypatch.setattr(postgres, "_run", fails)
    assert kept.fieldcue("restore", str(tmp_path / "a.zip")).status == 1
    kept.server.restart()
    assert kept.state("mei")["epoch"] == before["epoch"]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_without_the_tools_of_postgresql_it_says_what_to_install(
    databases: Databases, typed: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.migrated()
    monkeypatch.setenv("PATH", "")
    done = typed(tmp_path, url, "backup", str(tmp_path / "a.zip"))
    assert (done.status, "postgresql-client" in done.err) == (1, True)
    assert list(tmp_path.glob("*.zip")) == []
    databases.forget(url)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_what_a_tool_of_postgresql_complains_of_is_passed_on(
    databases: Databases, typed: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, tools = databases.migrated(), tmp_path / "bin"
    tools.mkdir()
    (tools / "pg_dump").write_text("#!/bin/sh\necho 'server version mismatch' >&2\nexit 1\n")
    (tools / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    done = typed(tmp_path / "data", url, "backup", str(tmp_path / "a.zip"))
    assert (done.status, "pg_dump failed: server version mismatch" in done.err) == (1, True)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".zip" or path.name[0] == "."] == []
    databases.forget(url)


@pytest.mark.usefixtures("tools")
def test_a_backup_moves_a_server_to_another_machine(kept: Kept, databases: Databases, tmp_path: Path) -> None:
    photo = put_photo(kept.data)
    assert kept.fieldcue("backup", str(tmp_path / "a.zip")).status == 0
    url, folder = databases.empty(), tmp_path / "new"
    done = kept.run(folder, url, "restore", str(tmp_path / "a.zip"))
    assert (done.status, done.err) == (0, "")
    assert (folder / photo.relative_to(kept.data)).read_bytes() == PHOTO
    found = kept.run(folder, url, "doctor", "--json", "--deep")
    assert found.status == 0
    with opened_house(url) as house, house.services.db.read() as session:
        assert {cue.id for cue in all_cues(session, kept.event)} == {"opening", "drums", "finale"}
    databases.forget(url)


@ON_SQLITE
def test_a_backup_of_the_other_kind_of_database_is_refused(quiet: Quiet) -> None:
    backup, refused = quiet

    def pretend(manifest: Json, parts: dict[str, bytes]) -> None:
        manifest["database"] = "postgresql"
        for found in (manifest["parts"], parts):
            found["database.dump"] = found.pop("database.db")

    remake(backup, pretend)
    assert "backup of PostgreSQL" in refused().err


@ON_SQLITE
def test_what_was_there_is_kept_aside(kept: Kept, tmp_path: Path) -> None:
    kept.fieldcue("backup", str(tmp_path / "a.zip"))
    kept.send("rui", "edit-1", "cue.edit", id="drums", set={"title": "鼓隊進場"})
    # The power fails, so the last ops are in the log beside the file.
    kept.server.kill()
    done = kept.fieldcue("restore", str(tmp_path / "a.zip"))
    aside = Path(done.out.split("is kept in ")[1].splitlines()[0])
    with closing(sqlite3.connect(aside / "fieldcue.db")) as connection:
        assert connection.execute("SELECT title FROM cue WHERE id = 'drums'").fetchone() == ("鼓隊進場",)


@ON_SQLITE
def test_a_backup_replaces_a_database_that_is_damaged(kept: Kept, tmp_path: Path) -> None:
    kept.fieldcue("backup", str(tmp_path / "a.zip"))
    kept.server.stop()
    path = Path(kept.url.removeprefix("sqlite:///"))
    path.write_bytes(b"not a database at all" * 400)
    assert kept.fieldcue("doctor").status == 1
    assert kept.fieldcue("restore", str(tmp_path / "a.zip")).status == 0
    kept.server.restart()
    assert cue(kept, "drums")["title"] == "drums"


@ON_SQLITE
def test_a_backup_never_writes_over_a_file(kept: Kept, tmp_path: Path) -> None:
    target = tmp_path / "a.zip"
    target.write_bytes(b"last year's")
    done = kept.fieldcue("backup", str(target))
    assert (done.status, f"{target} exists" in done.err) == (1, True)
    assert target.read_bytes() == b"last year's"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".zip" or path.name[0] == "."] == [
        "a.zip"
    ]


@ON_SQLITE
def test_a_stick_whose_file_system_has_no_links_takes_a_backup_and_gives_it_back(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    target = tmp_path / "a.zip"
    assert kept.fieldcue("backup", str(target)).status == 0
    assert kept.fieldcue("backup", str(target)).status == 1
    kept.server.stop()
    done = kept.fieldcue("restore", str(target))
    assert done.status == 0
    aside = Path(done.out.split("is kept in ")[1].splitlines()[0])
    assert (aside / "fieldcue.db").read_bytes()[:15] == b"SQLite format 3"


@ON_SQLITE
def test_a_photo_that_is_damaged_is_left_out_and_named(kept: Kept, tmp_path: Path) -> None:
    put_photo(kept.data).write_bytes(b"half of it")
    done = kept.fieldcue("backup", str(tmp_path / "a.zip"))
    assert (done.status, "A damaged photo was left out: blobs/" in done.out) == (0, True)
    with opened(tmp_path / "a.zip") as found:
        found.check()
        assert found.manifest.blobs == []


@ON_SQLITE
def test_photos_in_a_bucket_are_said_to_be_elsewhere(kept: Kept, tmp_path: Path) -> None:
    done = kept.run(kept.data, kept.url, "backup", str(tmp_path / "a.zip"), BLOBS_URL="s3://venue/photos")
    assert (done.status, "s3://venue/photos，不在這份備份裡" in done.out) == (0, True)


# What comes in by the hand of somebody else


@pytest.fixture
def quiet(
    databases: Databases, typed: Callable[..., Done], tmp_path: Path
) -> Iterator[tuple[Path, Callable[[], Done]]]:
    """A good backup of a server that does not run, and a restore of it that must be refused and change nothing."""
    url, folder, backup = databases.migrated(), tmp_path / "data", tmp_path / "a.zip"
    put_photo(folder)
    assert typed(folder, url, "backup", str(backup)).status == 0
    path = Path(url.removeprefix("sqlite:///"))

    def refused() -> Done:
        before = path.read_bytes(), _files(path.parent), _files(folder)
        done = typed(folder, url, "restore", str(backup))
        assert (done.status, done.out) == (1, "")
        assert "Nothing was changed" in done.err
        assert (path.read_bytes(), _files(path.parent), _files(folder)) == before
        return done

    (folder / "lock").touch()
    yield backup, refused
    databases.forget(url)


def _files(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.suffix not in {".db-shm", ".db-wal"}
    }


def remake(backup: Path, change: Callable[[Json, dict[str, bytes]], object]) -> None:
    """Write a backup anew, its manifest and its parts changed."""
    with zipfile.ZipFile(backup) as found:
        parts = {name: found.read(name) for name in found.namelist()}
    manifest: Json = json.loads(parts.pop("manifest.json"))
    change(manifest, parts)
    with zipfile.ZipFile(backup, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content, zipfile.ZIP_DEFLATED)
        made.writestr("manifest.json", json.dumps(manifest))


@ON_SQLITE
@pytest.mark.parametrize("length", [0, 100, 2000, -1, -30])
def test_a_file_that_was_cut_off_is_refused(quiet: Quiet, length: int) -> None:
    backup, refused = quiet
    backup.write_bytes(backup.read_bytes()[:length])
    assert "no backup of Fieldcue" in refused().err


@ON_SQLITE
@pytest.mark.parametrize("content", [b"PK\x03\x04 of something else", b"%PDF-1.7", b"\x00" * 4096])
def test_a_foreign_file_is_refused(quiet: Quiet, content: bytes) -> None:
    backup, refused = quiet
    backup.write_bytes(content)
    assert "no backup of Fieldcue" in refused().err


@ON_SQLITE
def test_a_file_that_is_not_there_is_said_to_be_missing(quiet: Quiet) -> None:
    backup, refused = quiet
    backup.unlink()
    assert "No such file" in refused().err


@ON_SQLITE
@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/evil", "blobs/../../evil", "blobs/aa/evil", "blobs/parts/../evil", "C:\\evil", "a\0b"],
)
def test_a_member_that_would_leave_its_place_is_refused(quiet: Quiet, name: str) -> None:
    backup, refused = quiet
    size = {"size": 4, "sha256": hashlib.sha256(b"evil").hexdigest()}

    def add(manifest: Json, parts: dict[str, bytes]) -> None:
        manifest["parts"][name] = size
        parts[name] = b"evil"

    remake(backup, add)
    assert "holds what no backup holds" in refused().err


@ON_SQLITE
def test_a_member_that_points_elsewhere_is_refused(quiet: Quiet) -> None:
    backup, refused = quiet
    with zipfile.ZipFile(backup) as found:
        parts = {name: found.read(name) for name in found.namelist()}
    with zipfile.ZipFile(backup, "w") as made:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o120777 if name.startswith("blobs/") else 0o100600) << 16
            made.writestr(info, content)
    assert "damaged" in refused().err


@ON_SQLITE
def test_a_part_with_another_hash_is_refused(quiet: Quiet) -> None:
    backup, refused = quiet

    def spoil(_: Json, parts: dict[str, bytes]) -> None:
        content = bytearray(parts["database.db"])
        content[-1] ^= 1
        parts["database.db"] = bytes(content)

    remake(backup, spoil)
    assert "damaged: database.db" in refused().err


@ON_SQLITE
def test_a_byte_that_flipped_on_the_way_is_noticed(quiet: Quiet) -> None:
    backup, refused = quiet
    content = bytearray(backup.read_bytes())
    content[2000] ^= 0xFF
    backup.write_bytes(bytes(content))
    assert "damaged" in refused().err


@ON_SQLITE
def test_a_photo_under_a_wrong_name_is_refused(quiet: Quiet) -> None:
    backup, refused = quiet
    fake = "blobs/aa/" + "a" * 64

    def rename(manifest: Json, parts: dict[str, bytes]) -> None:
        [name] = [name for name in parts if name.startswith("blobs/")]
        parts[fake] = parts.pop(name)
        manifest["parts"][fake] = manifest["parts"].pop(name)

    remake(backup, rename)
    assert "damaged" in refused().err


@ON_SQLITE
def test_what_would_fill_the_disk_is_refused_before_it_is_unpacked(
    quiet: Quiet, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, refused = quiet
    zeros = bytes(8 << 20)

    def blow_up(manifest: Json, parts: dict[str, bytes]) -> None:
        parts["database.db"] = zeros
        manifest["parts"]["database.db"] = {"size": len(zeros), "sha256": hashlib.sha256(zeros).hexdigest()}

    remake(backup, blow_up)
    monkeypatch.setattr(archive, "RATIO_FREE", 1 << 20)
    assert "says it unpacks to" in refused().err


@ON_SQLITE
def test_a_part_that_is_longer_than_it_says_is_read_no_further(quiet: Quiet) -> None:
    """The directory of the zip lies about a size, as overlapping and endless members do."""
    backup, refused = quiet
    content = bytearray(backup.read_bytes())
    at = content.rindex(b"database.db") - 46
    struct.pack_into("<L", content, at + 24, 4096)
    backup.write_bytes(bytes(content))
    assert "damaged" in refused().err


@ON_SQLITE
def test_a_backup_of_a_newer_version_asks_for_an_update(quiet: Quiet) -> None:
    backup, refused = quiet
    remake(backup, lambda manifest, _: manifest.update(version=2, program="9.1"))
    assert "newer version (9.1): update this server first" in refused().err


def with_database(backup: Path, *statements: str) -> None:
    """Change the database that is in a backup, honestly hashed."""
    path = backup.with_suffix(".db")

    def change(manifest: Json, parts: dict[str, bytes]) -> None:
        path.write_bytes(parts["database.db"])
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        parts["database.db"] = path.read_bytes()
        found = hashlib.sha256(parts["database.db"]).hexdigest()
        manifest["parts"]["database.db"] = {"size": len(parts["database.db"]), "sha256": found}

    remake(backup, change)


@ON_SQLITE
def test_a_database_of_a_newer_schema_asks_for_an_update(quiet: Quiet) -> None:
    backup, refused = quiet
    with_database(backup, "UPDATE alembic_version SET version_num = '9999'")
    assert "newer version" in refused().err


@ON_SQLITE
def test_a_database_with_a_program_in_it_is_refused(quiet: Quiet) -> None:
    backup, refused = quiet
    with_database(backup, "CREATE TRIGGER t AFTER UPDATE ON event BEGIN DELETE FROM change; END")
    assert "trigger" in refused().err


@ON_SQLITE
def test_a_database_with_rows_of_nothing_is_refused(quiet: Quiet) -> None:
    backup, refused = quiet
    with_database(backup, "CREATE TABLE stray (a REFERENCES event(id))", "INSERT INTO stray VALUES ('x')")
    assert "isn't there" in refused().err


@pytest.mark.usefixtures("tools")
def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    databases: Databases, typed: Callable[..., Done], tmp_path: Path
) -> None:
    url = databases.empty()
    with _database(url) as db, db.writer.begin() as connection:
        command.upgrade(configured(connection), "0001")
    assert typed(tmp_path, url, "backup", str(tmp_path / "a.zip")).status == 0
    assert typed(tmp_path, url, "restore", str(tmp_path / "a.zip")).status == 0
    with _database(url) as db, db.readers.connect() as connection:
        assert revision(connection) == newest(connection) != "0001"
        assert "expires_at" in [each["name"] for each in inspect(connection).get_columns("token")]
    databases.forget(url)


@contextmanager
def _database(url: str) -> Iterator[Database]:
    db = Database(url)
    yield db
    db.close()


@ON_SQLITE
def test_after_a_restore_the_clock_calls_no_track(databases: Databases) -> None:
    url = databases.migrated()
    with opened_house(url) as house:
        show = house.show()
        show.do("wei", "track.roll", track="main", on=True)
        before = [body["rolling_by"] for body in show.bodies("wei", "track")]
        assert prepare(house.services.db, "1") == []
        after = [body["rolling_by"] for body in show.bodies("wei", "track")]
    assert (before, after) == (["wei", None], [None, None])
    databases.forget(url)
