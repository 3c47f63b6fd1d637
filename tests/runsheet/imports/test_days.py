from datetime import date

import pytest

from server.runsheet.imports.book import Cell
from server.runsheet.imports.days import Day, calendar, read_day

SATURDAY = date(2027, 4, 10)


def dates(*texts: str, shift: bool = False) -> list[str]:
    days = [read_day(text) for text in texts]
    found = calendar(days, SATURDAY, shift=shift)
    return [found.dates[day].isoformat() if day in found.dates else "" for day in days if day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-04-10", Day("date", "2027-04-10")),
        ("2027/4/10(六)", Day("date", "2027-04-10")),
        ("民國116年4月10日", Day("date", "2027-04-10")),
        ("116/4/10", Day("date", "2027-04-10")),
        ("20270410", Day("date", "2027-04-10")),
        ("27.10.2016", Day("date", "2016-10-27")),
        ("10/27/2016", Day("date", "2016-10-27")),
        ("4/10（六）", Day("month", "04-10")),
        ("4月10日", Day("month", "04-10")),
        ("27.10.", Day("month", "10-27")),
        ("D1", Day("label", "1")),
        ("D-1", Day("label", "-1")),
        ("Day 2", Day("label", "2")),
        ("第二天", Day("label", "2")),
        ("Freitag", Day("weekday", "4")),
        ("週五", Day("weekday", "4")),
        ("Fri.", Day("weekday", "4")),
        ("2027-02-30", None),
        ("開場", None),
        ("1", None),
        ("", None),
    ],
)
def test_a_day_is_read_as_people_write_it(text: str, day: Day | None) -> None:
    assert read_day(text) == day


def test_a_date_cell_is_a_day() -> None:
    assert (
        read_day(Cell("date", "2016-10-27"))
        == read_day(Cell("moment", "2016-10-27T09:00:00"))
        == Day("date", "2016-10-27")
    )


def test_all_days_move_together_so_that_the_first_is_the_events_first() -> None:
    assert dates("2016-10-28", "2016-10-27", "2016-10-30", shift=True) == [
        "2027-04-11",
        "2027-04-10",
        "2027-04-13",
    ]


def test_without_a_shift_dates_stay() -> None:
    assert dates("2016-10-28", "10/29") == ["2016-10-28", "2016-10-29"]


def test_a_date_without_a_year_is_the_nearest_to_the_event() -> None:
    assert dates("4/11", "4/12", "12/31") == ["2027-04-11", "2027-04-12", ""]
    assert dates("3/30") == ["2027-03-30"]


def test_labels_count_from_the_first_day() -> None:
    assert dates("D0", "D1", "第二天") == ["2027-04-09", "2027-04-10", "2027-04-11"]
    assert dates("D-2", "D-1", "D1") == ["2027-04-08", "2027-04-09", "2027-04-10"]


def test_weekdays_follow_the_first_that_is_named() -> None:
    assert dates("Freitag", "Samstag", "Sonntag", shift=True) == ["2027-04-10", "2027-04-11", "2027-04-12"]
    assert dates("Freitag", "Samstag") == ["2027-04-16", "2027-04-17"]


def test_a_date_far_from_the_others_or_out_of_all_years_is_a_stray() -> None:
    assert dates("2016-10-27", "2016-10-28", "9999-12-31", "2061-10-28", shift=True) == [
        "2027-04-10",
        "2027-04-11",
        "",
        "",
    ]
    assert dates("9999-12-31", "0001-01-01") == ["", ""]


def test_a_sheet_over_months_has_no_strays() -> None:
    months = [f"2027-{month:02d}-01" for month in range(1, 13)]
    assert dates(*months) == months


def test_a_leap_day_without_a_year_finds_one() -> None:
    assert dates("2/29") == ["2028-02-29"]
