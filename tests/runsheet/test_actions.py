"""Rows are added, edited, moved, removed and restored, on both databases; and each undo restores."""

from typing import Any

import pytest

from server.core.clock import from_iso
from server.runsheet.args import CueFields
from server.runsheet.queries import all_cues
from tests.support.show import DAY, NOON, Show

# Where only the rules of the sheet are at stake, one database is enough.
one_backend = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

HOUR_MS = 3_600_000


@pytest.fixture
def three(show: Show) -> Show:
    """A segment with three items, 121, 122 and 123."""
    show.add("seg", kind="segment", title="開場", number="D1-M1")
    for number in ("121", "122", "123"):
        show.add(f"i{number}", parent="seg", number=number, duration_s=600)
    return show


def order(show: Show) -> list[str]:
    """The ids of the sheet's rows, in tree order."""
    with show.services.db.read() as session:
        return [cue.id for cue in all_cues(session, show.event)]


# --- adding


def test_without_a_place_a_row_comes_last(three: Show) -> None:
    three.add("new", parent="seg")
    assert order(three) == ["seg", "i121", "i122", "i123", "new"]
    assert three.cue("new").number == "124"


def test_after_null_is_first(three: Show) -> None:
    three.add("new", parent="seg", after=None)
    assert order(three) == ["seg", "new", "i121", "i122", "i123"]
    assert three.cue("new").number == "120.5"


def test_a_row_between_two_gets_a_number_between_and_nobody_is_renumbered(three: Show) -> None:
    three.add("new", parent="seg", after="i121")
    assert three.cue("new").number == "121.5"
    three.add("newer", parent="seg", after="i121")
    assert three.cue("newer").number == "121.25"
    assert [three.cue(name).number for name in ("i121", "i122", "i123")] == ["121", "122", "123"]
    assert order(three) == ["seg", "i121", "newer", "new", "i122", "i123"]


def test_a_cue_between_two_decimals_gets_the_middle(three: Show) -> None:
    for number in ("118.2", "118.3"):
        three.add(f"c{number}", kind="cue", parent="i121", number=number)
    three.add("new", kind="cue", parent="i121", after="c118.2")
    assert three.cue("new").number == "118.25"


def test_the_first_rows_of_an_empty_sheet_count_from_one(show: Show) -> None:
    show.add("seg", kind="segment")
    show.add("a", parent="seg")
    show.add("b", parent="seg")
    show.add("c", kind="cue", parent="b")
    assert [show.cue(name).number for name in ("seg", "a", "b", "c")] == ["", "1", "2", "2.1"]


def test_the_result_tells_number_and_day(three: Show) -> None:
    result = three.add("new", parent="seg")["result"]
    assert (result["number"], result["day"]) == ("124", DAY)


def test_a_row_takes_day_and_place_from_what_is_above_it(show: Show) -> None:
    show.add("seg", kind="segment", day="2027-04-11", place="gate")
    show.add("item", parent="seg")
    show.add("cue", kind="cue", parent="item")
    assert {show.cue(name).day for name in ("item", "cue")} == {"2027-04-11"}
    assert {show.cue(name).place for name in ("item", "cue")} == {"gate"}


def test_a_row_without_anything_near_stands_on_today_and_its_tracks_place(show: Show) -> None:
    show.add("item")
    assert (show.cue("item").day, show.cue("item").place) == (DAY, "stage-1")


def test_a_start_after_midnight_belongs_to_the_evening_before(show: Show) -> None:
    show.add("late", start="2027-04-11T00:30:00+08:00")
    assert (show.cue("late").day, show.cue("late").start_mode) == (DAY, "fixed")
    show.add("early", start="2027-04-11T06:00:00+08:00")
    assert show.cue("early").day == "2027-04-11"


def test_a_row_starts_as_its_kind_does_unless_it_says_otherwise(show: Show) -> None:
    show.add("item")
    show.add("fixed", start="2027-04-10T14:36:00+08:00")
    show.add("manual", start_mode="manual")
    show.add("offset", kind="cue", parent="item", offset_s=-30)
    show.add("line", kind="cue", parent="item", line="謝謝大家")
    modes = [show.cue(name).start_mode for name in ("item", "fixed", "manual", "offset", "line")]
    assert modes == ["linked", "fixed", "manual", "offset", "line"]


@one_backend
@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        ("segment", "seg"),
        ("item", "i121"),
        ("item", "c1"),
        ("buffer", "i121"),
        ("cue", None),
        ("cue", "seg"),
        ("cue", "c1"),
    ],
)
def test_a_row_stands_only_under_its_kind_of_parent(three: Show, kind: str, parent: str | None) -> None:
    three.add("c1", kind="cue", parent="i121")
    error = three.refuse("rui", "cue.add", id="new", track="main", kind=kind, parent=parent)
    assert error["code"] == "bad_parent"


def test_a_row_stands_on_its_parents_track(three: Show) -> None:
    error = three.refuse("rui", "cue.add", id="new", track="river", parent="seg")
    assert error["code"] == "bad_parent"


@one_backend
@pytest.mark.parametrize(
    "args",
    [
        {"track": "nowhere"},
        {"parent": "nobody"},
        {"after": "nobody"},
        {"after": "seg", "parent": "seg"},
        {"place": "nowhere"},
        {"people": ["nobody"]},
        {"departments": ["nobody"]},
        {"columns": {"nothing": {"zh-TW": "x"}}},
        {"note_for": {"nobody": "x"}},
    ],
)
def test_what_the_event_does_not_have_cannot_be_named(three: Show, args: dict[str, Any]) -> None:
    error = three.refuse("rui", "cue.add", **{"id": "new", "track": "main"} | args)
    assert error["code"] == "not_found"
    assert "new" not in order(three)


def test_an_id_is_given_once_even_to_a_removed_row(three: Show) -> None:
    three.do("rui", "cue.remove", id="i122")
    assert three.refuse("rui", "cue.add", id="i121", track="main")["code"] == "exists"
    assert three.refuse("rui", "cue.add", id="i122", track="main")["code"] == "exists"


def test_rows_that_go_and_come_back_keep_their_place(three: Show) -> None:
    three.do("rui", "cue.remove", id="i122")
    three.add("new", parent="seg", after="i121")
    three.do("rui", "cue.restore", id="i122")
    three.add("newer", parent="seg", after="new")
    assert order(three) == ["seg", "i121", "new", "newer", "i122", "i123"]


# --- editing


def test_an_edit_sets_what_it_names_and_nothing_else(three: Show) -> None:
    before = three.cue("i121").model_dump()
    three.do("rui", "cue.edit", id="i121", set={"title": "山嵐列車", "duration_s": 900, "hard": True})
    after = three.cue("i121").model_dump()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"title", "duration_s", "hard", "version", "versions"}


def test_every_field_can_be_set_and_its_undo_sets_the_old_value(three: Show) -> None:
    new: dict[str, Any] = {
        "number": "121A",
        "title": "新",
        "title_en": "New",
        "title_kind": "演出",
        "title_kind_en": "Act",
        "reading": "夏禾 ㄒㄧㄚˋ ㄏㄜˊ",
        "reading_en": "Shyah Huh",
        "place": "gate",
        "meeting": "後台",
        "meeting_en": "Backstage",
        "day": "2027-04-11",
        "start_mode": "fixed",
        "start": "2027-04-11T14:00:00+08:00",
        "offset_s": 5,
        "line": "好",
        "line_en": "Well",
        "end_mode": "end",
        "end": "2027-04-11T15:00:00+08:00",
        "duration_s": 60,
        "min_s": 30,
        "hard": True,
        "colour": "#aabbcc",
        "columns": {"light": {"zh-TW": "暗"}},
        "people": ["mei"],
        "departments": ["light"],
        "note": "小心",
        "note_en": "Careful",
        "call": "standby",
        "flagged": ["duration_guessed"],
        "kind": "buffer",
    }
    assert new.keys() == CueFields.model_fields.keys()
    before = plan(three)
    edit = three.do("rui", "cue.edit", id="i121", set=new)
    stored = plan(three)
    assert {name for name in new if stored[name] == before[name]} == set()
    assert three.undo("rui", edit)["status"] == "applied"
    assert plan(three) == before


def plan(show: Show) -> dict[str, Any]:
    return show.cue("i121").model_dump(exclude={"version", "versions"})


def test_edits_of_different_fields_merge(three: Show) -> None:
    seen = three.cue("i121").version
    edit(three, "rui", seen, title="A")
    assert edit(three, "hui", seen, note="B")["status"] == "applied"
    assert (three.cue("i121").title, three.cue("i121").note) == ("A", "B")


def test_edits_of_the_same_field_conflict_and_the_second_is_told_who_and_what(three: Show) -> None:
    seen = three.cue("i121").version
    edit(three, "rui", seen, title="A", start="2027-04-10T14:00:00+08:00")
    refused = edit(three, "hui", seen, title="B", start="2027-04-10T15:00:00+08:00", note="C")
    assert refused["status"] == "conflict"
    assert refused["error"]["code"] == "stale"
    params = refused["error"]["params"]
    assert (params["who"], params["when"]) == ("rui", NOON)
    assert params["now"] == {"title": "A", "start": "2027-04-10T14:00:00+08:00"}
    assert (three.cue("i121").title, three.cue("i121").note) == ("A", "")


def test_edits_of_different_cells_of_a_row_merge_and_of_the_same_cell_conflict(three: Show) -> None:
    seen = three.cue("i121").version
    edit(three, "rui", seen, columns={"light": {"zh-TW": "全亮"}})
    assert edit(three, "hui", seen, columns={"sound": {"zh-TW": "淡出"}})["status"] == "applied"
    assert three.cue("i121").columns == {"light": {"zh-TW": "全亮"}, "sound": {"zh-TW": "淡出"}}
    refused = edit(three, "hui", seen, columns={"light": {"zh-TW": "全暗"}})
    assert refused["error"]["params"]["now"] == {"columns.light": {"zh-TW": "全亮"}}


def test_two_who_say_the_same_agree(three: Show) -> None:
    seen = three.cue("i121").version
    edit(three, "rui", seen, title="A")
    head = three.head
    assert edit(three, "hui", seen, title="A")["status"] == "applied"
    assert three.head == head


def test_without_a_base_the_last_write_wins(three: Show) -> None:
    three.do("rui", "cue.edit", id="i121", set={"title": "A"})
    three.do("hui", "cue.edit", id="i121", set={"title": "B"})
    assert three.cue("i121").title == "B"


def test_ones_own_earlier_edit_is_not_foreign_if_it_is_named(three: Show) -> None:
    seen = three.cue("i121").version
    first = {
        "id": "first",
        "op": "cue.edit",
        "args": {"id": "i121", "set": {"title": "A"}},
        "base_version": seen,
    }
    second = first | {"id": "second", "args": {"id": "i121", "set": {"title": "B"}}}
    assert [r["status"] for r in three.send("rui", first, second)] == ["applied", "conflict"]
    third = second | {"id": "third", "after_op": "first"}
    assert [r["status"] for r in three.send("rui", third)] == ["applied"]


def test_somebody_elses_edit_is_foreign_whatever_predecessor_is_named(three: Show) -> None:
    seen = three.cue("i121").version
    named = {"op": "cue.edit", "args": {"id": "i121", "set": {"title": "A"}}, "base_version": seen}
    three.send("rui", named | {"id": "first"})
    edit(three, "hui", three.cue("i121").version, title="C")
    mine = named | {"args": {"id": "i121", "set": {"title": "B"}}, "after_op": "first"}
    assert three.send("rui", mine)[0]["status"] == "conflict"
    theirs = mine | {"after_op": "nobody"}
    assert three.send("rui", theirs)[0]["status"] == "conflict"


def edit(show: Show, member: str, base: int, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a row
    [result] = show.send(
        member, {"op": "cue.edit", "args": {"id": "i121", "set": fields}, "base_version": base}
    )
    return result


def test_the_undo_of_an_edit_is_refused_with_the_newer_value(three: Show) -> None:
    mine = three.do("rui", "cue.edit", id="i121", set={"title": "A"})
    three.do("hui", "cue.edit", id="i121", set={"title": "B"})
    refused = three.undo("rui", mine)
    assert (refused["status"], refused["error"]["params"]["now"]) == ("conflict", {"title": "B"})
    assert three.cue("i121").title == "B"


def test_the_undo_of_an_undo_does_it_again(three: Show) -> None:
    mine = three.do("rui", "cue.edit", id="i121", set={"title": "A"})
    undone = three.undo("rui", mine)
    assert three.cue("i121").title == "i121"
    three.undo("rui", undone)
    assert three.cue("i121").title == "A"


def test_a_guessed_duration_is_sure_once_somebody_sets_it_and_its_undo_doubts_again(three: Show) -> None:
    three.do("rui", "cue.edit", id="i121", set={"flagged": ["duration_guessed", "end_before_start"]})
    sure = three.do("rui", "cue.edit", id="i121", set={"duration_s": 600})
    assert three.cue("i121").flagged == ["end_before_start"]
    three.undo("rui", sure)
    assert three.cue("i121").flagged == ["duration_guessed", "end_before_start"]


def test_an_empty_cell_goes(three: Show) -> None:
    three.do("rui", "cue.edit", id="i121", set={"columns": {"light": {"zh-TW": "暗", "en": "Dark"}}})
    three.do("rui", "cue.edit", id="i121", set={"columns": {"light": {"zh-TW": "", "en": ""}}})
    assert three.cue("i121").columns == {}


def test_null_empties_a_place_or_a_time_only(three: Show) -> None:
    three.do("rui", "cue.edit", id="i121", set={"start": "2027-04-10T14:00:00+08:00", "min_s": 5})
    three.do("rui", "cue.edit", id="i121", set={"start": None, "place": None, "min_s": None})
    cue = three.cue("i121")
    assert (cue.start, cue.place, cue.min_s) == (None, None, None)
    assert three.refuse("rui", "cue.edit", id="i121", set={"title": None})["fields"] == {
        "set.title": "string_type"
    }


def test_an_end_lies_behind_its_start(three: Show) -> None:
    times = {"start": "2027-04-10T15:00:00+08:00", "end": "2027-04-10T14:00:00+08:00"}
    error = three.refuse("rui", "cue.edit", id="i121", set={**times, "end_mode": "end"})
    assert error["code"] == "ends_before_start"
    three.do("rui", "cue.edit", id="i121", set=times)


def test_a_row_holds_only_so_much_text(three: Show) -> None:
    full = {"columns": {"light": {"zh-TW": "光" * 4000, "en": "x" * 4000}, "sound": {"zh-TW": "聲" * 4000}}}
    assert three.refuse("rui", "cue.edit", id="i121", set=full)["code"] == "too_long"
    assert three.refuse("rui", "cue.add", id="new", track="main", **full)["code"] == "too_long"
    assert three.cue("i121").columns == {}


def test_a_kind_changes_only_where_it_still_fits(three: Show) -> None:
    three.add("c1", kind="cue", parent="i121")
    assert three.refuse("rui", "cue.edit", id="i121", set={"kind": "delay"})["code"] == "bad_parent"
    assert three.refuse("rui", "cue.edit", id="i122", set={"kind": "cue"})["code"] == "bad_parent"
    three.do("rui", "cue.edit", id="i121", set={"kind": "buffer"})
    three.do("wei", "cue.go", id="i122", current=None)
    assert three.refuse("rui", "cue.edit", id="i122", set={"kind": "buffer"})["code"] == "on_air"


def test_somebody_who_left_may_stay_named_but_is_not_named_anew(three: Show) -> None:
    three.do("rui", "cue.edit", id="i121", set={"people": ["jun"]})
    three.do("hui", "member.remove", id="jun")
    three.do("rui", "cue.edit", id="i121", set={"people": ["mei", "jun"]})
    assert three.refuse("rui", "cue.edit", id="i122", set={"people": ["jun"]})["code"] == "not_found"


# --- moving


def test_a_move_changes_one_row_and_its_undo_puts_it_back(three: Show) -> None:
    head = three.head
    moved = three.do("rui", "cue.move", id="i123", after="i121")
    assert three.head == head + 1
    assert order(three) == ["seg", "i121", "i123", "i122"]
    three.undo("rui", moved)
    assert order(three) == ["seg", "i121", "i122", "i123"]
    assert three.cue("i123").number == "123"


def test_a_row_moves_to_the_first_and_to_the_last_place(three: Show) -> None:
    three.do("rui", "cue.move", id="i122", after=None)
    assert order(three) == ["seg", "i122", "i121", "i123"]
    three.do("rui", "cue.move", id="i122")
    assert order(three) == ["seg", "i121", "i123", "i122"]


def test_what_is_under_a_row_moves_with_it_to_another_track_and_back(three: Show) -> None:
    three.add("c1", kind="cue", parent="i121")
    moved = three.do("rui", "cue.move", id="i121", parent=None, track="river")
    assert {three.cue(name).track for name in ("i121", "c1")} == {"river"}
    three.undo("rui", moved)
    assert {three.cue(name).track for name in ("i121", "c1")} == {"main"}
    assert order(three) == ["seg", "i121", "c1", "i122", "i123"]


@one_backend
@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"id": "seg", "parent": "i121"}, "loop"),
        ({"id": "i121", "parent": "i121"}, "loop"),
        ({"id": "i121", "parent": "i122"}, "bad_parent"),
        ({"id": "i121", "track": "river"}, "bad_parent"),
        ({"id": "i121", "after": "i121"}, "not_found"),
        ({"id": "i121", "after": "nobody"}, "not_found"),
        ({"id": "nobody"}, "not_found"),
        ({"id": "i121", "parent": None, "track": "nowhere"}, "not_found"),
    ],
)
def test_a_row_does_not_move_where_it_cannot_stand(three: Show, args: dict[str, Any], code: str) -> None:
    assert three.refuse("rui", "cue.move", **args)["code"] == code


def test_a_running_row_stays_on_its_track(three: Show) -> None:
    three.do("wei", "cue.go", id="i121", current=None)
    assert three.refuse("rui", "cue.move", id="seg", track="river")["code"] == "on_air"
    three.do("rui", "cue.move", id="i121", after="i122")


def test_two_moves_of_one_row_from_the_same_version_conflict(three: Show) -> None:
    seen = three.cue("i123").version
    args = {"op": "cue.move", "base_version": seen}
    [first] = three.send("rui", args | {"args": {"id": "i123", "after": None}})
    [second] = three.send("hui", args | {"args": {"id": "i123", "after": "i121"}})
    assert (first["status"], second["status"]) == ("applied", "conflict")


# --- removing and restoring


def test_a_row_goes_with_what_is_under_it_and_comes_back_with_it(three: Show) -> None:
    three.add("c1", kind="cue", parent="i121", note_for={"light": "暗場"})
    three.do("mei", "cue.ready", id="c1")
    removed = three.do("rui", "cue.remove", id="seg")
    assert order(three) == []
    assert (entities(three, "note"), entities(three, "mark")) == ([], [])
    three.undo("rui", removed)
    assert order(three) == ["seg", "i121", "c1", "i122", "i123"]
    assert (entities(three, "note"), entities(three, "mark")) == (["c1:light"], ["c1:mei"])


def entities(show: Show, kind: str) -> list[str]:
    with show.services.db.read() as session:
        return [entity.id for entity in show.services.feed.kinds[kind].all(session, show.event)]


def test_what_went_before_does_not_come_back_with_its_parent_even_within_one_batch(three: Show) -> None:
    three.all(
        "rui",
        ("cue.remove", {"id": "i122"}),
        ("cue.remove", {"id": "seg"}),
        ("cue.restore", {"id": "seg"}),
    )
    assert order(three) == ["seg", "i121", "i123"]
    three.do("rui", "cue.restore", id="i122")
    assert order(three) == ["seg", "i121", "i122", "i123"]


def test_a_row_comes_back_only_under_a_row_that_is_there(three: Show) -> None:
    three.do("rui", "cue.remove", id="i122")
    three.do("rui", "cue.remove", id="seg")
    assert three.refuse("rui", "cue.restore", id="i122")["code"] == "parent_removed"
    assert three.refuse("rui", "cue.restore", id="nobody")["code"] == "not_found"


def test_a_row_comes_back_on_the_track_to_which_its_parent_moved(three: Show) -> None:
    three.do("rui", "cue.remove", id="i122")
    three.do("rui", "cue.move", id="seg", track="river")
    three.do("rui", "cue.restore", id="i122")
    assert three.cue("i122").track == "river"
    assert order(three) == ["seg", "i121", "i122", "i123"]


def test_what_runs_is_not_removed(three: Show) -> None:
    three.do("wei", "cue.go", id="i122", current=None)
    for name in ("i122", "seg"):
        assert three.refuse("rui", "cue.remove", id=name)["code"] == "on_air"


def test_what_is_gone_can_be_neither_edited_nor_called_nor_removed_again(three: Show) -> None:
    three.do("rui", "cue.remove", id="i122")
    assert three.refuse("rui", "cue.edit", id="i122", set={"title": "x"})["code"] == "not_found"
    assert three.refuse("rui", "cue.remove", id="i122")["code"] == "not_found"
    assert three.refuse("wei", "cue.go", id="i122", current=None)["code"] == "not_found"
    assert three.refuse("mei", "cue.ready", id="i122")["code"] == "not_found"
    three.do("rui", "cue.restore", id="i122")
    assert three.refuse("rui", "cue.restore", id="i122")["code"] == "not_found"


def test_adding_is_undone_unless_somebody_has_worked_on_the_row_since(three: Show) -> None:
    added = three.add("new", parent="seg")
    three.undo("rui", added)
    assert "new" not in order(three)
    edited = three.add("newer", parent="seg")
    three.do("hui", "cue.edit", id="newer", set={"title": "Hui"})
    refused = three.undo("rui", edited)
    assert (refused["status"], refused["error"]["params"]["who"]) == ("conflict", "hui")
    grown = three.add("newest", parent="seg")
    three.do("hui", "cue.add", id="c9", kind="cue", parent="newest", track="main")
    assert three.undo("rui", grown)["status"] == "conflict"
    assert {"newer", "newest", "c9"} <= set(order(three))


# --- who may


@pytest.mark.parametrize("member", ["wei", "mei", "qin", "tong", "eve"])
@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("cue.add", {"id": "new", "track": "main"}),
        ("cue.edit", {"id": "i121", "set": {"title": "x"}}),
        ("cue.move", {"id": "i121"}),
        ("cue.remove", {"id": "i121"}),
        ("cue.restore", {"id": "i121"}),
        ("track.put", {"id": "new", "name": "x"}),
        ("place.put", {"id": "new", "name": "x"}),
        ("column.put", {"id": "new", "name": "x"}),
    ],
)
def test_only_coordinators_write_the_sheet(
    sqlite_show: Show, member: str, op: str, args: dict[str, Any]
) -> None:
    assert sqlite_show.refuse(member, op, **args)["code"] == "forbidden"


def test_a_foreign_event_has_none_of_our_rows(three: Show) -> None:
    ops = [
        {"op": "cue.edit", "args": {"id": "i121", "set": {"title": "x"}}},
        {"op": "cue.remove", "args": {"id": "i121"}},
        {"op": "cue.add", "args": {"id": "new", "track": "main"}},
        {"op": "note.put", "args": {"cue": "i121", "department": "light", "text": "x"}},
    ]
    results = three.send("eve", *ops, event=three.other)
    assert {result["error"]["code"] for result in results} == {"not_found"}
    assert three.cue("i121").title == "i121"


# --- times


def test_times_are_kept_to_the_millisecond_in_any_zone(three: Show) -> None:
    three.do("rui", "cue.edit", id="i121", set={"start": "2027-04-10T06:00:00.250+02:00"})
    assert three.cue("i121").start == from_iso("2027-04-10T12:00:00.250+08:00") == NOON + 250
