"""Numbers that never change, order keys between any two, and the order of a tree."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.runsheet.models import Cue
from server.runsheet.tree import (
    first_number,
    in_tree_order,
    key_after,
    number_after,
    number_before,
    number_within,
)

EXAMPLES = [
    ("121", "123", "121.5"),
    ("121", "122", "121.5"),
    ("118", "118.5", "118.25"),
    ("118.2", "118.3", "118.25"),
    ("121", "", "122"),
    ("118.7", "", "118.8"),
    ("118.9", "", "118.10"),
    ("118.9", "118.10", "118.95"),
    ("003", "004", "003.5"),
    ("003", "", "004"),
    ("099", "", "100"),
    ("D1-M6", "", "D1-M7"),
    ("D0-M12", "D0-M13", "D0-M12.5"),
    ("135A.2", "135A.3", "135A.25"),
    ("135A", "136", "135B"),
    ("121.5.1", "", "121.5.2"),
    ("119", "D1-M3", "119.5"),
    ("開場", "", ""),
    ("", "", ""),
    ("9" * 24, "", ""),
]


@pytest.mark.parametrize(("previous", "following", "number"), EXAMPLES)
def test_a_new_number_stands_between_its_neighbours(previous: str, following: str, number: str) -> None:
    assert number_after(previous, following, ()) == number


def test_a_number_that_is_taken_is_never_given_again() -> None:
    assert number_after("121", "122", {"121.5"}) == "121.25"
    assert number_after("121", "122", {"121.5", "121.25"}) == "121.125"
    assert number_after("121", "", {"122", "123"}) == "124"
    assert number_after("135A", "136", {"135B"}) == "135C"


def test_the_number_before_the_first_is_half_a_step_less() -> None:
    assert [number_before(text, ()) for text in ("121", "118.1", "001", "135A.1")] == [
        "120.5",
        "118.05",
        "000.5",
        "135A.05",
    ]
    assert [number_before(text, ()) for text in ("0", "", "開場")] == ["", "", ""]


def test_the_first_row_goes_on_where_the_sheet_ends() -> None:
    assert first_number(()) == "1"
    assert first_number({"137", "135A", "D1-M3", "12.5"}) == "138"


def test_the_first_cue_of_an_item_counts_within_it() -> None:
    assert number_within("121", ()) == "121.1"
    assert number_within("121", {"121.1", "121.2"}) == "121.3"
    assert number_within("", ()) == ""


@given(st.lists(st.integers(0, 30), max_size=60))
def test_however_rows_are_inserted_no_number_stands_twice(places: list[int]) -> None:
    numbers = ["121", "122"]
    for wanted in places:
        place = wanted % len(numbers)
        following = numbers[place + 1] if place + 1 < len(numbers) else ""
        number = number_after(numbers[place], following, set(numbers))
        assert number not in numbers
        assert len(number) <= 24
        if number:
            numbers.insert(place + 1, number)


@given(st.lists(st.integers(0, 100), max_size=80))
def test_a_row_comes_to_stand_where_it_was_put(places: list[int]) -> None:
    rows: list[SimpleNamespace] = []
    for name, wanted in enumerate(places):
        place = wanted % (len(rows) + 1)
        key = key_after(rows, rows[place - 1].id if place else None)
        rows.insert(place, SimpleNamespace(id=str(name), order_key=key))
    assert [row.id for row in sorted(rows, key=lambda row: row.order_key.encode())] == [
        row.id for row in rows
    ]


def test_a_row_between_two_with_the_same_key_stands_behind_both() -> None:
    twins = [SimpleNamespace(id="a", order_key="V"), SimpleNamespace(id="b", order_key="V")]
    assert key_after(twins, "a") > "V"


def test_a_tree_is_read_depth_first_and_orphans_stand_at_the_top() -> None:
    rows = [
        ("cue", "item", "V"),
        ("orphan", "nobody", "Z"),
        ("item", "segment", "V"),
        ("segment", None, "V"),
        ("later", None, "X"),
    ]
    cues = [
        Cue(event_id="e", id=name, parent=parent, order_key=key, track="main", day="2027-04-10")
        for name, parent, key in rows
    ]
    assert [cue.id for cue in in_tree_order(cues)] == ["segment", "item", "cue", "later", "orphan"]
