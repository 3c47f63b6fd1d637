"""Versions are compared, for whom they changed what, and put back as edits that wait."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.runsheet.published import rows_of
from server.runsheet.queries import all_cues, published_cues
from server.runsheet.versions import differences, sheet_of_version
from tests.support.show import Show

ALIKE_IN_EVERY_RUN = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
one_backend = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def two(show: Show) -> Show:
    """v1 with a segment of three rows; v2 where one is new, one gone, one longer and later in the order."""
    show.add("seg", kind="segment")
    for name, people in (("a", ["mei"]), ("b", []), ("c", ["jun"])):
        show.add(name, parent="seg", duration_s=600, people=people)
    show.do("rui", "sheet.publish")
    show.add("new", parent="seg", departments=["light"])
    show.do("rui", "cue.remove", id="b")
    show.do("rui", "cue.move", id="a", after="c")
    show.do("rui", "cue.edit", id="a", set={"duration_s": 900})
    show.do("rui", "sheet.publish", note="加場")
    return show


def version(show: Show, number: int) -> dict[str, dict[str, Any]]:
    with show.services.db.read() as session:
        found = sheet_of_version(session, show.event, number)
    assert found is not None
    return found


def stands(show: Show) -> dict[str, dict[str, Any]]:
    """The sheet as its editors have it."""
    with show.services.db.read() as session:
        return rows_of(all_cues(session, show.event))


def published(show: Show) -> dict[str, dict[str, Any]]:
    with show.services.db.read() as session:
        return rows_of(published_cues(session, show.event))


def test_two_versions_differ_in_what_was_changed_and_say_whom_it_touches(two: Show) -> None:
    found = {each.id: each for each in differences(version(two, 1), version(two, 2))}
    assert {name: each.kind for name, each in found.items()} == {
        "a": "changed",
        "new": "added",
        "b": "removed",
    }
    assert [change["field"] for change in found["a"].changes] == ["moved", "duration_s"]
    assert (set(found["a"].people), set(found["new"].departments)) == ({"mei"}, {"light"})


def test_a_version_is_what_everybody_saw_then(two: Show) -> None:
    assert published(two) == version(two, 2)
    two.do("rui", "cue.edit", id="a", set={"title": "later"})
    assert published(two) == version(two, 2)


def test_a_version_that_is_put_back_waits_until_it_is_published(two: Show) -> None:
    before = stands(two)
    put = two.do("rui", "sheet.restore", version=1)
    assert stands(two) == version(two, 1)
    assert published(two) == version(two, 2)
    assert two.undo("rui", put)["status"] == "applied"
    assert stands(two) == before
    two.do("rui", "sheet.restore", version=1)
    two.do("rui", "sheet.publish")
    assert version(two, 3) == version(two, 1)


def test_single_rows_are_put_back_and_the_others_stay(two: Show) -> None:
    two.do("rui", "sheet.restore", version=1, rows=["a"])
    assert stands(two)["a"] == version(two, 1)["a"]
    assert "new" in stands(two)
    assert "b" not in stands(two)


def test_what_was_called_stays_as_it_is(two: Show) -> None:
    two.do("wei", "cue.go", id="a", current=None)
    assert two.do("rui", "sheet.restore", version=1)["result"]["left"] == 1
    assert stands(two)["a"]["duration_s"] == 900


def test_in_live_mode_it_goes_out_at_once(two: Show) -> None:
    two.do("rui", "sheet.live", on=True)
    put = two.do("rui", "sheet.restore", version=1)
    assert published(two) == version(two, 1)
    two.undo("rui", put)
    assert published(two) == version(two, 2)


@pytest.mark.parametrize("at_once", [False, True])
def test_cells_are_put_back_one_by_one(two: Show, *, at_once: bool) -> None:
    """So whoever fills one meanwhile is told, and what is taken back is what was there."""
    cells = {"light": {"zh-TW": "全亮"}, "sound": {"zh-TW": "進歌"}}
    two.do("rui", "cue.edit", id="a", set={"columns": cells})
    two.do("rui", "sheet.publish")
    two.do("rui", "cue.edit", id="a", set={"columns": {"light": {}, "sound": {"zh-TW": "淡出"}}})
    known = two.head
    two.do("rui", "sheet.live", on=at_once)
    put = two.do("rui", "sheet.restore", version=1, rows=["a"])
    assert stands(two)["a"]["columns"] == {}
    assert published(two)["a"]["columns"] == ({} if at_once else cells)
    args = {"id": "a", "set": {"columns": {"sound": {"zh-TW": "慢"}}}}
    [late] = two.send("hui", {"op": "cue.edit", "args": args, "base_version": known})
    assert late["status"] == "conflict"
    assert two.undo("rui", put)["status"] == "applied"
    assert stands(two)["a"]["columns"] == {"sound": {"zh-TW": "淡出"}}
    assert published(two)["a"]["columns"] == cells


def test_there_is_nothing_to_put_back_of_the_version_that_stands(two: Show) -> None:
    assert two.refuse("rui", "sheet.restore", version=2)["code"] == "nothing_new"
    assert two.refuse("rui", "sheet.restore", version=9)["code"] == "not_found"
    assert two.refuse("wei", "sheet.restore", version=1)["code"] == "forbidden"


def test_nobodys_edit_since_is_undone_with_it(two: Show) -> None:
    put = two.do("rui", "sheet.restore", version=1)
    two.do("hui", "cue.edit", id="a", set={"note": "x"})
    assert two.undo("rui", put)["error"]["code"] == "stale"


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("cue.edit"), st.sampled_from("abc"), st.integers(0, 3)),
        st.tuples(st.just("cue.remove"), st.sampled_from("abc"), st.just(0)),
        st.tuples(st.just("cue.move"), st.sampled_from("abc"), st.integers(0, 2)),
        st.tuples(st.just("sheet.publish"), st.just(""), st.just(0)),
        st.tuples(st.just("cue.revert"), st.sampled_from("abc"), st.just(0)),
    ),
    max_size=12,
)


def _args(op: str, row: str, n: int) -> dict[str, Any]:
    if op == "cue.edit":
        return {"id": row, "set": {"title": f"t{n}", "people": ["mei"][: n % 2], "duration_s": 60 * n}}
    if op == "cue.move":
        return {"id": row, "after": [None, *(each for each in "abc" if each != row)][n]}
    return {"id": row} if row else {}


@one_backend
@ALIKE_IN_EVERY_RUN
@given(EDITS)
def test_whatever_is_edited_others_see_the_last_version_and_each_version_comes_back(
    show: Show, edits: list[tuple[str, str, int]]
) -> None:
    track = f"t{show.head}"
    show.do("rui", "track.put", id=track, name=track)
    names = {name: f"{track}-{name}" for name in "abc"}
    for name in names.values():
        show.add(name, track=track)
    show.do("rui", "sheet.publish")
    last = published(show)
    for op, row, n in edits:
        args = _args(op, row, n)
        args = {
            key: names.get(value, value) if isinstance(value, str) else value for key, value in args.items()
        }
        [result] = show.send("rui", {"op": op, "args": args})
        if op == "sheet.publish" and result["status"] == "applied":
            last = stands(show)
        assert published(show) == last
    show.send("rui", {"op": "sheet.restore", "args": {"version": 1}})
    [back] = show.send("rui", {"op": "sheet.restore", "args": {"version": 1}})
    assert back["error"]["code"] == "nothing_new"
    assert stands(show) == version(show, 1)
