import pytest

from tests.runsheet.imports.files import Row, cue_sheet, detailed_sheet, template, xlsx
from tests.runsheet.imports.importing import clock, imported, rows_of, told


def test_parents_in_merged_cells_become_segments() -> None:
    rows = imported(detailed_sheet()).rows
    assert [(row["kind"], row["title"], row["parent"]) for row in rows] == [
        ("segment", "開場", None),
        ("item", "司儀開場", 0),
        ("item", "長官致詞", 0),
        ("buffer", "換場", 0),
        ("segment", "演出", None),
        ("item", "山嵐列車", 4),
        ("segment", "撤場", None),
        ("item", "器材點收", 6),
        ("item", "場地復原", 6),
    ]
    assert (clock(rows[0]), rows[0]["duration_s"]) == ("13:30", 1800)


def test_an_item_over_several_rows_gathers_their_people_and_notes() -> None:
    row = imported(detailed_sheet()).rows[2]
    assert row["people"] == ["阿明", "阿德"]
    assert row["departments"] == ["舞台組", "前場組"]
    assert row["note"] == "引導貴賓"
    assert row["columns"] == {"props": {"zh-TW": "講台\n紅龍"}}


def test_the_responsible_come_before_the_crew() -> None:
    assert imported(detailed_sheet()).rows[1]["people"] == ["阿明", "小華", "小美"]


def test_a_parent_without_merged_cells_goes_on_until_the_next() -> None:
    head = ("階段", "時間", "流程")
    result = rows_of(
        ("開場", "9:00", "a"), ("", "9:10", "b"), ("開場", "9:20", "c"), ("演出", "9:30", "d"), head=head
    )
    assert [row["parent"] for row in result.rows] == [None, 0, 0, 0, None, 4]


def test_a_parent_without_rows_of_its_own_is_an_item() -> None:
    head = ("大活動時間", "大活動名稱", "細時間", "事項", "負責人")
    result = rows_of(("9:00-9:30", "換場", "", "", "阿國"), ("9:30", "演出", "9:30", "樂團", ""), head=head)
    assert [(row["kind"], row["title"], clock(row), row["duration_s"]) for row in result.rows] == [
        ("buffer", "換場", "09:00", 1800),
        ("segment", "演出", "09:30", 0),
        ("item", "樂團", "09:30", 1800),
    ]
    assert result.rows[0]["people"] == ["阿國"]


def test_a_merged_row_between_the_others_opens_a_segment_or_a_day() -> None:
    rows: list[Row] = [
        ("時間", "流程", "備註"),
        ("上半場",),
        ("9:00", "a"),
        ("4/11(日)",),
        ("9:00", "b"),
        ("D3 下半場",),
        ("9:00", "c"),
    ]
    result = imported(xlsx(rows, "A2:C2", "A4:C4", "A6:C6"))
    assert [(row["title"], row["kind"], row["parent"], row["day"]) for row in result.rows] == [
        ("上半場", "segment", None, "2027-04-10"),
        ("a", "item", 0, "2027-04-10"),
        ("b", "item", None, "2027-04-10"),
        ("D3 下半場", "segment", None, "2027-04-12"),
        ("c", "item", 3, "2027-04-12"),
    ]


def test_groups_and_milestones_of_another_program_keep_their_meaning() -> None:
    rows = imported(template()).rows
    assert [(row["kind"], row["title"], row["parent"], row["start_mode"]) for row in rows] == [
        ("segment", "Morning", None, "linked"),
        ("item", "Doors", 0, "fixed"),
        ("cue", "Speakers side stage", 1, "manual"),
        ("item", "Welcome", 0, "linked"),
        ("item", "Session", 0, "linked"),
        ("item", "Lunch", None, "fixed"),
    ]
    assert rows[0]["colour"] == "#20609f"
    assert [row["duration_s"] for row in rows] == [0, 3600, 0, 600, 3000, 3600]


def test_a_cue_with_an_offset_hangs_on_the_item_above_it() -> None:
    result = rows_of(
        ("19:00", "開場", "5分"), ("-10:00", "預備", ""), ("+0:15", "燈亮", ""), ("T-1:00", "待命", "")
    )
    assert [(row["kind"], row["parent"], row["start_mode"], row["offset_s"]) for row in result.rows] == [
        ("item", None, "fixed", 0),
        ("cue", 0, "offset", -600),
        ("cue", 0, "offset", 15),
        ("cue", 0, "offset", -60),
    ]


def test_an_offset_from_nothing_is_told() -> None:
    result = rows_of(("-10:00", "預備", ""), ("19:00", "開場", "5分"))
    assert result.rows[0]["flagged"] == ["time_unreadable"]
    assert result.rows[0]["start_mode"] == "linked"


def test_spoken_words_start_a_row_without_a_time() -> None:
    result = rows_of(("", "進影片", "請看大螢幕"), ("9:00", "致詞", "歡迎"), head=("時間", "流程", "口白"))
    assert [(row["start_mode"], row["line"]) for row in result.rows] == [
        ("line", "請看大螢幕"),
        ("fixed", "歡迎"),
    ]


def test_a_header_that_is_repeated_is_no_row() -> None:
    result = rows_of(("9:00", "a", "5"), ("時間", "流程", "時長"), ("9:05", "b", "5"))
    assert [row["title"] for row in result.rows] == ["a", "b"]
    assert told(result) == [("header_repeated", "3")]


@pytest.mark.parametrize(
    ("title", "kind", "rest"),
    [
        ("演出 1：山嵐列車", "演出 1", "山嵐列車"),
        ("Keynote: Cities", "Keynote", "Cities"),
        ("致詞｜市長", "致詞", "市長"),
        ("說明：請由左側進場", "", "說明：請由左側進場"),
        ("彩排 13:30 開始", "", "彩排 13:30 開始"),
        ("演出", "", "演出"),
    ],
)
def test_only_a_known_kind_of_title_is_split_off(title: str, kind: str, rest: str) -> None:
    row = rows_of(("9:00", title, "5")).rows[0]
    assert (row["title_kind"], row["title"]) == (kind, rest)


def test_a_title_with_its_english_below_is_told_apart() -> None:
    rows = rows_of(("9:00", "開幕典禮\nOpening ceremony", "5"), ("9:05", "Opening\nPart two", "5")).rows
    assert [(row["title"], row["title_en"]) for row in rows] == [
        ("開幕典禮", "Opening ceremony"),
        ("Opening Part two", ""),
    ]


@pytest.mark.parametrize("title", ["換場", "換場 2", "緩衝時間", "Changeover 1", "Buffer"])
def test_a_changeover_is_a_buffer(title: str) -> None:
    assert rows_of(("9:00", title, "5")).rows[0]["kind"] == "buffer"
    assert rows_of(("9:00", f"{title}人員集合說明", "5")).rows[0]["kind"] == "item"


def test_a_cue_sheet_fills_the_events_columns() -> None:
    result = imported(cue_sheet())
    assert result.rows[1]["columns"] == {
        "host": {"zh-TW": "歡迎詞"},
        "light": {"zh-TW": "面光"},
        "sound": {"zh-TW": "手麥 1、2"},
        "props": {"zh-TW": "手卡"},
    }
    assert [(row["number"], row["start_mode"], row["duration_s"]) for row in result.rows] == [
        ("1", "fixed", 180),
        ("2", "fixed", 30),
        ("3", "linked", 90),
        ("4", "fixed", 240),
    ]
    assert {"id": "light", "name": "燈光"} in result.columns


def test_a_text_that_begins_like_a_formula_stays_text() -> None:
    assert imported(cue_sheet()).rows[3]["note"] == "=不是公式"
    assert rows_of(("9:00", '=HYPERLINK("http://x")', "5")).rows[0]["title"] == '=HYPERLINK("http://x")'
