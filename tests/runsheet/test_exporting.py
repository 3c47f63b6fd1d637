"""The sheet goes out as a file, to whoever may take it along, and comes back as it was; on both databases."""

import csv
import io
import json
from typing import Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook
from sqlalchemy.event import listen, remove
from starlette.concurrency import run_in_threadpool
from starlette.testclient import TestClient

from server.core.models import Event
from server.core.security import RATES
from server.core.turns import Turns
from server.runsheet.exporting import take_sheet, times_now
from server.runsheet.exports import work
from server.runsheet.exports.rows import told_times, worked_out
from server.runsheet.models import PLAN_FIELDS, Cue
from server.runsheet.names import Names
from server.runsheet.queries import all_cues, visible_cues
from tests.support import works
from tests.support.importing import Importer
from tests.support.show import DAY, Json, Show

SHEET = (
    ("seg", {"kind": "segment", "title": "晚場", "start_mode": "fixed", "start": f"{DAY}T18:00:00+08:00"}),
    ("act", {"parent": "seg", "number": "007", "title": "=山嵐", "title_en": "Train", "duration_s": 95, "min_s": 30,
             "people": ["wei", "mei"], "departments": ["light"], "place": "gate", "note": "一\n二", "note_en": "one",
             "columns": {"light": {"zh-TW": "暗場", "en": "Black"}}, "colour": "#339e4e", "hard": True}),
    ("go", {"kind": "cue", "parent": "act", "title": "燈暗", "start_mode": "offset", "offset_s": -120,
            "call": "standby"}),
    ("late", {"title": "撤場", "start_mode": "fixed", "start": "2027-04-11T00:30:00+08:00", "day": DAY,
              "end_mode": "count_to_end", "end": "2027-04-11T02:00:00+08:00"}),
    ("other", {"track": "river", "title": "河岸節目", "start_mode": "line", "line": "謝謝大家",
               "flagged": ["overlap"]}),
)  # fmt: skip


@pytest.fixture
def planned(show: Show) -> Show:
    """A show with a row of every kind of trouble."""
    for cue_id, fields in SHEET:
        show.add(cue_id, **fields)
    return show


def browser(show: Show, member: str) -> TestClient:
    bearer = {"authorization": f"Bearer {show.token(member)}"}
    return TestClient(show.house.app, base_url=show.services.origin, headers=bearer)


def fetch(show: Show, member: str, form: str) -> bytes:
    answer = browser(show, member).get(f"/e/{show.event}/export/{form}")
    assert answer.status_code == 200, answer.text
    return answer.content


def rows_of(show: Show) -> list[Json]:
    """What is planned of each row, its parent by title, track by track."""
    with show.services.db.read() as session:
        cues = sorted(all_cues(session, show.event), key=lambda cue: cue.track)
    titles = {cue.id: cue.title for cue in cues}
    return [_planned(cue) | {"parent": titles.get(cue.parent or "")} for cue in cues]


def _planned(cue: Cue) -> Json:
    return {name: getattr(cue, name) for name in PLAN_FIELDS}


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_what_goes_out_comes_back_as_the_same_sheet(planned: Show, rui: Importer, form: str) -> None:
    file = fetch(planned, "rui", form)
    before = rows_of(planned)
    for cue_id, fields in reversed(SHEET):
        if "parent" not in fields:
            planned.do("rui", "cue.remove", id=cue_id)
    assert rows_of(planned) == []
    rui.bring_in(file)
    assert rows_of(planned) == before


def test_a_file_has_the_name_of_the_event_and_the_day(planned: Show) -> None:
    answer = browser(planned, "rui").get(f"/e/{planned.event}/export/xlsx")
    assert answer.headers["content-disposition"] == (
        f"attachment; filename=\"_____ {DAY}.xlsx\"; filename*=UTF-8''{quote(f'河岸音樂祭 {DAY}.xlsx')}"
    )
    assert answer.headers["cache-control"] == "no-store"


def test_times_are_those_of_now(planned: Show) -> None:
    planned.do("wei", "cue.go", id="late", current=None)
    rows = list(csv.DictReader(io.StringIO(fetch(planned, "rui", "csv").decode("utf-8-sig"))))
    seg, act, go, late, other = rows
    assert (seg["預定開始"], act["預定開始"], act["預定結束"], go["預定開始"]) == (
        "18:00",
        "18:00",
        "18:01:35",
        "17:58",
    )
    assert (late["預定開始"], late["實際開始"], late["預計結束"]) == ("24:30", "12:00", "26:00")
    assert (other["預定開始"], other["開始"]) == ("", "聽口白")


def test_in_english_all_of_it_is(planned: Show) -> None:
    book = load_workbook(io.BytesIO(fetch(planned, "emma", "xlsx")))
    head, first, *_ = book.active.iter_rows(values_only=True)  # type: ignore[union-attr]  # it has one
    assert head[:5] == ("Day", "Track", "Level", "Kind of row", "No.")
    assert first[3] == "segment"


def test_a_private_note_goes_only_to_its_department(planned: Show) -> None:
    planned.do("rui", "note.put", cue="act", department="light", text="換燈泡")
    assert "換燈泡" in fetch(planned, "mei", "json").decode()
    for form in ("json", "csv", "ontime"):
        assert "換燈泡" not in fetch(planned, "jun", form).decode()


def test_a_row_that_is_not_for_everybody_goes_to_nobody_else(planned: Show) -> None:
    with planned.services.db.write() as session:
        session.get_one(Cue, (planned.event, "other")).audience = "dept:sound"
    for form in ("csv", "json", "ontime"):
        assert "河岸節目" in fetch(planned, "jun", form).decode()
        assert "河岸節目" not in fetch(planned, "mei", form).decode()
    assert "河岸節目" not in browser(planned, "qin").get(f"/e/{planned.event}/export/calendar.ics").text


@pytest.mark.parametrize("member", ["qin", "tong"])
def test_who_only_visits_takes_no_file_along_but_a_calendar(planned: Show, member: str) -> None:
    visitor = browser(planned, member)
    for form in ("xlsx", "csv", "json", "ontime", "ics"):
        assert visitor.get(f"/e/{planned.event}/export/{form}").status_code == 403
    page = visitor.get(f"/e/{planned.event}/export").text
    assert "export/xlsx" not in page
    assert "export/calendar.ics" in page
    assert b"BEGIN:VEVENT" in fetch(planned, member, "calendar.ics")


def test_the_json_says_what_machines_are_told(planned: Show) -> None:
    told = json.loads(fetch(planned, "rui", "json"))
    state = browser(planned, "rui").get(f"/api/events/{planned.event}/state?kinds=cue,track").json()
    assert (told["format"], told["version"], told["event"]["id"]) == ("fieldcue-sheet", 1, planned.event)
    assert {kind: told["entities"][kind] for kind in ("cue", "track")} == state["entities"]
    assert "calendar" not in told["entities"]


def test_a_long_sheet_is_written_aside_and_is_the_same_file(
    planned: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = fetch(planned, "rui", "csv")
    monkeypatch.setattr(work, "NEAR_ROWS", 0)
    assert fetch(planned, "rui", "csv") == near


def test_the_rows_of_a_file_are_those_that_everybody_sees(planned: Show) -> None:
    """What waits to be published is told nobody, and where a row stands and when it is follow from what is."""
    planned.do("rui", "sheet.publish")
    planned.do("wei", "cue.go", id="act", current=None)
    planned.do("rui", "cue.edit", id="late", set={"title": "提早撤場", "start": f"{DAY}T23:30:00+08:00"})
    planned.do("rui", "cue.move", id="late", after=None)
    planned.do("rui", "cue.remove", id="go")
    planned.add("new")
    with planned.services.db.write() as session:
        session.get_one(Cue, (planned.event, "other")).audience = "dept:sound"
    viewer, now = planned.viewer("mei"), planned.clock.now() + 60_000
    with planned.services.db.read() as session:
        event = session.get_one(Event, planned.event)
        names = Names.through(planned.services.feed.names(session, event), viewer.lens)
        taken = take_sheet(session, viewer, event, names, now)
        cues, board = visible_cues(session, viewer), times_now(session, event, now)
    fields = (*PLAN_FIELDS, "id", "parent", "state")
    told = [{name: row[name] for name in fields} | row["times"] for row in worked_out(taken)["rows"]]
    assert told == [{name: getattr(cue, name) for name in fields} | told_times(cue, board) for cue in cues]
    assert [row["title"] for row in told] == ["晚場", "=山嵐", "燈暗", "撤場"]


def test_no_object_is_made_of_a_row_while_others_wait(planned: Show) -> None:
    made: list[object] = []

    def count(cue: object, _context: object) -> None:
        made.append(cue)

    listen(Cue, "load", count)
    try:
        fetch(planned, "rui", "xlsx")
    finally:
        remove(Cue, "load", count)
    assert made == []


def test_a_file_that_could_not_be_made_is_told(planned: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "NEAR_ROWS", 0)
    monkeypatch.setattr(work, "work", works.fall)
    asking = TestClient(planned.house.app, planned.services.origin, raise_server_exceptions=False)
    bearer = {"authorization": f"Bearer {planned.token('rui')}"}
    answer = asking.get(f"/e/{planned.event}/export/csv", headers=bearer)
    assert answer.status_code == 500
    assert "伺服器出了問題，什麼都沒有改動。" in answer.text


def test_somebody_who_takes_it_again_and_again_waits(planned: Show) -> None:
    asking = browser(planned, "rui")
    asked = [
        asking.get(f"/e/{planned.event}/export/csv").status_code
        for _ in range(RATES["export_member"].burst + 1)
    ]
    assert asked == [200] * RATES["export_member"].burst + [429]


@pytest.mark.parametrize(("change", "status"), [
    (("member.remove", {}), 404), (("member.edit", {"set": {"roles": ["client"]}}), 403),
])  # fmt: skip
@pytest.mark.parametrize("path", ["export/csv", "export/json", "print/detail"])
def test_whose_rights_change_before_their_turn_takes_nothing_along(
    planned: Show, monkeypatch: pytest.MonkeyPatch, path: str, change: tuple[str, Json], status: int
) -> None:
    asking = browser(planned, "rui")
    run = Turns.run

    async def late(turns: Turns, who: str, work: Any) -> Any:  # noqa: ANN401 - as it is
        op, args = change
        await run_in_threadpool(lambda: planned.do("hui", op, id="rui", **args))
        return await run(turns, who, work)

    monkeypatch.setattr(Turns, "run", late)
    assert asking.get(f"/e/{planned.event}/{path}").status_code == status


def test_an_event_without_rows_is_a_file_too(show: Show) -> None:
    for form in ("xlsx", "csv", "json", "ontime", "ics"):
        assert fetch(show, "rui", form)
    assert browser(show, "rui").get(f"/e/{show.event}/export/pdf").status_code == 404
