"""The trash: what was removed, when, by whom and with how much; and who may look into it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.people.queries import find_viewer
from server.runsheet.trash import AT_ONCE, Removed, visible_trash
from tests.people.stage import Stage, opened, with_cast
from tests.support.databases import SqliteDatabases
from tests.support.show import NOON, Show


def trash(show: Show, member: str = "rui", **asked: Any) -> list[Removed]:  # noqa: ANN401 - as `visible_trash`
    with show.services.db.read() as session:
        viewer = find_viewer(session, show.event, member)
        assert viewer is not None
        return visible_trash(session, viewer, **asked)


def ids(found: list[Removed]) -> list[str]:
    return [row.cue.id for row in found]


@pytest.fixture
def planned(show: Show) -> Show:
    """A segment with an item, in which is a cue; and an item beside it."""
    show.add("s", kind="segment", title="開幕")
    show.add("i", parent="s", title="致詞")
    show.add("c", kind="cue", parent="i", title="燈暗")
    show.add("j", title="抽獎")
    return show


def test_it_holds_what_was_removed_the_newest_first_with_who_when_and_how_much(planned: Show) -> None:
    planned.tick(60)
    planned.do("hui", "cue.remove", id="s")
    planned.tick(60)
    planned.do("rui", "cue.remove", id="j")
    told = [(row.cue.id, row.by, row.cue.removed_at, row.below, row.first) for row in trash(planned)]
    assert told == [("j", "rui", NOON + 120_001, 0, None), ("s", "hui", NOON + 60_001, 2, None)]
    planned.do("rui", "cue.restore", id="s")
    assert ids(trash(planned)) == ["j"]


def test_a_row_comes_back_without_what_was_taken_off_it_in_the_same_request(planned: Show) -> None:
    planned.all(
        "rui", *(("comment.add", {"id": text, "cue": "j", "text": text}) for text in ("stays", "struck"))
    )
    planned.all("rui", ("comment.strike", {"id": "struck"}), ("cue.remove", {"id": "j"}))
    assert planned.bodies("rui", "comment") == []
    planned.do("rui", "cue.restore", id="j")
    assert [said["text"] for said in planned.bodies("rui", "comment")] == ["stays"]


def test_what_is_under_a_removed_row_names_the_one_to_restore_first(planned: Show) -> None:
    planned.do("rui", "cue.remove", id="c")
    planned.do("rui", "cue.remove", id="s")
    [whole, single] = trash(planned)
    assert (whole.cue.id, whole.below, whole.first) == ("s", 1, None)
    assert (single.cue.id, single.first and single.first.id) == ("c", "s")
    assert planned.refuse("rui", "cue.restore", id="c")["code"] == "parent_removed"
    planned.do("rui", "cue.restore", id="s")
    [single] = trash(planned)
    assert single.first is None
    planned.do("rui", "cue.restore", id="c")
    assert planned.cue("c").removed_at is None


def test_a_search_looks_at_numbers_and_titles_and_at_what_went_along(planned: Show) -> None:
    for row in ("j", "s"):
        planned.do("rui", "cue.remove", id=row)
    assert {text: ids(trash(planned, search=text)) for text in ("抽", "燈暗", "%", "沒有")} == {
        "抽": ["j"],
        "燈暗": ["s"],
        "%": [],
        "沒有": [],
    }


def test_one_sees_only_what_one_could_see_before_it_was_removed(planned: Show) -> None:
    with planned.services.db.write() as session:
        row = session.get_one(type(planned.cue("j")), (planned.event, "j"))
        row.audience = "dept:sound"
    planned.do("hui", "member.edit", id="rui", set={"department": "sound"})
    planned.do("rui", "cue.remove", id="j")
    assert (ids(trash(planned)), ids(trash(planned, "hui"))) == (["j"], [])


def test_it_comes_in_pieces(show: Show) -> None:
    rows = [f"r{n:02}" for n in range(AT_ONCE + 2)]
    show.all("rui", *(("cue.add", {"id": row, "track": "main", "title": row}) for row in rows))
    show.all("rui", *(("cue.remove", {"id": row}) for row in rows))
    first, rest = trash(show), trash(show, skip=AT_ONCE)
    assert len(first) == AT_ONCE + 1
    assert ids(first)[:AT_ONCE] + ids(rest) == rows[::-1]


@pytest.fixture
def stage(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Stage]:
    """The program as browsers meet it."""
    with opened(with_cast(sqlite_databases), tmp_path) as stage:
        yield stage


def test_the_page_escapes_and_says_so_when_there_is_nothing(stage: Stage) -> None:
    bo = stage.browser("bo")
    assert "垃圾桶是空的" in bo.get("/e/fair/trash").text
    stage.must("amy", "track.put", id="yard", name="中庭")
    stage.must("amy", "cue.add", id="x", track="yard", title="<b>抽獎</b>")
    stage.must("bo", "cue.remove", id="x")
    page = bo.get("/e/fair/trash?skip=x").text
    assert "&lt;b&gt;抽獎&lt;/b&gt;" in page
    assert "周柏" in page
    assert "沒有符合的列" in bo.get("/e/fair/trash?search=%E7%84%A1").text
    for other in ("cai", "dan", "fay", "gus"):
        assert stage.browser(other).get("/e/fair/trash").status_code == 403
