import re
from pathlib import Path

import pytest

from server.runsheet import imports
from server.runsheet.imports.book import FileRefusedError, Limits
from server.runsheet.imports.codes import FINDINGS, REFUSALS
from server.runsheet.imports.drafts import FLAGS, Options
from server.runsheet.imports.guessing import guess
from server.runsheet.imports.rows import build_rows
from server.runsheet.models import Cue
from tests.runsheet.imports.files import FIRST_DAY, Row, book_of, conference, csv_bytes, detailed_sheet, xlsx
from tests.runsheet.imports.importing import imported, rows_of, told


@pytest.mark.parametrize(
    ("row", "code", "cell"),
    [
        (("早上", "開門", "5"), "time_unreadable", "A4"),
        (("9:30", "開門", "很久"), "time_unreadable", "C4"),
        (("9:30", "開門", "-5"), "negative_duration", "C4"),
        (("9:30", "開門", "99999999"), "duration_out_of_range", "C4"),
        (("9:30", "長" * 500, "5"), "title_truncated", "B4"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_cell_and_flags_the_row(row: Row, code: str, cell: str) -> None:
    result = rows_of(("9:00", "a", "5"), ("9:10", "b", "5"), row)
    assert (code, cell) in told(result)
    assert code in result.rows[2]["flagged"]


def test_an_end_before_its_start_is_told() -> None:
    result = rows_of(("15:00", "9:00", "a"), head=("開始", "結束", "流程"))
    assert "negative_duration" in result.rows[0]["flagged"]


def test_an_end_that_contradicts_the_duration_is_told() -> None:
    result = rows_of(("9:00", "10:00", "a", "30分"), head=("開始", "結束", "流程", "時長"))
    assert (result.rows[0]["duration_s"], result.rows[0]["flagged"]) == (3600, ["duration_differs"])


def test_overlaps_and_numbers_that_stand_twice_are_told() -> None:
    head = ("項次", "時間", "流程", "時長")
    result = rows_of(
        ("1", "9:00", "a", "30"),
        ("1", "9:20", "b", "10"),
        ("A", "9:30", "c", "5"),
        ("A", "9:35", "d", "5"),
        head=head,
    )
    assert told(result) == [("overlap", "3"), ("duplicate_number", "3")]
    assert result.findings[0].params == {"other": 2, "seconds": 600}
    assert result.rows[1]["flagged"] == ["overlap", "duplicate_number"]


def test_a_row_without_a_title_takes_another_text_or_is_left_out() -> None:
    result = rows_of(("9:00", "", "集合"), ("9:10", "", ""), ("9:20", "c", ""), head=("時間", "流程", "備註"))
    assert [row["title"] for row in result.rows] == ["集合", "c"]
    assert [(finding.code, finding.params) for finding in result.findings[:2]] == [
        ("row_without_title", {"skipped": False}),
        ("row_without_title", {"skipped": True}),
    ]


def test_a_formula_without_a_value_is_told_where_it_matters() -> None:
    result = imported(xlsx([("時間", "流程"), ("=A1", "開門"), ("9:00", "散場")]))
    assert told(result)[0] == ("formula_without_value", "A2")
    assert "formula_without_value" in result.rows[0]["flagged"]


def test_years_and_dates_out_of_all_bounds_are_told() -> None:
    rows = [
        ("2016-10-27", "9:00", "a"),
        ("9999-12-31", "9:30", "b"),
        ("2016-10-27", "10:00", "c"),
        ("soon", "11:00", "d"),
    ]
    result = rows_of(*rows, head=("日期", "時間", "流程"))
    assert [row["day"] for row in result.rows] == ["2027-04-10"] * 4
    assert "date_out_of_range" in result.rows[1]["flagged"]
    assert "day_unreadable" in result.rows[3]["flagged"]


def test_hidden_rows_are_told_and_left_out_on_request() -> None:
    book = book_of(csv_bytes([("時間", "流程"), ("9:00", "a"), ("9:10", "b")]))
    book.sheets[0].hidden_rows.add(3)
    result = build_rows(book, guess(book), Options(FIRST_DAY))
    assert ("hidden_rows", "") in told(result)
    assert len(build_rows(book, guess(book), Options(FIRST_DAY, skip_hidden=True)).rows) == 1


def test_findings_of_a_kind_are_listed_up_to_a_number_and_counted_in_full() -> None:
    result = rows_of(*((f"{n}點半多", "x", "") for n in range(300)), head=("時間", "流程", "備註"))
    assert result.counts["no_time_column"] == 1
    result = rows_of(*(("9:00", "x", "")[:2] for _ in range(300)), head=("時間", "流程"))
    assert result.counts["duration_guessed"] == 300
    assert sum(finding.code == "duration_guessed" for finding in result.findings) == 200


def test_names_are_gathered_with_how_often_they_stand() -> None:
    names = imported(detailed_sheet()).names
    assert names["people"]["阿德"] == 3
    assert names["departments"] == {"舞台組": 3, "後勤組": 2, "前場組": 1, "技術組": 1}
    assert imported(conference()).names["tracks"] == {"Old Hall": 3, "Tavern": 2}


def test_names_in_a_cell_are_told_apart_but_not_their_organisations() -> None:
    head = ("時間", "流程", "負責人")
    people = [
        rows_of(("9:00", "x", cell), head=head).rows[0]["people"]
        for cell in ("阿明、小華/阿德", "王小明 陳小華", "Anna and Ben", "無")
    ]
    assert people == [["阿明", "小華", "阿德"], ["王小明", "陳小華"], ["Anna", "Ben"], []]
    assert imported(conference()).rows[0]["people"] == ["Anna Berg, City of M"]


def test_five_thousand_rows_come_in_and_one_more_is_refused() -> None:
    rows: list[Row] = [
        ("時間", "流程"),
        *((f"{6 + n // 400}:{n % 60:02d}", f"第 {n} 項") for n in range(5000)),
    ]
    assert len(imported(csv_bytes(rows)).rows) == 5000
    with pytest.raises(FileRefusedError, match="too_many_rows"):
        imported(csv_bytes([*rows, ("9:00", "x")]))


def test_every_code_is_listed_for_those_who_translate_it() -> None:
    sources = "".join(path.read_text() for path in Path(imports.__file__).parent.glob("*.py"))
    used = set(re.findall(r'(?:\.add|\.finding|refuse)\(\s*"(\w+)"', sources))
    assert used <= {*FINDINGS, *REFUSALS}
    assert set(FINDINGS) >= FLAGS


def test_columns_without_a_place_in_the_mapping_are_told() -> None:
    book = book_of(csv_bytes([("時間", "流程", "備註"), ("9:00", "a", "b")]))
    result = build_rows(book, guess(book, limits=Limits(columns=2)), Options(FIRST_DAY))
    assert result.counts["columns_left_out"] == 1


def test_rows_are_fields_of_the_run_sheet() -> None:
    for row in imported(detailed_sheet()).rows:
        fields = set(row) - {"source"}
        assert fields <= set(Cue.model_fields)


def test_the_preview_shows_the_first_rows_and_all_findings() -> None:
    preview = imported(conference()).to_json(head=2)
    assert (len(preview["rows"]), preview["total"]) == (2, 5)
    assert preview["findings"][-1]["cell"] == "7"


@pytest.mark.parametrize("head", ["讀音", "唸法", "發音", "Pronunciation"])
def test_how_names_are_read_comes_in(head: str) -> None:
    result = rows_of(("9:00", "開場", "夏禾 ㄒㄧㄚˋ ㄏㄜˊ"), head=("時間", "流程", head))
    assert result.rows[0]["reading"] == "夏禾 ㄒㄧㄚˋ ㄏㄜˊ"


def test_a_day_in_the_column_of_times_is_a_row_of_that_day_without_a_time() -> None:
    rows = rows_of(
        ("D1 9:00", "開場", "10"), ("D2", "撤場", ""), ("隨時", "補給", ""), ("9:30", "演出", "10")
    ).rows
    assert [(row["title"], row["day"][-2:], row["start_mode"]) for row in rows[:2]] == [
        ("開場", "10", "fixed"), ("撤場", "11", "linked"),
    ]  # fmt: skip
    assert "time_unreadable" not in rows[1]["flagged"]
    assert (rows[2]["title"], rows[2]["flagged"][0]) == ("補給", "time_unreadable")
