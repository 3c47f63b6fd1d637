from typing import Any

import pytest

from server.runsheet.imports.book import FileRefusedError
from tests.runsheet.imports.calendars import OUTLOOK, at, ics
from tests.runsheet.imports.files import book_of
from tests.runsheet.imports.importing import clock, imported


def rows(*events: str, head: str = "") -> list[dict[str, Any]]:
    return imported(ics(*events, head=head), shift=False).rows


def times(*events: str, head: str = "") -> list[tuple[str, str, float]]:
    return [(row["day"], clock(row), row["duration_s"] / 60) for row in rows(*events, head=head)]


def counts(*events: str, head: str = "") -> dict[str, int]:
    return imported(ics(*events, head=head), shift=False).counts


HOUR = "DURATION:PT1H"


@pytest.mark.parametrize(
    ("start", "day", "shown"),
    [
        (":20270410T053000Z", "2027-04-10", "13:30"),
        (":20270410T133000", "2027-04-10", "13:30"),
        (";TZID=Asia/Tokyo:20270410T133000", "2027-04-10", "12:30"),
        (";TZID=America/New_York:20270410T110000", "2027-04-10", "23:00"),
        (";TZID=Taipei Standard Time:20270410T133000", "2027-04-10", "13:30"),
        (";TZID=/freeassociation.sourceforge.net/Europe/Berlin:20270410T100000", "2027-04-10", "16:00"),
        (';TZID="Our Hall":20270410T133000', "2027-04-10", "12:30"),
        (":20270410T163000Z", "2027-04-10", "24:30"),
    ],
)
def test_a_start_becomes_the_events_time_whatever_its_zone(start: str, day: str, shown: str) -> None:
    assert times(at(start, "Show", HOUR), head=OUTLOOK) == [(day, shown, 60)]


def test_a_zone_that_nobody_knows_is_told_and_its_clock_kept() -> None:
    event = at(";TZID=Middle/Earth:20270410T133000", "Show", HOUR)
    assert times(event) == [("2027-04-10", "13:30", 60)]
    assert counts(event) == {"zone_unknown": 1}


@pytest.mark.parametrize(
    ("line", "minutes"),
    [
        ("DTEND:20270410T143000", 60),
        ("DURATION:PT1H30M", 90),
        ("DURATION:P0DT0H5M0S", 5),
        ("DTEND;TZID=Asia/Tokyo:20270410T151500", 45),
        ("DTEND:20270411T003000", 660),
    ],
)
def test_a_length_is_read_from_the_end_or_as_written(line: str, minutes: int) -> None:
    assert times(at(":20270410T133000", "Show", line)) == [("2027-04-10", "13:30", minutes)]


def test_folded_and_escaped_text_is_put_right() -> None:
    event = at(
        ":20270410T133000", "a", r"DESCRIPTION:first\, second\; third\nnext \\ li", " ne", "LOCATION:Hall\\, left",
        "CATEGORIES:Talk", "URL:https://x.y", 'ATTENDEE;CN="Berg, Anna";ROLE=REQ:mailto:a@x.y',
        "ATTENDEE:mailto:ben@x.y", "BEGIN:VALARM\nDESCRIPTION:ring\nEND:VALARM",
    )  # fmt: skip
    [row] = rows(event)
    assert row["note"] == "first, second; third\nnext \\ line"
    assert (row["place"], row["title_kind"], row["people"]) == (
        "Hall, left",
        "Talk",
        ["Berg Anna", "ben@x.y"],
    )
    assert {"zh-TW": "https://x.y"} in row["columns"].values()


def test_events_come_in_by_time_and_the_same_uid_twice_stays_two() -> None:
    late, early = at(":20270410T150000Z", "b"), at(":20270410T133000", "a")
    assert [row["title"] for row in rows(late, early, early.replace("SUMMARY:a", "SUMMARY:c"))] == [
        "a",
        "c",
        "b",
    ]


def test_a_whole_day_is_an_item_without_a_time_and_says_until_when() -> None:
    events = (
        at(";VALUE=DATE:20270410", "Load in", "DTEND;VALUE=DATE:20270413"),
        at(":20270410T133000", "Doors", HOUR),
    )
    load_in, doors = rows(*events)
    assert (load_in["start_mode"], load_in["day"], load_in["flagged"][0]) == (
        "linked",
        "2027-04-10",
        "all_day",
    )
    assert list(load_in["columns"].values()) == [{"zh-TW": "2027-04-10 – 2027-04-12"}]
    assert clock(doors) == "13:30"


def test_a_cancelled_event_comes_in_as_skipped_and_is_told() -> None:
    event = at(":20270410T133000", "Show", HOUR, "STATUS:CANCELLED")
    [row] = rows(event)
    assert (row["state"], row["flagged"]) == ("skipped", ["event_cancelled"])
    assert counts(event) == {"event_cancelled": 1}


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY;COUNT=3", ["10", "11", "12"]),
        ("FREQ=DAILY;INTERVAL=2;UNTIL=20270414", ["10", "12", "14"]),
        ("FREQ=DAILY;UNTIL=20270412T053000Z", ["10", "11", "12"]),
        ("FREQ=WEEKLY;COUNT=3", ["10", "17", "24"]),
        ("FREQ=WEEKLY;BYDAY=SA,SU;COUNT=4", ["10", "11", "17", "18"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;COUNT=3;WKST=MO", ["10", "11", "24"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;COUNT=3;WKST=SU", ["10", "18", "24"]),
    ],
)
def test_a_simple_series_is_a_row_for_each_time(rule: str, days: list[str]) -> None:
    event = at(";TZID=Asia/Taipei:20270410T133000", "Show", HOUR, f"RRULE:{rule}")
    assert [(day[-2:], shown, length) for day, shown, length in times(event)] == [
        (day, "13:30", 60) for day in days
    ]
    assert counts(event) == {"repeats": 1}


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY", "FREQ=MONTHLY;COUNT=2", "FREQ=WEEKLY;BYDAY=2MO;COUNT=2", "FREQ=DAILY;COUNT=2;BYHOUR=9",
        "FREQ=DAILY;COUNT=999999999999", "FREQ=DAILY;UNTIL=99991231", "FREQ=WEEKLY;COUNT=0", "nonsense",
        "FREQ=DAILY;INTERVAL=0;COUNT=2",
    ],
)  # fmt: skip
def test_any_other_series_comes_in_once_and_is_flagged(rule: str) -> None:
    event = at(":20270410T133000", "Show", HOUR, f"RRULE:{rule}")
    [row] = rows(event)
    assert row["flagged"] == ["repeats_by_rule"]


def test_times_of_a_series_that_were_moved_or_left_out_stand_once() -> None:
    series = at(
        ":20270410T133000",
        "Show",
        HOUR,
        "RRULE:FREQ=DAILY;COUNT=4",
        "EXDATE:20270411T133000",
        "RDATE:20270420T100000",
    )
    moved = at(":20270412T160000", "Show", HOUR, "RECURRENCE-ID:20270412T133000")
    assert [(day[-2:], shown) for day, shown, _ in times(series, moved)] == [
        ("10", "13:30"), ("12", "16:00"), ("13", "13:30"), ("20", "10:00"),
    ]  # fmt: skip


def test_a_year_of_weeks_keeps_its_dates() -> None:
    days = [day for day, *_ in times(at(":20270102T133000", "Show", HOUR, "RRULE:FREQ=WEEKLY;COUNT=52"))]
    assert (days[0], days[-1], len(set(days))) == ("2027-01-02", "2027-12-25", 52)


def test_what_is_missing_or_unreadable_leaves_a_row() -> None:
    events = (
        "UID:1",
        at(":soon", "Soon"),
        "DTSTART:20270410T133000\nLOCATION:Hall",
        at(":20270410T140000", "Show"),
    )
    assert [row["title"] for row in rows(*events)] == ["Hall", "Show", "–", "Soon"]
    assert rows(*events)[-1]["flagged"][0] == "time_unreadable"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (ics(), "file_empty"),
        (b"BEGIN:VCALENDAR\r\n" * 50_000, "file_broken"),
        (b"BEGIN:VCALENDAR" + b'BEGIN:VEVENT\nX;"' + b'"' * 200_000, "file_empty"),
    ],
)
def test_a_calendar_without_events_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(FileRefusedError) as caught:
        book_of(raw)
    assert caught.value.code == code


def test_events_that_are_never_closed_are_read_too() -> None:
    raw = ics(at(":20270410T133000", "Show", HOUR)).replace(b"END:VEVENT\r\nEND:VCALENDAR\r\n", b"")
    assert [row["title"] for row in imported(raw).rows] == ["Show"]
