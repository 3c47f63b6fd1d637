"""The next version of a file is compared with the sheet, and what is taken is written in one step."""

from typing import Any

import pytest

from server.core.clock import from_iso, to_iso
from server.core.ids import new_id
from server.runsheet import import_work
from server.runsheet.models import Cue
from server.runsheet.queries import published_cues
from tests.runsheet.imports.files import detailed_sheet, xlsx
from tests.support.comparing import Comparer
from tests.support.show import DAY, Show

HEAD = ("時間", "流程", "地點", "負責人", "light", "備註")
FIRST = (
    ("13:00", "開場", "stage-1", "許庭瑋", "亮", ""),
    ("13:20", "致詞", "stage-1", "", "", "稿子在桌上"),
    ("13:40", "演出", "gate", "", "暗", ""),
    ("14:00", "謝幕", "stage-1", "", "", ""),
)


def sheet(*rows: tuple[Any, ...]) -> bytes:
    return xlsx([HEAD, *rows])


def changed(at: int, **fields: str) -> tuple[str, ...]:
    """The first version's row with other cells, by the place of the column."""
    row = list(FIRST[at])
    for name, value in fields.items():
        row[("time", "title", "place", "people", "light", "note").index(name)] = value
    return tuple(row)


@pytest.fixture
def rui(show: Show, monkeypatch: pytest.MonkeyPatch, rui: Any) -> Comparer:  # noqa: ANN401 - set up as the other
    """Rui, who has brought in the first version."""
    return Comparer(show)


@pytest.fixture
def job(rui: Comparer) -> str:
    return rui.bring_in(sheet(*FIRST), first_day=DAY, tracks="one")


def row(rui: Comparer, title: str) -> Cue:
    return next(each for each in rui.rows() if each.title == title)


# --- what differs


def test_the_same_file_differs_in_nothing(rui: Comparer, job: str) -> None:
    upload = rui.send(sheet(*FIRST))
    assert rui.differences(upload) == {}
    assert "4 列完全相同" in rui.look(upload)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_tree_with_times_past_midnight_differs_in_nothing(rui: Comparer) -> None:
    rui.bring_in(detailed_sheet(), first_day=DAY)
    assert rui.differences(rui.send(detailed_sheet())) == {}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_went_out_to_ontime_comes_back_onto_the_rows_that_it_was(rui: Comparer, show: Show) -> None:
    show.add("seg", kind="segment", title="晚場", number="M1")
    show.add("swap", parent="seg", title="空檔", kind="buffer", start=f"{DAY}T17:50:00+08:00", duration_s=600)
    show.add("act", parent="seg", title="山嵐", start=f"{DAY}T18:00:00+08:00", duration_s=600)
    show.add("cue", parent="act", kind="cue", title="燈暗", start_mode="offset", offset_s=-120)
    late = "2027-04-11T00:30:00+08:00"
    show.add("late", title="撤場", day=DAY, start_mode="fixed", start=late, end_mode="count_to_end",
             end="2027-04-11T02:00:00+08:00")  # fmt: skip
    show.add("other", track="river", title="河岸節目", start_mode="fixed", start=f"{DAY}T19:00:00+08:00")
    project = rui.browser.get(f"/e/{show.event}/export/ontime").content
    assert rui.differences(rui.send(project, "sheet.ontime.json")) == {}


def test_the_next_version_opens_with_what_came_changed_and_is_gone(rui: Comparer, job: str) -> None:
    new = ("13:30", "頒獎", "gate", "", "", "")
    upload = rui.send(sheet(changed(0, time="13:05", light="全亮"), new, FIRST[2], FIRST[3]))
    assert rui.differences(upload) == {
        "added|1|": True,
        f"changed|{job}-0|start": True,
        f"changed|{job}-0|length": True,
        f"changed|{job}-0|columns.light": True,
        f"missing|{job}-1|": False,
    }
    html = rui.look(upload)
    assert "比對現有流程" in html
    assert "檔案裡已經沒有" in html


def test_without_an_earlier_import_all_rows_are_added_unless_one_compares(rui: Comparer) -> None:
    rui.show.add("mine", title="開場", start_mode="fixed", start=f"{DAY}T13:00:00+08:00")
    rui.show.add("other", title="別的", track="river")
    upload = rui.send(sheet(*FIRST))
    assert "匯入 4 列" in rui.look(upload)
    found = rui.differences(upload, tracks="one")
    assert found.pop("changed|mine|length")
    assert set(found) >= {"added|1|", "added|2|", "added|3|", "changed|mine|people"}
    assert not any(key.startswith("missing|other") for key in found)


def test_what_was_changed_on_site_is_left_unless_it_is_taken(rui: Comparer, job: str) -> None:
    rui.show.do("hui", "cue.edit", id=f"{job}-0", set={"note": "改到側台"})
    upload = rui.send(sheet(changed(0, note="等燈暗", place="gate"), *FIRST[1:]))
    assert rui.differences(upload) == {f"changed|{job}-0|note": False, f"changed|{job}-0|place": True}
    assert "現場改過" in rui.look(upload)
    rui.update(upload, f"changed|{job}-0|place")
    assert (row(rui, "開場").note, row(rui, "開場").place) == ("改到側台", "gate")
    assert rui.differences(upload) == {f"changed|{job}-0|note": False}


def test_a_row_by_hand_that_the_file_now_has_too_is_not_doubled(rui: Comparer, job: str) -> None:
    rui.show.add("vip", title="VIP 致詞", start_mode="fixed", start=f"{DAY}T13:30:00+08:00")
    upload = rui.send(sheet(*FIRST[:2], ("13:30", "VIP 致詞", "", "", "", ""), *FIRST[2:]))
    assert not any(key.startswith("added") for key in rui.differences(upload))


# --- what is taken


def test_what_is_taken_is_written_and_what_is_left_stays(rui: Comparer, job: str) -> None:
    new = ("13:30", "頒獎", "後台", "阿明", "紅", "")
    upload = rui.send(sheet(changed(0, light="全亮", people="周柏睿"), FIRST[1], new, *FIRST[2:]))
    done = rui.update(upload, "added|2|", f"changed|{job}-0|columns.light")
    assert rui.titles() == ["開場", "致詞", "頒獎", "演出", "謝幕"]
    first = row(rui, "開場")
    assert (first.columns, first.people) == ({"light": {"zh-TW": "全亮"}}, ["wei"])
    assert row(rui, "頒獎").note == "負責：阿明"
    assert {name: done.result[name] for name in ("added", "changed", "moved", "removed", "kept")} == {
        "added": 1, "changed": 1, "moved": 0, "removed": 0, "kept": 0,
    }  # fmt: skip


def test_taking_all_makes_the_sheet_as_the_file_is(rui: Comparer, job: str) -> None:
    new = ("13:10", "頒獎", "gate", "", "", "")
    upload = rui.send(sheet(new, FIRST[2], changed(0, time="15:00", note="改"), FIRST[3]))
    rui.update(upload, everything=True)
    assert rui.titles() == ["頒獎", "演出", "開場", "謝幕"]
    assert to_iso(row(rui, "開場").start, "Asia/Taipei") == f"{DAY}T15:00:00+08:00"
    assert rui.differences(upload) == {}


def test_what_the_file_has_no_column_for_is_never_touched(rui: Comparer, job: str) -> None:
    rui.show.do("hui", "cue.edit", id=f"{job}-0", set={"title_en": "Opening", "call": "warm", "min_s": 60})
    upload = rui.send(xlsx([HEAD[:3], ("13:00", "開場", "gate"), *(each[:3] for each in FIRST[1:])]))
    rui.update(upload, everything=True, tracks="one", scope="source")
    first = row(rui, "開場")
    assert (first.title_en, first.call, first.min_s) == ("Opening", "warm", 60)
    assert (first.place, first.people, first.columns) == ("gate", ["wei"], {"light": {"zh-TW": "亮"}})


def test_what_is_gone_goes_to_the_trash_and_can_come_back(rui: Comparer, job: str) -> None:
    rui.show.do("hui", "note.put", cue=f"{job}-1", department="light", text="暗場")
    upload = rui.send(sheet(FIRST[0], *FIRST[2:]))
    rui.update(upload, f"missing|{job}-1|")
    assert rui.titles() == ["開場", "演出", "謝幕"]
    rui.show.do("hui", "cue.restore", id=f"{job}-1")
    assert rui.titles() == ["開場", "致詞", "演出", "謝幕"]


def test_a_column_that_the_event_does_not_have_is_made(rui: Comparer, job: str) -> None:
    head = (*HEAD, "走位表")
    upload = rui.send(xlsx([head, (*FIRST[0], "左側台"), *((*each, "") for each in FIRST[1:])]))
    [key] = rui.differences(upload)
    assert key.startswith(f"changed|{job}-0|columns.")
    rui.update(upload, key)
    [name] = [body["name"] for body in rui.show.bodies("rui", "column") if key.endswith(f".{body['id']}")]
    assert name == "走位表"
    assert {"zh-TW": "左側台"} in row(rui, "開場").columns.values()


def test_rows_move_between_segments_with_what_stands_under_them(rui: Comparer) -> None:
    head = ("段落", "時間", "流程")
    first = [
        ("上半場", "", ""),
        ("", "13:00", "開場"),
        ("", "13:30", "演出"),
        ("下半場", "", ""),
        ("", "14:00", "謝幕"),
    ]
    rui.bring_in(xlsx([head, *first]), first_day=DAY)
    second = [first[0], first[1], first[3], ("", "13:50", "演出"), first[4]]
    upload = rui.send(xlsx([head, *second]))
    assert any(key.startswith("moved|") for key in rui.differences(upload))
    rui.update(upload, everything=True)
    assert rui.titles() == ["上半場", "開場", "下半場", "演出", "謝幕"]
    assert row(rui, "演出").parent == row(rui, "下半場").id
    assert rui.differences(upload) == {}


# --- rows that others have to do with


def test_a_row_that_was_called_is_left_unless_it_is_taken(rui: Comparer, job: str) -> None:
    rui.show.do("wei", "cue.go", id=f"{job}-0", current=None)
    rui.show.do("wei", "cue.go", id=f"{job}-1", current=f"{job}-0")
    upload = rui.send(sheet(changed(0, note="改"), changed(1, note="改"), *FIRST[2:]))
    assert rui.differences(upload) == {f"changed|{job}-0|note": False, f"changed|{job}-1|note": False}
    rui.update(upload, f"changed|{job}-0|note")
    assert (row(rui, "開場").note, row(rui, "致詞").note) == ("改", "稿子在桌上")


def test_what_changed_or_was_called_between_the_look_and_the_step_stays_and_is_named(
    rui: Comparer, job: str
) -> None:
    new = [changed(n, note="新") for n in range(4)]
    args = rui.update_args(rui.send(sheet(*new)), everything=True)
    rui.show.do("hui", "cue.edit", id=f"{job}-0", set={"note": "現場的"})
    rui.show.do("hui", "cue.edit", id=f"{job}-1", set={"title": "長官致詞"})
    rui.show.do("wei", "cue.go", id=f"{job}-2", current=None)
    rui.show.do("hui", "cue.remove", id=f"{job}-3")
    done = rui.finish(args)
    assert {row.title: row.note for row in rui.rows()} == {"開場": "現場的", "長官致詞": "新", "演出": ""}
    assert [(each["title"], each["why"]) for each in done.result["left"]] == [
        ("", "gone"), ("開場", "stale"), ("演出", "called"),
    ]  # fmt: skip
    assert "有 3 列維持原樣" in rui.browser.get(f"/e/{rui.event}/import").text


def test_a_row_under_which_something_stands_is_not_taken_out(rui: Comparer, job: str) -> None:
    rui.show.add("under", kind="cue", parent=f"{job}-1")
    done = rui.update(rui.send(sheet(FIRST[0], *FIRST[2:])), f"missing|{job}-1|")
    assert [each["why"] for each in done.result["left"]] == ["not_empty"]
    assert "致詞" in rui.titles()


def test_what_runs_stays_where_it_is_and_what_can_not_be_is_left(rui: Comparer, job: str) -> None:
    rui.show.do("wei", "cue.go", id=f"{job}-1", current=None)
    rui.show.do("hui", "cue.edit", id=f"{job}-2", set={"min_s": 1200})
    upload = rui.send(sheet(FIRST[0], changed(2, time="13:50"), FIRST[3]))
    assert f"missing|{job}-1|" not in rui.differences(upload)
    done = rui.update(upload, everything=True)
    assert ("演出", "invalid") in [(each["title"], each["why"]) for each in done.result["left"]]
    assert row(rui, "演出").start == from_iso(f"{DAY}T13:40:00+08:00")


# --- taken back


def test_it_is_taken_back_in_one_step(rui: Comparer, job: str) -> None:
    rui.show.do("hui", "note.put", cue=f"{job}-3", department="light", text="慢收")
    before = [(each.id, each.title, each.note, each.start, each.place, each.columns) for each in rui.rows()]
    new = ("13:30", "頒獎", "後台", "", "紅", "")
    upload = rui.send(sheet(FIRST[1], changed(0, time="13:25", light="", note="改"), new, FIRST[2]))
    done = rui.update(upload, everything=True)
    assert rui.titles() == ["致詞", "開場", "頒獎", "演出"]
    back = rui.do("import.undo", id=done.id)["result"]
    assert back["kept"] == 0
    assert [
        (each.id, each.title, each.note, each.start, each.place, each.columns) for each in rui.rows()
    ] == before
    assert "後台" not in [body["name"] for body in rui.show.bodies("rui", "place")]
    assert rui.show.refuse("rui", "import.undo", id=done.id)["code"] == "not_found"
    assert rui.differences(upload)


def test_what_was_changed_or_called_since_stays_when_it_is_taken_back(rui: Comparer, job: str) -> None:
    new = ("14:30", "加演", "", "", "", "")
    upload = rui.send(sheet(changed(0, note="新", light="紅"), changed(1, note="新"), *FIRST[2:], new))
    done = rui.update(upload, everything=True)
    rui.show.do("hui", "cue.edit", id=f"{job}-0", set={"note": "更新的"})
    rui.show.do("wei", "cue.go", id=f"{job}-1", current=None)
    rui.show.add("mine", kind="cue", parent=row(rui, "加演").id)
    back = rui.do("import.undo", id=done.id)["result"]
    assert sorted((each["title"], each["why"]) for each in back["left"]) == [
        ("加演", "not_empty"), ("致詞", "called"), ("開場", "stale"),
    ]  # fmt: skip
    assert (row(rui, "開場").note, row(rui, "開場").columns) == ("更新的", {"light": {"zh-TW": "亮"}})


# --- cancelled, refused


def test_an_import_is_called_off_before_it_has_written_anything(
    rui: Comparer, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    args, update = (
        rui.update_args(rui.send(sheet(changed(0, note="新"), *FIRST[1:])), everything=True),
        new_id(),
    )
    rui.do("import.update", id=update, **args)
    work = import_work.update

    def cancelled_meanwhile(*parts: Any) -> None:  # noqa: ANN401 - as `update`
        rui.do("import.cancel", id=update)
        work(*parts)

    monkeypatch.setattr(import_work, "update", cancelled_meanwhile)
    rui.work()
    assert row(rui, "開場").note == ""
    assert (rui.job(update).state, "cancelled_at" in rui.job(update).result) == ("failed", True)
    assert "已取消，流程沒有變" in rui.browser.get(f"/e/{rui.event}/import").text


def test_what_is_done_can_not_be_called_off(rui: Comparer, job: str) -> None:
    assert rui.show.refuse("rui", "import.cancel", id=job)["code"] == "too_late"
    assert rui.show.refuse("hui", "import.cancel", id=job)["code"] == "not_found"
    assert rui.show.refuse("mei", "import.cancel", id=job)["code"] == "forbidden"
    assert rui.show.refuse("mei", "import.update", id="j1")["code"] in {"forbidden", "invalid"}


# --- and publishing


def published(rui: Comparer) -> list[str]:
    """The titles as everybody sees them."""
    with rui.show.services.db.read() as session:
        return [cue.title for cue in published_cues(session, rui.event)]


def test_what_is_taken_waits_until_it_is_published(rui: Comparer, job: str) -> None:
    rui.show.do("rui", "sheet.publish")
    before = published(rui)
    new = ("13:30", "頒獎", "後台", "阿明", "紅", "")
    upload = rui.send(sheet(changed(0, note="改"), new, *FIRST[2:]))
    rui.update(upload, everything=True)
    assert published(rui) == before == ["開場", "致詞", "演出", "謝幕"]
    assert "missing" not in str(rui.differences(upload))
    rui.show.do("rui", "sheet.publish")
    assert published(rui) == rui.titles() == ["開場", "頒獎", "演出", "謝幕"]


def test_an_update_is_taken_back_after_it_was_published(rui: Comparer, job: str) -> None:
    rui.show.do("rui", "sheet.publish")
    upload = rui.send(sheet(changed(0, note="改"), *FIRST[2:]))
    done = rui.update(upload, everything=True)
    rui.show.do("rui", "sheet.publish")
    assert published(rui) == ["開場", "演出", "謝幕"]
    rui.do("import.undo", id=done.id)
    assert rui.titles() == ["開場", "致詞", "演出", "謝幕"]
    assert published(rui) == ["開場", "演出", "謝幕"]
    rui.show.do("rui", "sheet.publish")
    assert published(rui) == ["開場", "致詞", "演出", "謝幕"]
    assert row(rui, "開場").note != "改"


def test_an_import_that_was_published_leaves_with_the_next_version(rui: Comparer, job: str) -> None:
    rui.show.do("rui", "sheet.publish")
    rui.do("import.undo", id=job)
    assert published(rui) == ["開場", "致詞", "演出", "謝幕"]
    rui.show.do("rui", "sheet.publish")
    assert published(rui) == rui.titles() == []
