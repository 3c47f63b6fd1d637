"""Rain plans: made ahead, switched in one step by whoever decides, and taken back to exactly what stood before."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from server.core.access import TEAM
from server.core.feed import chains
from server.core.models import Change
from server.runsheet.models import Cue, Variant
from tests.support.follower import Follower
from tests.support.show import DAY, Show

Json = dict[str, Any]
# B: the second item is left out, the third moves and is shortened. C: it goes on without the first two.
PLANS: dict[str, Json] = {
    "a": {"changes": [{"cue": "i1", "set": {"columns": {"light": {"zh-TW": "防水"}}}}]},
    "b": {
        "decider": "mei",
        "skip": ["i2"],
        "changes": [
            {
                "cue": "i3",
                "set": {"duration_s": 300, "place": "gate", "columns": {"sound": {"zh-TW": "不插電"}}},
            },
            {"cue": "c3", "set": {"offset_s": 120}},
        ],
    },
    "c": {
        "decider": "mei",
        "skip": ["i1", "i2"],
        "changes": [{"cue": "i3", "set": {"duration_s": 900, "note": "疏散", "start_mode": "manual"}}],
    },
}


@pytest.fixture
def rainy(show: Show) -> Show:
    """Three items on the main track, a cue in the third, and the plans A, B and C of the day."""
    for number in (1, 2, 3):
        cells = {"light": {"zh-TW": "全亮"}, "sound": {"zh-TW": "麥 1"}}
        show.add(f"i{number}", number=str(number), title=f"節目{number}", duration_s=600, columns=cells)
    show.add("c3", kind="cue", parent="i3", offset_s=30)
    for plan, about in PLANS.items():
        put(show, plan, **about)
    return show


def put(show: Show, plan: str, **about: Any) -> None:  # noqa: ANN401 - whatever the op takes
    show.do("rui", "variant.put", **{"id": plan, "group": "雨備", "plan": plan.upper(), "day": DAY} | about)


def sheet(show: Show) -> dict[str, Json]:
    """Every row as it stands, but its order in the log."""
    with show.services.db.read() as session:
        cues = session.exec(select(Cue).where(Cue.event_id == show.event)).all()
        return {cue.id: cue.model_dump(exclude={"version", "versions"}) for cue in cues}


def state(show: Show) -> dict[str, str]:
    return {body["id"]: body["state"] for body in show.bodies("rui", "variant")}


# --- switching


def test_one_step_leaves_rows_out_and_changes_others_each_once(rainy: Show) -> None:
    before = rainy.head
    result = rainy.do("mei", "variant.switch", id="b", current=None)
    assert result["result"]["changed"] == 3
    assert result["result"]["left"] == []
    third, cue = rainy.cue("i3"), rainy.cue("c3")
    assert rainy.cue("i2").state == "skipped"
    assert (third.duration_s, third.place, cue.offset_s) == (300, "gate", 120)
    assert third.columns == {"light": {"zh-TW": "全亮"}, "sound": {"zh-TW": "不插電"}}
    with rainy.services.db.read() as session:
        these = (Change.event_id == rainy.event, Change.seq > before)
        told = [(change.entity, change.kind) for change in session.exec(select(Change).where(*these))]
    assert sorted(told) == [(entity, "variant.switch") for entity in ("b", "c3", "i2", "i3")]


def test_switching_back_gives_the_plan_as_it_was(rainy: Show) -> None:
    plan = sheet(rainy)
    rainy.do("mei", "variant.switch", id="c", current=None)
    assert sheet(rainy) != plan
    assert rainy.do("rui", "variant.back", id="c")["result"]["left"] == []
    assert sheet(rainy) == plan


def test_only_one_plan_of_a_day_is_on(rainy: Show) -> None:
    rainy.do("mei", "variant.switch", id="c", current=None)
    rainy.do("mei", "variant.switch", id="b", current="c")
    assert state(rainy) == {"a": "", "b": "on", "c": ""}
    assert (rainy.cue("i1").state, rainy.cue("i2").state) == ("planned", "skipped")
    assert (rainy.cue("i3").note, rainy.cue("i3").start_mode, rainy.cue("i3").duration_s) == (
        "",
        "linked",
        300,
    )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=st.lists(st.sampled_from(["a", "b", "c", "back", "undo"]), max_size=8))
def test_any_order_of_switches_and_backs_returns_to_the_plan(rainy: Show, turns: list[str]) -> None:
    plan, on, last = sheet(rainy), None, None
    for turn in turns:
        if turn == "undo" and last:
            rainy.undo("rui", last)
        elif turn == "back" and on:
            last = rainy.do("rui", "variant.back", id=on)
        elif turn in PLANS and turn != on:
            last = rainy.do("rui", "variant.switch", id=turn, current=on)
        on = next((plan for plan, is_on in state(rainy).items() if is_on), None)
    if on:
        rainy.do("rui", "variant.back", id=on)
    assert sheet(rainy) == plan


def test_rows_that_run_or_ran_stay_and_are_named(rainy: Show) -> None:
    rainy.do("wei", "cue.go", id="i1", current=None)
    rainy.do("wei", "cue.go", id="i3", current="i1")
    running = sheet(rainy)
    result = rainy.do("mei", "variant.switch", id="c", current=None)["result"]
    assert {each["cue"]: each["why"] for each in result["left"]} == {"i1": "started", "i3": "started"}
    assert sheet(rainy) == running | {"i2": running["i2"] | {"state": "skipped"}}


def test_what_was_changed_since_stays_and_is_named(rainy: Show) -> None:
    rainy.do("mei", "variant.switch", id="b", current=None)
    rainy.do("rui", "cue.edit", id="i3", set={"duration_s": 420})
    rainy.do("wei", "cue.resume", id="i2")
    result = rainy.do("mei", "variant.back", id="b")["result"]
    left = {each["cue"]: (each["why"], each["fields"], each["who"]) for each in result["left"]}
    assert left == {"i3": ("changed", ["duration_s"], "rui"), "i2": ("changed", ["state"], "wei")}
    third = rainy.cue("i3")
    assert (third.duration_s, third.place, third.columns["sound"]) == (420, "stage-1", {"zh-TW": "麥 1"})


def test_a_row_that_is_gone_or_can_no_longer_be_so_is_left(rainy: Show) -> None:
    rainy.do("rui", "cue.remove", id="i2")
    rainy.do("rui", "cue.edit", id="i3", set={"min_s": 500})
    left = rainy.do("mei", "variant.switch", id="b", current=None)["result"]["left"]
    assert {each["cue"]: each["why"] for each in left} == {"i2": "gone", "i3": "invalid"}
    assert rainy.cue("i3").place == "stage-1"


def test_a_segment_in_which_something_runs_is_not_left_out(rainy: Show) -> None:
    rainy.add("s1", kind="segment")
    rainy.add("i4", parent="s1", duration_s=60)
    put(rainy, "d", skip=["s1"])
    rainy.do("wei", "cue.go", id="i4", current=None)
    left = rainy.do("rui", "variant.switch", id="d", current=None)["result"]["left"]
    assert left == [{"cue": "s1", "why": "started"}]


def test_a_later_day_takes_the_cues_along_and_brings_them_back(rainy: Show) -> None:
    tomorrow = {"start_mode": "fixed", "start": "2027-04-11T14:00:00+08:00"}
    put(rainy, "d", changes=[{"cue": "i3", "set": tomorrow}])
    plan = sheet(rainy)
    rainy.do("rui", "variant.switch", id="d", current=None)
    assert {rainy.cue(row).day for row in ("i3", "c3")} == {"2027-04-11"}
    rainy.do("rui", "variant.back", id="d")
    assert sheet(rainy) == plan


def test_a_switch_is_undone_to_the_plan_that_was_on(rainy: Show) -> None:
    rainy.do("mei", "variant.switch", id="c", current=None)
    with_c = sheet(rainy)
    result = rainy.do("mei", "variant.switch", id="b", current="c")
    assert rainy.undo("mei", result)["status"] == "applied"
    assert (sheet(rainy), state(rainy)["c"]) == (with_c, "on")


# --- over what waits to be published


@pytest.fixture
def waiting(rainy: Show) -> Show:
    """v1 is out; of the third item a title, a length and a cell wait, and a row of Mei's that nobody else knows."""
    rainy.do("rui", "cue.edit", id="i3", set={"people": ["mei"]})
    rainy.do("rui", "sheet.publish")
    secret = {"title": "祕密", "duration_s": 4321, "columns": {"sound": {"zh-TW": "祕密"}}, "note": "祕密"}
    rainy.do("rui", "cue.edit", id="i3", set=secret)
    rainy.add("new", people=["mei"], duration_s=60)
    for plan, title in (("d", "移到室內"), ("e", "取消")):
        wet = {"title": title, "duration_s": 60, "columns": {"sound": {"zh-TW": "不插電"}}}
        changes = [{"cue": "i3", "set": wet}, {"cue": "new", "set": {"place": "gate"}}]
        put(rainy, plan, decider="mei", changes=changes)
    return rainy


def seen(show: Show, member: str) -> Json:
    return next(body for body in show.bodies(member, "cue") if body["id"] == "i3")


def test_what_waits_is_told_nobody_by_a_switch_and_waits_again_after_it(waiting: Show) -> None:
    before = {member: seen(waiting, member) | {"version": 0} for member in ("mei", "rui")}
    unknown = waiting.cue("new").model_dump(exclude={"version", "versions"})
    head, mei = waiting.head, Follower(waiting, "mei", "html")
    waiting.do("rui", "variant.switch", id="d", current=None)
    waiting.do("rui", "variant.switch", id="e", current="d")
    assert (seen(waiting, "mei")["title"], seen(waiting, "rui")["draft"]) == ("取消", {"note": "祕密"})
    [notice] = [body for body in waiting.bodies("mei", "notice") if body["cue"] != "sheet"]
    assert (notice["cue"], [(each["field"], each["old"], each["new"]) for each in notice["changes"]]) == (
        "i3",
        [("title", "節目3", "取消"), ("duration_s", 600, 60), ("columns.sound", "麥 1", "不插電")],
    )
    mei.catch_up()
    assert "4321" not in str(mei.held)
    waiting.do("rui", "variant.back", id="e")
    assert {member: seen(waiting, member) | {"version": 0} for member in ("mei", "rui")} == before
    assert waiting.cue("new").model_dump(exclude={"version", "versions"}) == unknown
    with waiting.services.db.read() as session:
        told = session.exec(select(Change).where(Change.event_id == waiting.event, Change.seq > head)).all()
    assert "祕密" not in str([change.detail for change in told])


def test_what_waited_is_published_after_a_switch_and_back(waiting: Show) -> None:
    waiting.do("rui", "variant.switch", id="d", current=None)
    waiting.do("rui", "sheet.publish")
    assert (seen(waiting, "mei")["title"], seen(waiting, "mei")["note"]) == ("移到室內", "祕密")
    waiting.do("rui", "variant.back", id="d")
    assert seen(waiting, "mei")["title"] == "節目3"
    waiting.do("rui", "sheet.publish")
    assert (seen(waiting, "mei")["title"], seen(waiting, "mei")["duration_s"]) == ("祕密", 4321)


def test_an_edit_that_waits_since_a_switch_stays_and_is_named(waiting: Show) -> None:
    waiting.do("rui", "variant.switch", id="d", current=None)
    waiting.do("rui", "cue.edit", id="i3", set={"title": "另外"})
    [left] = waiting.do("rui", "variant.back", id="d")["result"]["left"]
    assert (left["cue"], left["why"], left["fields"]) == ("i3", "changed", ["title"])
    assert (seen(waiting, "mei")["title"], seen(waiting, "rui")["draft"]["title"]) == ("移到室內", "另外")
    assert seen(waiting, "rui")["draft"]["duration_s"] == 4321


# --- who, and who first


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told_who(rainy: Show) -> None:
    def decide(who: str, plan: str) -> Json:
        [result] = rainy.send(who, {"op": "variant.switch", "args": {"id": plan, "current": None}})
        return result

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(decide, ("mei", "rui"), ("b", "c")))
    lost = next(result for result in results if result["status"] != "applied")
    winner, plan = ("rui", "C") if lost is results[0] else ("mei", "B")
    assert sorted(result["status"] for result in results) == ["applied", "conflict"]
    assert lost["error"]["code"] == "already_switched"
    assert (lost["error"]["params"]["who"], lost["error"]["params"]["title"]) == (winner, f"雨備 {plan}")


def test_who_acts_on_what_no_longer_holds_is_told_what_does(rainy: Show) -> None:
    rainy.do("mei", "variant.switch", id="b", current=None)
    assert rainy.refuse("rui", "variant.switch", id="b", current=None)["params"]["who"] == "mei"
    rainy.do("rui", "variant.back", id="b")
    error = rainy.refuse("mei", "variant.switch", id="c", current="b")
    assert (error["params"]["who"], error["params"]["now"]) == ("rui", {"current": None})
    assert rainy.refuse("mei", "variant.back", id="b")["code"] == "already_switched"


def test_nobody_switches_to_another_plan_than_they_saw(rainy: Show) -> None:
    seen = rainy.head
    put(rainy, "b", **PLANS["b"] | {"skip": []})
    raw = {"op": "variant.switch", "args": {"id": "b", "current": None}, "base_version": seen}
    [result] = rainy.send("mei", raw)
    assert (result["status"], result["error"]["code"]) == ("conflict", "plan_changed")
    assert rainy.send("mei", raw | {"base_version": rainy.head})[0]["status"] == "applied"


@pytest.mark.parametrize("who", ["mei", "rui", "wei", "lan"])
def test_a_decider_a_coordinator_and_the_callers_of_its_tracks_switch_a_plan(rainy: Show, who: str) -> None:
    rainy.do(who, "variant.switch", id="b", current=None)
    rainy.do(who, "variant.back", id="b")


@pytest.mark.parametrize("who", ["jun", "emma"])
def test_others_of_the_crew_are_told_who_decides(rainy: Show, who: str) -> None:
    error = rainy.refuse(who, "variant.switch", id="b", current=None)
    assert (error["code"], error["params"]["who"]) == ("not_yours", "mei")
    rainy.do("mei", "variant.switch", id="b", current=None)
    assert rainy.refuse(who, "variant.back", id="b")["code"] == "not_yours"


def test_who_calls_only_some_of_its_tracks_does_not_switch_a_plan(rainy: Show) -> None:
    rainy.add("r1", track="river")
    put(rainy, "d", skip=["i2", "r1"])
    assert rainy.refuse("wei", "variant.switch", id="d", current=None)["code"] == "not_yours"
    rainy.do("lan", "variant.switch", id="d", current=None)


# --- who sees it


def test_outsiders_read_a_plan_only_if_it_is_shown_to_them(rainy: Show) -> None:
    put(rainy, "c", **PLANS["c"] | {"shown_to": "all", "decider": "qin"})
    seen = {who: [body["id"] for body in rainy.bodies(who, "variant")] for who in ("mei", "tong", "qin")}
    assert seen == {"mei": ["a", "b", "c"], "tong": ["c"], "qin": ["c"]}
    for who in ("tong", "qin"):
        assert rainy.refuse(who, "variant.switch", id="b", current=None)["code"] == "not_found"
    assert rainy.refuse("tong", "variant.switch", id="c", current=None)["code"] == "not_yours"
    rainy.do("qin", "variant.switch", id="c", current=None)


def test_a_vendor_gets_the_rows_that_changed_and_nothing_of_the_teams_plan(rainy: Show) -> None:
    before = rainy.head
    rainy.do("mei", "variant.switch", id="b", current=None)
    wanted = {who: chains(rainy.viewer(who), "")[0] for who in ("mei", "tong")}
    read = rainy.services.feed.read(rainy.event, [(chain, before) for chain in wanted.values()], live=True)
    frames = {
        who: "".join(frame.payload.decode() for frame in read.answers[chain, before])  # type: ignore[union-attr]  # no reset
        for who, chain in wanted.items()
    }
    assert [who for who, text in frames.items() if "cue-i3" in text] == ["mei", "tong"]
    assert [who for who, text in frames.items() if "variant-b" in text] == ["mei"]


# --- making plans


def test_only_coordinators_make_plans(rainy: Show) -> None:
    for who in ("wei", "mei", "qin"):
        for op, args in (
            ("variant.put", {"id": "x", "plan": "X", "day": DAY}),
            ("variant.remove", {"id": "a"}),
        ):
            assert rainy.refuse(who, op, **args)["code"] == "forbidden"


def test_a_plan_is_put_whole_removed_and_comes_back(rainy: Show) -> None:
    def body() -> Json:
        return next(body for body in rainy.bodies("rui", "variant") if body["id"] == "b")

    before = body()
    edited = rainy.do("rui", "variant.put", id="b", plan="B2", day=DAY, decide_at="2027-04-10T07:45:00+08:00")
    assert (body()["plan"], body()["skip"], body()["decide_at"]) == ("B2", [], "2027-04-10T07:45:00+08:00")
    rainy.undo("rui", edited)
    assert body() | {"version": 0, "seq": 0} == before | {"version": 0, "seq": 0}
    removed = rainy.do("rui", "variant.remove", id="b")
    assert "b" not in state(rainy)
    rainy.undo("rui", removed)
    assert body()["changes"] == before["changes"]


def test_a_plan_that_is_on_keeps_its_rows(rainy: Show) -> None:
    rainy.do("mei", "variant.switch", id="b", current=None)
    on = {"id": "b", "group": "雨備", "plan": "B", "day": DAY}
    assert rainy.refuse("rui", "variant.put", **on)["code"] == "is_on"
    assert rainy.refuse("rui", "variant.remove", id="b")["code"] == "is_on"
    put(rainy, "b", **PLANS["b"] | {"announce": "請穿雨衣"})


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"skip": ["none"]}, "not_found"),
        ({"decider": "none"}, "not_found"),
        ({"changes": [{"cue": "i1", "set": {"place": "none"}}]}, "not_found"),
        ({"changes": [{"cue": "i1", "set": {"min_s": 900}}]}, "invalid"),
        ({"changes": [{"cue": "i1", "set": {"kind": "cue"}}]}, "invalid"),
        ({"changes": [{"cue": "i1", "set": {"note": "x"}}] * 2}, "invalid"),
        ({"changes": [{"cue": "i1", "set": {"note": "雨" * 4000}}]}, "too_long"),
        ({"skip": [f"r{n}" for n in range(201)]}, "invalid"),
    ],
)  # fmt: skip
def test_a_plan_that_can_not_be_is_refused(rainy: Show, about: Json, code: str) -> None:
    args = {"id": "x", "plan": "X", "day": DAY} | about
    assert rainy.refuse("rui", "variant.put", **args)["code"] == code


def test_a_plan_is_the_teams_unless_said_otherwise(rainy: Show) -> None:
    with rainy.services.db.read() as session:
        assert session.get_one(Variant, (rainy.event, "a")).audience == TEAM
