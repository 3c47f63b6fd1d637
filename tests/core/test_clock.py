"""Times as machines write them, as people say them, and the day to which they belong."""

from datetime import date

import pytest

from server.core.clock import from_iso, local_time, operating_day, to_iso
from tests.support.clock import FixedClock

TAIPEI = "Asia/Taipei"
NOON = from_iso("2027-04-10T12:00:00+08:00")


def test_a_time_goes_out_with_the_offset_of_its_place() -> None:
    assert to_iso(NOON, TAIPEI) == "2027-04-10T12:00:00+08:00"
    assert to_iso(NOON + 250, TAIPEI) == "2027-04-10T12:00:00.250+08:00"
    assert to_iso(NOON, "Europe/Berlin") == "2027-04-10T06:00:00+02:00"
    assert to_iso(None) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "2027-04-10",
        "2027-04-10T12:00:00",
        "2027-13-10T12:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        "1969-12-31T23:59:59Z",
    ],
)
def test_what_is_no_time_of_an_event_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_iso(text)


def test_half_past_midnight_belongs_to_the_evening_before() -> None:
    change = 6 * 3600
    assert operating_day(from_iso("2027-04-11T00:30:00+08:00"), TAIPEI, change) == date(2027, 4, 10)
    assert operating_day(from_iso("2027-04-11T05:59:59+08:00"), TAIPEI, change) == date(2027, 4, 10)
    assert operating_day(from_iso("2027-04-11T06:00:00+08:00"), TAIPEI, change) == date(2027, 4, 11)


def test_people_are_told_the_hour_and_of_another_day_the_date() -> None:
    assert local_time(NOON, TAIPEI, NOON + 3_600_000) == "12:00:00"
    assert local_time(NOON, TAIPEI, NOON + 86_400_000) == "2027-04-10 12:00:00"


def test_a_fixed_clock_moves_when_it_is_moved() -> None:
    clock = FixedClock(NOON)
    clock.advance(1.5)
    assert clock.now() == NOON + 1500
