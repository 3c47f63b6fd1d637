from typing import Any

import pytest

from server.runsheet.imports.pad import is_pad
from server.runsheet.imports.pad_lines import read_line
from tests.runsheet.imports.files import book_of
from tests.runsheet.imports.importing import clock, imported, minutes

EVENING = """# 河岸音樂節 流程 2027/4/10
企劃：阿明

## 下午
- [ ] **13:30-13:35** 開場 VCR 1'30" 主持人小美
13:35 長官致詞 5'  市長、局長
主持人：小美
1400 樂團A 約25分  燈光全暗 @阿國
    - 兩支手麥
> 記得試音
接續 抽獎｜獎品在後台

【晚場】
晚上8:00 演出 90分鐘
換場 10分鐘
視現場 安可
24:30 撤場
"""


def rows(text: str, **options: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as Options takes them
    return imported(text.encode(), **options).rows


def test_a_pad_becomes_segments_and_items_with_their_times() -> None:
    result = imported(EVENING.encode())
    assert minutes(result) == [
        ("下午", "-", 0), ("開場 VCR 1'30\" 主持人小美", "13:30", 5), ("長官致詞", "13:35", 5), ("樂團A", "14:00", 25),
        ("抽獎", "-", 335), ("晚場", "-", 0), ("演出", "20:00", 90), ("換場", "-", 10), ("安可", "-", 0),
        ("撤場", "24:30", 10),
    ]  # fmt: skip
    assert [row["parent"] for row in result.rows] == [None, 0, 0, 0, 0, None, 5, 5, 5, 5]
    assert [row["start_mode"] for row in result.rows[7:9]] == ["linked", "manual"]


def test_details_go_to_the_item_above_and_names_to_its_people() -> None:
    speech, band, draw = rows(EVENING)[2:5]
    assert (speech["people"], speech["note"]) == (["小美"], "市長、局長")
    assert (band["people"], band["note"].split("\n")) == (["阿國"], ["燈光全暗", "兩支手麥", "記得試音"])
    assert draw["note"] == "獎品在後台"


def test_what_stands_above_is_no_row_but_its_date_counts() -> None:
    assert imported(EVENING.encode(), shift=False).rows[0]["day"] == "2027-04-10"
    assert "企劃：阿明" not in [row["title"] for row in rows(EVENING)]


def test_days_between_the_lines_divide_them() -> None:
    found = rows(
        "4/10（六）流程\n0900 集合\n0930-1000 點名\n\n4/11（日）\n8:00 集合\nD3 撤場日\n9:00 撤場\n",
        shift=False,
    )
    assert [(row["title"], row["day"][-2:]) for row in found if row["kind"] == "item"] == [
        ("集合", "10"), ("點名", "10"), ("集合", "11"), ("撤場", "12"),
    ]  # fmt: skip


def test_markdown_tables_join_by_their_headings_and_a_list_of_names_stays_apart() -> None:
    text = """# 流程
| 時間 | 流程 | 燈光 |
|------|:----:|---|
| 13:30 | **開場** | 全暗 |

## 晚上
| 時間 | 流程 | 備註 |
|---|---|---|
| 19:00 | 演出 A \\| B | 煙火<br>CO2 |
20:00 散場

| 姓名 | 電話 |
|---|---|
| 阿明 | 0912 |
"""
    assert [sheet.name for sheet in book_of(text.encode()).sheets] == ["文字", "文字 2"]
    opening, evening, show, out = rows(text)
    assert (opening["title"], opening["columns"]) == ("開場", {"light": {"zh-TW": "全暗"}})
    assert (evening["kind"], show["title"], show["note"]) == ("segment", "演出 A | B", "煙火\nCO2")
    assert (out["title"], clock(out), out["parent"]) == ("散場", "20:00", 1)


def test_a_numbered_list_without_times_is_a_run_sheet_too() -> None:
    found = rows("1. 開場 VCR 1'30\"\n2. 主持人開場 3分鐘\n3、長官致詞\n   - 市長 5分\n4. 合照\n")
    assert [(row["number"], row["title"], row["duration_s"]) for row in found] == [
        ("1", "開場 VCR", 90), ("2", "主持人開場", 180), ("3", "長官致詞", 0), ("4", "合照", 0),
    ]  # fmt: skip
    assert found[2]["note"] == "市長\n5分"


def test_english_lines_with_am_and_pm_are_read() -> None:
    text = "6:00 PM Doors open\n7:00-7:10 PM Welcome | Anna\n7:10 p.m. Keynote 30 min\nTBD Fireworks\n"
    assert [(row["title"], clock(row), row["duration_s"] // 60) for row in rows(text)] == [
        ("Doors open", "18:00", 60), ("Welcome", "19:00", 10), ("Keynote", "19:10", 30), ("Fireworks", "-", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "time", "title"),
    [
        ("13:30 開場", "13:30", "開場"),
        ("13：30－14：00　開場", "13：30－14：00", "開場"),
        ("13:30起 開場", "13:30起", "開場"),
        ("(13:30) 開場", "13:30", "開場"),
        ("【13:30】開場", "13:30", "開場"),
        ("1330開場", "1330", "開場"),
        ("D-1 14:00 進場", "D-1 14:00", "進場"),
        ("4/10 13:30 開場", "4/10 13:30", "開場"),
        ("下午3點半 抽獎", "下午3點半", "抽獎"),
        ("T-10:00 待命", "T-10:00", "待命"),
        ("～17:00 市集", "～17:00", "市集"),
        ("Load out until 23:00", "~23:00", "Load out"),
        ("17:00後 撤場", "17:00", "撤場"),
        ("⏰ 09:30 場佈", "09:30", "場佈"),
        ("09:00 晨會 / 10min / 全員", "09:00", "晨會"),
        ("開場 (18:00)", "18:00", "開場"),
        ("2027 年會", "", "2027 年會"),
        ("2027-04-10", "", "2027-04-10"),
        ("99:99 開場", "", "99:99 開場"),
        ("接續劇開場", "", "接續劇開場"),
        ("13.5 公里", "", "13.5 公里"),
    ],
)
def test_a_time_is_taken_from_the_line_only_where_there_is_one(line: str, time: str, title: str) -> None:
    read = read_line(line)
    assert (read.time, read.title) == (time, title)


@pytest.mark.parametrize(
    "text",
    [
        "時間,流程\n13:30,開場\n14:00,散場\n",
        "13:30\t開場\n14:00\t散場\n",
        "13:30,開場,小美\n14:00,散場,阿明\n",
        "13:30 | 開場 | 小美\n14:00 | 散場 | 阿明\n",
        "時間;流程\n13:30 上半;開場\n14:00;散場\n",
        "開場\n致詞\n散場\n",
        "",
    ],
)
def test_a_table_of_text_stays_one(text: str) -> None:
    assert not is_pad(text)


def test_a_part_of_the_day_alone_on_its_line_is_a_heading() -> None:
    found = rows("12:00 午休\n下午場\n13:00 抽獎\n17:00後 撤場\n")
    assert [(row["title"], row["kind"], row["note"]) for row in found[1:]] == [
        ("下午場", "segment", ""), ("抽獎", "item", ""), ("撤場", "item", "17:00後"),
    ]  # fmt: skip


def test_of_an_item_that_only_says_when_it_ends_the_end_is_kept() -> None:
    [_, market, _] = rows("13:00 抽獎 20分\n～17:00 市集\n18:00 晚會\n")
    assert (market["end_mode"], market["start_mode"], market["duration_s"]) == ("end", "linked", 220 * 60)


def test_no_row_gets_lost_however_odd() -> None:
    odd = [
        "怎麼辦？",
        "* 點",
        "```",
        "x",
        "```",
        "-----",
        "13:35",
        "致詞",
        "99:99 壞",
        "13:50 演出",
        "長" * 11_000,
        "14:00",
    ]
    result = imported("\n".join(["13:30 開場", *odd]).encode())
    assert [row["title"][:4] for row in result.rows] == [
        "開場", "怎麼辦？", "點", "x", "致詞", "99:9", "演出", "長長長長", "–",
    ]  # fmt: skip
    assert [clock(row) for row in result.rows if row["start"]] == ["13:30", "13:35", "13:50", "14:00"]
    assert "value_truncated" in result.rows[7]["flagged"]
