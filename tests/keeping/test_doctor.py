"""The doctor, on servers that are well and on such as are not."""

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from server.core.db import Database
from server.keeping import look_data
from tests.keeping.conftest import Done, Kept
from tests.keeping.test_restore import ON_SQLITE, put_photo
from tests.support.child import free_port
from tests.support.databases import Databases


class Check(NamedTuple):
    level: str
    said: str


def checks(done: Done) -> dict[str, Check]:
    """What was found, by name; the worst where a name comes twice."""
    order = ["fine", "look", "bad"]
    found = json.loads(done.out)["checks"]
    found.sort(key=lambda check: order.index(check["level"]))
    assert all(("todo_en" in check) == (check["level"] != "fine") for check in found)
    return {check["check"]: Check(check["level"], check["en"]) for check in found}


def test_all_is_well_beside_a_server_that_runs(kept: Kept) -> None:
    put_photo(kept.data)
    kept.send("wei", "go-1", "cue.go", id="opening", current=None)
    found = kept.run(kept.data, kept.url, "doctor", "--json", PUBLIC_URL=kept.server.url)
    assert found.status == 0
    levels = {name: check.level for name, check in checks(found).items()}
    assert levels.pop("address") == "look"
    assert set(levels.values()) == {"fine"}
    assert {
        "folder",
        "clock",
        "disk",
        "schema",
        "integrity",
        "log",
        "orphans",
        "last",
        "photos",
        "server",
        "uvloop",
    } == (levels.keys())
    said = kept.fieldcue("doctor").out
    assert "✓ 伺服器有回應" in said
    assert "! 只有這台電腦能登入" in said
    assert "→ 要給手機用" in said


def test_what_is_wrong_with_a_log_is_named(kept: Kept) -> None:
    kept.server.stop()
    _write(kept.url, "UPDATE event SET head = head + 1 WHERE id = :event", event=kept.event)
    _write(kept.url, "DELETE FROM change WHERE event_id = :event AND seq = 2", event=kept.event)
    _write(kept.url, "UPDATE receipt SET result = '{\"status\": \"applied\", \"seq\": 99999}' "
                     "WHERE op_id = (SELECT min(op_id) FROM receipt)")  # fmt: skip
    done = kept.fieldcue("doctor")
    assert done.status == 1
    assert f"The log of {kept.event} has gaps" in done.out
    assert f"The log of {kept.event} ends at" in done.out
    assert "1 receipts point to entries that aren't in the log" in done.out
    assert "✕" in done.out.splitlines()[[kept.event in line for line in done.out.splitlines()].index(True)]


def test_rows_that_belong_to_nothing_are_counted(kept: Kept) -> None:
    kept.server.stop()
    _write(kept.url, "UPDATE cue SET event_id = 'nowhere' WHERE id = 'drums'")
    found = checks(kept.fieldcue("doctor", "--json"))
    assert found["orphans"] == ("look", "Cue: 1 rows belong to nothing")


def test_an_entry_from_the_future_stops_the_doors(kept: Kept) -> None:
    kept.server.stop()
    _write(
        kept.url,
        "UPDATE change SET received = received + 86400000 WHERE event_id = :event AND seq = 3",
        event=kept.event,
    )
    assert checks(kept.fieldcue("doctor", "--json"))["last"].level == "bad"


def test_a_schema_of_another_version_is_told_from_a_damaged_one(kept: Kept) -> None:
    kept.server.stop()
    _write(kept.url, "UPDATE alembic_version SET version_num = '0001'")
    assert checks(kept.fieldcue("doctor", "--json"))["schema"].level == "look"
    _write(kept.url, "UPDATE alembic_version SET version_num = '9999'")
    assert checks(kept.fieldcue("doctor", "--json"))["schema"] == (
        "bad",
        "The database is of a newer version (9999)",
    )


def test_a_server_that_died_is_missed(kept: Kept) -> None:
    kept.server.kill()
    done = kept.fieldcue("doctor", "--json")
    assert (done.status, checks(done)["server"].level) == (1, "bad")


@ON_SQLITE
def test_a_page_of_the_database_that_went_bad_is_found(kept: Kept) -> None:
    kept.server.stop()
    path = Path(kept.url.removeprefix("sqlite:///"))
    content = bytearray(path.read_bytes())
    content[8192:12288] = os.urandom(4096)
    path.write_bytes(bytes(content))
    done = kept.fieldcue("doctor", "--json", "--deep")
    found = checks(done)
    assert done.status == 1
    assert "bad" in {found.get("integrity", ("",))[0], found.get("database", ("",))[0]}


@ON_SQLITE
def test_photos_are_looked_at_one_by_one_if_asked(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        put_photo(kept.data, f"photo {number}".encode())
    broken = put_photo(kept.data, b"the one")
    broken.write_bytes(b"half")
    monkeypatch.setattr(look_data, "SAMPLE", 1)
    monkeypatch.setattr(
        random, "sample", lambda found, count: sorted(found, key=lambda p: p == broken)[:count]
    )
    assert checks(kept.fieldcue("doctor", "--json"))["photos"] == (
        "fine",
        "21 photos and files, 1 of them checked",
    )
    found = checks(kept.fieldcue("doctor", "--json", "--deep"))["photos"]
    assert found == (
        "bad",
        f"1 photos or files are damaged, such as {hashlib.sha256(b'the one').hexdigest()}",
    )


@ON_SQLITE
def test_a_photo_that_the_database_has_and_the_folder_lacks_is_missed(kept: Kept) -> None:
    kept.server.stop()
    path, there = put_photo(kept.data), put_photo(kept.data, b"the small one")
    values = {"event": kept.event, "stored": path.name, "thumb": there.name}
    _write(
        kept.url,
        "INSERT INTO blob (event_id, id, audience, version, member, hash, media, size, state, parts, received, stored, "
        "thumb, stored_media, reason, created_at, moved_at) VALUES (:event, 'mei:1', 'person:mei', 1, 'mei', 'x', "
        "'image/jpeg', 1, 'ready', '[]', 1, :stored, :thumb, 'image/webp', '', 1, 1)",
        **values,
    )
    assert checks(kept.fieldcue("doctor", "--json"))["photos"].level == "fine"
    path.unlink()
    found = checks(kept.fieldcue("doctor", "--json"))["photos"]
    assert found == ("bad", f"1 photos or files are missing, such as {path.name}")


@ON_SQLITE
def test_a_folder_without_a_server_is_not_ill_and_stays_without_a_database(
    databases: Databases, typed: Callable[..., Done], tmp_path: Path
) -> None:
    path = tmp_path / "none" / "fieldcue.db"
    done = typed(tmp_path / "data", f"sqlite:///{path}", "doctor", "--json")
    found = checks(done)
    assert (done.status, found["database"].level, found["server"].level) == (0, "look", "look")
    assert not path.parent.exists()


@ON_SQLITE
def test_a_folder_that_cannot_be_written_is_said(
    databases: Databases, typed: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    done = typed(tmp_path / "data", databases.migrated(), "doctor", "--json")
    assert (done.status, checks(done)["folder"].level) == (1, "bad")


@ON_SQLITE
def test_a_disk_that_runs_full_is_said_in_time(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, level in ((100 << 20, "bad"), (500 << 20, "look"), (2 << 30, "fine")):
        usage = shutil._ntuple_diskusage(1 << 40, 0, free)  # noqa: SLF001 - as the system gives it
        monkeypatch.setattr(shutil, "disk_usage", lambda _, usage=usage: usage)
        assert checks(kept.fieldcue("doctor", "--json"))["disk"].level == level


@ON_SQLITE
def test_an_address_at_which_nobody_can_sign_in_is_bad(kept: Kept) -> None:
    kept.server.stop()
    done = kept.run(kept.data, kept.url, "doctor", "--json", PUBLIC_URL="http://192.168.1.20:8000")
    assert (done.status, checks(done)["address"].level) == (1, "bad")


@ON_SQLITE
def test_an_address_that_cannot_be_reached_from_here_is_no_fault(kept: Kept) -> None:
    kept.server.stop()
    done = kept.run(kept.data, kept.url, "doctor", "--json", PUBLIC_URL=f"https://127.0.0.1:{free_port()}")
    assert (done.status, checks(done)["certificate"].level) == (0, "look")


@ON_SQLITE
def test_a_bus_is_asked_whether_it_answers(kept: Kept, redis_url: str) -> None:
    assert (
        checks(kept.run(kept.data, kept.url, "doctor", "--json", REDIS_URL=redis_url))["redis"].level
        == "fine"
    )
    gone = f"redis://127.0.0.1:{free_port()}/0"
    assert checks(kept.run(kept.data, kept.url, "doctor", "--json", REDIS_URL=gone))["redis"].level == "look"


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_database_that_does_not_answer_is_bad(
    typed: Callable[..., Done], backend: str, tmp_path: Path
) -> None:
    url = f"postgresql://nobody:geheim@127.0.0.1:{free_port()}/none"
    done = typed(tmp_path, url, "doctor", "--json")
    assert (done.status, checks(done)["database"].level) == (1, "bad")
    assert "geheim" not in done.out


def _write(url: str, statement: str, **values: str) -> None:
    """Change what no op would."""
    database = Database(url)
    with database.writer.begin() as connection:
        connection.execute(text(statement), values)
    database.close()
