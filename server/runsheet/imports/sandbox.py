"""Parsing a stranger's file in a process of its own, with limits on memory, CPU and time."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from server.runsheet.imports.book import Limits, Workbook, quiet, refuse

_ROOT = Path(__file__).resolve().parents[3]
_PIECE = 256 * 1024
_ANSWER_BYTES = 96 * 1024 * 1024


def parse_file(
    path: Path,
    limits: Limits | None = None,
    progress: Callable[[float], None] = quiet,
) -> Workbook:
    """Read the file at `path` in a child process; blocks, so call it from a worker thread.

    `progress` is called in this thread with a fraction from 0 to 1; what it raises ends the child and comes through.
    FileRefusedError tells why a file is not taken.
    """
    limits = limits or Limits()
    with path.open("rb") as file:
        child = _spawn(file, limits)
    try:
        return _listen(child, limits, progress)
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def _spawn(file: IO[bytes], limits: Limits) -> subprocess.Popen[bytes]:
    """A fresh interpreter that knows no secret of this one: only its own module path is in its environment."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [
            sys.executable,
            "-P",
            "-B",
            "-X",
            "utf8",
            "-m",
            "server.runsheet.imports.child",
            json.dumps(asdict(limits)),
        ],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": str(_ROOT)},
        close_fds=True,
    )


def _listen(child: subprocess.Popen[bytes], limits: Limits, progress: Callable[[float], None]) -> Workbook:
    for line in _lines(child, time.monotonic() + limits.wall_s):
        message = _message(line)
        if "progress" in message:
            progress(float(message["progress"]))
        elif "refused" in message:
            refuse(str(message["refused"]), **message.get("params", {}))
        elif "book" in message:
            return Workbook.from_json(message["book"])
    # Without a word: out of CPU time, out of memory beyond Python's reach, or a fault of our own.
    return refuse("file_too_heavy" if child.wait(5) < 0 else "file_broken")


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        refuse("file_broken")
    return message if isinstance(message, dict) else {}


def _lines(child: subprocess.Popen[bytes], deadline: float) -> Iterator[bytes]:
    """What the child writes, line by line, until it ends or the time is up."""
    held: list[bytes] = []
    for piece in _pieces(child, deadline):
        *ends, rest = piece.split(b"\n")
        for end in ends:
            yield b"".join([*held, end])
            held = []
        held.append(rest)
        if sum(map(len, held)) > _ANSWER_BYTES:
            refuse("file_too_much_text")


def _pieces(child: subprocess.Popen[bytes], deadline: float) -> Iterator[bytes]:
    if child.stdout is None:
        return
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                refuse("file_too_heavy")
            if not (piece := os.read(child.stdout.fileno(), _PIECE)):
                return
            yield piece
