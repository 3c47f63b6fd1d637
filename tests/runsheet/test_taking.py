"""Rows that leave with the next version: what goes and stays together, and what comes back with what."""

import pytest

from tests.support.show import Show


@pytest.fixture
def out(show: Show) -> Show:
    """A segment with three items, of which v1 is published."""
    show.add("seg", kind="segment", title="開場")
    for name in "abc":
        show.add(name, parent="seg", title=name, duration_s=600)
    show.do("rui", "sheet.publish")
    return show


def seen(show: Show, member: str) -> set[str]:
    return {body["id"] for body in show.bodies(member, "cue")}


def test_what_was_to_leave_by_itself_does_not_stay_with_the_row_above_it(out: Show) -> None:
    out.do("rui", "cue.remove", id="a")
    removed = out.do("hui", "cue.remove", id="seg")
    assert "result" not in out.do("rui", "cue.remove", id="seg")
    out.undo("hui", removed)
    assert [out.cue(name).leaving for name in ("seg", "a", "b")] == [False, True, False]
    steps = [{"op": "cue.remove", "args": {"id": name}} for name in ("seg", "b")]
    both = out.do("rui", "cue.batch", steps=steps)
    assert out.undo("rui", both)["status"] == "applied"
    assert [out.cue(name).leaving for name in ("seg", "a", "b")] == [False, True, False]


def test_what_left_together_comes_back_together_and_what_left_before_does_not(out: Show) -> None:
    """Whatever their places are: those of rows under different ones say nothing of each other."""
    out.do("rui", "cue.remove", id="b")
    removed = out.do("rui", "cue.remove", id="seg")
    out.do("rui", "sheet.publish")
    assert out.undo("rui", removed)["status"] == "applied"
    assert [out.cue(name).removed_at is None for name in ("seg", "a", "b", "c")] == [True, True, False, True]


def test_what_was_to_leave_comes_back_if_somebody_removes_it_at_once(out: Show) -> None:
    out.do("rui", "cue.remove", id="a")
    out.do("hui", "sheet.mine", on=True)
    removed = out.do("hui", "cue.remove", id="a")
    assert "a" not in seen(out, "mei")
    assert out.undo("hui", removed)["status"] == "applied"
    assert "a" in seen(out, "mei")


def test_nothing_stays_under_a_row_that_leaves(out: Show) -> None:
    """It would go with the next version, although somebody has been told that it stays."""
    out.do("rui", "cue.remove", id="seg")
    assert out.refuse("rui", "cue.restore", id="a")["code"] == "parent_removed"
    assert out.refuse("rui", "sheet.restore", version=1, rows=["a"])["code"] == "nothing_new"
    out.do("rui", "sheet.restore", version=1)
    assert [out.cue(name).leaving for name in ("seg", "a", "b")] == [False] * 3
