"""The hub with real sockets, real threads and phones that keep the rules of the wire."""

import asyncio
import json
import random
import threading
import time
from collections import Counter

import pytest
from websockets.asyncio.client import ClientConnection

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


def got_all(app: LiveApp, phone: Phone) -> bool:
    own = f"own:{phone.member}"
    return phone.items == {
        "lens": app.log.seen(phone.event, phone.lens),
        "own": app.log.seen(phone.event, own),
    }


async def test_a_change_reaches_those_who_may_see_it_and_nobody_else(unpolled: LiveApp) -> None:
    mei, bob = Phone(unpolled.url), Phone(unpolled.url, "vendor", "bob")
    other = Phone(unpolled.url, member="other", event="gala")
    async with mei.online() as at_mei, bob.online() as at_bob, other.online() as at_other:
        await hot(unpolled, "mei", "bob", "other")
        unpolled.change(key="crew")
        unpolled.change(key="own:bob")
        unpolled.change(key="vendor")
        unpolled.change("gala", "crew")
        async with asyncio.timeout(5):
            while not (got_all(unpolled, mei) and got_all(unpolled, bob) and got_all(unpolled, other)):
                for phone, socket in ((mei, at_mei), (bob, at_bob), (other, at_other)):
                    if not got_all(unpolled, phone):
                        phone.take(json.loads(await socket.recv()))
    assert mei.items == {"lens": [1], "own": []}
    assert bob.items == {"lens": [3], "own": [2]}
    assert other.items == {"lens": [1], "own": []}


async def wander(app: LiveApp, phone: Phone, chance: random.Random, done: threading.Event) -> None:
    """Come and go at random until the show is over, then stay for the end."""
    while not done.is_set():
        async with phone.online() as socket:
            try:
                async with asyncio.timeout(chance.uniform(0.01, 0.3)):
                    await phone.follow(socket, 1 << 30)
            except TimeoutError:
                pass
    async with phone.online() as socket:
        await phone.follow(socket, len(app.log.changes["show"]))


def perform(app: LiveApp, chance: random.Random, done: threading.Event) -> None:
    """Changes from a thread, some of whose wakes are lost."""
    keys = ["*", "crew", "vendor", "client", "own:0", "own:7", "nobody"]
    for _ in range(400):
        app.change(key=chance.choice(keys), wake=chance.random() < 0.8)
        time.sleep(chance.choice([0, 0, 0.001, 0.01]))
    done.set()


@pytest.mark.parametrize("cut", [1000, 3])
async def test_phones_that_come_and_go_miss_nothing_and_get_nothing_twice(cut: int) -> None:
    chance, done = random.Random(cut), threading.Event()  # noqa: S311 - a seeded stress
    with live_app(MemoryLog(cut=cut), QUICK) as app:
        phones = [Phone(app.url, ("crew", "vendor", "client")[n % 3], str(n)) for n in range(24)]
        show = threading.Thread(target=perform, args=(app, chance, done))
        show.start()
        await asyncio.gather(*(wander(app, phone, chance, done) for phone in phones))
        show.join()
        assert all(got_all(app, phone) for phone in phones)
        wait_until(lambda: len(app.hub) == 0)


async def test_wakes_that_come_while_a_round_is_read_are_one_round(unpolled: LiveApp) -> None:
    reads = Counter[str]()

    def slowly(what: str) -> None:
        reads[what] += 1
        time.sleep(0.1)

    mei = Phone(unpolled.url)
    async with mei.online() as socket:
        await hot(unpolled, "mei")
        unpolled.log.before = slowly
        for _ in range(100):
            unpolled.change()
        await mei.follow_items(socket, 100)
    assert reads["live"] <= 3
    assert mei.items["lens"] == list(range(1, 101))


async def test_a_hint_that_comes_again_or_is_not_true_costs_one_reading(unpolled: LiveApp) -> None:
    reads = Counter[str]()
    begun, go_on = threading.Event(), threading.Event()

    def wait(what: str) -> None:
        reads[what] += 1
        begun.set()
        go_on.wait(5)

    mei = Phone(unpolled.url)
    async with mei.online() as socket:
        await hot(unpolled, "mei")
        unpolled.log.before = wait
        unpolled.change()
        assert await asyncio.to_thread(begun.wait, 5)
        for _ in range(3):
            unpolled.hub.wake("show", 1)
        await asyncio.sleep(0.05)
        go_on.set()
        await mei.follow_items(socket, 1)
        assert reads["live"] == 1
        unpolled.hub.wake("show", 1000)
        await until(lambda: reads["live"] == 2)
        await asyncio.sleep(0.1)
    assert reads["live"] == 2


async def test_a_lost_wake_costs_only_time(app: LiveApp) -> None:
    mei = Phone(app.url)
    async with mei.online() as socket:
        await hot(app, "mei")
        app.change(wake=False)
        await mei.follow(socket, 1, seconds=1)
    assert mei.items["lens"] == [1]


async def test_a_reader_that_fails_costs_nobody_the_socket(
    app: LiveApp, caplog: pytest.LogCaptureFixture
) -> None:
    failures = [OSError("the disk is on fire") for _ in range(6)]

    def fail(_: str) -> None:
        if failures:
            raise failures.pop()

    mei = Phone(app.url)
    async with mei.online() as socket:
        await hot(app, "mei")
        app.log.before = fail
        app.change()
        await mei.follow(socket, 1)
        assert not failures
    assert mei.items["lens"] == [1]
    assert "the disk is on fire" in caplog.text


async def test_nobody_joins_a_room_whose_head_cannot_be_read_until_it_can(
    app: LiveApp, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: str) -> None:
        raise OSError

    app.log.before = fail
    app.change()
    mei = Phone(app.url)
    async with mei.online() as socket:
        assert await mei.drain(socket) != 1000
    assert len(app.hub) == 0
    app.log.before = str
    async with mei.online() as socket:
        await mei.follow(socket, 1)
    caplog.clear()


async def test_a_catch_up_that_takes_long_does_not_hold_up_the_others(app: LiveApp) -> None:
    gate = threading.Event()
    app.log.before = lambda what: what == "live" or gate.wait(5)
    gate.set()
    mei, late = Phone(app.url), Phone(app.url, member="late")
    async with mei.online() as socket:
        await hot(app, "mei")
        app.change()
        await mei.follow(socket, 1)
        gate.clear()
        async with late.online() as slowly:
            await until(lambda: "late" in app.subs)
            app.change()
            await mei.follow_items(socket, 2)
            assert not late.items["lens"]
            gate.set()
            await late.follow(slowly, 2)
    assert late.items["lens"] == [1, 2]


async def test_a_slow_reader_falls_out_and_comes_back_without_loss() -> None:
    with live_app(MemoryLog(padding=20_000, cut=3), QUICK) as app:
        slow, mei = Phone(app.url, member="slow"), Phone(app.url)
        async with slow.online() as unread, mei.online() as socket:
            unread.transport.pause_reading()
            following = asyncio.create_task(mei.follow(socket, 1 << 30))
            await stall(app, slow, unread)
            head = [app.change() for _ in range(50)][-1]
            await until(lambda: len(mei.items["lens"]) == head)
            assert app.subs["slow"].cursors[0] < head
            unread.transport.resume_reading()
            await slow.follow(unread, head)
            await hot(app, "slow")
            following.cancel()
    assert slow.items["lens"] == list(range(1, head + 1))


async def test_a_quiet_chain_moves_on_by_heartbeats(app: LiveApp) -> None:
    mei = Phone(app.url)
    async with mei.online() as socket:
        await hot(app, "mei")
        app.change(key="nobody")
        await mei.follow(socket, 1)
        app.change(key="crew")
        await mei.follow(socket, 2)
    frame = next(message for message in mei.messages if message["type"] == "frame")
    assert (frame["base"], frame["seq"]) == (1, 2)
    assert mei.items["lens"] == [2]


async def test_a_chain_past_its_window_is_reset_and_goes_on_from_the_head(app: LiveApp) -> None:
    for _ in range(10):
        app.change()
    app.log.reset_below = 5
    mei = Phone(app.url)
    async with mei.online() as socket:
        await hot(app, "mei")
        mei.cursors = {"lens": 10, "own": 10}  # what it has fetched anew
        app.change()
        await mei.follow(socket, 11)
    assert mei.messages[0] == {"type": "reset", "reason": "window", "after_ms": 0}
    assert mei.items["lens"] == [11]


async def test_a_reset_for_everybody_is_spread_over_its_jitter(unpolled: LiveApp) -> None:
    phones = [Phone(unpolled.url, member=str(n)) for n in range(8)]
    waits = set()
    for phone in phones:
        async with phone.online() as socket:
            await hot(unpolled, phone.member)
            unpolled.on_loop(lambda: unpolled.hub.reset("show", "bulk", 30_000))
            message = json.loads(await socket.recv())
            assert message["reason"] == "bulk"
            waits.add(message["after_ms"])
    assert len(waits) > 4
    assert max(waits) <= 30_000


async def test_who_needs_older_frames_gets_them(unpolled: LiveApp) -> None:
    for _ in range(5):
        unpolled.change()
    mei = Phone(unpolled.url, cursors={"lens": 5, "own": 5})
    async with mei.online() as socket:
        await hot(unpolled, "mei")
        await socket.send(json.dumps({"type": "need", "since": 2, "own": 5}))
        mei.cursors["lens"] = 2
        await mei.follow(socket, 5)
    assert mei.items["lens"] == [3, 4, 5]


async def states(socket: ClientConnection, seconds: float) -> list[int]:
    seen = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = json.loads(await socket.recv())
                seen += [message["n"]] if message["type"] == "ephemeral" else []
    except TimeoutError:
        return seen


async def test_a_state_is_shown_whole_and_rarely_to_its_audience_and_to_newcomers(app: LiveApp) -> None:
    def show(n: int, *, is_last: bool = False) -> None:
        payload = json.dumps({"type": "ephemeral", "n": n}).encode()
        app.hub.ephemeral("show", "online", payload, lambda sub: sub.holder.member != "bob", is_last=is_last)

    mei, bob, late = Phone(app.url), Phone(app.url, member="bob"), Phone(app.url, member="late")
    async with mei.online() as at_mei, bob.online() as at_bob:
        await hot(app, "mei", "bob")
        for n in range(50):
            app.on_loop(lambda n=n: show(n))  # type: ignore[misc]
        assert await states(at_mei, 0.6) == [0, 49]
        async with late.online() as at_late:
            assert await states(at_late, 0.3) == [49]
            app.on_loop(lambda: show(50, is_last=True))
            assert await states(at_late, 0.5) == [50]
        async with late.online() as at_late:
            assert await states(at_late, 0.3) == []
        assert await states(at_bob, 0.1) == []
