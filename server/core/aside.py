"""Heavy pure work in a process of its own.

A second of Python in a thread of the serving process makes everybody's ops slower for that second, since threads
take turns with the interpreter. So what takes long (reading, building and packing whole sheets) is done aside: a fresh
interpreter is given the parts, says what it has to say, and ends. What it is given and what it says are bytes or JSON.
"""

import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

Part = Any
Say = Callable[[Part], None]
Work = Callable[..., None]
"""`work(say, *parts)`: a function of a module that needs neither settings nor a database."""

SECONDS = 120.0
_PLACES = threading.BoundedSemaphore(2)
"""However many ask, no more than this work at the same time; the others wait."""
_BEHIND = 10
_ROOT = Path(__file__).resolve().parents[2]


class AsideError(Exception):
    """The work did not end well; the last lines of what it wrote to its error output."""


def aside(work: Work, heard: Say, *parts: Part, seconds: float = SECONDS) -> None:
    """Run `work(say, *parts)` in a process of its own; blocks, and calls `heard` here with all that it says.

    What `heard` raises ends the work and comes through. AsideError if it fails, or takes longer than `seconds`.
    """
    with (
        _PLACES,
        tempfile.TemporaryFile() as errors,
        _spawn(f"{work.__module__}:{work.__qualname__}", errors) as child,
    ):
        timer = threading.Timer(seconds, child.kill)
        timer.start()
        try:
            _give(_pipe(child.stdin), parts)
            for part in _parts(_pipe(child.stdout)):
                heard(part)
            code = child.wait()
        finally:
            timer.cancel()
            child.kill()
        if code:
            errors.seek(0)
            message = f"ended with {code}: {errors.read()[-2000:].decode(errors='replace')}"
            raise AsideError(message)


def _spawn(name: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """An interpreter that knows no secret of this one: only its own module path is in its environment."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-B", "-X", "utf8", "-m", "server.core.aside", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd="/",
        env={"PYTHONPATH": str(_ROOT)},
    )


def _give(out: IO[bytes], parts: tuple[Part, ...]) -> None:
    """All parts; a process that has ended already is asked for its exit code instead."""
    with contextlib.suppress(BrokenPipeError):
        for part in parts:
            _write(out, part)
    with contextlib.suppress(BrokenPipeError):
        out.close()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        message = "opened without a pipe"
        raise AsideError(message)
    return stream


# A part on the wire: b (bytes) or j (JSON), its length in four bytes, then itself.


def _write(out: IO[bytes], part: Part) -> None:
    kind, body = (
        (b"b", part) if isinstance(part, bytes) else (b"j", json.dumps(part, ensure_ascii=False).encode())
    )
    out.write(kind + len(body).to_bytes(4, "big"))
    out.write(body)
    out.flush()


def _parts(source: IO[bytes]) -> Iterator[Part]:
    """Whole parts only: one that is cut short by the end of a process is dropped with it."""
    while len(head := source.read(5)) == 5:  # noqa: PLR2004 - a kind and a length
        size = int.from_bytes(head[1:], "big")
        body = source.read(size)
        if len(body) == size:
            yield body if head[:1] == b"b" else json.loads(body)


def main() -> None:
    """In the process aside: take all parts, then work, after everybody who waits for an answer."""
    os.nice(_BEHIND)
    module, _, function = sys.argv[1].partition(":")
    parts = list(_parts(sys.stdin.buffer))
    getattr(importlib.import_module(module), function)(lambda part: _write(sys.stdout.buffer, part), *parts)


if __name__ == "__main__":
    main()
