from datetime import date

from server.runsheet.imports.drafts import Options
from server.runsheet.imports.guessing import guess
from server.runsheet.imports.rows import build_rows
from tests.runsheet.imports.files import book_of, camp, conference, detailed_sheet
from tests.runsheet.imports.importing import clock, imported, minutes, rows_of, told


def test_a_missing_duration_runs_to_the_next_start_of_its_place() -> None:
    result = imported(conference())
    assert [(row["title"], row["place"], clock(row), row["duration_s"] // 60) for row in result.rows] == [
        ("Opening", "Old Hall", "09:00", 20),
        ("Cities", "Old Hall", "09:20", 100),
        ("Forms", "Old Hall", "11:00", 20),
        ("Open Data", "Tavern", "11:00", 45),
        ("Closing", "Tavern", "11:45", 45),
    ]
    assert all(row["flagged"] == ["duration_guessed"] for row in result.rows)
    assert result.counts["duration_guessed"] == 5


def test_places_that_run_in_parallel_become_tracks() -> None:
    assert [row["track"] for row in imported(conference()).rows[2:4]] == ["Old Hall", "Tavern"]
    assert imported(conference(), tracks="one").rows[3]["track"] is None
    assert imported(camp()).rows[0]["track"] is None
    assert imported(camp(), tracks="places").rows[0]["track"] == "Zelt 2"


def test_a_column_of_tracks_overrules_the_places() -> None:
    result = rows_of(
        ("9:00", "a", "主舞台", "x"), ("9:00", "b", "河岸", "y"), head=("時間", "流程", "舞台", "地點")
    )
    assert [row["track"] for row in result.rows] == ["主舞台", "河岸"]


def test_rows_without_a_time_share_what_is_left_until_the_next_start() -> None:
    result = rows_of(("9:00", "a", "10"), ("", "b", ""), ("接續", "c", ""), ("9:30", "d", "5"))
    assert minutes(result) == [("a", "09:00", 10), ("b", "-", 10), ("c", "-", 10), ("d", "09:30", 5)]
    assert [row["flagged"] for row in result.rows] == [[], ["duration_guessed"], ["duration_guessed"], []]


def test_the_last_row_takes_as_long_as_is_usual() -> None:
    assert minutes(rows_of(("9:00", "a", "10"), ("9:10", "b", "20"), ("9:30", "c", "")))[-1] == (
        "c",
        "09:30",
        10,
    )


def test_ends_and_ranges_give_durations() -> None:
    result = rows_of(("9:00", "9:30", "a"), ("10:00-10:45", "", "b"), head=("開始", "結束", "流程"))
    assert [row["duration_s"] for row in result.rows] == [1800, 2700]


def test_a_row_that_says_only_when_it_ends_keeps_that_end() -> None:
    result = rows_of(("9:00", "9:10", "a"), ("", "9:40", "b"), head=("開始", "結束", "流程"))
    row = result.rows[1]
    assert (row["start_mode"], row["end_mode"], row["duration_s"]) == ("linked", "end", 1800)
    assert row["end"] - result.rows[0]["start"] == 40 * 60 * 1000


def test_half_past_midnight_after_eleven_is_the_same_night() -> None:
    result = rows_of(("23:00", "a", ""), ("00:30", "b", ""), ("25:10", "c", "10"), ("7:00", "next", "5"))
    assert [(clock(row), row["day"]) for row in result.rows[:3]] == [
        ("23:00", "2027-04-10"),
        ("24:30", "2027-04-10"),
        ("25:10", "2027-04-10"),
    ]
    assert ("past_midnight", "3") in told(result)


def test_an_end_belongs_to_the_day_of_its_start() -> None:
    row = rows_of(("22:00", "02:00", "撤場"), head=("開始", "結束", "流程")).rows[0]
    assert (row["day"], row["duration_s"]) == ("2027-04-10", 4 * 3600)


def test_a_start_before_the_day_change_belongs_to_the_operating_day_before() -> None:
    row = rows_of(("5:00", "進場", "30")).rows[0]
    assert (row["day"], clock(row)) == ("2027-04-09", "29:00")
    early = rows_of(("5:00", "進場", "30"), day_change_s=4 * 3600).rows[0]
    assert (early["day"], clock(early)) == ("2027-04-10", "05:00")


def test_the_hour_alone_and_weekdays_are_enough() -> None:
    result = imported(camp())
    assert [(row["day"], clock(row)) for row in result.rows] == [
        ("2027-04-10", "12:00"),
        ("2027-04-10", "14:00"),
        ("2027-04-10", "24:00"),
        ("2027-04-11", "12:00"),
    ]


def test_dates_are_moved_only_on_request_and_told_once() -> None:
    assert imported(conference(), shift=False).rows[0]["day"] == "2016-10-27"
    assert imported(conference(), shift=False).counts["date_not_of_event"] == 1
    moved = imported(conference())
    assert moved.counts["date_shifted"] == 1
    assert moved.days == [{"day": "2027-04-10", "was": "2016-10-27", "rows": 5}]


def test_a_date_in_the_title_above_is_the_day_of_the_sheet() -> None:
    book = book_of(detailed_sheet())
    assert build_rows(book, guess(book), Options(date(2030, 1, 1))).rows[0]["day"] == "2027-04-10"


def test_a_manual_row_keeps_no_time() -> None:
    row = rows_of(("視現場", "加演", "5"), ("9:00", "散場", "5")).rows[0]
    assert (row["start_mode"], row["start"], row["duration_s"]) == ("manual", None, 300)


def test_ticks_say_hard_skipped_and_count_to_end() -> None:
    head = ("Start", "End", "Title", "Hard", "Skip", "Count to end")
    rows = rows_of(
        ("9:00", "10:00", "a", "✓", "false", "TRUE"), ("10:00", "11:00", "b", "", "x", ""), head=head
    ).rows
    assert [(row["hard"], row["state"], row["end_mode"]) for row in rows] == [
        (True, "planned", "count_to_end"),
        (False, "skipped", "duration"),
    ]
    assert rows[0]["end"] - rows[0]["start"] == 3_600_000
