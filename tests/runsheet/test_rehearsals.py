"""A line is rehearsed on another clock, and the show that follows finds everything as it was."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from server.core.clock import to_iso
from server.core.models import Event
from server.runsheet.bodies import derive_state
from server.runsheet.lines import Baseline, Rehearsal
from tests.support.follower import Follower
from tests.support.show import DAY, NOON, Show

MINUTE = 60_000
TOMORROW = "2027-04-11"
Json = dict[str, Any]


@pytest.fixture
def both(show: Show) -> Show:
    """`planned_tomorrow`, on both databases."""
    return planned_tomorrow(show)


@pytest.fixture
def tomorrow(sqlite_show: Show) -> Show:
    """`planned_tomorrow` where the database makes no difference."""
    return planned_tomorrow(sqlite_show)


def planned_tomorrow(show: Show) -> Show:
    """Tomorrow from 19:00 items 1, 2, 3 of ten minutes in a segment, a cue in item 1; today a load-in at 13:00."""
    evening = to_iso(NOON + (24 + 7) * 60 * MINUTE, "Asia/Taipei")
    show.add("load-in", start_mode="fixed", start=iso(60), duration_s=3600)
    show.add("s", kind="segment", title="開場", day=TOMORROW, start_mode="fixed", start=evening)
    for number in ("1", "2", "3"):
        show.add(f"i{number}", parent="s", number=number, day=TOMORROW, duration_s=600)
    show.add("c1.1", kind="cue", parent="i1", offset_s=60)
    return show


def iso(minutes: float) -> str:
    return str(to_iso(NOON + round(minutes * MINUTE), "Asia/Taipei"))


def begin(show: Show, cue: str = "i1", member: str = "wei", rehearsal: str = "dress") -> Json:
    args = {"id": rehearsal, "track": "main", "day": TOMORROW, "cue": cue}
    return dict(show.do(member, "rehearsal.begin", **args))


def state(show: Show, kind: str = "cue") -> dict[str, Json]:
    """What a machine reads, with times as of now, by id."""
    bodies = show.bodies("mei", kind)
    with show.services.db.read() as session:
        derive_state(session, {kind: bodies}, session.get_one(Event, show.event), show.clock.now())
    return {body["id"]: body for body in bodies}


def projected(show: Show, cue: str) -> str:
    """When a row is to begin, as HH:MM."""
    return str(state(show)[cue]["projected_start"])[11:16]


def plain(show: Show) -> dict[str, Json]:
    """The rows without what only counts changes."""
    return {id_: row | {"version": 0} for id_, row in state(show).items()}


def rehearsal(show: Show, rehearsal_id: str = "dress") -> Rehearsal:
    with show.services.db.read() as session:
        return session.get_one(Rehearsal, (show.event, rehearsal_id))


# --- while it runs


def test_the_rows_are_timed_from_now_and_the_plan_stays(both: Show) -> None:
    begin(both)
    assert [projected(both, cue) for cue in ("i1", "c1.1", "i2", "i3")] == [
        "12:00",
        "12:01",
        "12:10",
        "12:20",
    ]
    assert state(both, "track")["main"]["next"] == "i1"
    assert projected(both, "load-in") == "13:00"
    assert both.cue("s").start == NOON + (24 + 7) * 60 * MINUTE
    both.tick(90)
    both.do("wei", "cue.go", id="i1", current=None)
    assert projected(both, "i2") == "12:11"
    assert state(both, "track")["main"] | {"version": 0} == state(both, "track")["main"] | {
        "version": 0, "current": "i1", "next": "i2", "offset": 90,
    }  # fmt: skip
    with both.services.db.read() as session:
        assert session.exec(select(Baseline).where(Baseline.event_id == both.event)).first() is None


def test_it_may_begin_in_the_middle(tomorrow: Show) -> None:
    begin(tomorrow, "i2")
    assert state(tomorrow, "track")["main"]["next"] == "i2"
    assert [projected(tomorrow, cue) for cue in ("i2", "i3")] == ["12:00", "12:10"]
    tomorrow.do("wei", "cue.go", id="i1", current=None)
    assert state(tomorrow, "track")["main"]["current"] == "i1"


def test_nothing_else_is_called_on_that_track_meanwhile(tomorrow: Show) -> None:
    begin(tomorrow)
    refused = tomorrow.refuse("lan", "cue.go", id="load-in", current=None)
    assert (refused["code"], refused["params"]["who"]) == ("rehearsing", "wei")
    tomorrow.add("i9", track="river")
    tomorrow.do("lan", "cue.go", id="i9", current=None)


@pytest.mark.parametrize(
    ("member", "args", "code"),
    [
        ("wei", {"cue": "s"}, "bad_row"),
        ("wei", {"cue": "c1.1"}, "bad_row"),
        ("wei", {"cue": "load-in"}, "bad_row"),
        ("wei", {"cue": "nothing"}, "not_found"),
        ("wei", {"track": "river"}, "forbidden"),
        ("lan", {"track": "river"}, "bad_row"),
        ("rui", {}, "forbidden"),
    ],
)
def test_what_cannot_be_rehearsed_is_refused(tomorrow: Show, member: str, args: Json, code: str) -> None:
    wanted = {"id": "dress", "track": "main", "day": TOMORROW, "cue": "i1"} | args
    assert tomorrow.refuse(member, "rehearsal.begin", **wanted)["code"] == code


def test_a_line_is_rehearsed_as_everybody_else_sees_it(tomorrow: Show) -> None:
    """An edit that waits moves a row to another day for its editors alone, before a rehearsal or in one."""
    tomorrow.do("rui", "sheet.publish")
    moved = {"day": DAY, "start_mode": "manual"}
    tomorrow.do("rui", "cue.edit", id="i1", set=moved)
    tomorrow.add("n", parent="s", day=TOMORROW)
    tomorrow.do("hui", "member.edit", id="rui", set={"roles": ["coordinator", "caller"], "tracks": ["main"]})
    other_line = {"id": "x", "track": "main", "day": DAY, "cue": "i1"}
    assert tomorrow.refuse("rui", "rehearsal.begin", **other_line)["code"] == "bad_row"
    unknown = {"id": "x", "track": "main", "day": TOMORROW, "cue": "n"}
    assert tomorrow.refuse("rui", "rehearsal.begin", **unknown)["code"] == "unpublished"
    begin(tomorrow)
    tomorrow.do("rui", "cue.edit", id="i2", set=moved)
    for row in ("i1", "i2"):
        tomorrow.do("mei", "cue.ready", id=row)
    tomorrow.do("wei", "cue.go", id="i1", current=None)
    tomorrow.do("wei", "cue.go", id="i2", current="i1")
    tomorrow.do("wei", "rehearsal.end", id="dress")
    assert [(tomorrow.cue(name).state, tomorrow.cue(name).runs) for name in ("i1", "i2")] == [
        ("planned", [])
    ] * 2
    assert tomorrow.bodies("mei", "mark") == []


def test_a_show_that_has_begun_is_not_rehearsed(tomorrow: Show) -> None:
    wanted = {"id": "dress", "track": "main", "day": TOMORROW, "cue": "i2"}
    tomorrow.do("wei", "cue.go", id="load-in", current=None)
    assert tomorrow.refuse("wei", "rehearsal.begin", **wanted)["code"] == "on_air"
    tomorrow.do("wei", "cue.go", id="i1", current="load-in")
    tomorrow.do("wei", "cue.finish", id="i1")
    assert tomorrow.refuse("wei", "rehearsal.begin", **wanted)["code"] == "has_run"


def test_of_two_who_begin_at_once_one_does(both: Show) -> None:
    with ThreadPoolExecutor(6) as phones:
        args = [{"id": f"r{n}", "track": "main", "day": TOMORROW, "cue": "i1"} for n in range(6)]
        calls = [{"op": "rehearsal.begin", "args": each} for each in args]
        results = list(phones.map(lambda call: both.send("wei", call)[0], calls))
    assert [result["status"] for result in results].count("applied") == 1
    refused = next(result for result in results if result["status"] != "applied")
    assert (refused["status"], refused["error"]["code"]) == ("conflict", "rehearsing")


# --- at its end


def test_at_its_end_everything_is_as_before_and_the_lengths_are_kept(both: Show) -> None:
    both.do("wei", "cue.standby", id="i1")
    both.do("wei", "cue.skip", id="i3")
    before = plain(both)
    begin(both)
    both.do("wei", "cue.go", id="i1", current=None)
    both.tick(700)
    both.do("lan", "cue.go", id="c1.1", current="i1")
    both.do("wei", "cue.nudge", id="i1", seconds=60)
    both.do("wei", "cue.go", id="i2", current="i1")
    both.tick(25)
    both.do("lan", "rehearsal.end", id="dress")
    assert plain(both) == before
    assert rehearsal(both).results == {
        "i1": [[NOON, NOON + 700_000]], "i2": [[NOON + 700_000, NOON + 725_000]],
    }  # fmt: skip
    body = state(both, "rehearsal")["dress"]
    assert (body["ended_at"], body["results"]["i2"][0]["end"]) == (iso(12 + 5 / 60), iso(12 + 5 / 60))
    assert "before" not in body


_calls = st.tuples(
    st.sampled_from(
        ["go", "finish", "skip", "resume", "pause", "standby", "rewind", "nudge", "undo", "ready", "tick"]
    ),
    st.sampled_from(["i1", "i2", "i3", "c1.1"]),
)


@settings(derandomize=True, deadline=None, max_examples=8, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(_calls, min_size=3, max_size=12))
def test_whatever_is_called_in_a_rehearsal_its_end_gives_the_same_rows(
    sqlite_show: Show, calls: list[tuple[str, str]]
) -> None:
    show = planned_tomorrow(sqlite_show.house.show())
    show.do("wei", "cue.standby", id="i2")
    show.clock.at = NOON  # type: ignore[attr-defined]  # a fixed one
    before = plain(show)
    begin(show)
    undo: Json | None = None
    for call, row in calls:
        show.tick(7)
        if call == "ready":
            show.do("mei", "cue.ready", id=row)
            continue
        op = undo if call == "undo" else {"op": f"cue.{call}", "args": _args(show, call, row)}
        if op and call != "tick":
            [result] = show.send("wei", op)
            undo = (result.get("result") or {}).get("undo")
    show.do("wei", "rehearsal.end", id="dress")
    show.clock.at = NOON  # type: ignore[attr-defined]  # as above
    assert plain(show) == before
    assert show.bodies("rui", "mark") == []


def _args(show: Show, call: str, row: str) -> Json:
    if call == "go":
        return {"id": row, "current": state(show, "track")["main"]["current"]}
    return {"id": row} | ({"seconds": 30} if call == "nudge" else {})


def test_the_show_begins_untouched_and_freezes_its_plan(tomorrow: Show) -> None:
    begin(tomorrow)
    tomorrow.do("wei", "cue.go", id="i1", current=None)
    tomorrow.do("wei", "rehearsal.end", id="dress")
    tomorrow.tick(3600)
    tomorrow.do("wei", "cue.go", id="i1", current=None)
    assert tomorrow.cue("i1").runs == [[tomorrow.clock.now(), None]]
    assert state(tomorrow)["i1"]["baseline"]["start"] == "2027-04-11T19:00:00+08:00"


def test_a_row_that_was_removed_meanwhile_comes_back_as_it_was(tomorrow: Show) -> None:
    begin(tomorrow)
    tomorrow.do("wei", "cue.go", id="i1", current=None)
    tomorrow.do("wei", "cue.go", id="i2", current="i1")
    gone = tomorrow.do("rui", "cue.remove", id="i1")
    tomorrow.do("wei", "rehearsal.end", id="dress")
    tomorrow.undo("rui", gone)
    assert (tomorrow.cue("i1").state, tomorrow.cue("i1").runs) == ("planned", [])


def test_a_row_that_was_moved_away_meanwhile_is_not_called_until_it_stands_as_before(tomorrow: Show) -> None:
    begin(tomorrow)
    tomorrow.do("wei", "cue.go", id="i1", current=None)
    tomorrow.do("wei", "cue.go", id="i2", current="i1")
    tomorrow.do("rui", "cue.edit", id="i1", set={"day": DAY})
    assert tomorrow.refuse("lan", "cue.rewind", id="i1")["code"] == "rehearsing"
    tomorrow.do("wei", "rehearsal.end", id="dress")
    assert (tomorrow.cue("i1").state, tomorrow.cue("i1").day) == ("planned", DAY)
    tomorrow.do("lan", "cue.go", id="i1", current=None)


def test_who_was_ready_in_the_rehearsal_is_not_ready_in_the_show(tomorrow: Show) -> None:
    tomorrow.do("jun", "cue.ready", id="i1")
    tomorrow.tick(1)
    begin(tomorrow)
    tomorrow.do("mei", "cue.ready", id="i1")
    tomorrow.do("tong", "cue.ready", id="i2")
    follower = Follower(tomorrow, "mei")
    follower.catch_up()
    tomorrow.do("wei", "rehearsal.end", id="dress")
    assert [mark["member"] for mark in tomorrow.bodies("rui", "mark")] == ["jun"]
    assert tomorrow.bodies("tong", "mark") == []
    follower.catch_up(live=True)
    assert follower.held == follower.fresh()


def test_it_ends_once(both: Show) -> None:
    begin(both)
    with ThreadPoolExecutor(4) as phones:
        end = {"op": "rehearsal.end", "args": {"id": "dress"}}
        results = list(phones.map(lambda who: both.send(who, end)[0], ["wei", "lan"] * 2))
    assert [result["status"] for result in results].count("applied") == 1
    assert both.refuse("rui", "rehearsal.end", id="dress")["code"] == "forbidden"
    begin(both, rehearsal="again")


# --- without signal


def claim(show: Show, member: str, op: str, minutes: float, **args: Any) -> Json:  # noqa: ANN401 - of any op
    [result] = show.send(member, {"op": op, "args": args, "at": iso(minutes)})
    return dict(result)


def test_what_was_called_in_the_rehearsal_and_comes_after_it_does_not_begin_the_show(tomorrow: Show) -> None:
    begin(tomorrow)
    tomorrow.tick(600)
    tomorrow.do("lan", "rehearsal.end", id="dress")
    tomorrow.tick(60)
    late = claim(tomorrow, "wei", "cue.go", 5, id="i1", current=None)
    assert late["error"]["code"] == "rehearsed"
    assert claim(tomorrow, "mei", "cue.ready", 5, id="i1")["error"]["code"] == "rehearsed"
    assert claim(tomorrow, "mei", "cue.ready", 10.5, id="i1")["status"] == "applied"
    assert claim(tomorrow, "wei", "cue.go", 10.5, id="i1", current=None)["status"] == "applied"


def test_what_was_called_before_the_rehearsal_is_no_call_of_it(tomorrow: Show) -> None:
    tomorrow.tick(600)
    begin(tomorrow)
    assert claim(tomorrow, "lan", "cue.go", 5, id="i1", current=None)["error"]["code"] == "rehearsing"


def test_no_call_is_taken_back_over_the_begin_or_the_end(tomorrow: Show) -> None:
    before = tomorrow.do("wei", "cue.standby", id="i1")
    begin(tomorrow)
    assert tomorrow.undo("wei", before)["error"]["code"] == "called_since"
    within = tomorrow.do("wei", "cue.go", id="i1", current=None)
    back = tomorrow.undo("wei", within)
    tomorrow.do("wei", "rehearsal.end", id="dress")
    assert tomorrow.undo("wei", back)["error"]["code"] == "called_since"


# --- for the plan


def test_all_lengths_are_taken_over_at_once_and_given_back(both: Show) -> None:
    begin(both)
    both.do("wei", "cue.go", id="i1", current=None)
    both.tick(725.4)
    both.do("wei", "cue.go", id="i2", current="i1")
    both.tick(60)
    both.do("wei", "rehearsal.end", id="dress")
    assert both.refuse("wei", "rehearsal.adopt", id="dress")["code"] == "forbidden"
    taken = both.do("rui", "rehearsal.adopt", id="dress")
    assert [both.cue(cue).duration_s for cue in ("i1", "i2", "i3")] == [725, 60, 600]
    assert taken["result"]["rows"] == 2
    assert both.refuse("rui", "rehearsal.adopt", id="dress")["code"] == "nothing_new"
    back = both.undo("rui", taken)
    assert [both.cue(cue).duration_s for cue in ("i1", "i2", "i3")] == [600, 600, 600]
    assert both.undo("rui", back)["status"] == "applied"
    assert both.cue("i1").duration_s == 725


def test_a_length_that_was_planned_otherwise_since_is_not_overwritten(tomorrow: Show) -> None:
    begin(tomorrow)
    tomorrow.do("wei", "cue.go", id="i1", current=None)
    tomorrow.tick(60)
    tomorrow.do("wei", "rehearsal.end", id="dress")
    taken = tomorrow.do("rui", "rehearsal.adopt", id="dress")
    tomorrow.do("hui", "cue.edit", id="i1", set={"duration_s": 90})
    refused = tomorrow.undo("rui", taken)
    assert (refused["error"]["code"], tomorrow.cue("i1").duration_s) == ("stale", 90)
