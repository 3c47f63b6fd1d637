"""Whole tracks are stopped and go on: nothing starts there meanwhile; who comes second is told who was first."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from server.core.clock import to_iso
from server.runsheet.models import Track
from tests.support.follower import Follower
from tests.support.show import NOON, Show

MINUTE = 60_000


@pytest.fixture
def running(show: Show) -> Show:
    """Item 1 runs on the main track and 9 on the river since noon; 2 and 3 follow; cue 1.1 stands in item 1."""
    for number in ("1", "2", "3"):
        show.add(f"i{number}", number=number, title=f"節目{number}", duration_s=600)
    show.add("i9", track="river", number="9")
    show.add("c1.1", kind="cue", parent="i1", number="1.1")
    show.do("lan", "cue.go", id="i1", current=None)
    show.do("lan", "cue.go", id="i9", current=None)
    return show


def track(show: Show, name: str) -> Track:
    with show.services.db.read() as session:
        return session.get_one(Track, (show.event, name))


def facts(show: Show) -> list[Any]:
    """What is known of whether anything stands still."""
    rows = [show.cue(name) for name in ("i1", "i9")]
    tracks = [track(show, name) for name in ("main", "river")]
    return [
        *((row.state, row.paused_at, row.paused_ms) for row in rows),
        *((t.held_at, t.held_by) for t in tracks),
    ]


def test_all_stop_by_one_op_and_go_on_by_one(running: Show) -> None:
    running.tick(60)
    running.do("lan", "track.hold", tracks=["main", "river", "main"])
    at = NOON + MINUTE
    assert facts(running) == [("paused", at, 0), ("paused", at, 0), (at, "lan"), (at, "lan")]
    running.tick(60)
    running.do("lan", "track.release", tracks=["main", "river"])
    assert facts(running) == [("live", None, MINUTE), ("live", None, MINUTE), (None, ""), (None, "")]


def test_nothing_starts_on_a_track_that_is_stopped_and_one_is_told_by_whom_since_when(running: Show) -> None:
    running.do("wei", "cue.go", id="i3", current="i1")
    running.tick(60)
    running.do("lan", "track.hold", tracks=["main"])
    for op, args in (
        ("cue.go", {"id": "i2", "current": "i3"}),
        ("cue.resume", {"id": "i3"}),
        ("cue.rewind", {"id": "i1"}),
    ):
        error = running.refuse("wei", op, **args)
        told = {name: error["params"][name] for name in ("who", "when", "title")}
        assert (error["code"], told) == ("held", {"who": "lan", "when": NOON + MINUTE, "title": "主舞台"})
    running.do("wei", "cue.standby", id="i2")
    running.do("lan", "cue.pause", id="i9")


def test_only_what_the_stop_has_paused_goes_on(running: Show) -> None:
    running.do("wei", "cue.pause", id="i1")
    running.tick(60)
    running.do("wei", "track.hold", tracks=["main"])
    running.do("wei", "track.release", tracks=["main"])
    assert (running.cue("i1").state, running.cue("i1").paused_at) == ("paused", NOON)


def test_who_stops_or_releases_second_is_told_who_was_first(running: Show) -> None:
    running.do("lan", "track.hold", tracks=["main"])
    error = running.refuse("wei", "track.hold", tracks=["main"])
    assert (error["code"], error["params"]["who"]) == ("held", "lan")
    running.do("wei", "track.release", tracks=["main"])
    error = running.refuse("lan", "track.release", tracks=["main"])
    assert (error["code"], error["params"]["who"]) == ("not_held", "wei")
    assert running.refuse("lan", "track.release", tracks=["river"])["code"] == "not_held"


def test_of_two_that_stop_at_once_one_is_first(running: Show) -> None:
    op = {"op": "track.hold", "args": {"tracks": ["main"]}}
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda who: running.send(who, op)[0], ("wei", "lan")))
    assert sorted(result["status"] for result in results) == ["applied", "conflict"]


def test_a_stop_of_all_stops_what_still_runs(running: Show) -> None:
    running.do("wei", "track.hold", tracks=["main"])
    running.tick(5)
    made = running.do("lan", "track.hold", tracks=["main", "river"])
    assert (track(running, "main").held_by, track(running, "river").held_by) == ("wei", "lan")
    running.undo("lan", made)
    assert (track(running, "main").held_by, track(running, "river").held_by) == ("wei", "")


@pytest.mark.parametrize("member", ["wei", "mei", "tong", "qin", "rui"])
def test_whoever_may_not_call_every_track_stops_none(running: Show, member: str) -> None:
    for op in ("track.hold", "track.release"):
        assert running.refuse(member, op, tracks=["main", "river"])["code"] == "forbidden"


def test_a_stop_by_mistake_never_was_and_can_be_made_again(running: Show) -> None:
    before = facts(running)
    running.tick(60)
    made = running.do("lan", "track.hold", tracks=["main", "river"])
    after = facts(running)
    running.tick(5)
    assert (
        running.refuse("wei", "track.uncall", seq=made["result"]["undo"]["args"]["seq"])["code"]
        == "forbidden"
    )
    undone = running.undo("lan", made)
    assert (undone["status"], facts(running)) == ("applied", before)
    redone = running.undo("lan", undone)
    assert (redone["status"], facts(running)) == ("applied", after)


def test_it_is_not_taken_back_once_something_was_called(running: Show) -> None:
    made = running.do("lan", "track.hold", tracks=["main"])
    running.do("wei", "cue.standby", id="i2")
    assert running.undo("lan", made)["error"]["code"] == "called_since"
    released = running.do("wei", "track.release", tracks=["main"])
    assert running.undo("wei", made)["error"]["code"] == "called_since"
    assert running.undo("wei", released)["status"] == "applied"
    assert running.refuse("wei", "track.uncall", seq=running.cue("i2").version)["code"] == "not_found"


def test_a_stop_without_signal_stands_since_it_was_said_but_stops_nothing_that_began_long_after(
    running: Show,
) -> None:
    running.tick(600)
    said = {"op": "track.hold", "args": {"tracks": ["river"]}, "at": to_iso(NOON + MINUTE, "Asia/Taipei")}
    assert running.send("lan", said)[0]["status"] == "applied"
    assert (track(running, "river").held_at, running.cue("i9").paused_at) == (NOON + MINUTE, NOON + MINUTE)
    running.do("wei", "cue.go", id="i2", current="i1")
    running.tick(1)
    [late] = running.send("lan", said | {"args": {"tracks": ["main"]}})
    assert (late["error"]["code"], late["error"]["params"]["who"]) == ("called_since", "wei")


def test_everybody_who_sees_the_track_is_told_that_it_stands(running: Show) -> None:
    client = Follower(running, "qin", "html")
    client.catch_up()
    running.do("wei", "track.hold", tracks=["main"])
    client.catch_up()
    assert f'data-held="{NOON}" data-heldby="wei"' in client.held["track", "main"]
    [body] = [body for body in running.bodies("qin", "track") if body["id"] == "main"]
    assert (body["held_at"], body["held_by"]) == ("2027-04-10T12:00:00+08:00", "wei")
