"""A start that moves by itself is told to the row's people: once for each step, soon enough, and not all the time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.clock import to_iso
from server.runsheet import shift_work
from server.runsheet.shift_work import Teller
from server.runsheet.timing import Row, compute
from server.runsheet.timing_shift import AHEAD_MS, PAUSE_MS, Told, shifts
from tests.runsheet.timing_cases import MINUTE, rows_of_a_sheet
from tests.support.show import NOON, Show

ALIKE_IN_EVERY_RUN = settings(derandomize=True, deadline=None, database=None, max_examples=25)


@pytest.fixture
def on(show: Show) -> Show:
    """Noon: one of ten minutes runs; Mei's row follows, then sound's, then one of nobody, and one in two hours."""
    show.add("one", duration_s=600, start=to_iso(NOON, "Asia/Taipei"))
    show.add("two", number="2", duration_s=1200, people=["mei"])
    show.add("three", number="3", duration_s=5400, departments=["sound"])
    show.add("none", number="4", duration_s=600)
    show.add("late", number="5", duration_s=600, people=["mei"])
    show.do("rui", "sheet.publish")
    show.do("mei", "notice.ack", notices=[{"id": "sheet", "seq": show.head}])
    show.do("wei", "cue.go", id="one", current=None)
    return show


def told(show: Show, member: str) -> dict[str, tuple[int, int]]:
    """What a member has to answer: by the row, (old, new) start in minutes from noon."""
    return {
        body["cue"]: tuple((each[name] - NOON) // MINUTE for name in ("old", "new"))
        for body in show.bodies(member, "notice")
        for each in body["changes"]
        if each["field"] == "projected" and member in body["to"] and member not in body["acked"]
    }


def test_overtime_is_told_when_it_reaches_the_threshold_and_at_each_further_step(on: Show) -> None:
    teller = Teller(on.services)
    on.tick(14 * 60)
    assert on.event not in teller.look()
    assert told(on, "mei") == {}
    on.tick(60)
    assert on.event in teller.look()
    assert (told(on, "mei"), told(on, "jun")) == ({"two": (10, 15)}, {"three": (30, 35)})
    for _ in range(4):
        on.tick(60)
        assert on.event not in teller.look()
    on.tick(60)
    assert on.event in teller.look()
    assert told(on, "mei") == {"two": (10, 20)}


def test_it_is_told_to_those_who_see_that_they_are_the_rows(on: Show) -> None:
    on.do("rui", "cue.edit", id="two", set={"title": "祕密", "people": ["jun"]})
    on.tick(15 * 60)
    Teller(on.services).look()
    [notice] = [body for body in on.bodies("mei", "notice") if body["cue"] == "two"]
    assert (notice["title"], notice["to"]) == ("two", ["mei"])


def test_whoever_has_answered_is_told_the_next_step_from_what_they_know(on: Show) -> None:
    teller = Teller(on.services)
    on.tick(15 * 60)
    teller.look()
    [notice] = [body for body in on.bodies("mei", "notice") if body["cue"] == "two"]
    on.do("mei", "notice.ack", notices=[{"id": "two", "seq": notice["sent"]}])
    on.tick(5 * 60)
    teller.look()
    assert told(on, "mei") == {"two": (15, 20)}


def test_time_that_is_made_up_again_is_told_too(on: Show) -> None:
    teller = Teller(on.services)
    on.do("wei", "cue.nudge", id="one", seconds=600)
    teller.look()
    assert told(on, "mei") == {"two": (10, 20)}
    on.tick(5 * 60)
    on.do("wei", "cue.nudge", id="one", seconds=-600)
    teller.look()
    assert told(on, "mei") == {}


def test_two_that_look_and_one_that_begins_anew_tell_it_once(on: Show) -> None:
    first, second = Teller(on.services), Teller(on.services)
    for teller in (first, second):
        teller.look()
    on.tick(15 * 60)
    first.look()
    head = on.head
    second.look()
    Teller(on.services).look()
    assert on.head == head


def test_rows_of_nobody_make_no_ops_and_what_is_far_is_told_when_it_is_near(on: Show) -> None:
    teller = Teller(on.services)
    on.tick(15 * 60)
    teller.look()
    assert on.event not in teller.look()
    assert "late" not in told(on, "mei")
    on.do("wei", "cue.finish", id="one")
    on.do("wei", "cue.go", id="two", current=None)
    on.tick(20 * 60)
    on.do("wei", "cue.go", id="three", current="two")
    on.tick(10 * 60)
    teller.look()
    assert told(on, "mei")["late"] == (130, 135)


def test_another_threshold_and_another_mode_of_nobody_published(show: Show) -> None:
    show.add("one", duration_s=600, start=to_iso(NOON, "Asia/Taipei"))
    show.add("two", duration_s=600, people=["mei"])
    show.do("wei", "cue.go", id="one", current=None)
    teller = Teller(show.services)
    show.tick(20 * 60)
    assert show.event not in teller.look()
    show.do("rui", "sheet.threshold", threshold_s=900)
    show.do("rui", "sheet.publish")
    show.tick(60)
    assert show.event not in Teller(show.services).look()
    show.do("rui", "sheet.threshold", threshold_s=600)
    assert show.event in Teller(show.services).look()


def test_what_was_forgotten_running_overnight_is_told_no_more_the_next_day(on: Show) -> None:
    teller = Teller(on.services)
    on.tick(17 * 3600)
    assert on.event in teller.look()
    on.tick(2 * 3600)
    assert on.event not in teller.look()


def test_what_could_not_be_told_is_told_at_the_next_look(on: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    teller = Teller(on.services)
    on.tick(15 * 60)
    with monkeypatch.context() as busy:
        busy.setattr(shift_work, "run_as", lambda *_: {"status": "retry"})
        assert on.event not in teller.look()
    assert on.event in teller.look()
    assert told(on, "mei") == {"two": (10, 15)}


def test_what_is_rehearsed_is_told_nobody(on: Show) -> None:
    on.add("r1", track="river", duration_s=600, start=to_iso(NOON + 60 * MINUTE, "Asia/Taipei"))
    on.add("r2", track="river", duration_s=600, people=["mei"])
    on.do("rui", "sheet.publish")
    on.do("lan", "rehearsal.begin", id="r", track="river", day="2027-04-10", cue="r1")
    on.do("lan", "cue.go", id="r1", current=None)
    on.tick(80 * 60)
    Teller(on.services).look()
    assert "r2" not in told(on, "mei")


@ALIKE_IN_EVERY_RUN
@given(rows_of_a_sheet(), st.integers(0, 8 * 60), st.integers(1, 15))
def test_whatever_happens_steps_are_as_large_as_the_threshold_and_as_far_apart_as_the_pause(
    rows: list[Row], later: int, minutes: int
) -> None:
    told: dict[str, Told] = {}
    for now in range(NOON + later * MINUTE, NOON + (later + 40) * MINUTE, MINUTE):
        times = compute(rows, now).times
        for shift in shifts(rows, times, told, now, minutes * MINUTE):
            last = told.get(shift.id)
            assert last is None or now - last.at >= PAUSE_MS
            assert abs(shift.new - shift.old) >= minutes * MINUTE
            assert now <= shift.new <= now + AHEAD_MS
            told[shift.id] = Told(shift.new, shift.plan, now)
        assert shifts(rows, times, told, now, minutes * MINUTE) == []
