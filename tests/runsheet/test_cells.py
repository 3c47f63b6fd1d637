"""Who leads a department fills its columns, and changes nothing else of the sheet."""

from typing import Any

import pytest

from tests.support.show import Show


@pytest.fixture
def led(show: Show) -> Show:
    """Mei leads light, Jun sound; a row has a cell of each, and one column is nobody's."""
    show.all("hui", *(("member.edit", {"id": who, "set": {"roles": ["lead"]}}) for who in ("mei", "jun")))
    show.do("hui", "column.put", id="free", name="其他")
    show.add("a", columns={"light": {"zh-TW": "暗場"}, "sound": {"zh-TW": "進歌"}})
    return show


def fill(column: str, text: str = "全亮") -> dict[str, Any]:
    return {"id": "a", "set": {"columns": {column: {"zh-TW": text}}}}


def test_a_lead_fills_the_column_of_their_department_and_takes_it_back(led: Show) -> None:
    filled = led.do("mei", "cue.edit", **fill("light"))
    assert led.cue("a").columns == {"light": {"zh-TW": "全亮"}, "sound": {"zh-TW": "進歌"}}
    undone = led.undo("mei", filled)
    assert undone["status"] == "applied"
    assert led.cue("a").columns["light"] == {"zh-TW": "暗場"}
    assert led.undo("mei", undone)["status"] == "applied"
    led.do("mei", "cue.edit", id="a", set={"columns": {"light": {}}})
    assert led.cue("a").columns == {"sound": {"zh-TW": "進歌"}}


@pytest.mark.parametrize("column", ["sound", "free"])
def test_the_column_of_another_department_or_of_nobody_is_refused_by_name(led: Show, column: str) -> None:
    error = led.refuse("mei", "cue.edit", **fill(column))
    assert (error["code"], error["params"]["name"]) == (
        "forbidden",
        {"sound": "sound", "free": "其他"}[column],
    )
    both = {"columns": {"light": {"zh-TW": "全亮"}, column: {"zh-TW": "全亮"}}}
    assert led.refuse("mei", "cue.edit", id="a", set=both)["code"] == "forbidden"


@pytest.mark.parametrize(
    "fields",
    [{"title": "改名"}, {"hard": True}, {"start_mode": "manual"}, {"note": "x"}, {"people": ["mei"]}],
)
def test_a_lead_changes_no_other_field_even_beside_their_own_cell(led: Show, fields: dict[str, Any]) -> None:
    for named in (fields, fields | {"columns": {"light": {"zh-TW": "全亮"}}}):
        assert led.refuse("mei", "cue.edit", id="a", set=named)["code"] == "forbidden"


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("cue.add", {"id": "b", "title": "x", "track": "main"}),
        ("cue.move", {"id": "a", "after": None}),
        ("cue.remove", {"id": "a"}),
        ("cue.copy", {"id": "b", "of": "a"}),
    ],
)
def test_a_lead_adds_moves_and_removes_no_rows_alone_or_in_a_batch(
    led: Show, op: str, args: dict[str, Any]
) -> None:
    assert led.refuse("mei", op, **args)["code"] == "forbidden"
    steps = [{"op": "cue.edit", "args": fill("light")}, {"op": op, "args": args}]
    assert led.refuse("mei", "cue.batch", steps=steps)["code"] == "forbidden"


def test_a_lead_fills_several_rows_in_one_step_and_takes_all_back(led: Show) -> None:
    led.add("b")
    steps = [{"op": "cue.edit", "args": fill("light") | {"id": row}} for row in ("a", "b")]
    filled = led.do("mei", "cue.batch", steps=steps)
    assert {row: led.cue(row).columns["light"]["zh-TW"] for row in ("a", "b")} == {"a": "全亮", "b": "全亮"}
    assert led.undo("mei", filled)["status"] == "applied"
    assert led.cue("b").columns == {}
    other = [{"op": "cue.edit", "args": fill("sound")}]
    assert led.refuse("mei", "cue.batch", steps=other)["code"] == "forbidden"


@pytest.mark.parametrize("member", ["emma", "wei", "tong", "qin"])
def test_crew_callers_and_those_from_outside_fill_nothing(led: Show, member: str) -> None:
    """Emma is of light too, but doesn't lead it."""
    assert led.refuse(member, "cue.edit", **fill("light"))["code"] == "forbidden"
    steps = [{"op": "cue.edit", "args": fill("light")}]
    assert led.refuse(member, "cue.batch", steps=steps)["code"] == "forbidden"


def test_two_who_fill_the_same_cell_conflict_and_other_cells_merge(led: Show) -> None:
    seen = led.head
    led.do("rui", "cue.edit", **fill("light", "微光"))
    [refused] = led.send("mei", {"op": "cue.edit", "args": fill("light"), "base_version": seen})
    assert (refused["status"], refused["error"]["params"]["who"]) == ("conflict", "rui")
    [merged] = led.send("jun", {"op": "cue.edit", "args": fill("sound"), "base_version": seen})
    assert merged["status"] == "applied"
    assert led.cue("a").columns == {"light": {"zh-TW": "微光"}, "sound": {"zh-TW": "全亮"}}


def test_who_moves_to_another_department_fills_that_ones_column(led: Show) -> None:
    led.do("hui", "member.edit", id="mei", set={"department": "sound"})
    assert led.refuse("mei", "cue.edit", **fill("light"))["code"] == "forbidden"
    led.do("mei", "cue.edit", **fill("sound"))


def test_a_column_that_is_gone_is_filled_by_nobody(led: Show) -> None:
    assert led.refuse("mei", "cue.edit", **fill("nowhere"))["code"] == "not_found"
