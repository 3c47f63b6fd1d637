"""What happens where two ways of running a show meet: stops, the clock, rehearsals, rain plans, many rows at once."""

from typing import Any

import pytest

from server.core.access import TEAM, Viewer
from server.core.clock import to_iso
from server.core.ops import Result
from server.runsheet.lines import Rehearsal
from server.runsheet.models import Track
from server.runsheet.rolling_work import Roller
from tests.support.show import DAY, NOON, Show

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


# --- a rehearsal


@pytest.fixture
def rehearsed(day: Show) -> Show:
    """Wei rehearses the main track's day, from item 1 on."""
    begin(day)
    return day


def begin(show: Show) -> None:
    show.do("wei", "rehearsal.begin", id="dress", track="main", day=DAY, cue="i1")


def end(show: Show) -> None:
    show.do("wei", "rehearsal.end", id="dress")


def rain(show: Show) -> None:
    """A plan that leaves item 3 out, and shortens item 2."""
    changes = [{"cue": "i2", "set": {"duration_s": 300}}]
    show.do("rui", "variant.put", id="b", plan="B", day=DAY, skip=["i3"], changes=changes)


def test_no_plan_is_switched_on_a_line_that_is_rehearsed(rehearsed: Show) -> None:
    rain(rehearsed)
    error = rehearsed.refuse("rui", "variant.switch", id="b", current=None)
    assert (error["code"], error["params"]["who"]) == ("rehearsing", "wei")
    end(rehearsed)
    rehearsed.do("rui", "variant.switch", id="b", current=None)
    rehearsed.do("wei", "rehearsal.begin", id="again", track="main", day=DAY, cue="i1")
    assert rehearsed.refuse("rui", "variant.back", id="b")["code"] == "rehearsing"


def test_a_plan_goes_back_to_what_was_before_it_though_its_rows_were_rehearsed(day: Show) -> None:
    rain(day)
    day.do("rui", "variant.switch", id="b", current=None)
    begin(day)
    day.do("wei", "cue.resume", id="i3")
    day.do("wei", "cue.go", id="i3", current=None)
    end(day)
    assert day.cue("i3").state == "skipped"
    assert day.do("rui", "variant.back", id="b")["result"]["left"] == []
    assert (day.cue("i3").state, day.cue("i2").duration_s) == ("planned", 600)


def test_a_rehearsal_ends_after_all_that_was_called_in_it_and_keeps_the_last_run_of_each_row(
    rehearsed: Show,
) -> None:
    rehearsed.tick(60)
    rehearsed.do("wei", "cue.go", id="i1", current=None)
    rehearsed.tick(240)
    rehearsed.do("wei", "cue.finish", id="i1")
    rehearsed.do("wei", "cue.rewind", id="i1")
    rehearsed.tick(60)
    assert late(rehearsed, "wei", "rehearsal.end", 2, id="dress")["status"] == "applied"
    with rehearsed.services.db.read() as session:
        found = session.get_one(Rehearsal, (rehearsed.event, "dress"))
    assert found.results == {"i1": [[NOON + 5 * MINUTE, NOON + 6 * MINUTE]]}


def test_the_plan_takes_over_no_length_that_an_editor_could_not_give(rehearsed: Show) -> None:
    rehearsed.do("rui", "cue.edit", id="i1", set={"min_s": 120})
    for cue, current, seconds in (("i1", None, 60), ("i2", "i1", 0.2), ("i3", "i2", 90)):
        rehearsed.do("wei", "cue.go", id=cue, current=current)
        rehearsed.tick(seconds)
    end(rehearsed)
    assert (
        rehearsed.do("rui", "rehearsal.adopt", id="dress")["result"].items() >= {"rows": 1, "left": 2}.items()
    )
    assert [rehearsed.cue(cue).duration_s for cue in ("i1", "i2", "i3")] == [600, 600, 90]


def test_what_was_tapped_in_a_rehearsal_that_is_over_says_nothing_of_the_show(rehearsed: Show) -> None:
    rehearsed.tick(120)
    end(rehearsed)
    rehearsed.tick(60)
    for member, op, args in (
        ("mei", "cue.act", {"id": "i1", "act": "onstage"}),
        ("lan", "track.hold", {"tracks": ["river", "main"]}),
        ("lan", "track.release", {"tracks": ["main"]}),
    ):
        assert late(rehearsed, member, op, 1, **args)["error"]["code"] == "rehearsed"
    assert late(rehearsed, "lan", "track.hold", 1, tracks=["river"])["status"] == "applied"


def test_the_plan_is_not_frozen_anew_while_it_is_rehearsed(rehearsed: Show) -> None:
    assert rehearsed.refuse("rui", "baseline.take", track="main", day=DAY)["code"] == "rehearsing"
    rehearsed.do("rui", "baseline.take", track="river", day=DAY)


def test_what_was_rehearsed_stays_on_its_track_until_the_end(rehearsed: Show) -> None:
    rehearsed.do("wei", "cue.go", id="i1", current=None)
    rehearsed.do("wei", "cue.finish", id="i1")
    wanted = {"id": "i1", "track": "river", "after": None}
    assert rehearsed.refuse("rui", "cue.move", **wanted)["code"] == "rehearsing"
    rehearsed.do("rui", "cue.move", id="i1", after="i2")
    end(rehearsed)
    rehearsed.do("rui", "cue.move", **wanted)


def test_after_a_rehearsal_acts_are_where_they_were_and_who_needs_help_needs_it_still(day: Show) -> None:
    day.do("mei", "cue.act", id="i1", act="late", eta=iso(30))
    day.tick(60)
    begin(day)
    for member, op, args in (
        ("jun", "cue.act", {"id": "i1", "act": "backstage"}),
        ("jun", "cue.act", {"id": "i1", "act": "onstage"}),
        ("jun", "cue.act", {"id": "i2", "act": "onstage"}),
        ("mei", "cue.help", {"id": "i1"}),
        ("jun", "cue.ready", {"id": "i1"}),
    ):
        day.do(member, op, **args)
    end(day)
    acts = {
        body["cue"]: (body["kind"], body["member"], body["at"][11:16]) for body in day.bodies("rui", "act")
    }
    assert acts == {"i1": ("late", "mei", "12:00")}
    assert [(mark["member"], mark["kind"]) for mark in day.bodies("rui", "mark")] == [("mei", "help")]


# --- many rows at once


def test_a_skipped_row_is_not_split_nor_joined_with_one_that_is_not(day: Show) -> None:
    day.do("wei", "cue.skip", id="i2")
    assert day.refuse("rui", "cue.split", id="i2", new="half", at_s=60)["code"] == "skipped"
    for first, rest in (("i1", ["i2"]), ("i2", ["i3"])):
        assert day.refuse("rui", "cue.join", id=first, rows=rest)["code"] == "skipped"
    day.do("wei", "cue.skip", id="i3")
    day.do("rui", "cue.join", id="i2", rows=["i3"])
    assert day.cue("i2").state == "skipped"


def test_several_rows_at_once_are_resumed_only_if_they_were_skipped(day: Show) -> None:
    day.do("hui", "member.edit", id="wei", set={"roles": ["caller", "coordinator"]})
    day.do("wei", "cue.go", id="i1", current=None)
    day.do("wei", "cue.pause", id="i1")
    day.do("wei", "cue.skip", id="i2")
    steps = [{"op": "cue.resume", "args": {"id": cue}} for cue in ("i2", "i1")]
    error = day.refuse("wei", "cue.batch", steps=steps)
    assert (error["code"], error["row"]) == ("not_skipped", "i1")
    back = day.do("wei", "cue.batch", steps=steps[:1])
    assert day.undo("wei", back)["status"] == "applied"
    assert day.cue("i2").state == "skipped"


def test_copies_of_whole_segments_are_so_many_rows_at_most(
    day: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.runsheet.batch.MOST_ROWS", 7)
    day.add("s", kind="segment")
    for number in range(3):
        day.add(f"s{number}", parent="s")
    copies = [{"op": "cue.copy", "args": {"id": f"copy{number}", "of": "s"}} for number in range(2)]
    assert day.refuse("rui", "cue.batch", steps=copies)["code"] == "too_many"
    day.do("rui", "cue.batch", steps=copies[:1])


# --- who is none of the team


@pytest.mark.parametrize(
    ("roles", "is_team"),
    [(["screen", "client"], False), (["screen", "crew"], True), (["client", "vendor"], False)],
)
def test_a_screen_that_is_also_a_clients_is_none_of_the_team(roles: list[str], is_team: bool) -> None:  # noqa: FBT001
    viewer = Viewer("e", "m", "M", frozenset(roles), frozenset(), frozenset())
    assert (TEAM in viewer.audiences) == is_team
