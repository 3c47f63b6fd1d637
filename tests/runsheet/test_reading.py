"""A column for the team alone, and its cells, reach nobody from outside by any way."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from starlette.testclient import TestClient

from server.core.changes import change_body, visible_changes
from server.core.models import Event
from server.runsheet.models import ColumnDef
from server.runsheet.reading import without_cells
from tests.support.follower import Follower
from tests.support.show import NOON, Show

SECRET, OPEN = "暗場等指示", "進歌"
INSIDE, OUTSIDE = ("rui", "mei", "emma", "wei"), ("qin", "tong")
FORMS = ("html", "json")


@pytest.fixture
def sheet(show: Show) -> Show:
    """Light is for the team alone, sound for everybody; a published row of Tong's has a cell of each."""
    show.do("hui", "column.put", id="light", name="燈光祕密", department="light", shown_to="team")
    cells = {"light": {"zh-TW": SECRET}, "sound": {"zh-TW": OPEN}}
    show.add("a", title="開場", columns=cells, people=["tong"], departments=["light"])
    return show


def everything(show: Show, member: str) -> str:
    """All that a member is told: both forms of the socket, from nothing; the state; and the log."""
    followers = [Follower(show, member, form) for form in FORMS]
    for phone in followers:
        phone.catch_up()
    fresh = [phone.fresh() for phone in followers]
    return str([phone.held for phone in followers]) + str(fresh) + log_of(show, member)


def log_of(show: Show, member: str) -> str:
    viewer, services = show.viewer(member), show.services
    with services.db.read() as session:
        event = session.get_one(Event, show.event)
        names = services.feed.names(session, event)
        found = visible_changes(session, event.id, viewer.audiences, 0, 500)
        told = [change_body(services.feed, change, event, viewer.audiences, names) for change in found]
    return json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize("member", OUTSIDE)
def test_clients_and_vendors_get_neither_the_column_nor_its_cells(sheet: Show, member: str) -> None:
    told = everything(sheet, member)
    assert OPEN in told
    assert SECRET not in told
    assert "燈光祕密" not in told


@pytest.mark.parametrize("member", INSIDE)
def test_the_team_reads_both(sheet: Show, member: str) -> None:
    told = everything(sheet, member)
    assert OPEN in told
    assert SECRET in told


def test_a_column_is_for_everybody_unless_something_else_is_said(show: Show) -> None:
    with show.services.db.read() as session:
        assert session.get_one(ColumnDef, (show.event, "light")).audience == "all"


@pytest.mark.parametrize("form", FORMS)
def test_phones_lose_the_cells_when_a_column_becomes_the_teams_and_get_them_back(
    show: Show, form: str
) -> None:
    show.add("a", columns={"light": {"zh-TW": SECRET}})
    show.do("rui", "cue.attach", id="p", cue="a", column="light", blob="a" * 64, media="image/jpeg", size=9)
    qin, mei = Follower(show, "qin", form), Follower(show, "mei", form)
    for phone in (qin, mei):
        phone.catch_up()
    assert SECRET in str(qin.held)
    assert ("attachment", "p") in qin.held
    closed = show.do("hui", "column.put", id="light", name="light", department="light", shown_to="team")
    for phone in (qin, mei):
        phone.catch_up(live=True)
        assert phone.held == phone.fresh()
    assert SECRET not in str(qin.held)
    assert ("attachment", "p") not in qin.held
    assert SECRET in str(mei.held)
    assert ("attachment", "p") in mei.held
    show.undo("hui", closed)
    qin.catch_up(live=True)
    assert SECRET in str(qin.held)
    assert ("attachment", "p") in qin.held


def test_a_column_that_is_renamed_stays_the_teams(sheet: Show) -> None:
    sheet.do("hui", "column.put", id="light", name="燈光", department="light")
    assert SECRET not in everything(sheet, "qin")


def test_notices_of_such_a_cell_go_to_the_team_alone(sheet: Show) -> None:
    sheet.do("rui", "sheet.publish")
    for member in ("tong", "mei"):
        answer_all(sheet, member)
    sheet.do("rui", "cue.edit", id="a", set={"columns": {"light": {"zh-TW": f"{SECRET}二"}}})
    sheet.do("rui", "sheet.publish")
    assert "tong" not in notice(sheet, "mei")["to"]
    assert "mei" in notice(sheet, "mei")["to"]
    assert "a" not in {body["cue"] for body in sheet.bodies("tong", "notice")}
    assert ("notice", "a") not in Follower(sheet, "tong", "html").fresh()
    assert SECRET not in everything(sheet, "tong")


def test_a_notice_tells_a_vendor_of_the_rest(sheet: Show) -> None:
    sheet.do("rui", "sheet.publish")
    both = {"columns": {"light": {"zh-TW": f"{SECRET}二"}}, "title": "開場影片"}
    sheet.do("rui", "cue.edit", id="a", set=both)
    sheet.do("rui", "sheet.publish")
    assert "tong" in notice(sheet, "mei")["to"]
    assert [each["field"] for each in notice(sheet, "tong")["changes"]] == ["title"]
    assert SECRET not in everything(sheet, "tong")
    assert SECRET in str(Follower(sheet, "mei", "html").fresh()["notice", "a"])


def test_a_variant_that_everybody_reads_keeps_such_a_cell_to_itself(sheet: Show) -> None:
    change = {"cue": "a", "set": {"columns": {"light": {"zh-TW": SECRET}}, "note": "雨天"}}
    sheet.do("rui", "variant.put", id="v", plan="B", day="2027-04-10", changes=[change], shown_to="all")
    told = everything(sheet, "qin")
    assert "雨天" in told
    assert SECRET not in told
    assert SECRET in str(Follower(sheet, "mei", "html").fresh()["variant", "v"])


def test_a_photo_in_such_a_cell_is_the_teams(sheet: Show) -> None:
    args: dict[str, Any] = {"cue": "a", "blob": "a" * 64, "media": "image/jpeg", "size": 9}
    sheet.do("rui", "cue.attach", id="hidden", column="light", **args)
    sheet.do("rui", "cue.attach", id="open", column="sound", **args)
    assert {body["id"] for body in sheet.bodies("qin", "attachment")} == {"open"}
    assert {body["id"] for body in sheet.bodies("mei", "attachment")} == {"open", "hidden"}


def test_cells_are_left_out_wherever_they_stand() -> None:
    document = {"set": {"columns": {"x": 1, "y": 2}}, "changes": [{"field": "columns.x"}, {"field": "title"}]}
    assert without_cells(document, {"y": None}) == {
        "set": {"columns": {"y": 2}},
        "changes": [{"field": "title"}],
    }


def notice(show: Show, member: str) -> dict[str, Any]:
    return next(body for body in show.bodies(member, "notice") if body["cue"] == "a")


def answer_all(show: Show, member: str) -> None:
    seen = [{"id": body["id"], "seq": body["sent"]} for body in show.bodies(member, "notice")]
    show.do(member, "notice.ack", notices=seen)
    assert show.clock.now() == NOON


TAKEN = (
    "export/xlsx",
    "export/csv",
    "export/json",
    "export/ontime",
    "export/ics",
    "print/overview",
    "print/detail",
)


@pytest.mark.parametrize("path", TAKEN)
def test_what_is_printed_or_taken_along_holds_such_cells_for_the_team_alone(sheet: Show, path: str) -> None:
    for member in (*OUTSIDE, "rui"):
        bearer = {"authorization": f"Bearer {sheet.token(member)}"}
        browser = TestClient(sheet.house.app, base_url=sheet.services.origin, headers=bearer)
        answer = browser.get(f"/e/{sheet.event}/{path}?chosen=1&column=light&day=2027-04-10")
        told = text_of(answer.content)
        assert (SECRET in told) == (member == "rui" and path not in {"export/ics", "print/overview"}), member


def text_of(content: bytes) -> str:
    """A page or a file as text; of a workbook what stands in its parts."""
    if not content.startswith(b"PK"):
        return content.decode()
    with ZipFile(BytesIO(content)) as book:
        return "".join(book.read(name).decode(errors="replace") for name in book.namelist())
