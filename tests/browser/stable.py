"""Servers that start at once: one process imports the program, and each server is a fork of it.

Importing takes a second or two of work, the rest of a start a tenth of one, and there are more than a hundred tests.
A test doesn't wait until its own server has ended, either: how it ended is looked at a test later.
`python -m tests.browser.stable` is the process that forks, for each line of JSON that it reads; tests/chaos/launcher.py
is one whose servers can be given a fault.
"""

import atexit
import gc
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any, ClassVar, NoReturn

import brotli
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from tests.support.child import Child, _die_with_parent, plain_environment
from tests.support.server import ROOT, Server


class Fork:
    """A process that another one forked, with as much of `Popen` as `Child` uses. `folder` tells its id and its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.returncode: int | None = None
        deadline = time.monotonic() + 60
        while (pid := self._told("pid")) is None:
            assert time.monotonic() < deadline, "nothing was forked"
            time.sleep(0.005)
        self.pid = pid

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._told("code")
        return self.returncode

    def wait(self, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("a fork", timeout)
            time.sleep(0.005)
        return code

    def send_signal(self, sign: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, sign)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _told(self, name: str) -> int | None:
        file = self.folder / name
        return int(file.read_text()) if file.exists() else None


class ForkedChild(Child):
    """A `Child` that nobody had to import for."""

    def __init__(self, command: tuple[str, ...], log: Path, fork: Fork) -> None:
        self.command, self.log = ["fieldcue", *command], log
        self.process = fork  # type: ignore[assignment]  # has what is used of it


class Stable:
    """Starts servers, and takes those back whose test is over."""

    def __init__(self, folder: Path, root: Path = ROOT, module: str = "tests.browser.stable") -> None:
        """`root` is the checkout whose program they run; the way in which they are started is this one's."""
        self.folder = folder
        self.made = 0
        self.leaving: list[Server] = []
        command = (sys.executable, "-m", module)
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, env=plain_environment(PYTHONPATH=str(ROOT)), cwd=root, text=True
        )

    def start(self, command: tuple[str, ...], log: Path, settings: Mapping[str, str]) -> Child:
        self.see_off(all_but=1)
        self.made += 1
        place = self.folder / str(self.made)
        place.mkdir()
        log.touch()
        told = {"place": str(place), "command": command, "log": str(log)}
        pipe = self.process.stdin
        assert pipe is not None
        pipe.write(json.dumps(told | {"environment": plain_environment(**settings)}) + "\n")
        pipe.flush()
        return ForkedChild(command, log, Fork(place))

    def leave(self, server: Server) -> None:
        """Ask a server to end, without waiting for it."""
        if server.child.process.poll() is None:
            server.child.process.send_signal(signal.SIGTERM)
            self.leaving.append(server)

    def close(self) -> None:
        self.see_off()
        self.process.communicate(timeout=10)

    def see_off(self, all_but: int = 0) -> None:
        """Wait until those have ended that were asked to, but for the last ones, and look how."""
        while len(self.leaving) > all_but:
            self.leaving.pop(0).stop()


class Ready(Server):
    """As `Server`, from a stable."""

    command: ClassVar[tuple[str, ...]] = ("serve",)

    def __init__(self, stable: Stable, folder: Path, database_url: str, **settings: str) -> None:
        self.stable = stable
        super().__init__(folder, database_url, **settings)

    def _start(self) -> Child:
        child = self.stable.start(self.command, self.folder / "server.log", self.settings)
        child.wait_until(self._is_healthy, seconds=30)
        return child


# --- the process that forks


def main(run: Callable[[Sequence[str]], int] | None = None) -> None:
    """Fork until nobody asks any more. `run` is what a fork does with its command, else what the program does."""
    from server import cli  # noqa: PLC0415 - here alone, and before the first fork

    _prepare()
    places: dict[int, Path] = {}
    signal.signal(signal.SIGCHLD, lambda *_: _reap(places))
    for line in sys.stdin:
        told = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(run or cli.main, told)
        places[pid] = Path(told["place"])
        _tell(places[pid], "pid", pid)
        _reap(places)


def _prepare() -> None:
    """Do here what comes out the same in every server: compile the templates; read, join and pack the static files."""
    from server.core import page, static  # noqa: PLC0415 - as above

    setattr(page, "Environment", partial(Environment, bytecode_cache=_Compiled()))  # noqa: B010 - mypy knows a class
    for name in (environment := page._environment("zh-TW", {})).list_templates():  # noqa: SLF001 - the program's own
        environment.get_template(name)
    static._read, static._lean = cache(static._read), cache(static._lean)  # noqa: SLF001 - as above
    joined = static._joined  # noqa: SLF001 - as above
    join = cache(lambda files: joined(dict(files)))
    static._joined = lambda plain: join(tuple(plain.items()))  # noqa: SLF001 - as above
    compress = cache(brotli.compress)
    setattr(static, "brotli", SimpleNamespace(compress=compress))  # noqa: B010 - mypy knows a module
    files = static.StaticFiles(static.STATIC, *static.ALSO_SHOWN)
    for name, content in files._plain.items():  # noqa: SLF001 - as above
        if Path(name).suffix in static._TEXT:  # noqa: SLF001 - as above
            compress(content, quality=static.QUALITY)
    # What is there stays: no server looks through it for garbage, which would also copy it.
    gc.freeze()


class _Compiled(BytecodeCache):
    """Templates by their names. Their words are looked up when one is shown, so all languages share them."""

    def __init__(self) -> None:
        self.codes: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.codes.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            self.codes[bucket.key] = bucket.code


def _become(run: Any, told: dict[str, Any]) -> NoReturn:  # noqa: ANN401 - the program's main
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _die_with_parent()
    random.seed()
    os.environ.clear()
    os.environ.update(told["environment"])
    log = os.open(told["log"], os.O_WRONLY | os.O_APPEND)
    for stream, file in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
        os.dup2(file, stream)
    _end(_code_of(run, told["command"]))


def _code_of(run: Any, command: Sequence[str]) -> int:  # noqa: ANN401 - as above
    try:
        code: int = run(command)
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        return ended.code
    return code


def _end(code: int) -> NoReturn:
    """As any program ends, but that what was imported isn't taken down, which a fork would have to copy for that."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - waits for threads, as the interpreter does
    atexit._run_exitfuncs()  # noqa: SLF001 - as above
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _reap(places: dict[int, Path]) -> None:
    """Tell how those ended that have ended; one that ended before it was noted down waits for the next time."""
    for pid in list(places):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            _tell(places.pop(pid), "code", os.waitstatus_to_exitcode(status))


def _tell(place: Path, name: str, number: int) -> None:
    draft = place / f"{name}.draft"
    draft.write_text(str(number))
    draft.rename(place / name)


if __name__ == "__main__":
    main()
