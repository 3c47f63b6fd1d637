"""A cache keeps what was used last."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

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
