"""A run sheet comes in from a file, all or none, and goes out again; on both databases."""

import re
import threading
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from server.core.access import Permission
from server.core.clock import to_iso
from server.core.ids import new_id
from server.core.jobs import LEASE_MS, Worker
from server.people.models import Department
from server.runsheet import import_work
from server.runsheet.import_files import KEEP_MS
from server.runsheet.import_insert import INSERT
from server.runsheet.models import ColumnDef, Place, Track
from tests.runsheet.imports.files import conference, csv_bytes, cue_sheet, detailed_sheet, xlsx
from tests.support.importing import Importer
from tests.support.show import DAY, Show

ZONE = "Asia/Taipei"
HEAD = ("時間", "流程", "地點", "負責人", "組別", "light")


def sheet(*rows: tuple[Any, ...]) -> bytes:
    return xlsx([HEAD, *rows])


def named(show: Show, model: type[Any]) -> dict[str, str]:
    """What the event has of a kind, by name."""
    with show.services.db.read() as session:
        return {
            row.name: row.id
            for row in session.exec(select(model).where(model.event_id == show.event))
            if not row.removed_at
        }


# --- in


def test_a_detailed_sheet_comes_in_as_a_tree(rui: Importer) -> None:
    rui.bring_in(detailed_sheet(), first_day=DAY)
    rows = {row.title: row for row in rui.rows()}
    assert rui.titles() == [
        "開場", "司儀開場", "長官致詞", "換場", "演出", "山嵐列車", "撤場", "器材點收", "場地復原",
    ]  # fmt: skip
    assert rows["長官致詞"].parent == rows["開場"].id
    assert (rows["換場"].kind, rows["山嵐列車"].title_kind) == ("buffer", "演出 1")
    assert (to_iso(rows["場地復原"].start, ZONE), rows["場地復原"].day) == ("2027-04-11T00:30:00+08:00", DAY)


def test_a_missing_length_is_guessed_and_flagged(rui: Importer) -> None:
    rui.bring_in(sheet(("13:00", "開場"), ("13:20", "演出")))
    first = rui.rows()[0]
    assert (first.duration_s, first.flagged) == (1200, ["duration_guessed"])


def test_a_cue_sheet_fills_the_events_own_columns(rui: Importer) -> None:
    rui.bring_in(cue_sheet())
    first = rui.rows()[0]
    assert first.columns["light"] == {"zh-TW": "全暗"}
    assert first.columns["sound"] == {"zh-TW": "影片聲"}
    assert named(rui.show, ColumnDef).keys() == {"light", "sound", "主持", "視訊", "特效", "道具"}


def test_a_sheet_of_2016_is_moved_to_the_events_day(rui: Importer) -> None:
    rui.bring_in(conference(), first_day=DAY)
    assert {row.day for row in rui.rows()} == {DAY}
    assert to_iso(rui.rows()[0].start, ZONE) == "2027-04-10T09:00:00+08:00"


def test_a_sheet_keeps_its_days_where_that_is_asked(rui: Importer) -> None:
    rui.bring_in(conference(), first_day=DAY, shift="no")
    assert {row.day for row in rui.rows()} == {"2016-10-27"}


def test_what_comes_in_follows_what_is_there(rui: Importer) -> None:
    rui.show.add("before")
    for title in ("一", "二"):
        rui.bring_in(sheet(("13:00", title)))
    assert rui.titles() == ["before", "一", "二"]


def test_the_log_has_an_entry_for_each_row_and_phones_get_the_rows(rui: Importer) -> None:
    head = rui.show.head
    job = rui.bring_in(sheet(("13:00", "開場"), ("13:20", "演出")))
    [first, second] = [row for row in rui.show.bodies("mei", "cue") if row["id"].startswith(job)]
    assert (first["title"], second["title"]) == ("開場", "演出")
    assert head < first["version"] < second["version"] <= rui.show.head


def test_html_in_a_cell_is_text(rui: Importer) -> None:
    nasty = "<script>alert(1)</script><b>x</b>"
    upload = rui.send(sheet(("13:00", nasty, nasty, nasty, nasty, nasty)), f"{nasty}.xlsx")
    for html in (rui.look(upload), rui.look(upload, first_day=DAY)):
        assert "<script>alert" not in html
        assert "<b>x" not in html
    rui.apply(upload)
    assert rui.titles() == [nasty]
    assert "<script>alert" not in rui.browser.get(f"/e/{rui.event}").text


# --- names


def test_names_go_to_what_the_event_has_in_either_language(rui: Importer) -> None:
    rui.show.do("hui", "place.put", id="gate", name="入口", name_en="Main Gate")
    rui.bring_in(sheet(("13:00", "開場", "main  gate", "wei hsu、Emma Clarke、陳美玲", "Ｌight", "亮")))
    [row] = rui.rows()
    assert (row.place, row.people, row.departments) == ("gate", ["wei", "emma", "mei"], ["light"])
    assert (row.columns, row.track, row.note) == ({"light": {"zh-TW": "亮"}}, "main", "")


def test_what_the_event_lacks_is_made_once(rui: Importer) -> None:
    rui.bring_in(sheet(("13:00", "一", "河堤", "", "餐飲組"), ("14:00", "二", "河堤", "", "餐飲組")))
    rui.bring_in(sheet(("15:00", "三", " 河堤 ", "", "餐飲組")))
    places = {row.place for row in rui.rows()}
    assert places == {named(rui.show, Place)["河堤"]}
    assert len(named(rui.show, Place)) == 3
    assert "餐飲組" in named(rui.show, Department)


def test_people_whom_nobody_knows_stand_in_the_note(rui: Importer) -> None:
    rui.show.do("hui", "member.add", id="mei2", name="陳美玲", roles=["crew"])
    rui.bring_in(sheet(("13:00", "開場", "", "許庭瑋、阿明、陳美玲")))
    [row] = rui.rows()
    assert row.people == ["wei"]
    assert row.note == "負責：阿明、陳美玲"  # there are two of the second, and a file can't say which


def test_rows_without_a_track_go_where_they_are_sent(rui: Importer) -> None:
    rui.bring_in(sheet(("13:00", "一")), track="河岸")
    rui.bring_in(sheet(("13:00", "二")), track="夜間舞台")
    assert [row.track for row in rui.rows()] == ["river", named(rui.show, Track)["夜間舞台"]]


# --- all or none


def test_all_rows_come_in_or_none(rui: Importer) -> None:
    upload, job = rui.send(sheet(*((f"13:{n:02}", f"第 {n} 項", f"地點 {n}") for n in range(9)))), new_id()
    rui.do("import.apply", id=job, **rui.args(upload))
    rui.show.add(f"{job}-5", title="占了位子")
    rui.work()
    assert rui.titles() == ["占了位子"]
    assert "地點 3" not in named(rui.show, Place)
    assert rui.job(job).result["error"]["code"] == "exists"


def test_a_worker_that_dies_leaves_the_import_to_the_next_with_one_effect(
    rui: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, job = rui.send(sheet(("13:00", "一", "河堤"), ("14:00", "二"))), new_id()
    rui.do("import.apply", id=job, **rui.args(upload))
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "tell", _die)
        for _ in range(2):
            with pytest.raises(SystemExit):
                rui.work()
            rui.work()  # whatever else waits; this one is leased
            assert rui.job(job).state != "done"
            rui.show.tick(LEASE_MS / 1000 + 1)
    rui.work()
    assert (rui.titles(), rui.job(job).state, rui.job(job).tries) == (["一", "二"], "done", 3)


def _die(_worker: Worker, _task: object, state: str, *_: object) -> None:
    if state == "done":
        raise SystemExit  # the rows are in, and nobody has been told


def test_others_go_on_while_rows_are_made(rui: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    upload, job = rui.send(sheet(("13:00", "一"))), new_id()
    rui.do("import.apply", id=job, **rui.args(upload))
    begun, go_on, build = threading.Event(), threading.Event(), import_work.build

    def slow(*parts: Any) -> None:  # noqa: ANN401 - as `build`
        begun.set()
        assert go_on.wait(20)
        build(*parts)

    monkeypatch.setattr(import_work, "build", slow)
    working = threading.Thread(target=rui.work)
    working.start()
    assert begun.wait(20)
    rui.show.add("meanwhile")
    assert rui.titles() == ["meanwhile"]
    go_on.set()
    working.join(20)
    assert rui.titles() == ["meanwhile", "一"]  # behind what came while the rows were made


# --- out again


def test_an_import_is_taken_out_with_the_names_that_only_it_had(rui: Importer) -> None:
    rui.show.add("mine")
    before = [named(rui.show, model) for model in (Place, Track, Department, ColumnDef)]
    job = rui.bring_in(sheet(("13:00", "一", "河堤", "", "餐飲組", "亮")), track="夜間舞台")
    assert rui.do("import.undo", id=job)["result"] == {"rows": 1}
    assert rui.titles() == ["mine"]
    assert [named(rui.show, model) for model in (Place, Track, Department, ColumnDef)] == before
    assert "undone_at" in rui.job(job).result


def test_a_name_that_somebody_uses_or_has_changed_stays(rui: Importer) -> None:
    job = rui.bring_in(sheet(("13:00", "一", "河堤"), ("14:00", "二", "涼亭"), ("15:00", "三", "碼頭")))
    places = named(rui.show, Place)
    rui.show.add("mine", place=places["河堤"])
    rui.show.do("hui", "place.put", id=places["涼亭"], name="涼亭（北）")
    rui.do("import.undo", id=job)
    assert {"河堤", "涼亭（北）"} <= named(rui.show, Place).keys()
    assert "碼頭" not in named(rui.show, Place)


def test_after_an_undo_the_same_sheet_comes_in_again(rui: Importer) -> None:
    upload = rui.send(sheet(("13:00", "一", "河堤", "", "餐飲組")))
    rui.do("import.undo", id=rui.apply(upload))
    rui.apply(upload)
    assert rui.titles() == ["一"]
    assert rui.rows()[0].place == named(rui.show, Place)["河堤"]


def test_what_was_put_under_an_imported_row_goes_with_it(rui: Importer) -> None:
    job = rui.bring_in(sheet(("13:00", "一")))
    rui.show.add("under", kind="cue", parent=f"{job}-0")
    rui.do("import.undo", id=job)
    assert rui.titles() == []


def test_an_import_that_was_called_stays(rui: Importer) -> None:
    job = rui.bring_in(sheet(("13:00", "一"), ("14:00", "二")))
    rui.show.do("wei", "cue.go", id=f"{job}-1", current=None)
    assert rui.show.refuse("rui", "import.undo", id=job)["code"] == "called"
    assert len(rui.titles()) == 2


def test_there_is_nothing_to_undo_twice(rui: Importer) -> None:
    job = rui.bring_in(sheet(("13:00", "一")))
    rui.do("import.undo", id=job)
    assert rui.show.refuse("rui", "import.undo", id=job)["code"] == "not_found"


# --- who, and how often


def test_a_sheet_comes_in_once_from_a_day_on(rui: Importer) -> None:
    upload = rui.send(sheet(("13:00", "一")))
    rui.apply(upload, first_day=DAY)
    again = rui.args(upload, first_day=DAY, mode="add")
    assert rui.show.refuse("rui", "import.apply", id=new_id(), **again)["code"] == "imported"
    assert "要重來" in rui.look(upload, first_day=DAY, mode="add")
    rui.apply(upload, first_day="2027-04-11")
    assert [row.day for row in rui.rows()] == [DAY, "2027-04-11"]


def test_somebody_elses_file_is_not_there(rui: Importer) -> None:
    upload = rui.send(sheet(("13:00", "一")))
    args = rui.args(upload)
    hui = Importer(rui.show, "hui")
    assert hui.browser.get(f"/e/{hui.event}/import/{upload}").status_code == 404
    assert rui.show.refuse("hui", "import.read", id=new_id(), upload=upload)["code"] == "not_found"
    assert rui.show.refuse("hui", "import.apply", id=new_id(), **args)["code"] == "not_found"
    assert (rui.jobs(), hui.jobs()) == ({"import.read": "done"}, {})


@pytest.mark.parametrize("member", ["mei", "wei", "qin", "tong"])
def test_only_who_plans_may_import(show: Show, member: str) -> None:
    crew = Importer(show, member)
    assert crew.post(sheet()).status_code == 403
    assert crew.browser.get(f"/e/{show.event}/import").status_code == 403
    assert show.refuse(member, "import.read", id="j1", upload="u1")["code"] == "forbidden"
    assert show.refuse(member, "import.undo", id="j1")["code"] == "forbidden"


def test_the_insert_itself_can_be_sent_by_nobody(show: Show) -> None:
    assert show.refuse("hui", INSERT.name, job="j1", rows=[])["code"] == "unknown_op"
    assert INSERT.may is Permission.CONFIGURE


def test_a_file_that_was_not_read_is_not_brought_in(rui: Importer) -> None:
    args = rui.args(rui.send(sheet(("13:00", "一"))))
    unread = rui.post(sheet(("13:00", "二"))).json()["upload"]
    assert (
        rui.show.refuse("rui", "import.apply", id=new_id(), **args | {"upload": unread})["code"] == "not_read"
    )


def test_a_mapping_that_is_none_is_refused(rui: Importer) -> None:
    args = rui.args(rui.send(sheet(("13:00", "一"))))
    args["mapping"]["sources"][0]["field"] = args["mapping"]["sources"][1]["field"]
    assert rui.show.refuse("rui", "import.apply", id=new_id(), **args)["code"] == "invalid"


def test_a_mapping_is_cleaned_as_cells_are(rui: Importer) -> None:
    upload = rui.send(csv_bytes([("時間", "流程", "亂碼"), ("13:00", "開場", "左"), ("14:00", "演出", "右")]))
    args = rui.args(upload, of="1|", **{"field-3": "column:"})
    source = args["mapping"]["sources"][2]
    source["heading"], source["samples"] = "燈\u202e\0光", ["\0"]
    args["mapping"]["sources"][0]["key"] = "\0"
    args["mapping"] |= {"day_hint": "\0", "more": "\0"}
    job = new_id()
    rui.do("import.apply", id=job, **args)
    rui.work()
    assert rui.job(job).state == "done"
    assert "\0" not in str(rui.job(job).payload)
    with rui.show.services.db.read() as session:
        names = set(session.exec(select(ColumnDef.name).where(ColumnDef.event_id == rui.event)))
    assert "燈光" in names


def test_one_keeps_five_files_for_a_day(rui: Importer) -> None:
    uploads = []
    for n in range(7):
        uploads.append(rui.send(csv_bytes([HEAD, ("13:00", f"第 {n} 份")])))
        rui.show.tick(1)
    assert [rui.browser.get(f"/e/{rui.event}/import/{upload}").status_code for upload in uploads] == [
        404
    ] * 2 + [200] * 5
    rui.show.tick(KEEP_MS / 1000)
    rui.send(sheet(("13:00", "一")))
    assert rui.browser.get(f"/e/{rui.event}/import/{uploads[-1]}").status_code == 404


def test_the_list_holds_only_what_one_can_still_do_something_with(rui: Importer) -> None:
    rui.send(b"%PDF-1.7 no sheet")
    assert rui.jobs() == {"import.read": "failed"}
    upload = rui.send(sheet(("13:00", "一")))
    assert rui.jobs() == {"import.read": "done"}
    rui.apply(upload)
    assert rui.jobs() == {"import.apply": "done"}
    page = rui.browser.get(f"/e/{rui.event}/import").text
    assert re.findall(r'data-job="([\w.]+)"', page) == ["import.apply"]


def test_every_table_of_the_import_is_known(show: Show) -> None:
    assert {"upload", "job"} <= SQLModel.metadata.tables.keys()
