"""依時間執行: the clock calls a track by its plan, once, whoever looks and however late; the hand wins."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from server.core.clock import to_iso
from server.core.models import Change
from server.runsheet.models import Track
from server.runsheet.rolling_work import Roller
from server.runsheet.timing import Row, roll
from server.runsheet.timing_turns import steps
from tests.runsheet.timing_cases import DAY, MINUTE, at, moments, row, rows_of_a_sheet
from tests.support.show import NOON, Show

ALIKE_IN_EVERY_RUN = settings(derandomize=True, deadline=None, database=None, max_examples=60)


@pytest.fixture
def show_2(show: Show) -> Show:
    """Noon: one of ten minutes, two of five, a gap of five, four at 12:20 of ten. Between them what is never called."""
    show.add("one", number="1", duration_s=600, start=to_iso(NOON, "Asia/Taipei"))
    show.add("none", number="2", duration_s=0)
    show.add("out", number="3", duration_s=300)
    show.add("two", number="4", duration_s=300)
    show.add("four", number="5", duration_s=600, start=to_iso(NOON + 20 * MINUTE, "Asia/Taipei"))
    show.add("c", kind="cue", parent="one", number="1.1")
    show.do("wei", "cue.skip", id="out")
    return show


def runs(show: Show, *names: str) -> dict[str, list[list[int | None]]]:
    """Each row's runs, in minutes from noon."""
    told = {name: show.cue(name).runs for name in names or ("one", "none", "out", "two", "four")}
    return {
        name: [[None if moment is None else (moment - NOON) // MINUTE for moment in run] for run in found]
        for name, found in told.items()
    }


def track(show: Show, name: str = "main") -> Track:
    with show.services.db.read() as session:
        return session.get_one(Track, (show.event, name))


def look(show: Show, minutes: float = 0) -> int:
    """Time goes by, and the clock looks; how many rows it called in this event."""
    show.tick(minutes * 60)
    before = show.head
    Roller(show.services).look()
    with show.services.db.read() as session:
        made = select(Change).where(Change.event_id == show.event, col(Change.seq) > before)
        return sum(change.entity_kind == "cue" for change in session.exec(made))


# --- turns


def test_the_row_whose_time_it_is_begins_back_dated_to_its_plan(show_2: Show) -> None:
    show_2.tick(90)
    show_2.do("wei", "track.roll", track="main", on=True)
    assert look(show_2) == 1
    assert runs(show_2)["one"] == [[0, None]]
    assert (show_2.cue("one").state, show_2.cue("one").called_by) == ("live", "wei")
    assert look(show_2, 1) == 0


def test_rows_follow_by_plan_a_gap_ends_what_runs_and_the_last_is_finished(show_2: Show) -> None:
    show_2.do("wei", "track.roll", track="main", on=True)
    for _ in range(62):
        look(show_2, 0.5)
    assert runs(show_2) == {"one": [[0, 10]], "none": [], "out": [], "two": [[10, 15]], "four": [[20, 30]]}
    assert {show_2.cue(name).state for name in ("one", "two", "four")} == {"done"}
    assert show_2.cue("out").state == "skipped"


def test_what_was_due_while_nobody_looked_is_made_up_once(show_2: Show) -> None:
    show_2.do("wei", "track.roll", track="main", on=True)
    look(show_2)
    rollers = [Roller(show_2.services) for _ in range(4)]
    show_2.tick(22 * 60)
    with ThreadPoolExecutor(len(rollers)) as processes:
        list(processes.map(Roller.look, rollers))
    expected = {"one": [[0, 10]], "none": [], "out": [], "two": [[10, 15]], "four": [[20, None]]}
    assert runs(show_2) == expected
    assert look(show_2) == 0


def test_a_turn_that_the_sheet_no_longer_says_is_not_made_and_comes_when_it_does(show_2: Show) -> None:
    show_2.do("wei", "track.roll", track="main", on=True)
    behind = Roller(show_2.services)
    behind.look()
    show_2.do("rui", "cue.edit", id="one", set={"duration_s": 1200})
    show_2.tick(11 * 60)
    behind._sheets = {key: sheet._replace(head=show_2.head) for key, sheet in behind._sheets.items()}  # noqa: SLF001 - as a process that lags
    behind.look()
    assert runs(show_2, "one", "two") == {"one": [[0, None]], "two": []}
    show_2.do("rui", "cue.edit", id="one", set={"duration_s": 600})
    look(show_2)
    assert runs(show_2, "one", "two") == {"one": [[0, 10]], "two": [[10, None]]}


def test_it_goes_on_past_midnight_and_past_the_turn_of_the_day(show: Show) -> None:
    late = NOON + 14 * 60 * MINUTE  # 02:00, on the same operating day
    show.add("strike", duration_s=5 * 3600, start=to_iso(late, "Asia/Taipei"))
    show.add("call", duration_s=600, day="2027-04-11", start=to_iso(late + 6 * 60 * MINUTE, "Asia/Taipei"))
    show.tick(13 * 3600)
    show.do("wei", "track.roll", track="main", on=True)
    assert look(show) == 0
    show.tick(4.5 * 3600)  # 05:30, and then 06:10, when the day has turned
    assert (look(show), look(show, 40), show.cue("strike").state) == (1, 0, "live")
    look(show, 115)
    assert (show.cue("strike").runs[0][1], show.cue("call").state) == (late + 300 * MINUTE, "live")


# --- the hand


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("cue.go", {"id": "two", "current": "one"}),
        ("cue.finish", {"id": "one"}),
        ("cue.pause", {"id": "one"}),
        ("cue.nudge", {"id": "one", "seconds": 60}),
    ],
)
def test_a_call_by_hand_switches_it_off(show_2: Show, op: str, args: dict[str, Any]) -> None:
    show_2.do("wei", "track.roll", track="main", on=True)
    look(show_2)
    show_2.tick(60)
    called = show_2.do("lan", op, **args)
    assert track(show_2).rolling_by is None
    left = runs(show_2)
    assert look(show_2, 30) == 0
    assert runs(show_2) == left
    assert show_2.undo("lan", called)["status"] == "applied"
    assert track(show_2).rolling_by is None


def test_what_stands_beside_the_plan_leaves_it_on(show_2: Show) -> None:
    show_2.do("wei", "track.roll", track="main", on=True)
    look(show_2)
    for op, cue in (("cue.go", "c"), ("cue.standby", "two"), ("cue.skip", "two"), ("cue.resume", "out")):
        show_2.do("lan", op, id=cue, **({"current": "one"} if op == "cue.go" else {}))
    assert show_2.refuse("lan", "cue.go", id="two", current="four")["code"] == "already_called"
    assert track(show_2).rolling_by == "wei"
    look(show_2, 12)
    assert runs(show_2, "one", "out") == {"one": [[0, 10]], "out": [[10, None]]}


def test_what_ran_by_hand_goes_on_to_its_planned_end(show_2: Show) -> None:
    show_2.tick(180)
    show_2.do("wei", "cue.go", id="one", current=None)
    show_2.do("wei", "track.roll", track="main", on=True)
    assert look(show_2, 5) == 0
    look(show_2, 3)
    assert runs(show_2, "one", "two") == {"one": [[3, 10]], "two": [[10, None]]}


def test_switched_on_again_after_a_call_was_taken_back_it_calls_again(show_2: Show) -> None:
    show_2.do("wei", "track.roll", track="main", on=True)
    look(show_2)
    seq = show_2.head
    show_2.do("wei", "cue.uncall", id="one", seq=seq)
    assert (track(show_2).rolling_by, show_2.cue("one").state) == (None, "planned")
    show_2.tick(1)
    show_2.do("wei", "track.roll", track="main", on=True)
    look(show_2)
    assert runs(show_2, "one") == {"one": [[0, None]]}


# --- who


def test_only_who_calls_the_track_switches_it(show_2: Show) -> None:
    assert show_2.refuse("rui", "track.roll", track="main", on=True)["code"] == "forbidden"
    assert show_2.refuse("wei", "track.roll", track="river", on=True)["code"] == "forbidden"
    assert show_2.refuse("wei", "track.roll", track="none", on=True)["code"] == "not_found"
    assert show_2.do("wei", "track.roll", track="main", on=True)["result"]["at"].endswith("12:00:00+08:00")
    [body] = [body for body in show_2.bodies("mei", "track") if body["id"] == "main"]
    assert (body["rolling_by"], body["rolling_at"]) == ("wei", "2027-04-10T12:00:00+08:00")
    show_2.undo("wei", show_2.do("lan", "track.roll", track="main", on=False))
    assert track(show_2).rolling_by == "wei"


@pytest.mark.parametrize("loss", ["member.edit", "member.remove"])
def test_it_stops_when_its_member_loses_the_right(show_2: Show, loss: str) -> None:
    show_2.do("wei", "track.roll", track="main", on=True)
    show_2.do("rui", "member.edit", id="wei", set={"name": "許庭偉"})
    assert track(show_2).rolling_by == "wei"
    show_2.do("rui", loss, id="wei", **({"set": {"tracks": ["river"]}} if loss == "member.edit" else {}))
    assert track(show_2).rolling_by is None
    assert look(show_2, 5) == 0


# --- properties


@ALIKE_IN_EVERY_RUN
@given(rows_of_a_sheet(track=st.just("main"), day=st.just(DAY)), moments, moments)
def test_it_never_begins_a_skipped_or_zero_length_row_nor_one_twice(
    rows: list[Row], one: int, other: int
) -> None:
    since, now = sorted((one, other))
    found = steps(rows, "main", since, now)
    by_id = {each.id: each for each in rows}
    begun = [step for step in found if not step.ends]
    assert len({step.id for step in begun}) == len(begun)
    assert all(by_id[step.id].state in {"planned", "warm", "standby"} for step in begun)
    assert all(by_id[step.id].kind in {"item", "buffer"} for step in begun)
    assert all(step.at <= now for step in found if not by_id[step.id].runs)
    turn = roll(rows, now).get("main")
    last = begun[-1] if begun and not any(step.ends for step in found[found.index(begun[-1]) :]) else None
    if last and turn and all(each.state == "planned" for each in rows):
        assert turn.state == "live"


def test_a_show_in_one_go_is_the_show_step_by_step() -> None:
    rows = [
        row(id="a", start="14:00", duration=600),
        row(id="b", kind="buffer", duration=300),
        row(id="c", start="14:20", duration=600),
        row(id="d", start="14:25", duration=60),
    ]
    found = steps(rows, "main", at("13:50"), at("15:00"))
    told = [(step.id, (step.at - at("14:00")) // MINUTE, step.ends) for step in found]
    assert told == [
        ("a", 0, False), ("b", 10, False), ("b", 15, True), ("c", 20, False), ("d", 25, False), ("d", 26, True),
    ]  # fmt: skip
    assert all(one.at <= other.at for one, other in pairwise(found))
