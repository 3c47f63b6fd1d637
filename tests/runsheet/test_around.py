"""Private notes, tracks, places and columns: who writes them, who never sees them, and how they are undone."""

from typing import Any

import pytest

from server.people.models import Department
from server.runsheet.models import ColumnDef, Place, Track
from tests.support.show import Show


def texts(show: Show, member: str) -> list[str]:
    """The notes that a member reads."""
    return [body["text"] for body in show.bodies(member, "note")]


def test_a_departments_note_is_read_in_the_department_and_by_nobody_else(show: Show) -> None:
    show.add("a")
    show.do("mei", "note.put", cue="a", department="light", text="暗場")
    assert {member: texts(show, member) for member in ("mei", "emma")} == {"mei": ["暗場"], "emma": ["暗場"]}
    assert not [member for member in ("rui", "hui", "wei", "jun", "qin", "tong") if texts(show, member)]


def test_a_note_is_taken_away_by_an_empty_text_and_brought_back_by_its_undo(show: Show) -> None:
    show.add("a")
    written = show.do("mei", "note.put", cue="a", department="light", text="暗場", text_en="Dark")
    taken = show.do("emma", "note.put", cue="a", department="light", text="")
    assert texts(show, "mei") == []
    assert show.undo("emma", taken)["status"] == "applied"
    assert texts(show, "mei") == ["暗場"]
    assert show.undo("mei", written)["status"] == "conflict"


def test_an_english_note_alone_is_a_note(show: Show) -> None:
    show.add("a")
    show.do("emma", "note.put", cue="a", department="light", text="", text_en="Dark")
    assert [body["text_en"] for body in show.bodies("mei", "note")] == ["Dark"]


def test_nothing_is_written_where_there_was_no_note_to_take_away(show: Show) -> None:
    show.add("a")
    head = show.head
    show.do("mei", "note.put", cue="a", department="light", text="")
    assert show.head == head


def test_two_of_a_department_who_write_at_once_conflict(show: Show) -> None:
    show.add("a")
    args = {"cue": "a", "department": "light", "text": "微光"}
    none_yet = show.head
    show.do("mei", "note.put", cue="a", department="light", text="暗場")
    seen = show.head
    [refused] = show.send("emma", {"op": "note.put", "args": args, "base_version": none_yet})
    assert (refused["status"], refused["error"]["params"]["who"]) == ("conflict", "mei")
    show.do("mei", "note.put", cue="a", department="light", text="全暗")
    [refused] = show.send("emma", {"op": "note.put", "args": args, "base_version": seen})
    assert refused["error"]["params"]["now"] == {"text": "全暗"}


def test_who_cannot_read_a_note_leaves_one_but_writes_over_none(show: Show) -> None:
    show.add("a")
    show.do("rui", "note.put", cue="a", department="light", text="請看我")
    assert texts(show, "mei") == ["請看我"]
    assert texts(show, "rui") == []
    show.do("mei", "note.put", cue="a", department="light", text="機密")
    seen = show.head
    for text in ("x", ""):
        error = show.refuse("rui", "note.put", cue="a", department="light", text=text)
        assert error["code"] == "unreadable"
        assert "機密" not in f"{error}"
    args = {"cue": "a", "department": "light", "text": "x"}
    [stale] = show.send("rui", {"op": "note.put", "args": args, "base_version": seen - 1})
    assert "機密" not in f"{stale}"
    assert texts(show, "mei") == ["機密"]
    show.do("mei", "note.put", cue="a", department="light", text="")
    show.do("rui", "note.put", cue="a", department="light", text="再看我")
    assert texts(show, "mei") == ["再看我"]


@pytest.mark.parametrize("member", ["jun", "wei", "tong"])
def test_nobody_writes_another_departments_note(show: Show, member: str) -> None:
    show.add("a")
    error = show.refuse(member, "note.put", cue="a", department="light", text="x")
    assert error["code"] == "forbidden"


def test_a_client_writes_no_notes(show: Show) -> None:
    show.add("a")
    assert show.refuse("qin", "note.put", cue="a", department="light", text="x")["code"] == "forbidden"


def test_ids_with_colons_never_lead_to_somebody_elses_note(show: Show) -> None:
    show.do("hui", "department.put", id="b:light", name="另一組")
    show.add("a:b")
    show.add("a")
    show.do("mei", "note.put", cue="a:b", department="light", text="機密")
    error = show.refuse("rui", "note.put", cue="a", department="b:light", text="x")
    assert error["code"] == "exists"
    assert texts(show, "mei") == ["機密"]


@pytest.mark.parametrize(
    ("op", "model", "values"),
    [
        ("track.put", Track, {"name": "小舞台", "name_en": "Small stage", "place": "gate"}),
        ("place.put", Place, {"name": "後台", "name_en": "Backstage"}),
        ("column.put", ColumnDef, {"name": "視訊", "name_en": "Video", "department": "light"}),
    ],
)
def test_what_rows_name_is_added_changed_and_changed_back(
    show: Show, op: str, model: type[Any], values: dict[str, Any]
) -> None:
    show.do("rui", op, id="new", **values)
    changed = show.do("rui", op, id="new", name="別的")
    assert stored(show, model).name == "別的"
    assert show.undo("rui", changed)["status"] == "applied"
    assert {name: getattr(stored(show, model), name) for name in values} == values


@pytest.mark.parametrize(
    ("op", "kind"),
    [
        ("track.put", "track"),
        ("place.put", "place"),
        ("column.put", "column"),
        ("department.put", "department"),
    ],
)
def test_what_was_removed_comes_back_when_it_is_put_again(show: Show, op: str, kind: str) -> None:
    show.do("hui", op, id="new", name="舊")
    with show.services.db.write() as session:
        row = session.merge(stored(show, MODELS[kind]))
        row.removed_at = 1
    result = show.do("hui", op, id="new", name="舊")
    assert result["seq"] == show.head
    assert [body["name"] for body in show.bodies("mei", kind) if body["id"] == "new"] == ["舊"]


MODELS: dict[str, Any] = {"track": Track, "place": Place, "column": ColumnDef, "department": Department}


def stored(show: Show, model: type[Any]) -> Any:  # noqa: ANN401 - a row of that model
    with show.services.db.read() as session:
        return session.get_one(model, (show.event, "new"))


def test_tracks_and_columns_stand_in_the_order_in_which_they_came(show: Show) -> None:
    for name in ("z", "a", "m"):
        show.do("rui", "track.put", id=name, name=name)
    assert [body["id"] for body in show.bodies("mei", "track")] == ["main", "river", "z", "a", "m"]


@pytest.mark.parametrize(
    ("op", "args"),
    [("track.put", {"place": "nowhere"}), ("column.put", {"department": "nobody"})],
)
def test_what_the_event_does_not_have_cannot_be_named(show: Show, op: str, args: dict[str, Any]) -> None:
    assert show.refuse("rui", op, id="new", name="x", **args)["code"] == "not_found"
