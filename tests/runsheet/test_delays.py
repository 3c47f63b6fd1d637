"""A delay is written into the plan as phones project it, by one op, and one op takes it out again."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server.core.clock import to_iso
from server.runsheet.timing import Row, compute
from server.runsheet.timing_delay import write_delay
from tests.runsheet.timing_cases import DAY, MINUTE, row, rows_of_a_sheet
from tests.support.show import NOON, Show

ALIKE_IN_EVERY_RUN = settings(derandomize=True, deadline=None, database=None, max_examples=80)
FIELDS = ("start_mode", "start", "end", "duration_s", "removed_at")
PLAIN = {
    "track": st.just("main"),
    "day": st.just(DAY),
    "kind": st.sampled_from(["item", "item", "item", "buffer", "segment"]),
    "state": st.sampled_from(["planned", "planned", "planned", "skipped"]),
    "runs": st.just([]),
    "baseline": st.none(),
    "added": st.just(0),
    "paused": st.just(0),
    "paused_at": st.none(),
}


def moment(minutes: int) -> str | None:
    return to_iso(NOON + minutes * MINUTE, "Asia/Taipei")


@pytest.fixture
def delayed(show: Show) -> Show:
    """A at noon, 20; a delay of 12; B 20; a buffer of 10 that can be 6; C fixed at 12:55; D that ends at 13:15."""
    show.add("a", start=moment(0), duration_s=1200)
    show.add("late", kind="delay", title="延後", duration_s=720)
    show.add("b", duration_s=1200)
    show.add("rest", kind="buffer", duration_s=600, min_s=360)
    show.add("c", start=moment(55), duration_s=600)
    show.add("d", end_mode="end", end=moment(75), duration_s=600)
    return show


def planned(show: Show) -> dict[str, Any]:
    return {
        name: [getattr(show.cue(name), field) for field in FIELDS]
        for name in ("a", "late", "b", "rest", "c", "d")
    }


def test_what_it_moves_gets_its_new_time_and_the_delay_goes(delayed: Show) -> None:
    before = planned(delayed)
    delayed.do("rui", "cue.apply", id="late")
    cues = {name: delayed.cue(name) for name in before}
    assert (cues["b"].start_mode, cues["b"].start) == ("fixed", NOON + 32 * MINUTE)
    assert (cues["rest"].start_mode, cues["rest"].duration_s) == ("linked", 360)
    assert cues["c"].start == NOON + 58 * MINUTE
    assert (cues["d"].end, cues["d"].duration_s) == (NOON + 75 * MINUTE, 600)
    assert cues["late"].removed_at is not None
    assert planned(delayed)["a"] == before["a"]


def test_one_op_takes_it_back_and_writes_it_again(delayed: Show) -> None:
    before = planned(delayed)
    written = delayed.do("rui", "cue.apply", id="late")
    after = planned(delayed)
    undone = delayed.undo("rui", written)
    assert undone["status"] == "applied"
    assert planned(delayed) == before
    assert delayed.undo("rui", undone)["status"] == "applied"
    assert [each[:4] for each in planned(delayed).values()] == [each[:4] for each in after.values()]


def test_what_somebody_changed_since_is_not_written_over(delayed: Show) -> None:
    written = delayed.do("rui", "cue.apply", id="late")
    delayed.do("hui", "cue.edit", id="c", set={"start": moment(59)})
    after = planned(delayed)
    undone = delayed.undo("rui", written)
    assert (undone["status"], undone["error"]["code"]) == ("conflict", "stale")
    assert planned(delayed) == after


def test_a_delay_that_moves_nothing_any_more_is_refused(delayed: Show) -> None:
    assert delayed.refuse("rui", "cue.apply", id="b")["code"] == "not_delay"
    delayed.do("wei", "cue.skip", id="late")
    assert delayed.refuse("rui", "cue.apply", id="late")["code"] == "left_out"
    delayed.do("wei", "cue.resume", id="late")
    delayed.do("wei", "cue.go", id="a", current=None)
    delayed.tick(60)
    delayed.do("wei", "cue.go", id="b", current="a")
    assert delayed.refuse("rui", "cue.apply", id="late")["code"] == "begun"


def test_nothing_is_carried_over_the_turn_of_the_day(show: Show) -> None:
    show.add("strike", start=moment(17 * 60), duration_s=600)
    show.add("late", kind="delay", title="延後", duration_s=3600)
    show.add("sweep", start=moment(17 * 60 + 50), duration_s=600)
    assert show.refuse("rui", "cue.apply", id="late")["params"] == {"day": "2027-04-11"}


def test_its_undo_is_nobody_elses_entry_of_the_log(delayed: Show) -> None:
    written = delayed.do("rui", "cue.apply", id="late")
    seq = written["result"]["undo"]["args"]["seq"]
    assert delayed.refuse("rui", "cue.unapply", id="late", seq=1)["code"] == "not_found"
    assert delayed.refuse("rui", "cue.unapply", id="b", seq=seq)["code"] == "not_found"
    assert delayed.refuse("wei", "cue.unapply", id="late", seq=seq)["code"] == "forbidden"


# --- whatever the sheet


def with_delay(rows: list[Row], place: int, minutes: int) -> list[Row]:
    """The sheet with a delay of so many minutes at the top, before one of its rows at the top."""
    tops = [index for index, each in enumerate(rows) if each.parent is None]
    index = tops[place % len(tops)]
    return [*rows[:index], replace(row(id="late", kind="delay"), duration=minutes * MINUTE), *rows[index:]]


def without_deep_segments(rows: list[Row]) -> list[Row]:
    """Segments stand at the top, and what is in items stays away, as the sheet has it."""
    by_id = {each.id: each for each in rows}
    kept = [
        each
        for each in rows
        if each.parent is None or (by_id[each.parent].kind == "segment" and each.kind != "segment")
    ]
    ids = {each.id for each in kept}
    return [replace(each, parent=each.parent if each.parent in ids else None) for each in kept]


@ALIKE_IN_EVERY_RUN
@given(rows_of_a_sheet(**PLAIN), st.integers(0, 9), st.integers(-20, 40))
def test_planned_after_is_what_was_projected_before(rows: list[Row], place: int, minutes: int) -> None:
    sheet = with_delay(without_deep_segments(rows), place, minutes)
    before, written = compute(sheet, 0).times, write_delay(sheet, "late")
    after = compute(written.rows, 0)
    assume(written.gone == ["late"])
    for each in written.rows:
        times = after.times[each.id]
        if each.kind != "segment":
            assert (times.planned_start, times.planned_end) == (
                before[each.id].projected_start,
                before[each.id].projected_end,
            ) or before[each.id].projected_start is None
            assert times.projected_start == before[each.id].projected_start
