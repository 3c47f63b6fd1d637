"""Several ops as one: all or none, one step to take back; rows that are copied, split and joined."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.core.clock import from_iso
from server.runsheet.batch import MOST_STEPS
from server.runsheet.models import PLAN_FIELDS, Cue
from server.runsheet.queries import all_cues
from tests.support.follower import Follower
from tests.support.show import DAY, NOON, House, Json, Show

one_backend = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
MINUTE_MS = 60_000


@pytest.fixture
def three(show: Show) -> Show:
    """A segment with three items, the second with cues at −10, +2 and +8 minutes; a second segment."""
    return build(show)


def build(show: Show) -> Show:
    show.add("seg", kind="segment", title="下午", number="D1-M1")
    show.add(
        "a", parent="seg", number="121", duration_s=600, start_mode="fixed", start="2027-04-10T13:00:00+08:00"
    )
    show.add(
        "b", parent="seg", number="122", duration_s=1200, people=["wei"], columns={"light": {"zh-TW": "暗"}}
    )
    for name, offset in (("b1", -600), ("b2", 120), ("b3", 480)):
        show.add(name, kind="cue", parent="b", offset_s=offset, number="122." + name[1])
    show.add("c", parent="seg", number="123", duration_s=300, people=["lan", "wei"])
    show.add("seg2", kind="segment", number="D1-M2")
    return show


def sheet(show: Show) -> list[tuple[str, str | None, Json]]:
    """Every row in its place with all that is planned of it, and whether it is left out."""
    with show.services.db.read() as session:
        return [(cue.id, cue.parent, plan(cue)) for cue in all_cues(session, show.event)]


def plan(cue: Cue) -> Json:
    return {name: getattr(cue, name) for name in (*PLAN_FIELDS, "state")}


def order(show: Show) -> list[str]:
    return [row for row, _, _ in sheet(show)]


def edit(row: str, base: int | None = None, **fields: Any) -> Json:  # noqa: ANN401 - fields of a row
    step = {"op": "cue.edit", "args": {"id": row, "set": fields}}
    return step if base is None else step | {"base_version": base}


def step(op: str, **args: Any) -> Json:  # noqa: ANN401 - whatever the op takes
    return {"op": f"cue.{op}", "args": args}


# --- all or none


def test_steps_are_done_together_and_taken_back_by_one_undo(three: Show) -> None:
    before = sheet(three)
    steps = [
        edit("a", title="甲"),
        step("move", id="c", after="a"),
        step("remove", id="b"),
        step("add", id="n", track="main"),
    ]
    done = three.do("rui", "cue.batch", steps=steps)
    after = sheet(three)
    assert order(three) == ["seg", "a", "c", "seg2", "n"]
    undone = three.undo("rui", done)
    assert undone["status"] == "applied"
    assert sheet(three) == before
    redone = three.undo("rui", undone)
    assert redone["status"] == "applied"
    assert sheet(three) == after
    assert three.undo("rui", redone)["status"] == "applied"
    assert sheet(three) == before


def test_one_bad_step_leaves_everything_as_it_was_and_says_which_row(three: Show) -> None:
    before = sheet(three)
    error = three.refuse(
        "rui", "cue.batch", steps=[edit("a", title="甲"), edit("b", duration_s=60, min_s=90)]
    )
    assert (error["code"], error["row"]) == ("invalid", "b")
    error = three.refuse("rui", "cue.batch", steps=[step("remove", id="a"), edit("nowhere", title="x")])
    assert (error["code"], error["row"]) == ("not_found", "nowhere")
    assert sheet(three) == before


def test_rows_that_others_changed_meanwhile_are_all_named_with_who_and_when(three: Show) -> None:
    base = three.head
    three.do("hui", "cue.edit", id="b", set={"note": "王的"})
    three.do("hui", "cue.edit", id="c", set={"note": "也是王的"})
    mine = [edit(row, base, note="周的") for row in ("a", "b", "c")]
    error = three.refuse("rui", "cue.batch", steps=mine)
    assert (error["code"], error["row"], error["params"]["who"]) == ("stale", "b", "hui")
    assert error["rows"] == {row: three.cue(row).version for row in ("b", "c")}
    assert three.cue("a").note == ""
    again = [edit(row, error["rows"].get(row, base), note="周的") for row in ("a", "b", "c")]
    three.do("rui", "cue.batch", steps=again)
    assert {three.cue(row).note for row in ("a", "b", "c")} == {"周的"}


def test_another_field_that_others_changed_is_no_conflict(three: Show) -> None:
    base = three.head
    three.do("hui", "cue.edit", id="b", set={"title": "新的"})
    three.do("rui", "cue.batch", steps=[edit("b", base, place="gate"), edit("c", base, place="gate")])
    assert (three.cue("b").title, three.cue("b").place) == ("新的", "gate")


def test_an_undo_waits_for_what_others_changed_since(three: Show) -> None:
    done = three.do("rui", "cue.batch", steps=[edit("a", note="1"), edit("b", note="2")])
    three.do("hui", "cue.edit", id="b", set={"note": "王的"})
    undone = three.undo("rui", done)
    assert (undone["status"], undone["error"]["row"]) == ("conflict", "b")
    assert (three.cue("a").note, three.cue("b").note) == ("1", "王的")


def test_each_step_needs_the_right_of_its_op(three: Show) -> None:
    assert three.refuse("wei", "cue.batch", steps=[edit("a", title="x")])["code"] == "forbidden"
    assert three.refuse("mei", "cue.batch", steps=[step("skip", id="a")])["code"] == "forbidden"
    assert (
        three.refuse("rui", "cue.batch", steps=[edit("a", title="x"), step("skip", id="b")])["code"]
        == "forbidden"
    )
    for op, args in (
        ("cue.copy", {"id": "n", "of": "a"}),
        ("cue.split", {"id": "a", "new": "n", "at_s": 60}),
    ):
        assert three.refuse("wei", op, **args)["code"] == "forbidden"
    assert three.refuse("wei", "cue.join", id="a", rows=["b"])["code"] == "forbidden"


def test_whoever_plans_and_calls_leaves_rows_out_and_takes_them_back(three: Show) -> None:
    three.do("hui", "member.edit", id="rui", set={"roles": ["coordinator", "caller"], "tracks": ["main"]})
    done = three.do("rui", "cue.batch", steps=[step("skip", id=row) for row in ("a", "c")])
    assert {three.cue(row).state for row in ("a", "c")} == {"skipped"}
    undone = three.undo("rui", done)
    assert {three.cue(row).state for row in ("a", "c")} == {"planned"}
    three.undo("rui", undone)
    assert {three.cue(row).state for row in ("a", "c")} == {"skipped"}


@one_backend
def test_a_batch_makes_what_its_ops_would_make_one_by_one(show: Show, sqlite_show: Show) -> None:
    chain = [
        step("add", id=f"n{n}", track="main", parent="seg", after=f"n{n - 1}" if n else "a") for n in range(5)
    ]
    moves = [step("move", id=row, after="seg2", parent=None) for row in ("n1", "n3")]
    later = [
        step("remove", id="n0"),
        step("copy", id="m", of="n2"),
        step("restore", id="n0"),
        step("copy", id="b9", of="b"),
    ]
    build(show).do("rui", "cue.batch", steps=[*chain, *moves, *later])
    build(sqlite_show)
    for each in [*chain, *moves, *later]:
        sqlite_show.do("rui", each["op"], **each["args"])
    plans = [[about for _, _, about in sheet(each)] for each in (show, sqlite_show)]
    assert plans[0] == plans[1]


@one_backend
def test_a_batch_is_bounded_and_holds_only_ops_on_rows(three: Show) -> None:
    many = [edit("a", title=str(n)) for n in range(MOST_STEPS + 1)]
    assert three.refuse("rui", "cue.batch", steps=many)["code"] == "invalid"
    assert three.refuse("rui", "cue.batch", steps=[])["code"] == "invalid"
    assert three.refuse("rui", "cue.batch", steps=[step("go", id="a", current=None)])["code"] == "invalid"
    error = three.refuse("rui", "cue.batch", steps=[edit("a", title="x" * 201)])
    assert error["fields"] == {"steps.0.cue.edit.args.set.title": "string_too_long"}


def test_a_time_that_is_moved_over_midnight_takes_its_row_to_the_next_day(show: Show) -> None:
    show.add("late", start_mode="fixed", start="2027-04-10T23:50:00+08:00", duration_s=600)
    show.add("follows", duration_s=60)
    done = show.do("rui", "cue.batch", steps=[edit("late", start="2027-04-11T06:10:00+08:00")])
    assert (show.cue("late").start, show.cue("late").day) == (
        from_iso("2027-04-11T06:10:00+08:00"),
        "2027-04-11",
    )
    assert (show.cue("follows").start, show.cue("follows").day) == (None, DAY)
    show.undo("rui", done)
    assert (show.cue("late").start, show.cue("late").day) == (NOON + 710 * MINUTE_MS, DAY)


# --- copied


def test_a_row_is_copied_with_its_cues_and_follows_it(three: Show) -> None:
    three.do("rui", "cue.copy", id="b9", of="b")
    rows = order(three)
    assert rows[rows.index("b3") + 1] == "b9"
    copied = [three.cue(row) for row in rows[rows.index("b9") + 1 : rows.index("c")]]
    assert [(cue.parent, cue.offset_s, cue.kind) for cue in copied] == [
        ("b9", each, "cue") for each in (-600, 120, 480)
    ]
    made = three.cue("b9")
    assert (made.number, made.people, made.columns) == ("122.5", ["wei"], {"light": {"zh-TW": "暗"}})
    assert [cue.number for cue in copied] == ["122.5.1", "122.5.2", "122.5.3"]


def test_a_copy_begins_after_the_row_before_it_since_a_clock_shows_a_time_once(three: Show) -> None:
    three.do("rui", "cue.edit", id="a", set={"hard": True})
    done = three.do("rui", "cue.copy", id="a9", of="a", after="c")
    made = three.cue("a9")
    assert (made.start_mode, made.start, made.hard, made.day) == ("linked", None, False, DAY)
    assert order(three)[-2:] == ["a9", "seg2"]
    three.undo("rui", done)
    assert "a9" not in order(three)


def test_a_segment_is_copied_with_all_its_rows(three: Show) -> None:
    assert three.do("rui", "cue.copy", id="s9", of="seg")["result"]["rows"] == 7
    below = [parent for _, parent, _ in sheet(three)]
    assert below.count("s9") == 3
    numbers = [row["number"] for _, _, row in sheet(three) if row["number"]]
    assert len(numbers) == len(set(numbers))


def test_what_is_not_in_sight_is_not_copied(three: Show) -> None:
    three.do("rui", "cue.remove", id="c")
    assert three.refuse("rui", "cue.copy", id="n", of="c")["code"] == "not_found"
    assert three.refuse("rui", "cue.copy", id="n", of="a", after="b1")["code"] == "not_found"


# --- split


def test_a_row_is_split_and_its_cues_stay_with_their_time(three: Show) -> None:
    before = sheet(three)
    done = three.do("rui", "cue.split", id="b", new="n", at_s=300)
    first, second = three.cue("b"), three.cue("n")
    assert (first.duration_s, second.duration_s, second.start_mode) == (300, 900, "linked")
    assert first.people == second.people == ["wei"]
    assert [(row, three.cue(row).parent, three.cue(row).offset_s) for row in ("b1", "b2", "b3")] == [
        ("b1", "b", -600),
        ("b2", "b", 120),
        ("b3", "n", 180),
    ]
    assert three.undo("rui", done)["status"] == "applied"
    assert sheet(three) == before


def test_a_cue_is_split_into_one_and_another_so_much_later(three: Show) -> None:
    three.do("rui", "cue.edit", id="b2", set={"duration_s": 60})
    three.do("rui", "cue.split", id="b2", new="n", at_s=20)
    assert (three.cue("n").offset_s, three.cue("n").duration_s, three.cue("n").parent) == (140, 40, "b")


def test_what_has_no_length_or_is_over_is_not_split(three: Show) -> None:
    def code(row: str, at_s: int) -> str:
        return str(three.refuse("rui", "cue.split", id=row, new="n", at_s=at_s)["code"])

    assert code("seg", 60) == "no_length"
    assert code("a", 600) == "bad_length"
    three.do("rui", "cue.edit", id="a", set={"end_mode": "end", "end": "2027-04-10T14:00:00+08:00"})
    assert code("a", 60) == "ends_at"
    three.do("wei", "cue.go", id="c", current=None)
    three.do("wei", "cue.finish", id="c")
    assert code("c", 60) == "done"


# --- joined


def test_rows_are_joined_with_their_texts_people_lengths_and_cues(three: Show) -> None:
    three.do("rui", "cue.edit", id="c", set={"note": "收線", "columns": {"light": {"zh-TW": "亮"}}})
    three.do("rui", "cue.edit", id="b", set={"note": "走位"})
    three.add("c1", kind="cue", parent="c", offset_s=60)
    before = sheet(three)
    done = three.do("rui", "cue.join", id="b", rows=["c"])
    made = three.cue("b")
    assert (made.title, made.duration_s, made.people) == ("b / c", 1500, ["wei", "lan"])
    assert (made.note, made.columns) == ("走位\n收線", {"light": {"zh-TW": "暗\n亮"}})
    assert (three.cue("c1").parent, three.cue("c1").offset_s) == ("b", 1260)
    assert order(three) == ["seg", "a", "b", "b1", "b2", "b3", "c1", "seg2"]
    undone = three.undo("rui", done)
    assert sheet(three) == before
    assert three.undo("rui", undone)["status"] == "applied"
    assert three.cue("b").duration_s == 1500


def test_a_row_that_leaves_is_no_part_of_a_joined_one_twice(three: Show) -> None:
    three.do("rui", "sheet.publish")
    three.do("rui", "cue.join", id="a", rows=["b"])
    assert three.refuse("rui", "cue.join", id="a", rows=["b"])["code"] == "not_adjacent"
    assert three.refuse("rui", "cue.join", id="b", rows=["c"])["code"] == "not_adjacent"
    three.do("rui", "cue.join", id="a", rows=["c"])
    assert (three.cue("a").title, three.cue("a").duration_s) == ("a / b / c", 2100)


def test_rows_that_are_no_parts_of_one_thing_stay_apart(three: Show) -> None:
    def code(row: str, *others: str) -> str:
        return str(three.refuse("rui", "cue.join", id=row, rows=list(others))["code"])

    assert code("a", "c") == "not_adjacent"
    assert code("c", "b") == "not_adjacent"
    assert code("b3", "c") == "not_adjacent"
    three.add("gap", kind="buffer", parent="seg", duration_s=60)
    assert code("c", "gap") == "other_kind"
    three.do("rui", "cue.edit", id="b", set={"hard": True})
    assert code("a", "b") == "hard"
    three.do("wei", "cue.go", id="b", current=None)
    assert code("b", "c") == "called"


def test_a_row_is_not_joined_away_from_what_people_have_hung_on_it(three: Show) -> None:
    file = {"blob": "a" * 64, "media": "image/jpeg", "size": 9}
    for member, op, hung in (
        ("mei", "note.put", {"department": "light", "text": "備用燈"}),
        ("jun", "comment.add", {"id": "t1", "text": "麥架多一支"}),
        ("rui", "cue.attach", {"id": "f1", **file}),
    ):
        done = three.do(member, op, cue="c", **hung)
        assert three.refuse("rui", "cue.join", id="b", rows=["c"])["code"] == "hung"
        assert three.undo(member, done)["status"] == "applied"
    three.do("mei", "note.put", cue="b", department="light", text="在前一列的不會掉")
    three.do("rui", "cue.join", id="b", rows=["c"])


def test_whoever_changed_a_row_that_is_joined_is_named(three: Show) -> None:
    base = three.head
    three.do("hui", "cue.edit", id="c", set={"title": "王的"})
    [result] = three.send("rui", {"op": "cue.join", "args": {"id": "b", "rows": ["c"]}, "base_version": base})
    assert (result["status"], result["error"]["row"]) == ("conflict", "c")
    assert result["error"]["params"]["who"] == "hui"


# --- whatever is done, in whatever order

ROWS = ["seg", "a", "b", "b1", "b2", "b3", "c", "seg2", "n1", "n2"]
rows = st.sampled_from(ROWS)
new = st.sampled_from(["n1", "n2"])
fields = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["甲", "乙"]),
        "duration_s": st.integers(0, 1800),
        "people": st.lists(st.sampled_from(["wei", "lan"]), max_size=2),
        "columns": st.dictionaries(st.sampled_from(["light", "sound"]), st.just({"zh-TW": "暗"})),
        "start": st.sampled_from([None, "2027-04-10T13:20:00+08:00", "2027-04-11T07:00:00+08:00"]),
        "start_mode": st.sampled_from(["linked", "fixed", "manual"]),
    },
).filter(bool)


def made(op: str, **args: Any) -> st.SearchStrategy[Json]:  # noqa: ANN401 - strategies
    return st.fixed_dictionaries({"op": st.just(f"cue.{op}"), "args": st.fixed_dictionaries(args)})


steps = st.one_of(
    made("edit", id=rows, set=fields),
    made("move", id=rows, after=st.none() | rows, parent=st.none() | rows),
    made("remove", id=rows),
    made("copy", id=new, of=rows),
    made("add", id=new, track=st.just("main"), parent=st.sampled_from([None, "seg"])),
)
actions = st.one_of(
    made("batch", steps=st.lists(steps, min_size=1, max_size=4)),
    made("split", id=rows, new=new, at_s=st.integers(1, 900)),
    made("join", id=rows, rows=st.lists(rows, min_size=1, max_size=2)),
    made("copy", id=new, of=rows),
)


def undo_all(show: Show, script: list[Json]) -> None:
    """My steps, all back, all again, all back: each time the sheet is what it was, also for who follows."""
    follower = Follower(show, "mei", "json")
    start = sheet(show)
    done = [
        result for action in script for result in show.send("rui", action) if result["status"] == "applied"
    ]
    end = sheet(show)
    for wanted in (start, end, start):
        done = taken_back(show, [result for result in done if "undo" in result.get("result", {})])
        assert sheet(show) == wanted
    follower.catch_up()
    assert follower.held == follower.fresh()


def taken_back(show: Show, done: list[Json]) -> list[Json]:
    """Undo the last first, as the table does: each is sent as what follows on my last op."""
    back: list[Json] = []
    for result in reversed(done):
        after = back[-1] if back else done[-1]
        [undone] = show.send("rui", result["result"]["undo"] | {"after_op": after["id"]})
        assert undone["status"] == "applied", undone
        back.append(undone)
    return back


@given(script=st.lists(actions, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_i_did_is_undone_and_done_again(houses: Callable[[str], House], script: list[Json]) -> None:
    undo_all(build(houses("sqlite").show()), script)


@pytest.mark.needs_postgresql
@given(script=st.lists(actions, max_size=8))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_so_it_is_on_postgresql(houses: Callable[[str], House], script: list[Json]) -> None:
    undo_all(build(houses("postgresql").show()), script)
