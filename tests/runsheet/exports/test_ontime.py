"""The sheet as a project of Ontime: the shape that its type definitions ask for."""

import json
from itertools import chain
from typing import Any

from hypothesis import given, settings

from server.core.clock import from_iso
from server.runsheet.exports.cells import Row
from server.runsheet.exports.ontime import write_ontime
from tests.runsheet.exports.sheets import plain_row, sheet_of, trees

EVENT = {
    *("id", "type", "cue", "title", "note", "colour", "custom", "revision", "parent", "flag", "endAction"),
    *("timerType", "countToEnd", "linkStart", "timeStrategy", "timeStart", "timeEnd", "duration", "skip"),
    *("timeWarning", "timeDanger", "triggers", "delay", "dayOffset", "gap"),
}
GROUP = {
    *("id", "type", "title", "note", "colour", "custom", "revision", "entries", "targetDuration"),
    *("timeStart", "timeEnd", "duration", "isFirstLinked"),
}
MILESTONE = {"id", "type", "cue", "title", "note", "colour", "custom", "revision", "parent"}
FIELDS = {"event": EVENT, "group": GROUP, "milestone": MILESTONE}


def project(made: list[Row]) -> dict[str, Any]:
    english = [["light", "Light"], ["note2", "燈光!"], ["host", "Light"]]
    found: dict[str, Any] = json.loads(write_ontime(sheet_of(made) | {"english": english}))
    return found


def with_ids(made: list[Row]) -> list[Row]:
    return [
        row | {"id": f"r{n}", "parent": None if row["parent"] is None else f"r{row['parent']}"}
        for n, row in enumerate(made)
    ]


@given(trees())
@settings(max_examples=12, deadline=None)
def test_every_entry_has_its_shape_and_stands_once_in_the_order(made: list[Row]) -> None:
    rundowns = project(with_ids(made))["rundowns"]
    for key, rundown in rundowns.items():
        entries = rundown["entries"]
        assert rundown["id"] == key
        assert sorted(rundown["flatOrder"]) == sorted(entries)
        groups = [entry for entry in entries.values() if entry["type"] == "group"]
        assert sorted(chain(rundown["order"], *(group["entries"] for group in groups))) == sorted(entries)
        for entry in entries.values():
            assert set(entry) == FIELDS[entry["type"]]
            assert entry.get("parent") is None or entry["id"] in entries[entry["parent"]]["entries"]
            if entry["type"] == "event":
                assert 0 <= entry["timeStart"] < 86_400_000
                assert entry["timeEnd"] == (entry["timeStart"] + entry["duration"]) % 86_400_000
    assert sum(len(rundown["entries"]) for rundown in rundowns.values()) == len(made)


def test_fields_have_labels_that_ontime_takes() -> None:
    fields = project(with_ids([plain_row()]))["customFields"]
    assert {key: field["label"] for key, field in fields.items()} == {
        "Place": "Place", "Responsible": "Responsible", "Light": "Light", "note2": "note2", "Light_2": "Light 2",
    }  # fmt: skip
    assert all(field["type"] == "text" for field in fields.values())


def test_a_time_after_midnight_is_one_of_the_clock() -> None:
    start = from_iso("2027-04-11T00:30:00+08:00")
    times = {"planned_start": start, "planned_end": start + 600_000}
    row = plain_row(title="撤場", number="007", columns={"light": {"zh-TW": "亮"}}, times=times, hard=True)
    [rundown] = project(with_ids([row]))["rundowns"].values()
    event = rundown["entries"]["r0"]
    assert (event["timeStart"], event["timeEnd"], event["cue"]) == (1_800_000, 2_400_000, "007")
    assert (event["custom"], event["flag"], rundown["title"]) == ({"Light": "亮"}, True, "主舞台 2027-04-10")
