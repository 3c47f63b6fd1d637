import json
from typing import Any

import pytest

from server.runsheet.imports.book import FileRefusedError
from server.runsheet.imports.guessing import guess
from tests.runsheet.imports.files import book_of
from tests.runsheet.imports.importing import clock, imported, told
from tests.runsheet.imports.ontime_files import event, first_version, one_list, project, rundown, two_tracks


def by_title(raw: bytes) -> dict[str, dict[str, Any]]:
    return {row["title"]: row for row in imported(raw).rows}


def test_each_rundown_becomes_a_track_with_its_groups_and_milestones() -> None:
    result = imported(two_tracks())
    assert [
        (row["title"], row["kind"], row["parent"], row["track"], row["number"]) for row in result.rows
    ] == [
        ("Opening", "segment", None, "Stage", ""),
        ("Doors", "item", 0, "Stage", "1"),
        ("Standby", "cue", 1, "Stage", "SB"),
        ("Welcome", "item", 0, "Stage", "1.1"),
        ("Show", "item", None, "Stage", "2"),
        ("Encore", "item", None, "Stage", "3"),
        ("Delay", "delay", None, "Stage", ""),
        ("Load out", "item", None, "Backstage", "B1"),
        ("Bus", "item", None, "Backstage", "B2"),
    ]
    assert told(result) == []


def test_times_come_in_as_they_are_meant() -> None:
    rows = by_title(two_tracks())
    assert [(clock(rows[name]), rows[name]["duration_s"] // 60) for name in ("Doors", "Show", "Load out", "Bus")] == [
        ("13:30", 30), ("14:30", 60), ("23:30", 60), ("24:30", 30),
    ]  # fmt: skip
    assert (rows["Welcome"]["start_mode"], rows["Welcome"]["duration_s"]) == ("linked", 600)
    assert rows["Show"]["end_mode"] == "count_to_end"
    assert rows["Encore"]["state"] == "skipped"
    assert rows["Delay"]["duration_s"] == 300
    assert rows["Bus"]["day"] == "2027-04-10"


def test_every_column_of_the_project_comes_along_under_its_own_name() -> None:
    raw = two_tracks()
    columns = {source.heading: (source.field, source.key) for source in guess(book_of(raw)).sources}
    assert columns["Video Notes"] == ("column", "video")
    assert columns["CustomTitle"][0] == "column"  # called like one that every event has
    rows = by_title(raw)
    assert rows["Doors"]["columns"]["video"] == {"zh-TW": "Slide"}
    assert rows["Welcome"]["colour"] == "#ffcc78"
    assert columns["Flag"][0] == columns["End action"][0] == "column"


def test_a_rundown_that_is_named_by_its_track_and_day_is_on_them() -> None:
    late = rundown("主舞台 2027-04-11", event("Bus", 0.5, 30, dayOffset=1), event("Doors", 13, 30))
    days = {"a": rundown("主舞台 2027-04-10", event("Show", 20, 60)), "b": late}
    rows = by_title(project(rundowns=days))
    assert {row["track"] for row in rows.values()} == {"主舞台"}
    assert [rows[title]["day"] for title in ("Show", "Doors", "Bus")] == [
        *("2027-04-10", "2027-04-11", "2027-04-11"),
    ]
    assert clock(rows["Bus"]) == "24:30"
    assert (
        by_title(project(rundowns={"a": rundown("v2 2027-99-99", event("Show", 20, 60))}))["Show"]["track"]
        is None
    )


def test_one_of_several_rundowns_can_be_chosen() -> None:
    book = book_of(two_tracks())
    assert [sheet.name for sheet in book.sheets] == ["Demo", "Stage", "Backstage"]
    assert guess(book).sheet == "Demo"
    assert "Track" not in [source.heading for source in guess(book, "Stage").sources]


def test_blocks_of_version_3_are_sections() -> None:
    result = imported(one_list())
    assert [(row["title"], row["parent"], clock(row)) for row in result.rows] == [
        ("Alone", None, "09:00"), ("Morning", None, "-"), ("Talk", 1, "10:00"), ("Noon", None, "-"),
        ("Lunch", 3, "12:00"),  # the link to an event that ends elsewhere would lose the time
    ]  # fmt: skip
    assert result.rows[2]["columns"] == {result.columns[0]["id"]: {"zh-TW": "Anthem"}}
    assert result.columns[0]["name"] == "Song"


def test_a_project_of_version_1_keeps_its_users_columns() -> None:
    [row] = imported(first_version()).rows
    assert (row["title"], clock(row), row["people"], row["note"]) == ("Intro", "09:00", ["Anna"], "sub")
    assert row["columns"] == {"camera": {"zh-TW": "Cam 1"}}


def test_rundowns_without_a_project_around_them_are_read_too() -> None:
    alone = rundown("Stage", event("Doors", 13.5, 30))
    for raw in (alone, {"default": alone}):
        assert [row["title"] for row in imported(json.dumps(raw).encode()).rows] == ["Doors"]


def test_what_no_order_names_is_not_lost() -> None:
    broken = rundown("Stage", event("Doors", 13, 30), event("Lost", 14, 30)) | {
        "order": ["e0", "e0", "gone", 7]
    }
    assert [row["title"] for row in imported(project(rundowns={"a": broken})).rows] == ["Doors", "Lost"]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"timeStart": "noon"}, {"timeStart": None, "linkStart": True}, {"duration": -5}, {"duration": 1e300},
        {"custom": ["a"]}, {"cue": {"a": 1}}, {"dayOffset": 1e9}, {"colour": 7}, {"note": ["a", 1, None]},
    ],
)  # fmt: skip
def test_odd_values_leave_the_row_in_its_place(spoilt: dict[str, Any]) -> None:
    raw = project(rundown=[event("A", 9, 10), event("B", 10, 10) | spoilt, event("C", 11, 10)])
    assert [row["title"] for row in imported(raw).rows] == ["A", "B", "C"]


def test_an_event_without_a_title_is_a_row() -> None:
    assert [
        row["title"] for row in imported(project(rundown=[event("", 9, 10, cue="7"), event(" ", 10, 5)])).rows
    ] == ["–", "–"]


def test_a_plain_list_of_objects_is_a_table() -> None:
    rows = [{"start_time": "13:30", "title": "開場", "owner": "阿明", "custom_ramp": "左"}, {"title": "致詞"}]
    for raw in (rows, {"items": rows, "count": 2}):
        result = imported(json.dumps(raw).encode())
        assert [(row["title"], clock(row), row["people"]) for row in result.rows][:1] == [
            ("開場", "13:30", ["阿明"])
        ]
        assert [column["name"] for column in result.columns] == ["custom ramp"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"cues": [1]}', "file_not_spreadsheet"),
        (b'{"rundowns": {"a": {"entries": {}}}}', "file_not_spreadsheet"),
        (b"[" * 100_000, "file_broken"),
        (b'{"a":' * 100_000, "file_broken"),
        (b"{}", "file_not_spreadsheet"),
    ],
)
def test_other_json_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(FileRefusedError) as caught:
        book_of(raw)
    assert caught.value.code == code
