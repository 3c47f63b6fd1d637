"""Edits wait until they are published; then those they touch are told, old → new, and say 知道了."""

from typing import Any

import pytest
from sqlmodel import select

from server.core.models import Change, Event
from server.runsheet.queries import directory
from tests.support.follower import Follower
from tests.support.show import NOON, Show

HALF_PAST_ONE = "2027-04-10T13:30:00+08:00"


@pytest.fixture
def out(show: Show) -> Show:
    """A sheet of which v1 is published: 121 is Mei's, 122 is of sound, 123 is nobody's."""
    show.add("seg", kind="segment", title="開場")
    show.add(
        "a", parent="seg", number="121", title="開場 VCR", duration_s=600, people=["mei"], start=HALF_PAST_ONE
    )
    show.add("b", parent="seg", number="122", title="樂團 A", duration_s=1200, departments=["sound"])
    show.add("c", parent="seg", number="123", title="換場", duration_s=300)
    show.do("rui", "sheet.publish")
    show.do("mei", "notice.ack", notices=opened(show, "mei"))
    show.do("jun", "notice.ack", notices=opened(show, "jun"))
    return show


def row(show: Show, member: str, cue_id: str) -> dict[str, Any]:
    return next(body for body in show.bodies(member, "cue") if body["id"] == cue_id)


def told(show: Show, member: str) -> dict[str, list[tuple[str, Any, Any]]]:
    """What a member has not answered yet: (field, old, new) by the row."""
    return {
        body["cue"]: [(each["field"], each["old"], each["new"]) for each in body["changes"]]
        for body in show.bodies(member, "notice")
        if member in body["to"] and member not in body["acked"]
    }


def opened(show: Show, member: str) -> list[dict[str, Any]]:
    """What a member has not answered yet, as they answer it."""
    return [
        {"id": body["id"], "seq": body["sent"]}
        for body in show.bodies(member, "notice")
        if member in body["to"] and member not in body["acked"]
    ]


def sheet(show: Show) -> dict[str, Any]:
    [body] = show.bodies("mei", "sheet")
    return body


# --- waiting


def test_before_the_first_version_edits_go_out_as_they_are_made(show: Show) -> None:
    show.add("a")
    show.do("rui", "cue.edit", id="a", set={"title": "開場"})
    assert row(show, "mei", "a")["title"] == "開場"
    assert show.bodies("mei", "notice") == []


def test_an_edit_waits_and_only_editors_read_it(out: Show) -> None:
    mei, rui = Follower(out, "mei", "html"), Follower(out, "rui", "json")
    for phone in (mei, rui):
        phone.catch_up()
    seen = mei.held["cue", "a"]
    out.do("rui", "cue.edit", id="a", set={"title": "開場影片", "duration_s": 700})
    for phone in (mei, rui):
        phone.catch_up()
    assert mei.held["cue", "a"] == seen
    assert (row(out, "mei", "a")["title"], "draft" in row(out, "mei", "a")) == ("開場 VCR", False)
    assert row(out, "rui", "a")["draft"] == {"title": "開場影片", "duration_s": 700}
    assert rui.held["cue", "a"]["draft"]["title"] == "開場影片"
    assert out.cue("a").title == "開場影片"


def test_nothing_that_waits_stands_in_what_others_may_ask_the_log_for(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "開場影片"})
    tail = out.services.feed
    chain_of_mei = Follower(out, "mei", "json")
    chain_of_mei.catch_up()
    assert "開場影片" not in str(chain_of_mei.held)
    assert tail.head(out.event) == out.head


def test_what_is_put_back_waits_no_more(out: Show) -> None:
    edited = out.do("rui", "cue.edit", id="a", set={"title": "開場影片"})
    assert out.undo("rui", edited)["status"] == "applied"
    assert out.cue("a").published is None
    assert out.refuse("rui", "sheet.publish")["code"] == "nothing_new"


def test_a_new_row_is_there_for_its_editors_alone_until_it_is_published(out: Show) -> None:
    mei = Follower(out, "mei", "html")
    mei.catch_up()
    out.add("new", parent="seg", after="a", title="抽獎", people=["mei"])
    mei.catch_up()
    assert ("cue", "new") not in mei.held
    assert "new" not in {body["id"] for body in out.bodies("mei", "cue")}
    assert out.refuse("mei", "cue.ready", id="new")["code"] == "not_found"
    out.do("rui", "sheet.publish")
    mei.catch_up()
    assert "抽獎" in mei.held["cue", "new"]
    assert told(out, "mei") == {"new": [("added", False, True)]}


def test_what_hangs_on_a_new_row_is_its_editors_alone_until_the_row_is_published(out: Show) -> None:
    out.add("n", parent="seg", title="神秘嘉賓")
    mei = Follower(out, "mei", "html")
    mei.catch_up()
    out.do("rui", "comment.add", id="k", cue="n", text="別讓他被看到")
    out.do("rui", "cue.attach", id="f", cue="n", blob="ab" * 32, media="image/jpeg", size=9)
    mei.catch_up()
    hanging = {("comment", "k"), ("attachment", "f")}
    assert not hanging & mei.held.keys()
    assert [body["id"] for body in out.bodies("rui", "comment")] == ["k"]
    out.do("rui", "sheet.publish")
    mei.catch_up()
    assert hanging <= mei.held.keys()
    removed = out.do("rui", "cue.remove", id="n")
    out.do("rui", "sheet.publish")
    mei.catch_up()
    assert not hanging & mei.held.keys()
    out.undo("rui", removed)
    mei.catch_up()
    assert not hanging & mei.held.keys()
    out.do("rui", "sheet.publish")
    mei.catch_up()
    assert hanging <= mei.held.keys()


def test_a_row_that_is_removed_stays_for_all_others_until_then(out: Show) -> None:
    removed = out.do("rui", "cue.remove", id="a")
    assert row(out, "mei", "a")["title"] == "開場 VCR"
    assert row(out, "rui", "a")["draft"] == {"leaving": True}
    assert out.undo("rui", removed)["status"] == "applied"
    assert out.refuse("rui", "sheet.publish")["code"] == "nothing_new"
    out.do("rui", "cue.remove", id="a")
    published = out.do("rui", "sheet.publish")["result"]
    assert {name: published[name] for name in ("number", "added", "changed", "removed")} == {
        "number": 2, "added": 0, "changed": 0, "removed": 1,
    }  # fmt: skip
    assert "a" not in {body["id"] for body in out.bodies("rui", "cue")}
    assert told(out, "mei") == {"a": [("removed", False, True)]}


def test_a_segment_that_is_removed_takes_along_what_was_put_into_it_since(out: Show) -> None:
    out.do("rui", "cue.remove", id="seg")
    out.add("new", parent="seg")
    out.do("rui", "sheet.publish")
    assert out.bodies("rui", "cue") == []


def test_a_row_that_was_never_published_is_removed_at_once(out: Show) -> None:
    out.add("new", parent="seg")
    removed = out.do("rui", "cue.remove", id="new")
    assert out.cue("new").removed_at
    assert out.undo("rui", removed)["status"] == "applied"
    assert "new" not in {body["id"] for body in out.bodies("mei", "cue")}
    assert "new" in {body["id"] for body in out.bodies("rui", "cue")}


def test_a_row_is_moved_for_others_when_that_is_published(out: Show) -> None:
    out.do("rui", "cue.move", id="c", after=None)
    order = [body["id"] for body in sorted(out.bodies("mei", "cue"), key=lambda body: body["order"])]
    assert order.index("c") > order.index("b")
    out.do("rui", "sheet.publish")
    order = [body["id"] for body in sorted(out.bodies("mei", "cue"), key=lambda body: body["order"])]
    assert order.index("c") < order.index("a")


def test_another_track_and_another_kind_count_at_once_since_rows_are_called_by_them(out: Show) -> None:
    out.do("rui", "cue.edit", id="c", set={"kind": "buffer", "title": "換場 2"})
    assert (row(out, "mei", "c")["kind"], row(out, "mei", "c")["title"]) == ("buffer", "換場")
    out.do("rui", "cue.move", id="c", parent=None, track="river")
    assert (row(out, "mei", "c")["track"], row(out, "mei", "c")["parent"]) == ("river", None)


# --- what always goes out


def test_calls_go_out_at_once_and_leave_what_waits(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "開場影片"})
    out.do("wei", "cue.go", id="a", current=None)
    seen = row(out, "mei", "a")
    assert (seen["state"], seen["title"]) == ("live", "開場 VCR")
    assert out.cue("a").title == "開場影片"


def test_the_show_runs_by_what_is_published(out: Show) -> None:
    out.do("wei", "cue.go", id="a", current=None)
    out.do("rui", "cue.edit", id="a", set={"duration_s": 3600})
    [baseline] = out.bodies("mei", "baseline")
    assert baseline["rows"]["b"]["start"] == "2027-04-10T13:40:00+08:00"


def test_rows_are_called_as_they_are_published(out: Show) -> None:
    """How far ahead a cue goes, how long it takes, and which line is frozen by the first GO."""
    out.add("c1", parent="a", kind="cue", offset_s=-60, duration_s=10)
    out.do("rui", "sheet.publish")
    out.do("rui", "cue.edit", id="c1", set={"offset_s": 60, "duration_s": 500})
    out.do("wei", "cue.go", id="c1", current=None)
    assert out.cue("c1").runs == [[NOON, NOON + 10_000]]
    out.do("rui", "cue.edit", id="a", set={"day": "2027-04-11", "start_mode": "manual"})
    out.do("wei", "cue.go", id="a", current=None)
    assert {body["day"] for body in out.bodies("mei", "baseline")} == {"2027-04-10"}


def test_nobody_calls_a_row_that_is_not_published(out: Show) -> None:
    out.do("rui", "member.edit", id="rui", set={"roles": ["coordinator", "caller"], "tracks": ["main"]})
    out.add("new", parent="seg")
    assert out.refuse("rui", "cue.go", id="new", current=None)["code"] == "unpublished"
    assert out.refuse("wei", "cue.go", id="new", current=None)["code"] == "not_found"


def test_a_delay_is_live_timing_and_goes_out_at_once(out: Show) -> None:
    out.add("late", kind="delay", parent="seg", after="a", duration_s=300)
    assert row(out, "mei", "late")["duration_s"] == 300
    out.do("rui", "cue.edit", id="b", set={"title": "樂團 AA"})
    out.do("rui", "cue.apply", id="late")
    assert row(out, "jun", "b")["start"] == "2027-04-10T13:45:00+08:00"
    assert row(out, "jun", "b")["title"] == "樂團 A"


# --- 現場模式


def test_in_live_mode_edits_go_out_as_they_are_made_and_are_told(out: Show) -> None:
    out.do("rui", "sheet.live", on=True)
    out.do("rui", "cue.edit", id="a", set={"title": "開場影片"})
    assert row(out, "mei", "a")["title"] == "開場影片"
    assert told(out, "mei") == {"a": [("title", "開場 VCR", "開場影片")]}
    assert (sheet(out)["number"], sheet(out)["edited_at"] is not None) == (1, True)


def test_what_is_put_under_a_row_that_nobody_else_knows_waits_with_it(out: Show) -> None:
    out.add("new", kind="segment", title="安可")
    out.do("hui", "sheet.mine", on=True)
    out.do("hui", "cue.move", id="c", parent="new", after=None)
    assert row(out, "mei", "c")["parent"] == "seg"
    out.do("rui", "sheet.publish")
    assert row(out, "mei", "c")["parent"] == "new"


def test_nothing_that_waits_goes_out_by_a_copy_of_it(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "祕密", "start_mode": "linked", "start": None})
    out.do("rui", "cue.remove", id="b")
    out.add("b1", parent="b", kind="cue", title="在要離開的一列下面")
    out.add("n", parent="seg", title="祕密")
    out.do("hui", "sheet.mine", on=True)
    made = out.do("hui", "cue.copy", id="seg-2", of="seg")
    under = [body for body in out.bodies("mei", "cue") if body["parent"] == "seg-2"]
    assert [(body["title"], body["start_mode"]) for body in under] == [
        ("開場 VCR", "linked"),
        ("換場", "linked"),
    ]
    assert made["result"]["rows"] == 4
    assert len([body for body in out.bodies("rui", "cue") if body["parent"] == "seg-2"]) == 3
    out.do("rui", "cue.copy", id="a-2", of="a")
    assert out.cue("a-2").title == "祕密"


def test_somebody_alone_may_work_in_live_mode(out: Show) -> None:
    out.do("hui", "sheet.mine", on=True)
    out.do("hui", "cue.edit", id="a", set={"note": "走左側"})
    out.do("rui", "cue.edit", id="a", set={"title": "開場影片"})
    assert (row(out, "mei", "a")["note"], row(out, "mei", "a")["title"]) == ("走左側", "開場 VCR")


def test_what_goes_out_at_once_takes_the_place_of_what_waited(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "開場影片", "columns": {"light": {"zh-TW": "面光"}}})
    out.do("rui", "sheet.live", on=True)
    out.do("rui", "cue.edit", id="a", set={"title": "開場片", "columns": {"sound": {"zh-TW": "手麥"}}})
    seen = row(out, "mei", "a")
    assert (seen["title"], seen["columns"]) == ("開場片", {"sound": {"zh-TW": "手麥"}})
    assert set(out.cue("a").published or {}) == {"columns"}


def test_nothing_that_waited_goes_out_with_what_takes_its_place_or_takes_that_back(out: Show) -> None:
    """Neither in what the log tells of the change, nor by its undo."""
    head = out.head
    secret = {"title": "祕密", "start": "2027-04-10T14:44:00+08:00", "columns": {"light": {"zh-TW": "祕密"}}}
    out.do("rui", "cue.edit", id="a", set=secret)
    before = row(out, "mei", "a") | {"version": 0}
    out.add("late", kind="delay", parent="seg", after=None, duration_s=300)
    written = out.do("hui", "cue.apply", id="late")
    assert out.undo("hui", written)["status"] == "applied"
    out.do("rui", "cue.remove", id="late")
    assert row(out, "rui", "a")["draft"].keys() == secret.keys()
    out.do("hui", "sheet.mine", on=True)
    at_once = {"title": "現場", "columns": {"light": {"zh-TW": "全亮"}}}
    edited = out.do("hui", "cue.edit", id="a", set=at_once)
    assert row(out, "mei", "a")["title"] == "現場"
    out.undo("hui", edited)
    assert row(out, "mei", "a") | {"version": 0} == before
    viewer = out.viewer("mei")
    with out.services.db.read() as session:
        event = session.get_one(Event, out.event)
        these = Change.event_id == out.event, Change.seq > head, Change.audience != "editors"
        kinds, names = out.services.feed.kinds, directory(session, event)
        changes = session.exec(select(Change).where(*these)).all()
        told = str(
            [kinds[each.entity_kind].detail(each.detail, event, viewer.audiences, names) for each in changes]
        )
    assert "現場" in told
    assert "祕密" not in told
    assert "14:44" not in told


def test_putting_back_at_once_what_others_see_is_a_change_for_who_edits(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "B"})
    known = out.head
    out.do("hui", "sheet.mine", on=True)
    out.do("hui", "cue.edit", id="a", set={"title": "開場 VCR"})
    assert "draft" not in row(out, "rui", "a")
    args = {"id": "a", "set": {"title": "C"}}
    [late] = out.send("rui", {"op": "cue.edit", "args": args, "base_version": known})
    assert late["status"] == "conflict"


def test_a_notice_names_a_row_and_its_people_as_they_are_published(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "祕密", "number": "999", "people": ["tong"]})
    out.do("hui", "sheet.mine", on=True)
    out.do("hui", "cue.edit", id="a", set={"place": "gate"})
    [notice] = [body for body in out.bodies("wei", "notice") if body["cue"] == "a"]
    assert (notice["title"], notice["number"], notice["to"]) == ("開場 VCR", "121", ["mei"])


def test_what_hangs_in_a_cell_of_the_team_stays_the_teams(out: Show) -> None:
    out.do("hui", "column.put", id="light", name="light", department="light", shown_to="team")
    out.add("n", parent="seg")
    for cue in ("a", "n"):
        about = {"column": "light", "blob": "ab" * 32, "media": "image/jpeg", "size": 9}
        out.do("rui", "cue.attach", id=f"f-{cue}", cue=cue, **about)
    out.undo("rui", out.do("rui", "cue.detach", id="f-a"))
    out.do("rui", "sheet.publish")
    assert {body["id"] for body in out.bodies("mei", "attachment")} == {"f-a", "f-n"}
    assert out.bodies("tong", "attachment") == []


def test_only_editors_publish_or_change_the_mode(out: Show) -> None:
    for op, args in (("sheet.publish", {}), ("sheet.live", {"on": True}), ("sheet.mine", {"on": True})):
        assert out.refuse("wei", op, **args)["code"] == "forbidden"


# --- telling


def test_the_first_version_asks_everybody_who_has_a_row(show: Show) -> None:
    show.add("a", people=["mei"], departments=["sound"])
    show.do("rui", "sheet.publish")
    assert told(show, "mei") == {"sheet": [("edition", 0, 1)]}
    assert told(show, "jun") == {"sheet": [("edition", 0, 1)]}
    assert told(show, "wei") == {}


def test_publishing_tells_the_people_and_the_departments_of_a_row_and_nobody_else(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"start": "2027-04-10T13:33:00+08:00"})
    out.do("rui", "cue.edit", id="b", set={"note": "提早上台"})
    out.do("rui", "cue.edit", id="c", set={"columns": {"light": {"zh-TW": "全亮"}}, "title_en": "Changeover"})
    assert told(out, "mei") == {}
    out.do("rui", "sheet.publish", note="早點名後改")
    assert told(out, "mei") == {
        "a": [("start", NOON + 90 * 60_000, NOON + 93 * 60_000)],
        "c": [("columns.light", None, "全亮")],
    }
    assert told(out, "jun") == {"b": [("note", "", "提早上台")]}
    assert told(out, "qin") == {}


def test_who_is_taken_off_a_row_is_told_too(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"people": ["jun"]})
    out.do("rui", "sheet.publish")
    change = {"a": [("people", ["mei"], ["jun"])]}
    assert (told(out, "mei"), told(out, "jun")) == (change, change)


def test_who_answers_is_seen_by_all_that_ask_and_an_older_answer_counts_for_nothing(out: Show) -> None:
    out.do("rui", "sheet.live", on=True)
    out.do("rui", "cue.edit", id="a", set={"title": "B"})
    first = opened(out, "mei")
    out.do("rui", "cue.edit", id="a", set={"title": "C"})
    assert out.do("mei", "notice.ack", notices=first)["result"]["acked"] == 0
    assert told(out, "mei") == {"a": [("title", "開場 VCR", "C")]}
    out.tick(5)
    assert out.do("mei", "notice.ack", notices=opened(out, "mei"))["result"]["acked"] == 1
    [notice] = [body for body in out.bodies("wei", "notice") if body["cue"] == "a"]
    assert notice["acked"] == {"mei": NOON + 5000}
    out.do("rui", "cue.edit", id="a", set={"title": "D"})
    assert told(out, "mei") == {"a": [("title", "C", "D")]}


def test_what_is_changed_back_before_it_was_answered_is_no_news(out: Show) -> None:
    out.do("rui", "sheet.live", on=True)
    edited = out.do("rui", "cue.edit", id="a", set={"title": "B"})
    out.undo("rui", edited)
    assert told(out, "mei") == {}


def test_what_is_changed_back_is_news_for_whoever_has_answered_in_between(out: Show) -> None:
    out.do("rui", "sheet.live", on=True)
    out.do("rui", "cue.edit", id="a", set={"people": ["mei", "jun"]})
    for member in ("mei", "jun"):
        out.do(member, "notice.ack", notices=opened(out, member))
    edited = out.do("rui", "cue.edit", id="a", set={"title": "B"})
    out.do("mei", "notice.ack", notices=opened(out, "mei"))
    out.undo("rui", edited)
    assert told(out, "mei") == told(out, "jun") == {"a": [("title", "B", "開場 VCR")]}


def test_what_was_not_answered_for_days_is_told_with_what_follows(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "B"})
    out.do("rui", "sheet.publish")
    out.tick(2 * 86_400)
    out.do("rui", "cue.edit", id="a", set={"note": "雨"})
    out.do("rui", "sheet.publish")
    assert told(out, "mei") == {"a": [("title", "開場 VCR", "B"), ("note", "", "雨")]}


def test_a_row_that_has_come_and_gone_is_news_only_for_whoever_has_answered(out: Show) -> None:
    out.do("rui", "sheet.live", on=True)
    out.add("n", parent="seg", people=["mei"])
    out.do("rui", "cue.remove", id="n")
    assert told(out, "mei") == {}
    out.add("m", parent="seg", people=["mei", "jun"])
    out.do("mei", "notice.ack", notices=opened(out, "mei"))
    out.do("rui", "cue.remove", id="m")
    assert told(out, "mei") == told(out, "jun") == {"m": [("removed", False, True)]}


def test_a_change_far_down_in_a_long_text_is_told_where_it_is(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"note": "雨" * 300 + "走東側"})
    out.do("rui", "sheet.publish")
    out.do("mei", "notice.ack", notices=opened(out, "mei"))
    out.do("rui", "cue.edit", id="a", set={"note": "雨" * 300 + "走西側"})
    out.do("rui", "sheet.publish")
    [(field, old, new)] = told(out, "mei")["a"]
    assert (field, old, new) == ("note", "…" + "雨" * 23 + "走東側", "…" + "雨" * 23 + "走西側")


def test_a_cell_that_changes_in_english_alone_is_told_in_english(out: Show) -> None:
    out.do("rui", "sheet.live", on=True)
    out.do("rui", "cue.edit", id="a", set={"columns": {"sound": {"zh-TW": "兩支手持", "en": "2 handhelds"}}})
    for member in ("mei", "jun"):
        out.do(member, "notice.ack", notices=opened(out, member))
    out.do("rui", "cue.edit", id="a", set={"columns": {"sound": {"zh-TW": "兩支手持", "en": "2 lavaliers"}}})
    assert told(out, "mei") == {"a": [("columns.sound", "2 handhelds", "2 lavaliers")]}


def test_those_who_have_not_answered_are_reminded(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "B"})
    out.do("rui", "sheet.publish")
    assert out.refuse("mei", "notice.remind", to=["mei"])["code"] == "forbidden"
    out.do("wei", "notice.remind", to=["mei", "jun"])
    [notice] = [body for body in out.bodies("mei", "notice") if body["cue"] == "a"]
    assert notice["reminded"] == {"mei": NOON}
    out.do("mei", "notice.ack", notices=opened(out, "mei"))
    assert out.refuse("wei", "notice.remind", to=["mei"])["code"] == "nothing_open"


def test_what_is_over_is_no_news(out: Show) -> None:
    out.do("wei", "cue.go", id="a", current=None)
    out.do("wei", "cue.finish", id="a")
    out.do("rui", "sheet.live", on=True)
    out.do("rui", "cue.edit", id="a", set={"title": "B"})
    assert told(out, "mei") == {}


def test_two_hundred_edits_in_one_step_are_told_together(out: Show) -> None:
    out.do("rui", "sheet.live", on=True)
    steps = [{"op": "cue.edit", "args": {"id": each, "set": {"note": "雨"}}} for each in ("a", "b", "c")]
    out.do("rui", "cue.batch", steps=steps)
    assert (set(told(out, "mei")), set(told(out, "jun"))) == ({"a"}, {"b"})


# --- thrown away, and seen


def test_what_waits_of_a_row_is_thrown_away_and_comes_back(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "B", "columns": {"light": {"zh-TW": "面光"}}})
    out.do("rui", "cue.move", id="a", after="c")
    thrown = out.do("rui", "cue.revert", id="a")
    assert "draft" not in row(out, "rui", "a")
    assert out.refuse("rui", "cue.revert", id="a")["code"] == "nothing_new"
    assert out.undo("rui", thrown)["status"] == "applied"
    waiting = row(out, "rui", "a")["draft"]
    assert (waiting["title"], waiting["columns"]) == ("B", {"light": {"zh-TW": "面光"}})
    assert "order_key" in waiting


def test_a_row_goes_back_under_no_row_that_somebody_has_removed_at_once(out: Show) -> None:
    out.do("rui", "cue.move", id="b", parent=None, after=None)
    out.do("hui", "sheet.mine", on=True)
    removed = out.do("hui", "cue.remove", id="seg")
    assert out.refuse("rui", "cue.revert", id="b")["code"] == "parent_removed"
    out.undo("hui", removed)
    out.do("rui", "cue.revert", id="b")
    assert row(out, "mei", "b")["parent"] == "seg"


def test_what_was_edited_since_does_not_come_back(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "B"})
    thrown = out.do("rui", "cue.revert", id="a")
    out.do("hui", "cue.edit", id="a", set={"title": "C"})
    assert out.undo("rui", thrown)["error"]["code"] == "changed"


def test_a_cell_that_was_filled_since_is_not_lost_by_taking_back_what_was_thrown_away(out: Show) -> None:
    def fill(column: str, text: str, **about: Any) -> Any:  # noqa: ANN401 - what an op takes, and its result
        args = {"id": "a", "set": {"columns": {column: {"zh-TW": text}}}}
        return out.send("hui", {"op": "cue.edit", "args": args, **about})[0]

    out.do("rui", "cue.edit", id="a", set={"columns": {"light": {"zh-TW": "面光"}}})
    known = out.head
    thrown = out.do("rui", "cue.revert", id="a")
    late = fill("light", "背光", base_version=known)
    assert (late["status"], late["error"]["params"]["who"]) == ("conflict", "rui")
    fill("sound", "進歌")
    assert out.undo("rui", thrown)["status"] == "applied"
    assert out.cue("a").columns == {"light": {"zh-TW": "面光"}, "sound": {"zh-TW": "進歌"}}
    again = out.do("rui", "cue.revert", id="a")
    fill("light", "背光")
    assert out.undo("rui", again)["error"]["code"] == "changed"


def test_editors_see_what_waits_in_the_table_and_on_their_phones(out: Show) -> None:
    table, phone = Follower(out, "rui", "html", "grid"), Follower(out, "rui", "html")
    out.do(
        "rui",
        "cue.edit",
        id="a",
        set={"people": [], "duration_s": 690, "columns": {"light": {"zh-TW": "面光"}}},
    )
    out.do("rui", "cue.remove", id="b")
    out.add("new", kind="segment", title="抽獎")
    for page in (table, phone):
        page.catch_up()
    assert table.held["cue", "a"].count(" data-waits") == 4
    assert "<del>10′</del> <ins>11′30″</ins>" in phone.held["cue", "a"]
    assert 'data-dur="600"' in phone.held["cue", "a"]
    assert 'data-state="skipped"' in table.held["cue", "b"]
    assert 'data-state="planned"' in phone.held["cue", "b"]
    assert "data-unpublished" in table.held["cue", "new"]
    assert 'data-state="skipped"' in phone.held["cue", "new"]


def test_a_rain_plan_goes_out_at_once_is_told_and_leaves_what_waits(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "開場影片"})
    args = {"plan": "B", "day": "2027-04-10", "skip": [], "shown_to": "team"}
    changes = [{"cue": "a", "set": {"place": "gate"}}]
    out.do("rui", "variant.put", id="v", **args, changes=changes)
    out.do("rui", "variant.switch", id="v", current=None)
    seen = row(out, "mei", "a")
    assert (seen["place"], seen["title"]) == ("gate", "開場 VCR")
    assert told(out, "mei") == {"a": [("place", "stage-1", "gate")]}


def test_an_answer_is_heard_by_those_who_ask_for_it_and_costs_nobody_else_a_frame(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "B", "people": ["mei", "jun"]})
    out.do("rui", "sheet.publish")
    caller, crew = Follower(out, "wei", "json"), Follower(out, "jun", "json")
    for phone in (caller, crew):
        phone.catch_up()
    before = crew.held["notice", "a"]
    out.do("mei", "notice.ack", notices=opened(out, "mei"))
    for phone in (caller, crew):
        phone.catch_up()
    assert caller.held["notice", "a"]["acked"] == {"mei": NOON}
    assert crew.held["notice", "a"] == before


def test_only_those_from_outside_who_are_asked_hear_of_a_change(out: Show) -> None:
    out.do("rui", "cue.edit", id="a", set={"title": "B"})
    out.do("rui", "cue.edit", id="b", set={"title": "C", "people": ["tong"]})
    out.do("rui", "sheet.publish")
    assert {body["cue"] for body in out.bodies("tong", "notice")} == {"b"}
    assert {body["cue"] for body in out.bodies("wei", "notice")} >= {"a", "b"}
