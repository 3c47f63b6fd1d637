"""Folders in memory where there is room for them, gone with the process that made them."""

import os
import shutil
import tempfile
from pathlib import Path

import psutil

_ROOM = 512 * 1024 * 1024  # bytes: a cluster of PostgreSQL with its log, and the databases of a few tests


def quick_folder(prefix: str) -> Path:
    """A new folder, in memory if it may be. A socket's path may have 107 bytes, so its own path is short."""
    _remove_left_over(prefix)
    return lasting_folder(prefix, _memory())


def lasting_folder(prefix: str, where: Path | str | None) -> Path:
    """A new folder of this process in another one."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=where))
    claim(folder)
    return folder


def claim(folder: Path) -> None:
    """Say whose a folder is, so that it goes even if this process is killed."""
    (folder / "owner").write_text(str(os.getpid()))


def _memory() -> str | None:
    """A copied database of PostgreSQL is 300 files, and a commit waits for the disk: 400 ms and 10 on a busy one."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder below it is made by mkdtemp
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM else None


def _remove_left_over(prefix: str) -> None:
    """Take away the files of tests that were killed: nobody else does, and memory is dear."""
    places = {Path(_memory() or tempfile.gettempdir()), Path(tempfile.gettempdir())}
    for owner in (found for place in places for found in place.glob(f"{prefix}*/owner")):
        if owner.stat().st_uid == os.geteuid() and not psutil.pid_exists(int(owner.read_text() or 0)):
            shutil.rmtree(owner.parent, ignore_errors=True)
