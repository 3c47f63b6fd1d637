"""Databases for tests, one kind for SQLite and one for PostgreSQL: empty, or with the newest tables."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import make_url

from tests.support.child import plain_environment
from tests.support.postgres import PostgresServer

ROOT = Path(__file__).parents[2]


class Databases(Protocol):
    """Gives addresses of databases that nobody else uses; `forget` takes them away again."""

    def empty(self) -> str: ...

    def migrated(self) -> str: ...

    def filled(self, name: str, fill: Callable[[str], object]) -> str:
        """A copy of what `fill` made of a migrated database, once for each name. It leaves no connection behind."""

    def forget(self, url: str) -> None: ...


class SqliteDatabases:
    """Files in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count(1)
        self.templates: dict[str, Path] = {}

    def empty(self) -> str:
        return _sqlite_url(self._path())

    def migrated(self) -> str:
        if "" not in self.templates:
            template = self._path()
            migrate(_sqlite_url(template))
            self._keep("", template)
        return self._copy("")

    def filled(self, name: str, fill: Callable[[str], object]) -> str:
        if name not in self.templates:
            url = self.migrated()
            fill(url)
            self._keep(name, Path(url.removeprefix("sqlite:///")))
        return self._copy(name)

    def _keep(self, name: str, template: Path) -> None:
        # So that the copy is whole without the log beside the file.
        with sqlite3.connect(template) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        self.templates[name] = template

    def _copy(self, name: str) -> str:
        path = self._path()
        shutil.copyfile(self.templates[name], path)
        return _sqlite_url(path)

    def forget(self, url: str) -> None:
        for ending in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + ending).unlink(missing_ok=True)

    def _path(self) -> Path:
        folder = self.folder / str(next(self.numbers))
        folder.mkdir()
        return folder / "fieldcue.db"


class PostgresDatabases:
    """Databases of one server, copied from a template."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.numbers = count(1)
        self.templates: dict[str, str] = {}

    def empty(self) -> str:
        return self.server.create(self._name())

    def migrated(self) -> str:
        if "" not in self.templates:
            self.server.drop("template_migrated")
            migrate(self.server.create("template_migrated"))
            self.templates[""] = "template_migrated"
        return self._copy("")

    def filled(self, name: str, fill: Callable[[str], object]) -> str:
        if name not in self.templates:
            url = self.migrated()
            fill(url)
            self.templates[name] = str(make_url(url).database)
        return self._copy(name)

    def forget(self, url: str) -> None:
        self.server.drop(str(make_url(url).database))

    def _copy(self, name: str) -> str:
        return self.server.create(self._name(), self.templates[name])

    def _name(self) -> str:
        return f"test_{next(self.numbers)}"


def migrate(url: str) -> None:
    """Bring a database to the newest tables as an installation would: by the command."""
    command = [sys.executable, "-m", "server.cli", "migrate"]
    environment = plain_environment(FIELDCUE_DATABASE_URL=url)
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"
