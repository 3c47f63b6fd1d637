"""How a track stands, as a desk is told: the sheet that is kept is the sheet that is there."""

import pytest

from server.runsheet.kept_sheet import KeptSheet
from server.runsheet.timing import Board, Row, Standing, Times
from server.runsheet.upcoming import upcoming
from tests.support.show import DAY, Json, Show

TEAM = frozenset({"all", "team"})
STEPS: tuple[tuple[str, str, Json], ...] = (
    ("rui", "cue.add", {"id": "c", "track": "main", "title": "c", "after": "a", "duration_s": 60}),
    ("rui", "cue.add", {"id": "inner", "track": "main", "parent": "c", "kind": "cue", "title": "inner"}),
    ("rui", "cue.edit", {"id": "b", "set": {"title": "新的", "duration_s": 90}}),
    ("wei", "rehearsal.begin", {"id": "r", "track": "main", "day": DAY, "cue": "c"}),
    ("wei", "cue.go", {"id": "c", "current": None}),
    ("wei", "rehearsal.end", {"id": "r"}),
    ("wei", "cue.standby", {"id": "a"}),
    ("wei", "cue.go", {"id": "a", "current": None}),
    ("rui", "cue.move", {"id": "b", "after": None}),
    ("rui", "cue.move", {"id": "inner", "parent": "b"}),
    ("rui", "cue.remove", {"id": "b"}),
    ("rui", "cue.restore", {"id": "b"}),
    ("wei", "cue.finish", {"id": "a"}),
    ("wei", "track.hold", {"tracks": ["main"]}),
    ("wei", "track.release", {"tracks": ["main"]}),
    (
        "rui",
        "cue.batch",
        {"steps": [{"op": "cue.edit", "args": {"id": each, "set": {"note": "x"}}} for each in "ac"]},
    ),
    ("rui", "cue.split", {"id": "c", "new": "d", "at_s": 20}),
)


def test_what_is_kept_and_read_on_is_what_a_first_reading_finds(show: Show) -> None:
    for cue in ("a", "b"):
        show.add(cue, duration_s=300)
    kept = KeptSheet(show.event, TEAM)
    for member, op, args in STEPS:
        [result] = show.send(member, {"op": op, "args": args})
        assert result["status"] == "applied", (op, result)
        with show.services.db.read() as session:
            mine, fresh = kept.at(session, show.head), KeptSheet(show.event, TEAM).at(session, show.head)
        assert mine.rows == fresh.rows, op
        assert [cue.model_dump() for cue in mine.cues.values()] == [
            cue.model_dump() for cue in fresh.cues.values()
        ]
        assert (mine.rehearsed, list(mine.tracks)) == (fresh.rehearsed, list(fresh.tracks))


def test_what_others_may_not_see_is_not_in_it(show: Show) -> None:
    show.add("a")
    with show.services.db.read() as session:
        assert KeptSheet(show.event, frozenset({"team"})).at(session, show.head).rows == []


@pytest.mark.parametrize("start_mode", ["manual", "line"])
def test_a_cue_without_a_time_stands_where_the_sheet_has_it(start_mode: str) -> None:
    rows = [
        Row("a", state="live"),
        *(
            Row(name, kind="cue", parent="a", start_mode=mode)
            for name, mode in (("x", "offset"), ("y", start_mode))
        ),
        Row("b"),
    ]
    times = {"a": Times(), "x": Times(projected_start=5), "y": Times(), "b": Times(projected_start=9)}
    board = Board(times, {"": Standing(current="a", next="b")}, {})
    assert upcoming(rows, board, "") == ["x", "y", "b"]
