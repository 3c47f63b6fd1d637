"""How sockets end: revoked, reset, silent, gone. Nothing more is written to them, and nothing of them is kept."""

import asyncio
import gc
import socket as sockets
import threading
import time

import pytest

from server.core.frames import Pace
from server.core.hub import REVOKED
from server.core.live_protocol import LiveProtocol
from server.core.room import SILENT
from server.core.subscription import Subscription
from tests.support.live import (
    QUICK,
    LiveApp,
    MemoryLog,
    Phone,
    hot,
    live_app,
    stall,
    until,
    wait_until,
)


async def test_a_reset_cuts_off_who_cannot_be_told_now() -> None:
    with live_app(MemoryLog(padding=20_000), QUICK) as app:
        slow = Phone(app.url, member="slow")
        async with slow.online() as unread:
            unread.transport.pause_reading()
            await stall(app, slow, unread)
            app.on_loop(lambda: app.hub.reset("show", "bulk"))
            await until(lambda: len(app.hub) == 0)
            unread.transport.resume_reading()
            assert await slow.drain(unread) == 1006


async def test_a_revoked_viewer_gets_a_reset_and_then_nothing(unpolled: LiveApp) -> None:
    mei, bob = Phone(unpolled.url), Phone(unpolled.url, member="bob")
    async with mei.online() as at_mei, bob.online() as at_bob:
        await hot(unpolled, "mei", "bob")
        poured: list[object] = []
        is_enough = threading.Event()
        pouring = threading.Thread(target=_pour, args=(unpolled, poured, is_enough))
        pouring.start()
        unpolled.hub.revoke_from_thread("mei")
        assert await mei.drain(at_mei) == REVOKED
        assert mei.messages[-1] == {"type": "reset", "reason": "access", "after_ms": 0}
        seen = len(mei.items["lens"])
        await until(lambda: len(poured) > seen + 20)
        is_enough.set()
        pouring.join()
        await bob.follow_items(at_bob, len(poured))
    assert len(mei.items["lens"]) == seen < len(poured)


def _pour(app: LiveApp, poured: list[object], is_enough: threading.Event) -> None:
    """Change things until it is enough."""
    while not is_enough.is_set() and len(poured) < 50_000:
        poured.append(app.change())


@pytest.mark.parametrize("where", ["heads", "catch-up"])
async def test_a_viewer_revoked_while_joining_gets_nothing(unpolled: LiveApp, where: str) -> None:
    gate = threading.Event()
    unpolled.change()
    other, mei = (
        Phone(unpolled.url, member="other", event="show" if where == "catch-up" else "gala"),
        Phone(unpolled.url),
    )
    async with other.online():
        await hot(unpolled, "other")
        unpolled.log.before = lambda _: gate.wait(5)
        async with mei.online() as socket:
            await until(lambda: "mei" in unpolled.subs and unpolled.subs["mei"].room is not None)
            unpolled.on_loop(lambda: unpolled.hub.revoke(lambda sub: sub.holder.member == "mei"))
            gate.set()
            assert await mei.drain(socket) == REVOKED
    await until(lambda: not unpolled.on_loop(_room_tasks))
    assert [message["type"] for message in mei.messages] == ["reset"]


async def test_a_silent_socket_is_closed_and_one_that_speaks_stays() -> None:
    with live_app(pace=Pace(poll=0.05, heartbeat=60, silence=0.5)) as app:
        mei, bob = Phone(app.url), Phone(app.url, member="bob")
        async with mei.online() as at_mei, bob.online() as at_bob:
            silent = asyncio.create_task(mei.drain(at_mei))
            for _ in range(10):
                await at_bob.send('{"type": "ping"}')
                await asyncio.sleep(0.1)
            assert await silent == SILENT
            assert app.subs["bob"].wire.open


async def test_nothing_is_kept_of_sockets_that_left(app: LiveApp) -> None:
    for n in range(30):
        phone = Phone(app.url, member=str(n), event="brief")
        async with phone.online() as socket:
            app.change("brief")
            if n % 3 == 0:
                socket.transport.abort()
            elif n % 3 == 1:
                await phone.follow(socket, n)
    await until(lambda: len(app.hub) == 0)
    app.subs.clear()
    assert not app.hub._rooms  # noqa: SLF001 - what is looked for is what nobody should see
    await until(lambda: gc.collect() >= 0 and not _subscriptions())


def _room_tasks() -> list[str]:
    return [name for task in asyncio.all_tasks() if "Room" in (name := task.get_coro().__qualname__)]  # type: ignore[union-attr]


def _subscriptions() -> list[Subscription]:
    return [one for one in gc.get_objects() if isinstance(one, Subscription) and one.event == "brief"]


async def test_a_wake_after_the_end_is_harmless() -> None:
    with live_app() as app:
        pass
    app.hub.wake("show", 1)


def test_the_server_ends_in_time_though_somebody_never_reads() -> None:
    class Hasty(LiveProtocol):
        grace = 0.3

    with live_app(MemoryLog(padding=20_000), QUICK, Hasty) as app, sockets.socket() as client:
        client.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", int(app.url.rpartition(":")[2])))
        client.sendall(
            b"GET /show?lens=crew&member=slow&since=0&own=0 HTTP/1.1\r\nHost: stage\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        wait_until(lambda: "slow" in app.subs and bool(app.subs["slow"].groups))
        while app.subs["slow"].groups:
            app.change()
            time.sleep(0.002)
        start = time.monotonic()
    assert time.monotonic() - start < 5
