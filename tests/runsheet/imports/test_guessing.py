from datetime import time

import pytest

from server.runsheet.imports.book import FileRefusedError, Limits
from server.runsheet.imports.guessing import guess
from server.runsheet.imports.mapping import Mapping
from tests.runsheet.imports.files import (
    book_of,
    camp,
    conference,
    csv_bytes,
    cue_sheet,
    detailed_sheet,
    template,
    xlsx,
)


def fields(mapping: Mapping) -> dict[str, str]:
    return {source.heading: source.key or source.field for source in mapping.sources}


def test_a_detailed_sheet_has_its_parents_in_columns() -> None:
    mapping = guess(book_of(detailed_sheet()))
    assert mapping.header_rows == (2,)
    assert mapping.day_hint == "2027-04-10"
    assert fields(mapping) == {
        "大活動時間": "segment_start",
        "大活動名稱": "segment",
        "細時間": "start",
        "組別/區域": "departments",
        "事項": "title",
        "備註": "note",
        "器材": "props",
        "負責人": "people",
        "人員": "people",
    }


def test_a_cue_sheet_has_departments_below_a_merged_cell() -> None:
    mapping = guess(book_of(cue_sheet()))
    assert (mapping.header_rows, mapping.first_row) == ((1, 2), 3)
    assert fields(mapping) == {
        "項次": "number",
        "時間": "start",
        "長度": "duration",
        "流程": "title",
        "主持": "host",
        "燈光": "light",
        "音響": "sound",
        "視訊": "video",
        "特效": "fx",
        "道具": "props",
        "備註": "note",
    }


def test_a_header_below_instructions_is_found() -> None:
    mapping = guess(book_of(template()))
    assert (mapping.sheet, mapping.header_rows, mapping.first_row) == ("Schedule", (12,), 13)
    assert fields(mapping) == {
        "Cue": "number",
        "Title": "title",
        "Colour": "colour",
        "Time Start": "start",
        "Time End": "end",
        "Duration": "duration",
        "Timer Type": "kind",
        "Video Notes": "video",
    }


def test_numbered_columns_take_the_heading_above_them() -> None:
    mapping = guess(book_of(conference()))
    assert mapping.header_rows == (1, 2)
    people = mapping.columns("people")
    assert [(source.heading, source.split) for source in people] == [
        ("Speakers 1", False),
        ("Speakers 2", False),
    ]
    assert [source.heading for source in mapping.columns("ignore")] == ["Date"]


def test_a_csv_has_no_merged_cells_but_groups_all_the_same() -> None:
    rows = [("", "", "Speakers", ""), ("Time", "Title", "1", "2"), ("9:00", "Opening", "Anna", "Ben")]
    assert fields(guess(book_of(csv_bytes(rows))))["Speakers 2"] == "people"


def test_a_column_of_hours_is_a_column_of_starts() -> None:
    assert fields(guess(book_of(camp()))) == {
        "day": "day",
        "start_hour": "start",
        "persons": "people",
        "room": "place",
        "title": "title",
        "description": "note",
    }


def test_the_coordinator_may_choose_another_sheet_and_another_header() -> None:
    book = book_of(template())
    assert guess(book, "Advanced").sheet == "Advanced"
    assert guess(book, "Schedule", header_rows=[13]).first_row == 14
    with pytest.raises(FileRefusedError, match="sheet_unknown"):
        guess(book, "Nowhere")


def test_a_hidden_sheet_is_not_chosen_by_itself() -> None:
    book = book_of(xlsx([("Notes",)], Rundown=[("Time", "Title"), ("9:00", "Doors")]))
    assert guess(book).sheet == "Rundown"
    book.sheets[1].hidden = True
    assert guess(book).sheet == "流程"


def test_the_events_own_columns_go_by_their_names() -> None:
    known = [
        {"id": "lx", "name": "燈光", "name_en": "Light"},
        {"id": "stage-left", "name": "左舞台", "name_en": "Stage left"},
    ]
    rows = [("時間", "流程", "Lighting", "左舞台", "樓層"), ("9:00", "開場", "全暗", "就位", "一樓")]
    mapping = guess(book_of(csv_bytes(rows)), known=known)
    columns = {source.heading: (source.key, source.new) for source in mapping.columns("column")}
    assert columns["Lighting"] == ("lx", False)
    assert columns["左舞台"] == ("stage-left", False)
    assert columns["樓層"][1]


def test_a_new_column_has_the_same_key_in_every_file() -> None:
    keys = [
        guess(book_of(csv_bytes([("時間", "流程", "服裝"), ("9", "開場", "黑衣")]))).sources[2].key
        for _ in "ab"
    ]
    assert keys[0] == keys[1]
    assert keys[0].isascii()


def test_beside_a_better_title_content_is_a_note() -> None:
    rows = [("項目", "時間", "流程", "內容"), (1, "9:00", "開場", "司儀進場"), (2, "9:05", "致詞", "長官")]
    assert fields(guess(book_of(csv_bytes(rows)))) == {
        "項目": "number",
        "時間": "start",
        "流程": "title",
        "內容": "note",
    }


def test_parents_alone_are_titles() -> None:
    rows = [("大活動時間", "大活動名稱"), ("9:00", "開場")]
    assert fields(guess(book_of(csv_bytes(rows)))) == {"大活動時間": "start", "大活動名稱": "title"}


@pytest.mark.parametrize(
    ("heading", "starts", "lengths", "unit"),
    [
        ("長度(秒)", ["19:00", "19:01"], [60, 30], "s"),
        ("時間(分)", ["19:00", "19:01"], [60, 30], "min"),
        ("長度", ["19:00", "19:05", "19:15"], [5, 10, 15], "min"),
        ("長度", ["19:00", "19:05", "19:15"], [300, 600, 900], "s"),
        ("長度", ["19:00", "19:05", "19:15"], ["5:00", "10:00", "3:00"], "m:ss"),
        ("長度", ["9:00", "9:30", "10:30"], ["0:30", "1:00", "0:30"], "h:mm"),
        ("長度", ["接續", "接續", "接續"], ["3:30", "4:00", "2:10"], "m:ss"),
        ("Duration", ["接續", "接續", "接續"], ["0:30", "1:00", "0:10"], "h:mm"),
    ],
)
def test_the_unit_of_durations_is_as_it_fits_the_starts(
    heading: str, starts: list[str], lengths: list[int | str], unit: str
) -> None:
    rows = [
        ("時間", heading, "流程"),
        *((start, length, "x") for start, length in zip(starts, lengths, strict=False)),
    ]
    durations = guess(book_of(csv_bytes(rows))).columns("duration")
    assert [source.unit for source in durations] == [unit]


def test_without_a_header_the_cells_speak() -> None:
    mapping = guess(book_of(xlsx([(time(9), time(10), "開門"), (time(10), time(11), "演出")])))
    assert mapping.header_rows == ()
    assert [source.field for source in mapping.sources] == ["start", "end", "title"]


def test_columns_over_the_limit_are_left_out() -> None:
    book = book_of(csv_bytes([("時間", "流程", "備註"), ("9:00", "a", "b")]))
    assert len(guess(book, limits=Limits(columns=2)).sources) == 2


def test_a_mapping_survives_its_way_through_json() -> None:
    mapping = guess(book_of(cue_sheet()))
    assert Mapping.from_json(mapping.to_json()) == mapping


@pytest.mark.parametrize(
    "spoil",
    [
        {"sources": None},
        {"sources": [{"column": 1}]},
        {"sources": [{"column": 1, "heading": "", "field": "colour", "unit": "years"}]},
        {"sources": [{"column": 0, "heading": "", "field": "title"}]},
        {"sources": [{"column": 1, "heading": "", "field": "owner"}]},
        {"sources": [{"column": 1, "heading": "", "field": "column"}]},
        {"sources": [{"column": 1, "heading": "", "field": "column", "key": "<b>"}]},
        {
            "sources": [
                {"column": 1, "heading": "", "field": "title"},
                {"column": 1, "heading": "", "field": "note"},
            ]
        },
        {
            "sources": [
                {"column": 1, "heading": "", "field": "title"},
                {"column": 2, "heading": "", "field": "title"},
            ]
        },
        {"first_row": "x"},
    ],
)
def test_a_mapping_that_cannot_be_is_refused(spoil: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"mapping|twice|invalid"):
        Mapping.from_json({**guess(book_of(camp())).to_json(), **spoil})


def test_without_headings_nothing_is_lost_and_lengths_are_known_by_their_unit() -> None:
    rows = [
        ("1330", "開場", "主持人", "3分", "5分"),
        ("1335", "致詞", "市長", "10分", "5分"),
        ("接續", "抽獎", "獎品", "", "5分"),
    ]
    mapping = guess(book_of(csv_bytes(rows)))
    assert [source.field for source in mapping.sources] == ["start", "title", "note", "duration", "note"]


def test_no_column_is_left_out_for_having_figures_or_ticks_in_it_but_one_that_counts_the_rows() -> None:
    rows = [
        ("序號欄", "時間", "流程", "來賓人數", "直播"),
        ("1", "13:00", "開場", "120", "V"),
        ("2", "13:30", "致詞", "80", "V"),
        ("3", "14:00", "表演", "", "V"),
        ("4", "14:30", "謝幕", "300", "V"),
    ]
    fields = {source.heading: source.field for source in guess(book_of(csv_bytes(rows))).sources}
    assert (fields["來賓人數"], fields["直播"]) == ("column", "column")
    assert fields["序號欄"] in {"number", "ignore"}
