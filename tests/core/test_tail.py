"""Of each entity a chain hears once, at its last change that it may know of."""

from hypothesis import given
from hypothesis import strategies as st

from server.core.tail import Entry, Tail, Touched

AUDIENCES = ["all", "dept:light", "person:mei", None]
entries = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(AUDIENCES), st.sampled_from(AUDIENCES)), max_size=25
)


def log_of(changes: list[tuple[str, str | None, str | None]], first: int = 1) -> list[Entry]:
    return [
        Entry(first + n, n, "cue", name, audience, was) for n, (name, audience, was) in enumerate(changes)
    ]


@given(entries, st.sets(st.sampled_from(["all", "dept:light", "person:mei"])), st.integers(0, 25))
def test_a_chain_hears_of_what_it_sees_or_saw_and_of_nothing_else(
    changes: list[tuple[str, str | None, str | None]], audiences: set[str], since: int
) -> None:
    log = log_of(changes)
    heard = Tail(log, len(log), {"cue"}).touched(audiences, since)
    last = {one.entity: one.seq for one in log if one.seq > since and {one.audience, one.was} & audiences}
    assert heard == [
        Touched("cue", name, seq) for name, seq in sorted(last.items(), key=lambda item: item[1])
    ]


def test_kinds_that_no_feature_shows_are_not_heard_of() -> None:
    log = log_of([("a", "all", None)])
    assert Tail(log, 1, {"note"}).touched(["all"], 0) == []


def test_a_cursor_is_past_the_window_if_what_follows_it_is_gone_or_too_old() -> None:
    tail = Tail(log_of([("a", "all", None)] * 5, first=11), 15, {"cue"})
    assert [tail.is_past(since, oldest=2) for since in (9, 10, 11, 12, 14, 15)] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
