"""The show is called: one item live on a track, the first claim wins, and every fact has its time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import select

from server.core.clock import to_iso
from server.core.models import Change, Event
from tests.support.follower import Follower
from tests.support.show import NOON, Show

MINUTE = 60_000


@pytest.fixture
def called(show: Show) -> Iterator[Show]:
    """Items 1, 2 and 3 on the main track, 9 on the river, two cues in item 1; item 1 is live since noon."""
    for number in ("1", "2", "3"):
        show.add(f"i{number}", number=number, title=f"節目{number}", duration_s=600)
    show.add("i9", track="river", number="9")
    for number in ("1.1", "1.2"):
        show.add(f"c{number}", kind="cue", parent="i1", number=number, duration_s=5)
    show.do("wei", "cue.go", id="i1", current=None)
    yield show
    assert not invalid(show)


def invalid(show: Show) -> list[str]:
    """What must never be: two live items on one track, a run that ends before it starts, runs that overlap."""
    found, cues = [], show.bodies("rui", "cue")
    for track in ("main", "river"):
        items = [cue for cue in cues if cue["track"] == track and cue["kind"] != "cue"]
        live = [cue["id"] for cue in items if cue["state"] in {"live", "paused"}]
        found += [f"{live} are live on {track}"] if len(live) > 1 else []
        runs = sorted((run["start"], run["end"] or "9") for cue in items for run in cue["runs"])
        found += [f"{run} ends first" for run in runs if run[1] < run[0]]
        found += [f"{one} and {other}" for one, other in pairwise(runs) if other[0] < one[1]]
    return found


def claim(show: Show, member: str, op: str, at: int, **args: Any) -> dict[str, Any]:  # noqa: ANN401 - of any op
    """Send an op as a phone does that was out of reach: with the time at which it happened."""
    [result] = show.send(member, {"op": op, "args": args, "at": to_iso(at, "Asia/Taipei")})
    return result


# --- GO


def test_an_item_starts_and_the_live_one_ends_at_the_same_instant(called: Show) -> None:
    called.tick(90)
    result = called.do("wei", "cue.go", id="i2", current="i1")
    assert result["result"]["at"] == "2027-04-10T12:01:30+08:00"
    assert (called.cue("i1").state, called.cue("i1").runs) == ("done", [[NOON, NOON + 90_000]])
    assert (called.cue("i2").state, called.cue("i2").runs) == ("live", [[NOON + 90_000, None]])
    assert (called.cue("i2").called_by, called.cue("i2").called_at) == ("wei", NOON + 90_000)


def test_a_cue_is_called_within_its_item_and_ends_nothing(called: Show) -> None:
    called.tick(30)
    called.do("wei", "cue.go", id="c1.1", current="i1")
    assert (called.cue("c1.1").state, called.cue("c1.1").runs) == ("done", [[NOON + 30_000, NOON + 35_000]])
    assert (called.cue("i1").state, called.cue("i1").runs) == ("live", [[NOON, None]])


def test_a_cue_is_not_called_outside_its_item(called: Show) -> None:
    called.do("wei", "cue.standby", id="c1.1")
    called.do("wei", "cue.go", id="i2", current="i1")
    called.add("c2.1", kind="cue", parent="i3", number="3.1")
    for current, cue, state in (("i2", "c1.1", "done"), ("i2", "c2.1", "planned")):
        error = called.refuse("wei", "cue.go", id=cue, current=current)
        assert (error["code"], error["params"]["now"]) == ("not_live", {"state": state})
    assert error["params"]["parent"] == "i3"
    called.do("wei", "cue.standby", id="c2.1")
    assert called.refuse("wei", "cue.standby", id="c1.2")["code"] == "not_live"


def test_a_cue_that_comes_before_its_item_is_called_before_it(called: Show) -> None:
    called.add("c2.1", kind="cue", parent="i2", offset_s=-30)
    called.do("wei", "cue.go", id="c2.1", current="i1")
    called.add("c2.2", kind="cue", parent="i2", offset_s=-10)
    called.do("wei", "cue.skip", id="i2")
    assert called.refuse("wei", "cue.go", id="c2.2", current="i1")["code"] == "not_live"


def test_nothing_is_called_in_a_segment_that_is_left_out(called: Show) -> None:
    called.add("seg", kind="segment", title="安可")
    called.add("i4", parent="seg")
    called.do("wei", "cue.skip", id="seg")
    error = called.refuse("wei", "cue.go", id="i4", current="i1")
    assert (error["code"], error["params"]["title"]) == ("not_live", "4 安可")
    called.add("c4", kind="cue", parent="i4", offset_s=-60)
    below = called.refuse("wei", "cue.standby", id="c4")
    assert (below["code"], below["params"]["parent"]) == ("not_live", "seg")
    called.do("wei", "cue.resume", id="seg")
    called.do("wei", "cue.go", id="i4", current="i1")
    assert called.refuse("wei", "cue.skip", id="seg")["code"] == "on_air"


def test_tracks_run_in_parallel(called: Show) -> None:
    called.do("lan", "cue.go", id="i9", current=None)
    assert {called.cue(name).state for name in ("i1", "i9")} == {"live"}


def test_who_comes_second_is_told_who_called_and_when_and_changes_nothing(called: Show) -> None:
    called.tick(60)
    called.do("wei", "cue.go", id="i2", current="i1")
    called.tick(2)
    error = called.refuse("lan", "cue.go", id="i2", current="i1")
    assert error["code"] == "already_called"
    assert error["params"] == {
        "who": "wei",
        "when": NOON + MINUTE,
        "title": "2 節目2",
        "now": {"current": "i2", "state": "live"},
    }


def test_who_saw_another_item_live_is_told_who_called_that(called: Show) -> None:
    called.tick(60)
    called.do("wei", "cue.go", id="i2", current="i1")
    called.tick(60)
    called.do("lan", "cue.nudge", id="i2", seconds=60)
    error = called.refuse("lan", "cue.go", id="i3", current="i1")
    assert (error["params"]["who"], error["params"]["when"]) == ("wei", NOON + MINUTE)
    assert error["params"]["now"] == {"current": "i2", "state": "planned"}


def test_who_saw_an_item_live_that_was_finished_is_told_who_finished_it(called: Show) -> None:
    called.tick(60)
    called.do("lan", "cue.finish", id="i1")
    error = called.refuse("wei", "cue.go", id="i2", current="i1")
    assert (error["code"], error["params"]["who"], error["params"]["title"]) == (
        "already_called",
        "lan",
        "1 節目1",
    )
    called.do("wei", "cue.go", id="i2", current=None)


def test_who_saw_something_live_that_never_was_is_told_so(called: Show) -> None:
    for current in ("i9", "nobody"):
        error = called.refuse("lan", "cue.go", id="i9", current=current)
        assert (error["code"], error["params"]["who"]) == ("already_called", "")


def test_a_skipped_row_is_not_started_by_somebody_who_did_not_see_it_skipped(called: Show) -> None:
    called.do("lan", "cue.skip", id="i2")
    error = called.refuse("wei", "cue.go", id="i2", current="i1")
    assert (error["code"], error["params"]["who"], error["params"]["now"]) == (
        "wrong_state",
        "lan",
        {"state": "skipped"},
    )


def test_two_callers_who_press_at_once_advance_the_show_once(called: Show) -> None:
    def press(member: str) -> str:
        [result] = called.send(member, {"op": "cue.go", "args": {"id": "i2", "current": "i1"}})
        return str(result["status"])

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(press, ["wei", "lan"] * 4))
    assert statuses == ["applied"] + ["conflict"] * 7
    assert len(called.cue("i2").runs) == 1


# --- claimed times


def test_a_go_out_of_reach_happened_when_it_was_pressed(called: Show) -> None:
    called.tick(600)
    result = claim(called, "wei", "cue.go", NOON + 2 * MINUTE, id="i2", current="i1")
    assert result["status"] == "applied"
    assert called.cue("i1").runs == [[NOON, NOON + 2 * MINUTE]]
    assert called.cue("i2").runs == [[NOON + 2 * MINUTE, None]]


@pytest.mark.parametrize("minutes", [-1, 11, -60 * 24 * 400])
def test_a_claim_before_the_last_call_or_after_the_receipt_counts_as_the_receipt(
    called: Show, minutes: int
) -> None:
    called.tick(600)
    result = claim(called, "wei", "cue.go", NOON + minutes * MINUTE, id="i2", current="i1")
    assert result["status"] == "applied"
    assert called.cue("i2").runs == [[NOON + 10 * MINUTE, None]]
    assert detail(called)["claimed"] is not None


@pytest.mark.parametrize("minutes", [-60 * 24 * 365 * 28, 11])
def test_nobody_is_told_a_time_that_was_claimed_in_vain(called: Show, minutes: int) -> None:
    called.tick(600)
    claim(called, "wei", "cue.go", NOON + minutes * MINUTE, id="i2", current="i1")
    called.tick(5)
    error = called.refuse("lan", "cue.go", id="i2", current="i1")
    assert (error["params"]["who"], error["params"]["when"]) == ("wei", NOON + 10 * MINUTE)
    assert moments(called) == (NOON + 10 * MINUTE, NOON + 10 * MINUTE)


@pytest.mark.parametrize(("days", "is_taken"), [(6, True), (8, False)])
def test_what_is_told_more_than_a_week_late_is_told_by_a_wrong_clock(
    called: Show,
    days: int,
    is_taken: bool,  # noqa: FBT001 - what is expected
) -> None:
    with called.services.db.write() as session:
        session.get_one(Event, called.event).created_at = 0
    then = NOON - days * 1440 * MINUTE
    for member, op, args in (
        ("rui", "cue.edit", {"id": "i2", "set": {"title": "新"}}),
        ("mei", "cue.ready", {"id": "i2"}),
        ("lan", "cue.go", {"id": "i9", "current": None}),
    ):
        claim(called, member, op, then, **args)
        assert moments(called) == (then if is_taken else NOON, NOON)


def test_who_called_out_of_reach_is_told_with_the_time_of_the_call(called: Show) -> None:
    called.tick(600)
    claim(called, "wei", "cue.go", NOON + 2 * MINUTE, id="i2", current="i1")
    assert called.refuse("lan", "cue.go", id="i2", current="i1")["params"]["when"] == NOON + 2 * MINUTE
    assert moments(called) == (NOON + 2 * MINUTE, NOON + 10 * MINUTE)


def moments(show: Show) -> tuple[int, int]:
    """When the log says that its last entry happened, and came."""
    with show.services.db.read() as session:
        query = select(Change.at, Change.received).where(
            Change.event_id == show.event, Change.seq == show.head
        )
        return tuple(session.exec(query).one())  # type: ignore[return-value]  # two numbers


def detail(show: Show) -> dict[str, Any]:
    """The detail of the log's last entry."""
    with show.services.db.read() as session:
        query = select(Change.detail).where(Change.event_id == show.event, Change.seq == show.head)
        return dict(session.exec(query).one())


def test_a_claim_never_reaches_back_into_an_item_that_has_ended(called: Show) -> None:
    called.tick(300)
    called.do("wei", "cue.finish", id="i1")
    called.tick(300)
    claim(called, "lan", "cue.go", NOON + 4 * MINUTE, id="i2", current=None)
    assert called.cue("i2").runs == [[NOON + 10 * MINUTE, None]]
    called.do("wei", "cue.finish", id="i2")
    called.tick(60)
    claim(called, "lan", "cue.go", NOON + 10 * MINUTE + 30_000, id="i3", current=None)
    assert called.cue("i3").runs == [[NOON + 10 * MINUTE + 30_000, None]]


def test_nothing_happened_before_the_event_was_made(called: Show) -> None:
    claim(called, "lan", "cue.go", NOON - 30 * 86_400_000, id="i9", current=None)
    assert called.cue("i9").runs == [[NOON, None]]


def test_the_claim_stands_beside_the_receipt_and_never_orders_the_log(called: Show) -> None:
    called.tick(600)
    called.do("lan", "cue.go", id="i9", current=None)
    claim(called, "wei", "cue.go", NOON + MINUTE, id="i2", current="i1")
    assert called.cue("i2").version > called.cue("i9").version


# --- the other calls


def test_standby_waits_for_go(called: Show) -> None:
    called.do("wei", "cue.standby", id="i2")
    assert called.cue("i2").state == "standby"
    called.do("wei", "cue.go", id="i2", current="i1")
    assert called.refuse("wei", "cue.standby", id="i2")["code"] == "wrong_state"


def test_warm_comes_before_standby_and_not_after_it(called: Show) -> None:
    called.do("wei", "cue.warm", id="i2")
    assert called.cue("i2").state == "warm"
    called.do("lan", "cue.standby", id="i2")
    error = called.refuse("wei", "cue.warm", id="i2")
    assert (error["code"], error["params"]["who"]) == ("wrong_state", "lan")


def test_a_finished_item_leaves_its_track_empty(called: Show) -> None:
    called.tick(60)
    called.do("wei", "cue.finish", id="i1")
    assert (called.cue("i1").state, called.cue("i1").runs) == ("done", [[NOON, NOON + MINUTE]])
    error = called.refuse("lan", "cue.finish", id="i1")
    assert (error["code"], error["params"]["who"], error["params"]["when"]) == (
        "wrong_state",
        "wei",
        NOON + MINUTE,
    )


def test_a_skip_is_taken_back_and_that_too(called: Show) -> None:
    skipped = called.do("wei", "cue.skip", id="i2")
    assert called.cue("i2").state == "skipped"
    back = called.undo("wei", skipped)
    assert called.cue("i2").state == "planned"
    called.undo("wei", back)
    assert called.cue("i2").state == "skipped"
    called.do("wei", "cue.resume", id="i2")
    assert called.cue("i2").state == "planned"


def test_a_pause_stops_the_clock_and_resume_counts_how_long(called: Show) -> None:
    called.tick(60)
    called.do("wei", "cue.pause", id="i1")
    assert (called.cue("i1").state, called.cue("i1").paused_at) == ("paused", NOON + MINUTE)
    called.tick(45)
    called.do("wei", "cue.resume", id="i1")
    cue = called.cue("i1")
    assert (cue.state, cue.paused_at, cue.paused_ms) == ("live", None, 45_000)
    called.tick(60)
    called.do("wei", "cue.pause", id="i1")
    called.tick(15)
    called.do("wei", "cue.go", id="i2", current="i1")
    assert (called.cue("i1").state, called.cue("i1").paused_ms) == ("done", 60_000)


def test_a_pause_that_was_taken_back_never_was(called: Show) -> None:
    called.tick(60)
    paused = called.do("wei", "cue.pause", id="i1")
    called.tick(45)
    called.undo("lan", paused)
    cue = called.cue("i1")
    assert (cue.state, cue.paused_at, cue.paused_ms) == ("live", None, 0)


def test_a_paused_item_still_holds_its_track(called: Show) -> None:
    called.do("wei", "cue.pause", id="i1")
    assert called.refuse("lan", "cue.go", id="i2", current=None)["code"] == "already_called"
    assert called.refuse("lan", "cue.pause", id="i1")["code"] == "wrong_state"


def test_a_rewind_is_a_new_run_and_the_old_one_stays(called: Show) -> None:
    called.tick(60)
    called.do("wei", "cue.nudge", id="i1", seconds=60)
    called.do("wei", "cue.go", id="i2", current="i1")
    called.tick(60)
    called.do("wei", "cue.rewind", id="i1")
    assert called.cue("i1").runs == [[NOON, NOON + MINUTE], [NOON + 2 * MINUTE, None]]
    assert (called.cue("i1").added_s, called.cue("i2").state) == (0, "done")
    assert called.refuse("lan", "cue.rewind", id="i1")["code"] == "wrong_state"
    assert called.refuse("lan", "cue.rewind", id="i3")["code"] == "wrong_state"


def test_a_nudge_gives_and_takes_time_and_its_undo_gives_it_back(called: Show) -> None:
    first = called.do("wei", "cue.nudge", id="i1", seconds=300)
    called.do("lan", "cue.nudge", id="i1", seconds=-60)
    assert called.cue("i1").added_s == 240
    called.undo("wei", first)
    assert called.cue("i1").added_s == -60
    assert called.refuse("wei", "cue.nudge", id="i2", seconds=60)["code"] == "wrong_state"


def test_the_undo_of_a_nudge_is_not_for_a_later_run(called: Show) -> None:
    nudged = called.do("wei", "cue.nudge", id="i1", seconds=300)
    called.do("lan", "cue.go", id="i2", current="i1")
    called.do("lan", "cue.rewind", id="i1")
    refused = called.undo("wei", nudged)
    assert (refused["status"], refused["error"]["params"]["who"]) == ("conflict", "lan")
    assert called.cue("i1").added_s == 0


def test_a_nudge_is_bounded(called: Show) -> None:
    called.do("wei", "cue.nudge", id="i1", seconds=6 * 3600)
    assert called.refuse("wei", "cue.nudge", id="i1", seconds=1)["code"] == "too_much"
    assert called.refuse("wei", "cue.nudge", id="i1", seconds=10**9)["code"] == "invalid"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["segment", "delay"])
def test_segments_and_delays_are_not_called(called: Show, kind: str) -> None:
    called.add("other", kind=kind)
    for op, args in (("cue.standby", {}), ("cue.go", {"current": "i1"}), ("cue.finish", {})):
        assert called.refuse("wei", op, id="other", **args)["code"] == "not_callable"
    called.do("wei", "cue.skip", id="other")
    assert called.cue("other").state == "skipped"
    called.do("wei", "cue.resume", id="other")
    assert called.cue("other").state == "planned"


# --- taking a call back

FACTS = ("state", "runs", "added_s", "paused_at", "paused_ms", "called_by", "called_at")


def facts(show: Show) -> dict[str, tuple[Any, ...]]:
    """What is known of the calls of each row."""
    return {
        name: tuple(getattr(show.cue(name), fact) for fact in FACTS) for name in ("i1", "i2", "i3", "c1.1")
    }


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("cue.warm", {"id": "i2"}),
        ("cue.standby", {"id": "i2"}),
        ("cue.go", {"id": "i2", "current": "i1"}),
        ("cue.go", {"id": "c1.1", "current": "i1"}),
        ("cue.finish", {"id": "i1"}),
        ("cue.skip", {"id": "i2"}),
        ("cue.pause", {"id": "i1"}),
        ("cue.rewind", {"id": "i3"}),
        ("cue.resume", {"id": "i1"}),
    ],
)
def test_a_call_made_by_mistake_is_taken_back_and_made_again(
    called: Show, op: str, args: dict[str, Any]
) -> None:
    called.do("wei", "cue.nudge", id="i1", seconds=60)
    if op == "cue.rewind":
        called.do("wei", "cue.go", id="i3", current="i1")
        called.do("wei", "cue.finish", id="i3")
    if op == "cue.resume":
        called.do("wei", "cue.pause", id="i1")
    before = facts(called)
    called.tick(30)
    made = called.do("wei", op, **args)
    after = facts(called)
    assert after != before
    called.tick(5)
    undone = called.undo("lan", made)
    assert (undone["status"], facts(called)) == ("applied", before)
    redone = called.undo("lan", undone)
    assert (redone["status"], facts(called)) == ("applied", after)
    assert called.undo("wei", redone)["status"] == "applied"
    assert facts(called) == before


def test_the_log_keeps_a_call_that_was_taken_back(called: Show) -> None:
    called.tick(60)
    called.undo("wei", called.do("wei", "cue.go", id="i2", current="i1"))
    with called.services.db.read() as session:
        query = select(Change.kind, Change.entity).where(Change.event_id == called.event)
        entries = [tuple(entry) for entry in session.exec(query.order_by(Change.seq))]  # type: ignore[arg-type]
    assert entries[-4:] == [
        ("cue.go", "i1"),
        ("cue.go", "i2"),
        ("cue.uncall", "i1"),
        ("cue.uncall", "i2"),
    ]


def test_a_call_is_not_taken_back_after_the_next_one_on_its_track(called: Show) -> None:
    standby = called.do("wei", "cue.standby", id="i3")
    gone = called.do("wei", "cue.go", id="i2", current="i1")
    called.do("lan", "cue.go", id="i9", current=None)
    called.tick(20)
    called.do("lan", "cue.pause", id="i2")
    for made in (standby, gone):
        refused = called.undo("wei", made)
        assert (refused["status"], refused["error"]["code"]) == ("conflict", "called_since")
        params = refused["error"]["params"]
        assert (params["who"], params["when"], params["title"]) == ("lan", NOON + 20_000, "2 節目2")


def test_an_edit_does_not_stand_in_the_way_of_taking_a_call_back(called: Show) -> None:
    made = called.do("wei", "cue.go", id="i2", current="i1")
    called.do("rui", "cue.edit", id="i2", set={"title": "新"})
    called.do("mei", "cue.ready", id="i2")
    assert called.undo("wei", made)["status"] == "applied"
    assert (called.cue("i2").title, called.cue("i2").state) == ("新", "planned")


def test_a_go_is_not_taken_back_when_what_ran_before_is_gone(called: Show) -> None:
    made = called.do("wei", "cue.go", id="i2", current="i1")
    called.do("rui", "cue.remove", id="i1")
    assert called.undo("wei", made)["error"]["code"] == "changed"


def test_only_calls_are_taken_back_and_only_of_the_row_that_is_named(called: Show) -> None:
    made = called.do("wei", "cue.go", id="i2", current="i1")
    edited = called.do("rui", "cue.edit", id="i3", set={"title": "x"})
    for cue, seq in (("i3", made["seq"]), ("i3", edited["seq"]), ("i1", 10**9), ("i2", made["seq"] - 1)):
        assert called.refuse("wei", "cue.uncall", id=cue, seq=seq)["code"] == "not_found"
    assert called.refuse("wei", "cue.uncall", id="i2", seq=0)["code"] == "invalid"


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("cue.standby", {"id": "i2"}),
    ("cue.go", {"id": "i2", "current": "i1"}),
    ("cue.finish", {"id": "i1"}),
    ("cue.skip", {"id": "i2"}),
    ("cue.pause", {"id": "i1"}),
    ("cue.resume", {"id": "i1"}),
    ("cue.rewind", {"id": "i1"}),
    ("cue.nudge", {"id": "i1", "seconds": 60}),
    ("cue.uncall", {"id": "i1", "seq": 1}),
]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("op", [op for op, _ in CALLS])
def test_only_callers_of_a_track_call_it(called: Show, op: str) -> None:
    args = dict(CALLS)[op]
    for member in ("rui", "mei", "qin", "tong"):
        assert called.refuse(member, op, **args)["code"] == "forbidden"
    river = args | {"id": "i9"} | ({"current": None} if "current" in args else {})
    assert called.refuse("wei", op, **river)["code"] == "forbidden"


def test_a_right_that_was_given_counts_at_once_and_one_that_was_taken_too(called: Show) -> None:
    called.do("hui", "member.edit", id="wei", set={"tracks": ["river"]})
    assert called.refuse("wei", "cue.finish", id="i1")["code"] == "forbidden"
    results = called.send("hui", {"op": "member.edit", "args": {"id": "wei", "set": {"tracks": ["main"]}}})
    assert results[0]["status"] == "applied"
    called.do("wei", "cue.finish", id="i1")
    called.do("hui", "member.remove", id="lan")
    assert called.refuse("lan", "cue.go", id="i9", current=None)["code"] == "forbidden"


# --- what the crew answers


def marks(show: Show) -> dict[str, str]:
    return {body["id"]: body["kind"] for body in show.bodies("rui", "mark")}


def test_who_needs_help_is_known_to_the_team_alone(called: Show) -> None:
    called.do("mei", "cue.help", id="i2")
    for member in ("rui", "wei", "jun"):
        assert [body["id"] for body in called.bodies(member, "mark")] == ["i2:mei"]
    for outsider in ("qin", "tong"):
        assert called.bodies(outsider, "mark") == []


@pytest.mark.parametrize("form", ["json", "html"])
def test_a_vendor_answers_to_the_team_and_sees_what_they_said_themselves(called: Show, form: str) -> None:
    called.do("hui", "member.add", id="vera", name="薇拉", roles=["vendor"])
    followers = {name: Follower(called, name, form) for name in ("tong", "vera", "qin", "mei")}
    for op in ("cue.help", "cue.ready", "cue.unmark"):
        result = called.do("tong", op, id="i2")
        for name, follower in followers.items():
            follower.catch_up()
            assert follower.held == follower.fresh()
            seen = {key[1] for key in follower.held if key[0] == "mark"}
            theirs = {"tong": {"i2:tong"}, "mei": {"i2:tong:team"}}.get(name, set())
            assert seen == (set() if op == "cue.unmark" else theirs)
    assert not {key for name in ("vera", "qin") for key in followers[name].heard if key[0] == "mark"}
    called.undo("tong", result)
    assert marks(called) == {"i2:tong:team": "ready"}
    late = Follower(called, "tong", form)
    late.catch_up()
    assert ("mark", "i2:tong") in late.held


def test_each_of_the_crew_answers_for_themselves(called: Show) -> None:
    called.do("mei", "cue.ready", id="i2")
    called.do("jun", "cue.help", id="i2")
    called.do("mei", "cue.done", id="i2")
    assert marks(called) == {"i2:mei": "done", "i2:jun": "help"}


def test_the_undo_of_an_answer_brings_back_the_one_before(called: Show) -> None:
    ready = called.do("mei", "cue.ready", id="i2")
    done = called.do("mei", "cue.done", id="i2")
    called.undo("mei", done)
    assert marks(called) == {"i2:mei": "ready"}
    taken = called.undo("mei", ready)
    assert marks(called) == {}
    called.undo("mei", taken)
    assert marks(called) == {"i2:mei": "ready"}


def test_there_is_nothing_to_take_back_where_nothing_was_said(called: Show) -> None:
    assert called.refuse("mei", "cue.unmark", id="i2")["params"] == {"id": "i2"}
    assert called.refuse("mei", "cue.unmark", id="nobody")["code"] == "not_found"


def test_a_client_answers_nothing(called: Show) -> None:
    assert called.refuse("qin", "cue.ready", id="i2")["code"] == "forbidden"


def test_an_answer_out_of_reach_was_given_when_it_was_given(called: Show) -> None:
    called.tick(600)
    claim(called, "mei", "cue.ready", NOON + MINUTE, id="i2")
    assert [body["at"] for body in called.bodies("rui", "mark")] == ["2027-04-10T12:01:00+08:00"]


def test_ids_with_colons_never_lead_to_somebody_elses_answer(called: Show) -> None:
    called.do("hui", "member.add", id="x:mei", name="另一位", roles=["crew"])
    called.add("a:x")
    called.add("a")
    called.do("mei", "cue.ready", id="a:x")
    assert called.refuse("x:mei", "cue.help", id="a")["code"] == "exists"
    assert marks(called) == {"a:x:mei": "ready"}
