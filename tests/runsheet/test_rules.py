"""Rows that can't be are refused, with the field and a reason; and a day follows its start."""

from typing import Any

import pytest

from server.core.telling import Teller
from tests.support.show import DAY, Show

NEXT_DAY = "2027-04-11"
one_backend = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def show_1(show: Show) -> Show:
    """One item of ten minutes with two cues, of which one has a time of its own."""
    show.add("i1", number="1", duration_s=600, min_s=300)
    show.add("c1", kind="cue", parent="i1", offset_s=5)
    show.add("c2", kind="cue", parent="i1", start=f"{DAY}T15:00:00+08:00")
    return show


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"start_mode": "fixed"}, "start_mode", "invalid"),
    ({"start_mode": "fixed", "start": None}, "start", "invalid"),
    ({"start": f"{DAY}T14:00:00+08:00", "start_mode": "fixed", "day": "2030-01-01"}, "day", "invalid"),
    ({"start": "2031-04-10T14:00:00+08:00", "start_mode": "fixed", "day": "2030-04-10"}, "day", "invalid"),
    ({"start": "2200-01-01T07:00:00+08:00", "start_mode": "fixed"}, "start", "invalid"),
    ({"end_mode": "end"}, "end_mode", "invalid"),
    ({"end_mode": "count_to_end", "end": None}, "end", "invalid"),
    ({"end_mode": "end", "end": "2027-04-19T14:00:00+08:00"}, "end", "invalid"),
    ({"end_mode": "end", "end": "2199-04-10T14:00:00+08:00"}, "end", "invalid"),
    ({"duration_s": 60, "min_s": 61}, "min_s", "invalid"),
    (
        {"start": f"{DAY}T14:00:00+08:00", "end": f"{DAY}T13:00:00+08:00", "end_mode": "end"},
        "end",
        "ends_before_start",
    ),
    ({"note": "x" * 4000, "note_en": "x" * 4000, "columns": {"light": {"en": "x" * 4000}}}, "", "too_long"),
]


@one_backend
@pytest.mark.parametrize(("values", "field", "code"), BAD)
def test_a_row_that_cannot_be_is_refused_with_the_field(
    show_1: Show, values: dict[str, Any], field: str, code: str
) -> None:
    edited = show_1.refuse("rui", "cue.edit", id="i1", set=values)
    added = show_1.refuse("rui", "cue.add", id="new", track="main", **({"start_mode": "linked"} | values))
    assert (edited["code"], added["code"]) == (code, code)
    if field:
        assert (edited["fields"], added["fields"]) == ({f"set.{field}": code}, {field: code})
    for locale in ("zh-TW", "en"):
        told = Teller(locale, "Asia/Taipei", {}, 0).tell({"error": edited})["error"]
        assert told["message"]
        assert "fields" in told


def test_a_shorter_length_than_the_shortest_is_the_lengths_fault(show_1: Show) -> None:
    error = show_1.refuse("rui", "cue.edit", id="i1", set={"duration_s": 60})
    assert error["fields"] == {"set.duration_s": "invalid"}
    show_1.do("rui", "cue.edit", id="i1", set={"duration_s": 60, "min_s": 60})


def test_a_refusal_is_told_again_as_it_was_told_first(show_1: Show) -> None:
    op = {"id": "once", "op": "cue.edit", "args": {"id": "i1", "set": {"end_mode": "end"}}}
    [first], [again] = show_1.send("rui", op), show_1.send("rui", op)
    assert (again["status"], again["error"]) == ("duplicate", first["error"])


def test_what_was_wrong_before_stands_in_the_way_of_no_other_field(show_1: Show) -> None:
    with show_1.services.db.write() as session:
        cue = session.merge(show_1.cue("i1"))
        cue.start_mode, cue.start, cue.end_mode, cue.end = "fixed", None, "end", None
    show_1.do("rui", "cue.edit", id="i1", set={"title": "別的"})
    assert show_1.refuse("rui", "cue.edit", id="i1", set={"start_mode": "fixed"})["code"] == "invalid"


def test_a_day_follows_its_start_and_the_cues_within_follow_their_item(show_1: Show) -> None:
    moved = show_1.do(
        "rui", "cue.edit", id="i1", set={"start": f"{NEXT_DAY}T14:00:00+08:00", "start_mode": "fixed"}
    )
    assert [show_1.cue(name).day for name in ("i1", "c1", "c2")] == [NEXT_DAY, NEXT_DAY, DAY]
    assert show_1.undo("rui", moved)["status"] == "applied"
    assert [show_1.cue(name).day for name in ("i1", "c1", "c2")] == [DAY, DAY, DAY]
    assert (show_1.cue("i1").start, show_1.cue("i1").start_mode) == (None, "linked")


def test_a_start_after_midnight_keeps_the_day_of_the_evening(show_1: Show) -> None:
    late = {"start": f"{NEXT_DAY}T00:30:00+08:00", "start_mode": "fixed"}
    show_1.do("rui", "cue.edit", id="i1", set=late)
    assert show_1.cue("i1").day == DAY
    show_1.do("rui", "cue.edit", id="i1", set=late | {"day": DAY})
    assert show_1.refuse("rui", "cue.edit", id="i1", set={"day": NEXT_DAY})["fields"] == {
        "set.day": "invalid"
    }


def test_a_start_that_does_not_count_leaves_the_day(show_1: Show) -> None:
    show_1.do("rui", "cue.edit", id="i1", set={"start": f"{NEXT_DAY}T14:00:00+08:00"})
    assert (show_1.cue("i1").day, show_1.cue("i1").start_mode) == (DAY, "linked")
    show_1.do("rui", "cue.edit", id="i1", set={"start_mode": "fixed"})
    assert show_1.cue("i1").day == NEXT_DAY


@pytest.mark.parametrize("op", ["cue.edit", "member.edit"])
def test_an_edit_names_something(show_1: Show, op: str) -> None:
    row = {"cue.edit": "i1", "member.edit": "mei"}[op]
    assert show_1.refuse("hui", op, id=row, set={})["fields"] == {"set": "too_short"}


@pytest.mark.parametrize(
    "values",
    [
        {"place": "mei"},
        {"place": "light"},
        {"people": ["light"]},
        {"people": ["stage-1"]},
        {"departments": ["mei"]},
        {"columns": {"mei": {"en": "x"}}},
        {"columns": {"stage-1": {"en": "x"}}},
    ],
)
def test_an_id_of_one_kind_is_none_of_another_though_it_stands_in_the_row(
    show_1: Show, values: dict[str, Any]
) -> None:
    known = {
        "place": "stage-1",
        "people": ["mei"],
        "departments": ["stage"],
        "columns": {"sound": {"en": "x"}},
    }
    show_1.do("rui", "cue.edit", id="i1", set=known)
    assert show_1.refuse("rui", "cue.edit", id="i1", set=values)["code"] == "not_found"


# --- moves whose neighbour is gone


def test_a_move_is_undone_though_the_row_before_was_removed(show_1: Show) -> None:
    for name in ("i2", "i3", "i4"):
        show_1.add(name)
    moved = show_1.do("rui", "cue.move", id="i3", after=None)
    show_1.do("hui", "cue.remove", id="i2")
    assert show_1.undo("rui", moved)["status"] == "applied"
    assert _order(show_1) == ["i1", "i3", "i4"]
    show_1.do("hui", "cue.restore", id="i2")
    assert _order(show_1) == ["i1", "i2", "i3", "i4"]


def test_a_move_whose_row_before_stands_elsewhere_by_now_is_a_conflict(show_1: Show) -> None:
    show_1.add("seg", kind="segment")
    for name in ("i2", "i3"):
        show_1.add(name)
    moved = show_1.do("rui", "cue.move", id="i3", after=None)
    show_1.do("hui", "cue.move", id="i2", parent="seg")
    refused = show_1.undo("rui", moved)
    assert (refused["status"], refused["error"]["code"]) == ("conflict", "changed")


def test_a_move_back_under_a_row_that_was_removed_says_so(show_1: Show) -> None:
    show_1.add("seg", kind="segment")
    show_1.add("i2", parent="seg")
    moved = show_1.do("rui", "cue.move", id="i2", parent=None)
    show_1.do("hui", "cue.remove", id="seg")
    assert show_1.undo("rui", moved)["error"]["code"] == "parent_removed"


def _order(show: Show) -> list[str]:
    cues = show.bodies("rui", "cue")
    return [cue["id"] for cue in cues if cue["kind"] != "cue"]
