"""What happens where two ways of running a show meet: stops, the clock, rehearsals, rain plans, many rows at once."""

from typing import Any

import pytest

from server.core.clock import to_iso
from server.core.ops import Result
from server.runsheet.models import Track
from server.runsheet.rolling_work import Roller
from tests.support.show import NOON, Show

MINUTE = 60_000
Json = dict[str, Any]


@pytest.fixture
def day(sqlite_show: Show) -> Show:
    """Items 1, 2, 3 of ten minutes from noon on the main track; 9 on the river."""
    start = {"start_mode": "fixed", "start": iso(0)}
    for number in ("1", "2", "3"):
        sqlite_show.add(f"i{number}", number=number, duration_s=600, **(start if number == "1" else {}))
    sqlite_show.add("i9", track="river", number="9")
    return sqlite_show


def iso(minutes: float) -> str:
    return str(to_iso(NOON + round(minutes * MINUTE), "Asia/Taipei"))


def late(show: Show, member: str, op: str, minutes: float, **args: Any) -> Result:  # noqa: ANN401 - as the op takes
    """What was tapped without signal, so many minutes after noon, and arrives now."""
    return show.send(member, {"op": op, "args": args, "at": iso(minutes)})[0]


def track(show: Show, name: str = "main") -> Track:
    with show.services.db.read() as session:
        return session.get_one(Track, (show.event, name))


# --- a stop, and the clock that calls


def test_the_clock_takes_no_track_that_is_stopped(day: Show) -> None:
    day.do("lan", "track.hold", tracks=["main"])
    error = day.refuse("wei", "track.roll", track="main", on=True)
    assert (error["code"], error["params"]["who"]) == ("held", "lan")
    with day.services.db.write() as session:
        stopped = session.get_one(Track, (day.event, "main"))
        stopped.rolling_by, stopped.rolling_at = "wei", NOON
    day.tick(60)
    Roller(day.services).look()
    assert day.cue("i1").state == "planned"


def test_a_stop_that_is_taken_back_leaves_the_clock_off_and_the_next_persons_stop_alone(day: Show) -> None:
    day.do("wei", "track.roll", track="main", on=True)
    stopped = day.do("wei", "track.hold", tracks=["main"])
    day.do("wei", "track.release", tracks=["main"])
    day.tick(60)
    day.do("lan", "track.hold", tracks=["main"])
    error = day.undo("wei", stopped)["error"]
    assert (error["code"], error["params"]["who"], track(day).held_by) == ("called_since", "lan", "lan")
    day.do("lan", "track.release", tracks=["main"])
    day.do("wei", "track.roll", track="main", on=True)
    assert day.undo("wei", day.do("wei", "track.hold", tracks=["main"]))["status"] == "applied"
    assert (track(day).held_at, track(day).rolling_by) == (None, None)


def test_a_release_that_was_tapped_before_the_stop_frees_nothing(day: Show) -> None:
    day.tick(600)
    day.do("lan", "track.hold", tracks=["main"])
    day.tick(60)
    error = late(day, "wei", "track.release", 5, tracks=["main"])["error"]
    assert (error["code"], error["params"]["who"], track(day).held_by) == ("held", "lan", "lan")
    assert late(day, "wei", "track.release", 10.5, tracks=["main"])["status"] == "applied"


def test_the_clock_that_was_switched_on_before_a_hand_called_stays_off(day: Show) -> None:
    day.tick(120)
    day.do("lan", "cue.go", id="i1", current=None)
    error = late(day, "wei", "track.roll", 1, track="main", on=True)["error"]
    assert (error["code"], error["params"]["who"], track(day).rolling_by) == ("called_since", "lan", None)
    assert late(day, "wei", "track.roll", 2, track="main", on=True)["status"] == "applied"
