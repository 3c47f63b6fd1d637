"""What goes wrong: lines, server processes, databases, disks and rights, at the moments of the plan."""

import asyncio
import os
import re
import resource
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import aiohttp
import psycopg
from sqlalchemy import make_url

from tests.browser.stable import Ready, Stable
from tests.chaos.clients import Client, Sent, World
from tests.chaos.scenario import Fault
from tests.support.postgres import PostgresServer
from tests.support.proxy import Proxy

# Beyond this no file of the server may grow while its disk is full: every commit would have to.
_FULL_BYTES = 4096
_TRIES = 40


class Right(NamedTuple):
    """A change of somebody's rights: in which life of the log, its seq there, and when it was acknowledged."""

    member: str
    kind: str
    generation: int
    seq: int
    at: float


class Site(Protocol):
    """Where it goes wrong."""

    servers: list[Ready]
    lines: list[Proxy]
    postgres: PostgresServer | None
    database_url: str
    folder: Path
    stable: Stable
    world: World
    hui: Client


@dataclass
class Restore:
    """A backup and where it took the log back to; `head` is 0 until it was made."""

    file: Path
    head: int = 0
    epoch: str = ""


class Nemesis:
    """Carries the faults of a plan out. Lines fail beside each other, servers one after the other."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.rights: list[Right] = []
        self.backup = Restore(site.folder / "backup.zip")
        self.restored = False
        self.standstills: list[tuple[float, float]] = []
        self._turn = asyncio.Lock()

    async def carry_out(self, faults: list[Fault]) -> None:
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                group.create_task(self._strike(fault))

    async def _strike(self, fault: Fault) -> None:
        await asyncio.sleep(self.site.world.begun + fault.at - time.monotonic())
        kind, *whom = fault.kind.split()
        if whom:
            await self._change_rights(kind, whom[0])
        elif hasattr(Proxy, kind) or kind == "refuse":
            await self._disturb(fault)
        else:
            async with self._turn:
                await getattr(self, f"_{kind}")(fault)

    async def _disturb(self, fault: Fault) -> None:
        line = self.site.lines[fault.on]
        if fault.kind == "refuse":
            line.cut(refuse=True)
        elif fault.kind == "delay":
            line.delay(fault.seconds / 4)
        else:
            getattr(line, fault.kind)()
        await asyncio.sleep(fault.seconds)
        line.heal()

    # Servers

    def _server(self, fault: Fault) -> Ready:
        return self.site.servers[fault.on % len(self.site.servers)]

    async def _kill(self, fault: Fault) -> None:
        server = self._server(fault)
        server.kill()
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(server.restart)

    async def _freeze(self, fault: Fault) -> None:
        process, begun = self._server(fault).child.process, time.monotonic()
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(fault.seconds)
        process.send_signal(signal.SIGCONT)
        self.standstills.append((begun, time.monotonic()))

    async def _full(self, fault: Fault) -> None:
        """No file of the server grows any more, as on a full disk (setrlimit(2): EFBIG; Python ignores the signal)."""
        pid = self._server(fault).child.process.pid
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (_FULL_BYTES, most))
        await asyncio.sleep(fault.seconds)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))

    async def _drop(self, _fault: Fault) -> None:
        """PostgreSQL ends the connections of every server."""
        name = str(make_url(self.site.database_url).database)
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )

    async def _crash(self, _fault: Fault) -> None:
        """PostgreSQL is killed and comes back. Here and not in a thread: it ends with the thread that started it."""
        assert self.site.postgres
        begun = time.monotonic()
        self.site.postgres.restart()
        self.standstills.append((begun, time.monotonic()))

    def _url(self, database: str) -> str:
        assert self.site.postgres
        return f"host={self.site.postgres.folder} user=postgres dbname={database}"

    # Backup and restore, by the commands

    async def _backup(self, _fault: Fault) -> None:
        told = await self._command("backup", str(self.backup.file))
        found = re.search(rf"^ *{self.site.world.event} .*#(\d+)", told, re.MULTILINE)
        assert found, told
        self.backup.head = int(found[1])

    async def _restore(self, fault: Fault) -> None:
        for server in self.site.servers:
            server.kill()
        # Nobody hears any more of what was said by servers whose log is about to go.
        for line in self.site.lines:
            line.cut()
        self.site.world.generation += 1
        self.restored = True
        await self._command("restore", str(self.backup.file))
        await asyncio.sleep(fault.seconds)
        for server in self.site.servers:
            await asyncio.to_thread(server.restart)
        self.backup.epoch = (await self.site.hui.get("state?kinds=track"))["epoch"]

    async def _command(self, *words: str) -> str:
        """Run `fieldcue` beside the servers; once more if PostgreSQL still counts those that were killed just now."""
        server, log = self.site.servers[0], self.site.folder / f"{words[0]}.log"
        settings = server.settings | ({"PATH": self._tools()} if self.site.postgres else {})
        for _ in range(_TRIES):
            log.write_text("")
            child = self.site.stable.start(words, log, settings)
            if await asyncio.to_thread(child.process.wait, 30) == 0:
                return child.output
            await asyncio.sleep(0.1)
        raise AssertionError(child.output)

    def _tools(self) -> str:
        assert self.site.postgres
        return f"{self.site.postgres._reachable_binaries()}:{os.environ['PATH']}"  # noqa: SLF001 - where its tools are

    # Rights

    async def _change_rights(self, kind: str, member: str) -> None:
        """Hui changes somebody's rights, and sends that until it is acknowledged."""
        op, args = RIGHTS[kind]
        hui = self.site.hui
        sent = hui.queue(op, {"id": member, **args})
        while not sent.result:
            generation = self.site.world.generation
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                [result] = await hui.post([sent.op]) or [{"status": "retry"}]
                if generation == self.site.world.generation and result["status"] != "retry":
                    self._acknowledged(sent, result, kind, member)
            await asyncio.sleep(0.02)

    def _acknowledged(self, sent: Sent, result: dict[str, object], kind: str, member: str) -> None:
        sent.result, sent.answered = result, self.site.world.generation
        if result.get("first", result["status"]) == "applied":
            seq = int(str(result["seq"]))
            self.rights.append(Right(member, kind, sent.answered, seq, time.monotonic()))


RIGHTS: dict[str, tuple[str, dict[str, object]]] = {
    "move": ("member.edit", {"set": {"department": "sound"}}),
    "demote": ("member.edit", {"set": {"roles": ["client"], "tracks": [], "department": None}}),
    "remove": ("member.remove", {}),
    "sign_out": ("member.sign_out", {}),
}
