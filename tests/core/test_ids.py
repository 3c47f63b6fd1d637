"""Ids sort by the time they were made, and secrets are long."""

import pytest

from server.core.ids import digest, is_id, new_id, new_secret


def test_ids_differ_and_may_stand_as_ids() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(is_id(one) for one in ids)
    assert [one[:10] for one in ids] == sorted(one[:10] for one in ids)


@pytest.mark.parametrize("text", ["a", "A.b:c_d-9", "x" * 64])
def test_what_may_stand_as_an_id(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["", "x" * 65, "a b", "a\n", "ä", "a/b", "<b>", "a'", "\u202ea", "１"])
def test_what_may_not(text: str) -> None:
    assert not is_id(text)


def test_a_secret_is_stored_only_as_its_digest() -> None:
    secret = new_secret()
    assert len(secret) >= 32
    assert secret not in digest(secret)
    assert digest(secret) == digest(secret) != digest(new_secret())
