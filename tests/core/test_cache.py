"""A cache keeps what was used last."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from server.core.cache import Cache


def test_a_value_is_made_once() -> None:
    cache: Cache[str, int] = Cache(2)
    made: list[str] = []

    def make(key: str) -> int:
        made.append(key)
        return len(made)

    assert [cache.get(key, partial(make, key)) for key in "aabba"] == [1, 1, 2, 2, 1]
    assert made == ["a", "b"]


def test_the_least_used_goes_first() -> None:
    cache: Cache[str, str] = Cache(2)
    for key in "abac":
        cache.get(key, key.lower)
    assert cache.get("a", lambda: "anew") == "a"
    assert cache.get("b", lambda: "anew") == "anew"


def test_many_threads_agree() -> None:
    cache: Cache[int, int] = Cache(8)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: cache.get(n % 16, lambda: n % 16), range(2000)))
    assert found == [n % 16 for n in range(2000)]


def test_what_many_miss_at_once_is_made_once_and_the_others_wait_for_it() -> None:
    cache: Cache[str, object] = Cache(8)
    at_once, made = threading.Barrier(8, timeout=10), list[object]()

    def make() -> object:
        made.append(object())
        time.sleep(0.1)
        return made[-1]

    def get(_n: int) -> object:
        at_once.wait()
        return cache.get("document", make)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(get, range(8)))
    assert found == set(made)
    assert len(made) == 1


def test_where_making_fails_the_next_who_waits_tries() -> None:
    cache: Cache[str, str] = Cache(8)
    begun, tries = threading.Event(), list[str]()

    def fail() -> str:
        begun.set()
        time.sleep(0.1)
        raise ValueError

    def make() -> str:
        tries.append("made")
        return "made"

    with ThreadPoolExecutor(2) as pool:
        failing = pool.submit(cache.get, "document", fail)
        assert begun.wait(10)
        following = pool.submit(cache.get, "document", make)
        with pytest.raises(ValueError):  # noqa: PT011 - the one of above
            failing.result(10)
        assert following.result(10) == "made"
    assert tries == ["made"]


def test_another_value_is_made_meanwhile() -> None:
    cache: Cache[str, str] = Cache(8)
    assert cache.get("outer", lambda: cache.get("inner", lambda: "made")) == "made"
