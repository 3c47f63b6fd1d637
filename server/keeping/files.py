"""Files that are there whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def workshop(beside: Path) -> Iterator[Path]:
    """A folder of one's own on the same disk as `beside`, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix=".fieldcue-", dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_new(made: Path, target: Path) -> None:
    """Give a finished file its name, in one step and onto the disk; FileExistsError if the name is taken."""
    try:
        os.link(made, target)
    except FileExistsError:
        raise
    except OSError:  # a stick with a file system that has no links
        if target.exists():
            raise FileExistsError(target) from None
        made.rename(target)
    sync_folder(target.parent)


def sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Names in a folder onto the disk, where the file system knows how."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def megabytes(size: int) -> str:
    """A size for people: 0.3 MB, 12 MB, 3.4 GB."""
    if size >= 1 << 30:
        return f"{size / (1 << 30):.1f} GB"
    return f"{size / (1 << 20):.1f} MB"
