"""What stands on paper, and for whom; how Chromium prints it is told in tests/browser/test_prints.py."""

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from server.runsheet import print_pages
from server.runsheet.models import Cue
from server.runsheet.printing import Edition
from tests.support.show import DAY, Show

NEXT_DAY = "2027-04-11"


@pytest.fixture
def planned(sqlite_show: Show) -> Show:
    """Two segments of the main track, an item beside them, a cue, the river's item, and one of the next day."""
    show = sqlite_show
    show.do("hui", "member.edit", id="mei", set={"phone": "0912", "title": "燈光師"})
    show.do("hui", "member.edit", id="emma", set={"roles": ["lead"], "phone": "0922"})
    show.add("seg", kind="segment", title="晚場", start_mode="fixed", start=f"{DAY}T18:00:00+08:00")
    for number in range(8):
        show.add(f"i{number}", parent="seg", title=f"節目{number}", duration_s=600)
    show.do("rui", "cue.edit", id="i0", set={"people": ["mei"], "hard": True, "place": "gate", "meeting": "服務台旁",
            "columns": {"light": {"zh-TW": "追光"}, "sound": {"zh-TW": "手麥"}}, "note": "<b>小心</b>"})  # fmt: skip
    show.add("c0", kind="cue", parent="i0", title="燈暗", start_mode="line", line="謝謝大家", number="Q1")
    show.add("top", title="撤場", duration_s=1800)
    show.add(
        "river",
        track="river",
        title="河岸節目",
        start_mode="fixed",
        start=f"{DAY}T15:00:00+08:00",
        people=["mei"],
    )
    show.add("more", title="隔日檢討", day=NEXT_DAY, start_mode="fixed", start=f"{NEXT_DAY}T10:00:00+08:00")
    return show


def html(show: Show, member: str, path: str) -> str:
    bearer = {"authorization": f"Bearer {show.token(member)}"}
    browser = TestClient(show.house.app, base_url=show.services.origin, headers=bearer)
    answer = browser.get(f"/e/{show.event}/print/{path}")
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def paper(show: Show, member: str, path: str) -> str:
    """The text on the paper, without the options above it."""
    found = re.search(r'<main class="paper".*?</main>', html(show, member, path), re.DOTALL)
    assert found
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


def test_the_overview_has_what_stands_at_the_top_a_page_a_day(planned: Show) -> None:
    found = html(planned, "rui", "overview")
    assert found.count('<table class="print-page">') == 2
    text = paper(planned, "rui", "overview")
    assert "18:00 1:20:00 晚場" in text
    assert "撤場" in text
    assert "河岸節目" in text
    assert "節目0" not in text
    assert "燈暗" not in text


def test_what_ends_at_a_time_is_as_long_as_it_takes_until_then(planned: Show) -> None:
    planned.add(
        "until", title="夜市", duration_s=600, start_mode="fixed", start=f"{DAY}T21:00:00+08:00",
        end_mode="count_to_end", end=f"{DAY}T22:30:00+08:00",
    )  # fmt: skip
    assert "21:00 1:30:00 夜市" in paper(planned, "rui", "overview")


def test_the_detail_names_the_parent_again_where_its_rows_go_on(planned: Show) -> None:
    text = paper(planned, "rui", f"detail?day={DAY}&track=main")
    assert text.index("節目5") < text.index("晚場 （續）") < text.index("節目6")
    assert "集合 服務台旁 <b>小心</b>" in text
    assert "追光" in text
    assert "燈暗" not in text
    assert "隔日檢討" not in text
    spans = re.findall(
        r'class="print-parent" rowspan="(\d)"', html(planned, "rui", f"detail?day={DAY}&track=main")
    )
    assert spans == ["6", "2", "1"]


def test_the_cue_sheet_is_of_one_track_with_the_columns_that_were_chosen(planned: Show) -> None:
    text = paper(planned, "rui", "cues")
    assert "Q1 口白 燈暗 口白 謝謝大家" in text
    assert "河岸節目" not in text
    assert "追光" in text
    assert "手麥" in text
    chosen = paper(planned, "rui", "cues?chosen=1&column=sound")
    assert "手麥" in chosen
    assert "追光" not in chosen


def test_what_was_left_blank_is_made_good_and_what_is_not_there_is_said(planned: Show) -> None:
    assert "河岸節目" in paper(planned, "rui", "cues?track=river&day=nonsense")
    assert paper(planned, "rui", f"cues?track=river&day={NEXT_DAY}") == "這個條件下沒有流程。"
    assert "隔日檢討" in paper(planned, "rui", "detail?day=all")


def test_a_page_for_each_person_says_when_where_and_whom_to_ask(planned: Show) -> None:
    text = paper(planned, "rui", "people?who=mei")
    assert "陳美玲 燈光師 · light" in text
    assert "Emma Clarke 0922" in text
    assert "第一項 15:00" in text
    assert "18:00–18:10 節目0 硬時間 服務台旁 追光" in re.sub(r"gate · ", "", text)
    assert "手麥" not in text
    everybody = html(planned, "rui", "people")
    assert everybody.count('class="print-page print-person"') == 1
    assert html(planned, "rui", "people?who=dept:light").count("print-person") == 1
    assert "沒有安排這個人的流程。" in paper(planned, "rui", "people?who=wei")


def test_who_is_wanted_on_a_spoken_line_alone_has_no_first_call(planned: Show) -> None:
    planned.do("rui", "cue.edit", id="c0", set={"people": ["wei"]})
    found = html(planned, "rui", "people?who=wei")
    assert "燈暗" in found
    assert "第一項" not in found


def test_who_works_in_a_segment_that_is_left_out_has_no_row_of_it_on_paper(planned: Show) -> None:
    planned.do("wei", "cue.skip", id="seg")
    assert "節目0" not in paper(planned, "rui", "people?who=mei")
    assert paper(planned, "rui", "detail?day=all").count("跳過") == 8


def test_one_reads_it_in_either_language_and_with_what_really_was(planned: Show) -> None:
    planned.do("rui", "cue.edit", id="i0", set={"title_en": "Opening"})
    assert "Opening" in paper(planned, "rui", "detail?lang=en&track=main")
    planned.do("wei", "cue.go", id="i0", current=None)
    planned.tick(60)
    assert "12:00–" in paper(planned, "rui", "detail?track=main&actual=1")
    assert "12:00–" not in paper(planned, "rui", "detail?track=main")


def test_a_visitor_prints_the_overview_of_what_they_see_and_nothing_else(planned: Show) -> None:
    with planned.services.db.write() as session:
        session.get_one(Cue, (planned.event, "river")).audience = "team"
    assert "河岸節目" not in paper(planned, "qin", "overview")
    assert "晚場" in paper(planned, "qin", "overview")
    bearer = {"authorization": f"Bearer {planned.token('qin')}"}
    browser = TestClient(planned.house.app, base_url=planned.services.origin, headers=bearer)
    for form in ("detail", "cues", "people"):
        assert browser.get(f"/e/{planned.event}/print/{form}").status_code == 403


def test_a_published_version_stands_in_the_head_and_marks_what_it_changed(
    planned: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = {"i0": frozenset({"title"}), "c0": frozenset({"columns.light"}), "seg": frozenset({"start"})}
    monkeypatch.setattr(print_pages, "edition_of", lambda *_: Edition("v7", changed))
    for form in ("overview", "detail?track=main", "cues", "people?who=mei"):
        assert "v7" in paper(planned, "rui", form)
    detail = html(planned, "rui", "detail?track=main")
    assert re.findall(r"<tr data-changed[^>]*>", detail) == ['<tr data-changed data-kind="item">']
    [cell] = re.findall(r"<td[^>]*data-new.*?</td>", detail, re.DOTALL)
    assert "★" in cell
    assert "節目0" in cell
    cues = html(planned, "rui", "cues")
    assert cues.count("<tr data-changed") == 2
    assert "★晚場" in paper(planned, "rui", "detail?track=main").replace("★ ", "★")
    assert "★" not in paper(planned, "rui", "detail?track=river")


def test_nothing_is_marked_before_anything_is_published(planned: Show) -> None:
    for form in ("overview", "detail", "cues", "people"):
        assert "★" not in html(planned, "rui", form)
        assert "print-version" not in html(planned, "rui", form)


def test_what_was_published_is_what_stands_on_paper_with_its_version(planned: Show) -> None:
    planned.do("rui", "sheet.publish")
    assert "v1" in paper(planned, "rui", "detail?track=main")
    planned.do("rui", "cue.edit", id="i0", set={"title": "改過的節目"})
    assert "改過的節目" not in paper(planned, "rui", "detail?track=main")
    planned.do("rui", "sheet.publish")
    text = paper(planned, "rui", "detail?track=main")
    assert "v2" in text
    assert "★ 改過的節目" in text
    assert text.count("★") == 1
