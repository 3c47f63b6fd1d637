"""PostgreSQL's own tools: pg_dump and pg_restore, for a backup of a database that is a server's."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection

from server.keeping.troubles import KeepingError

HOURS = 4 * 3600
# Ours alone: schemas that a restore has put aside stay out of the next backup.
SCHEMA = "public"


def dump(url: URL, target: Path, folder: Path, snapshot: str) -> None:
    """Write the database as another transaction sees it (`pg_export_snapshot`); `folder` is for a moment's files."""
    with _address(url, folder) as address:
        _run(
            "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--schema={SCHEMA}",
            f"--snapshot={snapshot}", f"--file={target}", f"--dbname={address}",
        )  # fmt: skip


def look(dumped: Path) -> None:
    """KeepingError if pg_restore can't read it."""
    _run("pg_restore", "--list", str(dumped))


def fill(url: URL, dumped: Path, folder: Path) -> None:
    """Put what was dumped into an empty schema, all of it or nothing."""
    with _address(url, folder) as address:
        _run(
            "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
            f"--schema={SCHEMA}", f"--dbname={address}", str(dumped),
        )  # fmt: skip


def others(connection: Connection) -> int:
    """How many other connections the database has."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return int(connection.exec_driver_sql(f"{asked} AND backend_type = 'client backend'").scalar_one())


def tool(name: str) -> str:
    """Where one of PostgreSQL's tools is; KeepingError with what to do if it is nowhere."""
    found = shutil.which(name)
    if found is None:
        raise KeepingError(
            f"這台機器上沒有 {name}。請安裝跟資料庫同版本的 PostgreSQL 用戶端工具（Debian：postgresql-client），"
            "或改用資料庫主機的備份。",
            f"There is no {name} here. Install PostgreSQL's client tools of the database's version "
            "(Debian: postgresql-client), or use the backups of the database's host.",
        )
    return found


@contextmanager
def _address(url: URL, folder: Path) -> Iterator[str]:
    """The database's address for its tools. The password goes by a file, since everybody may read arguments."""
    plain = url.set(drivername="postgresql")
    if plain.password is None:
        yield plain.render_as_string(hide_password=False)
        return
    secrets = folder / "pgpass"
    word = str(plain.password).replace("\\", "\\\\").replace(":", "\\:")
    secrets.touch(mode=0o600)
    secrets.write_text(f"*:*:*:*:{word}\n")
    try:
        without = URL.create(
            "postgresql", plain.username, None, plain.host, plain.port, plain.database, plain.query
        )
        yield without.update_query_dict({"passfile": str(secrets)}).render_as_string(hide_password=False)
    finally:
        secrets.unlink()


def _run(name: str, *arguments: str) -> None:
    command: Sequence[str] = (tool(name), *arguments)
    done = subprocess.run(command, capture_output=True, text=True, timeout=HOURS, check=False)  # noqa: S603 - a known tool, no shell
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise KeepingError(f"{name} 沒有成功，原因如下。", f"{name} failed: {' '.join(said[-3:])[-600:]}")
