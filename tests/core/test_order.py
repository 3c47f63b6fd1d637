"""Fractional keys: always room, whatever the order in which rows come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.order import DIGITS, between, spread

keys = st.text(DIGITS, min_size=1, max_size=6).filter(lambda key: not key.endswith("0"))


@given(keys, keys)
def test_between_any_two_keys_there_is_another(one: str, other: str) -> None:
    low, high = sorted((one, other))
    if low == high:
        with pytest.raises(ValueError, match="no key between"):
            between(low, high)
        return
    key = between(low, high)
    assert low.encode() < key.encode() < high.encode()
    assert not key.endswith("0")


@given(keys)
def test_before_and_behind_every_key_there_is_another(key: str) -> None:
    before, behind = between(None, key), between(key, None)
    assert before < key < behind
    assert not before.endswith("0")
    assert not behind.endswith("0")


def test_a_list_that_grows_at_its_end_keeps_short_keys() -> None:
    rows = [between(None, None)]
    for _ in range(5000):
        rows.append(between(rows[-1], None))
    assert rows == sorted(set(rows))
    assert max(map(len, rows)) <= 4


@pytest.mark.parametrize("count", [0, 1, 2, 500, 5000])
def test_keys_for_a_new_list_are_short_and_in_order(count: int) -> None:
    rows = spread(count)
    assert len(set(rows)) == count
    assert rows == sorted(rows)
    assert not any(key.endswith("0") for key in rows)
    assert max(map(len, rows), default=0) <= 3
