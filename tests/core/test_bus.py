"""Two processes on one PostgreSQL and one Valkey tell each other what is new, and do without it when it is gone."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from server.core.bus import CHANNEL, Bus, bus_in_thread
from tests.support.valkey import ValkeyServer

SECONDS = 5.0


async def _told(heard: list[dict[str, Any]], wanted: dict[str, Any]) -> bool:
    """Whether a hint arrives in time."""
    for _ in range(round(SECONDS / 0.05)):
        if wanted in heard:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_hint_reaches_the_other_process(redis_url: str) -> None:
    heard: list[dict[str, Any]] = []
    async with Bus(redis_url, heard.append), Bus(redis_url, lambda _hint: None) as speaker:
        for head in range(1, 40):
            speaker.tell(event="riverside2027", head=head)
            if await asyncio.wait_for(asyncio.sleep(0.05, result=bool(heard)), SECONDS):
                break
        assert await _told(heard, {"event": "riverside2027", "head": head})


async def test_hints_come_again_after_the_bus_was_away(
    valkey_server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.core.bus.RETRY_SECONDS", 0.1)
    heard: list[dict[str, Any]] = []
    async with Bus(valkey_server.url, heard.append) as bus:
        valkey_server.kill()
        bus.tell(event="riverside2027", head=1)
        await asyncio.sleep(0.3)
        valkey_server.start()
        for head in range(2, 200):
            bus.tell(event="riverside2027", head=head)
            await asyncio.sleep(0.05)
            if heard:
                break
        assert heard


async def test_without_a_bus_telling_harms_nobody(unused_tcp_port: int) -> None:
    async with Bus(f"redis://127.0.0.1:{unused_tcp_port}", lambda _hint: None) as bus:
        for head in range(5000):
            bus.tell(event="riverside2027", head=head)
        await asyncio.sleep(0.05)


async def test_a_hint_that_nobody_understands_is_passed_over(redis_url: str) -> None:
    heard: list[dict[str, Any]] = []

    def hear(hint: dict[str, Any]) -> None:
        heard.append({"event": hint["event"], "head": int(hint["head"])})

    client = Redis.from_url(redis_url)
    async with Bus(redis_url, hear):
        for _ in range(100):
            if await client.publish(CHANNEL, b'{"event": "riverside2027", "head": 1}'):
                break
            await asyncio.sleep(0.05)
        for bad in (b"{", b"[]", b'{"event": "riverside2027"}', b'{"event": "riverside2027", "head": "x"}'):
            await client.publish(CHANNEL, bad)
        await client.publish(CHANNEL, b'{"event": "riverside2027", "head": 2}')
        assert await _told(heard, {"event": "riverside2027", "head": 2})
    await client.aclose()


async def test_a_process_without_a_loop_tells_too(redis_url: str) -> None:
    heard: list[dict[str, Any]] = []
    async with Bus(redis_url, heard.append):
        with bus_in_thread(redis_url) as bus:
            for head in range(1, 100):
                bus.tell(event="riverside2027", head=head)
                await asyncio.sleep(0.05)
                if heard:
                    break
    assert heard[0]["event"] == "riverside2027"
